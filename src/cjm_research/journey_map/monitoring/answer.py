"""What moved, and is it more than its usual ups and downs? Control charts of key figures, breaks in the data, shifts of level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...errors import NotEnoughData
from ...privacy.small_counts import countable, reason
from ...results import words
from ...results.declared import declares
from ...results.evidence import rows_evidence
from ...results.result import Estimate, Finding, Result
from ...results.subjects import Subject
from ...shapes import Row
from ...stats.multiplicity import adjust
from ...stats.quantiles import quantile
from ...stats.shares import share
from . import declared
from .breaks import DataGap, data_breaks
from .charted import Charted, charted, said, shift_dates, usual
from .series import Calendar, Kpi, all_series, calendar

if TYPE_CHECKING:
    from ...study import Study

METHOD = ("Control charts by stage, touchpoint and question (Shewhart 1931; Wheeler & Chambers 1992). Counts: single values with limits from moving ranges (XmR); shares and "
          "scores: limits from each point's base, widened by how much more points vary (Laney 2002); times: logarithms of medians. The baseline comes before what is watched and is "
          "frozen. Limits are prediction limits: they hold one steady point in 370 outside also of a short baseline and of values that follow each other. Eight points in a row on "
          "one side alert as well, save where values follow each other. Daily points are compared with their weekday. By chance: alerts of simulated steady figures. Shifts of level: "
          "exact least squares, intervals by likelihood ratio (Hansen 2000); found by search. Definitions: docs/methods/monitoring.md.")
_COLUMNS = list(declared.KPIS.stored)
_RULES = {"beyond": "beyond its limits", "run": "eighth or later on one side"}


@dataclass(frozen=True)
class DataBreak(Subject):
    """Days on which an event of a source stopped, began or was missing altogether."""

    source: str
    event: str
    kind: str


@dataclass(frozen=True)
class Watched(Subject):
    """A key figure that is watched. state: "steady", "alert", "data break", "known cause" or "cannot tell"."""

    kpi: str
    measure: str
    state: str


@declares(*declared.WATCHED)
def monitoring(study: Study) -> Result:
    """Which key figures left their usual range, which of these are breaks in the data, and what cannot be told.

    Frames: `kpis` (a row a figure), `points`, `alerts`, `breaks`, `shifts`. facts: `alerts` (figures that alert at any watched
    point), `expected` (alerts of steady figures by simulation), `cannot_tell`. Raises `NotEnoughData` where nothing has a time
    or no figure has enough whole weeks or days.
    """
    cal = calendar(study)
    gaps = data_breaks(study)
    settings = study.params.monitoring
    found = [charted(k, cal, settings, gaps, study.stages) for k in all_series(study, cal)]
    told = [c for c in found if c.frozen is not None]
    if not told:
        why = "; ".join(f"{c.kpi.name}: {c.why}" for c in found[:3]) or "no stage, score or text"
        raise NotEnoughData("monitoring", f"none of {len(found)} figures can be charted: {why}", "12 whole weeks or days of baseline, and 2 after it",
                            "come back with a longer export; monitoring: in the params says which baseline")
    adjusted = dict(zip([c.kpi.key for c in told], adjust([c.p for c in told], "bh"), strict=True))
    result = Result("What moved, and is it more than the usual ups and downs?", _frames(study, found, gaps, cal, adjusted), method=METHOD,
                    findings=[*(f for f in (_finding(study, c, cal) for c in told) if f), *(_break(study, g) for g in gaps)])
    alerting = [c for c in told if c.state == "alert"]
    result.facts = {
        "by": cal.by, "first": str(cal.starts[0]), "complete_to": str(cal.end), "figures": len(told), "alerts": [c.kpi.key for c in alerting],
        "expected": sum(c.expected for c in told), "any": sum(c.any for c in told), "cannot_tell": [c.kpi.key for c in found if c.frozen is None],
        "breaks": [g.words for g in gaps], "baseline": "params" if settings.baseline_end else "first points"}
    result.sentences = _sentences(study, told, alerting, gaps, cal)
    result.caveats = _caveats(study, found, told, cal)
    return result


def _frames(study: Study, found: list[Charted], gaps: list[DataGap], cal: Calendar, adjusted: dict[str, float | None]) -> dict[str, pd.DataFrame]:
    order = {"alert": 0, "data break": 1, "known cause": 2, "steady": 3, "cannot tell": 4}
    rows = [_row(c, study, adjusted) for c in sorted(found, key=lambda c: order[c.state])]
    points = [c.points.assign(kpi=c.kpi.key, name=c.kpi.name, unit=c.kpi.unit, day=c.points["start"].dt.strftime("%Y-%m-%d")) for c in found if c.frozen is not None]
    charts = pd.concat(points, ignore_index=True)[list(declared.POINTS.stored)]
    few = np.array([not _told(study, unit, n, base) for unit, n, base in zip(charts["unit"], charts["n"], charts["base"], strict=True)], dtype=bool)
    charts.loc[few, "value"], charts.loc[few, "n"] = np.nan, 0
    charts.loc[few & (charts["base"].to_numpy() < study.params.privacy.min_cell), "base"] = 0
    why = {c.kpi.key: c.why for c in found}
    alerts = charts[charts["rule"] != ""].assign(why=lambda f: [why[k] if s != "alert" else "" for k, s in zip(f["kpi"], f["state"], strict=True)],
                                                 rule=lambda f: f["rule"].map(_RULES)).reset_index(drop=True)
    shifts = [{"kpi": c.kpi.key, "name": c.kpi.name, "day": str(at), "earliest": str(low), "latest": str(high), "before": b.before, "after": b.after, "unit": c.kpi.unit}
              for c in found for at, low, high, b in shift_dates(c)]
    return {"kpis": pd.DataFrame(rows, columns=_COLUMNS), "points": charts, "alerts": alerts[list(declared.ALERTS.stored)],
            "breaks": pd.DataFrame([{"source": g.source, "event": g.event, "kind": g.kind, "start": str(g.start), "end": str(g.end), "due": g.due, "instead": g.instead,
                                     "words": g.words} for g in gaps], columns=list(declared.BREAKS.stored)),
            "shifts": pd.DataFrame(shifts, columns=list(declared.SHIFTS.stored))}


def _row(c: Charted, study: Study, adjusted: dict[str, float | None]) -> Row:
    k = c.kpi
    row: Row = dict.fromkeys(_COLUMNS)
    row |= {"kpi": k.key, "name": k.name, "measure": k.measure, "stage": k.stage, "touchpoint": k.touchpoint, "state": c.state, "left_out": k.left_out, "why": c.why,
            "alerts": int((c.points["state"] == "alert").sum()), "unit": k.unit, "method": "cannot be charted", "n": 0, "base": 0,
            "baseline": int((c.points["part"] == "baseline").sum()) if c.frozen else 0, "watched": int((c.points["part"] == "watched").sum()) if c.frozen else 0}
    if c.frozen is None:
        return row
    last = c.points.iloc[-1]
    return row | _estimate(study, k, last).row() | {
        "day": str(last["start"].date()), "center": float(last["center"]), "lower": float(last["lower"]), "upper": float(last["upper"]), "expected": c.expected, "any": c.any,
        "sigma": c.frozen.sigma, "rho": c.frozen.rho, "p": c.p, "p_adjusted": adjusted.get(k.key)}


def _told(study: Study, unit: str, n: float, base: float) -> bool:
    """Whether a point's figure may be shown: a week or a day is a group as a cohort is (see `small_counts`). Texts are no persons."""
    least = study.params.privacy.min_cell
    if unit == "texts" or not base:
        return True
    return countable(int(base), int(n) if unit == "share" else None, least)


