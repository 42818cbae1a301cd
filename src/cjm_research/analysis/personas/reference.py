"""Is there more than one cloud? The data against replicas of a single cloud that is like them in all else.

A replica keeps what one cloud may have: the correlations of the encoded columns, the spread of their
distances from the centre (an elliptical copula with the observed radii), the shape of every margin made
single-humped (numbers) or kept as it is (flags, categories, ratings, heaped values). It does not keep
separate groups. If the data fall apart better than such replicas do, the groups are in the data.

In the family of Tibshirani, Walther & Hastie 2001 (gap) and Liu, Hayes, Nobel & Marron 2008 (SigClust), with
a reference that allows skewed, discrete and heavy-tailed margins; the p is sequential (Besag & Clifford 1991).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from .encode import Block, Matrix

Array = npt.NDArray[np.float64]

HEAP = 0.05  # share of one value from which it is kept as it is
DISCRETE = 12  # so many different values or fewer: kept as they are
PILOT = 20  # replicas that only set the scale of the statistics
STOP_AFTER = 5  # replicas at least as extreme, after which more would not change the answer
_STARTS = 2  # of k-means, the same for the data and the replicas
_CALIBRATION_ROWS, _CALIBRATION_ROUNDS = 3_000, 12
_LEAST_EIGENVALUE = 1e-3


@dataclass(frozen=True)
class OneCloud:
    """The answer. p: that one cloud falls apart as well as the data, over all numbers of segments tried.

    By number of segments: gap and gap_se (log variance within, cloud over data), z, and its p corrected for all
    the numbers tried.
    """

    p: float
    replicas: int
    p_of: dict[int, float]
    gap: dict[int, float]
    gap_se: dict[int, float]
    z: dict[int, float]


def one_cloud_test(x: Matrix, blocks: Sequence[Block], numbers: Sequence[int], rng: np.random.Generator,
                   replicas: int = 99) -> OneCloud:
    """Compare how well k segments fit `x` with how well they fit replicas of one cloud, for every k in `numbers`.

    The statistics are log within-segment variance and the mean simplified silhouette of k-means, each scaled by
    the pilot replicas; the largest of all decides, so that trying several k needs no further correction.
    """
    cloud = Cloud.fit(x, blocks, rng)
    seed = int(rng.integers(2**31))
    own = spread(x, numbers, seed)
    pilot = np.stack([spread(cloud.draw(len(x), rng), numbers, seed) for _ in range(PILOT)])
    center, scale = pilot.mean(axis=0), np.maximum(pilot.std(axis=0, ddof=1), 1e-12)
    observed = (own - center) / scale
    top = float(observed.max())
    most: list[float] = []
    drawn = [pilot]
    while len(most) < replicas and sum(m >= top for m in most) < STOP_AFTER:
        one = spread(cloud.draw(len(x), rng), numbers, seed)
        drawn.append(one[None])
        most.append(float(((one - center) / scale).max()))
    every = np.concatenate(drawn)
    gaps = own[0] - every[:, 0].mean(axis=0)
    ses = every[:, 0].std(axis=0, ddof=1) * np.sqrt(1 + 1 / len(every))
    z = observed.max(axis=0)
    return OneCloud(_p(most, top), len(every), {k: _p(most, float(v)) for k, v in zip(numbers, z, strict=True)},
                    _by(numbers, gaps), _by(numbers, ses), _by(numbers, z))


def _p(most: Sequence[float], value: float) -> float:
    """Stopped early, the share itself is the unbiased estimate; else one is added for the data."""
    worse = sum(m >= value for m in most)
    return worse / len(most) if worse >= STOP_AFTER else (worse + 1) / (len(most) + 1)


def spread(x: Matrix, numbers: Sequence[int], seed: int) -> Array:
    """Two rows of statistics over `numbers`, larger where `x` falls apart better: −log of the share of variance that
    stays within segments, and the mean simplified silhouette."""
    from sklearn.cluster import KMeans

    total = max(float(x.var(axis=0).sum()) * len(x), 1e-12)
    squares = (x**2).sum(axis=1)
    inside, silhouettes = [], []
    for k in numbers:
        model = KMeans(k, n_init=_STARTS, random_state=seed, max_iter=100).fit(x)
        centers = model.cluster_centers_
        squared = (centers**2).sum(axis=1) + squares[:, None] - 2 * x @ centers.T
        two = np.sqrt(np.maximum(np.partition(squared, 1, axis=1)[:, :2], 0))  # to the nearest centre and the next
        inside.append(-np.log(max(float(model.inertia_) / total, 1e-12)))
        silhouettes.append(float(np.mean(1 - two[:, 0] / np.maximum(two[:, 1], 1e-12))))
    return np.array([inside, silhouettes])


@dataclass
class Cloud:
    """One cloud like the data: latent correlation, radii, and how a latent column becomes an observed one."""

    latent: Array  # a root of the latent correlation, columns × columns
    radii: Callable[[Array], Array] | None  # quantile function of the latent radius over the number columns
    numbers: npt.NDArray[np.int64]
    margins: list[Margin]
    width: int

    @classmethod
    def fit(cls, x: Matrix, blocks: Sequence[Block], rng: np.random.Generator) -> Cloud:
        """Fit to encoded data by matching their correlations (the NORTA idea, Cario & Nelson 1997)."""
        margins = [_margin(x[:, b.start:b.stop].astype(float), b) for b in blocks]
        width = x.shape[1]
        numbers = np.array([b.start for b in blocks if b.kind == "number"], np.int64)
        target = _correlation(x.astype(float))
        free = np.ones((width, width), bool)
        for b in blocks:
            free[b.start:b.stop, b.start:b.stop] = False
        latent = np.where(free, target, np.eye(width))
        self = cls(_root(latent), _radii(x[:, numbers].astype(float)), numbers, margins, width)
        noise = rng.standard_normal((_CALIBRATION_ROWS, width))
        for _ in range(_CALIBRATION_ROUNDS if free.any() else 0):
            self._shift_categories(noise)
            gap = target - _correlation(self._observe(self._latent(noise), None))
            latent = np.clip(latent + np.where(free, gap, 0), -0.995, 0.995)
            np.fill_diagonal(latent, 1)
            self.latent = _root(latent)
        for _ in range(5):
            self._shift_categories(noise)
        return self

    def draw(self, n: int, rng: np.random.Generator) -> Matrix:
        """A replica of `n` rows."""
        return self._observe(self._latent(rng.standard_normal((n, self.width))), rng).astype(np.float32)

    def _latent(self, noise: Array) -> Array:
        z = noise @ self.latent.T
        if self.radii is not None:
            inner = z[:, self.numbers]
            root = np.linalg.pinv(self.latent[self.numbers] @ self.latent[self.numbers].T, hermitian=True)
            radius = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", inner, root, inner), 1e-12))
            ranks = (np.argsort(np.argsort(radius)) + 0.5) / len(radius)
            z = z * (self.radii(ranks) / radius)[:, None]
        return z

    def _observe(self, z: Array, rng: np.random.Generator | None) -> Array:
        return np.column_stack([m.observe(z[:, m.block.start:m.block.stop], rng) for m in self.margins])

    def _shift_categories(self, noise: Array) -> None:
        z = self._latent(noise)
        for m in self.margins:
            m.calibrate(z[:, m.block.start:m.block.stop])


@dataclass
class Margin:
    """How one feature is distributed: `quantiles` of a number or flag, or `shares` of a category's levels."""

    block: Block
    quantiles: Array | None
    shares: Array | None = None
    weight: float = 1.0
    shift: Array | None = None

    def observe(self, z: Array, rng: np.random.Generator | None) -> Array:
        """Latent columns as observed ones, by rank; with `rng` the margin varies as in a sample."""
        n = len(z)
        if self.quantiles is not None:
            u = (np.arange(n) + 0.5) / n if rng is None else np.sort(rng.random(n))
            out = np.empty(n)
            out[np.argsort(z[:, 0], kind="stable")] = self._quantile(u)
            return out[:, None]
        assert self.shift is not None
        chosen = np.argmax(z + self.shift, axis=1)
        flags = np.zeros_like(z)
        flags[np.arange(n), chosen] = self.weight
        return flags

    def _quantile(self, u: Array) -> Array:
        assert self.quantiles is not None
        return self.quantiles[np.minimum((u * len(self.quantiles)).astype(int), len(self.quantiles) - 1)]

    def calibrate(self, z: Array) -> None:
        """Move the levels of a category towards their shares."""
        if self.shares is None or self.shift is None:
            return
        for _ in range(3):
            now = np.bincount(np.argmax(z + self.shift, axis=1), minlength=len(self.shares)) / len(z)
            self.shift += 0.5 * (np.log(self.shares) - np.log(np.maximum(now, 0.2 / len(z))))


