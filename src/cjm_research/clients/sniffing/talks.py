"""Talks that come as data: JSON of programs in which people talk, and tables with a row a message."""

from __future__ import annotations

import json
import re
from typing import Any

import pandas as pd

from ...shapes import Json
from ...sources.kinds.conversations.forms import Form, form_of
from .columns import text_columns

_SPEAKER = re.compile(r"speaker(?:[_ ](?:name|label))?|sprecher(?:in)?|author(?:[_ ](?:name|type))?|sender(?:[_ ](?:name|type))?|from|participant|role|who|locuteur|hablante", re.I)
_WORDS = re.compile(r"text|message(?:[_ ](?:text|body))?|content|body|utterance|words|transcript|turn|said|line|wortlaut|nachricht|äußerung|aussage|texto|texte|mensaje", re.I)
_CONVERSATION = re.compile(r"(?:conversation|convo|chat|call|session|interview|ticket|thread|dialog(?:ue)?|transcript|document|file|gespräch)[_ .]?(?:id|name|no|nr|number)?", re.I)
_START = re.compile(r"(?:start|begin|from)[_ ]?(?:time|s|sec|seconds)?|time ?code|offset", re.I)
_CLOCK = r"\d+(?:\.\d+)?|\d{1,3}(?::\d\d){1,2}(?:[.,]\d{1,6})?"
_LINES_EACH = 3  # of a speaker, on average
_SHORTEST = 8  # characters of a line, on average
GENERAL = ("conversations with",)


def form_of_frame(frame: pd.DataFrame) -> Form | None:
    """The form of a program's JSON, from its flattened records."""
    return form_of([_record(row) for row in frame.head(20).to_dict("records")])


def _record(row: dict[Any, Any]) -> Json:
    """An object as it was before it was flattened."""
    out: Json = {}
    for name, value in row.items():
        if value is None or value is pd.NA or value != value:
            continue
        *above, last = str(name).split(".")
        at = out
        for part in above:
            below = at.setdefault(part, {})
            at = below if isinstance(below, dict) else {}
        at[last] = _listed(value)
    return out


def _listed(value: Any) -> Any:
    if isinstance(value, str) and value.startswith("["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def columns_of_talk(frame: pd.DataFrame, time: str) -> dict[str, str]:
    """The columns of a table in which each row is what somebody said; empty where it is none."""
    text = text_columns(frame)
    words = next((c for c, v in text.items() if _WORDS.fullmatch(c) and v.str.len().mean() >= _SHORTEST and v.nunique() > 0.5 * len(v) and v.str.contains(" ", regex=False).mean() > 0.5), "")
    conversation = next((c for c, v in text.items() if c != words and c != time and _CONVERSATION.fullmatch(c) and v.nunique() < len(v)), "")
    many = max(2, len(frame) / _LINES_EACH)
    speaker = next((c for c, v in text.items() if c not in (words, time, conversation) and _SPEAKER.fullmatch(c) and 2 <= v.nunique() <= many and len(v) > 0.5 * len(frame)), "")
    if not words or not speaker or any(re.search(r"rating|stars|score|likes|retweet", c, re.I) for c in text):
        return {}
    start = next((c for c, v in text.items() if c not in (words, speaker, conversation, time) and _START.fullmatch(c) and v.str.fullmatch(_CLOCK).all()), "")
    return {k: c for k, c in {"document_id": conversation, "speaker": speaker, "text": words, "occurred_at": time, "start_s": start}.items() if c}
