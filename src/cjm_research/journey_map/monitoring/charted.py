"""One key figure against its frozen baseline: limits, alerts, what they mean, and where its level shifted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from ...params.schema import Monitoring
from ...results import words
from ...stats.changepoints import LONGEST, Break, breaks
from ...stats.control import FOLLOWS, Baseline, baseline, false_alarms, outside
from .breaks import DataGap
from .series import Calendar, Kpi

FULL, PROVISIONAL, LEAST_WATCHED = 20, 12, 2  # points of a baseline; of what is watched


@dataclass(frozen=True)
class Charted:
    """What became of one key figure.

    state: "steady", "alert", "data break", "known cause" or "cannot tell" (`why` says it). points: start, value, n, base, part
    ("baseline", "watched", "left out"), center, lower, upper, rule, state. frozen: None where it could not be charted.
    expected: alarms that steady series of this kind give among the points watched; any: how many of such series give one.
    """

    kpi: Kpi
    state: str
    why: str
    points: pd.DataFrame
    frozen: Baseline | None = None
    expected: float = 0.0
    any: float = 0.0
    p: float | None = None
    shifts: tuple[Break, ...] = field(default=())

    @property
    def alerts(self) -> pd.DataFrame:
        """The points that broke a rule, whatever explains them."""
        return self.points[self.points["rule"] != ""]

    @property
    def last_alert(self) -> pd.Series | None:
        """The latest point that alerts."""
        found = self.points[self.points["state"] == "alert"]
        return found.iloc[-1] if len(found) else None


def charted(kpi: Kpi, cal: Calendar, settings: Monitoring, gaps: Sequence[DataGap], stages: Sequence[str]) -> Charted:
    """Hold one key figure against its baseline."""
    points = kpi.points.reset_index(drop=True)
    blank = points.assign(part="watched", center=np.nan, lower=np.nan, upper=np.nan, rule="", state="")
    if kpi.why_not:
        return Charted(kpi, "cannot tell", kpi.why_not, blank)
    cause = [_cause(kpi, s.date(), cal, settings, gaps, stages) for s in points["start"]]
    usable = np.array([not c[0] for c in cause], dtype=bool)
    base = _baseline_points(points, usable, settings, cal)
    watched = ~base & (points["start"] > (points["start"][base].max() if base.any() else pd.Timestamp.min))
    if base.sum() < PROVISIONAL or watched.sum() < LEAST_WATCHED:
        found = f"{int(base.sum())} {cal.by}s of baseline and {int(watched.sum())} after it, of {len(points)} with a base of their own"
        return Charted(kpi, "cannot tell", f"{found}; it needs {PROVISIONAL} and {LEAST_WATCHED}", blank)
    value, scale = _adjusted(kpi, points, base, cal), points["scale"].to_numpy(float)
    if np.ptp(value[base]) == 0:
        return Charted(kpi, "cannot tell", "its baseline never varies, so that it has no limits", blank)
    if inside := breaks(value[base]):
        moved = points["start"][base].iloc[inside[0].at].date()
        return Charted(kpi, "cannot tell", f"its baseline is not steady: the level shifted around {moved}; a later baseline would tell", blank)
    frozen = baseline(value[base], None if kpi.measure in ("customers", "texts", "time") and _alike(scale) else scale[base],
                      seasons=7 if _by_weekday(points, base, cal) else 1)
    low, high = frozen.limits(scale)
    rules = [""] * len(points)
    at = np.flatnonzero(watched & usable)
    for i, rule in zip(at, outside(frozen, value[at], scale[at], settings.runs), strict=True):
        rules[i] = rule
    # what explains a point is said of it also where the rule would have spoken
    hit = np.flatnonzero(watched & ~usable)
    for i, rule in zip(hit, outside(frozen, value[hit], scale[hit], False), strict=True):
        rules[i] = rule
    state = ["alert" if r and u else c[0] if r else "" for r, u, c in zip(rules, usable, cause, strict=True)]
    part = np.where(base, "baseline", np.where(watched, "watched", "left out"))
    back = _back(kpi, points, base, cal)
    frame = points.assign(part=part, center=back(np.full(len(points), frozen.center)), lower=back(low), upper=back(high), rule=rules, state=state)
    if kpi.unit == "share":
        frame[["lower", "upper"]] = frame[["lower", "upper"]].clip(0, 1)
    if kpi.unit == "points":
        frame[["lower", "upper"]] = frame[["lower", "upper"]].clip(-100, 100)
    if kpi.unit in ("customers", "texts"):
        frame["lower"] = frame["lower"].clip(lower=0)
    ends = {"share": (0, 1), "points": (-100, 100)}.get(kpi.unit)
    if ends and (frame["lower"][watched] <= ends[0]).all() and (frame["upper"][watched] >= ends[1]).all():
        return Charted(kpi, "cannot tell", "too few answers or customers a point: its limits hold all that is possible", blank)
    n, rho = int(base.sum()), round(frozen.rho, 1)
    expected, share = false_alarms(n, int((watched & usable).sum()) or 1, rho, settings.runs, frozen.seasons)
    shifts = tuple(breaks(value[usable])) if usable.sum() <= LONGEST else ()
    shifts = tuple(replace(b, before=float(back(np.array([b.before]), plain=True)[0]), after=float(back(np.array([b.after]), plain=True)[0])) for b in shifts)
    now = "alert" if "alert" in state else next((s for s in state if s), "steady")
    why = next((c[1] for c, s in zip(cause, state, strict=True) if s and s == now and c[1]), "") if now not in ("alert", "steady") else ""
    if now == "steady" and n < FULL:
        why = f"provisional: a baseline of {n} {cal.by}s, where {FULL} are usual"
    p = frozen.p(float(value[at[-1]]), float(scale[at[-1]])) if len(at) else None
    kept = points["start"][usable].reset_index(drop=True)
    shifts = tuple(b for b in shifts if 0 < b.at < len(kept))
    return Charted(kpi, now, why, frame, frozen, expected, share, p, shifts)


def shift_dates(c: Charted) -> list[tuple[date, date, date, Break]]:
    """(date, earliest, latest, break) of each shift of the level."""
    usable = c.points[~c.points["state"].isin(["data break", "known cause"])]["start"].dt.date.tolist()
    last = len(usable) - 1
    return [(usable[min(b.at, last)], usable[min(b.low, last)], usable[min(b.high, last)], b) for b in c.shifts]


def runs_used(c: Charted, settings: Monitoring) -> bool:
    """Whether runs of eight alert; they say nothing where points follow each other."""
    return settings.runs and c.frozen is not None and c.frozen.rho <= FOLLOWS


def _alike(scale: np.ndarray) -> bool:
    return bool(np.ptp(scale) == 0)


def _baseline_points(points: pd.DataFrame, usable: np.ndarray, settings: Monitoring, cal: Calendar) -> np.ndarray:
    """Which points are the baseline: those within the params' days, else the first 20 that can be used (12 of fewer than 24)."""
    start = points["start"]
    if settings.baseline_end:
        inside = start + cal.step <= pd.Timestamp(settings.baseline_end) + pd.Timedelta(days=1)  # whole points only
        if settings.baseline_start:
            inside &= start >= pd.Timestamp(settings.baseline_start)
        return inside.to_numpy() & usable
    if settings.baseline_start:
        usable = usable & (start >= pd.Timestamp(settings.baseline_start)).to_numpy()
    many = FULL if usable.sum() >= FULL + 4 else PROVISIONAL
    return usable & (np.cumsum(usable) <= many)


