"""Which columns of a banner differ: all pairs of a row at once, and the letters that say so.

Shares: two-proportion z with the pooled share; means: Welch. Weighted columns count with their effective bases (Kish) and Student's t, the
convention of survey programs. Columns that share people carry the covariance of what they share. Pairs of one row are one family of tests.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, stdtr

from cjm_research.stats.multiplicity import Method, adjust
from cjm_research.stats.survey.design import Array

Adjust = Literal["none"] | Method
LEAST_BASE = 30  # a column below it is shown and gets no letter
LEAST_EXPECTED = 5  # answers of either kind that the smaller column of a pair would have if both were alike; below it z is no normal number


def letters_of(columns: int) -> list[str]:
    """A, B, … Z, AA, AB, …: a column's letter."""
    out: list[str] = []
    for k in range(columns):
        name, k = "", k + 1
        while k:
            k, rest = divmod(k - 1, 26)
            name = string.ascii_uppercase[rest] + name
        out.append(name)
    return out


def share_test(p1: float, e1: float, p2: float, e2: float, *, shared: float = 0.0, weighted: bool = False) -> tuple[float, float] | None:
    """(statistic, two-sided p) of p1 − p2 with bases e1 and e2; None where it is not defined.

    shared: effective number of people who are in both columns. weighted: Student's t with e1 + e2 − 2 (shared people counted once).
    """
    if e1 <= 0 or e2 <= 0:
        return None
    pooled = (p1 * e1 + p2 * e2) / (e1 + e2)
    variance = pooled * (1 - pooled) * (1 / e1 + 1 / e2 - 2 * shared / (e1 * e2))
    return _tested(p1 - p2, variance, e1 + e2 - shared - 2 if weighted else None)


def column_test(p1: float, e1: float, p2: float, e2: float, *, shared: float = 0.0, weighted: bool = False) -> tuple[float, float] | None:
    """`share_test` of two columns of a banner; None also where fewer than five of either answer are expected in the smaller column."""
    if e1 <= 0 or e2 <= 0:
        return None
    pooled = (p1 * e1 + p2 * e2) / (e1 + e2)
    if min(pooled, 1 - pooled) * min(e1, e2) < LEAST_EXPECTED:
        return None
    return share_test(p1, e1, p2, e2, shared=shared, weighted=weighted)


def mean_test(m1: float, v1: float, e1: float, m2: float, v2: float, e2: float, *, shared: float = 0.0, cov: float = 0.0) -> tuple[float, float] | None:
    """(t, two-sided p) of m1 − m2, variances v1 and v2 of the answers, Welch's degrees of freedom; None where it is not defined.

    shared, cov: effective number of people in both columns and the variance of their answers.
    """
    if min(e1, e2) <= 1:
        return None
    a, b = v1 / e1, v2 / e2
    variance = a + b - 2 * shared * cov / (e1 * e2)
    below = a * a / (e1 - 1) + b * b / (e2 - 1)
    return _tested(m1 - m2, variance, (a + b) ** 2 / below if below > 0 else e1 + e2 - 2)


def _tested(difference: float, variance: float, df: float | None) -> tuple[float, float] | None:
    if not variance > 1e-15 or (df is not None and df <= 0):
        return None
    t = difference / float(np.sqrt(variance))
    tail = float(ndtr(-abs(t))) if df is None else float(stdtr(df, -abs(t)))
    return t, min(1.0, 2 * tail)


def row_letters(values: npt.ArrayLike, p: npt.NDArray[np.float64], names: Sequence[str], alpha: float = 0.05, method: Adjust = "bh") -> tuple[list[str], Array]:
    """(letters a column, adjusted p a pair) of one row.

    p: the p of every pair in the upper triangle, NaN for pairs that are not tested. The higher column gets the letter of the lower one.
    """
    x = np.asarray(values, float)
    first, second = np.triu_indices(len(x), 1)
    raw = [None if np.isnan(v) else float(v) for v in p[first, second]]
    found = raw if method == "none" else adjust(raw, method)
    out, adjusted = [""] * len(x), np.full_like(p, np.nan)
    for i, j, v in zip(first.tolist(), second.tolist(), found, strict=True):
        if v is None:
            continue
        adjusted[i, j] = v
        if v <= alpha * (1 + 1e-12) and x[i] != x[j]:
            high, low = (i, j) if x[i] > x[j] else (j, i)
            out[high] += ("," if out[high] and len(names[low]) > 1 else "") + names[low]
    return out, adjusted


def paired_shares(both: int, only_first: int, only_second: int, neither: int) -> tuple[float, float, float] | None:
    """(difference, z, two-sided p) of two answers of the same people; None where nobody chose one alone. McNemar 1947."""
    n = both + only_first + only_second + neither
    if only_first + only_second == 0 or n == 0:
        return None
    z = (only_first - only_second) / float(np.sqrt(only_first + only_second))
    return (only_first - only_second) / n, z, min(1.0, 2 * float(ndtr(-abs(z))))