def _margin(x: Array, block: Block) -> Margin:
    if block.kind == "category":
        # unknown levels are all zero and belong to none; they are too few to matter
        weight = float(x.max()) or 1.0
        shares = np.maximum((x > 0).mean(axis=0), 1e-4)
        shares = shares / shares.sum()
        return Margin(block, None, shares, weight, np.log(shares))
    return Margin(block, single_hump(x[:, 0]))


def single_hump(x: Array) -> Array:
    """As many sorted values as `x` has, from the single-humped distribution nearest to it.

    Heaped values (a share of `HEAP` or more) stay as they are, the rest are spread by the unimodal histogram
    of least squares (isotonic up to the mode, antitonic from it). Discrete columns are returned sorted.
    """
    values, counts = np.unique(x, return_counts=True)
    if len(values) <= DISCRETE:
        return np.sort(x)
    heaped = values[counts >= HEAP * len(x)]
    rest = np.sort(x[~np.isin(x, heaped)])
    if len(np.unique(rest)) <= DISCRETE:
        return np.sort(x)
    bins = int(np.clip(2 * len(rest) ** (1 / 3), 6, 40))
    heights, edges = np.histogram(rest, bins=bins)
    mass = np.concatenate([[0.0], np.cumsum(unimodal(heights.astype(float)))])
    u = (np.arange(len(rest)) + 0.5) / len(rest) * mass[-1]
    smooth = np.interp(u, mass, edges)
    return np.sort(np.concatenate([x[np.isin(x, heaped)], smooth]))


