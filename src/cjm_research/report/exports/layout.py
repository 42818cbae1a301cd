"""Where everything stands: cells as measured lines, lanes as rows, rows as pages. Pictures, slides and paper draw it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ...results import policy
from .text import fold, wrap
from .text import width as text_width
from .view import Entry, MapView

INK, MUTED, RULE, ACCENT, PANEL, BAD, GOOD, PAPER = "#1f2430", "#5b6372", "#d9dde4", "#00598c", "#f5f6f8", "#a3300a", "#1b6b3a", "#ffffff"
GAP = 0.45  # of the type size, between two entries of a cell


@dataclass(frozen=True)
class Style:
    """How a run of text looks. size: in type sizes."""

    size: float = 1.0
    colour: str = INK
    bold: bool = False
    italic: bool = False


STYLES = {
    "value": Style(1.15, INK, True), "label": Style(), "body": Style(), "small": Style(0.85, MUTED), "quote": Style(1.0, INK, False, True),
    "pain": Style(), "gain": Style(), "none": Style(1.0, MUTED), "mark": Style(0.8, MUTED), "stage": Style(1.25, PAPER, True),
    "lane": Style(1.0, MUTED, True), "bad": Style(1.0, BAD, True), "good": Style(1.0, GOOD, True), "title": Style(2.0, INK, True), "head": Style(1.0, PAPER, True)}
LEADING = 1.28  # line height, of the largest run's size


@dataclass(frozen=True)
class Line:
    """One line of text: (text, style) after each other. space: what is left free above it, in the layout's unit.

    bar: a share as (value, low, high) to be drawn as a bar instead of text. paragraph: of the first line of a paragraph its
    whole text, for programs that wrap by themselves; None for the lines after it.
    """

    runs: tuple[tuple[str, str], ...]
    height: float
    space: float = 0.0
    bar: tuple[float, float, float] | None = None
    paragraph: tuple[tuple[str, str], ...] | None = None


@dataclass
class Row:
    """A lane over the stages of a page. cells: one list of lines a stage; curve: whether the emotion curve stands above them."""

    lane: Mapping[str, Any]
    title: list[str]
    cells: list[list[Line]]
    entries: list[list[Entry]]
    height: float
    curve: float = 0.0


@dataclass(frozen=True)
class Grid:
    """The measures of a drawing, in its unit. size: type size; column, lane: widths; pad: white space inside a cell."""

    size: float
    column: float
    lane: float
    pad: float
    clip_lines: int = 6
    curve: float = 0.0
    bars: tuple[str, ...] = ()  # lanes whose shares are drawn as bars, too
    least: float = 0.0  # no letters are smaller

    def of(self, style: str) -> float:
        """The type size of a style."""
        return max(self.least, self.size * STYLES[style].size)

    @property
    def room(self) -> float:
        """Width of the text in a cell; a little is left over, as programs differ in how wide they set a font."""
        return 0.97 * (self.column - 2 * self.pad)


@dataclass
class Page:
    """Some stages and the lanes that fit below each other."""

    stages: list[int]
    rows: list[Row] = field(default_factory=list)

    @property
    def height(self) -> float:
        """The height of its rows."""
        return sum(r.height for r in self.rows)


def height_of(lines: Sequence[Line]) -> float:
    """The height of a cell's lines."""
    return sum(line.height + line.space for line in lines)


def entry_lines(entry: Entry, grid: Grid, bar: bool = False) -> list[Line]:
    """An entry as lines: its number with its label, perhaps a bar, then interval and n; texts are cut after `clip_lines` lines."""
    body = entry.style if entry.style != "number" else "label"
    lines: list[Line] = []
    first_room, value_runs = grid.room, tuple[tuple[str, str], ...]()
    if entry.value:
        used = text_width(entry.value + "  ", grid.of("value"), STYLES["value"].bold)
        fits = bool(entry.label) and text_width(entry.label.split(" ")[0], grid.size) <= grid.room - used
        value_runs = ((entry.value, "value"),)
        if fits:
            first_room = grid.room - used
        else:
            lines += _paragraph([entry.value], value_runs, "value", grid)
            value_runs = ()
    if entry.label:
        told, whole = fold(entry.label, grid.room, grid.size, STYLES[body].bold, first=first_room, most=grid.clip_lines)
        lines += _paragraph(told, ((whole, body),), body, grid, value_runs)
    share = _share(entry) if bar else None
    if share:
        lines.append(Line((), 0.75 * grid.size, bar=share))
    small = " · ".join(x for x in (entry.small, entry.mark) if x)
    if small:
        told, whole = fold(small, grid.room, grid.of("small"), most=3)
        lines += _paragraph(told, ((whole, "small"),), "small", grid)
    return lines


