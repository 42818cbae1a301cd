"""Estimates from a sample as it was drawn: weights, strata, clusters, by Taylor linearisation as R's `survey` does it.

A group of respondents is a part of the whole design (`among`), never a file of its own: leaving the others out would change the
number of clusters and with it the error (Lumley 2010, §2.4).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, expit, logit, ndtri, stdtrit

from cjm_research.errors import BadInput
from cjm_research.stats.comparison import check_level

Array = npt.NDArray[np.float64]
Given = npt.ArrayLike | None
_NEXT = "correct the column of the survey, or leave it unmapped"


@dataclass(frozen=True)
class Point:
    """An estimate with its standard error and the design's degrees of freedom; `n` respondents, `effective` by Kish."""

    value: float
    se: float
    df: float
    n: int
    effective: float

    def interval(self, conf: float = 0.95) -> tuple[float, float]:
        """Student's interval."""
        half = float(stdtrit(self.df, 0.5 + check_level(conf) / 2)) * self.se
        return self.value - half, self.value + half


class Design:
    """How respondents were drawn. weights: one each, above 0 or 0; strata, clusters: labels; population: of a stratum or of clusters, for
    samples that are a large part of it (R's `fpc`).

    Raises `BadInput` for missing, negative or all-zero weights, for missing labels, and for a stratum with one cluster, whose error nobody can know.
    """

    def __init__(self, weights: npt.ArrayLike, strata: Given = None, clusters: Given = None, population: Given = None) -> None:
        self.w: Array = np.asarray(weights, float)
        n = self.w.size
        if not np.isfinite(self.w).all() or (self.w < 0).any() or not (self.w > 0).any():
            bad = int((~np.isfinite(self.w)).sum()), int((self.w < 0).sum())
            raise BadInput("survey weights", f"{bad[0]:,} missing or infinite, {bad[1]:,} negative, {int((self.w > 0).sum()):,} above 0", "a number of 0 or more for everybody", _NEXT)
        self.stratum = _codes(strata, n, "strata")
        self.strata = int(self.stratum.max()) + 1 if n else 0
        # clusters are numbered anew in each stratum, as `nest = TRUE` does
        own = _codes(clusters, n, "clusters") if clusters is not None else np.arange(n)
        pairs, self.cluster = np.unique(np.stack([self.stratum, own]), axis=1, return_inverse=True)
        self.cluster = self.cluster.ravel()
        self.of_stratum = pairs[0]
        self.drawn = np.bincount(self.of_stratum, minlength=self.strata)
        if (self.drawn < 2).any():
            raise BadInput("survey design", f"{int((self.drawn < 2).sum()):,} strata hold one {'cluster' if clusters is not None else 'respondent'} each",
                           "at least two in every stratum", "merge the stratum with one like it")
        self.left = np.ones(self.strata)
        if population is not None:
            of = np.full(self.strata, np.nan)
            of[self.stratum] = np.asarray(population, float)
            if not (of >= self.drawn).all():
                raise BadInput("survey design: population", "fewer in the population than in the sample", "the size of the population of each stratum", _NEXT)
            self.left = 1 - self.drawn / of
        self._margins: Array | None = None  # of `calibrated`, with the weights it began with
        self._start: Array = self.w

    @property
    def df(self) -> float:
        """Clusters minus strata."""
        return float(len(self.of_stratum) - self.strata)

    def calibrated(self, weights: npt.ArrayLike, margins: Array) -> Design:
        """The same design with weights raked to margins (a column of zeros and ones for each category).

        Errors then rest on what the margins do not explain; treating raked weights as given overstates them. Deville & Särndal 1992.
        """
        other = object.__new__(Design)
        other.__dict__.update(self.__dict__)
        other.w = np.asarray(weights, float)
        other._margins, other._start = margins, self.w
        return other

    def variance(self, influence: Array) -> float:
        """The variance of a sum of influences, one a respondent (weights included)."""
        z = influence
        if self._margins is not None:
            root = np.sqrt(self._start)
            with np.errstate(divide="ignore", invalid="ignore"):
                per_weight = np.where(self.w > 0, z / self.w, 0.0)
            beta, *_ = np.linalg.lstsq(self._margins * root[:, None], per_weight * root, rcond=None)
            z = self.w * (per_weight - self._margins @ beta)
        sums = np.bincount(self.cluster, z, minlength=len(self.of_stratum))
        means = np.bincount(self.of_stratum, sums, minlength=self.strata) / self.drawn
        squares = np.bincount(self.of_stratum, (sums - means[self.of_stratum]) ** 2, minlength=self.strata)
        return float(np.sum(self.left * self.drawn / (self.drawn - 1) * squares))

    def _among(self, y: Array, among: Given) -> npt.NDArray[np.bool_]:
        inside = np.isfinite(y) if among is None else np.asarray(among, bool) & np.isfinite(y)
        return inside & (self.w > 0)

    def _mean(self, y: Array, inside: npt.NDArray[np.bool_]) -> tuple[float, Array]:
        w = np.where(inside, self.w, 0.0)
        total = w.sum()
        value = float(np.sum(w * np.where(inside, y, 0.0)) / total)
        return value, np.where(inside, w * (y - value), 0.0) / total

    def mean(self, y: npt.ArrayLike, among: Given = None) -> Point:
        """The weighted mean (of zeros and ones: a share) of those who have a value, and of `among` only where given."""
        values = np.asarray(y, float)
        inside = self._among(values, among)
        if not inside.any():
            return Point(math.nan, math.nan, self.df, 0, 0.0)
        value, influence = self._mean(values, inside)
        return Point(value, math.sqrt(max(0.0, self.variance(influence))), self.df, int(inside.sum()), effective(self.w[inside]))

    def total(self, y: npt.ArrayLike, among: Given = None) -> Point:
        """The weighted total; of zeros and ones, how many there are in the population."""
        values = np.asarray(y, float)
        inside = self._among(values, among)
        z = np.where(inside, self.w * np.where(inside, values, 0.0), 0.0)
        return Point(float(z.sum()), math.sqrt(max(0.0, self.variance(z))), self.df, int(inside.sum()), effective(self.w[inside]) if inside.any() else 0.0)

    def difference(self, y: npt.ArrayLike, first: npt.ArrayLike, second: npt.ArrayLike) -> Point:
        """Mean of the first group minus mean of the second; both belong to one design, so what they share is counted."""
        values = np.asarray(y, float)
        one, two = self._among(values, first), self._among(values, second)
        if not one.any() or not two.any():
            return Point(math.nan, math.nan, self.df - 1, int(one.sum() + two.sum()), 0.0)
        (a, za), (b, zb) = self._mean(values, one), self._mean(values, two)
        return Point(a - b, math.sqrt(max(0.0, self.variance(za - zb))), self.df - 1, int((one | two).sum()), effective(self.w[one | two]))

    def design_effect(self, y: npt.ArrayLike, among: Given = None) -> float:
        """The variance of the mean over that of as many drawn at random with replacement (R: `deff = "replace"`)."""
        values = np.asarray(y, float)
        inside = self._among(values, among)
        n = int(inside.sum())
        if n < 2:
            return math.nan
        found = self.mean(values, among)
        w = self.w[inside]
        spread = float(np.sum(w * (values[inside] - found.value) ** 2) / w.sum()) * n / (n - 1)
        return found.se**2 / (spread / n) if spread > 0 else math.nan

    def quantile(self, y: npt.ArrayLike, q: float = 0.5, conf: float = 0.95, among: Given = None, *, middle: bool = False) -> tuple[float, float, float]:
        """The smallest value with a share of at least `q` at or below it, with Woodruff's interval (1952); R's `qrule = "math"`.

        middle: where exactly a share `q` lies at or below it, the mean of it and the next value, as the usual median of an even number; R's `"school"`.
        """
        values = np.asarray(y, float)
        inside = self._among(values, among)
        if not inside.any():
            return math.nan, math.nan, math.nan
        order = np.argsort(values[inside], kind="stable")
        x, w = values[inside][order], self.w[inside][order]
        shares = np.cumsum(w) / w.sum()

        def at(p: float) -> float:
            return float(x[min(int(np.searchsorted(shares, p - 1e-12)), len(x) - 1)])

        value = at(q)
        found = self.mean(np.where(np.isfinite(values), values <= value, np.nan), among)
        low, high = found.interval(conf)
        if middle:
            value = (value + float(x[min(int(np.searchsorted(shares, q + 1e-12, side="right")), len(x) - 1)])) / 2
        return value, at(max(0.0, low)), at(min(1.0, high))


