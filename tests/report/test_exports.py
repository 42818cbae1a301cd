"""Exports of a run: what they hold, that hostile text stays text, and that office programs open them."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from cjm_research.analysis.journey_map.lanes import LANES, lane_of
from cjm_research.analysis.result import Evidence, Finding
from cjm_research.analysis.stats.shares import share
from cjm_research.errors import BadInput
from cjm_research.page.blocks import MIME, Map
from cjm_research.params import Workspace
from cjm_research.report.exports import FORMATS, export_run
from cjm_research.report.exports.json_file import schema

HOSTILE = "=HYPERLINK(\"http://evil\",\"x\") <script>alert(1)</script> \x0b]]> \"quoted\""


def findings() -> list[Finding]:
    rows = Evidence("rows", "customers", table="interactions", rows=10, rows_sha256="ab", sql="SELECT 1")
    out = [Finding(f"{k}:stage:{s}", f"{s} {k}", "metric", share(i + 3, 10), stage=s, evidence=(rows,))
           for i, s in enumerate(("Look", "Buy")) for k in ("reach", "conversion")]
    out += [Finding("pain:x", HOSTILE, "pain", share(2, 5), stage="Buy", touchpoint="Pay", evidence=(rows,)),
            Finding("q:1", HOSTILE, "quote", stage="Look", source="interview", evidence=(Evidence("quote", "said", quote=HOSTILE, document_id="P1", start=0, end=4),)),
            Finding("reach:stage:Look", "of Movers", "metric", share(1, 4), stage="Look", persona="Movers", evidence=(rows,)),
            Finding("opportunity:o", "How might we help", "opportunity", stage="Buy", source="assumption", status="assumed", evidence=(Evidence("assumption", "by hand"),))]
    return out


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    place = Workspace(tmp_path)
    folder = place.reports / "acme" / "20260101T000000Z-aa"
    folder.mkdir(parents=True)
    found = findings()
    cells: dict[str, list[str]] = {}
    for f in found:
        cells.setdefault(f"{lane_of(f)}|{f.stage}", []).append(f.id)
    data = {"title": "Acme " + HOSTILE, "client": "acme", "stages": [{"name": s, "goal": "", "touchpoints": []} for s in ("Look", "Buy")],
            "lanes": [{"name": lane.name, "title": lane.title, "meaning": lane.meaning, "shown": lane.shown, "limit": lane.limit, "backstage": lane.backstage} for lane in LANES],
            "personas": [{"name": "Movers", "size": 4}], "missing": {}, "cells": cells, "findings": [f.to_dict() for f in found]}
    notebook = {"cells": [{"cell_type": "code", "outputs": [{"data": {MIME: Map(data).to_dict()}}]}]}
    (folder / "60_journey_map.ipynb").write_text(json.dumps(notebook))
    (folder / "findings.json").write_text(json.dumps({"findings": [f.to_dict() for f in found]}))
    (folder / "index.html").write_text("<p>hello</p>")
    place.params.mkdir()
    (place.params / "acme.yaml").write_text("client: acme\n")
    return place


def export(place: Workspace, name: str, to: Path) -> Path:
    return export_run("acme", place, formats=[name], to=to)[0]


def test_spreadsheet_holds_every_finding_and_no_formula(place: Workspace, tmp_path: Path) -> None:
    import openpyxl

    path = export(place, "xlsx", tmp_path / "out")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Map", "Entries", "Findings", "Evidence"]
    rows = list(book["Findings"].iter_rows(values_only=True))
    ids = [r[rows[0].index("id")] for r in rows[1:]]
    assert ids == [f.id for f in findings()]
    value = {r[rows[0].index("id")]: r[rows[0].index("value")] for r in rows[1:]}
    assert value[findings()[0].id] == pytest.approx(0.3)
    for sheet in book:
        for row in sheet.iter_rows():
            assert not any(c.data_type == "f" or c.hyperlink for c in row)
    assert book["Evidence"].max_row == 1 + len(findings())


def test_slides_are_editable_and_one_for_each_persona(place: Workspace, tmp_path: Path) -> None:
    from pptx import Presentation

    show = Presentation(str(export(place, "pptx", tmp_path / "out")))
    titles = [next(s.text_frame.text for s in slide.shapes if s.name == "Title") for slide in show.slides]
    assert titles[1:] == ["Journey map: All customers", "Journey map: Movers (4 customers)", "Opportunities"]
    texts = "\n".join(s.text_frame.text for slide in show.slides for s in slide.shapes if s.has_text_frame)
    assert "30.0" in texts and "How might we help" in texts
    assert not any(s.shape_type == 13 for slide in show.slides for s in slide.shapes), "pictures cannot be edited"


def test_json_follows_its_schema(place: Workspace, tmp_path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    content = json.loads(export(place, "json", tmp_path / "out").read_text())
    jsonschema.Draft202012Validator(schema()).validate(content)
    assert content["findings"][4]["statement"] == HOSTILE


def test_pictures_and_flows_escape_text(place: Workspace, tmp_path: Path) -> None:
    from defusedxml import ElementTree

    svg = export(place, "svg", tmp_path / "out").read_text()
    assert "<script" not in svg
    ElementTree.fromstring(svg)
    assert "Look" in export(place, "mermaid", tmp_path / "out").read_text()
    assert "->" in export(place, "dot", tmp_path / "out").read_text()


def test_archive_is_the_same_each_time(place: Workspace, tmp_path: Path) -> None:
    first, second = export(place, "zip", tmp_path / "a"), export(place, "zip", tmp_path / "b")
    assert first.read_bytes() == second.read_bytes()
    assert any(n.endswith("/index.html") for n in zipfile.ZipFile(first).namelist())
    assert export(place, "html", tmp_path / "copy").read_text() == "<p>hello</p>"


def test_what_is_unknown_is_told_before_anything_is_written(place: Workspace, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="Did you mean 'xlsx'"):
        export(place, "xslx", tmp_path / "out")
    with pytest.raises(BadInput, match="unknown run"):
        export_run("acme", place, run="20250101")
    (place.params / "new.yaml").write_text("client: new\n")
    with pytest.raises(BadInput, match="no published report"):
        export_run("new", place)
    assert not (tmp_path / "out").exists()
    assert "pdf" in FORMATS


@pytest.mark.slow
@pytest.mark.parametrize("name", ["xlsx", "pptx"])
def test_office_opens_it(place: Workspace, tmp_path: Path, name: str) -> None:
    soffice = shutil.which("soffice")
    if soffice is None:
        pytest.skip("no LibreOffice here (Debian: apt-get install libreoffice-impress libreoffice-calc)")
    path: Any = export(place, name, tmp_path / "out")
    subprocess.run([soffice, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(path)],
                   check=True, capture_output=True, timeout=180)
    pdf = (tmp_path / path.with_suffix(".pdf").name).read_bytes()
    assert pdf.startswith(b"%PDF") and len(pdf) > 5000
