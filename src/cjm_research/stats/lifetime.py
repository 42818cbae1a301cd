"""How often customers without a contract will buy again, and for how much: BG/NBD and Gamma–Gamma by maximum likelihood.

Fader, Hardie & Lee 2005 (Marketing Science 24:275); Fader & Hardie 2013 (the Gamma–Gamma model). No penalty is ever added: a
model that does not converge says so. Times are in one unit, of which customers are observed for some 10 to 50.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1

from cjm_research.errors import BadInput, NotEnoughData

Array = npt.NDArray[np.float64]
EDGE = 7.0  # of the parameters' logarithms; there customers are all alike in that respect, which is a limit of the model
STARTS = ((0.0, 1.0, 0.0, 1.0), (-1.0, 2.0, -0.5, 0.5), (0.5, 0.5, 0.5, 1.5))  # of the parameters' logarithms


@dataclass(frozen=True)
class Buying:
    """BG/NBD: customers buy at their own rate (gamma: r, alpha) and leave after any purchase with their own chance (beta: a, b)."""

    r: float
    alpha: float
    a: float
    b: float
    loglik: float

    @property
    def edge(self) -> str:
        """In which respect the fit makes customers all alike, in words; empty where it does not."""
        at = [n for n in ("r", "alpha", "a", "b") if abs(np.log(getattr(self, n))) > EDGE - 0.5]
        return "" if not at else "all buy at one rate" if {"r", "alpha"} & set(at) else "all leave with one chance, or none does"

    def expected(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, t: float) -> Array:
        """Purchases expected of each customer in the next t units, given what they did until now."""
        x, t_x, T = (np.asarray(v, float) for v in (x, t_x, T))
        r, alpha, b = self.r, self.alpha, self.b
        a = self.a if abs(self.a - 1) > 1e-5 else 1 + 1e-5  # the limit, to five digits
        left = (alpha + T) / (alpha + T + t)
        grown = (a + b + x - 1) / (a - 1) * (1 - left**(r + x) * hyp2f1(r + x, b + x, a + b + x - 1, t / (alpha + T + t)))
        gone = np.where(x > 0, a / (b + np.maximum(x, 1) - 1) * ((alpha + T) / (alpha + t_x))**(r + x), 0.0)
        return grown / (1 + gone)


@dataclass(frozen=True)
class Spending:
    """Gamma–Gamma: what a customer spends on average, where that does not depend on how often they buy."""

    p: float
    q: float
    gamma: float
    loglik: float

    def expected(self, x: npt.ArrayLike, mean: npt.ArrayLike) -> Array:
        """Mean spend of each customer's purchases to come; that of the population for those without a repeat."""
        x, mean = np.asarray(x, float), np.where(np.asarray(x, float) > 0, mean, 0.0)
        return self.p * (self.gamma + x * mean) / (self.p * x + self.q - 1)


def fit_buying(x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, near: Buying | None = None) -> Buying:
    """Fit BG/NBD to repeat purchases x, the time of the last one t_x and the time observed T.

    near: a fit of much the same data to start from, in place of several starts. Raises `BadInput` for impossible histories, `NotEnoughData` where nobody bought twice or the likelihood has no maximum.
    """
    x, t_x, T = (np.asarray(v, float) for v in (x, t_x, T))
    if not len(x) or not (np.isfinite(x).all() and np.isfinite(t_x).all() and np.isfinite(T).all()) or (x < 0).any() or (t_x > T + 1e-9).any() or (T <= 0).any():
        raise BadInput("purchases", "histories that cannot be", "counts ≥ 0, last purchases no later than the end, times observed > 0", "leave out customers of the last day")
    if not (x > 0).any():
        raise NotEnoughData("repeat purchases", "nobody bought twice", "customers who did", "a longer export")
    rows, weight = np.unique(np.column_stack([x, t_x, T]), axis=0, return_counts=True)
    x, t_x, T = rows.T

    def loss(theta: Array) -> float:
        r, alpha, a, b = np.exp(np.clip(theta, -EDGE, EDGE))
        common = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + betaln(a, b + x) - betaln(a, b)
        still = -(r + x) * np.log(alpha + T)
        gone = np.where(np.greater(x, 0), np.log(a) - np.log(b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + t_x), -np.inf)
        return -float((weight * (common + np.logaddexp(still, gone))).sum())

    best = _least(loss, ((np.log([near.r, near.alpha, near.a, near.b])),) if near else STARTS, weight.sum())
    if best is None:
        raise NotEnoughData("repeat purchases", "the likelihood of BG/NBD has no maximum", "customers who buy at rates of their own and leave",
                            "the model does not fit; what customers did is in the chapter on value")
    r, alpha, a, b = map(float, np.exp(best[0]))
    return Buying(r, alpha, a, b, -best[1])


def fit_spending(x: npt.ArrayLike, mean: npt.ArrayLike, near: Spending | None = None) -> Spending:
    """Fit Gamma–Gamma to the mean spend of the repeat purchases of customers with at least one. Raises as `fit_buying`."""
    x, z = np.asarray(x, float), np.asarray(mean, float)
    if not len(x) or (x <= 0).any() or not np.isfinite(z).all() or (z <= 0).any():
        raise BadInput("spend", "purchases of nothing or less, or customers without a repeat", "positive amounts", "leave refunds out, and say so")

    def loss(theta: Array) -> float:
        p, q, g = np.exp(np.clip(theta, -EDGE, EDGE))
        return -float((gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(g) + (p * x - 1) * np.log(z) + p * x * np.log(x) - (p * x + q) * np.log(g + x * z)).sum())

    level = float(np.log(z.mean()))
    best = _least(loss, (np.log([near.p, near.q, near.gamma]),) if near else ((1.0, 1.0, level), (2.0, 1.5, level - 1), (0.5, 0.8, level + 1)), len(x))
    if best is None or np.exp(best[0][1]) <= 1:
        raise NotEnoughData("spend", "the Gamma–Gamma model does not converge", "amounts whose mean exists", "the model does not fit; mean spend is in the chapter on value")
    p, q, gamma = map(float, np.exp(best[0]))
    return Spending(p, q, gamma, -best[1])


def _least(loss: Any, starts: Any, n: float) -> tuple[Array, float] | None:
    """The least loss over several starts, parameters held within the edge; None where it is no number."""
    found = []
    for start in starts:
        rough = minimize(loss, np.array(start), method="Nelder-Mead", options={"maxiter": 1500, "xatol": 1e-4, "fatol": 1e-5})
        fine = minimize(loss, rough.x, method="BFGS", options={"gtol": 1e-6 * max(1.0, n)})
        found.append(min((rough, fine), key=lambda f: f.fun if np.isfinite(f.fun) else np.inf))
    best = min(found, key=lambda f: f.fun)
    return (np.clip(best.x, -EDGE, EDGE), float(best.fun)) if np.isfinite(best.fun) else None
