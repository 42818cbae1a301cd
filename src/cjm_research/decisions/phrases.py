"""Numbers and nouns as a client reads them: whole numbers in prose, one interval at most, the client's own words."""

from __future__ import annotations

import math
from typing import Any

from ..results.prose import many, of_100, size, whole
from ..results.result import Estimate
from ..results.words import count, listing, one, some

__all__ = ["count", "listing", "many", "metric_words", "of_100", "one", "points", "score", "size", "some", "title_case", "uncapitalised", "whole"]

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
