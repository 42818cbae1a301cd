"""Planning: how many units, what power, which effect; two-sided unless said otherwise.

Units are per group for the first (variant) group; `ratio` is the second group's size over the first's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

from scipy.optimize import brentq
from scipy.special import nctdtr, ndtr, ndtri, stdtrit

from cjm_research.errors import BadInput

NullVariance = Literal["pooled", "base"]
_MOST = 1e12  # units per group beyond which a plan is no plan


def whole_units(n: float) -> int:
    """Units rounded up to whole ones, as a plan states them."""
    return math.ceil(n - 1e-9)


def power_mean(n: float, delta: float, sd: float, alpha: float = 0.05, ratio: float = 1.0,
               strict: bool = False) -> float:
    """Power of the two-sided two-sample t test with n and n·ratio units.

    strict: count rejections in the wrong direction too (R's power.t.test has the same switch).
    """
    _plan(alpha, None, sd=sd, ratio=ratio)
    df = n + n * ratio - 2
    if df <= 0:
        raise BadInput("power", f"{n:g} units per group", "at least 2", "correct mde, power or alpha of the experiment in params, or of the planner in the cell")
    shift = abs(delta) / (sd * math.sqrt(1 / n + 1 / (n * ratio)))
    critical = float(stdtrit(df, 1 - alpha / 2))
    if df > 1e6 or shift > 30:  # the noncentral t is slow and unstable there, and normal to 1e-7
        return float(ndtr(shift - critical)) + (float(ndtr(-shift - critical)) if strict else 0.0)
    power = 1 - float(nctdtr(df, shift, critical))
    return power + float(nctdtr(df, shift, -critical)) if strict else power


def n_mean(delta: float, sd: float, alpha: float = 0.05, power: float = 0.8, ratio: float = 1.0) -> float:
    """Units in the first group for the two-sample t test; not rounded."""
    _plan(alpha, power, delta=abs(delta), sd=sd, ratio=ratio)
    return _solve(lambda n: power_mean(n, delta, sd, alpha, ratio) - power, 2.0 / (1 + ratio) + 1e-3)


def n_mean_normal(delta: float, sd: float, alpha: float = 0.05, power: float = 0.8, ratio: float = 1.0) -> float:
    """Units in the first group by the normal formula (of which 16·sd²/δ² is Lehr's rule, van Belle 2008)."""
    _plan(alpha, power, delta=abs(delta), sd=sd, ratio=ratio)
    return (_z(1 - alpha / 2) + _z(power)) ** 2 * (1 + 1 / ratio) * sd * sd / (delta * delta)


def mde_mean(n: float, sd: float, alpha: float = 0.05, power: float = 0.8, ratio: float = 1.0) -> float:
    """The difference of means that n and n·ratio units detect with `power` (normal formula)."""
    _plan(alpha, power, n=n, sd=sd, ratio=ratio)
    return (_z(1 - alpha / 2) + _z(power)) * sd * math.sqrt((1 + 1 / ratio) / n)


def power_share(n: float, p1: float, p2: float, alpha: float = 0.05, ratio: float = 1.0,
                null_variance: NullVariance = "pooled") -> float:
    """Power of the two-sided test of two shares, n and n·ratio units, its wrong tail neglected.

    null_variance: "pooled" share of both (R's power.prop.test), or "base", that of p1 (Evan Miller's calculator).
    """
    _plan(alpha, None, ratio=ratio, n=n)
    _shares(p1, p2)
    null, other = _share_variances(p1, p2, ratio, null_variance)
    return float(ndtr((abs(p1 - p2) * math.sqrt(n) - _z(1 - alpha / 2) * math.sqrt(null)) / math.sqrt(other)))


def n_share(p1: float, p2: float, alpha: float = 0.05, power: float = 0.8, ratio: float = 1.0,
            null_variance: NullVariance = "pooled", continuity: bool = False) -> float:
    """Units in the group of p1 to tell p1 from p2; not rounded.

    continuity: Fleiss, Tytun & Ury's correction (Fleiss, Levin & Paik 2003, eq. 4.14 and 4.19).
    """
    _plan(alpha, power, ratio=ratio)
    _shares(p1, p2)
    if p1 == p2:
        raise BadInput("power", f"shares {p1:g} and {p2:g}", "two different shares", "correct mde, power or alpha of the experiment in params, or of the planner in the cell")
    null, other = _share_variances(p1, p2, ratio, null_variance)
    gap = abs(p1 - p2)
    n = ((_z(1 - alpha / 2) * math.sqrt(null) + _z(power) * math.sqrt(other)) / gap) ** 2
    return n / 4 * (1 + math.sqrt(1 + 2 * (ratio + 1) / (n * ratio * gap))) ** 2 if continuity else n


def n_share_one(p0: float, p1: float, alpha: float = 0.05, power: float = 0.8, two_sided: bool = True) -> float:
    """Units to tell a share p1 from a known p0."""
    _plan(alpha, power)
    _shares(p0, p1)
    z = _z(1 - alpha / 2) if two_sided else _z(1 - alpha)
    return ((z * math.sqrt(p0 * (1 - p0)) + _z(power) * math.sqrt(p1 * (1 - p1))) / (p1 - p0)) ** 2


def mde_share(n: float, base: float, alpha: float = 0.05, power: float = 0.8, ratio: float = 1.0,
              up: bool = True) -> float | None:
    """The absolute change of a share `base` that n and n·ratio units detect; None where even 0 or 1 is too near."""
    _plan(alpha, power, n=n, ratio=ratio)
    end = (1 - base if up else base) * (1 - 1e-9)
    sign = 1.0 if up else -1.0

    def miss(gap: float) -> float:
        return power_share(n, base + sign * gap, base, alpha, ratio) - power

    if end <= 0 or miss(end) < 0:
        return None
    return float(brentq(miss, end * 1e-9, end, xtol=1e-12))


def n_non_inferior(sd: float, margin: float, true_difference: float = 0.0, alpha: float = 0.025,
                   power: float = 0.8, ratio: float = 1.0) -> float:
    """Units in the first group to show it is not worse by `margin`; `true_difference` > 0 means better."""
    room = margin + true_difference
    _plan(alpha, power, sd=sd, ratio=ratio, margin=margin, room=room)
    return (_z(1 - alpha) + _z(power)) ** 2 * (1 + 1 / ratio) * sd * sd / (room * room)


def design_effect(cluster_size: float, icc: float, size_cv: float = 0.0) -> float:
    """How much more variance whole clusters have than single units. Kish 1965; Eldridge et al. 2006 for unequal sizes."""
    if cluster_size < 1 or not -1 <= icc <= 1:
        raise BadInput("design effect", f"cluster size {cluster_size:g}, intraclass correlation {icc:g}",
                       "size ≥ 1, correlation −1…1", "correct mde, power or alpha of the experiment in params, or of the planner in the cell")
    return 1 + ((size_cv**2 + 1) * cluster_size - 1) * icc


def _share_variances(p1: float, p2: float, ratio: float, null: NullVariance) -> tuple[float, float]:
    pooled = p1 if null == "base" else (p1 + ratio * p2) / (1 + ratio)
    return pooled * (1 - pooled) * (1 + 1 / ratio), p1 * (1 - p1) + p2 * (1 - p2) / ratio


def _solve(miss: Callable[[float], float], low: float) -> float:
    high = max(4.0, 2 * low)
    while miss(high) < 0:
        high *= 2
        if high > _MOST:
            raise BadInput("power", "more units than there are people", "a larger effect or a smaller power", "correct mde, power or alpha of the experiment in params, or of the planner in the cell")
    return float(brentq(miss, low, high, xtol=1e-9, rtol=1e-12)) if miss(low) < 0 else low


def _z(probability: float) -> float:
    return float(ndtri(probability))


def _plan(alpha: float, power: float | None, **positive: float) -> None:
    if not 0 < alpha < 1 or (power is not None and not alpha < power < 1):
        raise BadInput("power", f"alpha {alpha!r}, power {power!r}", "alpha between 0 and 1, power between alpha and 1", "correct mde, power or alpha of the experiment in params, or of the planner in the cell")
    wrong = {name: value for name, value in positive.items() if not (math.isfinite(value) and value > 0)}
    if wrong:
        raise BadInput("power", ", ".join(f"{k} {v!r}" for k, v in wrong.items()), "numbers above 0", "correct mde, power or alpha of the experiment in params, or of the planner in the cell")


def _shares(*shares: float) -> None:
    if any(not 0 <= p <= 1 for p in shares):
        raise BadInput("power", f"shares {shares}", "numbers between 0 and 1", "write .05 for 5 %")