def _estimate(study: Study, k: Kpi, point: pd.Series) -> Estimate:
    """A point as a number with its interval; without either where it tells of few."""
    n, base = int(point["n"]), int(point["base"])
    if not _told(study, k.unit, n, base):
        least = study.params.privacy.min_cell
        return Estimate(None, None, None, 0, base if base >= least else 0, k.unit, reason(least))
    if k.unit == "share":
        return share(n, base)
    if k.unit in ("customers", "texts"):
        from scipy.special import chdtri

        low = float(chdtri(2 * n, 0.975) / 2) if n else 0.0
        return Estimate(float(n), low, float(chdtri(2 * n + 2, 0.025) / 2), n, n, k.unit, "count, exact Poisson interval (Garwood 1936)")
    values = study.query(f"SELECT value FROM ({k.rows(point['start'].date())}) WHERE value IS NOT NULL")["value"]
    if k.unit == "s":
        return quantile(values.tolist(), 0.5, "s")
    from ...stats.means import Sample, mean

    return mean(Sample.from_values(values.tolist()), k.unit)


def _finding(study: Study, c: Charted, cal: Calendar) -> Finding | None:
    """What is said of a key figure; nothing where its point tells of few."""
    k = c.kpi
    at = c.last_alert
    shown = at if at is not None else c.points.iloc[-1]
    start = shown["start"].date()
    e = _estimate(study, k, shown)
    if e.value is None:
        return None
    span = f"in the week of {start}" if cal.by == "week" else f"on {start}"
    limits = f"limits {usual(float(shown['lower']), float(shown['upper']), k.unit)}"
    if at is not None:
        statement = f"Alert: {k.name} {span}: {words.estimate(e)}, {_RULES[str(shown['rule'])]} ({limits}, centre {said(float(shown['center']), k.unit)})"
    elif c.state == "steady":
        statement = f"{k.name[0].upper()}{k.name[1:]} {span}: {words.estimate(e)}, within its usual range ({limits})"
    else:
        statement = f"{k.name[0].upper()}{k.name[1:]}: {c.state}, no statement about customers ({c.why})"
    return Finding(f"monitoring:{k.key}", statement, "metric", e, stage=k.stage, touchpoint=k.touchpoint, source=k.source, status="backed",  # type: ignore[arg-type]
                   evidence=(rows_evidence(study, k.table, f"{k.name} {span}", k.rows(start)),), label=f"{k.name}: {c.state}", subject=Watched(k.key, k.measure, c.state))


