"""The journey in one picture on a slide: who arrives, how people feel, what delights and what hurts, stage by stage."""

from __future__ import annotations

from typing import Any

from ...page.picture.content import Moment, Picture, picture_of
from ..record.run_data import RunData
from . import shapes
from .layout import ACCENT, BAD, GOOD, LEADING, RULE
from .text import clean, fold

LEFT, WIDE, TOP = 40.0, 880.0, 100.0
MOST = 7  # stages beside each other in letters of twelve points
ARROW, CURVE, SIZE = 44.0, 110.0, 12.0
SIDES = {"gain": ("+", GOOD), "pain": ("−", BAD), "leaving": ("→", BAD)}


def journey_slides(show: Any, data: RunData) -> None:
    """Add the picture, on two slides or more where there are many stages; none where nothing is known."""
    if data.map is None:
        return
    picture = picture_of(data.map)
    if not picture.shown:
        return
    parts = -(-len(picture.stages) // MOST)
    each = -(-len(picture.stages) // parts)
    for k in range(parts):
        _slide(show, picture, range(k * each, min(len(picture.stages), (k + 1) * each)), f" ({k + 1} of {parts})" if parts > 1 else "")


def _slide(show: Any, picture: Picture, numbers: range, part: str) -> None:
    slide = shapes.new_slide(show, picture.title + part, "The journey", large=True)
    width = WIDE / len(numbers)
    felt = picture.felt and any(picture.stages[i].feeling for i in numbers)
    places = []
    y = TOP + 40 + ARROW + 40
    for k, i in enumerate(numbers):
        s, x = picture.stages[i], LEFT + k * width
        name = fold(clean(s.name), width - 12, 14, True, most=2)[1]
        shapes.box(slide, x, TOP, width - 6, 38, [([(name, "lane")], 14 * LEADING, 0)], 14, f"Stage {clean(s.name)}", middle=True)
        if s.reach:
            height = max(5.0, ARROW * min(1.0, s.reach.value))
            shapes.block(slide, x, TOP + 40 + (ARROW - height) / 2, width - 8, height, ACCENT, f"Reach of {clean(s.name)}", kind="chevron", alt=f"{clean(s.name)}: {s.reach.text}")
        said = s.reach.text + " reach it" if s.reach else "not observed" if s.absent else "–"
        _text(slide, x, TOP + 40 + ARROW + 2, width - 8, 36, said, "none", f"Reach of {clean(s.name)} in words")
        if felt and s.feeling:
            centre, scale = y + CURVE / 2, (CURVE / 2 - 8) / 2
            value, low, high = (None if v is None else centre - max(-2.0, min(2.0, v)) * scale for v in (s.feeling.value, s.feeling.low, s.feeling.high))
            assert value is not None
            places.append((x + width / 2 - 4, value, low, high, s.feeling.hollow))
            _text(slide, x + width / 2 + 6, value - 9, 44, 18, f"{s.feeling.value:+.1f}".replace("-", "−"), "bad" if s.feeling.value < 0 else "good", f"Feeling at {clean(s.name)}")
    if felt:
        shapes.rule(slide, LEFT, y + CURVE / 2, LEFT + WIDE, y + CURVE / 2, "Feeling 0", RULE)
        shapes.curve(slide, places, "Feelings", ACCENT)
    top = y + (CURVE + 6 if felt else 0)
    room = (488 - top) / 2
    for k, i in enumerate(numbers):
        x = LEFT + k * width
        for row, moment in enumerate((picture.stages[i].gain, picture.stages[i].pain)):
            if moment is not None:
                _moment(slide, moment, x, top + row * room, width - 8, room - 6, clean(picture.stages[i].name))
    legend = "Arrows: who reach a stage." + (" Curve: mean feeling in interviews, −2 to +2, with its 95 % interval; hollow: few people." if felt else "") + " + delights, − hurts, → people leave."
    _text(slide, LEFT, 492, WIDE, 18, legend, "none", "Legend")


def _moment(slide: Any, m: Moment, x: float, y: float, width: float, height: float, stage: str) -> None:
    sign, tone = SIDES[m.side]
    shapes.block(slide, x, y, 3, height, tone, f"Mark of {m.side}, {stage}")
    lines = int(height / (SIZE * LEADING))
    told = fold(clean(f"{sign} {m.number} {m.text}"), 0.97 * (width - 10), SIZE, most=max(1, lines))[1]
    shapes.box(slide, x + 8, y, width - 10, height, [([(told, "label")], SIZE * LEADING, 0)], SIZE, f"{m.side.capitalize()}, {stage}")


def _text(slide: Any, x: float, y: float, width: float, height: float, text: str, style: str, name: str) -> None:
    told = fold(clean(text), 0.97 * width, SIZE, style in shapes.BOLD, most=max(1, int(height / (SIZE * LEADING))))[1]
    shapes.box(slide, x, y, width, height, [([(told, style)], SIZE * LEADING, 0)], SIZE, name)


