"""The kernel against the enumeration of `brute`, on random journeys with ties and repeats."""

from __future__ import annotations

import os

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cjm_research.engine.sequence import (
    NEVER,
    Chains,
    Exclusion,
    Log,
    Rows,
    Rule,
    count,
    log_of,
    walk,
)
from tests.engine import funnel_brute as brute

JOURNEYS = 250  # per example
LETTERS = "ABCX"
TIMES = int(os.environ.get("CJM_TEST_TIMES", "1"))  # more journeys for a night run


def examples(count: int) -> settings:
    """Settings for `count` batches of journeys."""
    return settings(max_examples=count * TIMES, suppress_health_check=[HealthCheck.too_slow],
                    print_blob=True)


def journeys(seed: int, count: int = JOURNEYS, longest: int = 7, last: int = 7,
             letters: str = LETTERS) -> list[list[tuple[int, str]]]:
    """Random journeys; few instants, so that ties and repeats are frequent."""
    rng = np.random.default_rng(seed)
    return [[(int(t), letters[e]) for t, e in zip(rng.integers(0, last, n), rng.integers(0, len(letters), n), strict=True)]
            for n in rng.integers(0, longest + 1, count)]


def as_log(made: list[list[tuple[int, str]]], seed: int) -> tuple[Log, np.ndarray]:
    """All journeys as one log, its rows shuffled first."""
    flat = [(u, t, e) for u, journey in enumerate(made) for t, e in journey]
    flat = [flat[i] for i in np.random.default_rng(seed).permutation(len(flat))]
    log, order = log_of(np.array([f[0] for f in flat], dtype=np.int64), np.array([f[1] for f in flat], dtype=np.int64))
    return log, np.array([f[2] for f in flat], dtype="<U1")[order]


def rows(log: Log, events: np.ndarray, names: set[str]) -> Rows:
    """The log's events with one of the names."""
    return log.select(np.isin(events, sorted(names)))


def answers(chains: Chains, customers: int) -> list[tuple[int, int | None, int | None]]:
    """(depth, start, end) of every customer, in the form of `brute.Answer`."""
    out: list[tuple[int, int | None, int | None]] = [(0, None, None)] * customers
    for u, depth, times in zip(chains.u, chains.depth, chains.times, strict=True):
        seen = [int(t) for t in times if t != NEVER]
        out[int(u)] = (int(depth), seen[0], seen[-1])
    return out


names = st.sets(st.sampled_from("ABC"), min_size=1, max_size=2)
limits = st.one_of(st.none(), st.integers(0, 6))


@examples(90)
@given(seed=st.integers(0, 2**32), steps=st.lists(names, min_size=2, max_size=4), window=limits,
       strict=st.booleans(), start=st.sampled_from(["best", "first", "latest"]), own=st.lists(limits, min_size=4, max_size=4),
       limited=st.booleans())
def test_ordered_and_strict(seed, steps, window, strict, start, own, limited):
    made = journeys(seed)
    log, events = as_log(made, seed)
    own = own if limited else []
    rule = Rule("strict" if strict else "ordered", window, step_windows=tuple(own), start=start)
    chains = walk([rows(log, events, s) for s in steps], rule, last_instant=log.last_instant())
    assert count([rows(log, events, s) for s in steps], rule).tolist() == chains.counts().tolist()
    for journey, got in zip(made, answers(chains, len(made)), strict=True):
        want = brute.ordered(journey, steps, window, strict, own, start)
        assert got == (want.depth, want.start, want.end), (journey, rule)


@examples(30)
@given(seed=st.integers(0, 2**32), steps=st.lists(names, min_size=3, max_size=4), window=limits, strict=st.booleans(),
       flags=st.lists(st.booleans(), min_size=4, max_size=4), own=st.lists(limits, min_size=4, max_size=4),
       limited=st.booleans())
def test_optional_steps(seed, steps, window, strict, flags, own, limited):
    made = journeys(seed)
    log, events = as_log(made, seed)
    own = own if limited else []
    optional = (False, *flags[1:])[:len(steps)]
    rule = Rule("strict" if strict else "ordered", window, step_windows=tuple(own), optional=optional)
    found = answers(walk([rows(log, events, s) for s in steps], rule, last_instant=log.last_instant()), len(made))
    for journey, got in zip(made, found, strict=True):
        want = brute.ordered(journey, steps, window, strict, own, optional=optional)
        assert got == (want.depth, want.start, want.end), (journey, rule, steps)


@examples(30)
@given(seed=st.integers(0, 2**32), steps=st.lists(names, min_size=2, max_size=4), window=limits,
       mode=st.sampled_from(["none", "stop", "drop"]))
