"""A finding has the same number and the same words on the map's page and in every export."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterable
from html import unescape
from pathlib import Path

import pytest

from cjm_research.page.map_html import map_html
from cjm_research.page.picture.content import counted
from cjm_research.params import Workspace
from cjm_research.report.exports import FORMATS, export_run
from cjm_research.report.exports.pdf import Part, document, printed, within
from cjm_research.results import words
from cjm_research.results.result import Finding
from cjm_research.stats.shares import share

from .maps import ROWS, findings, map_data, publish, sheet
from .test_brief import SAYS, decided

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
    path = export_run("acme", place, formats=["pdf" if name == "brief" else name], to=to, brief=name == "brief")[0]
    return text_of(path)


def text_of(path: Path) -> str:
    """All text of a file, by its kind."""
    if path.suffix == ".xlsx":
        import openpyxl

        found = [str(c) for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows(values_only=True) for c in row if c is not None]
    elif path.suffix == ".pptx":
        from pptx import Presentation

        found = []
        for slide in Presentation(str(path)).slides:
            found += [c.text_frame.text for s in slide.shapes if s.has_table for row in s.table.rows for c in row.cells]
            found += [s.text_frame.text for s in slide.shapes if s.has_text_frame] + [slide.notes_slide.notes_text_frame.text if slide.has_notes_slide else ""]
    elif path.suffix == ".pdf":
        import pypdf

        found = [p.extract_text() for p in pypdf.PdfReader(path).pages]
    elif path.suffix == ".json":
        found = [json.dumps(json.loads(path.read_text(encoding="utf-8")), ensure_ascii=False)]
    else:
        text = re.sub(r"<(script|style)\b.*?</\1>", " ", path.read_text(encoding="utf-8"), flags=re.S)
        found = [unescape(re.sub(r"<[^>]+>", " ", text))]
    return plain(" ".join(found))


def plain(text: str) -> str:
    """The words as they are read: blanks of every width are one."""
    return re.sub(r"\s+", " ", text.replace("#35;", "#").replace("\\n", " "))


def page() -> str:
    found = [THIN, VERDICT, *(f for f in findings(stages=2, touchpoints=1) if not f.persona)]
    return plain(unescape(re.sub(r"<[^>]+>", " ", map_html({**map_data(found), "findings": [f.to_dict() for f in found]}, {}))))


#: what each export holds of a finding: its statement, the figure with interval and size, or so many of a hundred as page one has it
STATEMENTS, FIGURES, IN_HUNDRED = ("xlsx", "pptx", "json", "page"), ("xlsx", "pptx", "svg", "map-pdf", "mermaid", "dot", "page"), ("poster", "poster-a3", "persona-posters", "blueprint", "brief")
COPIES, PICTURES = ("html", "zip", "pdf"), ("png", "poster-png")  # the published pages themselves; a picture of what svg and poster hold in words


def test_every_format_is_compared() -> None:
    assert {*STATEMENTS, *FIGURES, *IN_HUNDRED, *COPIES, *PICTURES} - {"page", "brief"} == set(FORMATS)


def tokens(text: str) -> set[str]:
    """Shares and counts of so many, as they stand in a text."""
    return {t.replace(" ", "") for t in re.findall(r"(?<![\d.,])\d[\d,.]* ?%|(?<![\d.,])\d[\d,]* of \d[\d,]*\d", text)}


def allowed(found: Iterable[Finding]) -> set[str]:
    """Every share and count that some finding has words for: its statement, its figure, so many of a hundred, its interval."""
    out: set[str] = set()
    for f in found:
        out |= tokens(plain(f.statement))
        if (e := f.estimate) and e.value is not None:
            out |= tokens(plain(" ".join([*words.figure(e.value, e.low, e.high, e.n, e.base, e.unit), words.interval(e.low, e.high, e.unit)])))
            out |= tokens(plain(counted(e.row()))) if e.unit == "share" else set()
    return out


@pytest.mark.parametrize("name", IN_HUNDRED)
def test_sheets_for_the_wall_and_the_brief_say_no_other_numbers(tmp_path: Path, name: str) -> None:
    found = [THIN, VERDICT, *findings(stages=2, touchpoints=1)]
    place = decided(publish(tmp_path, found, map_data(found), sheets=[sheet("Movers", "Plans ahead")]))
    said = texts(place, name, tmp_path / "out")
    about = tokens("40 % of customers, 95 % interval")  # the persona's sheet says how large it is; legends name the intervals' level
    cited = tokens(plain(" ".join(SAYS.sentences)))
    assert tokens(said) - allowed(found) - about - cited == set()
    shares = [f for f in found if f.lane == "reach" and f.estimate and (f.persona == "Movers") == (name == "persona-posters")]
    if name != "blueprint":
        assert all(tokens(plain(counted(f.estimate.row()))) <= tokens(said) for f in shares if f.estimate)


@pytest.mark.parametrize("name", ["html", "zip"])
def test_copies_hold_the_published_pages_and_findings_byte_by_byte(place: Workspace, tmp_path: Path, name: str) -> None:
    run = next(p for p in (place.reports / "acme").iterdir() if p.is_dir())
    path = export_run("acme", place, formats=[name], to=tmp_path / "out")[0]
    if name == "zip":
        with zipfile.ZipFile(path) as archive:
            copied = {Path(n).name: archive.read(n) for n in archive.namelist()}
    else:
        copied = {p.name: p.read_bytes() for p in path.parent.iterdir()}
    assert {p.name: p.read_bytes() for p in run.iterdir() if p.is_file()} == copied


def test_the_whole_report_on_paper_says_what_its_map_says(place: Workspace, tmp_path: Path) -> None:
    """Printed as the whole PDF prints the map's page: each figure with interval and size, each warning, and no number that no finding has words for."""
    found = [THIN, VERDICT, *(f for f in findings(stages=2, touchpoints=1) if not f.persona)]
    html = map_html({**map_data(found), "findings": [f.to_dict() for f in found]}, {})
    said = text_of(printed(document("Acme", [], [Part("map", "The map", within(html, "map", ["map"]))]), tmp_path / "whole.pdf"))
    close = re.sub(r"\s", "", said)  # a line that ends within a figure is no blank

    def on_paper(text: str) -> bool:
        return re.sub(r"\s", "", plain(text)) in close

    for f in found:
        if f.estimate and f.lane in ("reach", "touchpoints"):
            assert all(on_paper(part) for part in words.figure(*(getattr(f.estimate, k) for k in ("value", "low", "high", "n", "base", "unit")))), f.statement
    assert on_paper("5 of 7") and on_paper("too good to be true") and "71.4" not in said and "33.3" not in said


