"""The graph of moves and the step matrix show what their tables say, whatever the nodes are called."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from cjm_research.analysis.funnels import funnel
from cjm_research.analysis.paths import paths
from cjm_research.analysis.retention import retention
from cjm_research.errors import BadInput, NotEnoughData
from cjm_research.plots import funnels, path_graph
from cjm_research.plots import paths as flows
from cjm_research.plots.theme import NEUTRAL
from cjm_research.results.result import Result
from tests.studies import interactions, make_study

HOSTILE = ["from $5 to $9", r"$\foo$", "<script>alert(1)</script>", "A & B", r"100 % \frac{", "ev_a"]


def walked(tmp_path: Path, journeys: list[str], **options: object) -> Result:
    """Paths of customers whose events are letters, a minute apart."""
    rows = [(f"c{k}", letter, f"2026-01-01T00:{i:02d}:00") for k, way in enumerate(journeys) for i, letter in enumerate(way)]
    return paths(make_study(tmp_path, {"interactions": interactions(*rows)}, privacy={"min_cell": 1}), unit="customer", **options)  # type: ignore[arg-type]


def test_the_graph_says_how_much_of_all_it_shows(tmp_path: Path) -> None:
    answer = walked(tmp_path, ["AB", "AB", "AB", "AC"])
    chart = path_graph.transitions(answer, edges=2)
    # 4 × start→A, 3 × A→B, 3 × B→end, A→C, C→end: 12 moves; the first two are 4 + 3
    assert "the 2 most frequent moves, 58\u202f% of all 12" in chart.caption
    assert "(start) to A, 4 of 4 that leave (start)" in chart.alt
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", chart.svg())
    assert "75\u202f%" in texts and "B" in texts and "C" not in texts
    assert "all 12 moves, of 5 kinds" in path_graph.transitions(answer, edges=99).caption


def test_no_move_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="paths: moves: 0"):
        path_graph.transitions(walked(tmp_path, ["AB"]), edges=0)


def test_the_matrix_is_the_table(tmp_path: Path) -> None:
    answer = walked(tmp_path, ["AB", "AB", "AB", "AC", "AAC"], repeats=True)
    chart = path_graph.step_matrix(answer)
    cells = [t for t in re.findall(r"<text[^>]*>([^<]*)</text>", chart.svg()) if re.fullmatch(r"\d+|&lt;1", t)]
    table = answer["step_matrix"]
    expected = [f"{100 * v:.0f}" for v in table["value"] if v > 0]
    assert sorted(c for c in cells if c not in "12345678") == sorted(expected)
    assert "by step 8, 100.0\u202f% have ended" in chart.alt


def test_names_are_names(tmp_path: Path) -> None:
    rows = [(f"c{k}", name, f"2026-01-01T00:{i:02d}:00") for k in range(6) for i, name in enumerate(HOSTILE[: 2 + k % 5])]
    study = make_study(tmp_path, {"interactions": interactions(*rows)}, privacy={"min_cell": 1},
                       funnels=[{"name": "f", "window": "1d", "steps": [{"name": n, "event": n} for n in HOSTILE[:3]]}])
    answer = paths(study, unit="customer")
    for chart in (path_graph.transitions(answer), path_graph.step_matrix(answer), flows.sankey(answer), funnels.steps(funnel(study, "f"))):
        svg = chart.svg()
        assert "from $5 to $9" in svg and "<script" not in svg


def test_nothing_to_draw() -> None:
    nothing = Result("?", {"transitions": pd.DataFrame(), "step_matrix": pd.DataFrame(columns=["step"]), "nodes": pd.DataFrame()})
    for draw in (path_graph.transitions, path_graph.step_matrix):
        with pytest.raises(NotEnoughData):
            draw(nothing)


def test_a_node_has_one_colour_in_all_drawings_and_grey_means_no_node(tmp_path: Path) -> None:
    answer = walked(tmp_path, ["ABCDEFGHIJKL", "ABC", "AB"], nodes=9)
    colours = path_graph.node_shades(answer)
    named = [n for n in answer["nodes"]["node"] if not n.startswith("(")]
    assert len({colours[n] for n in named}) == len(named) == 9
    assert {colours[n] for n in ("(start)", "(end)", "(other)")} == {NEUTRAL} and NEUTRAL not in {colours[n] for n in named}
    graph, flow = path_graph.transitions(answer).svg(), flows.sankey(answer).svg()
    assert all(colours[n] in graph and colours[n] in flow for n in "ABC")


def test_flows_end_where_all_have_ended(tmp_path: Path) -> None:
    chart = flows.sankey(walked(tmp_path, ["AB", "AB", "AC"]))
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", chart.svg())
    assert [t for t in texts if t.startswith("step ")] == ["step 1", "step 2", "step 3"] and texts.count("(end)") == 1
    assert "the widest flow is A to B at step 1" in chart.alt, "that what has ended stays so is no answer"


def test_long_names_do_not_run_into_the_next_step(tmp_path: Path) -> None:
    name = "Completing the application with the help of an adviser"
    rows = [(f"c{k}", e, f"2026-01-01T00:{i:02d}:00") for k in range(4) for i, e in enumerate([name, "B", name, "C", name, "D"])]
    answer = paths(make_study(tmp_path, {"interactions": interactions(*rows)}, privacy={"min_cell": 1}), unit="customer", steps=6)
    assert max(len(t) for t in re.findall(r"<text[^>]*>([^<]*)</text>", flows.sankey(answer).svg())) <= 20


def test_cohorts_say_how_many_they_are(tmp_path: Path) -> None:
    rows = [(f"c{k}", "x", f"2026-0{m}-01T00:00:00") for k in range(24) for m in (1, 2, 4)]
    study = make_study(tmp_path, {"interactions": interactions(*rows)}, privacy={"min_cell": 1})
    answer = retention(study, period="month", periods=1)
    chart = flows.cohorts(answer)
    assert "2026-01-01 (n=24)" in chart.svg() and "by month of entry" in chart.caption