def effective(weights: Array) -> float:
    """Kish's effective number of respondents, (Σw)²/Σw² (Kish 1965)."""
    squares = float(np.sum(weights * weights))
    return float(np.sum(weights)) ** 2 / squares if squares > 0 else 0.0


def logit_interval(found: Point, conf: float = 0.95) -> tuple[float, float]:
    """The interval of a share on the logit scale, as R's `svyciprop(method = "logit")`; only for shares that are neither 0 nor 1."""
    half = float(stdtrit(found.df, 0.5 + check_level(conf) / 2)) * found.se / (found.value * (1 - found.value))
    middle = float(logit(found.value))
    return float(expit(middle - half)), float(expit(middle + half))


def korn_graubard(found: Point, conf: float = 0.95) -> tuple[float, float]:
    """Clopper & Pearson's interval on the share's own effective base. Korn & Graubard 1998; R's `method = "beta"`."""
    tail = (1 - check_level(conf)) / 2
    p, base = found.value, found.effective
    if 0 < p < 1:
        base = p * (1 - p) / found.se**2 * (float(stdtrit(found.n - 1, 1 - tail)) / float(stdtrit(found.df, 1 - tail))) ** 2
    k = p * base
    return (0.0 if k <= 0 else float(betaincinv(k, base - k + 1, tail))), (1.0 if p >= 1 else float(betaincinv(k + 1, base - k, 1 - tail)))


def share_interval(found: Point, conf: float = 0.95) -> tuple[float, float, float]:
    """(low, high, base): Wilson's interval on the number of random respondents that would err as much.

    base = n / design effect, so that equal weights give Wilson's interval itself. Where fewer than five effective respondents say yes (or no) the
    error itself is not known well enough, and Kish's effective n stands in.
    """
    from cjm_research.stats.shares import wilson

    p, n = found.value, found.n
    base = found.effective
    if n > 1 and 0 < p < 1 and found.effective * min(p, 1 - p) >= 5:
        base = n / (found.se**2 / (p * (1 - p) / (n - 1)))
        # few clusters: their number, not the respondents', limits what is known
        base *= (float(ndtri(0.975)) / float(stdtrit(found.df, 0.975))) ** 2 if found.df < n - 1 else 1.0
    low, high = wilson(p * base, base, conf)
    return float(low), float(high), base


def _codes(labels: Given, n: int, what: str) -> npt.NDArray[np.int64]:
    if labels is None:
        return np.zeros(n, np.int64)
    import pandas as pd

    codes, _ = pd.factorize(pd.Series(np.asarray(labels, object)))
    if len(codes) != n or (codes < 0).any():
        raise BadInput(f"survey design: {what}", f"{int((codes < 0).sum()):,} respondents without one", "a label for everybody", _NEXT)
    return codes.astype(np.int64)
