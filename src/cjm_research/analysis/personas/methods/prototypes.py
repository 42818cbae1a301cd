"""k-prototypes: means for numbers, modes for categories (Huang 1998)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .data import Data, Labels

_ROUNDS = 50
_CHUNK = 100_000


@dataclass(frozen=True)
class Prototypes:
    """Segments as a mean of the numbers and a mode of every category; `gamma` weighs one mismatch."""

    means: npt.NDArray[np.float32]
    modes: npt.NDArray[np.int16]
    gamma: float
    loss: float

    @property
    def k(self) -> int:
        """Number of segments."""
        return len(self.means)

    def assign(self, data: Data) -> Labels:
        """The nearest prototype."""
        numbers, categories = _parts(data)
        return np.concatenate([
            np.argmin(_distance(numbers[a:a + _CHUNK], categories[a:a + _CHUNK], self.means, self.modes, self.gamma), axis=1)
            for a in range(0, len(data), _CHUNK)]) if len(data) else np.empty(0, np.int64)


def fit(data: Data, k: int, rng: np.random.Generator, starts: int = 5) -> Prototypes:
    """The best of `starts`; loss: squared distances plus gamma for every mismatch.

    gamma is half the mean variance of the numbers, Huang's middle value; 1 without numbers (k-modes).
    """
    numbers, categories = _parts(data)
    gamma = 0.5 * float(numbers.var(axis=0).mean()) if numbers.shape[1] else 1.0
    best: Prototypes | None = None
    for _ in range(starts):
        found = _run(numbers, categories, gamma, _first(numbers, categories, k, gamma, rng), data.levels, data)
        if best is None or found.loss < best.loss:
            best = found
    assert best is not None
    return best


def _first(numbers: npt.NDArray[np.float32], categories: npt.NDArray[np.int16], k: int, gamma: float,
           rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Rows to start from, far apart with high probability (k-means++)."""
    chosen = [int(rng.integers(len(numbers)))]
    nearest = np.full(len(numbers), np.inf)
    while len(chosen) < k:
        last = chosen[-1:]
        nearest = np.minimum(nearest, _distance(numbers, categories, numbers[last], categories[last], gamma)[:, 0])
        total = float(nearest.sum())
        p = nearest / total if total > 0 else np.full(len(nearest), 1 / len(nearest))
        chosen.append(int(rng.choice(len(numbers), p=p)))
    return np.array(chosen)


def _run(numbers: npt.NDArray[np.float32], categories: npt.NDArray[np.int16], gamma: float,
         start: npt.NDArray[np.int64], levels: tuple[int, ...], data: Data) -> Prototypes:
    means, modes = numbers[start].copy(), categories[start].copy()
    sizes = [levels[i] for i in data.category_features]
    labels = np.full(len(numbers), -1)
    for _ in range(_ROUNDS):
        distance = _distance(numbers, categories, means, modes, gamma)
        new = np.argmin(distance, axis=1)
        if np.array_equal(new, labels):
            break
        labels = new
        for s in range(len(means)):
            rows = labels == s
            if not rows.any():  # an empty segment takes the row that fits worst
                worst = int(np.argmax(distance[np.arange(len(labels)), labels]))
                means[s], modes[s] = numbers[worst], categories[worst]
                continue
            means[s] = numbers[rows].mean(axis=0)
            for j, size in enumerate(sizes):
                known = categories[rows, j]
                known = known[known >= 0]
                if len(known):
                    modes[s, j] = np.bincount(known, minlength=size).argmax()
    distance = _distance(numbers, categories, means, modes, gamma)
    return Prototypes(means, modes, gamma, float(distance.min(axis=1).sum()))


def _parts(data: Data) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int16]]:
    return data.x[:, data.number_columns], data.codes[:, data.category_features]


def _distance(numbers: npt.NDArray[np.float32], categories: npt.NDArray[np.int16], means: npt.NDArray[np.float32],
              modes: npt.NDArray[np.int16], gamma: float) -> npt.NDArray[np.float64]:
    squared = ((numbers**2).sum(axis=1)[:, None] - 2 * numbers @ means.T + (means**2).sum(axis=1)[None]).astype(float)
    out = np.maximum(squared, 0)
    for s, mode in enumerate(modes):
        out[:, s] += gamma * ((categories != mode) & (categories >= 0)).sum(axis=1)
    return out
