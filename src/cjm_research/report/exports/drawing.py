"""A page of the map as SVG with live text, which pictures and paper share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from .layout import ACCENT, BAD, GOOD, INK, LEADING, MUTED, PAPER, RULE, STYLES, Grid, Line, Page, Row
from .text import clean, fold
from .view import MapView

FONTS = "Arial,Helvetica,'Liberation Sans','DejaVu Sans',sans-serif"
SIDE = {"pain": BAD, "gain": GOOD}
# of personas' curves: Okabe and Ito's colours, told apart by their dashes, too
TONES = (("#0072b2", ""), ("#d55e00", "7 3"), ("#009e73", "2 3"), ("#cc79a7", "9 3 2 3"), ("#e69f00", "4 2"))


def stage_height(view: MapView, page: Page, grid: Grid) -> float:
    """The height of the stages' heads."""
    return max((len(_stage_name(view, i, grid)) for i in page.stages), default=1) * 1.25 * grid.size * LEADING + 1.2 * grid.size


def grid_svg(view: MapView, page: Page, grid: Grid, x: float, y: float, persona: str | None = None) -> str:
    """Heads of the stages and the rows of a page, with their upper left corner at (x, y)."""
    parts = []
    head = stage_height(view, page, grid)
    for k, i in enumerate(page.stages):
        left = x + grid.lane + k * grid.column
        parts.append(_chevron(left, y, grid.column - 3, head, 0.5 * grid.size))
        for n, name in enumerate(_stage_name(view, i, grid)):
            parts.append(_text([(name, "stage")], left + grid.pad + 0.4 * grid.size, y + 0.45 * grid.size + (n + 0.8) * 1.25 * grid.size * LEADING, grid))
    y += head + 0.3 * grid.size
    width = grid.lane + grid.column * len(page.stages)
    for n, row in enumerate(page.rows):
        behind = row.lane.get("backstage") and not (n and page.rows[n - 1].lane.get("backstage"))
        dashed = ' stroke-dasharray="5 4"' if behind else ""
        if n or behind:
            parts.append(f'<path d="M{x:.1f} {y:.1f}h{width:.1f}" stroke="{MUTED if behind else RULE}"{dashed} fill="none"/>')
        if behind:
            parts.append(f'<text x="{x + width:.1f}" y="{y - 0.3 * grid.size:.1f}" class="mark" text-anchor="end">line of visibility</text>')
        parts.append(_row_svg(view, page, row, grid, x, y, persona))
        y += row.height
    return "".join(parts)


def document(parts: str, width: float, height: float, title: str, size: float) -> str:
    """A whole SVG picture; `title` says what it shows."""
    css = (f"text{{font-family:{FONTS};font-size:{size:g}px;fill:{INK};white-space:pre}}"
           + "".join(f".{name}{{font-size:{size * s.size:g}px;fill:{s.colour}" + (";font-weight:bold" if s.bold else "") + (";font-style:italic" if s.italic else "") + "}"
                     for name, s in STYLES.items()))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}" role="img" '
            f'aria-label="{escape(title, quote=True)}"><title>{escape(title)}</title><style>{css}</style><rect width="100%" height="100%" fill="{PAPER}"/>{parts}</svg>\n')


def heading(title: str, sub: str, x: float, y: float, room: float, grid: Grid) -> str:
    """A title and a line below it; y is the top."""
    big = STYLES["title"].size * grid.size
    line = fold(title, room, big, True, most=1)[0][0]
    small = fold(sub, room, grid.size, most=1)[0][0]
    return _text([(line, "title")], x, y + big, grid) + _text([(small, "none")], x, y + big * 1.15 + 1.3 * grid.size, grid)


def note(text: str, x: float, y: float, room: float, grid: Grid, most: int = 3) -> str:
    """Small text; y is the top of its first line."""
    size = STYLES["small"].size * grid.size
    lines = fold(text, room, size, most=most)[0]
    return "".join(_text([(line, "small")], x, y + (n + 0.8) * size * LEADING, grid) for n, line in enumerate(lines))


def _stage_name(view: MapView, i: int, grid: Grid) -> list[str]:
    size = STYLES["stage"].size * grid.size
    room = grid.room - 1.2 * grid.size
    return fold(clean(view.stages[i]["name"]), room, size, True, most=3)[0]


def _row_svg(view: MapView, page: Page, row: Row, grid: Grid, x: float, y: float, persona: str | None) -> str:
    parts = []
    top = y + grid.pad
    for n, title in enumerate(row.title):
        parts.append(_text([(title, "lane")], x, top + (n + 0.8) * grid.size * LEADING, grid))
    if row.curve:
        parts.append(_curve(view, page, grid, x, y, row.curve, persona))
    for k, lines in enumerate(row.cells):
        left = x + grid.lane + k * grid.column + grid.pad
        at = top + row.curve
        if row.lane["name"] in SIDE and row.entries[k]:
            parts.append(f'<path d="M{left - 0.5 * grid.pad:.1f} {at:.1f}v{row.height - row.curve - 2 * grid.pad:.1f}" stroke="{SIDE[row.lane["name"]]}" '
                         'stroke-width="2" fill="none"/>')
        for line in lines:
            at += line.space
            parts.append(_bar(line, left, at, grid) if line.bar else _text(line.runs, left, at + 0.8 * line.height, grid))
            at += line.height
    return "".join(parts)


