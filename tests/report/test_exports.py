"""Exports of a run: what they hold, that hostile text stays text, that nothing runs out of its place, that programs open them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cjm_research.command.docs import documents
from cjm_research.errors import BadInput, NotEnoughData
from cjm_research.params import Workspace
from cjm_research.report.exports import FORMATS, export_run
from cjm_research.report.exports.image import paper_svgs
from cjm_research.report.exports.json_file import schema
from cjm_research.report.exports.text import clean, width
from cjm_research.report.record.run_data import read_run
from cjm_research.results import policy

from .maps import findings, map_data, publish, sheet

FORMULA = '=HYPERLINK("http://evil","x")'
HOSTILE = {
    "formula": FORMULA, "command": "+cmd|' /C calc'!A0", "at": "@SUM(1+1)", "minus": "-2+3", "tab": "\t=1+1",
    "markup": "<script>alert(1)</script> & \"quoted\" ]]> <!-- --> 'x'", "controls": "a\x00b\x0bc\x1bd\x7fe\ufffef",
    "right to left": "مرحبا بالعالم שלום abc ١٢٣", "override": "safe\u202egnp.exe", "long word": "x" * 5000, "long text": "word " * 3000,
    "wide": "漢字仮名交じり文" * 40, "combining": "é" * 300 + "e" + "\u0301" * 50, "emoji": "👩‍👩‍👧‍👦🏳️‍🌈" * 30, "mermaid": 'end; click s0 "javascript:alert(1)" %%{init}%% `x` #quot; -->',
    "dot": '\\"]; s9 [label=<b>x</b>]; //', "quotes": "““doubled””", "blank": "   ", "newlines": "a\r\nb\n\n\nc\u2028d"}
TEXTS = ("xlsx", "pptx", "svg", "json", "mermaid", "dot")


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    found = findings()
    return publish(tmp_path, found, map_data(found), sheets=[sheet("Movers", "Plans ahead")])


def export(place: Workspace, name: str, to: Path) -> Path:
    return export_run("acme", place, formats=[name], to=to)[0]


def hostile(root: Path, text: str) -> Workspace:
    found = findings(text=text, personas=(text or "P",), names=(text + " 1", text + " 2"))
    return publish(root, found, map_data(found, "Acme " + text, (text or "P",)), sheets=[sheet(text or "P", text)])


# --- the spreadsheet ---------------------------------------------------------------------------------------------------


def rows_of(path: Path, name: str) -> list[dict[str, Any]]:
    import openpyxl

    rows = list(openpyxl.load_workbook(path)[name].iter_rows(values_only=True))
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def test_spreadsheet_holds_every_finding_with_its_numbers_and_evidence(place: Workspace, tmp_path: Path) -> None:
    import openpyxl

    path = export(place, "xlsx", tmp_path / "out")
    assert openpyxl.load_workbook(path).sheetnames == ["Summary", "About", "Map", "Cells", "Opportunities", "Personas", "Findings", "Evidence"]
    for name in ("Findings", "Cells"):
        rows = {r["id"]: r for r in rows_of(path, name)}
        assert set(rows) == {f.id for f in findings()}
        for f in findings():
            e = f.estimate
            if e is not None:
                told = [f"{e.n} of {e.base}", None, None] if policy.counts_only(e.unit, e.base) else [pytest.approx(x) for x in (e.value, e.low, e.high)]
                unit, seconds = ("hours", 3600.0) if e.unit == "s" and e.value == 7200 else ("minutes", 60.0) if e.unit == "s" else (e.unit, 1.0)
                told = told if e.unit != "s" else [pytest.approx(x / seconds) for x in (e.value or 0, e.low or 0, e.high or 0)]
                assert [rows[f.id][k] for k in ("value", "low", "high")] == told
                assert [rows[f.id][k] for k in ("n", "base", "unit", "method")] == [e.n, e.base, unit, e.method]
    assert len(rows_of(path, "Evidence")) == sum(len(f.evidence) for f in findings())
    cells = rows_of(path, "Cells")
    assert {r["lane"] for r in cells} >= {"Reach", "Emotion", "Pain points", "Value at stake", "Backstage"} and {r["persona"] for r in cells} == {None, "Movers"}
    assert {r["state"] for r in cells if r["statement"].endswith("in future")} == {"future"}
    assert [r["persona"] for r in rows_of(path, "Personas")] == ["Movers"] * 10


def test_every_worksheet_has_a_print_area_and_the_summary_one_chart_of_its_own_numbers(place: Workspace, tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.load_workbook(export(place, "xlsx", tmp_path / "out"))
    for ws in book:
        assert ws.print_area and int(ws.print_area.rpartition("$")[2]) >= ws.max_row, ws.title
    charts = [(ws.title, chart) for ws in book for chart in ws._charts]
    assert [title for title, _ in charts] == ["Summary"]
    series, = charts[0][1].series
    area = series.val.numRef.f.rpartition("!")[2].replace("$", "")
    assert [cell[0].value for cell in book["Summary"][area]] == [0.9, 0.86], "reach of both stages"


def test_spreadsheets_of_equal_runs_are_equal(place: Workspace, tmp_path: Path) -> None:
    assert export(place, "xlsx", tmp_path / "a").read_bytes() == export(place, "xlsx", tmp_path / "b").read_bytes()


@pytest.mark.parametrize("case", [c for c in HOSTILE if c in ("formula", "command", "at", "minus", "tab", "quotes")])
def test_no_text_becomes_a_formula(tmp_path: Path, case: str) -> None:
    """Neither when it is opened (type of the cell) nor when a reader edits the cell and leaves it (quote prefix)."""
    import openpyxl

    path = export(hostile(tmp_path, HOSTILE[case]), "xlsx", tmp_path / "out")
    seen = 0
    for ws in openpyxl.load_workbook(path):
        for row in ws.iter_rows():
            for cell in row:
                assert cell.data_type != "f" and not cell.hyperlink
                if isinstance(cell.value, str) and cell.value.startswith(("=", "+", "-", "@")):
                    seen += 1
                    assert cell.quotePrefix, cell.coordinate
    assert seen or case == "quotes"
    assert b"<f>" not in b"".join(zipfile.ZipFile(path).read(n) for n in zipfile.ZipFile(path).namelist() if "sheet" in n)


# --- slides ------------------------------------------------------------------------------------------------------------


def slides(path: Path) -> list[Any]:
    from pptx import Presentation

    return list(Presentation(str(path)).slides)


def test_slides_are_editable_one_a_persona_and_one_of_opportunities(place: Workspace, tmp_path: Path) -> None:
    show = slides(export(place, "pptx", tmp_path / "out"))
    titles = [s.shapes.title.text_frame.text for s in show]
    assert titles.count("Movers") == 1 and titles.count("Opportunities") == 1 and titles[0] == "Acme"
    assert {"The journey in one picture", "How to read this map"} <= set(titles) and any(t.startswith("The future state") for t in titles)
    assert not any(shape.shape_type == 13 for s in show for shape in s.shapes), "pictures cannot be edited"
    texts = [shape.text_frame.text for s in show for shape in s.shapes if shape.has_text_frame]
    assert any("90.0" in t for t in texts) and any("Too slow" in t for t in texts)
    notes = "\n".join(s.notes_slide.notes_text_frame.text for s in show if s.has_notes_slide)
    assert findings()[0].id in notes and "Wilson" in notes


def overflowing(slide: Any) -> list[str]:
    """Names of text boxes whose paragraphs, wrapped at the box's width, are higher than the box, or that leave the slide."""
    from pptx.util import Pt

    from cjm_research.report.exports.text import wrap

    out = []
    for shape in slide.shapes:
        if not (0 <= shape.left and 0 <= shape.top and shape.left + shape.width <= 12_192_000 + 9 and shape.top + shape.height <= 6_858_000 + 9):
            out.append(f"{shape.name} leaves the slide")
        if not shape.has_text_frame or not shape.text_frame.text:
            continue
        used = 0.0
        for p in shape.text_frame.paragraphs:
            *before, last = [(r.text, r.font.size.pt, bool(r.font.bold)) for r in p.runs]
            room = (shape.width - shape.text_frame.margin_left - shape.text_frame.margin_right) / Pt(1)
            first = room - sum(width(*r) for r in before) - (2 * width(" ", *last[1:]) if before else 0)
            height = p.line_spacing.pt if p.line_spacing is not None else 1.2 * max(r[1] for r in (*before, last))
            used += len(wrap(last[0].strip(), room, last[1], last[2], first)) * height + (p.space_before.pt if p.space_before is not None else 0)
        if used > shape.height / Pt(1) + 2:
            out.append(f"{shape.name}: {used:.0f} of {shape.height / Pt(1):.0f} points: {shape.text_frame.text[:60]!r}")
    return out


