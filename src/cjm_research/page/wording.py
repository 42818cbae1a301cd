"""Plain text as it stands on a page: escaped, with names of settings as code, and no line break inside a number."""

from __future__ import annotations

import re
from html import escape

_PERCENT = re.compile(r"(?<=\d) %")
_CODE = re.compile(r"`([^`\n]+)`")


def unbroken(text: str) -> str:
    """Escaped text whose numbers stay on one line with their %."""
    return escape(_PERCENT.sub("\u202f%", text))


def worded(text: str) -> str:
    """As `unbroken`, with what stands between backticks set as code."""
    return _CODE.sub(r"<code>\1</code>", unbroken(text))
