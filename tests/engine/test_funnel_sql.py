"""The SQL statement against the kernel, on random journeys with ties, repeats and exclusions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cjm_research.engine.duck import connect
from cjm_research.engine.funnel_sql import FAR, SqlExclusion, SqlStep, chains_sql
from cjm_research.engine.sequence import NEVER, Exclusion, Rule, walk
from cjm_research.engine.sequence.ties import share_events
from tests.engine.test_sequence_brute import as_log, journeys, rows


def condition(names: set[str]) -> str:
    return f"event IN ({', '.join(repr(n) for n in sorted(names))})"


def frame(made: list[list[tuple[int, str]]], seed: int) -> pd.DataFrame:
    flat = [(f"c{u:04d}", t, e) for u, journey in enumerate(made) for t, e in journey]
    order = np.random.default_rng(seed).permutation(len(flat))
    out = pd.DataFrame([flat[i] for i in order], columns=["customer_id", "t", "event"])
    out["occurred_at"] = pd.to_datetime(out["t"], unit="us", utc=True)
    return out.assign(interaction_id=[f"i{i:06d}" for i in range(len(out))])


def compare(seed: int, steps: list[set[str]], rule: Rule, chosen: list[tuple[set[str], int, int, bool]] = (),  # type: ignore[assignment]
            letters: str = "ABCX", ends: str = "") -> None:
    made = journeys(seed, 300, longest=8, last=8, letters=letters)
    log, events = as_log(made, seed)
    selected = [rows(log, events, s) for s in steps]
    chains = walk(selected, rule, [Exclusion(rows(log, events, e), a, b, d) for e, a, b, d in chosen],
                  last_instant=log.last_instant(), ends=rows(log, events, {ends}) if ends else None).kept
    sql = chains_sql([SqlStep(condition(s)) for s in steps], rule, [SqlExclusion(condition(e), a, b, d) for e, a, b, d in chosen],
                     shared=share_events(selected), ends=condition({ends}) if ends else "")
    assert sql is not None
    con = connect()
    con.register("interactions", frame(made, seed))
    found = con.execute(sql).df().set_index("id").sort_index()
    assert found.index.tolist() == [f"c{u:04d}" for u in chains.u]
    assert found["depth"].tolist() == chains.depth.tolist(), (steps, rule, chosen)
    times = found[[f"t{k + 1}" for k in range(len(steps))]].astype("Int64").fillna(NEVER).to_numpy(dtype=np.int64)
    ends = chains.depth.astype(int) - 1
    assert times[np.arange(len(ends)), ends].tolist() == chains.times[np.arange(len(ends)), ends].tolist()
    assert found["first_start"].tolist() == chains.first_start.tolist()
    if rule.order != "unordered":
        assert times[:, 0].tolist() == chains.times[:, 0].tolist()
    if rule.order != "unordered" or rule.window is not None:
        assert found["open_until"].astype("Int64").fillna(NEVER).tolist() == chains.open_until.tolist(), (steps, rule, chosen)
    if not share_events(selected) and not rule.grace:
        assert np.array_equal(times, chains.times), (steps, rule, chosen)


SEPARATE = [{"A"}, {"B"}, {"C"}]
SHARED = [[{"A"}, {"A"}], [{"A"}, {"A", "B"}, {"B", "C"}], [{"A", "B"}, {"A", "C"}, {"A"}], [{"A"}, {"B"}, {"A"}]]


@pytest.mark.parametrize("window", [None, 0, 3])
@pytest.mark.parametrize("rule", [
    Rule(), Rule("strict"), Rule("unordered"), Rule(start="first"), Rule(start="latest"), Rule(step_windows=(None, 2, 1)),
    Rule(optional=(False, True, False)), Rule("strict", optional=(False, True, False)), Rule(grace=1)])
def test_without_common_events(rule, window):
    compare(1 if window is None else window + 2, SEPARATE, replace(rule, window=window))


@pytest.mark.parametrize("drops", [True, False])
@pytest.mark.parametrize("span", [(0, 1), (1, 2), (0, 2)])
@pytest.mark.parametrize("rule", [Rule(window=4), Rule(), Rule("strict", 4), Rule(window=4, optional=(False, True, False)),
                                  Rule(window=4, step_windows=(None, 1, 3), optional=(False, True, False))])
def test_with_exclusions(rule, span, drops):
    compare(5, SEPARATE, rule, [({"X"}, *span, drops), ({"Y"}, 0, 1, not drops)], letters="ABCXY")


@pytest.mark.parametrize("drops", [True, False])
def test_unordered_with_exclusions(drops):
    for seed in range(2):
        compare(seed, SEPARATE, Rule("unordered", 3), [({"X"}, 0, 2, drops)])


@pytest.mark.parametrize("steps", SHARED)
@pytest.mark.parametrize("rule", [Rule(), Rule(window=2), Rule("strict", 4), Rule(window=3, start="first"), Rule(step_windows=(None, 1, 2))])
def test_with_common_events(steps, rule):
    compare(len(repr(steps)), steps, rule)


def test_common_events_with_exclusions():
    for seed in range(4):
        compare(seed, [{"A"}, {"A", "B"}, {"B"}], Rule(window=4), [({"X"}, 0, 2, seed % 2 == 0)])


@pytest.mark.parametrize("steps, span, letter", [([{"C"}, {"B"}, {"B", "C"}], (1, 2), "X"), ([{"C"}, {"A"}, {"A", "B"}, {"B", "C"}], (2, 3), "X"),
                                                 ([{"B"}, {"A", "C"}, {"A", "C"}], (1, 2), "A")])
def test_an_attempt_that_has_moved_on_is_not_revived_where_steps_meet_in_one_instant(steps, span, letter):
    for drops in (True, False):
        compare(11, steps, Rule(window=6), [({letter}, *span, drops)], letters="ABCXY")


@pytest.mark.parametrize("rule", [Rule(window=4), Rule(), Rule("strict", 4), Rule("unordered", 4), Rule(window=4, step_windows=(None, 1, 3)), Rule(window=4, optional=(False, True, False))])
def test_with_ends(rule):
    compare(3, SEPARATE, rule, [({"Y"}, 0, 2, True)], letters="ABCXY", ends="X")


def test_what_has_no_sql_says_so():
    assert chains_sql([SqlStep("true"), SqlStep("true")], Rule("unordered"), shared=True) is None
    assert FAR > 2**62
