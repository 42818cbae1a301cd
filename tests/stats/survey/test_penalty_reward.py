"""Penalty and reward against statsmodels, and in worlds where the truth is known."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from cjm_research.errors import BadInput
from cjm_research.stats.survey.penalty_reward import penalty_reward


def drawn(seed: int, n: int = 600, k: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Answers of three kinds that go together with each other, an outcome whose spread depends on them, and weights."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=n)
    latent = shared[:, None] + rng.normal(size=(n, k))
    bad, good = latent < -0.8, latent > 0.8
    y = 5 - 2.0 * bad[:, 0] + 0.2 * good[:, 0] - 1.0 * bad[:, 1] + 1.0 * good[:, 1] + rng.normal(size=n) * (1 + bad[:, 0])
    return bad, good, y, rng.uniform(0.3, 3, n)


@pytest.mark.parametrize("weighted", [False, True])
def test_against_statsmodels(weighted: bool) -> None:
    bad, good, y, w = drawn(1)
    found = penalty_reward(bad, good, y, w if weighted else None)
    x = sm.add_constant(np.column_stack([bad, good]).astype(float))
    fit = sm.WLS(y, x, weights=w / w.mean() if weighted else np.ones(len(y))).fit(cov_type="HC3")
    expected = np.column_stack([fit.params, fit.conf_int()])[1:]
    assert np.vstack([found.penalty, found.reward]) == pytest.approx(expected)
    both = fit.t_test(np.column_stack([np.zeros(3), np.eye(3), np.eye(3)]))
    assert found.asymmetry == pytest.approx(np.column_stack([both.effect, both.conf_int()]))
    assert found.p == pytest.approx(both.pvalue)


def test_persons_who_answered_twice_count_once() -> None:
    bad, good, y, _ = drawn(2)
    once = penalty_reward(bad, good, y)
    twice = penalty_reward(np.vstack([bad, bad]), np.vstack([good, good]), np.concatenate([y, y]), person=np.tile(np.arange(len(y)), 2))
    assert twice.penalty[:, 0] == pytest.approx(once.penalty[:, 0])
    assert twice.penalty[:, 2] - twice.penalty[:, 0] == pytest.approx(once.penalty[:, 2] - once.penalty[:, 0], rel=0.02)  # HC3's leverages are halved


def test_intervals_cover_what_is_planted() -> None:
    covered = np.zeros(3)
    for seed in range(200):
        bad, good, y, _ = drawn(100 + seed, n=300)
        found = penalty_reward(bad, good, y)
        for i, (effects, truth) in enumerate(((found.penalty, (-2, -1, 0)), (found.reward, (0.2, 1, 0)), (found.asymmetry, (-1.8, 0, 0)))):
            covered[i] += np.mean([low <= t <= high for (_, low, high), t in zip(effects, truth, strict=True)])
    assert (covered / 200 > 0.92).all() and (covered / 200 < 0.98).all()


def test_what_cannot_be_told_apart_is_refused() -> None:
    bad, good, y, _ = drawn(3)
    with pytest.raises(BadInput, match="come together"):
        penalty_reward(np.column_stack([bad[:, :1], bad[:, :1]]), np.column_stack([good[:, :1], good[:, :1]]), y)
    with pytest.raises(BadInput, match="come together"):
        penalty_reward(bad[:4], good[:4], y[:4])
