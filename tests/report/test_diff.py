"""Two runs of a client whose data changed in a known way: what is told in the terminal, as JSON and as a page."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import pytest

from cjm_research.command import cli
from cjm_research.errors import BadInput, NotEnoughData
from cjm_research.journey_map import journey_map
from cjm_research.notebook.chapter import journey_map_block
from cjm_research.page.blocks import Answer
from cjm_research.report.differences import as_data_text, as_text, diff_command
from cjm_research.report.exports import export_run
from cjm_research.report.exports.json_file import schema
from cjm_research.report.pages.diff_page import diff_page, remove_orphans
from cjm_research.report.pages.site import build_site
from cjm_research.report.record.compare import as_finding, compare_runs, since_last_run
from cjm_research.results.result import Finding, Result
from cjm_research.stats.shares import share
from tests.studies import make_study

from .maps import findings, map_data, publish
from .workspace import ANSWER, executed, notebook, publish_notebooks, workspace

JOURNEY = {"stages": [{"name": "Look", "touchpoints": [{"name": "Site"}, {"name": "Ad"}]}, {"name": "Buy", "touchpoints": [{"name": "Pay"}]},
                      {"name": "Use", "touchpoints": [{"name": "Help"}]}]}
OLD, NEW = "20260101T000000Z-aa", "20260201T000000Z-bb"


def events(rng: np.random.Generator, onward: float, customers: int = 900) -> pd.DataFrame:
    """Customers who look, of whom `onward` buy; of those six in ten use."""
    rows: list[tuple[str, str, str, str]] = []
    for c in range(customers):
        rows.append((f"c{c}", "view", "Look", ("Site", "Ad")[c % 2]))
        if rng.random() < onward:
            rows.append((f"c{c}", "buy", "Buy", "Pay"))
            if rng.random() < 0.6:
                rows.append((f"c{c}", "use", "Use", "Help"))
    start = pd.Timestamp("2026-01-01", tz="UTC")
    return pd.DataFrame([{"interaction_id": f"i{k}", "customer_id": c, "event": e, "stage": s, "touchpoint": t, "source": "web",
                          "occurred_at": start + pd.Timedelta(hours=k)} for k, (c, e, s, t) in enumerate(rows)])


def codings(pains: list[str]) -> dict[str, pd.DataFrame]:
    documents = pd.DataFrame([{"document_id": f"P{i}", "kind": "interview", "participant_id": f"P{i}", "text": "t" * 50, "text_sha256": "x"} for i in range(8)])
    codebook = pd.DataFrame([{"code_id": p, "name": p, "path": p, "kind": "pain", "touchpoint": "Pay", "stage": "Buy"} for p in pains])
    coded = pd.DataFrame([{"coding_id": f"{p}{i}", "document_id": f"P{i}", "code_id": p, "coder": "x", "quote": "t", "start": 0, "end": 1, "is_synthetic": False}
                          for p in pains for i in range(5)])
    return {"documents": documents, "codebook": codebook, "codings": coded}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """The maps of three months: the second equals the first; in the third fewer buy, and nobody waits any more."""
    root = tmp_path_factory.mktemp("months")
    same = events(np.random.default_rng(1), 0.6)
    fewer = events(np.random.default_rng(2), 0.45)
    asked = {"first": (same, ["Long wait", "Hidden costs"]), "equal": (same.sample(frac=1, random_state=1), ["Long wait", "Hidden costs"]), "fell": (fewer, ["Hidden costs"])}
    return {name: journey_map(make_study(root / name, {"interactions": frame, **codings(pains)}, journey=JOURNEY), by_persona=False, by_period=False)
            for name, (frame, pains) in asked.items()}


@pytest.fixture
def found(results: dict[str, Result]) -> dict[str, list[Finding]]:
    return {name: result.findings for name, result in results.items()}


@pytest.fixture
def place(tmp_path: Path, found: dict[str, list[Finding]]) -> Callable[..., Any]:
    def make(old: str, new: str) -> Any:
        publish(tmp_path, found[old], map_data(found[old]), OLD)
        return publish(tmp_path, found[new], map_data(found[new]), NEW)

    return make


def test_a_known_fall_and_a_vanished_pain_are_told_and_nothing_else_that_stayed(place: Callable[..., Any]) -> None:
    told = compare_runs("acme", place("first", "fell"))
    assert (told.old, told.new) == (OLD, NEW)
    changed = {c.finding.key for c in told.of("changed")}
    assert "conversion:stage:Look" in changed
    # who buys also goes on from the touchpoints before it, and reaches what comes after: those are the same fall
    assert changed <= {f"{k}:{w}" for k in ("conversion:stage", "next:stage", "conversion:touchpoint", "reach:stage", "reach:touchpoint", "pain:behaviour") for w in ("Look", "Buy", "Use", "Site", "Ad", "Pay", "Help")}
    assert "conversion:stage:Buy" not in changed  # six in ten of those who buy still use
    look = next(c for c in told.of("changed") if c.finding.key == "conversion:stage:Look")
    assert look.difference is not None and look.difference.value == pytest.approx(-0.15, abs=0.05) and look.difference.high < 0  # type: ignore[operator]
    assert [c.finding.key for c in told.of("vanished") if c.finding.kind == "pain"] == ["theme:Long wait"]
    assert not [c for c in told.of("appeared") if c.finding.kind == "pain"]
    assert told.summary.startswith(f"Of {len(told.changes)} findings")


def test_equal_data_change_nothing(place: Callable[..., Any]) -> None:
    told = compare_runs("acme", place("first", "equal"))
    assert {c.state for c in told.changes} == {"same"} and "Nothing changed" in told.summary
    assert "Nothing changed" in as_text(told) and json.loads(as_data_text(told))["changes"] == []
    assert "<table" not in diff_page(told)


def test_text_json_and_page_tell_the_same(place: Callable[..., Any]) -> None:
    workspace = place("first", "fell")
    told = compare_runs("acme", workspace)
    text, data = as_text(told), json.loads(as_data_text(told))
    path = Path(diff_command("acme", workspace, [], page=True))
    html = path.read_text()
    assert path.parent == workspace.reports / "acme"
    assert data["counts"] == {s: len(told.of(s)) for s in ("changed", "appeared", "vanished", "moved", "same")}  # type: ignore[arg-type]
    assert {c["id"] for c in data["changes"]} == {c.id for c in told.changes if c.state != "same"}
    assert all(as_finding(c["old"] or c["new"]).id == c["id"] for c in data["changes"])
    for c in told.of("changed", "vanished"):
        assert c.finding.statement.split(":")[0] in text and f'id="c-{c.id}"' in html
    assert "http://" not in html and "https://" not in html and "Long wait" in html
    heads = [html.index(f'<th scope="col">{s}</th>') for s in ("Look", "Buy", "Use")]
    assert heads == sorted(heads)
    assert compare_runs("acme", workspace, [NEW, OLD]).of("appeared")[0].finding.kind  # the other way round


def test_the_map_can_mark_what_changed_since_the_last_run(place: Callable[..., Any], found: dict[str, list[Finding]]) -> None:
    folder = place("first", "fell").reports / "acme" / OLD
    marks = since_last_run(folder, [{**f.to_dict(), "href": "x"} for f in found["fell"]])
    look = next(f for f in found["fell"] if f.key == "conversion:stage:Look")
    assert marks["marks"][look.id]["state"] == "changed" and "pp" in marks["marks"][look.id]["short"]
    assert "Long wait" in " ".join(v["statement"] for v in marks["vanished"])
    (folder / "findings.json").write_text("[{}]")
    assert since_last_run(folder, []) == {"marks": {}, "vanished": []}


def test_the_map_as_the_question_gives_it_can_be_exported_and_follows_the_schema(tmp_path: Path, results: dict[str, Result]) -> None:
    data = journey_map_block(results["first"]).data
    place = publish(tmp_path, results["first"].findings, data)
    written = export_run("acme", place, formats=["json", "xlsx", "pptx", "svg", "mermaid", "dot"], to=tmp_path / "out")
    content = json.loads(written[0].read_text())
    jsonschema.Draft202012Validator(schema()).validate(content)
    expected = json.loads(json.dumps({k: v for k, v in data.items() if k != "client"}))
    few = [f["id"] for f in expected["findings"] if (e := f["estimate"]) and e["unit"] == "share" and e["base"] < 20]
    for told in (content, expected):  # of so few the file gives counts, no percentage
        for f in told["findings"]:
            if f["id"] in few:
                assert told is expected or (f["estimate"]["value"], f["estimate"]["low"], f["estimate"]["high"]) == (None, None, None)
                f["estimate"] = {k: f["estimate"][k] for k in ("n", "base", "unit")}
    assert few
    assert {k: content[k] for k in expected} == expected


def test_the_site_links_the_page_of_changes(tmp_path: Path) -> None:
    place = workspace(tmp_path, {"10_a": notebook("A", ANSWER)})
    runs = ["20260101T000000.000Z-a", "20260102T000000.000Z-a"]
    for run, k in zip(runs, (10, 60), strict=True):
        f = Finding("conversion:stage:Look", f"{k} % go on", "metric", share(k, 100), stage="Look").to_dict()
        publish_notebooks(tmp_path, "demo", {"10_a": executed("A", Answer("Q", [f["statement"]], [], "", [f]))}, run)
    path = place.reports / "demo" / f"changes_{runs[0]}_{runs[1]}.html"
    html = path.read_text()
    assert f'href="{path.name}"' in (place.reports / "demo" / "index.html").read_text()
    assert "+50.0\u202fpp" in html and f'href="{runs[1]}/10_a.html#f-' in html and 'id="causes"' not in html
    shutil.rmtree(place.reports / "demo" / runs[0])
    build_site(place, ["demo"])
    assert not path.exists()


def test_what_a_run_did_not_compute_has_not_vanished(tmp_path: Path) -> None:
    place = workspace(tmp_path, {"10_a": notebook("A", ANSWER), "20_b": notebook("B", ANSWER)})
    runs = ["20260101T000000.000Z-a", "20260102T000000.000Z-a", "20260103T000000.000Z-a"]
    made = [executed("A", Answer("Q", ["x"], [], "", [Finding(key, "said", "metric", share(1, 2), stage="Look").to_dict()])) for key in ("a", "b")]
    for run, failed in zip(runs, ({}, {"20_b": "ValueError: torn"}, {}), strict=True):
        publish_notebooks(tmp_path, "demo", {"10_a": made[0], "20_b": executed("B") if failed else made[1]}, run, failed)
    for pair in (runs[:2], runs[1:]):
        told = compare_runs("demo", place, pair)
        assert [c.state for c in told.changes] == ["same"] and any("20_b" in c for c in told.causes)
    assert "vanished" not in (place.reports / "demo" / "index.html").read_text()
    lost = Finding("b", "said", "metric", share(1, 2), stage="Look")
    assert since_last_run(place.reports / "demo" / runs[0], [], ["10_a"])["vanished"][0]["id"] != lost.id


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    text = '<script>alert(1)</script>\x1b[31m"\u202e'
    place = publish(tmp_path, findings(text=text), None, OLD)
    publish(tmp_path, [f for f in findings(text=text) if f.kind != "pain"], None, NEW)
    told = compare_runs("acme", place)
    assert "<script>alert" not in diff_page(told) and "\x1b" not in as_text(told) and told.of("vanished")


def test_pages_of_runs_that_are_gone_are_removed(tmp_path: Path) -> None:
    for name in (f"changes_{OLD}_{NEW}.html", f"changes_{OLD}_gone.html", "index.html"):
        (tmp_path / name).touch()
    remove_orphans(tmp_path, [OLD, NEW])
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"changes_{OLD}_{NEW}.html", "index.html"]


def test_slips_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    place = publish(tmp_path, [Finding("a", "a", "metric", share(1, 2))], None, OLD)
    with pytest.raises(NotEnoughData, match="1 published run"):
        compare_runs("acme", place)
    publish(tmp_path, [], None, NEW)
    with pytest.raises(BadInput, match="unknown run"):
        compare_runs("acme", place, [OLD[:-1]])
    with pytest.raises(BadInput, match="3 runs"):
        compare_runs("acme", place, [OLD, NEW, OLD])
    (place.reports / "acme" / NEW / "findings.json").write_text("{}")
    with pytest.raises(BadInput, match="cannot be read"):
        compare_runs("acme", place)
    monkeypatch.setenv("CJM_WORKSPACE", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["cjm", "diff", "acme", "--json", "--page"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 2 and "--page alone" in capsys.readouterr().err
