"""Control charts: limits of what a series does by itself, frozen from a baseline; single values, shares, any point with a known error.

A point is compared with limits that were fixed before it came. `individuals`, `p_chart` and `laney_sigma` are the textbook's;
`Baseline` is what monitoring uses: the same limits, widened for a short baseline and for values that follow each other, so that
one steady point in 370 lies outside.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr, stdtrit

from cjm_research.errors import BadInput

Array = npt.NDArray[np.float64]
D2 = 1.128  # mean range of two normal values in standard deviations
BEYOND = 0.0027  # share of steady points beyond three standard deviations
RUN = 8  # points in a row on one side of the centre
FOLLOWS = 0.2  # lag-1 autocorrelation from which runs say nothing
_EFFICIENCY = 1.0  # degrees of freedom a moving range gives; chosen so that one steady point in 370 lies outside (tests simulate it)
LEAST_FREEDOM = 5.0  # below, limits would be too wide to say anything
DRAWS, SEED = 2000, 20260101


@dataclass(frozen=True)
class Limits:
    """Centre and limits of a chart; `sigma` is the standard deviation they rest on."""

    center: float
    sigma: float
    lower: float
    upper: float


def individuals(values: npt.ArrayLike) -> Limits:
    """The chart of single values (XmR): mean ± 3 · mean moving range / 1.128. Shewhart 1931; Wheeler & Chambers 1992."""
    x = _checked(values)
    sigma = float(np.abs(np.diff(x)).mean()) / D2
    center = float(x.mean())
    return Limits(center, sigma, center - 3 * sigma, center + 3 * sigma)


def p_chart(hits: npt.ArrayLike, bases: npt.ArrayLike, sigma_z: float = 1.0) -> tuple[float, Array, Array]:
    """(pooled share, lower and upper limits by point) of shares; sigma_z of `laney_sigma` makes it Laney's p′ (2002)."""
    k, n = _checked(hits), _checked(bases)
    p = float(k.sum() / n.sum())
    half = 3 * sigma_z * np.sqrt(p * (1 - p) / n)
    return p, np.clip(p - half, 0, 1), np.clip(p + half, 0, 1)


def laney_sigma(hits: npt.ArrayLike, bases: npt.ArrayLike) -> float:
    """How many times more shares vary from point to point than their bases alone let them. Laney 2002."""
    k, n = _checked(hits), _checked(bases)
    p = k.sum() / n.sum()
    z = (k / n - p) / np.sqrt(p * (1 - p) / n)
    return float(np.abs(np.diff(z)).mean()) * math.sqrt(math.pi) / 2


@dataclass(frozen=True)
class Baseline:
    """What a series did while it was steady.

    center: its mean, points weighted by their error. sigma: standard deviation of a point in units of its own error (1 for
    single values' own unit). rho: lag-1 autocorrelation, 0 where it is not positive. n: points. seasons: levels that were
    estimated from the same points and taken out of them (7 for weekdays).
    """

    center: float
    sigma: float
    rho: float
    n: int
    seasons: int = 1

    @property
    def width(self) -> float:
        """Half width of the limits in sigmas: three for a long baseline of independent points, more for a short one."""
        return float(_width(np.float64(self.rho), self.n, self.seasons))

    def limits(self, scale: npt.ArrayLike = 1.0) -> tuple[Array, Array]:
        """(lower, upper) for points with these errors."""
        half = self.width * self.sigma * np.asarray(scale, float)
        return self.center - half, self.center + half

    def p(self, value: float, scale: float = 1.0) -> float:
        """How often a steady point lies as far from the centre; no test of one that was picked for it."""
        if self.sigma <= 0:
            return 1.0 if value == self.center else 0.0
        spread = self.sigma * scale * math.sqrt(_more(self.rho, self.n, self.seasons))
        return float(2 * stdtr(_df(self.rho, self.n - self.seasons + 1), -abs(value - self.center) / spread))


def baseline(values: npt.ArrayLike, scale: npt.ArrayLike | None = None, seasons: int = 1) -> Baseline:
    """Freeze a baseline from its points; scale: the error of each point (a share's √(p(1−p)/n)), up to a common factor.

    sigma is the mean moving range / 1.128, corrected for autocorrelation; with errors given it is never below 1, so that limits
    are never narrower than the bases allow. Raises `BadInput` for fewer than three points.
    """
    x = _checked(values, 3)
    s = np.ones_like(x) if scale is None else _checked(scale, 3)
    center = float((x / s**2).sum() / (1 / s**2).sum())
    z = (x - center) / s
    sigma, rho = _sigma(z, seasons)
    return Baseline(center, max(1.0, float(sigma)) if scale is not None else float(sigma), float(rho), len(x), seasons)


