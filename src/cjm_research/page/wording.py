"""Plain text as it stands on a page: escaped, with names of settings as code, and no line break inside a number."""

from __future__ import annotations

import re
from html import escape

_PERCENT = re.compile(r"(?<=\d) %")
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
    """Escaped text whose numbers stay on one line with their %."""
    return escape(_PERCENT.sub("\u202f%", text))


def worded(text: str) -> str:
    """As `unbroken`, with what stands between backticks set as code."""
    return _CODE.sub(r"<code>\1</code>", unbroken(text))
