"""The kernel on published funnel cases, re-expressed from PostHog's public tests, and on hand-worked ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cjm_research.engine.sequence import (
    FOREVER,
    NEVER,
    Chains,
    Exclusion,
    Log,
    Rows,
    Rule,
    log_of,
    walk,
)
from cjm_research.errors import BadInput

S = 1_000_000  # µs


def walk_events(events: list[tuple[Any, str, Any]], steps: list[Any], rule: Rule | None = None,
                exclusions: list[tuple[str, int, int, bool]] = (), first_ever: list[int] = (),  # type: ignore[assignment]
                nulls: list[Any] = ()) -> tuple[Chains, list[Any]]:  # type: ignore[assignment]
    """The chains of (customer, event, time) rows, and the customers by code."""
    events = [e for e in events if e[0] is not None and e[0] not in nulls]
    people = sorted({e[0] for e in events})
    times = [int(np.datetime64(e[2].removesuffix("Z"), "us").astype("int64")) if isinstance(e[2], str) else e[2] * S
             for e in events]
    log, order = log_of(np.array([people.index(e[0]) for e in events], dtype=np.int64), np.array(times, dtype=np.int64))
    names = np.array([e[1] for e in events], dtype=object)[order]
    chosen = [_select(log, names, s) for s in steps]
    for k in first_ever:
        u = chosen[k].u
        chosen[k] = chosen[k].take(np.flatnonzero(np.concatenate(([True], u[1:] != u[:-1]))))
    out = [Exclusion(_select(log, names, e), a, b, d) for e, a, b, d in exclusions]
    return walk(chosen, rule, out, last_instant=log.last_instant()), people


def _select(log: Log, names: np.ndarray, step: Any) -> Rows:
    if step == "*":
        return log.select(np.ones(len(log), dtype=bool))
    wanted = [step] if isinstance(step, str) else step
    return log.select(np.array([n in wanted for n in names], dtype=bool))


def run_case(case: dict[str, Any]) -> tuple[Chains, list[Any]]:
    funnel = case["funnel"]
    n = len(funnel["steps"])
    optional = tuple(k in funnel.get("optional_steps", []) for k in range(n))
    rule = Rule(funnel["order"], funnel["window_seconds"] * S, optional=optional if any(optional) else ())
    out = [(e["event"], e["from_step"], e["to_step"], True) for e in funnel["exclusions"]]
    return walk_events([tuple(e[:3]) for e in case["events"]], funnel["steps"], rule, out,
                       funnel.get("first_time_for_user", []), case.get("null_ids", []))


def test_published_cases(oracle):
    cases = oracle("funnel_cases")["cases"]
    wrong = {}
    for case in cases:
        chains, people = run_case(case)
        kept = chains.kept
        got: list[Any] = [kept.counts().tolist()]
        want: list[Any] = [case["expected"]]
        for step, who in case.get("expected_persons", {}).items():
            got.append(sorted(people[u] for u in kept.u[kept.reached[:, int(step) - 1]]))
            want.append(sorted(who))
        for key, middle in (("expected_avg_seconds", np.mean), ("expected_median_seconds", np.median)):
            for k, seconds in enumerate(case.get(key) or []):
                if seconds is not None:
                    both = kept.reached[:, k] & kept.reached[:, k - 1]
                    got.append(middle((kept.times[both, k] - kept.times[both, k - 1]) / S))
                    want.append(seconds)
        if got != want:
            wrong[case["name"]] = (got, want)
    assert not wrong
    assert len(cases) >= 27


def test_first_attempt_and_best_attempt():
    # Mixpanel's published example: its first entry stops at B, any other entry completes
    events = [("x", "A", 0), ("x", "A", 1800), ("x", "B", 2700), ("x", "C", 4500)]
    hour = 3600 * S
    best, _ = walk_events(events, ["A", "B", "C"], Rule(window=hour))
    first, _ = walk_events(events, ["A", "B", "C"], Rule(window=hour, start="first"))
    assert best.counts().tolist() == [1, 1, 1]
    assert best.times[0].tolist() == [1800 * S, 2700 * S, 4500 * S]
    assert first.counts().tolist() == [1, 1, 0]


def test_exclusion_drops_or_stops():
    events = [("a", "A", 0), ("a", "X", 1), ("a", "B", 2), ("b", "A", 0), ("b", "B", 1), ("b", "X", 2), ("b", "C", 3)]
    steps = ["A", "B", "C"]
    drop, _ = walk_events(events, steps, Rule(window=10 * S), [("X", 0, 2, True)])
    stop, _ = walk_events(events, steps, Rule(window=10 * S), [("X", 0, 2, False)])
    assert drop.counts().tolist() == [0, 0, 0]
    assert stop.counts().tolist() == [2, 1, 0]


def test_what_is_open():
    events = [("late", "A", 90), ("over", "A", 10), ("done", "A", 85), ("done", "B", 95), ("again", "A", 10), ("again", "A", 88)]
    chains, people = walk_events(events, ["A", "B"], Rule(window=20 * S))
    until = dict(zip((people[u] for u in chains.u), (chains.open_until // S).tolist(), strict=True))
    assert until == {"late": 110, "over": 30, "done": 105, "again": 108}
    endless, _ = walk_events(events, ["A", "B"], Rule())
    assert set(endless.open_until.tolist()) == {FOREVER}


def test_an_exclusion_closes_a_stopped_attempt():
    events = [("x", "A", 0), ("x", "X", 1), ("y", "A", 0)]
    chains, people = walk_events(events, ["A", "B"], Rule(window=20 * S), [("X", 0, 1, False)])
    assert {people[u]: int(t) for u, t in zip(chains.u, chains.open_until, strict=True)} == {"x": NEVER, "y": 20 * S}


def test_strict_is_open_only_before_the_next_event():
    events = [("x", "A", 0), ("x", "Z", 1), ("y", "A", 0)]
    chains, people = walk_events(events, ["A", "B"], Rule("strict", 20 * S))
    assert {people[u]: int(t) for u, t in zip(chains.u, chains.open_until, strict=True)} == {"x": NEVER, "y": 20 * S}


def test_grace_lets_neighbours_swap():
    events = [("x", "B", 8), ("x", "A", 10), ("y", "B", 7), ("y", "A", 10)]
    strictly, _ = walk_events(events, ["A", "B"], Rule(window=60 * S))
    forgiving, _ = walk_events(events, ["A", "B"], Rule(window=60 * S, grace=2 * S))
    assert strictly.counts().tolist() == [2, 0]
    assert forgiving.counts().tolist() == [2, 1]


def test_many_events_at_one_instant():
    # forty equal times, three steps that share events: still exact, still quick
    events = [("x", "AB"[i % 2], 0) for i in range(40)] + [("x", "C", 5)]
    chains, _ = walk_events(events, [["A", "B"], ["A", "B"], ["A"], "C"], Rule(window=10 * S))
    assert chains.counts().tolist() == [1, 1, 1, 1]


def test_blocks_of_customers_give_the_same(monkeypatch):
    rng = np.random.default_rng(4)
    log, order = log_of(rng.integers(0, 300, 4000), rng.integers(0, 500, 4000))
    kind = rng.integers(0, 5, 4000)[order]
    steps = [log.select(kind == k) for k in (0, 1, 2)]
    out = [Exclusion(log.select(kind == 3), 0, 2, False)]
    whole = walk(steps, Rule(window=40), out)
    monkeypatch.setattr("cjm_research.engine.sequence.kernel.BLOCK", 200)
    parts = walk(steps, Rule(window=40), out)
    for name in ("u", "depth", "times", "first_reach", "open_until"):
        assert np.array_equal(getattr(whole, name), getattr(parts, name)), name


@pytest.mark.parametrize("block", [1, 2, 5])
def test_no_customer_is_lost_at_the_edge_of_a_block(monkeypatch, block):
    """The first customer of the log, the last, and each beside a cut go through both steps."""
    log, order = log_of(np.repeat(np.arange(6), 2), np.tile([0, 1], 6))
    kind = np.tile([0, 1], 6)[order]
    monkeypatch.setattr("cjm_research.engine.sequence.kernel.BLOCK", block)
    chains = walk([log.select(kind == 0), log.select(kind == 1)], Rule(window=10))
    assert chains.counts().tolist() == [6, 6] and list(chains.u) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("steps", [["A", "nothing"], ["nothing", "A"], ["nothing", "nothing"]])
def test_absent_events_are_zero(steps):
    chains, _ = walk_events([("x", "A", 0)], steps, Rule(window=S))
    assert chains.counts().tolist() == [int(steps[0] == "A"), 0]


def test_empty_log():
    log, _ = log_of(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
    none = log.select(np.empty(0, dtype=bool))
    for order in ("ordered", "strict", "unordered"):
        chains = walk([none, none], Rule(order), last_instant=log.last_instant())
        assert chains.counts().tolist() == [0, 0] and len(chains) == 0


def test_window_of_zero_takes_ties_only():
    chains, _ = walk_events([("x", "A", 0), ("x", "B", 0), ("y", "A", 0), ("y", "B", 1)], ["A", "B"], Rule(window=0))
    assert chains.counts().tolist() == [2, 1]


@pytest.mark.parametrize(("rule", "word"), [
    (Rule(window=-1), "window"), (Rule(optional=(True, False)), "optional"),
    (Rule("unordered", optional=(False, True)), "optional"), (Rule("unordered", step_windows=(None, 5)), "window"),
])
def test_rules_without_meaning_are_refused_in_words(rule, word):
    with pytest.raises(BadInput, match=word):
        walk_events([("x", "A", 0)], ["A", "B"], rule)


def test_unsorted_rows_and_missing_customers_are_refused():
    log, _ = log_of(np.array([0, 0, 1]), np.array([1, 2, 3]))
    with pytest.raises(BadInput, match="not sorted"):
        walk([log.take(np.array([2, 0]))])
    with pytest.raises(BadInput, match="without a customer"):
        log_of(np.array([0, -1]), np.array([1, 2]))


def test_a_stop_between_later_steps_closes_an_attempt_that_stands_there():
    # the view of "x" went on to its cart, where help stopped it; another cart would not revive it
    events = [("x", "A", 0), ("x", "B", 1), ("x", "X", 2), ("y", "A", 0), ("y", "X", 2)]
    chains, people = walk_events(events, ["A", "B", "C"], Rule(window=20 * S), [("X", 1, 2, False)])
    assert {people[u]: int(t) for u, t in zip(chains.u, chains.open_until, strict=True)} == {"x": NEVER, "y": 20 * S}


def test_step_windows_also_close_where_the_next_step_may_be_skipped():
    rule = Rule(window=20 * S, step_windows=(None, 5 * S, 3 * S), optional=(False, True, False))
    chains, _ = walk_events([("x", "A", 0)], ["A", "B", "C"], rule)
    assert chains.open_until.tolist() == [5 * S]


def test_an_exclusion_closes_an_unordered_window_it_lies_in():
    events = [("x", "A", 0), ("x", "X", 1), ("y", "A", 0), ("y", "X", 1), ("y", "B", 2), ("z", "A", 0), ("z", "X", 9)]
    chains, people = walk_events(events, ["A", "B"], Rule("unordered", 5 * S), [("X", 0, 1, False)])
    assert {people[u]: int(t) for u, t in zip(chains.u, chains.open_until, strict=True)} == {"x": NEVER, "y": 7 * S, "z": 5 * S}
