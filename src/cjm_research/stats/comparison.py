"""A comparison of two groups, and the checks and quantiles every module here shares."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import ndtr, ndtri, stdtr, stdtrit

from cjm_research.errors import BadInput
from cjm_research.results.result import Estimate


@dataclass(frozen=True)
class Comparison:
    """First against second, with its interval and the test of `null`, all from one pivot.

    value: the difference (or the relative change, or the ratio) in `unit`. low, high: the interval at
    `conf`; None only where `method` says why. p: two-sided unless `method` says otherwise. se, df,
    statistic: of that test; df None means the normal distribution. n, base: units of the first group, of both.
    """

    value: float | None
    low: float | None
    high: float | None
    p: float | None
    n: int
    base: int
    unit: str
    method: str
    conf: float = 0.95
    null: float = 0.0
    se: float | None = None
    df: float | None = None
    statistic: float | None = None

    def estimate(self) -> Estimate:
        """The comparison as the `Estimate` that frames and findings carry."""
        return Estimate(self.value, self.low, self.high, self.n, self.base, self.unit, self.method)


def nothing(n: int, base: int, unit: str, why: str, conf: float = 0.95, value: float | None = None) -> Comparison:
    """A comparison that cannot be made: no interval, no p, and `why` in its method."""
    return Comparison(value, None, None, None, n, base, unit, f"not computed: {why}", conf)


def no_estimate(n: int, base: int, unit: str, why: str, value: float | None = None) -> Estimate:
    """An estimate that cannot be made, with `why` in its method."""
    return Estimate(value, None, None, n, base, unit, f"not computed: {why}")


def finite(x: float) -> float | None:
    """The number, or None where it is infinite or not a number; no NaN leaves these modules."""
    return float(x) if math.isfinite(x) else None


def z_two_sided(conf: float) -> float:
    """The normal quantile of a two-sided interval at `conf` (1.96 at .95)."""
    return float(ndtri(0.5 + check_level(conf) / 2))


def t_two_sided(conf: float, df: float) -> float:
    """Student's quantile of a two-sided interval at `conf` with `df` degrees of freedom."""
    return float(stdtrit(df, 0.5 + check_level(conf) / 2))


def p_two_sided(statistic: float, df: float | None = None) -> float:
    """The two-sided p of a statistic under the normal distribution, or Student's with `df`."""
    tail = ndtr(-abs(statistic)) if df is None else stdtr(df, -abs(statistic))
    return min(1.0, 2 * float(tail))


def check_level(conf: float) -> float:
    """`conf`, or `BadInput` unless it lies strictly between 0 and 1 (95 is not .95)."""
    if not 0 < conf < 1:
        raise BadInput("confidence level", f"{conf!r}", "a share strictly between 0 and 1", "write .95 for 95 %")
    return conf


def check_count(k: float, n: float, what: str = "share") -> None:
    """`BadInput` unless 0 ≤ k ≤ n, both finite."""
    if not (math.isfinite(k) and math.isfinite(n) and 0 <= k <= n):
        raise BadInput(what, f"{k:g} out of {n:g}", "a count between 0 and its base",
                       "check how the numerator and the base are counted")
