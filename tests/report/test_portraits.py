"""Portraits of personas: a picture that the params name, else initials; on sheets, map, poster, brief and slides."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from cjm_research.errors import BadInput
from cjm_research.page.blocks import Sheets
from cjm_research.page.numbering import Numbering
from cjm_research.page.portraits import initials, portrait_html
from cjm_research.page.render import render
from cjm_research.params import Workspace, load_params
from cjm_research.report.exports import export_run
from cjm_research.report.exports.brief_persona import persona_page
from cjm_research.report.exports.poster import journeys
from cjm_research.report.exports.poster.sheet import SHEETS
from cjm_research.report.pages.chapter_pages import Drawn, draw_chapters
from cjm_research.report.pages.frame import Brand, brand_of
from cjm_research.report.pages.map_page import map_page
from cjm_research.report.record.plan import plan_report

from .maps import findings, map_data, publish, sheet
from .test_exports import slides
from .test_story import DOT
from .workspace import ANSWER, executed, notebook, workspace

NAMED = "data:image/png;base64," + base64.b64encode(DOT).decode()
JPEG = b"\xff\xd8\xff\xe0" + b"0" * 40
MOVERS = "personas: {names: [{name: Movers, image: faces/movers.png}]}\n"


def place_with(tmp_path: Path, name: str, raw: bytes | None) -> Workspace:
    place = workspace(tmp_path, {"40_funnel": notebook("F", ANSWER)}, {"demo": {"personas": {"names": [{"name": "Movers"}, {"name": "Stayers", "image": name}]}}})
    if raw is not None:
        path = place.params / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(raw)
    return place


@pytest.mark.parametrize(("name", "raw", "kind"), [("faces/a.png", DOT, "png"), ("a.jpg", JPEG, "jpeg"), ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "svg+xml")])
def test_a_portrait_is_part_of_the_pages(tmp_path: Path, name: str, raw: bytes, kind: str) -> None:
    place = place_with(tmp_path, name, raw)
    assert brand_of(load_params("demo", place), place).portraits == {"Stayers": f"data:image/{kind};base64,{base64.b64encode(raw).decode()}"}


@pytest.mark.parametrize(("name", "raw", "found"), [("gone.png", None, "no such file"), ("a.png", b"MZ", "no PNG, JPEG or SVG"), ("a.jpg", JPEG + b"0" * 60_000, "60,044 bytes")])
def test_what_cannot_be_a_portrait_is_refused_in_words(tmp_path: Path, name: str, raw: bytes | None, found: str) -> None:
    place = place_with(tmp_path, name, raw)
    with pytest.raises(BadInput, match=rf"personas\.names\.1\.image \({name}\)[\s\S]*{found}"):
        brand_of(load_params("demo", place), place)


def test_a_portrait_lies_beside_the_params(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"personas\.names\.1\.image[\s\S]*outside of the params folder"):
        load_params("demo", place_with(tmp_path, "../secret.png", None))


def test_another_portrait_is_another_report(tmp_path: Path) -> None:
    place = place_with(tmp_path, "a.png", DOT)
    before = plan_report("demo", place).key
    (place.params / "a.png").write_bytes(DOT + b"x")
    assert plan_report("demo", place).key != before


@pytest.mark.parametrize(("name", "letters"), [("Trail planner", "TP"), ("movers", "M"), ("A b c", "AB"), ("", ""), ("<b> x", "<X")])
def test_initials_are_two_letters_at_most(name: str, letters: str) -> None:
    assert initials(name) == letters
    assert "<b>" not in portrait_html(name, {})


def test_sheets_map_poster_brief_and_slides_show_the_portrait_or_the_initials(tmp_path: Path) -> None:
    found = findings(personas=("Movers", "Stayers"))
    items = [sheet("Movers", "Plans ahead"), sheet("Stayers", "Waits")]
    data = map_data(found, personas=("Movers", "Stayers"))
    place = publish(tmp_path, found, data, sheets=items)
    faces = {"Movers": NAMED}
    chapter = Drawn("20_personas", "Personas", executed("P", Sheets(items)), "ok")
    links = draw_chapters([chapter], portraits=faces)
    assert chapter.content is not None
    chapter.content.numbering.maps.append(data)
    drawn = {"sheets": chapter.content.html, "map": map_page([chapter], Brand("T", portraits=faces), links) or "", "notebook": render(Sheets(items), Numbering()),
             "brief": "".join(persona_page(i, None, faces) for i in items)}
    (place.params / "acme.yaml").write_text(f"client: acme\n{MOVERS}")
    (place.params / "faces").mkdir()
    (place.params / "faces" / "movers.png").write_bytes(DOT)
    from cjm_research.report.exports import _look
    from cjm_research.report.record.run_data import read_run

    whole = __import__("dataclasses").replace(read_run("acme", place), look=_look("acme", place))
    drawn["poster"] = next(html for size, html in journeys(whole, None) if size.name == SHEETS[0].name)
    for where, html in drawn.items():
        shown = [] if where == "notebook" else ["Movers"]
        assert html.count('<img class="portrait"') == len(shown), where
        assert all(f'src="{NAMED}" alt="Portrait of the persona {name}"' in html for name in shown), where
        assert ">S</span>" in html and (">M</span>" in html) == (where == "notebook"), where
    show = slides(export_run("acme", place, formats=["pptx"], to=tmp_path / "out")[0])
    alts = [x._element.nvPicPr.cNvPr.get("descr") for s in show for x in s.shapes if x.shape_type == 13]
    letters = [x.text_frame.text for s in show for x in s.shapes if x.name == "Initials"]
    assert alts == ["Portrait of the persona Movers"] and letters == ["S"]


def test_the_map_s_page_opens_with_the_picture_and_keeps_everything_on_demand() -> None:
    found = findings(personas=("Movers",))
    chapter = Drawn("20_personas", "Personas", executed("P", Sheets([sheet("Movers", "Plans ahead")])), "ok")
    links = draw_chapters([chapter])
    assert chapter.content is not None
    chapter.content.numbering.maps.append(map_data(found, personas=("Movers",)))
    html = map_page([chapter], Brand("T"), links, objective="Where do they stop?") or ""
    head, _, rest = html.partition('<details class="everything">')
    assert rest and '<ol class="jny' in head and 'class="folk"' in head and "Where do they stop?" in head and 'href="20_personas.html#persona-movers"' in head
    assert 'class="map' not in head.partition("<main")[2] and '<section class="map"' in rest
