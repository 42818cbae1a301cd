"""A run as slides of editable shapes: the story that leads to a decision, the personas, the opportunities, and the map in full behind them.

Every text is measured before it is placed, so nothing runs out of its box; what is cut is in the notes and the
spreadsheet. Notes hold the statements behind a slide with their method and id.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ...files import scratch_file
from ...page.colour import readable
from ...results import words
from ..record.run_data import RunData
from . import shapes
from .browser import ask
from .journey_slide import journey_slides
from .layout import ACCENT, BAD, GOOD, LEADING, MUTED, RULE, STYLES, Grid, Page, Row, groups, pages_of
from .persona_slide import persona_slide
from .story import story
from .text import clean, fold
from .view import Entry, MapView

WIDE, HIGH, LEFT = 960.0, 540.0, 28.0  # points
ACROSS = 5  # stages beside each other that can be read on a slide
TOP, HEAD, FOOT = 72.0, 34.0, 512.0
SIZE = shapes.LEAST
SIDE = {"pain": BAD, "gain": GOOD}
LEGEND = "Ranges are 95 % intervals. assumed: written by hand, without data. partly backed: from few or unsolicited voices."
NOTE_LIMIT = 24_000  # characters of notes on a slide


def write(data: RunData, target: Path) -> Path:
    """Write `journey_map.pptx`."""
    from pptx import Presentation

    view = MapView(data.need_map())
    show = Presentation()
    shapes.brand(show, readable(data.look.colour or ACCENT, "#ffffff"))
    show.slide_width, show.slide_height = shapes.points(WIDE), shapes.points(HIGH)
    show.core_properties.title, show.core_properties.author, show.core_properties.comments = clean(data.title)[:250], "", f"run {clean(data.run)}"[:250]
    logo = drawable(data.look.logo)
    _title(show, data, logo)
    if data.decisions is not None:
        story(show, data, data.decisions, lambda: journey_slides(show, data))
    else:
        journey_slides(show, data)  # a run of before the first page said what to do
    if logo:
        for slide in list(show.slides)[1:]:
            shapes.picture(slide, logo, 820, 510, 100, 22, data.look.name or data.title)
    for persona in view.personas:
        slide, shown = persona_slide(show, view, persona, data.sheets, drawable(data.look.portraits.get(str(persona["name"]), "")))
        _notes(slide, shown)
    _opportunities(show, view)
    _maps(show, view)
    _reading(show, view)
    _cited(show, data)
    path = target / "journey_map.pptx"
    temporary = scratch_file(path)
    show.save(str(temporary))
    temporary.replace(path)
    return path


def drawable(picture: str) -> bytes:
    """A picture's data address as what slides can hold, empty where there is none. Raises `BadInput` for an SVG where no browser draws it."""
    head, _, content = picture.partition(",")
    if not content:
        return b""
    raw = base64.b64decode(content)
    if "svg" not in head:
        return raw

    def drawn(browser: Any) -> bytes:
        page = browser.new_context(offline=True, java_script_enabled=False, viewport={"width": 600, "height": 240}, device_scale_factor=2).new_page()
        page.set_content(f'<body style="margin:0"><img src="{picture}" style="max-width:600px;max-height:240px"></body>')
        return bytes(page.locator("img").screenshot(omit_background=True))

    return bytes(ask("pptx", drawn))


def _title(show: Any, data: RunData, logo: bytes) -> None:
    slide = shapes.new_slide(show, data.title)
    holder = slide.shapes.title
    lines, whole = fold(clean(data.title), 780, 34, True, most=3)
    holder.left, holder.top, holder.width, holder.height = shapes.points(84), shapes.points(170), shapes.points(800), shapes.points(44 * len(lines) + 6)
    run = holder.text_frame.paragraphs[0].runs[0]
    run.text, run.font.size = whole, _pt(34)
    shapes.block(slide, 56, 174, 8, 44 * len(lines), ACCENT, "Accent")
    if logo:
        shapes.picture(slide, logo, 644, 40, 240, 72, data.look.name or data.title)
    made = data.receipt.started_at[:10] if data.receipt else ""
    status = data.receipt.status.capitalize() if data.receipt else ""
    told = ["What to do first, why, what it is worth, and what is next.", " · ".join(x for x in (clean(data.look.name), made, status) if x)]
    shapes.box(slide, 84, 184 + 44 * len(lines), 800, 60, [([(fold(t, 780, 16, most=1)[1], "none")], 22, 4) for t in told if t], 16, "Summary")


