"""The emotion curve on a sheet: stages' means with their band, touchpoints as faces at their own height, personas as thin lines."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ....page.picture.content import Feeling, Map, Picture, picture_of
from ....page.picture.curve import clip, halves, people, shapes, signed
from ....page.picture.icons import face
from ..text import clean

HEIGHT = 260.0
REST = 30.0  # px above +2 and below −2
LETTER = 6.6  # px of a letter of a label, on average, at 13 px
LINE = 17.0  # px between two labels
MARKS = "●■▲◆★"


def emotion_svg(read: Map, picture: Picture, persona: str | None, column: float) -> str:
    """The drawing. persona: whose it is; default all customers, with the personas' lines. column: width of a stage in px."""
    width = column * len(picture.stages)
    parts = [f'<line class="grid" x1="0" x2="{width:.0f}" y1="{_y(v):.1f}" y2="{_y(v):.1f}"/>' for v in (-2, 2)]
    parts += [f'<line class="zero" x1="0" x2="{width:.0f}" y1="{_y(0):.1f}" y2="{_y(0):.1f}"/>']
    parts += [f'<text class="tick" x="2" y="{_y(v) - 4:.1f}">{said}</text>' for v, said in ((2, "+2 very good"), (-2, "−2 very bad"))]
    parts.append(_curve([s.feeling for s in picture.stages], column))
    faces = [(f, (i + x) * column) for i, s in enumerate(picture.stages) for f, x in zip(s.faces, _spread(len(s.faces)), strict=True)]
    means = [(s.feeling, (i + 0.5) * column) for i, s in enumerate(picture.stages) if s.feeling]
    labels = _Labels([(x, _y(f.value)) for f, x in (*means, *faces)], width)
    labels.clear_of(_line([s.feeling for s in picture.stages], column))
    parts += [_stage(f, x, labels) for f, x in means]
    parts += [_face(f, x, labels) for f, x in faces]
    if persona is None:
        parts += [_person(read, str(p["name"]), k, column, labels) for k, p in enumerate(read.data.get("personas") or [])]
    return f'<svg class="emotion" width="{width:.0f}" height="{HEIGHT:.0f}" viewBox="0 0 {width:.0f} {HEIGHT:.0f}">{"".join(parts)}{labels.drawn()}</svg>'


def _spread(count: int) -> list[float]:
    """Places of touchpoints across a stage's width, beside its middle, where the stage's own point stands."""
    if count == 1:
        return [0.22]
    slots = count + 1 - count % 2
    return [(k + 0.5) / (slots + count % 2) for k in range(slots + count % 2) if 2 * k + 1 != slots + count % 2][:count]


def _y(value: float) -> float:
    return HEIGHT / 2 - clip(value) * (HEIGHT / 2 - REST) / 2


def _curve(points: list[Feeling | None], column: float) -> str:
    return "".join(shapes(h, lambda x, i=i: (i + x / 100) * column, _y) for i, parts in enumerate(halves(points)) for h in parts)  # type: ignore[misc]


def _line(points: list[Feeling | None], column: float) -> list[tuple[float, float]]:
    """Points of the curve, close enough that no label fits between two of them."""
    return [((i + x / 100) * column, _y(v)) for i, parts in enumerate(halves(points)) for h in parts for x, v in zip(h.x, h.line, strict=True)]


def _stage(f: Feeling, x: float, labels: _Labels) -> str:
    labels.put(x, _y(f.value), f"{signed(f.value)} ", people(f.people), up=f.value >= 0, big=True)
    return f'<circle class="at{" hollow" if f.hollow else ""}" cx="{x:.1f}" cy="{_y(f.value):.1f}" r="6"/>'


def _face(f: Feeling, x: float, labels: _Labels) -> str:
    name, _ = face(f.value)
    labels.put(x, _y(f.value), f"{clean(f.name)[:32]} ", signed(f.value), up=f.value >= 0)
    return f'<svg class="v{name[1]}{" hol" if f.hollow else ""}" x="{x - 12:.1f}" y="{_y(f.value) - 12:.1f}" width="24" height="24"><use href="#i-{name}"/></svg>'


def _person(read: Map, name: str, k: int, column: float, labels: _Labels) -> str:
    """A persona's line between stages of which enough of its people spoke; alone, a point says nothing about a way."""
    points = [s.feeling if s.feeling and s.feeling else None for s in picture_of(read.data, name).stages]
    out, last = [], None
    for i in range(len(points) - 1):
        one, two = points[i], points[i + 1]
        if one and two:
            out.append(f'<path class="person p{k % 5 + 1}" d="M{(i + 0.5) * column:.1f} {_y(one.value):.1f}L{(i + 1.5) * column:.1f} {_y(two.value):.1f}"/>')
            last = (i + 1, two)
    if last is None:
        return ""
    i, f = last
    labels.put((i + 0.5) * column + 14, _y(f.value), f"{MARKS[k % 5]} {clean(name)[:32]} ", signed(f.value), up=f.value >= 0, css=f"p{k % 5 + 1}")
    return "".join(out)


class _Labels:
    """Labels beside their points: above or below, to the right or left, or further off, where they lie on nothing else."""

    def __init__(self, points: Sequence[tuple[float, float]], width: float) -> None:
        self._width = width
        self._boxes = [(x - 13.0, y - 13.0, x + 13.0, y + 13.0) for x, y in points]
        self._line: list[tuple[float, float]] = []
        self._out: list[str] = []

    def clear_of(self, line: Sequence[tuple[float, float]]) -> None:
        """Keep labels off a line, given as points along it, wherever another place is free."""
        self._line = list(line)

    def put(self, x: float, y: float, name: str, value: str, *, up: bool, big: bool = False, css: str = "") -> None:
        """A label of the point at (x, y), above it if `up` and there is room."""
        half = LETTER * (1.15 if big else 1.0) * len(name + value) / 2
        around = [(x, y - 18), (x, y + 28)] if up else [(x, y + 28), (x, y - 18)]
        beside = [(x + 18 + half, y + 5), (x - 18 - half, y + 5)]
        further = [(x + dx, y + sign * LINE * step) for step in range(2, 9) for sign in ((-1, 1) if up else (1, -1)) for dx in (0.0, half, -half)]
        tried = [p for p in (*around, *beside, *further) if self._free(p[0], p[1], half)]
        at = next((p for p in tried if self._off_the_line(p[0], p[1], half)), next(iter(tried), around[0]))
        self._boxes.append((at[0] - half, at[1] - LINE + 3, at[0] + half, at[1] + 4))
        self._out.append(f'<text class="{"big " if big else ""}{css}" x="{at[0]:.1f}" y="{at[1]:.1f}">{escape(name)}<tspan class="{"sub" if big else "val"}">{escape(value)}</tspan></text>')

    def _free(self, x: float, base: float, half: float) -> bool:
        left, top, right, bottom = x - half - 5, base - LINE + 3, x + half + 5, base + 4
        inside = left >= 2 and right <= self._width - 2 and top >= 0 and bottom <= HEIGHT
        return inside and not any(left < b[2] and b[0] < right and top < b[3] and b[1] < bottom for b in self._boxes)

    def _off_the_line(self, x: float, base: float, half: float) -> bool:
        return not any(x - half - 3 < at < x + half + 3 and base - LINE < y < base + 6 for at, y in self._line)

    def drawn(self) -> str:
        """All labels, to be drawn over everything else."""
        return "".join(self._out)