def _paragraph(told: Sequence[str], whole: tuple[tuple[str, str], ...], style: str, grid: Grid, before: tuple[tuple[str, str], ...] = ()) -> list[Line]:
    """Lines of one paragraph; `before`: runs that stand in its first line."""
    out = []
    for k, text in enumerate(told):
        runs = (*before, ("  " + text, style)) if before and not k else ((text, style),)
        # one spacing a paragraph, as office programs have it
        height = max(grid.of(s) for s in (style, *(s for _, s in before))) * LEADING
        paragraph = ((*before, *((("  " if before else "") + t, s) for t, s in whole)) if not k else None)
        out.append(Line(runs, height, paragraph=paragraph))
    return out


def _share(entry: Entry) -> tuple[float, float, float] | None:
    e = entry.finding.get("estimate") or {}
    if e.get("unit") != "share" or e.get("value") is None or policy.counts_only("share", e.get("base")):
        return None
    value = float(e["value"])
    return value, *(value if e.get(k) is None else float(e[k]) for k in ("low", "high"))  # type: ignore[return-value]


def cell_lines(entries: Sequence[Entry], limit: int, grid: Grid, most: float = float("inf"), bar: bool = False,
               tell: bool = True) -> list[Line]:
    """The lines of a cell: at most `limit` entries and `most` of height; `tell`: say how many more there are."""
    if not entries:
        return _paragraph(["–"], (("–", "none"),), "none", grid)
    lines: list[Line] = []
    shown = 0
    spare = grid.of("small") * LEADING
    for entry in entries[:limit]:
        own = entry_lines(entry, grid, bar)
        if lines:
            own = [replace(own[0], space=GAP * grid.size), *own[1:]]
        if shown and height_of(lines) + height_of(own) + spare > most:
            break
        lines += own
        shown += 1
    if shown < len(entries) and tell:
        more = f"and {len(entries) - shown} more"
        lines += _paragraph([more], ((more, "small"),), "small", grid)
    return lines


def rows_of(view: MapView, lanes: Sequence[Mapping[str, Any]], stages: Sequence[int], grid: Grid, *, persona: str | None = None, limit: int | None = None,
            most: float = float("inf"), future: bool = False) -> list[Row]:
    """Lanes with an entry in one of the stages, as rows. limit: fewer entries a cell than the lane has, and no word of the
    others. most: height that no row exceeds."""
    out = []
    for lane in lanes:
        cells = [view.entries(lane, view.stages[i]["name"], persona, future) for i in stages]
        if not any(cells):
            continue
        shown = max(1, min(lane["limit"], limit) if limit else lane["limit"])
        curve = grid.curve if lane["name"] == "emotion" and len(view.feelings(persona)) > 1 else 0.0
        lines = [cell_lines(c, shown, grid, most - curve - 2 * grid.pad, lane["name"] in grid.bars, limit is None) for c in cells]
        title = wrap(lane["title"], grid.lane - 2 * grid.pad, grid.size, True)
        height = max(max(height_of(x) for x in lines), len(title) * grid.size * LEADING) + 2 * grid.pad
        out.append(Row(lane, title, lines, [c[:shown] for c in cells], height + curve, curve))
    return out


def pages_of(view: MapView, lanes: Sequence[Mapping[str, Any]], grid: Grid, *, across: int, room: float, persona: str | None = None,
             future: bool = False) -> list[Page]:
    """The map cut into pages of at most `across` stages and `room` of height, stages first: every page is readable by itself."""
    pages: list[Page] = []
    for stages in groups(len(view.stages), across):
        rows = rows_of(view, lanes, stages, grid, persona=persona, most=room, future=future)
        fewest = _packed(rows, stages, room)
        low, high = max((r.height for r in rows), default=0.0), room
        for _ in range(12):  # the least height that needs no page more: pages are filled alike
            middle = (low + high) / 2
            low, high = (low, middle) if len(_packed(rows, stages, middle)) == len(fewest) else (middle, high)
        pages += _packed(rows, stages, high)
    return pages


def _packed(rows: Sequence[Row], stages: Sequence[int], room: float) -> list[Page]:
    pages: list[Page] = []
    for row in rows:
        if not pages or pages[-1].height + row.height > room:
            pages.append(Page(list(stages)))
        pages[-1].rows.append(row)
    return pages


def groups(count: int, across: int) -> list[range]:
    """Stages in groups of nearly equal size, none larger than `across`."""
    if not count:
        return []
    parts = -(-count // across)
    cuts = [round(k * count / parts) for k in range(parts + 1)]
    return [range(a, b) for a, b in itertools.pairwise(cuts)]
