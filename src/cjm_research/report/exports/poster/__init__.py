"""The whole journey on one sheet for the wall: A2, or the next larger sheet where the journey needs it.

`poster` shows all customers (PDF, `poster-png` as a picture), `persona-posters` a sheet for each persona, `blueprint` the
service behind the journey with its lines of interaction, visibility and internal interaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ....errors import NotEnoughData
from ....page.picture.content import Map, picture_of
from ...record.run_data import RunData
from ..browser import browse
from .lanes import DENSITIES, Most
from .sheet import A3, SHEETS, ZOOMS, Sheet, blueprint, journey

SCALE = 1.5  # of the picture's pixels


def write_pdf(data: RunData, target: Path) -> Path:
    """Write `poster.pdf`: one sheet, all customers. Raises `NotEnoughData` where the report has no map to draw."""
    return _print("poster", [journeys(data, None)], target / "poster.pdf")


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
    return _print("blueprint", [((sheet, blueprint(data, sheet, most)) for sheet, most in _sheets())], target / "blueprint.pdf")


def journeys(data: RunData, persona: str | None, small: bool = False) -> Iterable[tuple[Sheet, str]]:
    """The same journey, from the densest on the smallest sheet to the sparsest on the largest. small: it may be as small as A3."""
    content = data.need_map()
    if not picture_of(content).shown and not Map(content).by_id:
        raise NotEnoughData("cjm export --format poster", f"the map of run {data.run} is empty", "a map with findings", f"cjm check {data.client}")
    return ((sheet, journey(data, sheet, most, persona)) for sheet, most in [*(((A3, most) for most in DENSITIES) if small else ()), *_sheets()])  # made as they are tried


def _sheets() -> list[tuple[Sheet, Most]]:
    """From what fills the smallest sheet with everything in large type to the little that the largest sheet holds."""
    return [*((replace(SHEETS[0], zoom=z), DENSITIES[0]) for z in ZOOMS), *((sheet, most) for sheet in SHEETS for most in DENSITIES)]


def _print(name: str, posters: Sequence[Iterable[tuple[Sheet, str]]], path: Path) -> Path:
    def work(browser: Any, temporary: Path) -> None:
        from io import BytesIO

        from pypdf import PdfWriter

        whole = PdfWriter()
        for tried in posters:
            page, sheet, _ = fitting(browser, tried)
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
