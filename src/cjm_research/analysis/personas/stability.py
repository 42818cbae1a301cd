"""How well a segmentation comes back on other samples of the same customers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from .methods import Data, Labels, Method

Array = npt.NDArray[np.float64]

ROWS = 2_000  # of one bootstrap sample; on more rows any cut of one cloud would come back
_STARTS = 3


@dataclass(frozen=True)
class Stability:
    """ari: between the partitions of pairs of bootstrap samples; jaccard, sizes: bootstraps × segments."""

    ari: Array
    jaccard: Array
    sizes: Array

    @property
    def segments(self) -> Array:
        """The mean Jaccard of every segment (Hennig 2007)."""
        return self.jaccard.mean(axis=0)


def bootstrap(data: Data, method: Method, k: int, reference: Labels, rng: np.random.Generator, times: int = 40) -> Stability:
    """Refit on `times` bootstrap samples and assign all rows of `data` by each refit.

    ari: adjusted Rand index (Hubert & Arabie 1985) of consecutive refits on all rows, so that no pair shares
    its sample (Dolnicar & Leisch 2010). jaccard: of every segment of `reference` with the refit's segment that
    matches it best (Hennig 2007). sizes: share of customers in that matching segment.
    """
    from sklearn.metrics import adjusted_rand_score

    n = len(data)
    runs = []
    for _ in range(times):
        sample = data.take(rng.integers(0, n, min(n, ROWS)))
        runs.append(method.refit(sample, k, rng, _STARTS).assign(data))
    ari = np.array([adjusted_rand_score(a, b) for a, b in pairwise(runs)])
    jaccard, sizes = np.empty((times, k)), np.empty((times, k))
    for i, labels in enumerate(runs):
        overlap = jaccard_matrix(reference, labels, k)
        best = overlap.argmax(axis=1)
        jaccard[i] = overlap[np.arange(k), best]
        sizes[i] = np.bincount(labels, minlength=k)[best] / n
    return Stability(ari, jaccard, sizes)


def jaccard_matrix(a: Labels, b: Labels, k: int) -> Array:
    """|intersection| / |union| of every segment of `a` with every segment of `b`."""
    both = np.zeros((k, k))
    np.add.at(both, (a, b), 1.0)
    union = both.sum(axis=1)[:, None] + both.sum(axis=0)[None] - both
    return both / np.maximum(union, 1)