def _cited(show: Any, data: RunData) -> None:
    """The statements that the story rests on, in the notes of its first slides."""
    known = {str(f.get("id")): f for f in data.findings}
    ids = [i for i in data.decisions.cited if i in known] if data.decisions else []
    lines = [f"{i}: {clean(known[i]['statement'])}" for i in ids]
    if lines:
        list(show.slides)[1].notes_slide.notes_text_frame.text = "\n".join(lines)[:NOTE_LIMIT]


# --- the map ---------------------------------------------------------------------------------------------------------


def _maps(show: Any, view: MapView) -> None:
    shown = [lane for lane in view.lanes if lane["shown"]]
    parts = groups(len(view.stages), ACROSS)
    for future, title in ((False, "The journey in full"), (True, "The future state")):
        if future and not view.future:
            continue
        grid = _grid(min(ACROSS, max((len(g) for g in parts), default=1)), SIZE, 6)
        pages = pages_of(view, view.lanes if future else shown, grid, across=ACROSS, room=FOOT - TOP - HEAD - 8, future=future)
        for n, page in enumerate(pages, start=1):
            sub = " · ".join(clean(r.lane["title"]) for r in page.rows)
            _map_slide(show, view, page, grid, f"{title} ({n} of {len(pages)})" if len(pages) > 1 else title, sub, "")


def _grid(columns: int, size: float, most: int, curve: float = 80.0) -> Grid:
    lane = 100.0
    return Grid(size=size, least=shapes.LEAST, column=(WIDE - 2 * LEFT - lane) / max(1, columns), lane=lane, pad=6, clip_lines=most, curve=curve)


def _map_slide(show: Any, view: MapView, page: Page, grid: Grid, title: str, sub: str, persona: str) -> None:
    slide = shapes.new_slide(show, title, sub)
    for k, i in enumerate(page.stages):
        name = clean(view.stages[i]["name"])
        size = SIZE
        text = fold(name, grid.column - 20, size, True, most=2)[1]
        shapes.block(slide, LEFT + grid.lane + k * grid.column, TOP, grid.column - 3, HEAD, ACCENT, f"Stage {name}", kind="chevron",
                     text=[(text, "head")], size=size)
    y = TOP + HEAD + 5
    for n, row in enumerate(page.rows):
        behind = bool(row.lane.get("backstage")) and not (n and page.rows[n - 1].lane.get("backstage"))
        if n or behind:
            shapes.rule(slide, LEFT, y, WIDE - LEFT, y, "Line of visibility" if behind else f"Rule above {row.lane['title']}", MUTED if behind else RULE, dashed=behind)
        _row(slide, view, page, row, grid, y, persona or None)
        y += row.height
    shapes.box(slide, LEFT, FOOT + 6, WIDE - 2 * LEFT, 18, [([(fold(LEGEND, WIDE - 2 * LEFT, SIZE, most=1)[1], "small")], 15, 0)], SIZE, "Legend")
    _notes(slide, [e for row in page.rows for cell in row.entries for e in cell])


def _row(slide: Any, view: MapView, page: Page, row: Row, grid: Grid, y: float, persona: str | None) -> None:
    title = clean(row.lane["title"])
    shapes.box(slide, LEFT, y + grid.pad, grid.lane - grid.pad, row.height - grid.pad, [([(title, "lane")], grid.size * LEADING, 0)], grid.size, f"Lane {title}")
    if row.curve:
        _curve(slide, view, page, grid, y, row.curve, persona)
    for k, lines in enumerate(row.cells):
        x = LEFT + grid.lane + k * grid.column
        top = y + row.curve + grid.pad
        if row.lane["name"] in SIDE and row.entries[k]:
            shapes.rule(slide, x + 1, top, x + 1, y + row.height - grid.pad, f"Mark of {title}", SIDE[row.lane["name"]], 1.5)
        shapes.box(slide, x + grid.pad, top, grid.column - 2 * grid.pad, row.height - row.curve - 2 * grid.pad, shapes.paragraphs_of(lines), grid.size,
                   f"{title}, {view.stages[page.stages[k]]['name']}")


def _curve(slide: Any, view: MapView, page: Page, grid: Grid, y: float, height: float, persona: str | None) -> None:
    centre, scale = y + height / 2, (height / 2 - 10) / 2
    left = LEFT + grid.lane
    shapes.rule(slide, left, centre, left + grid.column * len(page.stages), centre, "Emotion 0")
    for value, text in ((2, "+2"), (0, "0"), (-2, "−2")):
        shapes.box(slide, left - 30, centre - value * scale - 8, 28, 16, [([(text, "small")], 15, 0)], SIZE, f"Emotion axis {text}")
    at = {i: left + (k + 0.5) * grid.column for k, i in enumerate(page.stages)}
    def height_of(value: float | None) -> float | None:
        return None if value is None else centre - value * scale

    shapes.curve(slide, [(at[p.stage], centre - p.value * scale, height_of(p.low), height_of(p.high), p.hollow) for p in view.feelings(persona) if p.stage in at],
                 "Emotion curve")


