"""The emotion curve over the stages: mean valence with its interval, for all and for each persona.

The drawing is for the eye; its numbers stand in the row of the table below it.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from ..results import policy

MARKS = "●■▲◆★"
HOLLOW = dict(zip(MARKS, "○□△◇☆", strict=True))  # of points that few people stand behind
WIDTH, HEIGHT = 100, 120  # of a stage, and of the drawing, in its own units
SPREAD = 5  # units between the personas' points of a stage, so that intervals do not hide each other

Point = tuple[int, float, float | None, float | None, bool]  # stage, value, low, high, hollow


def curve_row(data: Mapping[str, Any], by_id: Mapping[str, Mapping[str, Any]], scripted: bool = True) -> str:
    """The row of the drawing; empty where no stage has a valence. Personas' curves wait for the script."""
    stages = data["stages"]
    curves: list[tuple[str, list[Point]]] = [("", _points(data, by_id, None))]
    if scripted:
        curves += [(p["name"], _points(data, by_id, p["name"])) for p in data.get("personas") or []]
    if not any(points for _, points in curves):
        return ""
    lines, points = [], []
    for k, (name, found) in enumerate(curves):
        if found:
            shift = 0 if k == 0 else round((k - len(curves) / 2) * SPREAD)
            lines.append(_line(name, k, found, shift))
            points.append(_marks(name, k, found, shift, len(stages)))
    width = WIDTH * len(stages)
    svg = (f'<svg viewBox="0 0 {width} {HEIGHT}" preserveAspectRatio="none" focusable="false">'
           f'<line x1="0" x2="{width}" y1="{_y(0):.0f}" y2="{_y(0):.0f}" class="zero"/>{"".join(lines)}</svg>')
    return (f'<tr class="curve-row" aria-hidden="true"><td class="axis"><span>+2</span><span>0</span><span>−2</span></td>'
            f'<td colspan="{len(stages)}"><div class="curve-box">{svg}{"".join(points)}</div></td></tr>')


def _points(data: Mapping[str, Any], by_id: Mapping[str, Mapping[str, Any]], persona: str | None) -> list[Point]:
    out: list[Point] = []
    for i, stage in enumerate(data["stages"]):
        for fid in data["cells"].get(f"emotion|{stage['name']}", []):
            f = by_id[fid]
            e = f.get("estimate")
            if (e and e.get("value") is not None and f.get("persona") == persona and not f.get("touchpoint") and not f.get("period")
                    and not f.get("channel") and -2 <= e["value"] <= 2):
                if (drawn := policy.point(e.get("base"))) != "none":
                    out.append((i, e["value"], e.get("low"), e.get("high"), drawn == "hollow"))
                break
    return out


def _y(value: float) -> float:
    return HEIGHT / 2 - max(-2.0, min(2.0, value)) * 25


def _x(stage: int, shift: int) -> int:
    return WIDTH * stage + WIDTH // 2 + shift


def _line(name: str, k: int, points: list[Point], shift: int) -> str:
    path = " ".join(f"{'M' if n == 0 else 'L'}{_x(i, shift)} {_y(v):.1f}" for n, (i, v, *_) in enumerate(points))
    whiskers = "".join(f'<path d="M{_x(i, shift)} {_y(lo):.1f}V{_y(hi):.1f}" class="whisker"/>' for i, _, lo, hi, _ in points if lo is not None and hi is not None)
    return f'<g data-p="{escape(name, quote=True)}" class="p{k}">{whiskers}<path d="{path}" class="curve"/></g>'


def _marks(name: str, k: int, points: list[Point], shift: int, stages: int) -> str:
    """Points as characters: shapes that a stretched drawing would distort. All customers' carry their number."""
    out = []
    for i, value, _, _, hollow in points:
        mark = MARKS[(k - 1) % len(MARKS)] if k else "●"
        place = f"left:{100 * _x(i, shift) / (WIDTH * stages):.2f}%;top:{100 * _y(value) / HEIGHT:.1f}%"
        number = f"<small>{value:+.1f}</small>".replace("-", "−") if k == 0 else ""
        out.append(f'<span data-p="{escape(name, quote=True)}" class="p{k}" style="{place}">{HOLLOW[mark] if hollow else mark}{number}</span>')
    return "".join(out)