def test_nothing_runs_out_of_its_box(place: Workspace, tmp_path: Path) -> None:
    assert [o for s in slides(export(place, "pptx", tmp_path / "out")) for o in overflowing(s)] == []


# --- any text, any size --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_text_stays_text_in_every_format(tmp_path: Path, case: str) -> None:
    from defusedxml import ElementTree

    text = HOSTILE[case]
    place = hostile(tmp_path, text)
    out = {name: export(place, name, tmp_path / "out") for name in TEXTS}
    svg = out["svg"].read_text(encoding="utf-8")
    assert {e.tag.rpartition("}")[2] for e in ElementTree.fromstring(svg).iter()} <= {"svg", "title", "style", "rect", "path", "text", "tspan", "circle"}
    for page in paper_svgs(read_run("acme", place)):
        ElementTree.fromstring(page)
    show = slides(out["pptx"])
    assert [o for s in show for o in overflowing(s)] == []
    content = json.loads(out["json"].read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema()).validate(content)
    assert any(text in f["statement"] for f in content["findings"])
    for name in ("mermaid", "dot"):
        body = out[name].read_text(encoding="utf-8")
        assert "\u202e" not in body and all(c == "\n" or ord(c) >= 32 for c in body)
    # every label is one string: quotes inside it are escaped
    for line in out["mermaid"].read_text(encoding="utf-8").splitlines():
        assert line.count('"') in (0, 2) and "<script" not in line and not line.strip().startswith("click")
    for line in out["dot"].read_text(encoding="utf-8").splitlines():
        assert re.sub(r'"(?:[^"\\]|\\.)*"', "", line).count('"') == 0
    assert not re.search(r'class="quote">[^<]*““', svg)
    for name in zipfile.ZipFile(out["xlsx"]).namelist():
        if name.endswith(".xml"):
            ElementTree.fromstring(zipfile.ZipFile(out["xlsx"]).read(name))


