"""The story on slides: its messages are those of the first page, its letters are large, its colours and logo are the client's."""

from __future__ import annotations

import base64
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cjm_research.decisions import Decisions
from cjm_research.errors import WouldExposePerson
from cjm_research.params import Workspace
from cjm_research.report.exports import export_run
from cjm_research.results.result import Estimate, Finding
from cjm_research.results.subjects import ExperimentEffect

from .maps import ROWS, findings, map_data, publish, sheet
from .test_brief import FIRST, SAYS, decided
from .test_exports import HOSTILE, overflowing, slides

TEST = Finding("experiment:slot:verdict:picker", "Ship picker", "experiment", Estimate(0.18, 0.09, 0.26, 556, 556, "share difference", "score"), stage="Stage 1", source="experiment",
               evidence=(ROWS,), lane="experiments", label="picker",
               subject=ExperimentEffect("slot", "picker", "ship", "list", "converted", 0.63, 0.46, "share", worth=(46.0, 24.0, 66.0), worth_unit="customers", worth_of=258.0))
DOT = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


def run_of(root: Path, text: str = "Too slow", says: Decisions | None = None, params: str = "") -> Workspace:
    found = [*findings(text=text, personas=("Movers",)), TEST]
    says = says or replace(SAYS, first=replace(FIRST, finding=TEST.id), answers=(*SAYS.answers, replace(SAYS.answers[0], ask="Should the picker replace the list?",
                                                                                   lead="Yes:", text="63 of 100 order with it.", findings=(TEST.id,))))
    place = decided(publish(root, found, map_data(found), sheets=[sheet("Movers", "Plans ahead")]), says)
    (place.params / "acme.yaml").write_text(f"client: acme\n{params}")
    return place


def messages(show: list[Any]) -> list[tuple[str, str]]:
    """(part of the story, message) of each slide that tells it."""
    return [(part, s.shapes.title.text_frame.text) for s in show for part in [next((x.text_frame.text for x in s.shapes if x.name == "Part"), "")] if part]


def test_the_story_goes_from_problem_to_next_in_the_words_of_the_first_page(tmp_path: Path) -> None:
    show = slides(export_run("acme", run_of(tmp_path), formats=["pptx"], to=tmp_path / "out")[0])
    assert messages(show) == [
        ("The problem", "Delivery slot: 47 of 100 leave."), ("The journey", "The journey in one picture"), ("The evidence", "Three sources agree: Delivery slot"),
        ("The test", "Yes: 63 of 100 order with it."), ("The decision", "Replace the list with the slot picker."), ("What it is worth", "46 more orders in 30 days."),
        ("What is next", "Then: Show the cost earlier.")]
    texts = "\n".join(x.text_frame.text for s in show for x in s.shapes if x.has_text_frame)
    for said in (*(f"{r.value} {r.of}" for r in FIRST.why), "63 of 100", "46 of 100", "95 % interval", FIRST.warning, "Owner: Logistics", SAYS.unknown[0]):
        assert said in texts, said


def test_letters_have_twelve_points_and_more_and_stay_in_their_boxes(tmp_path: Path) -> None:
    show = slides(export_run("acme", run_of(tmp_path), formats=["pptx"], to=tmp_path / "out")[0])
    frames = [f for s in show for x in s.shapes for f in ([x.text_frame] if x.has_text_frame else [c.text_frame for c in x.table.iter_cells()] if x.has_table else [])]
    sizes = [r.font.size.pt for f in frames for p in f.paragraphs for r in p.runs]
    assert len(sizes) > 100 and min(sizes) >= 12
    assert [o for s in show for o in overflowing(s)] == []


