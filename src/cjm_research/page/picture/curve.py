"""The emotion curve as shapes: a smooth line through the stages' means, which never overshoots them.

Between two stages the line is a monotone cubic (Fritsch and Carlson 1980, scipy's Pchip): it shows no high or low that is not
measured. It breaks where nobody spoke about a stage.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...results.words import some
from .content import Feeling

STEPS = 12  # pieces of a half stage
LOW, HIGH = -2.0, 2.0


@dataclass(frozen=True)
class Half:
    """Half of a stage's width: places 0…100 across the stage with the line and its band there."""

    x: tuple[float, ...]
    line: tuple[float, ...]
    band: tuple[tuple[float, float], ...]


def halves(points: Sequence[Feeling | None]) -> list[list[Half]]:
    """Per stage the halves of its width that a line runs through."""
    out: list[list[Half]] = [[] for _ in points]
    for run in _runs(points):
        if len(run) < 2:
            continue
        line = _through(run, [_value(points, i) for i in run])
        lows = _through(run, [_bound(points, i, "low") for i in run])
        highs = _through(run, [_bound(points, i, "high") for i in run])
        for i in run:
            for side in (-1, 1):
                if i + side in run:
                    at = [i + side * 0.5 * k / STEPS for k in range(STEPS + 1)][::side]
                    out[i].append(Half(tuple(100 * (u - i + 0.5) for u in at), tuple(line(at)), tuple(zip(lows(at), highs(at), strict=True))))
    return out


def _runs(points: Sequence[Feeling | None]) -> list[list[int]]:
    runs: list[list[int]] = []
    for i, point in enumerate(points):
        if point is None:
            continue
        if runs and runs[-1][-1] == i - 1:
            runs[-1].append(i)
        else:
            runs.append([i])
    return runs


def _through(x: Sequence[int], y: Sequence[float]):  # type: ignore[no-untyped-def]
    from scipy.interpolate import PchipInterpolator

    drawn = PchipInterpolator(x, y)
    return lambda at: [clip(float(v)) for v in drawn(at)]


def shapes(half: Half, x: Callable[[float], float], y: Callable[[float], float]) -> str:
    """Half a stage as SVG: the area above and below zero, the band and the line. x: place across the stage (0…100) → unit of the drawing; y: value → unit."""
    xs, out = [x(at) for at in half.x], []
    for css, side in (("up", 1), ("dn", -1)):
        if any(side * v > 0 for v in half.line):
            edge = _points(xs, [y(side * max(0.0, side * v)) for v in half.line])
            out.append(f'<polygon class="{css}" points="{xs[0]:.1f},{y(0.0):.1f} {edge} {xs[-1]:.1f},{y(0.0):.1f}"/>')
    band = _points(xs, [y(high) for _, high in half.band]) + " " + _points(xs[::-1], [y(low) for low, _ in half.band[::-1]])
    return "".join(out) + f'<polygon class="band" points="{band}"/><polyline class="ln" points="{_points(xs, [y(v) for v in half.line])}"/>'


def _points(xs: Sequence[float], ys: Sequence[float]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))


def signed(value: float | None) -> str:
    """A value on the scale: `+0.6`, `−1.0`, `0.0`."""
    return "" if value is None else f"{clip(value):+.1f}".replace("-", "−").replace("+0.0", "0.0").replace("−0.0", "0.0")


def people(count: int) -> str:
    """How many are behind a point."""
    return some(count, "people")


def clip(value: float) -> float:
    """A value inside the scale."""
    return max(LOW, min(HIGH, value))


def _value(points: Sequence[Feeling | None], i: int) -> float:
    point = points[i]
    return clip(point.value) if point else 0.0


def _bound(points: Sequence[Feeling | None], i: int, which: str) -> float:
    point = points[i]
    bound = getattr(point, which, None)
    return clip(float(bound)) if bound is not None else _value(points, i)
