"""All attempts of a customer, against a walk through each journey event by event."""

from __future__ import annotations

import numpy as np
import pytest

from cjm_research.engine.sequence import Exclusion, Rule, count_attempts, log_of
from cjm_research.errors import BadInput
from tests.engine.test_sequence_brute import as_log, journeys, rows


def one_by_one(journey, steps, window, exclude, span):
    """Depths of a customer's attempts; times are distinct."""
    depths = []
    journey = sorted(journey)
    i = 0
    while i < len(journey):
        t, e = journey[i]
        if e not in steps[0]:
            i += 1
            continue
        depth, last, following = 1, t, None
        for j in range(i + 1, len(journey)):
            now, event = journey[j]
            if window is not None and now - t > window:
                following = j
                break
            if event in exclude and span[0] < depth <= span[1]:
                following = j + 1
                break
            if depth < len(steps) and event in steps[depth]:
                depth, last = depth + 1, now
                if depth == len(steps):
                    following = j + 1
                    break
        depths.append(depth)
        assert last >= t
        if following is None:
            break
        i = following
    return depths


@pytest.mark.parametrize("window", [None, 2, 5])
@pytest.mark.parametrize("exclude", [set(), {"X"}, {"A"}])
def test_against_a_walk(window, exclude):
    rng = np.random.default_rng(7)
    made = [[(int(t), "ABCX"[rng.integers(0, 4)]) for t in np.sort(rng.choice(30, rng.integers(0, 14), replace=False))] for _ in range(400)]
    log, events = as_log(made, 3)
    steps = [{"A"}, {"B"}, {"C"}]
    out = [Exclusion(rows(log, events, exclude), 0, 2, False)] if exclude else []
    found = count_attempts([rows(log, events, s) for s in steps], Rule(window=window), out)
    expected = [d for j in made for d in one_by_one(j, steps, window, exclude, (0, 2))]
    assert found.tolist() == [sum(d >= k for d in expected) for k in (1, 2, 3)]


def test_mixpanels_example():
    # A, A, A, B with A excluded between A and B: two entries, one conversion
    log, order = log_of(np.zeros(4, dtype=np.int64), np.arange(4))
    kind = np.array(list("AAAB"))[order]
    a, b = log.select(kind == "A"), log.select(kind == "B")
    assert count_attempts([a, b], Rule(start="first"), [Exclusion(a, 0, 1, False)]).tolist() == [2, 1]


def test_a_long_chain_of_attempts_is_quick():
    log, order = log_of(np.zeros(400_000, dtype=np.int64), np.arange(400_000))
    kind = np.array(["A", "B"] * 200_000)[order]
    assert count_attempts([log.select(kind == "A"), log.select(kind == "B")], Rule(window=10)).tolist() == [200_000, 200_000]


def test_other_rules_are_refused():
    log, events = as_log(journeys(1), 1)
    with pytest.raises(BadInput, match="ordered"):
        count_attempts([rows(log, events, {"A"})] * 2, Rule("unordered"))
