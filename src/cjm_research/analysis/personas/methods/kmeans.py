"""k-means on the encoded columns; mini-batches where there are many rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..encode import Matrix
from .data import Data, Labels, seed_of

MINI_BATCH_ROWS = 50_000
_CHUNK = 100_000


@dataclass(frozen=True)
class Centers:
    """Segments as centres in the encoded space."""

    centers: Matrix
    loss: float

    @property
    def k(self) -> int:
        """Number of segments."""
        return len(self.centers)

    def assign(self, data: Data) -> Labels:
        """The nearest centre."""
        return nearest(data.x, self.centers)


def fit(data: Data, k: int, rng: np.random.Generator, starts: int = 10) -> Centers:
    """Lloyd from k-means++ starts (Arthur & Vassilvitskii 2007), the best of `starts`; loss: sum of squares."""
    from sklearn.cluster import KMeans, MiniBatchKMeans

    if len(data) > MINI_BATCH_ROWS:
        mini = MiniBatchKMeans(k, n_init=starts, batch_size=4096, random_state=seed_of(rng)).fit(data.x)
        return Centers(mini.cluster_centers_.astype(np.float32), float(mini.inertia_))
    model = KMeans(k, n_init=starts, random_state=seed_of(rng)).fit(data.x)
    return Centers(model.cluster_centers_.astype(np.float32), float(model.inertia_))


def nearest(x: Matrix, centers: Matrix) -> Labels:
    """Row by row the nearest centre, in chunks so that a million rows need little memory."""
    half = (centers**2).sum(axis=1) / 2
    out = np.empty(len(x), np.int64)
    for start in range(0, len(x), _CHUNK):
        part = x[start:start + _CHUNK]
        out[start:start + _CHUNK] = np.argmin(half - part @ centers.T, axis=1)
    return out
