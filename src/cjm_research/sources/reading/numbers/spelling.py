"""One cell's spelling of a number: its sign, its currency, its percent sign, and how either decimal mark would read its digits.

Nothing here chooses a decimal mark: a cell alone cannot tell whether 1.250 is a thousand or one and a quarter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .currencies import CODES, SIGNS

_DASHES = str.maketrans(dict.fromkeys("−﹣－‐‑‒–—", "-"))
SPACE = " \t\u00a0\u202f\u2009\u2007\u2008\u200a\u205f"  # no-break, narrow, thin, figure, punctuation, hair, mathematical
APOSTROPHE = "'’´`ʼ"
_MARK = "|".join(re.escape(m) for m in sorted({*CODES, *SIGNS}, key=len, reverse=True))
_BEFORE = re.compile(rf"({_MARK})(?![A-Za-z])[{SPACE}]*(?=\S)", re.I)
_AFTER = re.compile(rf"(?<![A-Za-z])[{SPACE}]*({_MARK})$", re.I)
_SIDE = re.compile(rf"^(CR|DR)\.?[{SPACE}]+(?=\S)|(?<=[\d)])[{SPACE}]*(CR|DR)\.?$", re.I)
_ROUND = re.compile(rf"(?<=\d)([.,])[{SPACE}]?--?(?=\D*$)")  # a price of no cents: 12,- and 12.--
_CORE = re.compile(rf"([\d.,{APOSTROPHE}{SPACE}]*\d[.,]?)([eE][-+]?\d{{1,3}})?", re.A)
GROUPED = {mark: re.compile(rf"(\d+|[1-9]\d{{0,2}}(?:{other}\d{{3}})+|[1-9]\d{{0,2}}(?:[{SPACE}]\d{{3}})+|[1-9]\d{{0,2}}(?:[{APOSTROPHE}]\d{{3}})+"
                             rf"{indian})?(?:{decimal}(\d*))?", re.A)
            for mark, decimal, other, indian in ((".", r"\.", ",", r"|[1-9]\d?(?:,\d{2})+,\d{3}"), (",", ",", r"\.", ""))}
_BARE = re.compile(r"([+-]?)(\d[\d.,]*)", re.A)
_NO_DIGIT = re.compile(r"\D", re.A)


@dataclass(frozen=True)
class Spelled:
    """What a cell says. dot, comma: its value where the decimal mark is `.` or `,`; None where it cannot be.

    side: CR or DR, which a declaration must explain; currency: the sign or code as written.
    """

    dot: float | None
    comma: float | None
    currency: str | None = None
    percent: bool = False
    side: str | None = None
    exponent: bool = False

    @property
    def proves(self) -> str | None:
        """The decimal mark that this cell alone shows, if it does."""
        return None if (self.dot is None) == (self.comma is None) else "." if self.comma is None else ","

    @property
    def unclear(self) -> bool:
        """Whether both marks give a number, and not the same one."""
        return self.dot is not None and self.comma is not None and self.dot != self.comma


def spell(cell: str) -> Spelled | None:
    """What the cell says as a number, or None where it is none (12 pcs, 1.2.3, <5)."""
    sign, currency, percent, side = "", "", False, ""
    if bare := _BARE.fullmatch(cell):  # most cells of most columns
        sign, text = bare[1], bare[2]
    else:
        text = _ROUND.sub(r"\1", cell.translate(_DASHES).strip())
    before = text if bare else None
    while text != before:
        before = text = text.strip()
        if len(text) > 2 and (text[0] + text[-1]) in ("()", "[]"):
            sign, text = sign + "-", text[1:-1]
        elif len(text) > 1 and text[0] in "+-":
            sign, text = sign + text[0], text[1:]
        elif len(text) > 1 and text[-1] in "+-":
            sign, text = sign + text[-1], text[:-1]
        elif len(text) > 1 and "%" in (text[0], text[-1]):
            if percent:
                return None
            percent, text = True, text[1:] if text[0] == "%" else text[:-1]
        elif found := _SIDE.search(text):
            if side:
                return None
            side, text = (found[1] or found[2]).upper(), text[:found.start()] + text[found.end():]
        elif found := _BEFORE.match(text) or _AFTER.search(text):
            if currency:
                return None
            currency, text = found[1], text[:found.start()] + text[found.end():]
    core = _CORE.fullmatch(text)
    if len(sign) > 1 or core is None:
        return None
    minus = -1.0 if sign == "-" else 1.0
    dot, comma = (_read(core[1], core[2] or "", mark) for mark in ".,")
    if dot is None and comma is None:
        return None
    return Spelled(None if dot is None else minus * dot, None if comma is None else minus * comma, currency or None, percent, side or None, bool(core[2]))


def _read(digits: str, exponent: str, mark: str) -> float | None:
    match = GROUPED[mark].fullmatch(digits)
    if match is None or not (match[1] or match[2]):
        return None
    value = float(f"{_NO_DIGIT.sub('', match[1] or '0')}.{match[2] or '0'}{exponent}")
    return value if value != float("inf") else None