@pytest.mark.parametrize("case", sorted(HOSTILE))
def test_hostile_words_of_the_first_page_stay_in_their_boxes(tmp_path: Path, case: str) -> None:
    text = HOSTILE[case]
    why = tuple(replace(r, says=text, source=text) for r in FIRST.why)
    first = replace(FIRST, title=text, why=why, worth=text, worth_says=text, sure=text, warning=text, owner=text, finding=TEST.id)
    answers = tuple(replace(a, ask=text, lead=text, text=text, findings=(TEST.id,)) for a in SAYS.answers * 3)
    place = run_of(tmp_path, text, Decisions(first, answers, (first, first), (text,) * 3))
    show = slides(export_run("acme", place, formats=["pptx"], to=tmp_path / "out")[0])
    assert [o for s in show for o in overflowing(s)] == []
    export_run("acme", place, formats=["xlsx"], to=tmp_path / "out")


def test_without_a_first_step_the_deck_says_why(tmp_path: Path) -> None:
    show = slides(export_run("acme", run_of(tmp_path, says=Decisions(None, (), silent="No first step is named: ask customers first.")), formats=["pptx"], to=tmp_path / "out")[0])
    assert ("The decision", "No first step is named.") in messages(show)


def test_the_deck_has_the_client_s_accent_and_logo(tmp_path: Path) -> None:
    place = run_of(tmp_path, params='brand: {name: Acme, color: "#ffee00", logo: logo.png}\n')
    (place.params / "logo.png").write_bytes(DOT)
    path = export_run("acme", place, formats=["pptx"], to=tmp_path / "out")[0]
    show = slides(path)
    assert all(any(x.shape_type == 13 and x._element.nvPicPr.cNvPr.get("descr") == "Acme" for x in s.shapes) for s in show[:8])
    theme = zipfile.ZipFile(path).read("ppt/theme/theme1.xml").decode()
    accent = theme.partition("<a:accent1>")[2].partition("</a:accent1>")[0]
    from cjm_research.page.colour import contrast

    colour = accent.partition('val="')[2][:6]
    assert accent.count("srgbClr") == 1 and colour != "FFEE00" and contrast(f"#{colour.lower()}", "#ffffff") >= 4.5, "white letters on it can be read"
    assert b"00598C" not in b"".join(zipfile.ZipFile(path).read(n) for n in zipfile.ZipFile(path).namelist() if n.startswith("ppt/slides/"))


@pytest.mark.parametrize(("name", "member"), [("pptx", "docProps/core.xml"), ("pptx", "ppt/notesSlides/"), ("pptx", "ppt/slides/"), ("xlsx", "docProps/core.xml"),
                                              ("xlsx", "xl/charts/"), ("xlsx", "xl/drawings/"), ("xlsx", "xl/sharedStrings.xml")])
def test_the_release_check_looks_into_the_hidden_parts(tmp_path: Path, name: str, member: str) -> None:
    """Titles of files, notes, alternative texts and what a chart remembers are read as the rest is."""
    from cjm_research.report.record.guard import PATTERNS_ONLY

    path = export_run("acme", run_of(tmp_path), formats=[name], to=tmp_path / "out")[0]
    hidden = tmp_path / f"hidden.{name}"
    changed = 0
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(hidden, "w") as new:
        for entry in old.namelist():
            raw = old.read(entry)
            if entry.startswith(member) and entry.endswith(".xml"):
                for before, after in ((b'descr="', b'descr="ana.meier@firma.de '), (b"</dc:title>", b" ana.meier@firma.de</dc:title>"), (b"</a:t>", b" ana.meier@firma.de</a:t>"),
                                      (b"</c:v>", b" ana.meier@firma.de</c:v>"), (b"</t>", b" ana.meier@firma.de</t>")):
                    if before in raw:
                        raw, changed = raw.replace(before, after, 1), changed + 1
                        break
            new.writestr(entry, raw)
    assert changed
    PATTERNS_ONLY.check_files([(path.name, path.read_bytes())])
    with pytest.raises(WouldExposePerson):
        PATTERNS_ONLY.check_files([(hidden.name, hidden.read_bytes())])
