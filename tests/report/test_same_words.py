"""A finding has the same number and the same words on the map's page and in every export."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import pytest

from cjm_research.page.map_html import map_html
from cjm_research.params import Workspace
from cjm_research.report.exports import export_run
from cjm_research.results import words
from cjm_research.results.result import Finding
from cjm_research.stats.shares import share

from .maps import ROWS, findings, map_data, publish

WARNED = "Ship B in Checkout, but check the instrumentation first: too good to be true (revenue, B: +53%): bought +2.0 percentage points"
THIN = Finding("pain:behaviour:Desk", "Desk: 5 of 7 were at no other touchpoint", "pain", share(5, 7), stage="Stage 1", touchpoint="Desk", evidence=(ROWS,), lane="pain",
               label="stop at Desk")
VERDICT = Finding("experiment:e:verdict:B", WARNED, "experiment", stage="Stage 1", source="experiment", evidence=(ROWS,), lane="experiments")


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    found = [THIN, VERDICT, *(f for f in findings(stages=2, touchpoints=1) if not f.persona)]
    tried = next(f for f in found if f.kind == "opportunity")
    return publish(tmp_path, found, {**map_data(found), "links": {tried.id: [VERDICT.id]}})


def texts(place: Workspace, name: str, to: Path) -> str:
    """All text of an export, white space as single blanks."""
    path = export_run("acme", place, formats=[name], to=to)[0]
    if name == "xlsx":
        import openpyxl

        found = [str(c) for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows(values_only=True) for c in row if c is not None]
    elif name == "pptx":
        from pptx import Presentation

        found = []
        for slide in Presentation(str(path)).slides:
            found += [c.text_frame.text for s in slide.shapes if s.has_table for row in s.table.rows for c in row.cells]
            found += [s.text_frame.text for s in slide.shapes if s.has_text_frame] + [slide.notes_slide.notes_text_frame.text if slide.has_notes_slide else ""]
    elif name == "json":
        found = [json.dumps(json.loads(path.read_text(encoding="utf-8")), ensure_ascii=False)]
    else:
        found = [unescape(re.sub(r"<[^>]+>", " ", path.read_text(encoding="utf-8")))]
    return plain(" ".join(found))


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("#35;", "#").replace("\\n", " "))


def page() -> str:
    found = [THIN, VERDICT, *(f for f in findings(stages=2, touchpoints=1) if not f.persona)]
    return plain(unescape(re.sub(r"<[^>]+>", " ", map_html({**map_data(found), "findings": [f.to_dict() for f in found]}, {}))))


@pytest.mark.parametrize("name", ["xlsx", "pptx", "svg", "mermaid", "dot", "page"])
def test_numbers_are_written_alike_and_few_are_counts(place: Workspace, tmp_path: Path, name: str) -> None:
    said = page() if name == "page" else texts(place, name, tmp_path / "out")
    for f in findings(stages=2, touchpoints=1):
        if f.estimate and f.lane in ("reach", "touchpoints") and not f.persona:
            e = f.estimate
            number, inside, size = words.figure(e.value, e.low, e.high, e.n, e.base, e.unit)
            assert plain(number) in said and plain(inside) in said and size in said
    assert "5 of 7" in said and "71.4" not in said and "33.3" not in said


@pytest.mark.parametrize("name", ["xlsx", "pptx", "json", "page"])
def test_statements_with_what_changes_their_reading_stand_everywhere(place: Workspace, tmp_path: Path, name: str) -> None:
    said = page() if name == "page" else texts(place, name, tmp_path / "out")
    # a slide cuts long texts; what changes the reading stands before the cut
    assert (plain(WARNED) if name != "pptx" else "too good to be true") in said and plain(THIN.statement) in said


def test_json_gives_no_percentage_of_few(place: Workspace, tmp_path: Path) -> None:
    path = export_run("acme", place, formats=["json"], to=tmp_path / "out")[0]
    found = {f["id"]: f["estimate"] for f in json.loads(path.read_text(encoding="utf-8"))["findings"]}
    assert found[THIN.id]["value"] is None and (found[THIN.id]["n"], found[THIN.id]["base"]) == (5, 7) and "no percentage" in found[THIN.id]["method"]
