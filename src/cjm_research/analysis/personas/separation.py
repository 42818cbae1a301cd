"""Is there a valley between two segments, or do they cut one hill in two?

Rows not used for fitting are projected on the discriminant line between two neighbouring segments; if the best
single hump describes that projection as well as it would describe a sample of itself, there is no valley. In the
manner of the dip test (Hartigan & Hartigan 1985) used for merging clusters (Hennig 2010), with the null drawn
from the fitted hump instead of the uniform distribution. It guards the one-cloud test against clouds that are not
elliptical: a banana has no valley.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .encode import Matrix
from .methods import Data, Labels, Method
from .reference import unimodal
from .stability import jaccard_matrix

Array = npt.NDArray[np.float64]

DRAWS = 99
FOLDS = 4
LEAST_ROWS = 40  # of a pair of segments, below which a valley cannot be seen
_STOP_AFTER = 5
_BINS = 24
_RIDGE = 0.1  # of the mean variance, added to the covariance within segments


def valleys(data: Data, method: Method, k: int, reference: Labels, rng: np.random.Generator,
            starts: int = 4) -> dict[tuple[int, int], float]:
    """The p of "no valley" between every segment of `reference` and its nearest neighbour; pairs (smaller, larger).

    Cross-fitted: each fold is placed by a segmentation of the other folds. Pairs with too few rows have p 1.
    """
    from scipy.optimize import linear_sum_assignment

    pairs = neighbours(centers_of(data.x, reference, k))
    projected: dict[tuple[int, int], list[Array]] = {pair: [] for pair in pairs}
    fold = rng.permutation(np.arange(len(data)) % FOLDS)
    for f in range(FOLDS):
        train, test = np.flatnonzero(fold != f), np.flatnonzero(fold == f)
        model = method.refit(data.take(train), k, rng, starts)
        inside = model.assign(data.take(train))
        # rows: segments of the reference, columns: of this fold
        to = linear_sum_assignment(-jaccard_matrix(reference[train], inside, k))[1]
        labels = np.argsort(to)[model.assign(data.take(test))]
        trained = np.argsort(to)[inside]
        centers = centers_of(data.x[train], trained, k)
        root = np.linalg.inv(_within(data.x[train], trained, centers))
        for a, b in pairs:
            rows = test[(labels == a) | (labels == b)]
            axis = root @ (centers[b] - centers[a])
            length = float(np.sqrt(max((centers[b] - centers[a]) @ axis, 1e-12)))
            projected[a, b].append((data.x[rows] - (centers[a] + centers[b]) / 2) @ axis / length)
    return {pair: no_valley(np.concatenate(parts), rng) for pair, parts in projected.items()}


def neighbours(centers: Array) -> list[tuple[int, int]]:
    """Every segment with its nearest one."""
    gap = ((centers[:, None] - centers[None]) ** 2).sum(axis=2)
    np.fill_diagonal(gap, np.inf)
    return sorted({(min(a, int(b)), max(a, int(b))) for a, b in enumerate(gap.argmin(axis=1))})


def centers_of(x: Matrix, labels: Labels, k: int) -> Array:
    """The mean of every segment; of all rows for an empty one."""
    counts = np.bincount(labels, minlength=k)
    sums = np.zeros((k, x.shape[1]))
    np.add.at(sums, labels, x)
    return np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], x.mean(axis=0))


def _within(x: Matrix, labels: Labels, centers: Array) -> Array:
    rest = x - centers[labels]
    covariance: Array = (rest.T @ rest / len(x)).astype(float)
    return covariance + _RIDGE * float(np.trace(covariance) / len(covariance) + 1e-9) * np.eye(len(covariance))


def no_valley(values: Array, rng: np.random.Generator, draws: int = DRAWS) -> float:
    """The p that one hump describes the values (sequential Monte Carlo)."""
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 0.0)
    if len(values) < LEAST_ROWS or high <= low:
        return 1.0
    bins = int(np.clip(2 * len(values) ** (1 / 3), 6, _BINS))
    heights = np.histogram(values, bins=bins, range=(low, high))[0].astype(float)
    hump = unimodal(heights)
    observed = _misfit(heights, hump)
    share = hump / hump.sum()
    worse = done = 0
    while done < draws and worse < _STOP_AFTER:
        again = rng.multinomial(len(values), share).astype(float)
        worse += _misfit(again, unimodal(again)) >= observed
        done += 1
    return worse / done if worse >= _STOP_AFTER else (worse + 1) / (done + 1)


def _misfit(heights: Array, hump: Array) -> float:
    """The largest distance between the two distribution functions."""
    return float(np.abs(np.cumsum(heights) / heights.sum() - np.cumsum(hump) / hump.sum()).max())