def _text(runs: Sequence[tuple[str, str]], x: float, y: float, grid: Grid) -> str:
    inner = "".join(f'<tspan class="{style}">{escape(text)}</tspan>' for text, style in runs) if len(runs) > 1 else escape(runs[0][0])
    css = f' class="{runs[0][1]}"' if len(runs) == 1 else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{css}>{inner}</text>'


def _bar(line: Line, x: float, y: float, grid: Grid) -> str:
    assert line.bar is not None
    value, low, high = line.bar
    thick, width = 0.4 * grid.size, grid.room
    return (f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{thick:.1f}" rx="{thick / 2:.1f}" fill="{RULE}"/>'
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(thick, value * width):.1f}" height="{thick:.1f}" rx="{thick / 2:.1f}" fill="{ACCENT}" fill-opacity=".55"/>'
            f'<rect x="{x + min(low * width, width - 1.5):.1f}" y="{y:.1f}" width="{max(1.5, (high - low) * width):.1f}" height="{thick:.1f}" fill="{ACCENT}"/>')


def _chevron(x: float, y: float, width: float, height: float, tip: float) -> str:
    return (f'<path d="M{x:.1f} {y:.1f}h{width - tip:.1f}l{tip:.1f} {height / 2:.1f}l{-tip:.1f} {height / 2:.1f}h{-(width - tip):.1f}l{tip:.1f} {-height / 2:.1f}z" fill="{ACCENT}"/>')


def _curve(view: MapView, page: Page, grid: Grid, x: float, y: float, height: float, persona: str | None) -> str:
    """Mean valence by stage with its interval, those of personas as thin lines behind it; the numbers stand below it."""
    centre, scale = y + height / 2, (height / 2 - grid.size) / 2
    place = {i: x + grid.lane + (k + 0.5) * grid.column for k, i in enumerate(page.stages)}
    width = grid.column * len(page.stages)
    parts = [f'<path d="M{x + grid.lane:.1f} {centre:.1f}h{width:.1f}" stroke="{RULE}" fill="none"/>']
    for value, text in ((2, "+2"), (0, "0"), (-2, "−2")):
        parts.append(f'<text x="{x + grid.lane - grid.pad:.1f}" y="{centre - value * scale + 0.3 * grid.size:.1f}" class="mark" text-anchor="end">{text}</text>')
    if persona is None:
        parts.append(_others(view, grid, x, y, centre, scale, place))
    felt = [p for p in view.feelings(persona) if p.stage in place]
    points = [(place[p.stage], centre - p.value * scale, None if p.low is None else centre - p.low * scale, None if p.high is None else centre - p.high * scale)
              for p in felt]
    parts += [f'<path d="M{at:.1f} {low:.1f}V{high:.1f}" stroke="{ACCENT}" stroke-opacity=".25" stroke-width="{0.5 * grid.size:.1f}" fill="none"/>'
              for at, _, low, high in points if low is not None and high is not None]
    parts.append(_path([(at, v) for at, v, *_ in points], ACCENT, 2.4))
    parts += [f'<circle cx="{at:.1f}" cy="{v:.1f}" r="{0.35 * grid.size:.1f}" fill="{PAPER if p.hollow else ACCENT}" stroke="{ACCENT}" stroke-width="1.5"/>'
              for p, (at, v, *_) in zip(felt, points, strict=True)]
    return "".join(parts)


def _others(view: MapView, grid: Grid, x: float, y: float, centre: float, scale: float, place: Mapping[int, float]) -> str:
    """Curves of the personas, each with its name in the lane's column."""
    parts = []
    at = y + grid.pad + 1.5 * grid.size * LEADING
    small = STYLES["mark"].size * grid.size
    for k, persona in enumerate(view.personas[:len(TONES)]):
        points = [(place[p.stage], centre - p.value * scale) for p in view.feelings(persona["name"]) if p.stage in place]
        if len(points) < 2:
            continue
        tone, dash = TONES[k]
        parts.append(_path(points, tone, 1.3, dash))
        name = fold(clean(persona["name"]), grid.lane - 2.6 * grid.size - grid.pad - small, small, most=1)[0][0]
        parts.append(_path([(x, at), (x + 1.2 * grid.size, at)], tone, 1.6, dash) + _text([(name, "mark")], x + 1.5 * grid.size, at + 0.3 * small, grid))
        at += small * LEADING
    return "".join(parts)


def _path(points: Sequence[tuple[float, float]], colour: str, width: float, dash: str = "") -> str:
    line = " ".join(f"{'L' if n else 'M'}{x:.1f} {y:.1f}" for n, (x, y) in enumerate(points))
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<path d="{line}" stroke="{colour}" stroke-width="{width:g}"{dashes} fill="none"/>' if points else ""