@pytest.mark.parametrize("name", FIGURES)
def test_numbers_are_written_alike_and_few_are_counts(place: Workspace, tmp_path: Path, name: str) -> None:
    said = page() if name == "page" else texts(place, name, tmp_path / "out")
    for f in findings(stages=2, touchpoints=1):
        if f.estimate and f.lane in ("reach", "touchpoints") and not f.persona:
            e = f.estimate
            number, inside, size = words.figure(e.value, e.low, e.high, e.n, e.base, e.unit)
            assert plain(number) in said and plain(inside) in said and size in said
    assert "5 of 7" in said and "71.4" not in said and "33.3" not in said


@pytest.mark.parametrize("name", STATEMENTS)
def test_statements_with_what_changes_their_reading_stand_everywhere(place: Workspace, tmp_path: Path, name: str) -> None:
    said = page() if name == "page" else texts(place, name, tmp_path / "out")
    # a slide cuts long texts; what changes the reading stands before the cut
    assert (plain(WARNED) if name != "pptx" else "too good to be true") in said and plain(THIN.statement) in said


def test_json_gives_no_percentage_of_few(place: Workspace, tmp_path: Path) -> None:
    path = export_run("acme", place, formats=["json"], to=tmp_path / "out")[0]
    found = {f["id"]: f["estimate"] for f in json.loads(path.read_text(encoding="utf-8"))["findings"]}
    assert found[THIN.id]["value"] is None and (found[THIN.id]["n"], found[THIN.id]["base"]) == (5, 7) and "no percentage" in found[THIN.id]["method"]