# --- opportunities and how to read it ------------------------------------------------------------------------------------


COLUMNS = (("Opportunity", 330.0), ("Where", 130.0), ("Status, owner, review", 204.0), ("What came of it", 240.0))


def _opportunities(show: Any, view: MapView) -> None:
    """One slide; where there are more than fit, the last row says how many."""
    found = view.opportunities()
    if not found:
        return
    slide = shapes.new_slide(show, "Opportunities", "In their rank; the client’s own first, then what the findings propose")
    size, pad = SIZE, 5.0
    rows: list[tuple[list[str], float]] = []
    y, entries = TOP + 28, []
    for k, chance in enumerate(found):
        folded = [fold(t, w - 2 * pad, size, most=m) for t, (_, w), m in
                  zip((chance.name, chance.where, chance.standing, chance.came), COLUMNS, (3, 3, 4, 4), strict=True)]
        height = max(len(lines) for lines, _ in folded) * size * LEADING + 2 * pad
        rest = len(found) - k
        if y + height > FOOT - (24 if rest > 1 else 0):
            rows.append(([f"and {rest} more, in the report and in the spreadsheet", "", "", ""], size * LEADING + 2 * pad))
            break
        rows.append(([whole for _, whole in folded], height))
        entries.append(view.entry(chance.finding, "opportunities"))
        y += height
    frame = slide.shapes.add_table(len(rows) + 1, len(COLUMNS), shapes.points(LEFT), shapes.points(TOP), shapes.points(WIDE - 2 * LEFT), shapes.points(24))
    frame.name = "Opportunities"
    table = frame.table
    for c, (name, width) in enumerate(COLUMNS):
        table.columns[c].width = shapes.points(width)
        _table_cell(table.cell(0, c), name, "head", size, pad, ACCENT)
    table.rows[0].height = shapes.points(22)
    for r, (texts, height) in enumerate(rows, start=1):
        table.rows[r].height = shapes.points(height)
        for c, text in enumerate(texts):
            _table_cell(table.cell(r, c), text, "label" if c == 0 else "none", size, pad, "#ffffff" if r % 2 else "#f5f6f8")
    _notes(slide, entries)


def _table_cell(cell: Any, text: str, style: str, size: float, pad: float, fill: str) -> None:
    cell.fill.solid()
    shapes.paint(cell.fill.fore_color, fill)
    cell.margin_left = cell.margin_right = shapes.points(pad)
    cell.margin_top = cell.margin_bottom = shapes.points(pad * 0.8)
    shapes.fill_frame(cell.text_frame, [([(text, style)], size * LEADING, 0)] if text else [([("", style)], size * LEADING, 0)], size / STYLES[style].size)


def _reading(show: Any, view: MapView) -> None:
    slide = shapes.new_slide(show, "How to read this map")
    told = ["Reach: share of all customers seen in the stage. Going on: of those, the share seen in a later stage afterwards.",
            "Grey ranges are 95 % intervals; “123 of 456” are the people counted and the people they are counted of; n is the number of answers or participants.",
            "Emotion: mean valence of coded passages, from −2 (very negative) to +2 (very positive); each participant counts once.",
            "partly backed: from few or unsolicited voices. assumed: written by hand, without data.",
            "Notes of each slide hold the full statements with their method and id; the ids are those of findings.json, of the spreadsheet and of the report."]
    dark = view.without_data()
    told += [f"The map has no data for {words.listing(dark)}."] if dark else []
    paragraphs, y = [], TOP
    for text in told:
        lines, whole = fold(text, WIDE - 2 * LEFT - 10, 14, most=3)
        y += len(lines) * 19 + 8
        if y < FOOT:
            paragraphs.append(([(whole, "label")], 19.0, 8.0))
    shapes.box(slide, LEFT, TOP, WIDE - 2 * LEFT, FOOT - TOP, paragraphs, 14, "How to read")


def _notes(slide: Any, entries: Iterable[Entry]) -> None:
    """The statements behind a slide, each with its method and id."""
    lines, used = [], 0
    for f in {e.finding["id"]: e.finding for e in entries}.values():
        method = (f.get("estimate") or {}).get("method")
        line = f"{f['id']}: {clean(f['statement'])}" + (f" [{clean(method)}]" if method else "")
        used += len(line)
        if used > NOTE_LIMIT:
            break
        lines.append(line)
    if lines:
        slide.notes_slide.notes_text_frame.text = "\n".join(lines)


def _pt(size: float) -> Any:
    from pptx.util import Pt

    return Pt(size)


