"""Which answers an outcome goes together with: shares of R², which say nothing of what would happen if one changed.

Shapley values of R² (Lindeman, Merenda & Gold 1980) give each answer its mean gain in R² over all orders of entering; Johnson's relative weights (2000)
approximate them through uncorrelated stand-ins where there are too many answers for all subsets. Every function takes one correlation matrix, or a stack
of them (one a bootstrap draw), whose last row is the outcome.
"""

from __future__ import annotations

import itertools
import math

import numpy as np

from cjm_research.errors import BadInput
from cjm_research.stats.survey.design import Array

MOST_EXACT = 12  # drivers up to which all subsets are gone through: 4,096 regressions
_STEP = 2_048  # respondents taken together when sums are drawn
_FLAT = 1e-10  # keeps drivers that say the same solvable; below what is shown


def correlations(x: Array, y: Array, w: Array | None = None) -> Array:
    """The weighted correlation matrix of the columns of x and, last, y, each pair from those who have both values.

    Pairs of different people can contradict each other: a matrix that no data could have is replaced by one near it. Raises `BadInput` where a column does not vary.
    """
    weights = np.ones(len(y)) if w is None else np.asarray(w, float)
    corr = _corr(_sums(x, y, weights, np.ones((1, len(y)), np.uint8)))[0]
    if not np.isfinite(corr).all():
        at = int(np.argmin(np.isfinite(np.diag(corr)) if not np.isfinite(np.diag(corr)).all() else np.isfinite(corr).all(axis=0)))
        raise BadInput("drivers", f"column {at + 1} does not vary", "answers that differ", "leave that question out of `drivers`")
    return _possible(corr, bool(np.isfinite(x).all() and np.isfinite(y).all()))


def _sums(x: Array, y: Array, w: Array, times: np.ndarray) -> Array:
    """For every draw (a row of `times`) and pair of columns: Σw, Σw·a, Σw·a², Σw·a·b over those who have both."""
    data = np.column_stack([x, y])
    there = np.isfinite(data)
    own = (w @ np.where(there, data, 0.0)) / np.maximum(w @ there, 1e-300)
    off = np.where(there, data - own, 0.0)  # around each column's own mean, so that squares do not cancel
    k = data.shape[1]
    out = np.zeros((len(times), 4 * k * k))
    for start in range(0, len(y), _STEP):
        part = slice(start, start + _STEP)
        m, a, weight = there[part].astype(float), off[part], w[part, None, None]
        each = np.stack([m[:, :, None] * m[:, None, :], a[:, :, None] * m[:, None, :], (a * a)[:, :, None] * m[:, None, :], a[:, :, None] * a[:, None, :]], axis=1)
        out += times[:, part].astype(float) @ (each * weight[..., None]).reshape(len(m), -1)
    return out.reshape(len(times), 4, k, k)


def _corr(sums: Array) -> Array:
    total, first, squares, products = (sums[:, i] for i in range(4))
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = first / total
        var = squares / total - mean**2
        var = np.where(var > 1e-12, var, np.nan)
        other = np.swapaxes(var, 1, 2)
        corr = (products / total - mean * np.swapaxes(mean, 1, 2)) / np.sqrt(var * other)
    return np.asarray(corr)


def _possible(corr: Array, whole: bool) -> Array:
    """The matrix itself, or where pairs contradict each other one near it that data could have."""
    if whole:
        return corr
    values, vectors = np.linalg.eigh(corr)
    near = (vectors * np.clip(values, 1e-8, None)[..., None, :]) @ np.swapaxes(vectors, -1, -2)
    scale = np.sqrt(np.diagonal(near, axis1=-2, axis2=-1))
    near = near / (scale[..., :, None] * scale[..., None, :])
    return np.asarray(np.where((values.min(axis=-1) < 1e-8)[..., None, None], near, corr))


def r_squared(corr: Array, chosen: tuple[int, ...]) -> Array:
    """R² of the last variable on the chosen ones."""
    if not chosen:
        return np.zeros(corr.shape[:-2])
    at = list(chosen)
    within, beside = corr[..., at, :][..., at] + _FLAT * np.eye(len(at)), corr[..., at, -1]
    return np.asarray((np.linalg.solve(within, beside[..., None])[..., 0] * beside).sum(-1))


def shapley(corr: Array) -> Array:
    """Each driver's share of R²; they sum to R². All subsets: at most `MOST_EXACT` drivers."""
    k = corr.shape[-1] - 1
    if k > MOST_EXACT:
        raise BadInput("drivers", f"{k} drivers", f"at most {MOST_EXACT} for all orders", "use Johnson's relative weights")
    out = np.zeros((*corr.shape[:-2], k))
    for size in range(k + 1):
        for subset in itertools.combinations(range(k), size):
            fit = r_squared(corr, subset)
            # what this subset adds for its members, and takes off for the others
            for j in range(k):
                if j in subset:
                    out[..., j] += fit * (math.factorial(size - 1) * math.factorial(k - size) / math.factorial(k))
                else:
                    out[..., j] -= fit * (math.factorial(size) * math.factorial(k - size - 1) / math.factorial(k))
    return out


def relative_weights(corr: Array) -> Array:
    """Johnson's relative weights; they sum to R²."""
    rx, ry = corr[..., :-1, :-1], corr[..., :-1, -1]
    values, vectors = np.linalg.eigh(rx)
    spread = np.sqrt(np.clip(values, 0, None))
    root = (vectors * spread[..., None, :]) @ np.swapaxes(vectors, -1, -2)
    inverse = (vectors * np.where(spread > 1e-7, 1 / np.maximum(spread, 1e-7), 0.0)[..., None, :]) @ np.swapaxes(vectors, -1, -2)
    beta = (inverse @ ry[..., None])[..., 0]
    return np.asarray((root**2 @ (beta**2)[..., None])[..., 0])


def importance(corr: Array) -> tuple[Array, str]:
    """Shares of R² by Shapley, or by relative weights where there are more drivers than `MOST_EXACT`; and the method's name."""
    return (shapley(corr), "Shapley") if corr.shape[-1] - 1 <= MOST_EXACT else (relative_weights(corr), "relative weights")


def variance_inflation(corr: Array) -> Array:
    """How much each driver's overlap with the others inflates its variance; 1 where they are unrelated."""
    return np.asarray(np.diag(np.linalg.pinv(corr[:-1, :-1])))


def bootstrap(x: Array, y: Array, w: Array, rng: np.random.Generator, draws: int = 1_000, conf: float = 0.95) -> tuple[Array, Array, int]:
    """(low, high, draws used) of the parts of R² (they sum to 1) from redrawing respondents; a draw in which a column does not vary is left out."""
    n = len(y)
    times = np.empty((draws, n), np.uint8)
    for d in range(draws):
        times[d] = np.minimum(np.bincount(rng.integers(0, n, n), minlength=n), 255)
    corr = _corr(_sums(x, y, w, times))
    corr = _possible(corr[np.isfinite(corr).all(axis=(1, 2))], bool(np.isfinite(x).all()))
    raw = importance(corr)[0] if len(corr) else np.zeros((0, x.shape[1]))
    total = raw.sum(-1, keepdims=True)
    parts = raw[total[:, 0] > 0] / total[total[:, 0] > 0]
    if not len(parts):
        nothing = np.full(x.shape[1], np.nan)
        return nothing, nothing, 0
    low, high = np.quantile(parts, [(1 - conf) / 2, (1 + conf) / 2], axis=0)
    return low, high, len(parts)
