"""A text as patterns read it: odd characters and spelt separators become plain ones, and spans lead back to the original."""

from __future__ import annotations

import re
from bisect import bisect_right

_WIDTH_OF_FULL = 0xFEE0  # between a full-width character and its plain one
_PLAIN = {
    **{code: code - _WIDTH_OF_FULL for code in range(0xFF01, 0xFF5F)},
    **dict.fromkeys([0x00A0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " "),
    **dict.fromkeys([*range(0x2010, 0x2016), 0x2212, 0xFE63, 0x2043], "-"),
    0xFE6B: "@",
}
_ODD = re.compile("[" + "".join(chr(c) for c in _PLAIN) + "]")
_SPELT = {"dash": "-", "hyphen": "-", "minus": "-", "slash": "/", "strich": "-", "bindestrich": "-", "schrägstrich": "/", "tiret": "-",
          "guion": "-", "guión": "-", "trattino": "-", "space": " ", "leerzeichen": " ", "espace": " ", "point": ".", "punkt": ".", "dot": "."}
_LONGER = re.compile(
    "[\u00ad\u200b-\u200f\u2060\u2066-\u2069\ufeff]+"  # characters nobody sees
    r"|&(?:\#64|commat);|&nbsp;"
    rf"|(?<=\d)[ ]{{1,3}}(?:{'|'.join(_SPELT)})[ ]{{1,3}}(?=\d)",
    re.IGNORECASE,
)


class Reading:
    """A text with plain spellings. text: as patterns read it."""

    def __init__(self, text: str) -> None:
        self.text = text.translate(_PLAIN) if _ODD.search(text) else text
        self._new: list[int] = []  # where a stretch of another length ends in the new text, and how far it is shifted
        self._shift: list[int] = []
        if not _LONGER.search(self.text):
            return
        parts, at, shift = [], 0, 0
        for match in _LONGER.finditer(self.text):
            short = _short(match[0])
            parts += [self.text[at : match.start()], short]
            shift += len(match[0]) - len(short)
            at = match.end()
            self._new.append(at - shift)
            self._shift.append(shift)
        self.text = "".join([*parts, self.text[at:]])

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch of the plain text lies in the original."""
        return self._back(start), self._back(end - 1) + 1

    def _back(self, position: int) -> int:
        i = bisect_right(self._new, position) - 1
        return position + (self._shift[i] if i >= 0 else 0)


def _short(found: str) -> str:
    if found.startswith("&"):
        return "@" if found != "&nbsp;" else " "
    return _SPELT.get(found.strip().casefold(), "")
