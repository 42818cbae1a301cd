"""How good predicted chances are on customers and days that the model has not seen: ranking, level, calibration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit
from scipy.stats import rankdata

from cjm_research.errors import BadInput
from cjm_research.results.result import Estimate

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scores:
    """Scores of predicted chances p against what happened y.

    intercept, slope: of the logistic recalibration of y on the log odds (0 and 1 where chances are right); ece: mean gap between
    chance and share over ten bins of equal size, a side figure that depends on bins.
    """

    n: int
    events: int
    rate: float
    mean_p: float
    auc: float
    brier: float
    log_loss: float
    intercept: float
    slope: float
    ece: float


def scores(y: npt.ArrayLike, p: npt.ArrayLike) -> Scores:
    """All scores; the slope is missing where nothing or everything happened."""
    y, p = _checked(y, p)
    safe = np.clip(p, 1e-12, 1 - 1e-12)
    at_one, slope = _recalibrated(y, safe)
    order = np.argsort(p, kind="stable")
    bins = np.array_split(order, min(10, len(p)))
    ece = float(sum(len(b) * abs(p[b].mean() - y[b].mean()) for b in bins) / len(p))
    return Scores(len(y), int(y.sum()), float(y.mean()), float(p.mean()), auc(y, p), brier(y, p),
                  float(-(y * np.log(safe) + (1 - y) * np.log1p(-safe)).mean()), at_one, slope, ece)


def auc(y: npt.ArrayLike, p: npt.ArrayLike) -> float:
    """The share of pairs (one to whom it happened, one to whom not) that p puts in the right order; ties count half. Mann & Whitney 1947."""
    y, p = np.asarray(y, float), np.asarray(p, float)
    hits = y.sum()
    if hits in (0, len(y)):
        return float("nan")
    return float((rankdata(p)[y > 0].sum() - hits * (hits + 1) / 2) / (hits * (len(y) - hits)))


def auc_estimate(y: npt.ArrayLike, p: npt.ArrayLike) -> Estimate:
    """AUC with DeLong's interval on the logit scale (DeLong 1988; Qin & Hotilovac 2008)."""
    y, p = _checked(y, p)
    good, bad = p[y > 0], p[y == 0]
    if len(good) < 2 or len(bad) < 2:
        return Estimate(None, None, None, int(y.sum()), len(y), "score", "fewer than two on a side")
    v10 = (rankdata(np.concatenate([good, bad]))[:len(good)] - rankdata(good)) / len(bad)
    v01 = 1 - (rankdata(np.concatenate([good, bad]))[len(good):] - rankdata(bad)) / len(good)
    value = float(v10.mean())
    se = float(np.sqrt(v10.var(ddof=1) / len(good) + v01.var(ddof=1) / len(bad)))
    inner = min(max(value, 1e-6), 1 - 1e-6)
    half = 1.959963984540054 * se / (inner * (1 - inner))
    return Estimate(value, float(expit(logit(inner) - half)), float(expit(logit(inner) + half)), int(y.sum()), len(y), "score", "AUC, DeLong on the logit scale, 0.95")


def reliability(y: npt.ArrayLike, p: npt.ArrayLike, bins: int = 10) -> list[tuple[float, Estimate]]:
    """(mean chance, what happened with Wilson's interval) in groups of equal size by chance, the lowest first: the calibration curve."""
    from cjm_research.stats.shares import share

    y, p = _checked(y, p)
    parts = np.array_split(np.argsort(p, kind="stable"), min(bins, len(p)))
    return [(float(p[b].mean()), share(int(y[b].sum()), len(b))) for b in parts]


def lift(y: npt.ArrayLike, p: npt.ArrayLike, top: float = 0.1, draws: int = 500, seed: int = 20260101) -> Estimate:
    """How many times as often it happened to the share `top` of customers most likely as to all; interval by customers drawn anew.

    Ties at the border count by their share. No value where it happened to nobody.
    """
    y, p = _checked(y, p)
    k, rng = max(1, round(top * len(p))), np.random.default_rng(seed)
    if not y.any():
        return Estimate(None, None, None, 0, len(y), "times", "it happened to nobody")

    def of(y: Array, p: Array) -> float:
        edge = np.partition(p, len(p) - k)[len(p) - k]
        above, at = p > edge, p == edge
        return float((y[above].sum() + y[at].mean() * (k - above.sum())) / k / y.mean()) if y.any() else float("nan")

    drawn = [of(y[i], p[i]) for i in (rng.integers(0, len(y), len(y)) for _ in range(draws))]
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return Estimate(of(y, p), float(low), float(high), k, len(y), "times", f"lift of the top {top:.0%}, customers drawn anew, 0.95")


def brier(y: npt.ArrayLike, p: npt.ArrayLike) -> float:
    """The mean squared gap between chance and what happened. Brier 1950."""
    return float(((np.asarray(p, float) - np.asarray(y, float))**2).mean())


def better(y: npt.ArrayLike, first: npt.ArrayLike, second: npt.ArrayLike) -> tuple[float, float, float]:
    """(Brier score of the second minus that of the first, with its 95 % interval by customers): above 0 the first is better."""
    y, a, b = (np.asarray(v, float) for v in (y, first, second))
    gap = (b - y)**2 - (a - y)**2
    half = 1.959963984540054 * float(gap.std(ddof=1)) / np.sqrt(len(gap))
    return float(gap.mean()), float(gap.mean() - half), float(gap.mean() + half)


def net_benefit(y: npt.ArrayLike, p: npt.ArrayLike, threshold: float) -> float:
    """Vickers & Elkin 2006: true hits less false ones weighed by the odds of the threshold, a customer."""
    y, p = np.asarray(y, float), np.asarray(p, float)
    chosen = p >= threshold
    return float((chosen & (y > 0)).mean() - (chosen & (y == 0)).mean() * threshold / (1 - threshold))


def _recalibrated(y: Array, p: Array) -> tuple[float, float]:
    """(intercept with the slope held at 1, slope): Cox 1958, by Newton's method."""
    if y.sum() in (0, len(y)):
        return float("nan"), float("nan")
    z, at = logit(p), 0.0
    for _ in range(50):
        fitted = expit(z + at)
        step = (y - fitted).sum() / max(1e-12, (fitted * (1 - fitted)).sum())
        at += step
        if abs(step) < 1e-10:
            break
    if np.ptp(z) == 0:
        return float(at), float("nan")
    design, beta = np.column_stack([np.ones_like(z), z]), np.array([at, 1.0])
    for _ in range(100):
        fitted = expit(design @ beta)
        weight = np.maximum(fitted * (1 - fitted), 1e-12)
        change = np.linalg.lstsq(design.T @ (design * weight[:, None]), design.T @ (y - fitted), rcond=None)[0]
        beta = beta + np.clip(change, -2, 2)
        if np.abs(change).max() < 1e-10:
            break
    return float(at), float(beta[1])


def _checked(y: npt.ArrayLike, p: npt.ArrayLike) -> tuple[Array, Array]:
    a, b = np.asarray(y, float), np.asarray(p, float)
    if a.shape != b.shape or not len(a) or not np.isin(a, (0, 1)).all() or not ((b >= 0) & (b <= 1)).all():
        raise BadInput("predictions", "ragged lists, outcomes other than 0 and 1, or chances outside of 0…1", "one outcome and one chance a customer", "correct the question's code")
    return a, b