def unimodal(heights: Array) -> Array:
    """The rising-then-falling sequence nearest to `heights` in least squares, over all places of the mode.

    One pass from each side gives the error of every rising beginning and every falling end (Stout 2008).
    """
    from scipy.optimize import isotonic_regression

    rising, falling = _errors(heights), _errors(heights[::-1])[::-1]
    mode = int(np.argmin(rising[1:] + falling[1:]))  # position of the last rising one
    up = isotonic_regression(heights[:mode + 1]).x
    down = isotonic_regression(heights[mode + 1:], increasing=False).x if mode + 1 < len(heights) else heights[:0]
    return np.maximum(np.concatenate([up, down]), 1e-9)


def _errors(heights: Array) -> Array:
    """The squared error of the best rising fit to the first 0, 1, 2, … heights (pool adjacent violators)."""
    out = np.zeros(len(heights) + 1)
    blocks: list[tuple[float, float, float]] = []  # sum, count, squares' sum − sum²/count
    total = 0.0
    for i, h in enumerate(heights.tolist()):
        s, c, e = h, 1.0, 0.0
        while blocks and blocks[-1][0] / blocks[-1][1] >= s / c:
            ps, pc, pe = blocks.pop()
            total -= pe
            e += pe + (ps / pc - s / c) ** 2 * pc * c / (pc + c)
            s, c = s + ps, c + pc
        blocks.append((s, c, e))
        total += e
        out[i + 1] = total
    return out


def _radii(x: Array) -> Callable[[Array], Array] | None:
    """The quantile function of the distance from the centre in normal scores; None below two columns."""
    n, width = x.shape
    if width < 2 or n < 5 * width:
        return None
    order = np.argsort(np.argsort(x, axis=0, kind="stable"), axis=0)
    scores = ndtri((order + 0.5) / n)
    inverse = np.linalg.pinv(_correlation(scores) + _LEAST_EIGENVALUE * np.eye(width), hermitian=True)
    radius = np.sort(np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", scores, inverse, scores), 1e-12)))
    grid = (np.arange(n) + 0.5) / n
    return lambda u: np.interp(u, grid, radius)


def _correlation(x: Array) -> Array:
    centred = x - x.mean(axis=0)
    sd = centred.std(axis=0)
    scaled = centred / np.where(sd > 0, sd, 1)
    r: Array = scaled.T @ scaled / len(x)
    np.fill_diagonal(r, 1)
    return r


def _root(r: Array) -> Array:
    """A root of the nearest correlation matrix (eigenvalues clipped, rescaled to a unit diagonal)."""
    values, vectors = np.linalg.eigh((r + r.T) / 2)
    root = vectors * np.sqrt(np.maximum(values, _LEAST_EIGENVALUE))
    return root / np.sqrt((root**2).sum(axis=1, keepdims=True))


def _by(numbers: Sequence[int], values: Array) -> dict[int, float]:
    return {k: float(v) for k, v in zip(numbers, values, strict=True)}
