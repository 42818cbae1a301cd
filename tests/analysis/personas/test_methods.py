"""The methods against published values, brute force and the formulae."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from cjm_research.analysis.personas.columns import judge
from cjm_research.analysis.personas.encode import Block, Encoder
from cjm_research.analysis.personas.methods import METHODS, Data, kmeans, latent_class, medoids, prototypes

from .populations import shoppers

# Stouffer & Toby 1951, as reported by Goodman 1974: 216 respondents, four yes/no items
STOUFFER_TOBY = [42, 23, 6, 25, 6, 24, 7, 38, 1, 4, 1, 6, 2, 9, 2, 20]


def data_of(frame: pd.DataFrame) -> Data:
    table, judged = judge(frame)
    return Data.of(table, Encoder.fit(table, {c.name: c.kind for c in judged if c.usable}))


def flags_data(codes: np.ndarray) -> Data:
    blocks = tuple(Block(f"q{i}", "binary", i, i + 1, ("0", "1")) for i in range(codes.shape[1]))
    return Data(codes.astype(np.float32), codes.astype(np.int16), (2,) * codes.shape[1], blocks)


def test_latent_classes_reach_the_published_likelihood() -> None:
    """poLCA's documented fit of two classes (Linzer & Lewis 2011): log-likelihood −504.4677, AIC 1026.935, shares .28/.72."""
    codes = np.repeat(np.array(list(product([0, 1], repeat=4))), STOUFFER_TOBY, axis=0)
    model = latent_class.fit(flags_data(codes), 2, np.random.default_rng(1), 5)
    assert model.log_likelihood == pytest.approx(-504.4677, abs=2e-3)
    assert model.free == 9 and -2 * model.log_likelihood + 2 * model.free == pytest.approx(1026.935, abs=5e-3)
    assert model.bic == pytest.approx(1057.313, abs=5e-3)
    assert sorted(model.shares) == pytest.approx([0.2794, 0.7206], abs=2e-3)


def test_one_latent_class_is_the_margins() -> None:
    rng = np.random.default_rng(2)
    codes = (rng.random((400, 3)) < [0.2, 0.5, 0.9]).astype(int)
    model = latent_class.fit(flags_data(codes), 1, rng, 1)
    p = codes.mean(axis=0)
    assert model.log_likelihood == pytest.approx(float((codes * np.log(p) + (1 - codes) * np.log(1 - p)).sum()), abs=1e-3)


def test_latent_classes_leave_missing_answers_out() -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 2, 900)
    codes = (rng.random((900, 6)) < np.where(truth[:, None] == 0, 0.9, 0.1)).astype(int)
    holes = np.where(rng.random(codes.shape) < 0.25, -1, codes)
    model = latent_class.fit(flags_data(holes), 2, rng, 5)
    assert adjusted_rand_score(truth, model.assign(flags_data(holes))) > 0.8
    found = np.sort(model.probabilities[1::2], axis=1)
    assert found == pytest.approx(np.tile([0.1, 0.9], (6, 1)), abs=0.06)


def test_gower_is_its_formula() -> None:
    frame = pd.DataFrame({"x": [0.0, 5.0, 10.0, 2.0] * 10, "y": [3.0, 1.0, 2.0, np.nan] * 10, "c": ["a", "b", "a", "c"] * 10, "f": ["no", "yes", "yes", "no"] * 10})
    data = data_of(frame).take(np.arange(4))
    full = data_of(frame)
    ranges = medoids.ranges_of(full)
    found = medoids.gower(data, data, ranges)
    x, y = frame["x"].iloc[:4].to_numpy(), frame["y"].iloc[:4].to_numpy()
    for i, j in product(range(4), range(4)):
        parts = [abs(x[i] - x[j]) / 10, float(frame["c"][i] != frame["c"][j]), float(frame["f"][i] != frame["f"][j])]
        if not (np.isnan(y[i]) or np.isnan(y[j])):
            parts.append(abs(y[i] - y[j]) / 2)
        assert found[i, j] == pytest.approx(np.mean(parts), abs=1e-6)


def test_pam_finds_the_best_medoids() -> None:
    rng = np.random.default_rng(4)
    for _ in range(8):
        points = rng.normal(size=(14, 2))
        distance = np.linalg.norm(points[:, None] - points[None], axis=2)
        best = min(distance[:, list(c)].min(axis=1).sum() for c in combinations(range(14), 3))
        found = medoids.pam(distance, 3, rng, starts=6)
        assert distance[:, found].min(axis=1).sum() == pytest.approx(best, rel=1e-9)


def test_k_prototypes_loss_is_its_formula_and_a_local_best() -> None:
    rng = np.random.default_rng(5)
    frame, _ = shoppers(rng, 250)
    data = data_of(frame)
    model = prototypes.fit(data, 3, rng, 4)
    numbers, categories = data.x[:, data.number_columns], data.codes[:, data.category_features]
    labels = model.assign(data)
    loss = sum(float(((numbers[i] - model.means[s]) ** 2).sum()) + model.gamma * int((categories[i] != model.modes[s]).sum()) for i, s in enumerate(labels))
    assert model.loss == pytest.approx(loss, rel=1e-5)
    assert model.gamma == pytest.approx(0.5 * numbers.var(axis=0).mean(), rel=1e-6)
    for s in range(3):
        assert model.means[s] == pytest.approx(numbers[labels == s].mean(axis=0), abs=1e-4)


def test_k_means_loss_is_the_sum_of_squares() -> None:
    rng = np.random.default_rng(6)
    data = data_of(shoppers(rng, 300)[0])
    model = kmeans.fit(data, 4, rng, 5)
    labels = model.assign(data)
    assert model.loss == pytest.approx(((data.x - model.centers[labels]) ** 2).sum(), rel=1e-4)


@pytest.mark.parametrize("name", METHODS)
def test_every_method_finds_clear_segments(name: str) -> None:
    rng = np.random.default_rng(7)
    frame, truth = shoppers(rng, 500, 3)
    data = data_of(frame)
    model = METHODS[name].fit(data, 3, rng, 4)
    assert model.k == 3
    assert adjusted_rand_score(truth, model.assign(data)) > 0.6
    assert len(model.assign(data.take(np.array([], int)))) == 0
