"""Sheets for the wall: one page each, on paper of the size that the journey needs, in letters of nine points and more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cjm_research.errors import BadInput, NotEnoughData
from cjm_research.params import Workspace
from cjm_research.report.exports import export_run, poster
from cjm_research.report.exports.poster.emotion import HEIGHT, _Labels
from cjm_research.report.exports.poster.lanes import DENSITIES
from cjm_research.report.exports.poster.sheet import SHEETS, blueprint, journey
from cjm_research.report.record.run_data import read_run

from .maps import findings, map_data, publish, sheet
from .test_exports import HOSTILE

A2 = (1684, 1191)  # points


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    found = findings()
    return publish(tmp_path, found, map_data(found), sheets=[sheet("Movers", "Plans ahead")])


def sizes(path: Path) -> list[tuple[int, int]]:
    import pypdf

    return [(round(float(p.mediabox.width)), round(float(p.mediabox.height))) for p in pypdf.PdfReader(path).pages]


def test_the_poster_is_one_sheet_of_a2_and_the_personas_have_one_each(place: Workspace, tmp_path: Path) -> None:
    import pypdf

    whole, people, service = (export_run("acme", place, formats=[name], to=tmp_path / "out")[0] for name in ("poster", "persona-posters", "blueprint"))
    personas = read_run("acme", place).need_map()["personas"]
    assert sizes(whole) == sizes(service) == [A2]
    assert sizes(people) == [A2] * len(personas)
    text = pypdf.PdfReader(whole).pages[0].extract_text()
    assert "Stage 1" in text and "Reach" in text
    for persona, page in zip(personas, pypdf.PdfReader(people).pages, strict=True):
        assert f"The journey of {persona['name']}" in page.extract_text()
    assert "line of internal interaction" in pypdf.PdfReader(service).pages[0].extract_text()


def test_the_picture_of_the_poster_is_the_sheet(place: Workspace, tmp_path: Path) -> None:
    raw = export_run("acme", place, formats=["poster-png"], to=tmp_path / "out")[0].read_bytes()
    width, height = (int.from_bytes(raw[k:k + 4], "big") for k in (16, 20))
    assert raw.startswith(b"\x89PNG")
    assert abs(width - SHEETS[0].width * poster.SCALE) <= 1 and abs(height - SHEETS[0].height * poster.SCALE) <= 1


@pytest.mark.parametrize("case", sorted(HOSTILE))
def test_hostile_words_stay_on_the_sheet_and_do_nothing(tmp_path: Path, case: str) -> None:
    text = HOSTILE[case]
    found = findings(text=text, personas=(text or "P",), names=(text + " 1", text + " 2"))
    data = read_run("acme", publish(tmp_path, found, map_data(found, "Acme " + text, (text or "P",)), sheets=[sheet(text or "P", text)]))
    for html in (journey(data, SHEETS[0], DENSITIES[0]), journey(data, SHEETS[0], DENSITIES[0], text or "P"), blueprint(data, SHEETS[0], DENSITIES[0])):
        assert "<script" not in html
        assert "\x00" not in html and "\u202e" not in html


def test_letters_are_large_enough_and_everything_lies_on_the_sheet(tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    from cjm_research.report.exports.pdf import launch

    text = "An opportunity whose name is as long as they come in workshops"
    found = findings(text=text)
    data = read_run("acme", publish(tmp_path, found, map_data(found), sheets=[sheet("Movers", text * 5)]))

    def measured() -> tuple[list[float], int, str]:
        with sync_playwright() as playwright:
            browser = launch(playwright)
            page, chosen, _ = poster.fitting(browser, poster.journeys(data, None))
            points = page.evaluate("""() => [...document.querySelectorAll('body *')].filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
                .filter(e => !e.closest('.vh, title')).map(e => parseFloat(getComputedStyle(e).fontSize))""")
            outside = page.evaluate("""() => [...document.querySelectorAll('main *, header *, footer, .people *')].filter(e => !e.closest('.vh, svg'))
                .filter(e => { const b = e.getBoundingClientRect(); return b.right > innerWidth + 1 || b.bottom > innerHeight + 1 || b.left < -1 }).length""")
            browser.close()
        return points, outside, chosen.name

    with ThreadPoolExecutor(1) as own:  # playwright refuses a thread with a running loop, which another test may have left
        points, outside, name = own.submit(measured).result()
    assert min(points) >= 12  # CSS pixels: nine points
    assert outside == 0
    assert name in ("A2", "A1", "A0")


@pytest.mark.parametrize("stages", [4, 14])
def test_a_small_sheet_keeps_its_letters_or_is_refused(tmp_path: Path, stages: int) -> None:
    import pypdf

    found = findings()
    whole = map_data(found)
    names = [{"name": f"Stage {k + 1} with a name", "goal": "A goal of some length"} for k in range(stages)]
    place = publish(tmp_path, found, {**whole, "stages": [*whole["stages"], *names[len(whole["stages"]):]]})
    if stages > 6:
        with pytest.raises(BadInput, match="A3 cannot hold"):
            export_run("acme", place, formats=["poster-a3"], to=tmp_path / "out")
        assert not list((tmp_path / "out").glob("*.pdf"))
        return
    made = export_run("acme", place, formats=["poster-a3"], to=tmp_path / "out")[0]
    assert sizes(made) == [(1191, 843)]
    letters: list[float] = []
    pypdf.PdfReader(made).pages[0].extract_text(visitor_text=lambda text, cm, tm, font, size: letters.append(abs(size * tm[3] * cm[3])) if text.strip() else None)
    assert min(letters) >= 9 - 0.01


def test_the_line_of_the_curve_keeps_labels_off() -> None:
    labels = _Labels([(300.0, 130.0)], 600.0)
    labels.clear_of([(float(x), 112.0) for x in range(0, 600, 8)])  # just where the label would stand
    labels.put(300.0, 130.0, "Delivery slot ", "−1.7", up=True)
    left, top, right, bottom = labels._boxes[-1]
    assert not top < 112.0 < bottom


def test_labels_of_the_curve_lie_on_nothing_else() -> None:
    points = [(100.0 + 40 * k, 90.0) for k in range(6)]
    labels = _Labels(points, 600.0)
    for x, y in points:
        labels.put(x, y, "Delivery slot ", "−1.7", up=False)
    boxes = labels._boxes
    assert not any(a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3] for i, a in enumerate(boxes) for b in boxes[len(points):] if a is not b and i < len(points))
    placed = boxes[len(points):]
    assert not any(a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3] for i, a in enumerate(placed) for b in placed[i + 1:])
    assert all(top >= 0 and bottom <= HEIGHT for _, top, _, bottom in placed)


def test_without_a_map_or_personas_it_says_so(tmp_path: Path) -> None:
    data = read_run("acme", publish(tmp_path, [], {**map_data([]), "personas": []}))
    with pytest.raises(NotEnoughData, match="is empty"):
        poster.write_pdf(data, tmp_path)
    with pytest.raises(NotEnoughData, match="no persona"):
        poster.write_personas(data, tmp_path)
