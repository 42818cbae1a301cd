"""Two shares against each other: difference, ratio and relative change; score tests at any null.

The score test and interval are our own: statsmodels 0.15 has a wrong constrained estimate for nulls
other than 0 (statsmodels#10269), which is exactly the non-inferiority test.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

from scipy.optimize import brentq
from scipy.special import ndtr

from cjm_research.stats.comparison import (
    Comparison,
    check_count,
    nothing,
    p_two_sided,
    z_two_sided,
)
from cjm_research.stats.means import Sample, relative_lift
from cjm_research.stats.shares import wilson

Difference = Literal["newcombe", "miettinen_nurminen", "mee", "agresti_caffo", "wald"]
Ratio = Literal["score", "katz"]
Side = Literal["two-sided", "larger", "smaller"]
_INSIDE = 1e-12  # how far inside the parameter's range a root is sought


def share_difference(
    k1: int, n1: int, k2: int, n2: int, conf: float = 0.95, method: Difference = "newcombe"
) -> Comparison:
    """k1/n1 − k2/n2 (unit "share difference", −1…1) with its interval and a two-sided test of no difference.

    newcombe: hybrid of two Wilson intervals (Newcombe 1998, Stat Med 17:873, method 10).
    miettinen_nurminen: inverted score test, variance × N/(N−1) (Miettinen & Nurminen 1985, method 6).
    mee: the same without that factor (Mee 1984; Farrington & Manning 1990, method 5).
    agresti_caffo: Wald after one hit and one miss more in each group (Agresti & Caffo 2000). wald: plain.
    p: the score test (of Miettinen–Nurminen for that method; else the pooled z), or Wald's own.
    """
    check_count(k1, n1)
    check_count(k2, n2)
    if n1 == 0 or n2 == 0:
        return nothing(n1, n1 + n2, "share difference", "a group is empty", conf)
    p1, p2 = k1 / n1, k2 / n2
    value, z = p1 - p2, z_two_sided(conf)
    se: float | None = None
    if method == "newcombe":
        (low1, low2), (high1, high2) = wilson([k1, k2], [n1, n2], conf)
        low = value - math.hypot(p1 - low1, high2 - p2)
        high = value + math.hypot(high1 - p1, p2 - low2)
        name, statistic = "Newcombe hybrid score", _score(k1, n1, k2, n2, 0.0, False)
    elif method in ("miettinen_nurminen", "mee"):
        factor = method == "miettinen_nurminen"
        low, high = _invert(lambda d: _score(k1, n1, k2, n2, d, factor), value, z, (-1.0, 1.0))
        name = "Miettinen–Nurminen score" if factor else "Mee (Farrington–Manning) score"
        statistic = _score(k1, n1, k2, n2, 0.0, factor)
    else:
        add = 1 if method == "agresti_caffo" else 0
        a1, a2 = (k1 + add) / (n1 + 2 * add), (k2 + add) / (n2 + 2 * add)
        se = math.sqrt(a1 * (1 - a1) / (n1 + 2 * add) + a2 * (1 - a2) / (n2 + 2 * add))
        low, high = a1 - a2 - z * se, a1 - a2 + z * se
        name = "Agresti–Caffo" if add else "Wald"
        statistic = (a1 - a2) / se if se > 0 else 0.0
    return Comparison(value, max(-1.0, low), min(1.0, high), p_two_sided(statistic), n1, n1 + n2, "share difference",
                      f"{name}, {conf:.3g}", conf, 0.0, se, None, statistic)


def score_test(
    k1: int, n1: int, k2: int, n2: int, null: float = 0.0, side: Side = "two-sided", nuance: bool = True
) -> tuple[float, float]:
    """The score test of k1/n1 − k2/n2 = `null`: (z, p). Right off zero.

    side "larger" asks whether the difference exceeds `null` (non-inferiority: null = −margin, larger).
    nuance: multiply the variance by N/(N−1) (Miettinen & Nurminen 1985); without it Farrington & Manning 1990.
    """
    check_count(k1, n1)
    check_count(k2, n2)
    z = _score(k1, n1, k2, n2, null, nuance)
    if side == "two-sided":
        return z, p_two_sided(z)
    return z, float(ndtr(-z if side == "larger" else z))


def share_ratio(k1: int, n1: int, k2: int, n2: int, conf: float = 0.95, method: Ratio = "score") -> Comparison:
    """(k1/n1) / (k2/n2), unit "ratio", null 1.

    score: inverted score test with N/(N−1) (Miettinen & Nurminen 1985; Koopman 1984 without the factor); its
    test of 1 is the test of no difference, so both verdicts agree. katz: normal on the log (Katz 1978).
    """
    check_count(k1, n1)
    check_count(k2, n2)
    base = n1 + n2
    if n1 == 0 or n2 == 0:
        return nothing(n1, base, "ratio", "a group is empty", conf)
    if k1 == 0 and k2 == 0:
        return nothing(n1, base, "ratio", "no hits in either group", conf)
    z = z_two_sided(conf)
    value = (k1 / n1) / (k2 / n2) if k2 else None
    if method == "katz":
        if k1 == 0 or k2 == 0:
            return nothing(n1, base, "ratio", "a log ratio needs hits in both groups", conf, value)
        assert value is not None
        se = math.sqrt(max(0.0, 1 / k1 - 1 / n1 + 1 / k2 - 1 / n2))
        log = math.log(value)
        p = p_two_sided(log / se) if se > 0 else 1.0
        return Comparison(value, math.exp(log - z * se), math.exp(log + z * se), p, n1, base, "ratio",
                          f"Katz log ratio, {conf:.3g}", conf, 1.0, se, None, log / se if se > 0 else 0.0)
    low, high = _ratio_limits(k1, n1, k2, n2, z)
    z0 = _score(k1, n1, k2, n2, 0.0, True)
    why = "" if value is not None and high is not None else "; unbounded above: no hits in the second group"
    return Comparison(value, low, high, p_two_sided(z0), n1, base, "ratio",
                      f"Miettinen–Nurminen score ratio, {conf:.3g}{why}", conf, 1.0, None, None, z0)


def share_lift(
    k1: int, n1: int, k2: int, n2: int, conf: float = 0.95, method: Ratio | Literal["delta"] = "score"
) -> Comparison:
    """The relative change k1/n1 over k2/n2 minus 1 (unit "relative change", .07 = +7 %), see `share_ratio`.

    delta: linear approximation with Student's t; its p may contradict the absolute test.
    """
    if method == "delta":
        check_count(k1, n1)
        check_count(k2, n2)
        return relative_lift(Sample.from_share(k1, n1), Sample.from_share(k2, n2), conf, "delta")
    ratio = share_ratio(k1, n1, k2, n2, conf, method)
    value, low, high = (None if x is None else x - 1 for x in (ratio.value, ratio.low, ratio.high))
    return Comparison(value, low, high, ratio.p, ratio.n, ratio.base, "relative change", ratio.method, conf, 0.0,
                      ratio.se, None, ratio.statistic)


def _score(k1: int, n1: int, k2: int, n2: int, null: float, nuance: bool) -> float:
    p1, p2 = _constrained(k1, n1, k2, n2, null)
    variance = p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2
    if nuance:
        variance *= (n1 + n2) / (n1 + n2 - 1)
    gap = k1 / n1 - k2 / n2 - null
    if variance <= 0:
        return 0.0 if abs(gap) < 1e-15 else math.copysign(math.inf, gap)
    return gap / math.sqrt(variance)


def _constrained(k1: int, n1: int, k2: int, n2: int, null: float) -> tuple[float, float]:
    """The likeliest two shares that differ by `null`: one root of a decreasing function."""
    if null == 0:
        pooled = (k1 + k2) / (n1 + n2)
        return pooled, pooled
    low, high = max(0.0, -null), min(1.0, 1.0 - null)

    def slope(p2: float) -> float:
        p1 = min(1.0, max(0.0, p2 + null))
        parts = ((k1, p1), (k1 - n1, 1 - p1), (k2, p2), (k2 - n2, 1 - p2))
        return sum(c / x if x > 0 else math.copysign(math.inf, c) for c, x in parts if c)

    inner_low, inner_high = low + _INSIDE * (high - low), high - _INSIDE * (high - low)
    if inner_high <= inner_low or slope(inner_low) <= 0:
        p2 = low
    elif slope(inner_high) >= 0:
        p2 = high
    else:
        p2 = float(brentq(slope, inner_low, inner_high, xtol=1e-15, rtol=1e-14))
    return min(1.0, max(0.0, p2 + null)), p2


def _invert(statistic: Callable[[float], float], value: float, z: float,
            span: tuple[float, float]) -> tuple[float, float]:
    """The two parameters at which a decreasing statistic equals ±z, either side of `value`."""
    low, high = span
    inside = _INSIDE * (high - low)
    lower, upper = low, high
    if value > low + inside and statistic(low + inside) > z:
        lower = float(brentq(lambda d: statistic(d) - z, low + inside, max(value - inside, low + 2 * inside), xtol=1e-13))
    if value < high - inside and statistic(high - inside) < -z:
        upper = float(brentq(lambda d: statistic(d) + z, min(value + inside, high - 2 * inside), high - inside, xtol=1e-13))
    return lower, upper


def _ratio_score(k1: int, n1: int, k2: int, n2: int, ratio: float) -> float:
    a, b, c = (n1 + n2) * ratio, -(n1 * ratio + k1 + n2 + k2 * ratio), float(k1 + k2)
    # the smaller root, written so that it does not cancel
    p2 = 2 * c / (-b + math.sqrt(max(0.0, b * b - 4 * a * c)))
    p1 = min(1.0, p2 * ratio)
    variance = (p1 * (1 - p1) / n1 + ratio**2 * p2 * (1 - p2) / n2) * (n1 + n2) / (n1 + n2 - 1)
    gap = k1 / n1 - ratio * k2 / n2
    if variance <= 0:
        return 0.0 if abs(gap) < 1e-15 else math.copysign(math.inf, gap)
    return gap / math.sqrt(variance)


def _ratio_limits(k1: int, n1: int, k2: int, n2: int, z: float) -> tuple[float, float | None]:
    def at(log_ratio: float) -> float:
        return _ratio_score(k1, n1, k2, n2, math.exp(log_ratio))

    middle = math.log((k1 + 0.5) / (n1 + 1) / ((k2 + 0.5) / (n2 + 1)))
    if k1 and k2:
        middle = math.log(k1 / n1 / (k2 / n2))
    low, high = middle - 60, middle + 60
    lower = math.exp(float(brentq(lambda x: at(x) - z, low, middle, xtol=1e-12))) if k1 and at(middle) < z else 0.0
    upper = math.exp(float(brentq(lambda x: at(x) + z, middle, high, xtol=1e-12))) if k2 else None
    return lower, upper
