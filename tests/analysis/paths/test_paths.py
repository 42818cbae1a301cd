"""Paths against a recount in plain Python, and against published counts."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from itertools import groupby, pairwise

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cjm_research.analysis.attribution import attribution
from cjm_research.analysis.paths import paths
from cjm_research.analysis.paths.compare import GroupCounts, comparison_of
from cjm_research.analysis.paths.graph import sankey_frame
from cjm_research.analysis.paths.variants import variants_of
from cjm_research.analysis.paths.walks import END, OTHER, START, walk_nodes
from cjm_research.analysis.retention import retention
from cjm_research.errors import BadInput, NotEnoughData
from cjm_research.plots import path_graph
from cjm_research.plots import paths as charts
from cjm_research.results.evidence import agrees, fingerprint, recompute
from tests.analysis.funnels.test_funnel_answer import journeys
from tests.studies import interactions, make_study


@pytest.fixture(scope="module")
def frame():
    return journeys(7, customers=60, events=700).assign(touchpoint=lambda f: f["event"].map({"view": "Page", "cart": "Basket", "buy": "Till"}))


@pytest.fixture(scope="module")
def study(tmp_path_factory, frame):
    people = pd.DataFrame({"customer_id": sorted(frame["customer_id"].unique())})
    people["attributes"] = [f'{{"plan": "{"pro" if i % 3 else "free"}"}}' for i in range(len(people))]
    stages = [{"name": "Shop", "touchpoints": [{"name": n} for n in ("Page", "Basket", "Till")]}]
    return make_study(tmp_path_factory.mktemp("paths"), {"interactions": frame.assign(order_known=True), "customers": people}, journey={"stages": stages}, privacy={"min_cell": 1})


def sequences(frame: pd.DataFrame, hours: float | None, repeats: bool = False) -> list[tuple[str, list[tuple[str, pd.Timestamp]]]]:
    """(customer, visits) of each session or customer, in plain Python."""
    out = []
    for customer, rows in frame.sort_values(["customer_id", "occurred_at", "interaction_id"]).groupby("customer_id"):
        current: list[tuple[str, pd.Timestamp]] = []
        for event, at in zip(rows["event"], rows["occurred_at"], strict=True):
            if current and hours is not None and at - current[-1][1] > pd.Timedelta(hours=hours):
                out.append((customer, current))
                current = []
            current.append((event, at))
        out.append((customer, current))
    return out if repeats else [(c, [next(iter(g)) for _, g in groupby(v, key=lambda x: x[0])]) for c, v in out]


def names(visits: list[tuple[str, pd.Timestamp]]) -> list[str]:
    return [n for n, _ in visits]


@pytest.mark.parametrize(("unit", "timeout"), [("customer", None), ("session", 20 * 3600.0)])
@pytest.mark.parametrize("repeats", [False, True])
def test_transitions_variants_and_steps(study, frame, unit, timeout, repeats):
    expected = [v for _, v in sequences(frame, timeout / 3600 if timeout else None, repeats)]
    answer = paths(study, unit=unit, timeout=timeout, repeats=repeats, nodes=20, edges=1000)
    assert answer.facts["units"] == len(expected)
    made: Counter[tuple[str, str]] = Counter()
    gaps = defaultdict(list)
    for visits in expected:
        made.update([(START, visits[0][0]), (visits[-1][0], END)])
        for (a, s), (b, t) in pairwise(visits):
            made[a, b] += 1
            gaps[a, b].append((t - s).total_seconds())
    table = answer["transitions"].set_index(["from", "to"])
    assert table["n"].to_dict() == dict(made)
    for key, seconds in gaps.items():
        assert table.loc[key, "median_s"] == statistics.median(seconds)
    leaving = table.drop(index=START, level="from").groupby("from")
    assert (leaving["n"].sum() == leaving["base"].first()).all()
    found = answer["variants"].set_index("path")["n"].to_dict()
    counted = Counter(" → ".join(names(v)) for v in expected)
    assert {k: counted[k] for k in found} == found
    assert answer.facts["variants"] == len(counted)
    steps = answer["step_matrix"]
    assert (steps.groupby("step")["n"].sum() == len(expected)).all()
    third = Counter(v[2][0] for v in expected if len(v) > 2)
    assert {r["node"]: r["n"] for r in steps[(steps["step"] == 3) & (steps["n"] > 0)].to_dict("records") if r["node"] != END} == dict(third)


@pytest.mark.parametrize(("flows", "nodes"), [(1, 3), (5, 3), (12, 2), (1000, 20)])
def test_sankey_loses_nobody(study, frame, flows, nodes):
    """Every step adds up to all units, and what flows into a place is what leaves it, `(other)` too; with room, nothing is merged."""
    walks = walk_nodes(study, unit="customer", nodes=nodes)
    table = sankey_frame(walks, 5, flows)
    assert (table.groupby("step")["n"].sum() == walks.units).all()
    for step in range(1, 4):
        into = table[table["step"] == step].groupby("target")["n"].sum()
        assert into.to_dict() == table[table["step"] == step + 1].groupby("source")["n"].sum().to_dict()
    drawn = table[table["source"] != END]
    least = sankey_frame(walks, 5, 0)
    assert len(drawn) <= max(flows, (least["source"] != END).sum())
    if flows == 1000:
        moves = Counter((k, a, b) for _, v in sequences(frame, None) for k, (a, b) in enumerate(pairwise([*names(v), END]), 1) if k < 5)
        assert {(r["step"], r["source"], r["target"]): r["n"] for r in drawn.to_dict("records")} == dict(moves)


def test_one_step_has_no_flows(study):
    answer = paths(study, steps=1)
    assert answer["sankey"].empty and answer["step_matrix"]["step"].max() == 8


def test_loops(study, frame):
    back: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for _, visits in sequences(frame, None):
        for node, times in Counter(names(visits)).items():
            seen[node] += 1
            back[node] += times > 1
    table = paths(study, unit="customer")["loops"].set_index("node")
    assert table["n"].to_dict() == {n: back[n] for n in seen} and table["base"].to_dict() == dict(seen)


def test_way_to_a_goal(study, frame):
    ways = [names(v)[:names(v).index("buy") + 1] for _, v in sequences(frame, None) if "buy" in names(v)]
    answer = paths(study, unit="customer", goal="buy")
    common = Counter(map(tuple, ways)).most_common()
    assert answer.facts["reached_goal"] == len(ways) and answer.facts["happy"] == common[0][1]
    assert tuple(answer.facts["happy_path"]) in {w for w, n in common if n == common[0][1]}
    happy = answer.facts["happy_path"]
    table = answer["deviations"].set_index(["kind", "node"])["n"].to_dict()
    assert table["none", ""] == common[0][1]
    for (kind, node), n in table.items():
        counts = [Counter(w)[node] for w in ways]
        if kind == "skipped":
            assert n == sum(c == 0 for c in counts)
        elif kind == "extra":
            assert n == sum(c > 0 for c in counts)
        elif kind == "repeated":
            assert n == sum(c > happy.count(node) for c in counts)


def test_time_between(study, frame):
    gaps = []
    bases = 0
    for _, visits in sequences(frame, None):
        if "view" in names(visits):
            bases += 1
            at = names(visits).index("view")
            later = [t for n, t in visits[at + 1:] if n == "buy"]
            if later:
                gaps.append((later[0] - visits[at][1]).total_seconds())
    row = paths(study, unit="customer")["between"].set_index(["from", "to"]).loc[("view", "buy")]
    assert (row["n"], row["base"], row["median_s"]) == (len(gaps), bases, statistics.median(gaps))


def test_two_groups(study, frame):
    answer = paths(study, unit="session", timeout=36000.0, compare="attributes.plan")
    assert answer.facts["compared"] == ["pro", "free"]
    people = sorted(frame["customer_id"].unique())
    pro = {c for i, c in enumerate(people) if i % 3}
    made = {"pro": set(), "free": set()}
    for customer, visits in sequences(frame, 10):
        if ("view", "cart") in pairwise(names(visits)):
            made["pro" if customer in pro else "free"].add(customer)
    row = answer["comparison"].set_index(["what", "from", "to"]).loc[("transition", "view", "cart")]
    assert row["share"] == pytest.approx(len(made["pro"]) / len(pro))
    assert row["other_share"] == pytest.approx(len(made["free"]) / (len(people) - len(pro)))
    assert (answer["comparison"]["p_adjusted"] >= answer["comparison"]["p"] - 1e-12).all()


@pytest.mark.parametrize(("k1", "n1", "k2", "n2"), [(1, 5, 0, 2_000), (3, 20, 0, 40), (40, 200, 60, 220), (0, 4, 0, 9), (20, 20, 3_000, 3_000)])
def test_rare_transitions_are_tested_exactly(k1, n1, k2, n2):
    """One of five customers against none of 2,000: the score test would call it certain (p < 10⁻¹⁰⁰)."""
    groups = [GroupCounts(n, np.array([k]), np.zeros(9, dtype=int)) for k, n in ((k1, n1), (k2, n2))]
    p = comparison_of(["x"], *groups)["p"].iloc[0]
    table = [[k1, n1 - k1], [k2, n2 - k2]]
    expected = stats.fisher_exact(table)[1] if stats.contingency.expected_freq(table).min() < 5 else stats.chi2_contingency(table, correction=False)[1]
    assert p == pytest.approx(expected)


def test_outcome_groups_leave_the_outcome_out(study):
    table = paths(study, compare="reached:buy")["comparison"]
    assert "buy" not in set(table["from"]) | set(table["to"])


def test_other_is_counted_not_dropped(study, frame):
    few = walk_nodes(study, unit="customer", nodes=2, repeats=True)
    assert few.names[-1] == OTHER and len(few) == len(frame)
    assert any("(other)" in c for c in paths(study, nodes=2).caveats)


@pytest.mark.parametrize("nodes", [12, 2])
def test_findings_of_loops_come_back_from_their_evidence(study, nodes):
    answer = paths(study, by="touchpoint", unit="customer", nodes=nodes)
    assert answer.facts["has_other"] == (nodes == 2)
    assert answer.findings and all(f.stage == "Shop" and f.touchpoint for f in answer.findings)
    for finding in answer.findings:
        evidence = finding.evidence[0]
        assert finding.estimate is not None
        assert agrees(finding.estimate, *recompute(study, evidence, "share"))
        assert fingerprint(study, evidence.sql) == (evidence.rows, evidence.rows_sha256)


def test_bad_names_and_no_data(study, tmp_path):
    for options, word in (({"by": "chanel"}, "channel"), ({"unit": "day"}, "session"), ({"ignore": ["x"]}, "event"), ({"compare": "plan"}, "attributes"),
                          *(({name: bad}, f"paths: {name}") for name in ("nodes", "edges", "steps") for bad in (0, -1, 2.5, "3")),
                          *(({"timeout": bad}, "paths: timeout") for bad in (0, -5, float("nan"), float("inf"), "30m"))):
        with pytest.raises(BadInput, match=word):
            paths(study, **options)
    tiny = make_study(tmp_path, {"interactions": interactions(("a", "x", "2024-01-01"))})
    assert paths(tiny).facts["units"] == 1
    with pytest.raises(NotEnoughData, match="no interaction has a stage"):
        paths(tiny, by="stage")
    with pytest.raises(NotEnoughData, match="nothing is left without 'x'"):
        paths(tiny, ignore="x")


@pytest.mark.parametrize(("options", "said"), [
    ({"compare": "attributes.pln"}, "no customer has the attribute 'pln'. Did you mean 'plan'? There are: plan. reached:<node>"),
    ({"compare": "source"}, "Nothing is compared by source: all customers have the same source, or none."),
    ({"compare": "reached:byu"}, "Nothing is compared: nobody reached 'byu'. Did you mean 'buy'?"),
    ({"goal": "byu"}, "Nobody reached 'byu'. Did you mean 'buy'?"),
    ({"unit": "customer", "compare": "reached:(end)"}, "Nothing is compared: nobody reached '(end)'."),
])
def test_what_a_client_lacks_leaves_the_rest_of_the_answer(study, options, said):
    plain, answer = paths(study, unit=options.get("unit", "session")), paths(study, **options)
    assert any(said in c for c in answer.caveats)
    for name, frame in plain.frames.items():
        pd.testing.assert_frame_equal(answer[name], frame, obj=name)
    assert answer["comparison"].empty and answer["deviations"].empty


HOSTILE = ["<script>alert(1)</script>", "it's \"q\"", "$a_1$ and $b$", "line\nbreak", "😀" * 10, "x" * 200, "a → b", "(other)", "(start)", "(end)", "{0[0]} %s", "\u202eabc", "(none)"]


def test_any_name_will_do(tmp_path):
    """Also the names of our marks: they are counted in (other), so that nothing is drawn or listed twice."""
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"customer_id": [f"c{k}" for k in rng.integers(0, 60, 900)], "event": rng.choice(HOSTILE, 900), "source": "x",
                         "interaction_id": [f"i{k:03}" for k in range(900)]})
    rows["channel"], rows["occurred_at"] = rows["event"], pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(rng.integers(0, 10**7, 900), unit="s")
    study = make_study(tmp_path, {"interactions": rows}, privacy={"min_cell": 1})
    answer = paths(study, unit="customer", nodes=30, goal=HOSTILE[0], compare="channel")
    assert sorted(answer["nodes"]["node"]) == sorted([*(set(HOSTILE) - {START, END, OTHER}), OTHER])
    assert answer["nodes"].set_index("node").loc[OTHER, "visits"] <= rows["event"].isin([START, END, OTHER]).sum()
    assert any("Values named (other), (start), (end) are counted in (other)" in c for c in answer.caveats)
    for name, keys in (("transitions", ["from", "to"]), ("step_matrix", ["step", "node"]), ("sankey", ["step", "source", "target"])):
        assert not answer[name].duplicated(keys).any()
    for draw in (charts.sankey, path_graph.transitions, path_graph.step_matrix):
        assert draw(answer).figure
    credit = attribution(study, HOSTILE[1], lookback=None, draws=5)
    assert not credit["credits"].duplicated(["model", "touch"]).any() and charts.attribution(credit).figure
    segments = retention(study, period="day", by="channel")["segments"]
    assert not segments.duplicated(["segment", "period"]).any() and segments[segments["period"] == 1]["size"].sum() == 60


def test_everybody_reached_it(tmp_path):
    one = make_study(tmp_path, {"interactions": interactions(("a", "x", "2024-01-01"), ("b", "x", "2024-01-01"), ("b", "y", "2024-01-02"))})
    assert "Nothing is compared: all customers reached 'x', or they visit nothing else." in paths(one, compare="reached:x").caveats


def test_a_bot_does_not_stop_it(tmp_path):
    rows = pd.DataFrame({"customer_id": ["bot"] * 200_000 + ["a", "a"], "event": ["x", "y"] * 100_000 + ["x", "y"], "source": "web"})
    rows["occurred_at"] = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(range(len(rows)), unit="s")
    rows["interaction_id"] = [f"{i:07d}" for i in range(len(rows))]
    answer = paths(make_study(tmp_path, {"interactions": rows}, privacy={"min_cell": 1}), unit="customer")
    assert answer.facts["variants"] == 2
    assert "more" in answer["variants"]["path"].max()


def test_published_variants(shared, tmp_path):
    raw = pd.read_csv(shared / "data/bpic2012_loans/bpic2012_events.csv.gz")
    frame = pd.DataFrame({"interaction_id": [f"i{i:06d}" for i in range(len(raw))], "customer_id": raw["case:concept:name"].astype(str),
                          "occurred_at": pd.to_datetime(raw["time:timestamp"], utc=True, format="ISO8601"), "source": "xes", "event": raw["concept:name"]})
    study = make_study(tmp_path, {"interactions": frame})
    walks = walk_nodes(study, unit="customer", nodes=100, repeats=True)
    assert (walks.units, len(walks), len(walks.names)) == (13_087, 262_200, 24)
    assert len(variants_of(walks)) == 4_366
    reached = paths(study, unit="customer", nodes=100)["nodes"].set_index("node")["n"]
    assert {k: int(reached[k]) for k in ("A_SUBMITTED", "A_PREACCEPTED", "A_ACCEPTED", "A_FINALIZED", "O_SENT", "O_SENT_BACK", "A_APPROVED", "A_DECLINED", "A_CANCELLED")} == {
        "A_SUBMITTED": 13_087, "A_PREACCEPTED": 7_367, "A_ACCEPTED": 5_113, "A_FINALIZED": 5_015, "O_SENT": 5_015, "O_SENT_BACK": 3_254, "A_APPROVED": 2_246,
        "A_DECLINED": 7_635, "A_CANCELLED": 2_807}


def test_what_nobody_ordered_is_in_no_order(tmp_path, frame):
    """The same log, of whose instants no export says the order: its moves and paths without those that are not known."""
    visits = [v for _, v in sequences(frame, None)]
    known = [v for v in visits if not any(s == t for (_, s), (_, t) in pairwise(v))]
    assert 0 < len(known) < len(visits)
    answer = paths(make_study(tmp_path, {"interactions": frame}, privacy={"min_cell": 1}), unit="customer", nodes=20, edges=1000)
    moves = Counter((a, b) for v in visits for (a, s), (b, t) in pairwise(v) if s != t) + Counter((START, v[0][0]) for v in visits) + Counter((v[-1][0], END) for v in visits)
    assert answer["transitions"].set_index(["from", "to"])["n"].to_dict() == dict(moves)
    assert answer.facts["variants"] == len({tuple(names(v)) for v in known}) and set(answer["variants"]["base"]) == set(answer["sankey"]["base"]) == {len(known)}
    second = Counter(v[1][0] if len(v) > 1 else END for v in known)
    told = answer["step_matrix"][answer["step_matrix"]["step"] == 2].set_index("node")["n"]
    assert told[told > 0].to_dict() == dict(second)
    back = {n: sum(n in names(v)[names(v).index(n) + 2:] for v in known if n in names(v)) for n in answer["nodes"]["node"]}
    assert answer["loops"].set_index("node")["n"].to_dict() == back


def test_moves_inside_one_instant_are_told(tmp_path):
    """A log that tells only the day: whether a came before b is not known."""
    rows = [("c1", "a", "2024-01-01"), ("c1", "b", "2024-01-01"), ("c1", "c", "2024-01-02"), ("c2", "a", "2024-01-01"), ("c2", "a", "2024-01-01")]
    told = paths(make_study(tmp_path / "days", {"interactions": interactions(*rows)}, privacy={"min_cell": 1}), unit="customer")
    assert any(c.startswith("1 of 2 moves are between visits of the same instant") and "the 1 of 2 paths that hold one" in c for c in told.caveats)
    # a before b is no move, b before c is one; of whole paths only c2's is known
    moves = told["transitions"].set_index(["from", "to"])["n"]
    assert ("a", "b") not in moves.index and moves["b", "c"] == 1 and moves[START, "a"] == 2
    assert told["variants"]["path"].tolist() == ["a"] and set(told["step_matrix"]["base"]) == {1} and set(told["sankey"]["base"]) == {1}
    seconds = [(f"c{k}", e, f"2024-01-01T00:00:{k % 60:02d}.{i}") for k in range(100) for i, e in enumerate("ab")]
    few = paths(make_study(tmp_path / "seconds", {"interactions": interactions(*seconds, *rows[:2])}), unit="customer")
    assert any("moves are between visits of the same instant" in c for c in few.caveats) and "one and the same path, a → b" in few.sentences[0], "one in a hundred moves forbids no headline"


def test_no_sentence_names_an_order_that_nobody_knows(tmp_path):
    rows = [(f"c{i}", e, f"2024-03-0{1 + i % 9}") for i in range(30) for e in ("start", "middle", "finish")]
    answer = paths(make_study(tmp_path, {"interactions": interactions(*rows)}), unit="customer", by="event", conversion="finish")
    assert len(answer.sentences) == 1 and "→" not in answer.sentences[0] and "no most common path is named" in answer.sentences[0]
    assert all(answer.frames[name].empty for name in ("sankey", "variants", "loops", "between", "deviations", "step_matrix"))
    assert {START, END} >= {x for r in answer["transitions"].to_dict("records") for x in (r["from"], r["to"])} - {"start", "middle", "finish"}
    assert not any({r["from"], r["to"]} <= {"start", "middle", "finish"} for r in answer["transitions"].to_dict("records"))
    told = paths(make_study(tmp_path / "b", {"interactions": interactions(*rows).assign(sequence=[1, 2, 3] * 30, order_known=True)}), unit="customer", by="event")
    assert "one and the same path, start → middle → finish" in told.sentences[0]
