"""The map as slides with editable shapes: the map of all customers, one of each persona, and the opportunities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...analysis import words
from .run_data import RunData

LANES = ("reach", "conversion", "satisfaction", "emotion", "pain", "gain", "quotes", "opportunities")
ITEMS = {"quotes": 1, "pain": 2, "gain": 1, "opportunities": 1, "satisfaction": 2}
MAX_CHARS = 110
ACCENT, INK, MUTED, BAD = (0x00, 0x59, 0x8C), (0x1F, 0x24, 0x30), (0x5B, 0x63, 0x72), (0xA3, 0x30, 0x0A)


def write(data: RunData, target: Path) -> Path:
    """Write `journey_map.pptx`."""
    from pptx import Presentation
    from pptx.util import Inches

    found = data.need_map()
    show = Presentation()
    show.slide_width, show.slide_height = Inches(13.333), Inches(7.5)
    _title_slide(show, data)
    _map_slide(show, data, "")
    for persona in found.get("personas", []):
        _map_slide(show, data, persona["name"], f"{persona['name']} ({persona['size']:,} customers)")
    _opportunities(show, data)
    path = target / "journey_map.pptx"
    temporary = path.with_suffix(".partial")
    show.save(str(temporary))
    temporary.replace(path)
    return path


def _slide(show: Any) -> Any:
    return show.slides.add_slide(show.slide_layouts[6])


def _text(slide: Any, x: float, y: float, w: float, h: float, paragraphs: list[tuple[str, float, bool, tuple[int, int, int]]], name: str = "",
          fill: tuple[int, int, int] | None = None) -> Any:
    """A text box in inches; paragraphs: (text, points, bold, colour)."""
    from pptx.dml.color import RGBColor
    from pptx.enum.text import MSO_AUTO_SIZE
    from pptx.util import Inches, Pt

    box = slide.shapes.add_textbox(Inches(x), Inches(y), Inches(w), Inches(h))
    if name:
        box.name = name
    if fill:
        box.fill.solid()
        box.fill.fore_color.rgb = RGBColor(*fill)
    frame = box.text_frame
    frame.word_wrap = True
    frame.auto_size = MSO_AUTO_SIZE.NONE
    frame.margin_left = frame.margin_right = Inches(0.05)
    frame.margin_top = frame.margin_bottom = Inches(0.02)
    for i, (text, size, bold, color) in enumerate(paragraphs):
        paragraph = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
        run = paragraph.add_run()
        run.text = _clean(text)
        run.font.size, run.font.bold = Pt(size), bold
        run.font.color.rgb = RGBColor(*color)
    return box


def _clean(text: str) -> str:
    """Text without characters that XML cannot hold."""
    return "".join(c for c in str(text) if c in "\n\t" or (ord(c) >= 32 and not 0xD800 <= ord(c) <= 0xDFFF and ord(c) not in (0xFFFE, 0xFFFF)))


def _title_slide(show: Any, data: RunData) -> None:
    found = data.need_map()
    numbers = sum(1 for f in found["findings"] if f.get("estimate"))
    _text(_slide(show), 1, 2.6, 11, 2.5, [
        (data.title, 34, True, INK), (f"{len(found['stages'])} stages, {numbers} numbers with their intervals. Run {data.run}.", 16, False, MUTED),
        ("Every number is followed to its evidence in the HTML report.", 16, False, MUTED)], "Title")


def _map_slide(show: Any, data: RunData, persona: str, title: str = "All customers") -> None:
    found = data.need_map()
    slide = _slide(show)
    stages = found["stages"]
    left, top, lane_width = 0.35, 0.95, 1.25
    column = (13.333 - 2 * left - lane_width) / max(1, len(stages))
    _text(slide, left, 0.25, 12.6, 0.5, [(f"Journey map: {title}", 20, True, INK)], "Title")
    for i, stage in enumerate(stages):
        _text(slide, left + lane_width + i * column, top, column - 0.05, 0.32, [(stage["name"], 11, True, (255, 255, 255))], f"Stage {stage['name']}", ACCENT)
    rows = [(lane, [_items(data, found, lane["name"], s["name"], persona) for s in stages]) for lane in found["lanes"] if lane["name"] in LANES]
    rows = [(lane, cells) for lane, cells in rows if any(cells)]
    weights = [max(1.0, max(sum(_lines(t, column) for t in c) for c in cells)) for _, cells in rows]
    y, room = top + 0.4, 7.5 - top - 0.65
    scale = min(0.19, room / max(1.0, sum(w + 0.6 for w in weights)))
    size = 9.0 if scale >= 0.15 else 8.0 if scale >= 0.125 else 7.0
    for (lane, cells), weight in zip(rows, weights, strict=True):
        height = (weight + 0.6) * scale
        _text(slide, left, y, lane_width - 0.05, height, [(lane["title"], 9.5, True, MUTED)], f"Lane {lane['title']}")
        for i, texts in enumerate(cells):
            color = BAD if lane["name"] == "pain" else INK
            _text(slide, left + lane_width + i * column, y, column - 0.05, height, [(t, size, False, color) for t in texts] or [("–", size, False, MUTED)],
                  f"{lane['title']}, {stages[i]['name']}")
        y += height
        rule = slide.shapes.add_connector(1, _emu(left), _emu(y), _emu(13.333 - left), _emu(y))
        rule.name = f"Rule under {lane['title']}"
        from pptx.dml.color import RGBColor

        rule.line.color.rgb = RGBColor(0xD9, 0xDD, 0xE4)
    _text(slide, left, 7.2, 12.6, 0.25, [("95 % intervals in brackets; [assumed]: written by hand, without data.", 8, False, MUTED)], "Legend")


def _emu(inches: float) -> Any:
    from pptx.util import Inches

    return Inches(inches)


def _lines(text: str, column: float) -> int:
    return max(1, -(-len(text) // max(10, int(column * 13))))


def _items(data: RunData, found: dict[str, Any], lane: str, stage: str, persona: str) -> list[str]:
    items = [data.by_id[i] for i in found["cells"].get(f"{lane}|{stage}", [])]
    own = [f for f in items if (f.get("persona") or "") == persona]
    return [_line(f) for f in (own or [f for f in items if not f.get("persona")])[: ITEMS.get(lane, 1)]]


def _line(f: dict[str, Any]) -> str:
    e = f.get("estimate")
    if e and e.get("value") is not None and f["kind"] in ("metric", "emotion"):
        inside = words.interval(e.get("low"), e.get("high"), e["unit"])
        name = f"{f['touchpoint']}: " if f.get("touchpoint") else ""
        return f"{name}{words.number(e['value'], e['unit'])}" + (f" ({inside})" if inside else "") + f", n {e['base']:,}"
    text = f"“{f['statement']}”" if f["kind"] == "quote" else str(f["statement"])
    text = text if len(text) <= MAX_CHARS else text[: MAX_CHARS - 2].rsplit(" ", 1)[0] + " …"
    return text + (" [assumed]" if f.get("status") == "assumed" else "")


def _opportunities(show: Any, data: RunData) -> None:
    found = data.need_map()
    items = [f for f in found["findings"] if f["kind"] == "opportunity"]
    if not items:
        return
    slide = _slide(show)
    _text(slide, 0.35, 0.25, 12.6, 0.5, [("Opportunities", 20, True, INK)], "Title")
    y = 1.0
    for f in items[:12]:
        place = " · ".join(str(f[k]) for k in ("stage", "touchpoint", "persona") if f.get(k))
        _text(slide, 0.35, y, 12.6, 0.48, [(str(f["statement"])[:180], 12, True, INK), (place, 10, False, MUTED)], f"Opportunity {f['id']}")
        y += 0.52
