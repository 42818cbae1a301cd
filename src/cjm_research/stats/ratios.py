"""Ratios of two sums per group (revenue per order, errors per session), and means adjusted by a covariate.

Both rest on the same five numbers of a group: n, two means, two variances and their covariance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cjm_research.errors import BadInput
from cjm_research.results.result import Estimate
from cjm_research.stats.comparison import (
    Comparison,
    no_estimate,
    nothing,
    t_two_sided,
)
from cjm_research.stats.means import Sample, mean_difference, relative_lift

Theta = Literal["within", "by_arm", "total"]


@dataclass(frozen=True)
class Pairs:
    """What two values per unit (y, x) need to be known by: n, means, variances and covariance (with n−1)."""

    n: int
    mean_y: float
    mean_x: float
    var_y: float
    var_x: float
    cov: float

    @classmethod
    def from_values(cls, y: Sequence[float], x: Sequence[float]) -> Pairs:
        """From the values; raises BadInput where they differ in number, are missing or fewer than two."""
        a, b = np.asarray(y, float), np.asarray(x, float)
        if a.shape != b.shape or a.size < 2 or not (np.isfinite(a).all() and np.isfinite(b).all()):
            raise BadInput("pairs of values", f"{a.size} and {b.size} values", "two or more finite pairs", "check the pairs for missing and infinite values")
        c = np.cov(a, b, ddof=1)
        return cls(int(a.size), float(a.mean()), float(b.mean()), float(c[0, 0]), float(c[1, 1]), float(c[0, 1]))

    def minus(self, slope: float, centre: float) -> Sample:
        """The sample of y − slope·(x − centre)."""
        var = self.var_y - 2 * slope * self.cov + slope * slope * self.var_x
        return Sample(self.n, self.mean_y - slope * (self.mean_x - centre), max(0.0, var))

    def linearised(self) -> Sample | None:
        """Σy/Σx as a sample: its value, and the variance of (y − R·x)/mean(x); None where the x sum to 0.

        Deng, Knoblich & Lu 2018 (KDD), the delta method with the unit of randomisation as unit.
        """
        if self.mean_x == 0:
            return None
        ratio = self.mean_y / self.mean_x
        var = (self.var_y - 2 * ratio * self.cov + ratio * ratio * self.var_x) / self.mean_x**2
        return Sample(self.n, ratio, max(0.0, var))


def ratio(pairs: Pairs, unit: str = "ratio", conf: float = 0.95) -> Estimate:
    """Σy/Σx of one group with a delta-method Student interval."""
    sample = pairs.linearised()
    if sample is None or sample.mean is None or sample.var is None:
        return no_estimate(pairs.n, pairs.n, unit, "the denominators sum to 0")
    half = t_two_sided(conf, pairs.n - 1) * math.sqrt(sample.var / pairs.n)
    return Estimate(sample.mean, sample.mean - half, sample.mean + half, pairs.n, pairs.n, unit,
                    f"ratio of sums, delta method, {conf:.3g}")


def ratio_difference(first: Pairs, second: Pairs, unit: str = "ratio", conf: float = 0.95,
                     null: float = 0.0) -> Comparison:
    """The difference of two ratios of sums, delta-method error and Welch's freedom."""
    one, two = first.linearised(), second.linearised()
    if one is None or two is None:
        return nothing(first.n, first.n + second.n, unit, "the denominators of a group sum to 0", conf)
    return _named(mean_difference(one, two, unit, conf, null), f"ratio of sums, delta method, Welch, {conf:.3g}")


def ratio_lift(first: Pairs, second: Pairs, conf: float = 0.95) -> Comparison:
    """The relative change of a ratio of sums, Fieller on the pivot of `ratio_difference`."""
    one, two = first.linearised(), second.linearised()
    if one is None or two is None:
        return nothing(first.n, first.n + second.n, "relative change", "the denominators of a group sum to 0", conf)
    return relative_lift(one, two, conf)


