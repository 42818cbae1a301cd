"""Key figures of stages and touchpoints as series, by the map's definitions; what each counts stands in docs/methods/monitoring.md.

A series is a frame of points (start, value, n, base) and the error of each point up to a common factor (`scale`), which is what
control charts need. Whole weeks or days only; points with too small a base are left out and counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...analysis.satisfaction import LAST, TITLES
from ...engine import literal
from ...errors import NotEnoughData
from ...log.contacts import contacts_sql, unobserved
from ...log.onward import places_of
from ...log.scales import FAVOURABLE
from ...results import words

if TYPE_CHECKING:
    from ...study import Study

WEEKS = 14  # whole weeks from which weeks are charted; below, days
LEAST_BASE = 5  # customers or answers of a point; smaller ones are left out
LEAST_COUNT = 5.0  # mean count of a point; below, limits of counts are not to be trusted
_NPS = "CASE WHEN score >= 9 THEN 100.0 WHEN score <= 6 THEN -100.0 ELSE 0.0 END"


@dataclass(frozen=True)
class Calendar:
    """The points that all series share. by: "week" or "day"; starts: their first days; end: the day after the last."""

    by: str
    starts: tuple[date, ...]
    end: date
    zone: str

    @property
    def step(self) -> timedelta:
        """The length of a point."""
        return timedelta(days=7 if self.by == "week" else 1)

    def point_sql(self, moment: str) -> str:
        """The first day of the point that a time lies in."""
        return f"CAST(date_trunc('{self.by}', timezone({literal(self.zone)}, {moment})) AS DATE)"

    def within_sql(self, moment: str, start: date) -> str:
        """The condition that a time lies in one point."""
        return f"{self.point_sql(moment)} = DATE '{start}'"


@dataclass(frozen=True)
class Kpi:
    """One key figure: how it is called, its points, and the rows of a point.

    measure: customers, going on, time, nps, csat, ces, likert or texts. points: start, value, n, base, scale. unit: of the
    value. rows(start): SQL of the rows that one point rests on, as evidence wants them. log: charted as its logarithm.
    horizon_s: how long after a point's end its figure is still open. why_not: why it cannot be charted; empty where it can.
    """

    key: str
    measure: str
    name: str
    stage: str | None
    touchpoint: str | None
    unit: str
    source: str
    table: str
    points: pd.DataFrame
    rows: Callable[[date], str]
    log: bool = False
    horizon_s: float = 0.0
    left_out: int = 0
    why_not: str = ""


def calendar(study: Study) -> Calendar:
    """The whole weeks (Monday to Sunday) or days that can be charted.

    A first or last day that the data cut is in none. Raises `NotEnoughData` where nothing has a time.
    """
    period, zone = study.params.period, study.params.timezone
    parts = [f"SELECT min(CAST(timezone({literal(zone)}, {at}) AS DATE)) AS a, max(CAST(timezone({literal(zone)}, {at}) AS DATE)) AS b FROM {table} WHERE {at} IS NOT NULL"
             for table, at in (("interactions", "occurred_at"), ("responses", "answered_at"), ("feedback", "published_at")) if study.has(table)]
    found = study.query(f"SELECT min(a) AS a, max(b) AS b FROM ({' UNION ALL '.join(parts)})").iloc[0] if parts else None
    if found is None or pd.isna(found["a"]):
        raise NotEnoughData("monitoring", "nothing has a time", "interactions, answers or texts with times", "cjm check says what data there is")
    first, last = pd.Timestamp(found["a"]).date(), pd.Timestamp(found["b"]).date()
    start = period.start if period.start and period.start <= first + timedelta(days=6) else first + timedelta(days=1)
    end = period.end + timedelta(days=1) if period.end and period.end >= last else last  # the data's last day is rarely whole
    monday = start + timedelta(days=-start.weekday() % 7)
    weeks = [monday + timedelta(days=7 * k) for k in range(max(0, (end - monday).days // 7))]
    days = [start + timedelta(days=k) for k in range(max(0, (end - start).days))]
    by = study.params.monitoring.by or ("week" if len(weeks) >= WEEKS else "day")
    starts = weeks if by == "week" else [d for d in days if d not in set(study.params.monitoring.holidays)]
    if not starts:
        raise NotEnoughData("monitoring", f"no whole {by} between {start} and {end}", f"whole {by}s", "cjm check says what data there is")
    return Calendar(by, tuple(starts), starts[-1] + timedelta(days=7 if by == "week" else 1), zone)


def all_series(study: Study, cal: Calendar) -> list[Kpi]:
    """Every key figure of the study, also those that cannot be charted, with the reason."""
    out: list[Kpi] = []
    if study.stages and any(study.has(t) for t in ("interactions", "responses", "feedback")):
        out += _customers(study, cal)
        if study.has("interactions"):
            out += _cohorts(study, cal)
    if study.has("responses"):
        out += _scores(study, cal)
    if study.has("feedback"):
        out += _texts(study, cal)
    return out


def _customers(study: Study, cal: Calendar) -> list[Kpi]:
    contact = contacts_sql(study)
    found = study.query(f"SELECT touchpoint, {cal.point_sql('moment')} AS start, count(DISTINCT id) AS n FROM ({contact}) WHERE moment IS NOT NULL AND touchpoint IS NOT NULL GROUP BY ALL")
    whole = study.query(f"SELECT stage, {cal.point_sql('moment')} AS start, count(DISTINCT id) AS n FROM ({contact}) WHERE moment IS NOT NULL AND stage IS NOT NULL GROUP BY ALL")
    hidden = unobserved(study)
    out = []
    for stage, touchpoint in [*((s, None) for s in study.stages), *((s, t) for t, s in study.touchpoint_stage.items())]:
        name = f"touchpoint:{touchpoint}" if touchpoint else f"stage:{stage}"
        part = found[found["touchpoint"] == touchpoint] if touchpoint else whole[whole["stage"] == stage]
        where = f"touchpoint = {literal(touchpoint)}" if touchpoint else f"stage = {literal(stage)}"

        def rows(start: date, where: str = where) -> str:
            return f"SELECT DISTINCT id, 1.0 AS amount FROM ({contact}) WHERE {where} AND {cal.within_sql('moment', start)}"

        out.append(_counts(f"customers:{name}", "customers", f"customers at {touchpoint or stage}", stage, touchpoint, "customers", "behaviour", "interactions",
                           part, cal, rows, hidden.get(name, "")))
    return out


def _cohorts(study: Study, cal: Calendar) -> list[Kpi]:
    places = places_of(study)
    at = {p.name: p for p in places.places if p.touchpoint is None and places.ahead(p) and p.name in {f"stage:{s}" for s in study.stages}}
    found = study.query(f"""SELECT place, {cal.point_sql('first_at')} AS start, count(*) FILTER (observed) AS base, count(*) FILTER (NOT observed) AS early,
            count(*) FILTER (observed AND went_at IS NOT NULL) AS n, any_value(horizon) AS horizon,
            median(date_diff('microsecond', first_at, went_at) / 1e6) FILTER (observed AND went_at IS NOT NULL) AS s
        FROM ({places.cohorts_sql()}) GROUP BY ALL""")
    hidden = unobserved(study)
    out = []
    for name, place in at.items():
        horizon = places.horizons.get(name)
        part = found[(found["place"] == name) & (found["early"] == 0)]
        blurred = "nobody knows what came first in one instant" if places.seen[name].order_unknown else ""
        why = hidden.get(name, "") or blurred or ("nobody ever went on from there" if horizon is None or not part["n"].sum() else "")

        def rows(start: date, place: Any = place, time: bool = False) -> str:
            value = "date_diff('microsecond', first_at, went_at) / 1e6 AS value" if time else "(went_at IS NOT NULL) AS counted"
            return (f"SELECT id, {value} FROM ({places.cohorts_sql(place)}) WHERE observed AND {cal.within_sql('first_at', start)}"
                    + (" AND went_at IS NOT NULL" if time else ""))

        shares = _points(part.assign(value=part["n"] / part["base"].where(part["base"] > 0)), cal)
        big = shares[shares["base"] >= LEAST_BASE]
        pooled = float(big["n"].sum() / big["base"].sum()) if len(big) else 0.0
        error = np.sqrt(max(pooled * (1 - pooled), 1e-4) / big["base"].to_numpy(float))
        out.append(Kpi(f"going_on:{name}", "going on", f"share going on from {place.words}", place.stage, None, "share", "behaviour", "interactions",
                       big.assign(scale=error), rows, horizon_s=horizon or 0.0, left_out=len(shares) - len(big), why_not=why))
        times = _points(part.assign(value=part["s"], base=part["n"]), cal)
        timed = times[(times["base"] >= LEAST_BASE) & times["value"].notna()]
        out.append(Kpi(f"time:{name}", "time", f"median time onward from {place.words}", place.stage, None, "s", "behaviour", "interactions",
                       timed.assign(scale=1 / np.sqrt(timed["base"].to_numpy(float))), lambda start, rows=rows: rows(start, time=True),  # type: ignore[misc]
                       log=True, horizon_s=horizon or 0.0, left_out=len(times) - len(timed), why_not=why))
    return out


def _scores(study: Study, cal: Calendar) -> list[Kpi]:
    last = LAST.format(where="AND answered_at IS NOT NULL")
    found = study.query(f"""SELECT question_id, instrument, any_value(question) AS question, any_value(touchpoint) AS touchpoint, any_value(stage) AS stage, {cal.point_sql('answered_at')} AS start,
            count(*) AS base, round(avg(CASE WHEN instrument = 'nps' THEN {_NPS} WHEN instrument IN ('csat', 'ces') THEN CAST({FAVOURABLE} AS DOUBLE) ELSE score END), 9) AS value,
            count(*) FILTER ({FAVOURABLE}) AS hits
        FROM ({last}) GROUP BY question_id, instrument, start ORDER BY question_id, instrument, start""")
    out = []
    for (question, instrument), part in found.groupby(["question_id", "instrument"], sort=True):
        where = LAST.format(where=f"AND answered_at IS NOT NULL AND question_id = {literal(str(question))} AND instrument = {literal(str(instrument))}")
        value = {"nps": f"{_NPS} AS value", "likert": "score AS value"}.get(str(instrument), f"({FAVOURABLE}) AS counted")

        def rows(start: date, where: str = where, value: str = value) -> str:
            return f"SELECT source, response_id AS id, {value} FROM ({where}) WHERE {cal.within_sql('answered_at', start)}"

        unit = {"nps": "points", "likert": "score"}.get(str(instrument), "share")
        points = _points(part.assign(n=part["hits"] if unit == "share" else part["base"]), cal)
        big = points[points["base"] >= LEAST_BASE]
        error = 1 / np.sqrt(big["base"].to_numpy(float))
        if unit == "share" and len(big):
            pooled = float(big["n"].sum() / big["base"].sum())
            error = error * np.sqrt(max(pooled * (1 - pooled), 1e-4))
        elif len(big):  # the spread of single answers, so that limits are never narrower than it allows
            error = error * max(1e-9, float(study.scalar(f"SELECT round(coalesce(stddev_samp({_NPS if unit == 'points' else 'score'}), 0), 9) FROM ({where})")))
        place = part["touchpoint"].dropna()
        stage = part["stage"].dropna()
        said = str(place.iloc[0]) if len(place) else str(part["question"].iloc[0] or question)
        out.append(Kpi(f"{instrument}:{question}", str(instrument), f"{TITLES[str(instrument)]}, {said}", str(stage.iloc[0]) if len(stage) else None,
                       str(place.iloc[0]) if len(place) else None, unit, "survey", "responses", big.assign(scale=error), rows, left_out=len(points) - len(big)))
    return out


def _texts(study: Study, cal: Calendar) -> list[Kpi]:
    theme = "coalesce(touchpoint, label, source)"
    found = study.query(f"SELECT {theme} AS theme, any_value(touchpoint) AS touchpoint, any_value(stage) AS stage, {cal.point_sql('published_at')} AS start, count(*) AS n "
                        "FROM feedback WHERE published_at IS NOT NULL GROUP BY theme, start ORDER BY theme, start")
    out = []
    for name, part in found.groupby("theme", sort=True):
        def rows(start: date, name: Any = name) -> str:
            return (f"SELECT source, feedback_id AS id, 1.0 AS amount FROM feedback WHERE {theme} = {literal(str(name))} AND published_at IS NOT NULL "
                    f"AND {cal.within_sql('published_at', start)}")

        stage, touchpoint = part["stage"].dropna(), part["touchpoint"].dropna()
        out.append(_counts(f"texts:{name!s}", "texts", f"texts about {str(name) if len(touchpoint) else words.event(str(name))}", str(stage.iloc[0]) if len(stage) else None,
                           str(touchpoint.iloc[0]) if len(touchpoint) else None, "texts", "feedback", "feedback", part, cal, rows, ""))
    return out


def _counts(key: str, measure: str, name: str, stage: str | None, touchpoint: str | None, unit: str, source: str, table: str, part: pd.DataFrame, cal: Calendar,
            rows: Callable[[date], str], why: str) -> Kpi:
    """A series of counts: a point without rows is a point with none."""
    points = _points(part.assign(value=part["n"].astype(float), base=part["n"]), cal, fill=True)
    mean = float(points["value"].mean()) if len(points) else 0.0
    if not why and mean < LEAST_COUNT:
        why = f"too few: {mean:.1f} a {cal.by} on average, where limits need {LEAST_COUNT:g}"
    return Kpi(key, measure, name, stage, touchpoint, unit, source, table, points.assign(scale=1.0), rows, why_not=why)


def _points(part: pd.DataFrame, cal: Calendar, fill: bool = False) -> pd.DataFrame:
    """start, value, n, base of the whole points, in order; with `fill` also those without rows, as 0."""
    frame = pd.DataFrame({"start": pd.to_datetime(part["start"]), **{c: part[c].astype(float) for c in ("value", "n", "base")}}).set_index("start")
    whole = pd.DatetimeIndex(pd.to_datetime(list(cal.starts)), name="start")
    frame = frame.reindex(whole, fill_value=0.0) if fill else frame[frame.index.isin(whole)].sort_index()
    return frame.reset_index()
