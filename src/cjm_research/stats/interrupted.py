"""Whether the level of a series shifted on a day that was known before: segmented regression where neighbouring days resemble each other.

Newey–West errors and Student's t promise 5 % and call 15 to 30 % of steady series of two or three months moved (tests show it): the errors are
too small, and too few days tell how alike neighbours are. Here the statistic is the same, and what it does where nothing happened is simulated for the same
days and weekdays, with autocorrelations drawn from what the series says of its own. Beside it stands generalised least squares with AR(1) errors,
averaged over the autocorrelation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import stdtr

from cjm_research.errors import BadInput

Array = npt.NDArray[np.float64]
DRAWS, SEED = 2000, 20260101
_RHO = np.linspace(-0.6, 0.98, 80)  # lag-1 autocorrelations that are weighed


@dataclass(frozen=True)
class Shift:
    """One contrast of a segmented regression.

    p: how often steady series give as large a statistic. low, high: the shifts that are not refused at 5 %; None where the series does not vary.
    """

    value: float
    se: float
    low: float | None
    high: float | None
    p: float | None

    @property
    def t(self) -> float:
        """The value over its error."""
        return self.value / self.se if self.se > 0 else 0.0


@dataclass(frozen=True)
class Regression:
    """A series on its terms: y and x (a row a day), gap (days since the row before, 1 in the first), weights (days that rest on more count for more).

    Raises `BadInput` for lists of different lengths, numbers that are none, or no freedom left.
    """

    y: Array
    x: Array
    gap: Array
    weights: Array

    def __post_init__(self) -> None:
        n = len(self.y)
        if not (self.x.shape[:1] == self.gap.shape == self.weights.shape == (n,)) or not all(np.isfinite(a).all() for a in (self.y, self.x, self.gap, self.weights)):
            raise BadInput("segmented regression", "lists of different lengths or numbers that are none", "one finite number a day in each", "leave days without a value out")
        if (self.gap < 1).any() or (self.weights <= 0).any() or n - np.linalg.matrix_rank(self.x) < 2:
            raise BadInput("segmented regression", "days in no order, weights of nothing or more terms than days", "days in order, weights above 0, two days more than terms", "take a longer series")

    @property
    def df(self) -> int:
        """Days less terms."""
        return len(self.y) - int(np.linalg.matrix_rank(self.x))

    @property
    def lags(self) -> int:
        """Lags of the Newey–West errors: a week, more for long series."""
        return min(max(7, int(4 * (len(self.y) / 100) ** (2 / 9))), len(self.y) - 1)

    def newey_west(self, contrast: Array) -> tuple[float, float]:
        """(value, error by Newey & West 1987, times √(n/(n−k))) of a contrast of the terms; the same as of statsmodels."""
        root = np.sqrt(self.weights)
        z, x = self.y * root, self.x * root[:, None]
        value, se = _hac(z[None, :], *_influence(x, contrast), self.lags, self.df)
        return float(value[0]), float(se[0])

    def shift(self, contrast: Array, seed: int = SEED) -> Shift:
        """A contrast with the p and the interval that hold where neighbours resemble each other."""
        value, se = self.newey_west(contrast)
        if se <= 1e-9 * (abs(self.y).max() + 1e-300):
            return Shift(value, 0.0, None, None, None)
        rng = np.random.default_rng(seed)
        drawn = rng.choice(_RHO, DRAWS, p=self.likely)
        steady = np.empty((DRAWS, len(self.y)))
        noise = rng.standard_normal(steady.shape)
        steady[:, 0] = noise[:, 0]
        for t in range(1, len(self.y)):
            link = _power(drawn, self.gap[t])
            steady[:, t] = link * steady[:, t - 1] + np.sqrt(1 - link * link) * noise[:, t]
        chance = np.abs(np.divide(*_hac(steady, *_influence(self.x * np.sqrt(self.weights)[:, None], contrast), self.lags, self.df)))
        p = (1 + int((chance >= abs(value / se)).sum())) / (DRAWS + 1)
        half = float(np.quantile(chance, 0.95)) * se
        return Shift(value, se, value - half, value + half, p)

    def autoregressive(self, contrast: Array) -> Shift:
        """The contrast by generalised least squares with AR(1) errors, averaged over the autocorrelation (restricted likelihood, flat)."""
        fits = [self._at(r) for r in _RHO]
        weight = _weighed(np.array([f[0] for f in fits]))
        found = [(c @ contrast, math.sqrt(max(0.0, contrast @ v @ contrast))) for _, c, v in fits]
        value, se = np.array([f[0] for f in found]), np.array([f[1] for f in found])
        mean = float(weight @ value)
        spread = math.sqrt(max(0.0, float(weight @ (se**2 + (value - mean) ** 2))))
        if spread <= 1e-9 * (abs(self.y).max() + 1e-300):
            return Shift(mean, 0.0, None, None, None)

        def below(at: float) -> float:
            return float(weight @ stdtr(self.df, (at - value) / se))

        low, high = (brentq(lambda at, q=q: below(at) - q, mean - 60 * spread, mean + 60 * spread) for q in (0.025, 0.975))
        return Shift(mean, spread, float(low), float(high), 2 * min(below(0.0), 1 - below(0.0)))

    @cached_property
    def likely(self) -> Array:
        """How likely each autocorrelation is, by the restricted likelihood of the series."""
        return _weighed(np.array([self._at(r)[0] for r in _RHO]))

    def _at(self, rho: float) -> tuple[float, Array, Array]:
        """(restricted log likelihood, coefficients, their covariance) where neighbours correlate so."""
        root = np.sqrt(self.weights)
        link = _power(np.full(len(self.y), rho), self.gap)
        link[0] = 0.0
        scale = np.sqrt(1 - link * link)

        def whitened(a: Array) -> Array:
            a = a * (root if a.ndim == 1 else root[:, None])
            before = np.vstack([np.zeros((1, *a.shape[1:])), a[:-1]]) if a.ndim > 1 else np.concatenate([[0.0], a[:-1]])
            return (a - (link if a.ndim == 1 else link[:, None]) * before) / (scale if a.ndim == 1 else scale[:, None])

        z, x = whitened(self.y), whitened(self.x)
        u, s, vt = np.linalg.svd(x, full_matrices=False)
        keep = s > 1e-10 * s[0]
        u, s, vt = u[:, keep], s[keep], vt[keep]
        beta = vt.T @ ((u.T @ z) / s)
        rss = max(float(((z - x @ beta) ** 2).sum()), 1e-300)
        df = len(z) - len(s)
        return -0.5 * (df * math.log(rss) + 2 * float(np.log(s).sum())) - float(np.log(scale).sum()), beta, (vt.T / s**2) @ vt * (rss / df)


def _power(rho: Array, gap: npt.ArrayLike) -> Array:
    return np.sign(rho) ** np.asarray(gap) * np.abs(rho) ** np.asarray(gap)


def _weighed(log: Array) -> Array:
    w = np.exp(log - log.max())
    return w / w.sum()


def _influence(x: Array, contrast: Array) -> tuple[Array, Array]:
    """(what each day adds to the contrast, an orthonormal basis of the terms)."""
    u, s, vt = np.linalg.svd(x, full_matrices=False)
    keep = s > 1e-10 * s[0]
    return (u[:, keep] / s[keep]) @ (vt[keep] @ contrast), u[:, keep]


def _hac(z: Array, influence: Array, basis: Array, lags: int, df: int) -> tuple[Array, Array]:
    """(values, Newey–West errors) of a contrast for many series at once."""
    score = (z - (z @ basis) @ basis.T) * influence
    variance = (score * score).sum(axis=1)
    for lag in range(1, lags + 1):
        variance = variance + 2 * (1 - lag / (lags + 1)) * (score[:, lag:] * score[:, :-lag]).sum(axis=1)
    return z @ influence, np.sqrt(np.maximum(variance, 1e-300) * z.shape[1] / df)


@dataclass(frozen=True)
class RateRatio:
    """How many times as many: value with its 95 % interval, and how much more counts vary than by chance alone."""

    value: float
    low: float
    high: float
    dispersion: float


def counts_shift(counts: npt.ArrayLike, x: Array, contrast: Array, exposure: npt.ArrayLike, quasi: bool = True) -> RateRatio:
    """A contrast of counts by exposure as a ratio: Poisson regression, widened by the dispersion where `quasi` (McCullagh & Nelder 1989)."""
    # not of statsmodels.api, which takes a second to import
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM

    y = np.asarray(counts, float)
    fit = GLM(y, x, family=Poisson(), offset=np.log(np.asarray(exposure, float))).fit(scale="X2" if quasi else None)
    value, se = float(contrast @ fit.params), math.sqrt(float(contrast @ fit.cov_params() @ contrast))
    return RateRatio(math.exp(value), math.exp(value - 1.959963984540054 * se), math.exp(value + 1.959963984540054 * se), float(fit.pearson_chi2 / fit.df_resid))
