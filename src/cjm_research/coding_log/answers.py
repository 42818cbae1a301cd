"""Open answers of surveys as documents that are coded: one document an answer, made of its row in `responses` when it is asked for.

Nothing is stored twice: an answer that an erasure, a refusal or a new delivery takes out of the survey is no document any more, and the
documents of all others stay as they were, with every coding in its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

PREFIX = "answer:"  # of the ids of such documents; interviews have none of this form
KIND = "open answer"


def is_answer(document_id: str) -> bool:
    """Whether a document is an open answer."""
    return document_id.startswith(PREFIX)


def beside(interviews: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    """The rows of interviews and those of open answers in one frame; the columns are the same."""
    import pandas as pd

    return pd.concat([interviews, answers], ignore_index=True) if len(interviews) and len(answers) else answers if len(answers) else interviews


def open_answers(table: str = "responses") -> str:
    """The query of all open answers: the columns of `documents`, and source, question_id, question, response_id, touchpoint and stage. table: that holds the responses."""
    text = "replace(replace(string_agg(answer, chr(10) || chr(10) ORDER BY answer), chr(13) || chr(10), chr(10)), chr(13), chr(10))"
    return f"""SELECT *, sha256(text) AS text_sha256 FROM (
        SELECT '{PREFIX}' || source || ':' || question_id || ':' || response_id AS document_id, '{KIND}' AS kind, response_id AS participant_id,
            any_value(customer_id) AS customer_id, CAST(NULL AS VARCHAR) AS persona, max(answered_at) AS recorded_at, {text} AS text, CAST(NULL AS VARCHAR) AS attributes,
            source, question_id, any_value(question) AS question, response_id, any_value(touchpoint) AS touchpoint, any_value(stage) AS stage
        FROM {table} WHERE instrument = 'text' AND trim(answer) <> '' GROUP BY source, question_id, response_id)"""
