"""What the widget codes: interviews, or the answers to an open question of a survey."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....coding_log.answers import open_answers
from ....errors import NotEnoughData, unknown
from ....results import words

if TYPE_CHECKING:
    import pandas as pd

    from ....study import Study

WORDS = 70  # characters of a question's wording in the list of documents


def documents_of(study: Study, answers: str | None) -> pd.DataFrame:
    """The documents to code, with their texts: the interviews; or the answers to the question that `answers` names, one document a respondent.

    Without interviews and without a name they are the answers to the first open question. Raises `NotEnoughData` where there is nothing to code, `BadInput` for an unknown question.
    """
    if answers is None:
        documents = study.query("SELECT * FROM documents_all ORDER BY document_id")
        documents = documents[documents["text"].notna() & (documents["text"].str.strip() != "")]
        if len(documents):
            return documents
    found = study.query(f"SELECT * FROM ({open_answers('responses_all')}) ORDER BY source, question_id, document_id")
    if found.empty and answers is None:
        raise NotEnoughData("coding", "no interview and no open answer has any text", "at least one transcript, or a question with `instrument: text`", "cjm check says what data there is")
    questions = list(dict.fromkeys(found["question_id"].astype(str)))
    if answers is not None and answers not in questions:
        raise unknown("Coder", "open question", answers, questions, "name a question that asked for words (`instrument: text`) by its id")
    return found[found["question_id"] == (answers or questions[0])]


def all_texts(study: Study) -> pd.DataFrame:
    """document_id, text_sha256 and text of all that a coder's log may speak of: interviews and open answers."""
    columns = "document_id, text_sha256, text"
    return study.query(f"SELECT {columns} FROM documents_all WHERE trim(text) <> '' UNION ALL SELECT {columns} FROM ({open_answers('responses_all')}) ORDER BY document_id")


def labels_of(documents: pd.DataFrame) -> dict[str, str]:
    """How the list names each document: an interview by its participant and persona, an answer by its question and number."""
    if "question" in documents:
        size = len(documents)
        return {str(d): f"{words.cut(str(q), WORDS)} · {n:,} of {size:,}" for n, (d, q) in enumerate(zip(documents["document_id"], documents["question"], strict=True), start=1)}
    out = {}
    for row in documents.to_dict("records"):
        own = str(row["document_id"])
        out[own] = " · ".join([own, *(str(row[c]) for c in ("participant_id", "persona") if isinstance(row[c], str) and row[c] and row[c] != own)])
    return out
