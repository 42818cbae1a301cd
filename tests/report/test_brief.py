"""The brief, and what stands above the pages of every PDF: each page names the part it belongs to."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cjm_research.decisions import Answer, Certainty, Decisions, Reason, Step
from cjm_research.errors import BadInput, NotEnoughData
from cjm_research.page.render import ASSETS
from cjm_research.params import Workspace
from cjm_research.report.exports import export_run
from cjm_research.report.exports.brief import MOST_PAGES, MOST_PERSONAS
from cjm_research.report.exports.brief_persona import persona_page
from cjm_research.report.exports.pdf import Part, document, printed
from cjm_research.report.exports.view import MapView, backing

from .maps import findings, map_data, publish, sheet
from .test_exports import HOSTILE

KNOWN = findings()[0].id
SURE = Certainty(3, "tested with 556 customers")
WHY = tuple(Reason(source, value, of, says, KNOWN, share) for source, value, of, says, share in (
    ("What people do", "47", "of 100", "at Checkout never choose a slot", 0.47), ("What they answer", "83", "of 100", "are not satisfied with it", 0.83),
    ("What they say", "10", "of 12", "interviewed found no slot that fits", 0.83)))
FIRST = Step("Replace the list with the slot picker", WHY, SURE, "three sources agree", "", "46 more orders in 30 days", "(24 to 66)", "18 more of 100 order (9 to 26).",
             "Check the revenue figure (+53 %) before you quote it.", "Logistics", "30 September 2026", "F-2", "Delivery slot")
SAYS = Decisions(FIRST, (Answer("Where do we lose most?", "Delivery slot:", "47 of 100 leave.", SURE, (KNOWN,)),
                         Answer("Why do they stay?", "The data cannot say,", "because nobody was asked.", Certainty(0, "not known"), (), False, "Ask 200 customers.")),
                 (replace(FIRST, title="Show the cost earlier", says="52 of 100 never reach the basket."),), ("Whether the effect lasts: a test shows weeks, not years.",))


def decided(place: Workspace, says: Decisions = SAYS) -> Workspace:
    """The run of the workspace with what its first page says."""
    folder = next((place.reports / "acme").iterdir())
    (folder / "decisions.json").write_text(json.dumps(says.to_dict()))
    css = "".join((ASSETS / name).read_text(encoding="utf-8") for name in ("blocks.css", "page.css"))
    (folder / "index.html").write_text(f'<title>Summary · Acme</title><style>{css}</style><main id="main"><h1>Acme</h1><p>{says.first.title if says.first else says.silent}</p></main>')
    return place


def pages(path: Path) -> list[str]:
    import pypdf

    return [p.extract_text() for p in pypdf.PdfReader(path).pages]


def test_decisions_are_read_as_they_were_written() -> None:
    assert Decisions.from_dict(json.loads(json.dumps(SAYS.to_dict()))) == SAYS
    silent = Decisions(None, (), silent="No first step is named.", people="buyers")
    assert Decisions.from_dict(silent.to_dict()) == silent


def test_every_page_names_the_part_it_belongs_to_whatever_its_format(tmp_path: Path) -> None:
    """Sheets and maps have pages of their own (`page: sheet`, `page: map`), once with the first part's title above them."""
    styles = [(ASSETS / name).read_text(encoding="utf-8") for name in ("blocks.css", "page.css", "map.css")]
    styles.append('@page{size:A4;margin:20mm;@top-right{content:"Summary"}}')
    people = '<h1>People</h1><div class="sheets"><article class="sheet"><h3>One</h3></article><article class="sheet"><h3>Two</h3></article></div>'
    whole = '<h1>Everything</h1><section><div class="map"><p>a map</p></div></section>'
    html = document("Acme", styles, [Part("index", "First", "<h1>Answer</h1>"), Part("map", "Whole map", whole, "map"), Part("p", "People", people), Part("q", "Last", "<h1>End</h1>")])
    found = pages(printed(html, tmp_path / "x.pdf"))
    assert [("First" in t, "Whole map" in t, "People" in t, "Last" in t) for t in found] == [
        (True, False, False, False), (False, True, False, False), *[(False, False, True, False)] * 3, (False, False, False, True)]
    assert not any("Summary" in t for t in found)


