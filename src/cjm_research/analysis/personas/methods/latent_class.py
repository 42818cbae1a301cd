"""Latent class analysis: categories that are independent within a class, fitted by EM from several starts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .data import Data, Labels

Array = npt.NDArray[np.float64]

_SHORT, _LONG = 25, 2_000  # EM steps of a start, and of the best one
TOLERANCE = 1e-8  # of the mean log-likelihood, from one step to the next
# of a refit to another sample: where classes exist the same stability as with 1e-8 (differences below .01, benchmarks/personas_null.py
# holds with it), where none do EM would creep along a flat likelihood for hundreds of steps
REFIT_TOLERANCE = 1e-6
_PRIOR = 1e-4  # pseudo-customers by level; keeps a probability from being exactly 0
_CHUNK = 100_000


@dataclass(frozen=True)
class LatentClasses:
    """Class shares, and the probability of every level of every feature in every class."""

    shares: Array
    probabilities: Array  # levels of all features × classes
    levels: tuple[int, ...]
    log_likelihood: float
    n: int

    @property
    def k(self) -> int:
        """Number of classes."""
        return len(self.shares)

    @property
    def loss(self) -> float:
        """Minus the log-likelihood."""
        return -self.log_likelihood

    @property
    def free(self) -> int:
        """Free parameters."""
        return self.k - 1 + self.k * sum(m - 1 for m in self.levels)

    @property
    def bic(self) -> float:
        """Schwarz's criterion; smaller is better."""
        return -2 * self.log_likelihood + self.free * float(np.log(self.n))

    def posterior(self, data: Data) -> Array:
        """The probability of every class for every row; missing answers are left out."""
        joint = _log_joint(_indicators(data.codes, self.levels), self.shares, self.probabilities)
        return np.exp(joint - _log_sum(joint)[:, None])

    def assign(self, data: Data) -> Labels:
        """The likeliest class."""
        parts = [np.argmax(self.posterior(data.take(np.arange(a, min(a + _CHUNK, len(data))))), axis=1)
                 for a in range(0, len(data), _CHUNK)]
        return np.concatenate(parts) if parts else np.empty(0, np.int64)


def refit(data: Data, k: int, rng: np.random.Generator, starts: int) -> LatentClasses:
    """The same on another sample, where only the stability of the classes is asked for."""
    return fit(data, k, rng, starts, REFIT_TOLERANCE)


def fit(data: Data, k: int, rng: np.random.Generator, starts: int = 10, tolerance: float = TOLERANCE) -> LatentClasses:
    """The likeliest of `starts` random starts, run to convergence. Goodman 1974; Linzer & Lewis 2011 (poLCA).

    Numbers enter as categories cut at their quantiles. Equal rows are counted once, so the cost does not grow
    with the customers where few features have few values.
    """
    patterns, counts = np.unique(data.codes, axis=0, return_counts=True)
    flags, weight = _indicators(patterns, data.levels), counts.astype(float)
    best = None
    for _ in range(max(1, starts)):
        shares = np.full(k, 1 / k)
        raw = rng.dirichlet(np.full(k, 0.8), size=len(weight)) * weight[:, None]
        probabilities = _probabilities(flags, raw, data.levels)
        found = _em(flags, weight, shares, probabilities, data.levels, _SHORT if starts > 1 else _LONG, tolerance)
        if best is None or found[2] > best[2]:
            best = found
    assert best is not None
    shares, probabilities, likelihood = _em(flags, weight, best[0], best[1], data.levels, _LONG, tolerance)
    return LatentClasses(shares, probabilities, data.levels, likelihood, len(data))


def _em(flags: Array, weight: Array, shares: Array, probabilities: Array, levels: tuple[int, ...],
        steps: int, tolerance: float) -> tuple[Array, Array, float]:
    """Steps of EM. Inside, classes are rows: sums over a handful of classes are several times faster down than across."""
    last = -np.inf
    total = float(weight.sum())
    columns = np.ascontiguousarray(flags.T)
    for _ in range(steps):
        joint = np.log(probabilities).T @ columns + np.log(np.maximum(shares, 1e-300))[:, None]
        top = joint.max(axis=0)
        belongs = np.exp(joint - top)
        row = belongs.sum(axis=0)
        likelihood = float((top + np.log(row)) @ weight)
        if likelihood - last < tolerance * total:
            break
        last = likelihood
        belongs *= weight / row
        shares = belongs.sum(axis=1) / total
        probabilities = _probabilities(flags, belongs.T, levels)
    return shares, probabilities, float(_log_sum(_log_joint(flags, shares, probabilities)) @ weight)


def _probabilities(flags: Array, belongs: Array, levels: tuple[int, ...]) -> Array:
    out = flags.T @ belongs + _PRIOR
    start = 0
    for size in levels:
        out[start:start + size] /= out[start:start + size].sum(axis=0)
        start += size
    return out


def _indicators(codes: npt.NDArray[np.int16], levels: tuple[int, ...]) -> Array:
    out = np.zeros((len(codes), sum(levels)))
    start = 0
    for j, size in enumerate(levels):
        rows = np.flatnonzero(codes[:, j] >= 0)
        out[rows, start + codes[rows, j]] = 1
        start += size
    return out


def _log_joint(flags: Array, shares: Array, probabilities: Array) -> Array:
    joint: Array = flags @ np.log(probabilities) + np.log(np.maximum(shares, 1e-300))
    return joint


def _log_sum(joint: Array) -> Array:
    top = joint.max(axis=1)
    out: Array = top + np.log(np.exp(joint - top[:, None]).sum(axis=1))
    return out