def test_unordered(seed, steps, window, mode):
    made = journeys(seed)
    log, events = as_log(made, seed)
    out = [Exclusion(rows(log, events, {"X"}), 0, len(steps) - 1, mode == "drop")] if mode != "none" else []
    found = answers(walk([rows(log, events, s) for s in steps], Rule("unordered", window), out).kept, len(made))
    for journey, got in zip(made, found, strict=True):
        want = brute.unordered(journey, steps, window, {"X"} if mode != "none" else set(), mode == "drop")
        assert got == (want.depth, want.start, want.end), (journey, steps, window, mode)


@examples(30)
@given(seed=st.integers(0, 2**32), rule=st.builds(
    Rule, order=st.sampled_from(["ordered", "strict", "unordered"]), window=limits, start=st.sampled_from(["best", "first"])))
def test_ends_change_nobodys_depth_and_close_what_they_follow(seed, rule):
    made = journeys(seed, letters="ABCX", longest=9, last=9)
    log, events = as_log(made, seed)
    steps = [rows(log, events, {s}) for s in "ABC"]
    without, found = (walk(steps, rule, last_instant=log.last_instant(), ends=e) for e in (None, rows(log, events, {"X"})))
    assert np.array_equal(without.times, found.times) and not without.ended.any()
    for u, depth, times, before, until, ended in zip(found.u, found.depth, found.times, without.open_until, found.open_until, found.ended, strict=True):
        ends = [t for t, e in made[u] if e == "X"]
        first, last = int(times[0]), int(times[depth - 1])
        assert ended == any(last <= x and (rule.window is None or x - first <= rule.window) for x in ends), (made[u], rule)
        # nothing is open that an end follows: an attempt stays open only by an event later than every end
        later = [t for t, e in made[u] if e in "ABC" and t > max(ends, default=-1)]
        if depth < 3:
            assert until <= before and (until == NEVER or bool(later)), (made[u], rule)
        if not ends and depth < 3:
            assert until == before


ranges = st.sampled_from([(0, 1), (1, 2), (0, 2)])


@examples(40)
@given(seed=st.integers(0, 2**32), window=limits, first=st.tuples(ranges, st.booleans()), second=st.tuples(ranges, st.booleans()),
       steps=st.one_of(st.just([{"A"}, {"B"}, {"C"}]), st.lists(names, min_size=3, max_size=3)))
def test_exclusions(seed, window, first, second, steps):
    made = journeys(seed, letters="ABCXY", longest=9, last=9)
    log, events = as_log(made, seed)
    chosen = [({"X"}, *first[0], first[1]), ({"Y"}, *second[0], second[1])]
    out = [Exclusion(rows(log, events, e), a, b, d) for e, a, b, d in chosen]
    found = answers(walk([rows(log, events, s) for s in steps], Rule(window=window), out).kept, len(made))
    for journey, got in zip(made, found, strict=True):
        want = brute.with_exclusions(journey, steps, window, chosen)
        assert got == (want.depth, want.start, want.end), (journey, steps, window, chosen)


@examples(60)
@given(seed=st.integers(0, 2**32), rule=st.builds(
    Rule, order=st.sampled_from(["ordered", "strict"]), window=limits, start=st.sampled_from(["best", "first", "latest"]),
    step_windows=st.sampled_from([(), (None, 1, None), (None, 3, 1)]), optional=st.sampled_from([(), (False, True, False)])),
    first=st.tuples(ranges, st.booleans()), second=st.tuples(ranges, st.booleans()), excluding=st.booleans())
def test_open_is_who_completes_when_all_that_lacks_happens_next(seed, rule, first, second, excluding):
    end = 10
    made = journeys(seed, letters="ABCXY", longest=9, last=end)
    chosen = [({"X"}, *first[0], first[1]), ({"Y"}, *second[0], second[1])] if excluding else []

    def chains_of(made: list[list[tuple[int, str]]]) -> Chains:
        log, events = as_log(made, seed)
        out = [Exclusion(rows(log, events, e), a, b, d) for e, a, b, d in chosen]
        return walk([rows(log, events, {s}) for s in "ABC"], rule, out, last_instant=log.last_instant())

    future = chains_of([[*journey, (end, "B"), (end, "C")] for journey in made])
    completes = {int(u) for u in future.u[future.reached[:, 2] & ~future.excluded]}
    now = chains_of(made).kept
    for u, done, until in zip(now.u, now.reached[:, 2], now.open_until, strict=True):
        if not done:
            assert (until >= end) == (int(u) in completes), (made[u], rule, chosen)
