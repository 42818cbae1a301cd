"""Where the mean of a series shifts, found by search: exact least squares, each date with an interval. Exploration, no test."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cjm_research.errors import BadInput

Array = npt.NDArray[np.float64]
LONGEST = 2000  # points; the exact search takes the square of them
PENALTY = 4.0  # a break must save so many times σ² log n (a modified BIC; Yao 1988; Zhang & Siegmund 2007)
SHORT = 60  # points below which the median of differences alone is too loose
CRITICAL = 7.352  # 95 % of the likelihood ratio of a break's place: (1 − e^(−x/2))² = .95 (Hansen 2000)


@dataclass(frozen=True)
class Break:
    """A shift of the mean: `at` is the first point after it (from 0), `low` … `high` where it may as well lie (95 %)."""

    at: int
    low: int
    high: int
    before: float
    after: float


def breaks(values: npt.ArrayLike, least: int | None = None, penalty: float = PENALTY) -> list[Break]:
    """The shifts of the mean whose number and places together fit best.

    Every partition is weighed (optimal partitioning; Jackson et al. 2005), as ruptures' Dynp and Pelt with `jump=1`. σ² is
    taken from the spread of differences, which shifts hardly move; where values follow each other the penalty and the
    intervals grow by (1+ρ)/(1−ρ). least: points of a segment, default max(5, 5 %).
    """
    x = np.asarray(values, float)
    if x.ndim != 1 or not np.isfinite(x).all() or len(x) > LONGEST:
        raise BadInput("changepoints", f"{len(x)} points, {int((~np.isfinite(x)).sum())} of them no numbers", f"at most {LONGEST:,} finite numbers", "take weeks in place of days")
    least = least or max(5, math.ceil(0.05 * len(x)))
    if len(x) < 2 * least or np.ptp(x) == 0:
        return []
    cuts = _partition(x, least, penalty * _variance(x) * math.log(len(x)))
    # what is left around the segments tells how values follow each other; then once more
    rest = x - np.repeat([x[a:b].mean() for a, b in zip([0, *cuts], [*cuts, len(x)], strict=True)], np.diff([0, *cuts, len(x)]))
    rho = _follow(rest)
    inflation = (1 + rho) / (1 - rho)
    variance = max(float((rest**2).sum()) / max(1, len(x) - len(cuts) - 1), 1e-300)
    cuts = _partition(x, least, penalty * max(variance, _variance(x)) * inflation * math.log(len(x)))
    ends = [0, *cuts, len(x)]
    return [_interval(x, ends[i - 1], ends[i], ends[i + 1], inflation) for i in range(1, len(ends) - 1)]


def one_break(values: npt.ArrayLike) -> tuple[int, float]:
    """(first point after the best single break, its residual sum of squares), whether or not there is one."""
    x = np.asarray(values, float)
    cost = [((x[:k] - x[:k].mean())**2).sum() + ((x[k:] - x[k:].mean())**2).sum() for k in range(1, len(x))]
    return int(np.argmin(cost)) + 1, float(min(cost))


def _partition(x: Array, least: int, penalty: float) -> list[int]:
    n = len(x)
    total, squares = np.concatenate([[0.0], np.cumsum(x)]), np.concatenate([[0.0], np.cumsum(x * x)])
    best = np.full(n + 1, np.inf)
    best[0] = -penalty
    last = np.zeros(n + 1, dtype=int)
    for end in range(least, n + 1):
        starts = np.arange(0, end - least + 1)
        cost = squares[end] - squares[starts] - (total[end] - total[starts])**2 / (end - starts)
        value = best[starts] + cost + penalty
        k = int(np.argmin(value))
        best[end], last[end] = value[k], k
    cuts, at = [], n
    while last[at] > 0:
        at = int(last[at])
        cuts.append(at)
    return cuts[::-1]


def _interval(x: Array, start: int, cut: int, end: int, inflation: float) -> Break:
    part = x[start:end]
    k = np.arange(1, len(part))
    total, squares = np.cumsum(part), float((part * part).sum())
    rss = squares - total[k - 1]**2 / k - (total[-1] - total[k - 1])**2 / (len(part) - k)
    here = cut - start
    best = max(float(rss[here - 1]), 1e-300)
    ratio = len(part) * (rss - best) / best / inflation
    inside = k[ratio <= CRITICAL]
    return Break(cut, start + int(min(inside.min(), here)), start + int(max(inside.max(), here)), float(x[start:cut].mean()), float(x[cut:end].mean()))


def _variance(x: Array) -> float:
    """From differences of neighbours: their median absolute one, and of short series, where that is loose, also their squares."""
    d = np.diff(x)
    sigma = float(np.median(np.abs(d - np.median(d)))) / 0.6744897501960817 / math.sqrt(2)
    squares = float((d * d).mean()) / 2
    return max(sigma * sigma, squares) if len(x) < SHORT or sigma == 0 else sigma * sigma


def _follow(rest: Array) -> float:
    below = float((rest * rest).sum())
    rho = float((rest[1:] * rest[:-1]).sum()) / below if below > 0 else 0.0
    return min(0.8, rho) if rho > 1.64 / math.sqrt(len(rest)) else 0.0
