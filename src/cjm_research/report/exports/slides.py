"""The map as slides of editable shapes: at a glance, in full, one slide a persona, and the opportunities.

Every text is measured before it is placed, so nothing runs out of its box; what is cut is in the notes and the
spreadsheet. Notes hold the statements behind a slide with their method and id.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ...files import scratch_file
from ..record.run_data import RunData
from . import shapes
from .layout import ACCENT, BAD, GOOD, LEADING, MUTED, RULE, STYLES, Grid, Page, Row, groups, pages_of, rows_of
from .persona_slide import persona_slide
from .text import clean, fold, wrap
from .view import Entry, MapView

WIDE, HIGH, LEFT = 960.0, 540.0, 28.0  # points
ACROSS = 6  # stages beside each other that can be read on a slide
TOP, HEAD, FOOT = 70.0, 30.0, 516.0
GLANCE = ("reach", "conversion", "satisfaction", "emotion", "pain", "quotes")
SIDE = {"pain": BAD, "gain": GOOD}
LEGEND = "Ranges are 95 % intervals. assumed: written by hand, without data. partly backed: from few or unsolicited voices."
NOTE_LIMIT = 24_000  # characters of notes on a slide


def write(data: RunData, target: Path) -> Path:
    """Write `journey_map.pptx`."""
    from pptx import Presentation

    view = MapView(data.need_map())
    show = Presentation()
    show.slide_width, show.slide_height = shapes.points(WIDE), shapes.points(HIGH)
    show.core_properties.title, show.core_properties.author, show.core_properties.comments = clean(data.title)[:250], "", f"run {clean(data.run)}"[:250]
    _title(show, data, view)
    _maps(show, view)
    for persona in view.personas:
        slide, shown = persona_slide(show, view, persona, data.sheets)
        _notes(slide, shown)
    _opportunities(show, view)
    _reading(show, view)
    path = target / "journey_map.pptx"
    temporary = scratch_file(path)
    show.save(str(temporary))
    temporary.replace(path)
    return path


def _title(show: Any, data: RunData, view: MapView) -> None:
    slide = shapes.new_slide(show, data.title)
    holder = slide.shapes.title
    lines, whole = fold(clean(data.title), 780, 34, True, most=3)
    holder.left, holder.top, holder.width, holder.height = shapes.points(84), shapes.points(170), shapes.points(800), shapes.points(44 * len(lines) + 6)
    run = holder.text_frame.paragraphs[0].runs[0]
    run.text, run.font.size = whole, _pt(34)
    shapes.block(slide, 56, 174, 8, 44 * len(lines), ACCENT, "Accent")
    own = [f for f in view.by_id.values() if not (f.get("persona") or f.get("channel") or f.get("period"))]
    numbers, quotes = sum(bool(f.get("estimate")) for f in own), sum(f["kind"] == "quote" for f in own)
    told = [f"{len(view.stages)} stages, {numbers:,} numbers with their base and interval, {quotes:,} quotes.",
            f"Run {clean(data.run)}. Every number leads to its evidence in the report and in the spreadsheet."]
    shapes.box(slide, 84, 184 + 44 * len(lines), 800, 60, [([(t, "none")], 20, 4) for t in told], 13, "Summary")


# --- the map ---------------------------------------------------------------------------------------------------------


def _maps(show: Any, view: MapView) -> None:
    shown = [lane for lane in view.lanes if lane["shown"]]
    parts = groups(len(view.stages), ACROSS)
    for n, stages in enumerate(parts, start=1):
        grid = _grid(len(stages), 10, 5, 60)
        lanes = [view.lane(name) for name in GLANCE]
        rows = rows_of(view, lanes, stages, grid, limit=1)
        while rows and sum(r.height for r in rows) > FOOT - TOP - HEAD - 8:
            rows.pop()  # the last lanes matter least; the next slides have them all
        if rows:
            _map_slide(show, view, Page(list(stages), rows), grid, "The journey at a glance" + (f" ({n} of {len(parts)})" if len(parts) > 1 else ""),
                       "All customers; the first entry of each cell", "")
    for future, title in ((False, "The journey in full"), (True, "The future state")):
        if future and not view.future:
            continue
        grid = _grid(min(ACROSS, max((len(g) for g in parts), default=1)), 10, 6)
        pages = pages_of(view, view.lanes if future else shown, grid, across=ACROSS, room=FOOT - TOP - HEAD - 8, future=future)
        for n, page in enumerate(pages, start=1):
            sub = " · ".join(clean(r.lane["title"]) for r in page.rows)
            _map_slide(show, view, page, grid, f"{title} ({n} of {len(pages)})" if len(pages) > 1 else title, sub, "")


def _grid(columns: int, size: float, most: int, curve: float = 80.0) -> Grid:
    lane = 84.0
    return Grid(size=size, column=(WIDE - 2 * LEFT - lane) / max(1, columns), lane=lane, pad=6, clip_lines=most, curve=curve)


def _map_slide(show: Any, view: MapView, page: Page, grid: Grid, title: str, sub: str, persona: str) -> None:
    slide = shapes.new_slide(show, title, sub)
    for k, i in enumerate(page.stages):
        name = clean(view.stages[i]["name"])
        size = 10.5
        while size > 8 and len(wrap(name, grid.column - 20, size, True, most=2)) > 2:
            size -= 1
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
    shapes.box(slide, LEFT, FOOT + 4, WIDE - 2 * LEFT, 14, [([(LEGEND, "small")], 11, 0)], 9, "Legend")
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
        shapes.box(slide, left - 24, centre - value * scale - 5, 22, 11, [([(text, "small")], 10, 0)], 9, f"Emotion axis {text}")
    at = {i: left + (k + 0.5) * grid.column for k, i in enumerate(page.stages)}
    def height_of(value: float | None) -> float | None:
        return None if value is None else centre - value * scale

    shapes.curve(slide, [(at[p.stage], centre - p.value * scale, height_of(p.low), height_of(p.high), p.hollow) for p in view.feelings(persona) if p.stage in at],
                 "Emotion curve")


# --- opportunities and how to read it ------------------------------------------------------------------------------------


COLUMNS = (("Opportunity", 330.0), ("Where", 130.0), ("Status, owner, rank", 204.0), ("What came of it", 240.0))


def _opportunities(show: Any, view: MapView) -> None:
    """One slide; where there are more than fit, the last row says how many."""
    found = [f for f in view.data["findings"] if f["kind"] == "opportunity" and f.get("stage") and f["id"] not in view.future]
    if not found:
        return
    slide = shapes.new_slide(show, "Opportunities", "Ranked; those of the params first, then what the findings propose")
    size, pad = 10.0, 5.0
    rows: list[tuple[list[str], float]] = []
    y, entries = TOP + 24, []
    for k, f in enumerate(found):
        entry = view.entry(f, "opportunities")
        came = "; ".join(clean(view.by_id[i]["statement"]) for i in (view.data.get("links") or {}).get(f["id"], []) if i in view.by_id)
        place = " · ".join(clean(f[p]) for p in ("stage", "touchpoint", "persona") if f.get(p))
        status = " · ".join(x for x in (entry.small, entry.mark) if x)
        folded = [fold(t, w - 2 * pad, size, most=m) for t, (_, w), m in zip((entry.label, place, status, came), COLUMNS, (3, 3, 4, 4), strict=True)]
        height = max(len(lines) for lines, _ in folded) * size * LEADING + 2 * pad
        rest = len(found) - k
        if y + height > FOOT - (20 if rest > 1 else 0):
            rows.append(([f"and {rest} more, in the report and in the spreadsheet", "", "", ""], size * LEADING + 2 * pad))
            break
        rows.append(([whole for _, whole in folded], height))
        entries.append(entry)
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
    cell.fill.fore_color.rgb = shapes.colour(fill)
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
    missing = view.data.get("missing") or {}
    told += [f"No data for {clean(k)}: {clean(v)}." for k, v in list(missing.items())[:8]]
    paragraphs, y = [], TOP
    for text in told:
        lines, whole = fold(text, WIDE - 2 * LEFT - 10, 13, most=3)
        y += len(lines) * 18 + 8
        if y < FOOT:
            paragraphs.append(([(whole, "label")], 18.0, 8.0))
    shapes.box(slide, LEFT, TOP, WIDE - 2 * LEFT, FOOT - TOP, paragraphs, 13, "How to read")


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


