"""Aalen–Johansen: by hand, against weighting by who was still seen, against Kaplan–Meier where there is one end, and known truth."""

from __future__ import annotations

import numpy as np
import pytest

from cjm_research.errors import BadInput
from cjm_research.stats.competing import Ends, cumulative, ended_by
from cjm_research.stats.survival import Times, kaplan_meier


def test_by_hand() -> None:
    """Six cases: 1 at 1, 2 at 2, open at 3, 1 at 4, 2 at 5, open at 6."""
    e = Ends.from_values([1, 2, 3, 4, 5, 6], [1, 2, 0, 1, 2, 0])
    one, two = cumulative(e, 1), cumulative(e, 2)
    # S: 1, 5/6, 4/6, 4/6, 4/6·2/3 = 4/9
    assert one["ended"].tolist() == pytest.approx([1 / 6, 1 / 6 + 4 / 6 / 3]) and two["ended"].tolist() == pytest.approx([1 / 6, 1 / 6 + 4 / 9 / 2])
    assert one["at_risk"].tolist() == [6, 3]


def test_where_all_is_seen_it_is_the_plain_share() -> None:
    e = Ends.from_values([1, 2, 2, 3, 4], [1, 1, 2, 2, 1])
    assert ended_by(e, 1, 2).value == pytest.approx(2 / 5) and ended_by(e, 2, 3).value == pytest.approx(2 / 5)
    assert ended_by(e, 1, 0.5).value == 0.0


def test_it_is_the_weighting_by_who_was_still_seen() -> None:
    """The same estimate by another road: each end weighs 1 / (share not yet lost from sight), Satten & Datta 2001."""
    rng = np.random.default_rng(2)
    time, end = np.ceil(rng.exponential(20, 300)), rng.integers(0, 3, 300)
    e = Ends.from_values(list(time), list(end))
    # who is lost at a time is lost after those who end at it
    lost = kaplan_meier(Times.from_values(list(time + 0.5 * (end == 0)), list(end == 0)))
    for t in (5.0, 20.0, 60.0):
        seen = [float(lost[lost["time"] < at]["open"].iloc[-1]) if (lost["time"] < at).any() else 1.0 for at in time]
        for of in (1, 2):
            assert ended_by(e, of, t).value == pytest.approx(sum((end[i] == of and time[i] <= t) / seen[i] for i in range(300)) / 300)


def test_with_one_end_it_is_kaplan_meier_with_greenwoods_error() -> None:
    rng = np.random.default_rng(3)
    time, event = np.ceil(rng.exponential(30, 200)), rng.random(200) < 0.7
    ours, km = cumulative(Ends.from_values(list(time), list(event.astype(int))), 1), kaplan_meier(Times.from_values(list(time), list(event)))
    assert ours["ended"].tolist() == pytest.approx(km["converted"].tolist())
    # Greenwood's variance back from Kaplan–Meier's limits, Aalen–Johansen's from its own
    k = 40
    open_, low = km["open"].iloc[k], km["low"].iloc[k]
    greenwood = np.log(np.log(low) / np.log(open_)) / 1.959963984540054 * open_ * abs(np.log(open_))
    f, up = ours["ended"].iloc[k], ours["high"].iloc[k]
    mine = -np.log(np.log(up) / np.log(f)) / 1.959963984540054 * f * abs(np.log(f))
    assert mine == pytest.approx(greenwood, rel=0.02)


def test_intervals_hold_the_truth_and_one_minus_kaplan_meier_promises_too_much() -> None:
    """Two constant hazards and open cases: the truth is known; treating the other end as an open case is not it."""
    rng, held, naive = np.random.default_rng(4), 0, []
    a, b, t = 1 / 20, 1 / 10, 15.0
    truth = a / (a + b) * (1 - np.exp(-(a + b) * t))
    for _ in range(300):
        first, second, lost = rng.exponential(1 / a, 200), rng.exponential(1 / b, 200), rng.uniform(5, 60, 200)
        time = np.minimum(np.minimum(first, second), lost)
        end = np.where(time == lost, 0, np.where(time == first, 1, 2))
        e = ended_by(Ends.from_values(list(time), list(end)), 1, t)
        held += e.low <= truth <= e.high  # type: ignore[operator]
        km = kaplan_meier(Times.from_values(list(time), list(end == 1)))
        naive.append(float(km[km["time"] <= t]["converted"].iloc[-1]))
    assert 0.92 <= held / 300 <= 0.98
    assert np.mean(naive) > truth + 0.15


def test_times_that_cannot_be_are_refused_and_nobody_is_no_share() -> None:
    with pytest.raises(BadInput, match="still open"):
        Ends.from_values([-1.0], [1])
    assert ended_by(Ends.from_values([], []), 1, 3).value is None and cumulative(Ends.from_values([1.0], [0]), 1).empty