def _break(study: Study, g: DataGap) -> Finding:
    from ...engine import literal

    sql = (f"SELECT interaction_id AS id, 1.0 AS amount FROM interactions WHERE source = {literal(g.source)} AND event = {literal(g.event)} "
           f"AND CAST(timezone({literal(study.params.timezone)}, occurred_at) AS DATE) BETWEEN DATE '{g.start}' AND DATE '{g.end}'")
    return Finding(f"monitoring:break:{g.source}:{g.event}:{g.start}", f"Break in the data: {g.words}", "quality", stage=g.stages[0] if len(g.stages) == 1 else None,
                   touchpoint=g.touchpoints[0] if len(g.touchpoints) == 1 else None, status="backed",
                   evidence=(rows_evidence(study, "interactions", f"rows of {g.event} of {g.source} on the silent days: none", sql),),
                   label="break in the data", subject=DataBreak(g.source, g.event, g.kind))


def _sentences(study: Study, told: list[Charted], alerting: list[Charted], gaps: list[DataGap], cal: Calendar) -> list[str]:
    out = []
    expected = sum(c.any for c in told)
    chance = f"Steady figures of the same lengths would have {words.some(round(expected), 'figures') if expected >= 1.5 else 'about one' if expected >= 0.5 else 'hardly any'} alert by chance"
    if alerting:
        named = [_worded(study, c, cal) for c in sorted(alerting, key=lambda c: c.p if c.p is not None else 1.0)[:4]]
        more = f" and {len(alerting) - 4} more" if len(alerting) > 4 else ""
        names = [c.kpi.name for c in alerting[:2]] + ([f"{len(alerting) - 2} more"] if len(alerting) > 2 else [])
        out.append(f"{words.begun(words.listing(names))} left {'its' if len(alerting) == 1 else 'their'} usual range.")
        out.append(f"{len(alerting)} of {words.some(len(told), 'figures')} left {'its' if len(alerting) == 1 else 'their'} usual range: {words.listing(named) if not more else ', '.join(named)}{more}. {chance}.")
    else:
        out.append(f"None of {words.some(len(told), 'figures')} left its usual range. {chance}.")
    if gaps:
        out.append(f"The data break {words.some(len(gaps), 'times') if len(gaps) > 1 else 'once'}: {gaps[0].words}" + (f"; {len(gaps) - 1} more in the table" if len(gaps) > 1 else "")
                   + ". What touches these days is no statement about customers.")
    return out


def _worded(study: Study, c: Charted, cal: Calendar) -> str:
    at = c.last_alert
    assert at is not None
    figure = said(float(at["value"]), c.kpi.unit) if _told(study, c.kpi.unit, at["n"], at["base"]) else reason(study.params.privacy.min_cell)
    return (f"{c.kpi.name} ({cal.by} of {at['start'].date()}: {figure}, {_RULES[str(at['rule'])]}; usual "
            f"{usual(float(at['lower']), float(at['upper']), c.kpi.unit)})")


def _caveats(study: Study, found: list[Charted], told: list[Charted], cal: Calendar) -> list[str]:
    settings, out = study.params.monitoring, []
    n = max(c.frozen.n for c in told if c.frozen)
    if not settings.baseline_end:
        out.append(f"No baseline is named: the first {n} {cal.by}s are taken (`monitoring.baseline_end` freezes one).")
    if (cal.end - cal.starts[0]).days < 730:
        out.append("Less than two years: a season cannot be told from a change.")
    cannot = [c for c in found if c.frozen is None]
    if cannot:
        out.append(f"{words.some(len(cannot), 'figures')} cannot be charted, most often: {_most(c.why for c in cannot)}.")
    if any(c.state == "steady" and c.why for c in told):
        out.append("Some baselines are short; their limits are wide, and a change must be large to be seen.")
    return out


def _most(reasons: Any) -> str:
    kinds = pd.Series([r.split(":")[0].split(" (")[0] for r in reasons])
    kinds = kinds.where(~kinds.str.contains("of baseline and"), "too few points of baseline or after it").where(lambda k: ~k.str.startswith("too few answers"), "too few answers or customers a point")
    return str(kinds.value_counts().index[0])


