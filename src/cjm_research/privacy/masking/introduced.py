"""Names of people whom nobody listed, where a text itself says that it is a name: introductions and signatures.

"My name is Dana Fox", and what stands below "Kind regards". Tickets and reviews have no speaker labels; this finds
the names their writers put under them. Anything less certain goes to the review list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .roles import is_role

_WORD = r"(?:[^\W\d_]\.|[^\W\d_][\w'’-]*)"  # a word, or an initial with its point
_NAME = rf"({_WORD}(?:[ \t]+{_WORD}){{0,2}})"
_CLOSINGS = (
    r"(?:(?:kind|best|warm|warmest|many)\s+)?regards|(?:best|kind)\s+wishes|(?:yours\s+)?sincerely(?:\s+yours)?|yours\s+(?:faithfully|truly)|"
    r"cheers|best|all\s+the\s+best|many\s+thanks|thanks(?:\s+(?:a\s+lot|again|in\s+advance))?|thank\s+you|"
    r"mit\s+(?:freundlichen|besten)\s+gr(?:ü|ue)(?:ß|ss)en|mit\s+freundlichem\s+gru(?:ß|ss)|"
    r"(?:viele|liebe|beste|herzliche|freundliche|sch(?:ö|oe)ne)\s+gr(?:ü|ue)(?:ß|ss)e|mfg|lg|vg|"
    r"cordialement|bien\s+à\s+vous|saludos|un\s+saludo|cordiali\s+saluti"
)
_INTRODUCED = re.compile(
    rf"\b(?i:my name is|mein name ist|ich hei(?:ß|ss)e|je m['’]appelle|me llamo|mi chiamo|mijn naam is)\s+{_NAME}"
)
_SIGNED_SHORT = re.compile(rf"(?:^|\n)[ \t]*(?i:lg|vg|mfg|gru(?:ß|ss)|gr(?:ü|ue)(?:ß|ss)e|(?:viele|liebe|beste|herzliche|sch(?:ö|oe)ne)\s+gr(?:ü|ue)(?:ß|ss)e)[ \t]+{_NAME}[ \t]*[.!]?\s*\Z")
_SIGNED = re.compile(rf"(?m)(?:^|[.!?]\s)[ \t]*(?i:{_CLOSINGS})\s*[,.!]?[ \t]*\n\s*{_NAME}[ \t]*$")
_SIGNED_AT_THE_END = re.compile(rf"(?:^|[.!?]\s|\n)[ \t]*(?i:{_CLOSINGS})\s*[,!]\s+{_NAME}\s*[.!]?\s*\Z")
_NOBODY = frozenset(
    ("team", "all", "everyone", "everybody", "support", "service", "customer", "customers", "guys", "folks", "again", "sir", "madam", "you",
     "alle", "zusammen", "ihr", "your", "the")
)


_GATE = re.compile(rf"\b(?:my name is|mein name|ich hei|je m['’]appelle|me llamo|mi chiamo|mijn naam|lg|vg|mfg|gru(?:ß|ss)|{_CLOSINGS})\b|ich hei", re.IGNORECASE)


def may_introduce(text: str) -> bool:
    """Whether a text has the words of an introduction or signature, without which `introduced` finds nothing."""
    return " " in text.strip() and _GATE.search(text) is not None


def introduced(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of every name that the text itself introduces or signs with: one to three capitalised words."""
    for pattern in (_INTRODUCED, _SIGNED, _SIGNED_AT_THE_END, _SIGNED_SHORT):
        for match in pattern.finditer(text):
            end, start = match.start(1), match.start(1)
            for word in re.finditer(r"\S+", match[1]):
                plain = word[0].rstrip(".")
                if not plain[:1].isupper() or plain.casefold() in _NOBODY or (len(plain) > 1 and is_role(plain)):
                    break
                if set(plain.casefold()) == {"x"}:
                    break  # "XXXX" was a name until somebody blackened it
                end = match.start(1) + word.start() + len(plain)
            if end > start:
                yield start, end
