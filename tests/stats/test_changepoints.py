"""Shifts of level: published data, every partition weighed by hand, and how often an interval holds the truth."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cjm_research.stats.changepoints import _partition, breaks, one_break


def test_the_nile(shared: Any, oracle: Any) -> None:
    want = next(c["expected"] for c in oracle("outlook") if c["name"] == "nile_changepoint")
    flow = pd.read_csv(shared / "data" / "series" / "nile.csv").iloc[:, -1].to_numpy(float)
    at, rss = one_break(flow)
    assert at == want["last_index_of_first_segment"] and rss == pytest.approx(want["rss"], abs=0.001)
    found, = breaks(flow)
    assert found.at == 28 and found.low <= 28 <= found.high
    assert (found.before, found.after) == (pytest.approx(want["mean_before"]), pytest.approx(want["mean_after"], abs=0.001))


def every_partition(x: np.ndarray, least: int, penalty: float) -> float:
    """The least cost over all partitions, written out."""
    best, n = math.inf, len(x)
    for k in range(n // least):
        for cuts in itertools.combinations(range(1, n), k):
            ends = [0, *cuts, n]
            if all(b - a >= least for a, b in itertools.pairwise(ends)):
                best = min(best, sum(((x[a:b] - x[a:b].mean())**2).sum() for a, b in itertools.pairwise(ends)) + penalty * k)
    return best


def test_the_search_is_exact() -> None:
    rng = np.random.default_rng(2)
    for _ in range(200):
        x = rng.standard_normal(11) + np.repeat([0.0, rng.normal(0, 2), 0.0], [4, 4, 3])
        penalty = float(rng.uniform(0.1, 6))
        ends = [0, *_partition(x, 2, penalty), len(x)]
        cost = sum(((x[a:b] - x[a:b].mean())**2).sum() for a, b in itertools.pairwise(ends)) + penalty * (len(ends) - 2)
        assert cost == pytest.approx(every_partition(x, 2, penalty))


def test_an_interval_holds_the_true_place_nine_times_in_ten_and_steady_series_have_none() -> None:
    rng, held, found, false = np.random.default_rng(5), 0, 0, 0
    for _ in range(300):
        x = rng.standard_normal(100)
        false += bool(breaks(x))
        x[60:] += 1.5
        if at := breaks(x):
            found += 1
            held += any(b.low <= 60 <= b.high for b in at)
    assert false / 300 <= 0.05
    assert found / 300 >= 0.95 and held / found >= 0.9


def test_a_series_that_never_varies_or_is_short_has_no_shift() -> None:
    assert breaks([3.0] * 50) == [] and breaks([1.0, 2.0, 9.0]) == []
