"""The map as one picture (SVG with live text, PNG drawn from it) and on paper (PDF, A3, as many pages as it takes)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..record.run_data import RunData
from .browser import browse
from .drawing import document, grid_svg, heading, note, stage_height
from .layout import Grid, Page, pages_of, rows_of
from .text import clean
from .view import MapView
from .written import write_text

BARS = ("reach", "conversion")
SCREEN = Grid(size=13, column=248, lane=164, pad=10, curve=110, bars=BARS)
MARGIN = 24.0
A3 = (1190.55, 841.89)  # points, landscape
ACROSS = 7  # stages that are readable beside each other on A3
LARGEST = 16_000  # pixels a browser draws in one picture
LEGEND = ("Ranges are 95 % intervals; darker parts of bars show them. assumed: written by hand, without data. partly backed: from few or unsolicited "
          "voices. Thin curves: personas, often few participants. Evidence of every entry: the report’s first page, and the spreadsheet.")


def write_svg(data: RunData, target: Path) -> Path:
    """Write `journey_map.svg`: the lanes of the default view, all customers."""
    return write_text(target / "journey_map.svg", map_svg(data))


def write_png(data: RunData, target: Path) -> Path:
    """Write `journey_map.png`, the same picture. Raises `BadInput` where no browser is installed."""
    svg, path = map_svg(data), target / "journey_map.png"
    width, height = _measures(svg)
    scale = min(2.0, LARGEST / max(width, height))

    def shoot(browser: Any, temporary: Path) -> None:
        page = browser.new_context(offline=True, java_script_enabled=False, device_scale_factor=scale, viewport={"width": 800, "height": 600}).new_page()
        page.set_content(f"<!doctype html><style>body{{margin:0}}svg{{display:block}}</style>{svg}")
        page.locator("svg").first.screenshot(path=str(temporary), type="png")

    return browse("png", shoot, path)


def write_paper(data: RunData, target: Path) -> Path:
    """Write `journey_map.pdf`: every lane that holds something, on A3 pages. Raises `BadInput` where no browser is installed."""
    pages = "".join(f'<section>{svg}</section>' for svg in paper_svgs(data))

    def print_(browser: Any, temporary: Path) -> None:
        page = browser.new_context(offline=True, java_script_enabled=False, color_scheme="light").new_page()
        page.set_content("<!doctype html><html lang=en><title>" + clean(data.title).replace("<", "") + "</title><style>@page{size:A3 landscape;margin:0}"
                         "body{margin:0}section{break-after:page;height:296.9mm;overflow:hidden}section:last-child{break-after:auto}svg{display:block;width:420mm;height:297mm}</style>" + pages)
        page.pdf(path=str(temporary), prefer_css_page_size=True, print_background=True, tagged=True)

    return browse("map-pdf", print_, target / "journey_map.pdf")


def map_svg(data: RunData) -> str:
    """The picture as SVG text."""
    view = MapView(data.need_map())
    stages = range(len(view.stages))
    page = Page(list(stages), rows_of(view, [lane for lane in view.lanes if lane["shown"]], stages, SCREEN))
    width = max(720.0, SCREEN.lane + SCREEN.column * len(stages) + 2 * MARGIN)
    head, room = 60.0, width - 2 * MARGIN
    height = MARGIN + head + stage_height(view, page, SCREEN) + page.height + 64
    title = clean(data.title)
    parts = heading(title, _subtitle(data, view, "all customers"), MARGIN, MARGIN, room, SCREEN) + grid_svg(view, page, SCREEN, MARGIN, MARGIN + head)
    parts += note(LEGEND, MARGIN, height - 48, room, SCREEN)
    return document(parts, round(width), round(height), "Journey map: " + title, SCREEN.size)


def paper_svgs(data: RunData) -> list[str]:
    """The pages of the A3 document, each as SVG text."""
    view = MapView(data.need_map())
    across = min(ACROSS, max(1, len(view.stages)))
    margin, lane = 34.0, 112.0
    widest = -(-len(view.stages) // -(-len(view.stages) // across)) if view.stages else 1
    grid = Grid(size=8.6, column=min(300.0, (A3[0] - 2 * margin - lane) / widest), lane=lane, pad=6, curve=80, bars=BARS)
    top, bottom = margin + 44, margin + 24
    probe = Page(list(range(len(view.stages))))
    room = A3[1] - top - bottom - stage_height(view, probe, grid) - 0.3 * grid.size
    views: list[tuple[str, str | None, bool]] = [("all customers", None, False), *((f"{p['name']} ({p['size']:,} {p.get('of') or 'customers'})", p["name"], False)
                                                 for p in view.personas), *([("future state", None, True)] if view.future else [])]
    pages = [(page, what, persona) for what, persona, future in views
             for page in pages_of(view, view.lanes, grid, across=across, room=room, persona=persona, future=future)]
    out = []
    for number, (page, what, persona) in enumerate(pages or [(Page([]), "all customers", None)], start=1):
        sub = _subtitle(data, view, clean(what)) + f" · page {number} of {max(1, len(pages))}"
        parts = heading(clean(data.title), sub, margin, margin, A3[0] - 2 * margin, grid) + grid_svg(view, page, grid, margin, top, persona)
        parts += note(LEGEND, margin, A3[1] - margin - 12, A3[0] - 2 * margin, grid, most=1)
        out.append(document(parts, A3[0], A3[1], f"Journey map: {clean(data.title)}, {clean(what)}, page {number}", grid.size))
    return out


def _subtitle(data: RunData, view: MapView, what: str) -> str:
    numbers = sum(1 for f in view.by_id.values() if f.get("estimate") and not (f.get("persona") or f.get("channel") or f.get("period")))
    return f"{what} · {len(view.stages)} stages, {numbers:,} numbers about all customers · run {clean(data.run)}"


def _measures(svg: str) -> tuple[float, float]:
    import re

    found = re.search(r'width="([\d.]+)" height="([\d.]+)"', svg)
    assert found is not None
    return float(found[1]), float(found[2])