def test_text_is_cleaned_without_losing_what_is_text() -> None:
    assert clean("a\x00b\tc\n d\u202ee") == "a b c d e" and clean("75\u202f% of\u00a0it") == "75\u202f% of\u00a0it"
    assert clean("a\n\nb ", keep="\n") == "a\n\nb" and clean("שלום") == "שלום" and clean("half \ud83d") == "half"
    assert width("", 10) == 0 and width("漢", 10) == 10 and width("e\u0301", 10) == width("e", 10) and width("WW", 10, True) > width("ii", 10)


def test_half_of_a_surrogate_pair_breaks_no_format(tmp_path: Path) -> None:
    """It may stand in JSON that was read, and in no file that is written."""
    data = json.loads(json.dumps(map_data(findings(text="half a pair"))).replace("half a pair", "half \\ud83d pair"))
    place = publish(tmp_path, findings(), data)
    for name in TEXTS:
        assert export(place, name, tmp_path / "out").stat().st_size > 0
    assert "half ? pair" in (tmp_path / "out" / "journey_map.json").read_text(encoding="utf-8")


def test_an_empty_map_is_written_in_every_format(tmp_path: Path) -> None:
    place = publish(tmp_path, [], map_data([], personas=()))
    for name in TEXTS:
        assert export(place, name, place.root / "out").stat().st_size > 0
    stages = map_data([], personas=())
    stages["stages"] = [{"name": "Look", "goal": "", "touchpoints": []}]
    place = publish(tmp_path / "b", [], stages)
    for name in TEXTS:
        assert export(place, name, place.root / "out").stat().st_size > 0


def test_a_run_without_a_map_has_its_findings_and_says_what_it_lacks(tmp_path: Path) -> None:
    place = publish(tmp_path, findings(), None)
    assert len(rows_of(export(place, "xlsx", tmp_path / "out"), "Findings")) == len(findings())
    for name in ("pptx", "svg", "json", "mermaid"):
        with pytest.raises(NotEnoughData, match="no journey map"):
            export(place, name, tmp_path / "out")


def test_maps_of_older_runs_can_be_exported(tmp_path: Path) -> None:
    data = map_data(findings())
    for part in ("labels", "tags", "links", "moves", "future", "periods", "channels", "touchpoints"):
        del data[part]
    place = publish(tmp_path, findings(), data)
    for name in TEXTS:
        export(place, name, tmp_path / "out")
    jsonschema.Draft202012Validator(schema()).validate(json.loads((tmp_path / "out" / "journey_map.json").read_text()))


