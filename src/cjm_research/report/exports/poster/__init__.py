"""The whole journey on one sheet for the wall: A2, or the next larger sheet where the journey needs it.

`poster` shows all customers (PDF, `poster-png` as a picture), `persona-posters` a sheet for each persona, `blueprint` the
service behind the journey with its lines of interaction, visibility and internal interaction. `poster-a3` is for an office's
printer: fewer entries, since no letter is smaller than nine points on any sheet; a journey that does not fit so is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ....errors import BadInput, NotEnoughData
from ....page.picture.content import Map, picture_of
from ...record.run_data import RunData
from ..browser import browse
from .lanes import DENSITIES, SPARSE, Most
from .sheet import A3, SHEETS, ZOOMS, Sheet, blueprint, journey

COLUMN = 130.0  # px a stage needs so that words are not broken
SCALE = 1.5  # of the picture's pixels


def write_pdf(data: RunData, target: Path) -> Path:
    """Write `poster.pdf`: one sheet, all customers. Raises `NotEnoughData` where the report has no map to draw."""
    return _print("poster", [journeys(data, None)], target / "poster.pdf")


def write_small(data: RunData, target: Path) -> Path:
    """Write `poster_a3.pdf`: the least that makes a poster, in letters of nine points. Raises `BadInput` where even that needs a larger sheet."""
    def within(sheet: Sheet) -> None:
        if sheet.name != A3.name:
            stages = len(data.need_map()["stages"])
            raise BadInput(f"cjm export {data.client} --format poster-a3", f"a journey of {stages} stages, which A3 cannot hold in letters of nine points",
                           "a journey whose stages, pains and gains fit on A3", f"cjm export {data.client} --format poster makes a sheet of A2 or larger")

    return _print("poster-a3", [small(data, A3)], target / "poster_a3.pdf", within)


def write_png(data: RunData, target: Path) -> Path:
    """Write `poster.png`: the same sheet as a picture."""
    def shoot(browser: Any, temporary: Path) -> None:
        page, sheet, html = fitting(browser, journeys(data, None))
        page.close()
        page = browser.new_context(offline=True, java_script_enabled=False, viewport={"width": sheet.width, "height": sheet.height}, device_scale_factor=SCALE).new_page()
        page.set_content(html)
        temporary.write_bytes(page.screenshot())

    return browse("poster-png", shoot, target / "poster.png")


def write_personas(data: RunData, target: Path) -> Path:
    """Write `poster_personas.pdf`: a sheet for each persona. Raises `NotEnoughData` where the map knows no persona."""
    people = [str(p["name"]) for p in data.need_map().get("personas") or []]
    if not people:
        raise NotEnoughData("cjm export --format persona-posters", "the map knows no persona", "personas in the report's map", "cjm export --format poster draws all customers")
    return _print("persona-posters", [journeys(data, p) for p in people], target / "poster_personas.pdf")


def write_blueprint(data: RunData, target: Path) -> Path:
    """Write `blueprint.pdf`: what customers do, whom they meet, and what works behind the line of visibility."""
    return _print("blueprint", [((sheet, blueprint(data, sheet, most)) for sheet, most in _wide_enough(_sheets(), len(data.need_map()["stages"])))], target / "blueprint.pdf")


def journeys(data: RunData, persona: str | None) -> Iterable[tuple[Sheet, str]]:
    """The same journey, from the densest on the smallest sheet to the sparsest on the largest."""
    stages = _drawn(data)
    return ((sheet, journey(data, sheet, most, persona)) for sheet, most in _wide_enough(_sheets(), stages))  # made as they are tried


def small(data: RunData, sheet: Sheet) -> Iterable[tuple[Sheet, str]]:
    """The same journey on a sheet about as large as A3, from the densest to the least that makes a poster; then on larger ones."""
    stages = _drawn(data)
    larger = [(replace(sheet, zoom=z), DENSITIES[0]) for z in ZOOMS[1::2]]
    return ((s, journey(data, s, most)) for s, most in _wide_enough([*larger, *((sheet, most) for most in (*DENSITIES, *SPARSE)), *_sheets()], stages))


def _drawn(data: RunData) -> int:
    """How many stages there are to draw. Raises `NotEnoughData` where there is nothing."""
    content = data.need_map()
    if not picture_of(content).shown and not Map(content).by_id:
        raise NotEnoughData("cjm export --format poster", f"the map of run {data.run} is empty", "a map with findings", f"cjm check {data.client}")
    return len(content["stages"])


def _wide_enough(sheets: Sequence[tuple[Sheet, Most]], stages: int) -> Sequence[tuple[Sheet, Most]]:
    """Those whose stages are wide enough that words stand whole; the largest where none is."""
    return [(s, most) for s, most in sheets if s.room / stages >= COLUMN] or sheets[-len(DENSITIES):]


def _sheets() -> list[tuple[Sheet, Most]]:
    """From what fills the smallest sheet with everything in large type to the little that the largest sheet holds."""
    return [*((replace(SHEETS[0], zoom=z), DENSITIES[0]) for z in ZOOMS), *((sheet, most) for sheet in SHEETS for most in DENSITIES)]


def _print(name: str, posters: Sequence[Iterable[tuple[Sheet, str]]], path: Path, check: Callable[[Sheet], None] = lambda sheet: None) -> Path:
    def work(browser: Any, temporary: Path) -> None:
        from io import BytesIO

        from pypdf import PdfWriter

        whole = PdfWriter()
        for tried in posters:
            page, sheet, _ = fitting(browser, tried)
            check(sheet)
            made = page.pdf(width=f"{sheet.width}px", height=f"{sheet.height}px", print_background=True, tagged=True, page_ranges="1")
            whole.append(BytesIO(made))
            page.close()
        whole.write(temporary)

    return browse(name, work, path)


def fitting(browser: Any, tried: Iterable[tuple[Sheet, str]], close: bool = False) -> tuple[Any, Sheet, str]:
    """The first that fits on its sheet, opened (close: no longer); the last where none does."""
    page = browser.new_context(offline=True).new_page()
    for sheet, html in tried:
        page.set_viewport_size({"width": sheet.width, "height": sheet.height})
        page.set_content(html)  # the page's policy allows no script of its own
        if page.evaluate("document.documentElement.scrollHeight") <= sheet.height and page.evaluate("document.documentElement.scrollWidth") <= sheet.width:
            break
    if close:
        page.close()
    return page, sheet, html
