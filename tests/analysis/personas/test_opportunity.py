"""Ulwick's opportunity score: its formula, its published variants, its interval."""

from __future__ import annotations

import numpy as np
import pytest

from cjm_research.analysis.personas.expectations import cells_of, opportunity, pairs_of, reading, score


def test_the_score_never_falls_by_serving_well_what_matters_little() -> None:
    # importance + max(importance − satisfaction, 0), both 0–10 (Ulwick 2005)
    assert score(0.81, 0.30) == pytest.approx(8.1 + 5.1)
    assert score(0.5, 0.9) == pytest.approx(5.0)  # without max() it would be 1.0
    assert score(1.0, 0.0) == 20 and score(0.0, 1.0) == 0


def test_interval_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    p = np.array([0.35, 0.45, 0.05, 0.15])  # important and satisfied, important only, satisfied only, neither
    true = float(score(p[0] + p[1], p[0] + p[2]))
    inside = 0
    for _ in range(400):
        found = opportunity(rng.multinomial(150, p), rng, draws=400)
        assert found.low is not None and found.high is not None
        inside += found.low <= true <= found.high
    assert 0.91 <= inside / 400 <= 0.98


def test_small_and_empty_groups_do_not_claim_certainty() -> None:
    rng = np.random.default_rng(2)
    nobody = opportunity(np.zeros(4, np.int64), rng)
    assert nobody.value is None and nobody.base == 0 and reading(nobody) == ""
    three = opportunity(np.array([0, 3, 0, 0]), rng)
    assert three.value == 20 and three.low is not None and three.low < 15
    assert reading(opportunity(np.array([0, 200, 0, 0]), rng)) == "extreme opportunity"


def test_cells_and_pairs() -> None:
    a, b = np.array([1, 1, 0, 0, 1], bool), np.array([1, 0, 1, 0, 0], bool)
    assert cells_of(a, b).tolist() == [1, 2, 1, 1]
    assert pairs_of(["imp_a", "sat_a", "importance_b", "Satisfaction.b", "imp_c", "nps"]) == {"a": ("imp_a", "sat_a"), "b": ("importance_b", "Satisfaction.b")}
