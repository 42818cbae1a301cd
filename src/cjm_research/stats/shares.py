"""One share: its interval, also weighted and vectorised; several shares against each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, chdtrc, ndtri

from cjm_research.errors import BadInput
from cjm_research.results.result import Estimate
from cjm_research.stats.comparison import (
    check_count,
    check_level,
    no_estimate,
    p_two_sided,
)

Array = npt.NDArray[np.float64]
Interval = Literal["wilson", "clopper_pearson"]


def wilson(k: npt.ArrayLike, n: npt.ArrayLike, conf: float = 0.95) -> tuple[Array, Array]:
    """Wilson score intervals of many shares at once: (low, high), missing where n is 0.

    k and n may be effective (weighted) counts. Wilson 1927; Newcombe 1998 (Stat Med 17:857), method 3.
    """
    z = float(ndtri(0.5 + check_level(conf) / 2))
    k_, n_ = np.broadcast_arrays(np.asarray(k, float), np.asarray(n, float))
    known = n_ > 0
    safe = np.where(known, n_, 1.0)
    p = k_ / safe
    middle = (p + z * z / (2 * safe)) / (1 + z * z / safe)
    half = z / (1 + z * z / safe) * np.sqrt(np.clip(p * (1 - p), 0, None) / safe + z * z / (4 * safe * safe))
    # at the ends the closed form misses 0 and 1 by rounding only
    low = np.where(k_ <= 0, 0.0, np.clip(middle - half, 0, 1))
    high = np.where(k_ >= n_, 1.0, np.clip(middle + half, 0, 1))
    return np.where(known, low, np.nan), np.where(known, high, np.nan)


def clopper_pearson(k: int, n: int, conf: float = 0.95) -> tuple[float, float]:
    """The exact (conservative) interval of one share. Clopper & Pearson 1934."""
    check_count(k, n)
    tail = (1 - check_level(conf)) / 2
    low = 0.0 if k == 0 else float(betaincinv(k, n - k + 1, tail))
    high = 1.0 if k == n else float(betaincinv(k + 1, n - k, 1 - tail))
    return low, high


def share(k: int, n: int, conf: float = 0.95, method: Interval = "wilson") -> Estimate:
    """`k` out of `n` as a share (0…1) with its interval; no value where `n` is 0.

    Raises BadInput unless 0 ≤ k ≤ n.
    """
    check_count(k, n)
    if n == 0:
        return no_estimate(0, 0, "share", "the base is 0")
    if method == "clopper_pearson":
        low, high = clopper_pearson(k, n, conf)
        name = "Clopper–Pearson"
    else:
        lows, highs = wilson(k, n, conf)
        low, high, name = float(lows), float(highs), "Wilson"
    return Estimate(k / n, low, high, int(k), int(n), "share", f"{name}, {conf:.3g}")


def share_weighted(
    hit_weight: float, weight: float, weight_squares: float, k: int, n: int, conf: float = 0.95
) -> Estimate:
    """A share of weighted answers: Wilson on Kish's effective n = (Σw)²/Σw².

    hit_weight, weight, weight_squares: Σw over hits, Σw and Σw² over all; k and n: the plain counts shown.
    """
    check_count(hit_weight, weight, "weighted share")
    if n == 0 or weight <= 0:
        return no_estimate(k, n, "share", "the base is 0")
    effective = weight * weight / weight_squares
    value = hit_weight / weight
    low, high = wilson(value * effective, effective, conf)
    return Estimate(value, float(low), float(high), k, n, "share",
                    f"weighted, Wilson on the effective base {effective:.1f} (Kish 1965), {conf:.3g}")


def shares_equal(k: Sequence[int], n: Sequence[int]) -> tuple[float, int, float] | None:
    """Pearson's χ² that several shares are equal: (χ², df, p); None where it is not defined.

    Not defined with fewer than two groups that have a base, or where nobody or everybody is a hit.
    """
    if len(k) != len(n):
        raise BadInput("shares", f"{len(k)} counts and {len(n)} bases", "one base per count", "check the counts and bases that the cell hands over")
    for hits, base in zip(k, n, strict=True):
        check_count(hits, base)
    pairs = [(hits, base) for hits, base in zip(k, n, strict=True) if base > 0]
    total, bases = sum(h for h, _ in pairs), sum(b for _, b in pairs)
    if len(pairs) < 2 or total in (0, bases):
        return None
    p = total / bases
    chi2 = sum((h - b * p) ** 2 / (b * p * (1 - p)) for h, b in pairs)
    return chi2, len(pairs) - 1, float(chdtrc(len(pairs) - 1, chi2))


def share_against(k: int, n: int, expected: float) -> tuple[float, float] | None:
    """The score test of one share against a known one (a benchmark, a plan): (z, two-sided p).

    `expected` lies strictly between 0 and 1; None where the base is 0.
    """
    check_count(k, n)
    if not 0 < expected < 1:
        raise BadInput("expected share", f"{expected!r}", "strictly between 0 and 1", "check the counts and bases that the cell hands over")
    if n == 0:
        return None
    z = (k / n - expected) / math.sqrt(expected * (1 - expected) / n)
    return z, p_two_sided(z)