@dataclass(frozen=True)
class Adjusted:
    """A difference adjusted by a covariate, beside what it takes to judge the adjustment.

    theta: the slope used (first and second group's where they differ). correlation: within groups.
    variance_kept: squared error adjusted ÷ unadjusted.
    """

    adjusted: Comparison
    unadjusted: Comparison
    theta: tuple[float, float]
    correlation: float | None
    variance_kept: float | None


def adjusted_difference(first: Pairs, second: Pairs, theta: Theta = "within", unit: str = "score",
                        conf: float = 0.95, null: float = 0.0) -> Adjusted:
    """first − second of y, adjusted by x measured before (CUPED; Deng et al. 2013, WSDM).

    within: one slope pooled within the groups, the slope of ANCOVA, with each group's own residual variance.
    by_arm: a slope per group (Lin 2013), its error including that of the common centre.
    total: the slope of the pooled sample, as tea-tasting and gbstats define it.
    A covariate that does not vary leaves the difference unadjusted.
    """
    plain = mean_difference(_y(first), _y(second), unit, conf, null)
    found = adjusted_samples(first, second, theta)
    if found is None:
        return Adjusted(plain, plain, (0.0, 0.0), None, None)
    one, two, slopes, correlation = found
    names = {"within": "ANCOVA slope within arms", "by_arm": "a slope per arm (Lin 2013)", "total": "pooled slope"}
    method = f"CUPED, {names[theta]}, Welch on residuals, {conf:.3g}"
    adjusted = _named(mean_difference(one, two, unit, conf, null), method)
    kept = (adjusted.se / plain.se) ** 2 if adjusted.se and plain.se else None
    return Adjusted(adjusted, plain, slopes, correlation, kept)


def adjusted_samples(first: Pairs, second: Pairs, theta: Theta = "within"
                     ) -> tuple[Sample, Sample, tuple[float, float], float | None] | None:
    """Both groups after the adjustment, the slopes and the correlation within groups; None where x does not vary."""
    n = first.n + second.n
    centre = (first.n * first.mean_x + second.n * second.mean_x) / n
    within_xx = (first.n - 1) * first.var_x + (second.n - 1) * second.var_x
    within_xy = (first.n - 1) * first.cov + (second.n - 1) * second.cov
    within_yy = (first.n - 1) * first.var_y + (second.n - 1) * second.var_y
    if within_xx <= 0:
        return None
    correlation = within_xy / math.sqrt(within_xx * within_yy) if within_yy > 0 else None
    between = first.n * second.n / n
    gap_x, gap_y = first.mean_x - second.mean_x, first.mean_y - second.mean_y
    if theta == "total":
        one = two = (within_xy + between * gap_x * gap_y) / (within_xx + between * gap_x**2)
    elif theta == "by_arm":
        one = first.cov / first.var_x if first.var_x > 0 else 0.0
        two = second.cov / second.var_x if second.var_x > 0 else 0.0
    else:
        one = two = within_xy / within_xx
    a, b = first.minus(one, centre), second.minus(two, centre)
    if theta == "by_arm" and a.var is not None and b.var is not None:
        # the error of the common centre, shared over both groups
        var_x = (within_xx + between * gap_x**2) / (n - 1)
        extra = (one - two) ** 2 * var_x / n
        share = first.n / n
        a, b = Sample(a.n, a.mean, a.var + extra * share * a.n), Sample(b.n, b.mean, b.var + extra * (1 - share) * b.n)
    return a, b, (one, two), correlation


def _y(pairs: Pairs) -> Sample:
    return Sample(pairs.n, pairs.mean_y, pairs.var_y)


def _named(c: Comparison, method: str) -> Comparison:
    if c.p is None:
        return c
    return Comparison(c.value, c.low, c.high, c.p, c.n, c.base, c.unit, method, c.conf, c.null, c.se, c.df, c.statistic)
