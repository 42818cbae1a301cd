"""Means and their differences from sufficient statistics: Welch, Fieller, the delta method, non-inferiority."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.special import stdtr

from cjm_research.errors import BadInput
from cjm_research.results.result import Estimate
from cjm_research.stats.comparison import (
    Comparison,
    finite,
    no_estimate,
    nothing,
    p_two_sided,
    t_two_sided,
)

Lift = Literal["fieller", "delta"]


@dataclass(frozen=True)
class Sample:
    """What a mean needs to know of a group: n, mean and variance (with n−1; None below two units).

    `df` replaces n−1 where the variance was not estimated from n independent values (clusters).
    """

    n: int
    mean: float | None
    var: float | None
    df: float | None = None

    @classmethod
    def from_sums(cls, n: int, total: float, squares: float) -> Sample:
        """From n, Σx and Σx². Squares of large numbers cancel: prefer the engine's own variance."""
        if n <= 0:
            return cls(0, None, None)
        mean = total / n
        return cls(n, mean, max(0.0, squares - n * mean * mean) / (n - 1) if n > 1 else None)

    @classmethod
    def from_values(cls, values: Sequence[float]) -> Sample:
        """From the values themselves; missing ones are refused, not counted."""
        x = np.asarray(values, float)
        if not np.isfinite(x).all():
            raise BadInput("sample", f"{int((~np.isfinite(x)).sum())} missing or infinite values", "finite numbers",
                           "drop them first and report how many, by group")
        if x.size == 0:
            return cls(0, None, None)
        return cls(int(x.size), float(x.mean()), float(x.var(ddof=1)) if x.size > 1 else None)

    @classmethod
    def from_share(cls, k: int, n: int) -> Sample:
        """A share as a mean of zeros and ones, with the binomial variance p(1−p) (not × n/(n−1))."""
        return cls(n, k / n, k / n * (1 - k / n)) if n > 0 else cls(0, None, None)

    @property
    def freedom(self) -> float:
        """Degrees of freedom of the variance."""
        return self.n - 1 if self.df is None else self.df

    def usable(self) -> bool:
        """Whether a mean with an error can be had: two values at least."""
        return self.mean is not None and self.var is not None and self.freedom > 0


def mean(sample: Sample, unit: str = "score", conf: float = 0.95) -> Estimate:
    """The mean with Student's interval; without an interval below two values."""
    if sample.n == 0 or sample.mean is None:
        return no_estimate(0, 0, unit, "no values")
    if sample.var is None or not sample.usable():
        return no_estimate(sample.n, sample.n, unit, "one value has no spread", sample.mean)
    half = t_two_sided(conf, sample.freedom) * math.sqrt(sample.var / sample.n)
    return Estimate(sample.mean, sample.mean - half, sample.mean + half, sample.n, sample.n, unit,
                    f"mean, Student's t, {conf:.3g}")


def mean_difference(
    first: Sample, second: Sample, unit: str = "score", conf: float = 0.95, null: float = 0.0
) -> Comparison:
    """first − second with Welch's interval and the two-sided test of `null`. Welch 1947."""
    ready = _pair(first, second, unit, conf)
    if isinstance(ready, Comparison):
        return ready
    m1, v1, m2, v2 = ready
    value, se = m1 - m2, math.sqrt(v1 + v2)
    if se == 0:
        return nothing(first.n, first.n + second.n, unit, "neither group varies", conf, value)
    df = welch_df(v1, first.freedom, v2, second.freedom)
    t, half = (value - null) / se, t_two_sided(conf, df) * se
    return Comparison(value, value - half, value + half, p_two_sided(t, df), first.n, first.n + second.n, unit,
                      f"Welch, {conf:.3g}", conf, null, se, df, t)


def welch_df(v1: float, f1: float, v2: float, f2: float) -> float:
    """Satterthwaite's degrees of freedom of v1 + v2, the squared errors of two means. Welch 1947."""
    below = v1 * v1 / f1 + v2 * v2 / f2
    # underflow of both squares: the pooled freedom is the limit
    return (v1 + v2) ** 2 / below if below > 0 else f1 + f2


