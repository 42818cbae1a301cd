"""One persona on one slide: who it is on the left, its journey beside that of all customers on the right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...page.portraits import initials
from . import shapes
from .layout import ACCENT, LEADING, MUTED, PANEL, RULE
from .text import clean, fold
from .view import Entry, MapView

TOP, FOOT, LEFT, WIDE = 72.0, 508.0, 28.0, 960.0
SIZE = shapes.LEAST
PANEL_WIDTH = 262.0
FACE = 52.0  # of the portrait
COLUMNS = (("Stage", 116.0), ("Reach", 104.0), ("Going on", 104.0), ("Feeling", 110.0), ("Pain points", 194.0))
SECTIONS = ("needs", "pains", "goals", "gains", "expectations", "habits", "demographics", "channels", "scores")
MOST_STAGES = 10  # rows that can be read; the spreadsheet has all


def persona_slide(show: Any, view: MapView, persona: Mapping[str, Any], sheets: Sequence[Mapping[str, Any]], picture: bytes = b"") -> tuple[Any, list[Entry]]:
    """The slide and the entries it shows. picture: the persona's portrait; without one its initials."""
    name = str(persona["name"])
    sheet = next((s for s in sheets if str(s.get("name")) == name), {})
    size = clean(sheet.get("size") or f"{persona['size']:,} {persona.get('of') or 'customers'}")
    slide = shapes.new_slide(show, name, size)
    shapes.block(slide, LEFT, TOP, PANEL_WIDTH, FOOT - TOP, PANEL, "Panel")
    if picture:
        shapes.portrait(slide, picture, LEFT + 12, TOP + 10, FACE, f"Portrait of the persona {name}")
    else:
        shapes.block(slide, LEFT + 12, TOP + 10, FACE, FACE, ACCENT, "Initials", kind="oval", text=[(initials(clean(name)), "head")], size=14)
    _known(slide, sheet)
    return slide, _journey(slide, view, name)


def _known(slide: Any, sheet: Mapping[str, Any]) -> None:
    room, left = PANEL_WIDTH - 24, LEFT + 12
    size = SIZE
    paragraphs: list[tuple[shapes.Runs, float, float]] = []
    used, most = 0.0, FOOT - TOP - 26 - FACE

    def put(text: str, style: str, space: float, lines: int) -> None:
        nonlocal used
        bold = style in ("lane", "value")
        told, whole = fold(clean(text), room, size, bold, most=lines)
        height = len(told) * size * LEADING + space
        if used + height <= most and text:
            paragraphs.append(([(whole, style)], size * LEADING, space))
            used += height

    put(str(sheet.get("summary") or ("" if sheet else "No persona sheet in this run; the report's chapter on personas has more.")), "label", 0, 5)
    quote = next((str(q.get("text") or "") for q in sheet.get("quotes") or () if isinstance(q, Mapping)), "")
    if quote:
        put("“" + clean(quote).strip("“”\" ") + "”", "quote", 8, 4)
    rules = sheet.get("rule") or ()
    if rules:
        put("How to recognise one", "lane", 8, 1)
        put(str(rules[0] if isinstance(rules, (list, tuple)) else rules), "label", 0, 4)
    given = sheet.get("sections")
    sections = given if isinstance(given, Mapping) else {}
    for key in [*(k for k in SECTIONS if k in sections), *(k for k in sections if k not in SECTIONS)]:
        lines = [line for line in sections[key] if line] if isinstance(sections[key], (list, tuple)) else []
        if not lines or used + 2 * size * LEADING + 8 > most:
            continue
        before, at = used, len(paragraphs)
        put(str(key).replace("_", " ").capitalize(), "lane", 8, 1)
        for line in lines[:2]:
            text = str(line.get("text") or "") if isinstance(line, Mapping) else str(line)
            status = str(line.get("status") or "") if isinstance(line, Mapping) else ""
            put(text + (f" [{'partly backed' if status == 'partly' else status}]" if status in ("partly", "assumed") else ""), "label", 1, 3)
        if len(paragraphs) == at + 1:  # a heading with nothing below it
            paragraphs.pop()
            used = before
    shapes.box(slide, left, TOP + 16 + FACE, room, FOOT - TOP - 26 - FACE, paragraphs or [([("–", "none")], size * LEADING, 0)], size, "What is known")


def _journey(slide: Any, view: MapView, name: str) -> list[Entry]:
    stages = view.stages[:MOST_STAGES]
    x0, shown = LEFT + PANEL_WIDTH + 14, []
    width = sum(w for _, w in COLUMNS)
    x = x0
    for title, w in COLUMNS:
        shapes.block(slide, x, TOP, w - 2, 22, ACCENT, f"Head {title}", text=[(title, "head")], size=SIZE)
        x += w
    top = TOP + 26
    height = min(84.0, (FOOT - top - 14) / max(1, len(stages)))
    size = SIZE
    for n, stage in enumerate(stages):
        y = top + n * height
        if n:
            shapes.rule(slide, x0, y, x0 + width, y, f"Rule above {stage['name']}")
        x = x0
        told = fold(clean(stage["name"]), COLUMNS[0][1] - 8, size, True, most=max(1, int((height - 6) / (size * LEADING))))[1]
        shapes.box(slide, x, y + 4, COLUMNS[0][1] - 6, height - 6, [([(told, "lane")], size * LEADING, 0)], size, f"Stage {stage['name']}")
        x += COLUMNS[0][1]
        for lane, (title, w) in zip(("reach", "conversion"), COLUMNS[1:3], strict=True):
            shown += _figure(slide, view, lane, stage["name"], name, x, y, w, height, size, title)
            x += w
        shown += _feeling(slide, view, stage["name"], name, x, y, COLUMNS[3][1], height, size)
        x += COLUMNS[3][1]
        for lane, (title, w) in zip(("pain",), COLUMNS[4:], strict=True):
            shown += _entries(slide, view, lane, stage["name"], name, x, y, w, height, size, title)
            x += w
    more = len(view.stages) - len(stages)
    legend = "Hollow points and “all”: all customers. Ranges are 95 % intervals." + (f" {more} more stages: in the spreadsheet." if more > 0 else "")
    shapes.box(slide, x0, FOOT + 6, width, 18, [([(fold(legend, width, SIZE, most=1)[1], "small")], 15, 0)], SIZE, "Legend")
    return shown


