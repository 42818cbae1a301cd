"""Which answers an outcome goes together with: shares of R², which say nothing of what would happen if one changed.

Shapley values of R² (Lindeman, Merenda & Gold 1980) give each answer its mean gain in R² over all orders of entering; Johnson's relative weights (2000)
approximate them through uncorrelated stand-ins where there are too many answers for all subsets.
"""

from __future__ import annotations

import itertools
import math

import numpy as np

from cjm_research.errors import BadInput
from cjm_research.stats.survey.design import Array

MOST_EXACT = 12  # drivers up to which all subsets are gone through: 4,096 regressions


def correlations(x: Array, y: Array, w: Array | None = None) -> Array:
    """The weighted correlation matrix of the columns of x and, last, y. Raises `BadInput` where a column does not vary."""
    data = np.column_stack([x, y])
    weights = np.ones(len(data)) if w is None else np.asarray(w, float)
    middle = weights @ data / weights.sum()
    off = (data - middle) * np.sqrt(weights / weights.sum())[:, None]
    cov = off.T @ off
    spread = np.sqrt(np.diag(cov))
    if (spread <= 1e-12).any():
        raise BadInput("drivers", f"column {int(np.argmin(spread)) + 1} does not vary", "answers that differ", "leave that question out of `drivers`")
    return np.asarray(cov / np.outer(spread, spread))


def r_squared(corr: Array, chosen: tuple[int, ...]) -> float:
    """R² of the last variable on the chosen ones."""
    if not chosen:
        return 0.0
    at = list(chosen)
    beta, *_ = np.linalg.lstsq(corr[np.ix_(at, at)], corr[at, -1], rcond=None)
    return float(beta @ corr[at, -1])


def shapley(corr: Array) -> Array:
    """Each driver's share of R²; they sum to R². All subsets: at most `MOST_EXACT` drivers."""
    k = len(corr) - 1
    if k > MOST_EXACT:
        raise BadInput("drivers", f"{k} drivers", f"at most {MOST_EXACT} for all orders", "use Johnson's relative weights")
    fit = {s: r_squared(corr, s) for size in range(k + 1) for s in itertools.combinations(range(k), size)}
    out = np.zeros(k)
    for subset, value in fit.items():
        size = len(subset)
        if size < k:
            weight = math.factorial(size) * math.factorial(k - size - 1) / math.factorial(k)
            for j in set(range(k)) - set(subset):
                out[j] += weight * (fit[tuple(sorted((*subset, j)))] - value)
    return out


def relative_weights(corr: Array) -> Array:
    """Johnson's relative weights; they sum to R²."""
    rx, ry = corr[:-1, :-1], corr[:-1, -1]
    values, vectors = np.linalg.eigh(rx)
    root = vectors @ np.diag(np.sqrt(np.clip(values, 0, None))) @ vectors.T
    beta = np.linalg.pinv(root) @ ry
    return np.asarray((root**2) @ (beta**2))


def importance(corr: Array) -> tuple[Array, str]:
    """Shares of R² by Shapley, or by relative weights where there are more drivers than `MOST_EXACT`; and the method's name."""
    return (shapley(corr), "Shapley") if len(corr) - 1 <= MOST_EXACT else (relative_weights(corr), "relative weights")


def variance_inflation(corr: Array) -> Array:
    """How much each driver's overlap with the others inflates its variance; 1 where they are unrelated."""
    return np.asarray(np.diag(np.linalg.pinv(corr[:-1, :-1])))


def bootstrap(x: Array, y: Array, w: Array, rng: np.random.Generator, draws: int = 1_000, conf: float = 0.95) -> tuple[Array, Array, int]:
    """(low, high, draws used) of the shares of R² from redrawing respondents; a draw in which a column does not vary is left out."""
    n, found = len(y), []
    for _ in range(draws):
        # how often each respondent is drawn multiplies their weight
        times = np.bincount(rng.integers(0, n, n), minlength=n)
        try:
            found.append(importance(correlations(x, y, w * times))[0])
        except BadInput:
            continue
    if not found:
        nothing = np.full(x.shape[1], np.nan)
        return nothing, nothing, 0
    low, high = np.quantile(np.array(found), [(1 - conf) / 2, (1 + conf) / 2], axis=0)
    return low, high, len(found)
