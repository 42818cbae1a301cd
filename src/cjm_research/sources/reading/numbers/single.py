"""One cell as a number, where a column has no say: positions, codes, frequencies. What may be two numbers is none."""

from __future__ import annotations

import re

from .spelling import spell

_DIGITS = re.compile(r"[+-]?[0-9]{1,30}")


def number(cell: str) -> float | None:
    """The number that a cell is under whatever decimal mark; None where it is none, and where 1.250 may be two."""
    said = spell(cell.strip())
    if said is None or said.unclear or said.currency or said.percent or said.side:
        return None
    return said.comma if said.dot is None else said.dot


def whole(cell: str) -> int | None:
    """The whole number that a cell is (12, 12.0, 12,0); every digit counts, however many there are."""
    if _DIGITS.fullmatch(cell.strip()):
        return int(cell)
    value = number(cell)
    return int(value) if value is not None and value.is_integer() and abs(value) <= 2**53 else None
