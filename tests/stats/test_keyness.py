"""Log-odds of words: the worked case, and what the prior does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cjm_research.errors import BadInput
from cjm_research.stats.keyness import log_odds


def test_log_odds_of_the_worked_case(oracle: Any) -> None:
    case = next(c for c in oracle("voices") if c["name"] == "logodds_uninformative")
    given = case["inputs"]
    found = log_odds(list(given["group1"].values()), list(given["group2"].values()), given["prior"])
    for word, delta, z in zip(given["group1"], found.delta, found.z, strict=True):
        assert (delta, z) == pytest.approx(case["expected"][word], abs=case["tolerance"])


def test_the_prior_keeps_rare_words_back() -> None:
    """A word that one group used once has the larger plain ratio, and the smaller z."""
    first, second = [1, 60, 500], [0, 30, 500]
    found = log_odds(first, second)
    assert found.z[1] > found.z[0] > 0
    low, high = found.interval()
    assert low[0] < 0 < low[1] and (low < found.delta).all() and (found.delta < high).all()


def test_groups_that_say_the_same_differ_in_nothing() -> None:
    assert np.allclose(log_odds([5, 9, 30], [5, 9, 30]).delta, 0)


def test_intervals_hold_at_their_rate() -> None:
    """Words drawn alike for both groups: z is beyond 1.96 in about one in twenty."""
    rng = np.random.default_rng(1)
    share = rng.dirichlet(np.ones(60) * 3)
    beyond = [abs(log_odds(rng.multinomial(4000, share), rng.multinomial(4000, share)).z) > 1.96 for _ in range(60)]
    assert 0.02 < np.mean(beyond) < 0.065


def test_counts_that_are_none_are_refused() -> None:
    with pytest.raises(BadInput, match="one count a word"):
        log_odds([1, 2], [1])
    with pytest.raises(BadInput, match="negative"):
        log_odds([1, -2], [1, 2])
