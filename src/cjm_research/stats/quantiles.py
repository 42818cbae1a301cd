"""Quantiles with intervals from order statistics: the engine sorts, these say which ranks to read."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from cjm_research.errors import BadInput
from cjm_research.results.result import Estimate
from cjm_research.stats.comparison import (
    Comparison,
    check_level,
    no_estimate,
    nothing,
    p_two_sided,
    z_two_sided,
)


def middle(n: int, q: float = 0.5) -> tuple[int, int]:
    """The two ranks (1…n) whose values' mean is the q-quantile of n sorted values; mostly they are one and the same.

    Where a share q of the values is a whole number of them, any value from the last of these to the next has that share
    at or below it; the middle of the two is taken, so that q = ½ is the usual median also of an even number
    (Hyndman & Fan 1996, definition 2). Raises BadInput unless 0 < q < 1.
    """
    if not 0 < q < 1:
        raise BadInput("quantile", f"{q!r}", "strictly between 0 and 1", "write .5 for the median")
    if n < 1:
        raise BadInput("quantile", f"{n} values", "at least one value", "ask for a part of the data that has values; cjm check says what there is")
    first = min(n, max(1, math.ceil(n * q - 1e-9)))
    whole = abs(n * q - first) <= 1e-9
    return first, min(n, first + whole)


def ranks(n: int, q: float, conf: float = 0.95) -> tuple[int | None, tuple[int, int], int | None]:
    """The ranks (1…n) of the lower limit, of the quantile (see `middle`) and of the upper limit of n sorted values.

    The limits are the tightest equal-tailed pair whose binomial coverage is at least `conf`; None where
    n is too small to have one. Conover 1999, §3.2. Raises BadInput unless 0 < q < 1.
    """
    between = middle(n, q)
    from scipy.stats import binom

    tail = (1 - check_level(conf)) / 2
    # the value of rank r lies above the quantile when at most r−1 of n fall below it
    below = int(binom.ppf(tail, n, q))
    if binom.cdf(below, n, q) > tail:
        below -= 1
    low = below + 1 if below >= 0 else None
    above = int(binom.ppf(1 - tail, n, q)) + 1
    high = above if above <= n else None
    return low, between, high


def value_at(ascending: np.ndarray, q: float = 0.5) -> float:
    """The q-quantile of values in ascending order (see `middle`)."""
    a, b = middle(len(ascending), q)
    return (float(ascending[a - 1]) + float(ascending[b - 1])) / 2


def quantile(values: Sequence[float], q: float = 0.5, unit: str = "score", conf: float = 0.95) -> Estimate:
    """The q-quantile of the values with its distribution-free interval."""
    x = np.sort(np.asarray(values, float))
    if x.size == 0:
        return no_estimate(0, 0, unit, "no values")
    low, _, high = ranks(int(x.size), q, conf)
    return from_order_statistics(
        int(x.size), q, value_at(x, q), None if low is None else float(x[low - 1]),
        None if high is None else float(x[high - 1]), unit, conf)


def from_order_statistics(n: int, q: float, value: float, low: float | None, high: float | None,
                          unit: str = "score", conf: float = 0.95) -> Estimate:
    """The estimate from the values the engine read at the `ranks`."""
    why = "" if low is not None and high is not None else "; too few values for both limits"
    return Estimate(value, low, high, n, n, unit, f"{q:g}-quantile, order statistics, {conf:.3g}{why}")


def quantile_difference(first: Estimate, second: Estimate, conf: float = 0.95) -> Comparison:
    """first − second of two quantiles at the same `conf`, their errors read off the widths of their intervals.

    Price & Bonett 2002 (normal approximation). No interval where one of the two has none.
    """
    n, base = first.n, first.n + second.n
    if first.value is None or second.value is None:
        return nothing(n, base, first.unit, "a group is empty", conf)
    value = first.value - second.value
    if first.low is None or first.high is None or second.low is None or second.high is None:
        return nothing(n, base, first.unit, "a group is too small for an interval of its quantile", conf, value)
    z = z_two_sided(conf)
    se = math.hypot((first.high - first.low) / (2 * z), (second.high - second.low) / (2 * z))
    if se == 0:
        return nothing(n, base, first.unit, "neither quantile varies (ties)", conf, value)
    return Comparison(value, value - z * se, value + z * se, p_two_sided(value / se), n, base, first.unit,
                      f"difference of quantiles, order statistics (Price & Bonett 2002), {conf:.3g}", conf, 0.0, se,
                      None, value / se)
