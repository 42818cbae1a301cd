"""Plain text as it stands on a page: escaped, with names of settings as code, and no line break inside a number."""

from __future__ import annotations

import re
from html import escape

_PERCENT = re.compile(r"(?<=\d)[ \u202f]?%(?!\w)")
_SETTINGS = re.compile(r"\bparams\b(?![/.\w])")  # what a client calls them
_NAMED = re.compile(r"(?<![\w’'])'([^'\n]+)'(?!\w)")
_LITERAL = re.compile(r"(`[^`]*`|“[^”]*”)")
_CODE = re.compile(r"`([^`\n]+)`")


def for_readers(text: str) -> str:
    """A text without what it says to whoever sets up the client: the clauses that name a setting or a command, which stand between backticks."""
    if "`" not in text:
        return text
    kept = re.sub(r"\s*\([^()]*`[^()]*\)", "", text)
    parts = re.split(r"(; |: |(?<=[.?!]) )", kept)
    out, joint = "", ""
    for part, after in zip(parts[::2], [*parts[1::2], ""], strict=True):
        if "`" not in part and part:
            out += joint + part if out else part
            joint = after
    return out.rstrip(" ;:,") + ("." if out and out.rstrip(" ;:,")[-1:] not in (".", "?", "!") and text.endswith(".") else "")


def unbroken(text: str) -> str:
    """Escaped text whose numbers stay on one line with their %, and whose names stand in double quotes."""
    return escape(typeset(text))


def typeset(text: str) -> str:
    """A sentence in one spelling: a thin space before %, names in “double quotes”; code between backticks, and what somebody said, stay to the letter."""
    parts = _LITERAL.split(text)
    return "".join(part if k % 2 else _SETTINGS.sub("settings", _NAMED.sub(r"“\1”", _PERCENT.sub("\u202f%", part))) for k, part in enumerate(parts))


def worded(text: str) -> str:
    """As `unbroken`, with what stands between backticks set as code."""
    return _CODE.sub(r"<code>\1</code>", unbroken(text))