def test_a_map_of_twelve_stages_sixty_touchpoints_and_five_personas(tmp_path: Path) -> None:
    names = ("Planners", "Weekenders", "Loyalists", "Bargain seekers", "Givers")
    found = findings(12, 5, names, "The page asks for everything twice and forgets what was typed")
    place = publish(tmp_path, found, map_data(found, personas=names), sheets=[sheet(n, "Knows what they want") for n in names])
    show = slides(export(place, "pptx", tmp_path / "out"))
    titles = [s.shapes.title.text_frame.text for s in show]
    assert [titles.count(n) for n in names] == [1] * 5 and titles.count("Opportunities") == 1
    assert [o for s in show for o in overflowing(s)] == []
    assert min(r.font.size.pt for s in show for shape in s.shapes if shape.has_text_frame for p in shape.text_frame.paragraphs for r in p.runs) >= 6.8
    # every stage stands on some slide of the map, and at most six beside each other
    heads = [[shape.name for shape in s.shapes if shape.name.startswith("Stage ")] for s in show if s.shapes.title.text_frame.text.startswith("The journey")]
    assert max(map(len, heads)) == 6 and {h for page in heads for h in page} == {f"Stage Stage {i + 1}" for i in range(12)}
    pages = paper_svgs(read_run("acme", place))
    assert all('width="1190.55" height="841.89"' in p for p in pages) and lowest(pages) <= 841.89
    svg = export(place, "svg", tmp_path / "out").read_text()
    assert lowest([svg]) <= float(re.search(r'height="([\d.]+)"', svg)[1])  # type: ignore[index]
    assert len(rows_of(export(place, "xlsx", tmp_path / "out"), "Cells")) == len(found)


def lowest(svgs: list[str]) -> float:
    return max(float(y) for svg in svgs for y in re.findall(r'<text x="[\d.-]+" y="([\d.-]+)"', svg))


def test_columns_of_the_picture_do_not_overlap(tmp_path: Path) -> None:
    """Texts of the same height are apart: what begins left ends before the next begins."""
    found = findings(6, 4, text="An unreasonably long pain point that nobody would ever want to read to its very end in a small cell")
    svg = export(publish(tmp_path, found, map_data(found)), "svg", tmp_path / "out").read_text()
    sizes = {m[0]: (float(m[1]), "bold" in m[2]) for m in re.findall(r"\.(\w+)\{font-size:([\d.]+)px;([^}]*)\}", svg)}
    lines: dict[str, list[tuple[float, float]]] = {}
    for x, y, css, inner in re.findall(r'<text x="([\d.]+)" y="([\d.]+)"(?: class="(\w+)")?>(.*?)</text>', svg):
        runs = re.findall(r'<tspan class="(\w+)">(.*?)</tspan>', inner) or [(css, inner)]
        lines.setdefault(y, []).append((float(x), float(x) + sum(width(t, *sizes[c]) for c, t in runs)))
    for spans in lines.values():
        for (_, end), (start, _) in zip(sorted(spans), sorted(spans)[1:], strict=False):
            assert end <= start + 0.5


# --- the other formats ---------------------------------------------------------------------------------------------------


