"""Medoids on Gower's distance: typical real customers, any mix of types, missing values left out pair by pair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .data import Data, Labels

SAMPLE = 1_200  # rows of one PAM; CLARA takes several samples (Kaufman & Rousseeuw 1990)
_SAMPLES = 3
_CHUNK = 50_000
Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Medoids:
    """Segments as typical rows."""

    rows: Data
    ranges: Array
    loss: float

    @property
    def k(self) -> int:
        """Number of segments."""
        return len(self.rows)

    def assign(self, data: Data) -> Labels:
        """The nearest medoid."""
        parts = [np.argmin(gower(data.take(np.arange(a, min(a + _CHUNK, len(data)))), self.rows, self.ranges), axis=1)
                 for a in range(0, len(data), _CHUNK)]
        return np.concatenate(parts) if parts else np.empty(0, np.int64)


def fit(data: Data, k: int, rng: np.random.Generator, starts: int = 2) -> Medoids:
    """PAM, or CLARA above `SAMPLE` rows: the best medoids of several samples. loss: mean distance to the medoid."""
    ranges = ranges_of(data)
    best: Medoids | None = None
    samples = 1 if len(data) <= SAMPLE else _SAMPLES
    for _ in range(samples):
        rows = np.arange(len(data)) if samples == 1 else np.sort(rng.choice(len(data), SAMPLE, replace=False))
        part = data.take(rows)
        found = pam(gower(part, part, ranges), k, rng, starts)
        medoids = data.take(rows[found])
        check = data if len(data) <= 4 * SAMPLE else data.take(rng.choice(len(data), 4 * SAMPLE, replace=False))
        loss = float(gower(check, medoids, ranges).min(axis=1).mean())
        if best is None or loss < best.loss:
            best = Medoids(medoids, ranges, loss)
    assert best is not None
    return best


def ranges_of(data: Data) -> Array:
    """The range of every number column."""
    columns = data.x[:, data.number_columns].astype(float)
    width = columns.max(axis=0) - columns.min(axis=0) if len(columns) else np.ones(columns.shape[1])
    return np.where(width > 0, width, 1.0)


def gower(a: Data, b: Data, ranges: Array) -> Array:
    """Gower's distance (1971) of every row of `a` to every row of `b`, 0…1.

    Numbers differ by |difference| / range, categories by being different; a feature missing in either row is
    left out of the pair's mean.
    """
    total = np.zeros((len(a), len(b)))
    weight = np.zeros((len(a), len(b)))
    number = 0
    for j, block in enumerate(a.blocks):
        known = np.outer(a.codes[:, j] >= 0, b.codes[:, j] >= 0)
        if block.kind == "number":
            gap = np.abs(a.x[:, block.start].astype(float)[:, None] - b.x[:, block.start].astype(float)[None]) / ranges[number]
            total += np.minimum(gap, 1) * known
            number += 1
        else:
            total += (a.codes[:, j][:, None] != b.codes[:, j][None]) & known
        weight += known
    distance: Array = total / np.maximum(weight, 1)
    return distance


def pam(distance: Array, k: int, rng: np.random.Generator, starts: int = 2) -> npt.NDArray[np.int64]:
    """Medoids of a distance matrix by swaps until none helps, the best of a BUILD and random starts.

    Every round makes the best of all swaps (Kaufman & Rousseeuw 1990), found for all candidates at once
    (Schubert & Rousseeuw 2021).
    """
    best, least = np.empty(0, np.int64), np.inf
    for start in range(starts):
        medoids = _build(distance, k) if start == 0 else rng.choice(len(distance), k, replace=False)
        medoids, loss = _swap(distance, np.asarray(medoids, np.int64))
        if loss < least - 1e-12:
            best, least = medoids, loss
    return best


def _build(distance: Array, k: int) -> npt.NDArray[np.int64]:
    chosen = [int(np.argmin(distance.sum(axis=0)))]
    nearest = distance[:, chosen[0]].copy()
    while len(chosen) < k:
        gain = np.maximum(nearest[:, None] - distance, 0).sum(axis=0)
        gain[chosen] = -1
        chosen.append(int(np.argmax(gain)))
        nearest = np.minimum(nearest, distance[:, chosen[-1]])
    return np.array(chosen)


def _swap(distance: Array, medoids: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], float]:
    n, k = len(distance), len(medoids)
    while True:
        to = distance[:, medoids]
        order = np.argsort(to, axis=1)
        near, first = order[:, 0], to[np.arange(n), order[:, 0]]
        second = to[np.arange(n), order[:, 1]] if k > 1 else np.full(n, np.inf)
        # change of the sum when medoid m goes and candidate c comes, over all m and c
        gain = np.minimum(distance - first[:, None], 0)
        shared = gain.sum(axis=0)
        change = np.empty((k, n))
        for m in range(k):
            own = near == m
            moved = np.minimum(distance[own], second[own][:, None]) - first[own][:, None]
            change[m] = shared - gain[own].sum(axis=0) + moved.sum(axis=0)
        change[:, medoids] = np.inf
        m, c = (int(place) for place in np.unravel_index(int(np.argmin(change)), change.shape))
        if change[m, c] >= -1e-9 * n:
            return medoids, float(first.sum())
        medoids = medoids.copy()
        medoids[m] = c
