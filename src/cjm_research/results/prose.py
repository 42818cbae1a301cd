"""Shares as people tell them: whole numbers of 100, small bases as they are, what is rare of 1,000."""

from __future__ import annotations

import math
from typing import Any

from . import policy
from .words import THIN, count

RARE = 0.02  # a smaller share is told of 1,000


def of_100(n: int, base: int, share: float | None = None) -> tuple[str, str]:
    """(`47`, `of 100`); small bases as they are (`10`, `of 12`), rare things of 1,000. share: where it is not n ÷ base, as of weighted answers."""
    if policy.counts_only("share", base):
        return count(n), f"of {count(base)}"
    return whole(n / base if share is None else share)


def whole(share: float) -> tuple[str, str]:
    """A share as (`47`, `of 100`), or of 1,000 where it is small."""
    if 0 < share < RARE:
        return (str(round(share * 1000)), "of 1,000") if share >= 0.0005 else ("fewer than 1", "of 1,000")
    if 1 - RARE < share < 1 and round(share * 100) == 100:
        return "more than 99", "of 100"
    return str(round(share * 100)), "of 100"


def many(n: int, base: int, share: float | None = None) -> str:
    """`47 of 100`, as `of_100`."""
    return " ".join(of_100(n, base, share))


def many_of(row: Any) -> str:
    """`47 of 100` of an estimate, or of a row of a frame of them."""
    value, n, base = (getattr(row, k) if hasattr(row, "method") and not hasattr(row, "keys") else row[k] for k in ("value", "n", "base"))
    return many(int(n), int(base), float(value))


def size(value: float, unit: str) -> str:
    """An amount without false digits: `213,000 EUR`, `46`, `2.6`."""
    if abs(value) >= 1000:
        value = round(value, 2 - math.floor(math.log10(abs(value))))  # three digits are as many as anybody remembers
    text = f"{value:,.0f}" if abs(value) >= 10 else f"{value:.1f}".removesuffix(".0")
    return (f"{text}{THIN}{unit}" if unit and unit not in ("score", "count", "customers", "per unit") else text).replace("-", "−")
