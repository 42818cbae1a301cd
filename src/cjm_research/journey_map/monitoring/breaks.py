"""Breaks in the data: an event of a source that stops, begins or is missing altogether, from one day to the next.

Customers change by and by, and not all on one day; what records them does. A break is told where days without a single row
follow on days with their usual number, and as many rows were due as chance never leaves out. Definitions:
docs/methods/monitoring.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...engine import literal

if TYPE_CHECKING:
    from ...study import Study

DUE = 20.0  # rows that were due on the silent days; none of them came
USUAL = 4.0  # rows a day before or after, on average, from which silence says anything
BESIDE = 14  # days beside the silence that say what was due
ABRUPT = 0.5  # of the usual number on the last days before it: what fades has not broken
LONGEST_GAP = 3  # silent days elsewhere that make silence usual: no more than a third as long


@dataclass(frozen=True)
class DataGap:
    """Silent days of one event: `start` … `end`, both included (None: until the end, or from the beginning).

    kind: "stopped", "began" or "gap". due: rows that the days beside it let expect. instead: an event of the same source that
    began or stopped within a day of it, in like number: a new name, most likely. stages, touchpoints: where its rows lie.
    """

    source: str
    event: str
    kind: str
    start: date
    end: date
    due: float
    instead: str
    stages: tuple[str, ...]
    touchpoints: tuple[str, ...]

    @property
    def words(self) -> str:
        """`purchase of web stopped on 2026-03-02 (41 rows were due until 2026-03-08)`."""
        if self.kind == "began":
            said = f"{self.event} of {self.source} began on {self.end + timedelta(days=1)}, at once in its usual number ({self.due:.0f} rows a day)"
        elif self.kind == "stopped":
            said = f"{self.event} of {self.source} stopped after {self.start - timedelta(days=1)} ({self.due:.0f} rows were due since, none came)"
        else:
            said = f"{self.event} of {self.source} is missing from {self.start} to {self.end} ({self.due:.0f} rows were due)"
        verb = "began" if self.kind == "stopped" else "stopped"
        return said + (f"; {self.instead} {verb} then in like number: a new name, most likely" if self.instead else "")


def data_breaks(study: Study) -> list[DataGap]:
    """The breaks of all events of all sources, worst first; none where there are no interactions."""
    if not study.has("interactions"):
        return []
    day = f"CAST(timezone({literal(study.params.timezone)}, occurred_at) AS DATE)"
    counted = study.query(f"SELECT source, event, {day} AS day, count(*) AS n FROM interactions WHERE occurred_at IS NOT NULL AND event IS NOT NULL GROUP BY ALL")
    if counted.empty:
        return []
    whole = pd.date_range(counted["day"].min(), counted["day"].max(), freq="D")
    if len(whole) < 2 * BESIDE:
        return []
    wide = {}
    for (source, event), part in counted.groupby(["source", "event"], sort=True):
        series = pd.Series(part["n"].to_numpy(float), index=pd.to_datetime(part["day"])).reindex(whole, fill_value=0.0).to_numpy()
        if series.sum() >= DUE:
            wide[(str(source), str(event))] = series
    if not wide:
        return []
    active = _active(wide)
    found = [(key, *one) for key, series in wide.items() for one in _silences(series, active[key[0]], [d.dayofweek for d in whole])]
    places = study.query("SELECT DISTINCT source, event, stage, touchpoint FROM interactions WHERE stage IS NOT NULL")
    out = []
    for key, kind, first, last, due in found:
        instead = _instead(key, kind, first, last, wide)
        own = places[(places["source"] == key[0]) & (places["event"] == key[1])]
        out.append(DataGap(*key, kind, whole[first].date(), whole[last].date(), due, instead,
                           tuple(sorted(own["stage"].dropna().unique())), tuple(sorted(own["touchpoint"].dropna().unique()))))
    return sorted(out, key=lambda g: (-g.due if g.kind != "began" else 0.0, g.source, g.event))


def _active(wide: dict[tuple[str, str], np.ndarray]) -> dict[str, tuple[int, int]]:
    """By source the first and last day with any row: an export that covers other days is no break of its events."""
    out: dict[str, tuple[int, int]] = {}
    for source in {k[0] for k in wide}:
        days = np.flatnonzero(sum(v for k, v in wide.items() if k[0] == source))
        out[source] = (int(days[0]), int(days[-1]))
    return out


def _silences(series: np.ndarray, span: tuple[int, int], weekday: list[int]) -> list[tuple[str, int, int, float]]:
    """(kind, first and last silent day, rows due) of one event."""
    runs, at = [], 0
    while at < len(series):
        if series[at] > 0:
            at += 1
            continue
        end = at
        while end + 1 < len(series) and series[end + 1] == 0:
            end += 1
        runs.append((at, end))
        at = end + 1
    # the end of everything the source sends counts: somebody may have switched it off; its beginning does not
    last = len(series) - 1
    runs = [(max(a, span[0]), b) for a, b in runs if b >= span[0] and not (a <= span[0] and b >= last)]
    runs = [(a, b) for a, b in runs if a <= b]
    out = []
    for a, b in runs:
        kind = "began" if a <= span[0] else "stopped" if b == last else "gap"
        before, after = series[max(0, a - BESIDE):a], series[b + 1:b + 1 + BESIDE]
        others = [y - x + 1 for x, y in runs if (x, y) != (a, b) and x > span[0] and y < last]
        if others and max(others) > (b - a + 1) / LONGEST_GAP:
            continue  # it is often silent
        sides = [before] if kind == "stopped" else [after] if kind == "began" else [before, after]
        if any(len(s) < BESIDE or s.mean() < USUAL for s in sides):
            continue
        near = [s[-3:] if s is before else s[:3] for s in sides]
        if any(n.mean() < ABRUPT * s.mean() for n, s in zip(near, sides, strict=True)):
            continue
        index = np.concatenate([np.arange(max(0, a - BESIDE), a) if kind != "began" else [], np.arange(b + 1, min(len(series), b + 1 + BESIDE)) if kind != "stopped" else []]).astype(int)
        usual = {d: float(series[[i for i in index if weekday[i] == d]].mean()) for d in range(7) if any(weekday[i] == d for i in index)}
        due = sum(usual.get(weekday[i], 0.0) for i in range(a, b + 1))
        if due < DUE:
            continue
        out.append((kind, a, b, float(after.mean()) if kind == "began" else due))
    return out


def _instead(key: tuple[str, str], kind: str, first: int, last: int, wide: dict[tuple[str, str], np.ndarray]) -> str:
    """The event that took over within a day, or that this one took over from."""
    if kind == "gap":
        return ""
    at = first if kind == "stopped" else last + 1  # the first day of the new state
    own = wide[key][max(0, at - BESIDE):at] if kind == "stopped" else wide[key][at:at + BESIDE]
    for other, series in wide.items():
        if other == key or other[0] != key[0]:
            continue
        seen = np.flatnonzero(series)
        turn = int(seen[0]) if kind == "stopped" else int(seen[-1]) + 1
        part = series[turn:turn + BESIDE] if kind == "stopped" else series[max(0, turn - BESIDE):turn]
        if abs(turn - at) <= 1 and len(part) and len(own) and 0.5 <= part.mean() / max(own.mean(), 1e-9) <= 2:
            return other[1]
    return ""
