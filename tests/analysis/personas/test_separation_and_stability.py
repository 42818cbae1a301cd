"""Valleys between segments, and whether segments come back."""

from __future__ import annotations

import numpy as np
import pytest

from cjm_research.analysis.personas.columns import judge
from cjm_research.analysis.personas.encode import Encoder
from cjm_research.analysis.personas.methods import METHODS, Data
from cjm_research.analysis.personas.other_solutions import moved
from cjm_research.analysis.personas.separation import neighbours, no_valley, valleys
from cjm_research.analysis.personas.stability import bootstrap, jaccard_matrix

from .populations import numbers

KMEANS = METHODS["kmeans"]


def data_of(x: np.ndarray) -> Data:
    table, judged = judge(numbers(x))
    return Data.of(table, Encoder.fit(table, {c.name: c.kind for c in judged}))


def test_one_hump_is_no_valley_whatever_its_shape() -> None:
    rng = np.random.default_rng(1)
    shapes = [lambda: rng.standard_normal(300), lambda: rng.random(300), lambda: rng.exponential(size=300), lambda: rng.standard_t(3, 300)]
    ps = [no_valley(shape(), rng) for shape in shapes for _ in range(15)]
    assert np.mean(np.array(ps) <= 0.05) <= 0.1
    assert no_valley(np.concatenate([rng.normal(-2, 1, 200), rng.normal(2, 1, 200)]), rng) == pytest.approx(0.01)
    assert no_valley(np.zeros(100), rng) == 1.0 and no_valley(np.array([]), rng) == 1.0


def test_valleys_are_seen_between_groups_only() -> None:
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 3, 600)
    data = data_of(np.array([[0, 0], [5, 0], [0, 5]])[truth] + rng.standard_normal((600, 2)))
    labels = KMEANS.fit(data, 3, rng, 5).assign(data)
    assert max(valleys(data, KMEANS, 3, labels, rng).values()) <= 0.05
    cloud = data_of(rng.multivariate_normal([0, 0], [[1, 0.9], [0.9, 1]], 600))
    halves = KMEANS.fit(cloud, 2, rng, 5).assign(cloud)
    assert min(valleys(cloud, KMEANS, 2, halves, rng).values()) > 0.05


def test_neighbours_by_hand() -> None:
    assert neighbours(np.array([[0.0], [1.0], [5.0], [5.5]])) == [(0, 1), (2, 3)]


def test_jaccard_by_hand() -> None:
    a, b = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 0, 1, 1, 1, 1])
    assert jaccard_matrix(a, b, 2) == pytest.approx(np.array([[2 / 3, 1 / 6], [0, 3 / 4]]))
    assert moved(a, b, 2) == 1 and moved(a, 1 - a, 2) == 0


def test_groups_come_back_and_slices_do_less() -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 3, 500)
    data = data_of(np.array([[0, 0, 0], [5, 0, 0], [0, 5, 0]])[truth] + rng.standard_normal((500, 3)))
    sure = bootstrap(data, KMEANS, 3, KMEANS.fit(data, 3, rng, 5).assign(data), rng, 8)
    assert sure.ari.mean() > 0.95 and sure.segments.min() > 0.95
    assert sure.sizes.mean(axis=0) == pytest.approx(np.bincount(KMEANS.fit(data, 3, rng, 5).assign(data)) / 500, abs=0.5)
    five = bootstrap(data, KMEANS, 5, KMEANS.fit(data, 5, rng, 5).assign(data), rng, 8)
    # five slices of three groups: neither the partition nor its weakest part comes back as the groups do
    assert five.ari.shape == (7,) and five.ari.mean() < sure.ari.mean() - 0.2
    assert five.segments.min() < sure.segments.min() - 0.1
