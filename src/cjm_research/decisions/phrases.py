"""Numbers and nouns as a client reads them: whole numbers in prose, one interval at most, the client's own words."""

from __future__ import annotations

import math
from typing import Any

from ..results import policy
from ..results.result import Estimate
from ..results.words import THIN, count, listing, one, some

__all__ = ["count", "listing", "many", "metric_words", "of_100", "one", "points", "score", "size", "some", "title_case", "uncapitalised", "whole"]

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


def points(e: Estimate) -> str:
    """A difference of shares in whole points with its interval: `18 more of 100 (9 to 26)`."""
    if e.value is None:
        return ""
    scale, unit = (1000, "1,000") if abs(e.value) < 0.0095 else (100, "100")
    said = f"{abs(round(e.value * scale))} {'more' if e.value > 0 else 'fewer'} of {unit}"
    if e.low is None or e.high is None:
        return said
    low, high = sorted(round(x * scale * math.copysign(1, e.value)) for x in (e.low, e.high))
    return f"{said} ({_signed(low)} to {_signed(high)})"


def _signed(x: int) -> str:
    return f"−{abs(x)}" if x < 0 else str(x)


def size(value: float, unit: str) -> str:
    """An amount without false digits: `213,000 EUR`, `46`, `2.6`."""
    if abs(value) >= 1000:
        value = round(value, 2 - math.floor(math.log10(abs(value))))  # three digits are as many as anybody remembers
    text = f"{value:,.0f}" if abs(value) >= 10 else f"{value:.1f}".removesuffix(".0")
    return (f"{text}{THIN}{unit}" if unit and unit not in ("score", "count", "customers", "per unit") else text).replace("-", "−")


def score(value: float, scale: float | None) -> str:
    """`2.57 of 5`: scores differ in what comes behind the point."""
    return f"{value:.2f}" + (f" of {scale:g}" if scale else "")


def metric_words(metric: Any) -> str:
    """What those do whom a metric counts: its words, else its name as a word."""
    return str(getattr(metric, "says", None) or getattr(metric, "name", metric)).replace("_", " ")


def title_case(text: str) -> str:
    """The first letter large, the rest as it is."""
    return text[:1].upper() + text[1:]


def uncapitalised(text: str) -> str:
    """The first letter small, where the word is not written in capitals."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
