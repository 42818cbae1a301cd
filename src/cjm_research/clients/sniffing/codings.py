"""Tables of coded segments as programs for qualitative analysis write them, with the transcripts and the codebook beside them."""

from __future__ import annotations

import re

import pandas as pd

from .columns import text_columns

_DOCUMENT = re.compile(r"doc(?:ument)?(?:[_ ]?(?:name|id|title))?|dokument(?:name)?|transcript|media title|source(?:[_ ]name)?|file(?:[_ ]?name)?|interview", re.I)
_CODE = re.compile(r"codes?(?:[_ ](?:path|name))?|codes applied(?: combined)?|tags?|nodes?|kodes?|codepfad", re.I)
_QUOTE = re.compile(r"(?:coded )?segment|quot(?:e|ation)(?: (?:content|text))?|excerpt(?: (?:copy|text))?|content|text|highlight|passage|zitat|textstelle", re.I)
_CODER = re.compile(r"coder|created by|author|modified by|excerpt creator|bearbeitet von|erstellt von|user", re.I)
_MEMO = re.compile(r"memo|comment|kommentar|note", re.I)
_FREQUENCY = re.compile(r"frequency|count|häufigkeit|coded segments|number of (?:codings|references)|references|grounded", re.I)
_LONGEST_BOOK = 2_000


def columns_of_codings(frame: pd.DataFrame) -> dict[str, str]:
    """The columns of a table of codings: which document, which code, which words; empty where it is none."""
    text = text_columns(frame)
    found = {"document_id": _first(text, _DOCUMENT), "code": _first(text, _CODE), "quote": _first(text, _QUOTE)}
    start, end = (next((c for c in text if c.lower() == name and text[c].str.fullmatch(r"\d{1,9}").all()), "") for name in ("start", "end"))
    if not found["document_id"] or not found["code"] or not (found["quote"] or (start and end)) or text[found["code"]].nunique() > 0.9 * len(frame) > 9:
        return {}
    more = {"start": start, "end": end} if start and end else {}
    more |= {"coder": _first(text, _CODER), "memo": _first(text, _MEMO)}
    return {k: c for k, c in (found | more).items() if c}


def is_codebook(frame: pd.DataFrame) -> bool:
    """Whether a table is a list of codes, each once, with what it means or how often it was used."""
    text = text_columns(frame)
    code = _first(text, _CODE)
    return bool(code) and len(frame) <= _LONGEST_BOOK and text[code].nunique() > 0.9 * len(text[code]) and bool(_first(text, _MEMO) or _first(text, _FREQUENCY) or _first(text, re.compile("definition|description", re.I)))


def _first(text: dict[str, pd.Series], pattern: re.Pattern[str]) -> str:
    return next((c for c in text if pattern.fullmatch(c)), "")