def test_json_follows_its_published_schema(place: Workspace, tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    published = json.loads((root / "docs/map.schema.json").read_text())
    assert published == schema() and documents()["docs/map.schema.json"] == (root / "docs/map.schema.json").read_text()
    jsonschema.Draft202012Validator.check_schema(published)
    validator = jsonschema.Draft202012Validator(published)
    content = json.loads(export(place, "json", tmp_path / "out").read_text())
    validator.validate(content)
    assert [f["id"] for f in content["findings"]] == [f.id for f in findings()]
    for broken in ({**content, "version": 1}, {**content, "more": 1}, {**content, "findings": [{**content["findings"][0], "id": "F-1"}]},
                   {**content, "findings": [{**content["findings"][0], "evidence": []}]}):
        assert not validator.is_valid(broken)


def test_flows_carry_the_numbers(place: Workspace, tmp_path: Path) -> None:
    mermaid, dot = export(place, "mermaid", tmp_path / "out").read_text(), export(place, "dot", tmp_path / "out").read_text()
    for body in (mermaid, dot):
        assert "reach 90.0\u202f% (88.0 to 91.7\u202f%; 900 of 1,000)" in body and "77.8\u202f% arrive" in body and "touchpoint 1" in body
    assert "g0 ==>" in mermaid and mermaid.count("subgraph") == 2 and "s0 -> s1" in dot


def test_archive_is_the_same_each_time_and_readable_by_its_owner(place: Workspace, tmp_path: Path) -> None:
    first, second = export(place, "zip", tmp_path / "a"), export(place, "zip", tmp_path / "b")
    assert first.read_bytes() == second.read_bytes()
    inside = zipfile.ZipFile(first).infolist()
    assert any(i.filename.endswith("/index.html") for i in inside) and {i.external_attr >> 16 for i in inside} == {0o644}
    copied = export(place, "html", tmp_path / "copy")
    assert copied.read_text() == "<p>hello</p>" and [p.name for p in (tmp_path / "copy").iterdir()] == ["acme_20260101T000000Z-aa"] == [copied.parent.name]


def test_what_is_unknown_is_told_before_anything_is_written(place: Workspace, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="Did you mean 'xlsx'"):
        export(place, "xslx", tmp_path / "out")
    with pytest.raises(BadInput, match="unknown run"):
        export_run("acme", place, run="20250101")
    (place.params / "new.yaml").write_text("client: new\n")
    with pytest.raises(BadInput, match="no published report"):
        export_run("new", place)
    assert not (tmp_path / "out").exists()
    assert {"pdf", "map-pdf"} <= set(FORMATS)


@pytest.mark.browser
def erase_somebody(place: Workspace) -> None:
    """An erasure, as its journal and certificate tell it: the one run was there when it began."""
    from cjm_research.privacy.erasures import Erasures

    erasures = Erasures(place.erasures("acme"))
    erasures.begin({"id": "e", "at": "2020-01-01T00:00:00Z", "hashes": ["x"], "runs": [p.name for p in place.report("acme").iterdir()], "exports": 0})
    erasures.end({"id": "e", **(erasures.pending or {})})


def test_runs_from_before_an_erasure_are_not_exported(place: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither asked for afterwards, by name or as the latest, nor where the erasure came while the file was being written."""
    from cjm_research.errors import WouldExposePerson
    from cjm_research.report import exports

    plain = exports._writers()["json"]

    def meanwhile(data: Any, folder: Path) -> Path:
        erase_somebody(place)
        return plain(data, folder)

    with monkeypatch.context() as patched:
        patched.setattr(exports, "_writers", lambda: {"json": meanwhile})
        with pytest.raises(WouldExposePerson, match="from before persons were erased"):
            export(place, "json", tmp_path / "out")
    for name in TEXTS:
        for run in (None, next(place.report("acme").iterdir()).name):
            with pytest.raises(WouldExposePerson, match="from before persons were erased") as told:
                export_run("acme", place, formats=[name], run=run, to=tmp_path / "out")
            assert told.value.exit_code == 3 and "cjm erase acme --published withdraw" in told.value.next and "cjm report acme" in told.value.next
    assert not list((tmp_path / "out").rglob("*"))


def test_the_picture_and_the_paper_are_drawn_by_the_browser(place: Workspace, tmp_path: Path) -> None:
    import pypdf

    assert export(place, "png", tmp_path / "out").read_bytes().startswith(b"\x89PNG")
    paper = pypdf.PdfReader(export(place, "map-pdf", tmp_path / "out"))
    assert len(paper.pages) == len(paper_svgs(read_run("acme", place)))
    box = paper.pages[0].mediabox
    assert (round(float(box.width)), round(float(box.height))) == (1191, 842)
    assert "Stage 1" in paper.pages[0].extract_text()


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


def test_a_file_that_we_did_not_write_is_not_overwritten(tmp_path: Path) -> None:
    """Names of exports are the same for all clients: neither a stranger's file nor another client's export gives way."""
    found = findings()
    place, to = publish(tmp_path / "w", found, map_data(found)), tmp_path / "out"
    to.mkdir()
    (to / "journey_map.svg").write_text("somebody's")
    with pytest.raises(BadInput, match="another journey_map.svg lies in the folder out already"):
        export_run("acme", place, formats=["svg"], to=to)
    assert (to / "journey_map.svg").read_text() == "somebody's" and [p.name for p in to.iterdir()] == ["journey_map.svg"]
    (to / "journey_map.svg").unlink()
    for _ in range(2):  # the second in the place of our own
        assert export_run("acme", place, formats=["svg"], to=to)[0].read_text().startswith("<")
    other = publish(tmp_path / "v", found, map_data(found))
    with pytest.raises(BadInput, match="cjm export did not write it"):
        export_run("acme", other, formats=["svg"], to=to)