def outside(frozen: Baseline, values: npt.ArrayLike, scale: npt.ArrayLike = 1.0, runs: bool = True) -> list[str]:
    """For each point after the baseline the rule it breaks: "beyond" the limits, the 8th or later in a "run" on one side, or ""."""
    x = np.asarray(values, float)
    low, high = frozen.limits(scale)
    side = np.sign(x - frozen.center)
    use_runs = runs and frozen.rho <= FOLLOWS
    out, length, before = [], 0, 0.0
    for value, lower, upper, here in zip(x, np.broadcast_to(low, x.shape), np.broadcast_to(high, x.shape), side, strict=True):
        length = length + 1 if here == before and here != 0 else 1
        before = here
        out.append("beyond" if value < lower - 1e-12 or value > upper + 1e-12 else "run" if use_runs and length >= RUN else "")
    return out


@lru_cache(maxsize=256)
def false_alarms(n: int, points: int, rho: float, runs: bool, seasons: int = 1, draws: int = DRAWS, seed: int = SEED) -> tuple[float, float]:
    """(alarms expected among `points` steady points, share of series with any), measured by simulation of steady normal series.

    Each series has its own baseline of n points and lag-1 autocorrelation rho. An alarm is a point beyond the limits, or the
    point at which a run of eight is complete.
    """
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((draws, n + points))
    x = np.empty_like(noise)
    x[:, 0] = noise[:, 0]
    for t in range(1, n + points):
        x[:, t] = rho * x[:, t - 1] + math.sqrt(1 - rho * rho) * noise[:, t]
    base, later = x[:, :n], x[:, n:]
    for day in range(seasons):  # levels are taken out as monitoring does, so that their errors count
        level = base[:, day::seasons].mean(axis=1, keepdims=True)
        base[:, day::seasons] -= level
        later[:, (day - n) % seasons::seasons] -= level
    center = np.zeros((draws, 1))
    sigma, found = _sigma(base, seasons)
    half = (_width(found, n, seasons) * sigma)[:, None]
    alarm = np.abs(later - center) > half
    if runs:
        side = np.sign(later - center)
        length = np.ones(draws)
        for t in range(1, points):
            length = np.where(side[:, t] == side[:, t - 1], length + 1, 1)
            alarm[:, t] |= (length == RUN) & (found <= FOLLOWS)
    return float(alarm.sum(axis=1).mean()), float(alarm.any(axis=1).mean())


def _sigma(z: Array, seasons: int = 1) -> tuple[Any, Any]:
    """(sigma, rho) of rows of centred points, of which so many levels were taken out."""
    n = z.shape[-1]
    total = (z * z).sum(axis=-1)
    lag = (z[..., 1:] * z[..., :-1]).sum(axis=-1)
    rho = np.where(total > 0, lag / np.where(total > 0, total, 1.0), 0.0)
    rho = rho + (1 + 4 * rho) / n  # a short series shows too little of it (Marriott & Pope 1954)
    rho = np.where(rho > 1.3 / math.sqrt(n), np.clip(rho, 0.0, 0.8), 0.0)
    return np.abs(np.diff(z, axis=-1)).mean(axis=-1) / D2 / np.sqrt(1 - rho) * math.sqrt((n - 1) / max(1, n - seasons)), rho


def _more(rho: Any, n: int, seasons: int = 1) -> Any:
    """Variance of a point around an estimated centre, in variances of a point."""
    return 1 + np.maximum(seasons, (1 + rho) / (1 - rho)) / n


def _df(rho: Any, n: int) -> Any:
    return np.maximum(LEAST_FREEDOM, _EFFICIENCY * (n - 1) * (1 - rho) / (1 + rho))


def _width(rho: Any, n: int, seasons: int = 1) -> Any:
    return stdtrit(_df(rho, n - seasons + 1), 1 - BEYOND / 2) * np.sqrt(_more(rho, n, seasons))


def _checked(values: npt.ArrayLike, least: int = 2) -> Array:
    x = np.asarray(values, float)
    if x.ndim != 1 or len(x) < least or not np.isfinite(x).all():
        raise BadInput("control chart", f"{len(np.atleast_1d(x))} points, {int((~np.isfinite(x)).sum())} of them no numbers", f"{least} finite numbers at least",
                       "leave points without a value out and say how many")
    return x