def test_the_brief_says_everything_that_a_decision_needs_on_a_few_pages(tmp_path: Path) -> None:
    found = findings()
    place = decided(publish(tmp_path, found, map_data(found), sheets=[sheet("Movers", "Plans ahead")]))
    path = export_run("acme", place, formats=["pdf"], to=tmp_path / "out", brief=True)[0]
    told = pages(path)
    assert path.name.endswith("_brief.pdf") and len(told) == 5 <= MOST_PAGES
    for text, parts in zip(told, (["Replace the list"], ["Stage 1", "Reach"], ["Movers", "Plans ahead", "Going on"], ["Opportunities", "How might we"],
                                  ["What we do not know", "Ask 200 customers.", "How this was made", "47 of 100 at Checkout"]), strict=True):
        assert all(part in text for part in parts), (parts, text)
    assert "RICE" not in told[3]


def test_an_interval_of_a_difference_is_not_told_as_that_of_one_group() -> None:
    f = {"kind": "metric", "estimate": {"value": -1.72, "low": -1.80, "high": -1.64, "n": 20212, "base": 20212, "unit": "score"}}
    assert backing(f, 2.57 / 5) == ("n 20,212", "−1.80 to −1.64 (difference)") and backing(f, -1.72) == backing(f, None) == ("n 20,212", "−1.80 to −1.64")
    assert backing(None, 0.5) == backing({"estimate": None}, 0.5) == ("", "")


@pytest.mark.parametrize("case", ["markup", "long word", "long text", "override", "controls"])
def test_hostile_words_stay_words_and_on_their_pages(tmp_path: Path, case: str) -> None:
    text = HOSTILE[case]
    found = findings(text=text, personas=(text,), names=(text + " 1", text + " 2"))
    says = replace(SAYS, first=replace(FIRST, title=text), unknown=(text,) * 3)
    data = map_data(found, "Acme", (text,))
    place = decided(publish(tmp_path, found, data, sheets=[sheet(text, text)] * 9), replace(says, first=FIRST))
    page = persona_page(sheet(text, text), MapView(data), {})
    assert "<script" not in page and "\u202e" not in page and "\x00" not in page
    told = pages(export_run("acme", place, formats=["pdf"], to=tmp_path / "out", brief=True)[0])
    assert len(told) <= MOST_PAGES and "\u202e" not in "".join(told)
    assert f"{9 - MOST_PERSONAS} more personas stand in the report alone" in " ".join("".join(told).split())


def test_a_run_without_map_or_personas_has_its_answer_and_method(tmp_path: Path) -> None:
    place = decided(publish(tmp_path, findings(), None), Decisions(None, (), silent="No first step is named: nobody was asked.", unknown=("Why people leave.",)))
    told = pages(export_run("acme", place, formats=["pdf"], to=tmp_path / "out", brief=True)[0])
    assert len(told) == 2 and "step is named: nobody was asked" in told[0] and "Why people leave." in told[1]


def test_what_cannot_be_a_brief_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    place = publish(tmp_path, findings(), map_data(findings()))
    wrong: list[dict[str, Any]] = [{"formats": ["xlsx"]}, {"formats": ["pdf"], "chapter": "40_funnel"}]
    for options in wrong:
        with pytest.raises(BadInput, match="--format pdf --brief"):
            export_run("acme", place, to=tmp_path / "out", brief=True, **options)
    with pytest.raises(NotEnoughData, match="decisions.json"):
        export_run("acme", place, formats=["pdf"], to=tmp_path / "out", brief=True)
    assert not list((tmp_path / "out").rglob("*.pdf"))