def relative_lift(first: Sample, second: Sample, conf: float = 0.95, method: Lift = "fieller") -> Comparison:
    """(first − second) / |second| (unit "relative change", .07 = +7 %); with a negative base, less negative is up.

    fieller: the interval and p come from Welch's pivot (Fieller 1954), so it excludes 0 exactly when the absolute
    test rejects. It has no bounds where the second mean is itself not distinct from 0; `method` then says so.
    delta: linear approximation (its p may contradict the absolute test; kept for comparison with other tools).
    """
    unit = "relative change"
    ready = _pair(first, second, unit, conf)
    if isinstance(ready, Comparison):
        return replace(ready, value=None)  # its value is the difference, not a relative change
    m1, v1, m2, v2 = ready
    n, base = first.n, first.n + second.n
    if m2 == 0:
        return nothing(n, base, unit, "the mean to compare with is 0", conf)
    sign = math.copysign(1.0, m2)
    value = sign * (m1 / m2 - 1)
    if v1 + v2 == 0:
        return nothing(n, base, unit, "neither group varies", conf, value)
    if method == "delta":
        return _delta_lift(m1, v1, first, m2, v2, second, conf)
    absolute = mean_difference(first, second, conf=conf)
    assert absolute.df is not None
    limits = fieller(m1, v1, m2, v2, 0.0, t_two_sided(conf, absolute.df))
    if limits is None:
        return Comparison(value, None, None, absolute.p, n, base, unit,
                          f"Fieller, {conf:.3g}: unbounded, the mean to compare with is not distinct from 0",
                          conf, 0.0, None, absolute.df, absolute.statistic)
    low, high = sorted(sign * (x - 1) for x in limits)
    return Comparison(value, low, high, absolute.p, n, base, unit, f"Fieller on Welch's pivot, {conf:.3g}",
                      conf, 0.0, None, absolute.df, absolute.statistic)


def fieller(
    top: float, var_top: float, bottom: float, var_bottom: float, cov: float, critical: float
) -> tuple[float, float] | None:
    """The limits of top/bottom, each with its squared error; None where the set is not an interval. Fieller 1954."""
    q = critical * critical
    a = bottom * bottom - q * var_bottom
    if a <= 0:
        return None
    b, c = top * bottom - q * cov, top * top - q * var_top
    root = math.sqrt(max(0.0, b * b - a * c))
    return (b - root) / a, (b + root) / a


def non_inferiority(first: Sample, second: Sample, margin: float, higher_is_better: bool = True,
                    alpha: float = 0.025, unit: str = "score") -> Comparison:
    """Is first worse than second by less than `margin` (in the metric's unit, > 0)? One-sided Welch at `alpha`.

    The interval is two-sided at 1 − 2·alpha; its unfavourable end against the margin is the verdict.
    """
    if margin <= 0:
        raise BadInput("margin", f"{margin!r}", "a positive number in the unit of the metric", "correct margin of the metric, in its own unit")
    null = -margin if higher_is_better else margin
    test = mean_difference(first, second, unit, 1 - 2 * alpha, null)
    if test.statistic is None or test.df is None:
        return test
    p = float(stdtr(test.df, -test.statistic if higher_is_better else test.statistic))
    return Comparison(test.value, test.low, test.high, p, test.n, test.base, unit,
                      f"one-sided Welch against the margin {margin:g}, interval {1 - 2 * alpha:.3g}",
                      test.conf, null, test.se, test.df, test.statistic)


def _delta_lift(m1: float, v1: float, first: Sample, m2: float, v2: float, second: Sample, conf: float) -> Comparison:
    value = math.copysign(1.0, m2) * (m1 / m2 - 1)
    part1, part2 = v1 / m2**2, m1**2 * v2 / m2**4
    se, df = math.sqrt(part1 + part2), welch_df(v1, first.freedom, v2, second.freedom)
    half = t_two_sided(conf, df) * se
    return Comparison(value, value - half, value + half, p_two_sided(value / se, df), first.n, first.n + second.n,
                      "relative change", f"delta method, {conf:.3g}", conf, 0.0, se, df, value / se)


def _pair(first: Sample, second: Sample, unit: str, conf: float) -> tuple[float, float, float, float] | Comparison:
    """Means and squared errors of two usable groups, or the comparison that says what is missing."""
    base = first.n + second.n
    if first.mean is None or second.mean is None:
        return nothing(first.n, base, unit, "a group is empty", conf)
    value = finite(first.mean - second.mean)
    if not (first.usable() and second.usable()) or first.var is None or second.var is None:
        return nothing(first.n, base, unit, "a group has fewer than two units", conf, value)
    return first.mean, first.var / first.n, second.mean, second.var / second.n
