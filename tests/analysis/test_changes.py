"""Run differences: the interval against Newcombe's, and how often an unchanged figure is called changed."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep

from cjm_research.analysis.changes import compare, difference
from cjm_research.analysis.result import Finding
from cjm_research.analysis.stats.shares import share


def test_for_shares_it_is_newcombes_interval() -> None:
    new, old = share(56, 70), share(48, 80)
    found = difference(old, new)
    low, high = confint_proportions_2indep(56, 70, 48, 80, method="newcomb", compare="diff")
    assert found is not None and (found.low, found.high) == (pytest.approx(low), pytest.approx(high))
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)  # Newcombe 1998 II, table, method 10


def finding(key: str, k: int, n: int, **more: object) -> Finding:
    return Finding(key, f"{k} of {n}", "metric", share(k, n), stage="Buy", **more)  # type: ignore[arg-type]


def test_states() -> None:
    old = [finding("a", 100, 1000), finding("b", 100, 1000), finding("c", 5, 10), finding("d", 1, 10), Finding("q", "said", "quote", stage="Buy")]
    new = [finding("a", 200, 1000), finding("b", 103, 1000), finding("c", 5, 10), finding("e", 1, 10), Finding("q", "said", "quote", stage="Buy")]
    states = {c.new.key if c.new else c.old.key: c.state for c in compare(old, new)}  # type: ignore[union-attr]
    assert states == {"a": "changed", "b": "moved", "c": "same", "d": "vanished", "e": "appeared", "q": "same"}
    assert [c.state for c in compare(old, new)][0] == "changed"


def test_an_unchanged_figure_is_seldom_called_changed() -> None:
    rng = np.random.default_rng(4)
    called = sum(compare([finding("a", int(rng.binomial(400, 0.3)), 400)], [finding("a", int(rng.binomial(400, 0.3)), 400)])[0].state == "changed"
                 for _ in range(2000))
    assert called / 2000 < 0.065


def test_different_units_are_not_subtracted() -> None:
    from cjm_research.analysis.stats.means import Sample, mean

    assert difference(share(1, 2), mean(Sample(10, 1.0, 1.0))) is None