def _cause(kpi: Kpi, start: date, cal: Calendar, settings: Monitoring, gaps: Sequence[DataGap], stages: Sequence[str]) -> tuple[str, str]:
    """What is known to stand behind a point: ("data break" or "known cause", in words), else empty."""
    end = start + cal.step - timedelta(days=1)
    for g in gaps:
        if g.kind == "began" and not g.instead:
            continue  # what is new is told, and leaves nothing out
        open_until = end + timedelta(seconds=kpi.horizon_s) if kpi.measure in ("going on", "time") else end
        touched = kpi.touchpoint in g.touchpoints if kpi.touchpoint else kpi.stage in g.stages
        if kpi.measure in ("going on", "time") and kpi.stage in stages:
            touched = touched or any(s in stages and stages.index(s) > stages.index(kpi.stage) for s in g.stages)
        if kpi.source == "behaviour" and touched and g.start <= open_until and g.end >= start:
            return "data break", g.words
    for k in settings.known_causes:
        if k.start <= end and k.end >= start:
            return "known cause", k.reason
    return "", ""


def _by_weekday(points: pd.DataFrame, base: np.ndarray, cal: Calendar) -> bool:
    """Whether days are compared with their weekday: where the baseline has each of them twice."""
    weekday = points["start"].dt.dayofweek.to_numpy()
    return cal.by == "day" and all((weekday[base] == d).sum() >= 2 for d in set(weekday.tolist()))


def _weekdays(kpi: Kpi, points: pd.DataFrame, base: np.ndarray, cal: Calendar) -> np.ndarray:
    """What the weekday adds to each point, from the baseline; a factor for counts and times. Weeks have none."""
    multiplied = kpi.unit in ("customers", "texts")
    neutral = np.ones(len(points)) if multiplied else np.zeros(len(points))
    value = _plain(kpi, points["value"].to_numpy(float))
    weekday = points["start"].dt.dayofweek.to_numpy()
    if not _by_weekday(points, base, cal):
        return neutral
    level = value[base].mean()
    means = {d: value[base & (weekday == d)].mean() for d in set(weekday.tolist())}
    return np.array([max(means[d], 1e-9) / level if multiplied and level > 0 else means[d] - level if not multiplied else 1.0 for d in weekday])


def _plain(kpi: Kpi, value: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(value, 1.0)) if kpi.log else value


def _adjusted(kpi: Kpi, points: pd.DataFrame, base: np.ndarray, cal: Calendar) -> np.ndarray:
    value, effect = _plain(kpi, points["value"].to_numpy(float)), _weekdays(kpi, points, base, cal)
    return value / effect if kpi.unit in ("customers", "texts") else value - effect


def _back(kpi: Kpi, points: pd.DataFrame, base: np.ndarray, cal: Calendar):  # type: ignore[no-untyped-def]
    """From adjusted values to those of the points; `plain` leaves the weekday out."""
    effect = _weekdays(kpi, points, base, cal)

    def back(value: np.ndarray, plain: bool = False) -> np.ndarray:
        if not plain:
            value = value * effect if kpi.unit in ("customers", "texts") else value + effect
        return np.exp(value) if kpi.log else value

    return back


def said(value: float, unit: str) -> str:
    """A value of a key figure in words."""
    return words.number(value, unit) if unit not in ("customers", "texts") else f"{words.number(round(value, 1))} {unit}"


def usual(lower: float, upper: float, unit: str) -> str:
    """The limits of a point in words: `108 to 196 customers`."""
    if unit in ("customers", "texts"):
        return f"{words.number(round(lower, 1))} to {said(upper, unit)}"
    return words.interval(lower, upper, unit)
