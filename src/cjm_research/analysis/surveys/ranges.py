"""Quantities as a distribution: ranges of round width, or the values themselves where they are few."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import numpy.typing as npt

MOST_VALUES = 11  # distinct ones that are shown one by one
MOST_RANGES = 8
_RESERVED = ("share", "share difference", "relative", "relative change", "points", "valence", "correlation")  # of shares and scores, which are written in ways of their own


def unit_of(said: str) -> str:
    """The unit of a quantity as estimates carry it."""
    return said if said and said not in _RESERVED else "score"


def ranges(score: npt.NDArray[np.float64]) -> tuple[list[str], npt.NDArray[np.bool_]]:
    """Names and members (respondents × ranges) of at most `MOST_RANGES` ranges of one round width (1, 2 or 5 times a power of ten); the last one
    is open and holds what lies beyond the largest hundredth, so that one large answer does not make all others one range.
    """
    known = score[np.isfinite(score)]
    values = np.unique(known)
    if not len(values):
        return [], np.zeros((len(score), 0), bool)
    if len(values) <= MOST_VALUES:
        return [f"{v:g}" for v in values], score[:, None] == values[None, :]
    low, top = float(values[0]), float(np.quantile(known, 0.99, method="inverted_cdf"))
    width = _round_width((top - low) / MOST_RANGES if top > low else (float(values[-1]) - low) / MOST_RANGES)
    first = math.floor(low / width)
    last = max(first, math.floor(top / width))
    edges = [width * k for k in range(first, last + 2)]
    place = np.clip(np.floor(np.where(np.isfinite(score), score, low) / width) - first, 0, last - first)
    hits = (place[:, None] == np.arange(last - first + 1)[None, :]) & np.isfinite(score)[:, None]
    whole = bool((values % 1 == 0).all()) and width >= 1
    open_ended = float(values[-1]) >= edges[-1]
    names = [f"{a:g} to {b - 1:g}" if whole and b - a > 1 else f"{a:g}" if whole else f"{a:g} to below {b:g}" for a, b in pairwise(edges)]
    if open_ended:
        names[-1] = f"{edges[-2]:g} or more"
    return names, hits


def gave_any(score: npt.NDArray[np.float64]) -> tuple[list[str], npt.NDArray[np.bool_]]:
    """Who gave an item any points of a sum."""
    return ["any points"], (np.where(np.isfinite(score), score, 0.0) > 0)[:, None]


def _round_width(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next(float(f"{m * power:.12g}") for m in (1, 2, 5, 10) if m * power >= least * (1 - 1e-12))