def _figure(slide: Any, view: MapView, lane: str, stage: str, name: str, x: float, y: float, w: float, height: float, size: float, title: str) -> list[Entry]:
    own = _first(view, lane, stage, name)
    every = _first(view, lane, stage, None)
    paragraphs: list[tuple[shapes.Runs, float, float]] = [([("–", "none")], size * LEADING, 0)]
    if own:
        inside = own.small.partition(" · ")[0]
        paragraphs = [([(own.value, "value")], 1.15 * size * LEADING, 0)]
        # the smaller the row, the less stands in it: the number first, then all customers, then the interval
        if height >= (1.15 + 1) * size * LEADING + 6 and every:
            paragraphs.append(([(f"all {every.value}", "small")], size * LEADING, 0))
        if height >= (1.15 + 2) * size * LEADING + 6:
            paragraphs.append(([(inside, "small")], size * LEADING, 0))
    shapes.box(slide, x, y + 3, w - 4, height - 5, paragraphs, size, f"{title}, {stage}")
    return [own] if own else []


def _feeling(slide: Any, view: MapView, stage: str, name: str, x: float, y: float, w: float, height: float, size: float) -> list[Entry]:
    """Mean valence on an axis from −2 to +2: the persona's point filled, that of all customers hollow."""
    index = next(i for i, s in enumerate(view.stages) if s["name"] == stage)
    middle, scale, line = x + (w - 8) / 2, (w - 24) / 4, y + min(height / 2, 12)
    own = next((p for p in view.feelings(name) if p[0] == index), None)
    every = next((p for p in view.feelings(None) if p[0] == index), None)
    if own is None and every is None:
        shapes.box(slide, x, y + 3, w - 4, height - 5, [([("–", "none")], size * LEADING, 0)], size, f"Emotion, {stage}")
        return []
    shapes.rule(slide, middle - 2 * scale, line, middle + 2 * scale, line, f"Emotion axis, {stage}", RULE)
    shapes.rule(slide, middle, line - 4, middle, line + 4, f"Emotion 0, {stage}", RULE)
    if every:
        shapes.block(slide, middle + every[1] * scale - 3.5, line - 3.5, 7, 7, MUTED, f"Emotion of all customers, {stage}", kind="oval", outline=True,
                     alt=f"{every[1]:+.1f}")
    if own:
        if own[2] is not None and own[3] is not None:
            shapes.rule(slide, middle + own[2] * scale, line, middle + own[3] * scale, line, f"Emotion, interval, {stage}", ACCENT, 1.5)
        shapes.block(slide, middle + own[1] * scale - 3, line - 3, 6, 6, ACCENT, f"Emotion of {name}, {stage}", kind="oval", alt=f"{own[1]:+.1f}")
    entry = _first(view, "emotion", stage, name)
    if entry and height >= 12 + size * LEADING + 8:
        who = entry.small.rpartition(" · ")[2] or entry.small
        shapes.box(slide, x, line + 7, w - 4, height - (line - y) - 8, [([(f"{entry.value} · {who}", "small")], size * LEADING, 0)], size, f"Emotion, {stage}")
    return [entry] if entry else []


def _entries(slide: Any, view: MapView, lane: str, stage: str, name: str, x: float, y: float, w: float, height: float, size: float, title: str) -> list[Entry]:
    found = [e for e in view.entries(view.lane(lane), stage, name) if e.finding.get("status") != "assumed" or not e.value]
    paragraphs: list[tuple[shapes.Runs, float, float]] = []
    shown: list[Entry] = []
    used = 0.0
    for e in found:
        text = " ".join(t for t in (e.value, e.label, f"[{e.mark}]" if e.mark else "") if t)
        told, whole = fold(text, w - 16, size, most=3 if height >= 60 else 2)
        need = len(told) * size * LEADING
        if used + need > height - 6:
            break
        paragraphs.append(([(whole, "label")], size * LEADING, 0))
        shown.append(e)
        used += need
    shapes.box(slide, x, y + 3, w - 8, height - 5, paragraphs or [([("–", "none")], size * LEADING, 0)], size, f"{title}, {stage}")
    return shown


def _first(view: MapView, lane: str, stage: str, persona: str | None) -> Entry | None:
    return next((e for e in view.entries(view.lane(lane), stage, persona) if e.value and not e.finding.get("touchpoint")), None)
