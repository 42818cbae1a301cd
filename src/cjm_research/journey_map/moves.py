"""How figures of the current half of the period differ from the half before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..results import words
from ..results.result import Finding
from ..shapes import Row
from .changes import difference

DIFFERENCE_UNITS = {"share": "share difference"}


def moves(findings: Sequence[Finding], previous: str, current: str) -> dict[str, Row]:
    """Finding id of the current half → {"state": "up", "down" or "same", "text"}.

    `same` where the interval of the difference (MOVER, Zou & Donner 2008) holds 0. One in twenty differences lies
    outside by chance alone; the map says so.
    """
    before = {replace(f, period=None).id: f for f in findings if f.period == previous}
    out: dict[str, Row] = {}
    for f in findings:
        was = before.get(replace(f, period=None).id) if f.period == current else None
        if was is None or was.estimate is None or f.estimate is None:
            continue
        d = difference(was.estimate, f.estimate)
        if d is None or d.value is None or d.low is None or d.high is None:
            continue
        unit = DIFFERENCE_UNITS.get(d.unit, d.unit)
        text = f"{_signed(d.value, unit)} against the half before (95 % interval {words.interval(d.low, d.high, unit)})"
        out[f.id] = {"state": "up" if d.low > 0 else "down" if d.high < 0 else "same", "short": _signed(d.value, unit), "text": text}
    return out


def _signed(value: float, unit: str) -> str:
    text = words.number(value, unit)
    return text if text.startswith(("+", "−")) else f"+{text}"
