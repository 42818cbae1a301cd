"""One cloud: its replicas keep what they should, and the test tells clouds from groups."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import skew
from sklearn.isotonic import isotonic_regression

from cjm_research.analysis.personas.columns import judge
from cjm_research.analysis.personas.encode import Encoder
from cjm_research.analysis.personas.reference import Cloud, one_cloud_test, single_hump, unimodal

from .populations import CLOUDS, mixed, numbers, shoppers


def encoded(frame: pd.DataFrame) -> tuple[np.ndarray, Encoder]:
    table, judged = judge(frame)
    encoder = Encoder.fit(table, {c.name: c.kind for c in judged if c.usable})
    return encoder.transform(table), encoder


def test_unimodal_is_the_best_over_all_modes() -> None:
    rng = np.random.default_rng(1)
    for _ in range(60):
        heights = rng.poisson(4, int(rng.integers(2, 15))).astype(float)
        fits = [np.concatenate([isotonic_regression(heights[:m]), isotonic_regression(heights[m:], increasing=False)]) if 0 < m < len(heights)
                else isotonic_regression(heights, increasing=m > 0) for m in range(len(heights) + 1)]
        best = min(float(((f - heights) ** 2).sum()) for f in fits)
        found = unimodal(heights)
        assert float(((found - heights) ** 2).sum()) == pytest.approx(best, abs=1e-6)
        top = int(np.argmax(found))
        assert (np.diff(found[:top + 1]) >= -1e-9).all() and (np.diff(found[top:]) <= 1e-9).all()


def test_a_margin_keeps_its_shape_but_only_one_hump() -> None:
    rng = np.random.default_rng(2)
    x = rng.gamma(3, size=3_000)
    smooth = single_hump(x)
    assert len(smooth) == len(x)
    assert smooth.mean() == pytest.approx(x.mean(), rel=0.03) and smooth.std() == pytest.approx(x.std(), rel=0.05)
    assert skew(smooth) == pytest.approx(skew(x), abs=0.2)
    two = np.concatenate([rng.normal(-3, 0.5, 1_500), rng.normal(3, 0.5, 1_500)])
    middle = np.mean(np.abs(single_hump(two)) < 1.5)
    assert np.mean(np.abs(two) < 1.5) < 0.01 < 0.1 < middle  # the valley is filled
    heaped = np.where(rng.random(3_000) < 0.4, 0.0, rng.gamma(3, size=3_000))
    assert np.mean(single_hump(heaped) == 0) == pytest.approx(np.mean(heaped == 0))
    stars = rng.choice([1.0, 2.0, 5.0], 500)
    assert np.array_equal(single_hump(stars), np.sort(stars))


def test_replicas_keep_margins_and_correlations_of_mixed_features() -> None:
    rng = np.random.default_rng(3)
    x, encoder = encoded(mixed(rng, 1_500))
    again = Cloud.fit(x, encoder.blocks, rng).draw(20_000, rng)
    assert again.mean(axis=0) == pytest.approx(x.mean(axis=0), abs=0.08)
    assert again.std(axis=0) == pytest.approx(x.std(axis=0), abs=0.08)
    across = np.ones((x.shape[1],) * 2, bool)
    for b in encoder.blocks:
        across[b.start:b.stop, b.start:b.stop] = False
    difference = np.corrcoef(x.T) - np.corrcoef(again.T)
    assert np.abs(difference[across]).max() < 0.09
    flags = encoder.blocks[[b.name for b in encoder.blocks].index("app")]
    assert set(np.round(np.unique(again[:, flags.start]), 4)) == set(np.round(np.unique(x[:, flags.start]), 4))


@pytest.mark.parametrize("name", ["correlated", "skewed and correlated", "uniform", "flags with one trait", "mixed"])
def test_p_of_clouds_is_not_small(name: str) -> None:
    ps = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        x, encoder = encoded(CLOUDS[name](rng, 250))
        ps.append(one_cloud_test(x, encoder.blocks, [2, 3, 4], rng, replicas=29).p)
    assert np.mean(ps) > 0.15 and sum(p <= 0.05 for p in ps) == 0


def test_p_of_groups_is_small_and_is_clearest_at_the_truth() -> None:
    rng = np.random.default_rng(4)
    centers = np.array([[0, 0, 0], [4, 0, 0], [0, 4, 0]])
    truth = rng.integers(0, 3, 400)
    x, encoder = encoded(numbers(centers[truth] + rng.standard_normal((400, 3))))
    found = one_cloud_test(x, encoder.blocks, [2, 3, 4, 5], rng, replicas=99)
    assert found.p == pytest.approx(0.01) and found.p_of[3] == pytest.approx(0.01)
    assert max(found.z, key=lambda k: found.z[k]) == 3 and found.gap[3] > found.gap[2]
    x, encoder = encoded(shoppers(rng, 400)[0])
    assert one_cloud_test(x, encoder.blocks, [2, 3, 4], rng, replicas=19).p == pytest.approx(0.05)
