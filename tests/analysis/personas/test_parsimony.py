"""The number of segments by Schwarz's criterion, against scikit-learn's mixture and over made-up populations."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.mixture import GaussianMixture

from cjm_research.analysis.personas.columns import judge
from cjm_research.analysis.personas.encode import Encoder
from cjm_research.analysis.personas.methods import METHODS, Data
from cjm_research.analysis.personas.parsimony import bic

from .populations import CLOUDS, numbers, shoppers


def data_of(frame: pd.DataFrame) -> Data:
    table, judged = judge(frame)
    return Data.of(table, Encoder.fit(table, {c.name: c.kind for c in judged if c.usable}))


def best_number(frame: pd.DataFrame, most: int = 6) -> int:
    rng = np.random.default_rng(1)
    data = data_of(frame)
    found = {k: bic(data, METHODS["kmeans"].fit(data, k, rng, 5).assign(data) if k > 1 else np.zeros(len(data), int), k) for k in range(1, most + 1)}
    return min(found, key=lambda k: found[k])


def test_of_numbers_it_is_the_criterion_of_a_gaussian_mixture() -> None:
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 2, 1_000)
    data = data_of(numbers(np.array([[0, 0, 0], [6, 6, 0]])[truth] + rng.standard_normal((1_000, 3))))
    peer = GaussianMixture(2, covariance_type="diag", random_state=0, reg_covar=0.02).fit(data.x)
    assert bic(data, truth, 2) == pytest.approx(peer.bic(data.x), rel=0.01)


@pytest.mark.parametrize("segments", [2, 3, 4])
def test_the_true_number_has_the_best_criterion(segments: int) -> None:
    for seed in range(3):
        frame, _ = shoppers(np.random.default_rng(seed), 400, segments)
        assert best_number(frame) == segments


@pytest.mark.parametrize("name", ["round", "correlated", "categories"])
def test_a_plain_cloud_is_best_left_whole(name: str) -> None:
    assert best_number(CLOUDS[name](np.random.default_rng(3), 500), 4) == 1
