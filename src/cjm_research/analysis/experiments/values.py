"""A metric's value per unit, inside the engine: from measurements, interactions, a funnel or responses.

One temporary table a metric: i, arm, day, cluster, y (value), d (denominator), x (the same before), pending, follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from ...engine import literal, match_sql
from ...errors import BadInput, did_you_mean, unknown
from ...params.schema import Experiment, ExperimentMetric
from ...params.values import duration_text
from ...tables import TABLES
from .units import Units, plain

if TYPE_CHECKING:
    from ...study import Study

#: how several measurements of a unit become one, where params do not say
AGGREGATE = {"proportion": "max", "mean": "sum", "ratio": "sum", "quantile": "sum", "time_to_event": "min",
             "nps": "last", "csat": "last", "ces": "last"}
LARGEST = 1e60  # beyond this a variance or skewness leaves the range of numbers; no real quantity does
_SQL = {"sum": "sum(value)", "mean": "avg(value)", "max": "max(value)", "min": "min(value)",
        "last": "coalesce(arg_max(value, measured_at), last(value))"}


@dataclass(frozen=True)
class Values:
    """A metric's values: its temporary table, how `y` is read there, and what is known of it."""

    metric: ExperimentMetric
    table: str
    expression: str
    has_before: bool
    has_cluster: bool
    cap: float | None
    words: str
    missing_means: str
    facts: dict[str, Any]


def build(units: Units, m: ExperimentMetric) -> Values:
    """The values of metric `m` for the units; the caller drops `table` when done.

    Raises BadInput where the values contradict the metric's kind.
    """
    table = f"experiment_values_{units.number}_{[x.name for x in units.design.metrics].index(m.name)}"
    cluster = units.cluster_column()
    source = _source(units, m)
    joins, params = f"LEFT JOIN ({source.post}) p ON p.i = u.rowid", list(source.post_params)
    if source.bottom:
        joins += f" LEFT JOIN ({source.bottom}) b ON b.i = u.rowid"
        params += source.bottom_params
    if source.before:
        joins += f" LEFT JOIN ({source.before}) q ON q.i = u.rowid"
        params += source.before_params
    until = _until(units, m)
    pending = "FALSE"
    if m.window is not None and until is not None:
        pending = f"coalesce(u.assigned + to_seconds({m.window!r}) > TIMESTAMPTZ {literal(until)}, FALSE)"
    y = "coalesce(p.y, 0)" if source.zero else "p.y"
    y = f"CASE WHEN {pending} THEN NULL ELSE {y} END"
    follow = "NULL::DOUBLE"
    if m.kind == "time_to_event":
        seen = f"epoch(TIMESTAMPTZ {literal(until)}) - epoch(u.assigned)" if until is not None else "NULL::DOUBLE"
        follow = f"least({m.window!r}, {seen})" if m.window is not None else seen
        y = "p.y"
    bottom = f"CASE WHEN {pending} THEN NULL ELSE coalesce(b.y, {'0' if source.zero else 'NULL'}) END" if source.bottom else "NULL::DOUBLE"
    units.create(table, f"""
        SELECT u.rowid AS i, u.arm, u.day, {f'u.{cluster}' if cluster else 'NULL'} AS cluster, {y} AS y, {bottom} AS d,
               {'q.y' if source.before else 'NULL::DOUBLE'} AS x, {pending} AS pending, {follow} AS follow
        FROM {units.table} u {joins} WHERE u.arm >= 0""", params)
    facts = _facts(units.study, table)
    _check(units.design, m, facts, units.study)
    cap = None
    if m.winsorise is not None and m.kind in ("mean", "ratio"):
        found = units.study.query(f"SELECT quantile_cont(y, {m.winsorise!r}) AS cap FROM {table}")["cap"][0]
        cap = plain(found)
    has_before = bool(source.before) and facts["before"] > 0 and (facts["before_varies"] or False)
    return Values(m, table, _expression(m, cap), has_before, cluster is not None, cap, source.words,
                  "zero" if source.zero else "missing", facts)


def _expression(m: ExperimentMetric, cap: float | None) -> str:
    """How a unit's stored value is read: survey answers become what their score averages."""
    if m.kind == "proportion":
        return "CAST(y > 0 AS DOUBLE)"
    if m.kind == "nps":
        return "CASE WHEN y >= 9 THEN 100.0 WHEN y <= 6 THEN -100.0 WHEN y IS NOT NULL THEN 0.0 END"
    if m.kind == "csat":
        low, high = _scale(m)
        return f"CAST(y > {high - m.box!r} AS DOUBLE)" if m.higher_is_better else f"CAST(y < {low + m.box!r} AS DOUBLE)"
    return "y" if cap is None else f"least(y, {cap!r})"


def _scale(m: ExperimentMetric) -> tuple[float, float]:
    if m.kind == "nps":
        return 0.0, 10.0
    if m.scale is None:
        raise BadInput(f"metric {m.name!r}", f"{m.kind} without a scale", "scale: [lowest, highest]", "state it in params")
    return float(m.scale[0]), float(m.scale[1])


@dataclass(frozen=True)
class _Source:
    post: str
    post_params: list[Any]
    words: str
    zero: bool
    before: str = ""
    before_params: tuple[Any, ...] = ()
    bottom: str = ""
    bottom_params: tuple[Any, ...] = ()


def _source(units: Units, m: ExperimentMetric) -> _Source:
    if m.kind == "ratio":
        if not (m.numerator and m.denominator):
            raise BadInput(f"metric {m.name!r}", "a ratio without numerator and denominator", "both named", "state them in params")
        top, bottom = (_source(units, _part(units.design, m, name)) for name in (m.numerator, m.denominator))
        return _Source(top.post, top.post_params, f"Σ {m.numerator} / Σ {m.denominator}", top.zero and bottom.zero,
                       bottom=bottom.post, bottom_params=tuple(bottom.post_params))
    if m.event or m.funnel:
        return _interactions(units, m)
    return _responses(units, m) if m.question else _measurements(units, m)


def _part(design: Experiment, ratio: ExperimentMetric, name: str) -> ExperimentMetric:
    """A metric of the design by that name, else one of the measurements, read as the ratio's own settings say."""
    for found in design.metrics:
        if found.name == name and found.kind != "ratio":
            return found.model_copy(update={"window": found.window or ratio.window})
    part = {"name": name, "kind": "mean", "aggregate": ratio.aggregate or "sum", "absent": ratio.absent}
    return ExperimentMetric.model_validate(part).model_copy(update={"window": ratio.window})


def _measurements(units: Units, m: ExperimentMetric) -> _Source:
    how = m.aggregate or AGGREGATE[m.kind]
    window = ""
    if m.window is not None:
        window = f"AND (m.measured_at IS NULL OR u.assigned IS NULL OR (m.measured_at >= u.assigned AND m.measured_at < u.assigned + to_seconds({m.window!r})))"
    body = f"""SELECT u.rowid AS i, {_SQL[how]} AS y FROM measurements m JOIN {units.table} u ON u.unit_id = m.unit_id
               WHERE m.experiment = ? AND m.metric = ? AND m.period = """
    name = units.design.name
    words = f"measurements of {m.name}, {how} per {units.design.unit}" + (f" within {duration_text(m.window)}" if m.window else "")
    return _Source(f"{body} 'post' AND isfinite(m.value) {window} GROUP BY 1", [name, m.name], words, m.absent == "zero",
                   f"{body} 'pre' AND isfinite(m.value) GROUP BY 1", (name, m.covariate or m.name))


def _interactions(units: Units, m: ExperimentMetric) -> _Source:
    events, words = _condition(units.study, m)
    joined = f"JOIN {units.table} u ON e.customer_id = coalesce(u.customer, u.unit_id)"
    end = f"AND e.occurred_at < u.assigned + to_seconds({m.window!r})" if m.window is not None else ""
    value = {"proportion": "1", "time_to_event": "min(epoch(e.occurred_at) - epoch(u.assigned))"}.get(
        m.kind, "sum(e.value)" if m.counts == "value" else "count(*)")
    if m.funnel:
        return _Source(_chain(units, m), [], words, m.kind != "time_to_event")
    body = f"SELECT u.rowid AS i, {value}::DOUBLE AS y FROM interactions_by_event e {joined} WHERE {events}"
    before = ""
    if m.window is not None and m.kind in ("proportion", "mean"):
        # the same window before: what CUPED adjusts by
        before = f"{body} AND e.occurred_at < u.assigned AND e.occurred_at >= u.assigned - to_seconds({m.window!r}) GROUP BY 1"
    return _Source(f"{body} AND e.occurred_at >= u.assigned {end} GROUP BY 1", [], words, m.kind != "time_to_event",
                   f"SELECT u.rowid AS i, coalesce(b.y, 0) AS y FROM {units.table} u LEFT JOIN ({before}) b ON b.i = u.rowid"
                   if before else "")


def _condition(study: Study, m: ExperimentMetric) -> tuple[str, str]:
    within = f" within {duration_text(m.window)} of assignment" if m.window is not None else " after assignment"
    if m.event:
        listed = ", ".join(literal(e) for e in m.event)
        what = "value of" if m.counts == "value" and m.kind != "proportion" else "interactions"
        return f"e.event IN ({listed})", f"{what} {' or '.join(m.event)}{within}"
    return "TRUE", f"reaching {m.step or 'the last step'} of funnel {m.funnel}{within}"


def _chain(units: Units, m: ExperimentMetric) -> str:
    """Units whose customer passes the funnel's steps in order after assignment, each as early as it can."""
    funnels = {f.name: f for f in units.study.params.funnels}
    if m.funnel not in funnels:
        raise unknown(f"metric {m.name!r}", "funnel", str(m.funnel), funnels)
    steps = [s for s in funnels[m.funnel].steps if not s.optional or s.name == m.step]
    names = [s.name for s in steps]
    if m.step is not None and m.step not in names:
        raise unknown(f"metric {m.name!r}", f"step of funnel {m.funnel!r}", m.step, names)
    steps = steps[: names.index(m.step) + 1] if m.step else steps
    end = f"AND e.occurred_at < u.assigned + to_seconds({m.window!r})" if m.window is not None else ""
    sql = f"SELECT rowid AS i, assigned AS reached FROM {units.table}"
    for k, step in enumerate(steps):
        condition = match_sql(step, TABLES["interactions"].names, f"funnel {m.funnel!r}, step {step.name!r}")
        after = ">=" if k == 0 else ">"
        sql = f"""SELECT s.i, min(e.occurred_at) AS reached FROM ({sql}) s JOIN {units.table} u ON u.rowid = s.i
                  JOIN (SELECT * FROM interactions WHERE {condition}) e
                    ON e.customer_id = coalesce(u.customer, u.unit_id) AND e.occurred_at {after} s.reached {end} GROUP BY s.i"""
    value = "epoch(c.reached) - epoch(u.assigned)" if m.kind == "time_to_event" else "1.0"
    return f"SELECT c.i, {value} AS y FROM ({sql}) c JOIN {units.table} u ON u.rowid = c.i"


def _responses(units: Units, m: ExperimentMetric) -> _Source:
    end = f"AND r.answered_at < u.assigned + to_seconds({m.window!r})" if m.window is not None else ""
    body = f"""SELECT u.rowid AS i, arg_min(r.score, r.answered_at) AS y FROM responses r
               JOIN {units.table} u ON r.customer_id = coalesce(u.customer, u.unit_id)
               WHERE r.question_id = ? AND r.score IS NOT NULL AND (u.assigned IS NULL OR r.answered_at >= u.assigned) {end} GROUP BY 1"""
    return _Source(body, [m.question], f"first answer to {m.question} after assignment", False)


def _until(units: Units, m: ExperimentMetric) -> str | None:
    """The end of observation as text, or None where nothing says it."""
    if m.event or m.funnel:
        found = units.study.observed_until
    else:
        found = units.study.query("SELECT max(measured_at) AS t FROM measurements WHERE experiment = ?", [units.design.name])["t"][0]
    return None if found is None or pd.isna(found) else pd.Timestamp(found).isoformat()


def _facts(study: Study, table: str) -> dict[str, Any]:
    row = study.query(f"""
        SELECT count(*) AS units, count(y) AS observed, count(*) FILTER (WHERE pending) AS pending, min(y) AS least, max(y) AS most,
               count(*) FILTER (WHERE y < 0) AS negative, count(*) FILTER (WHERE y <> 0 AND y <> 1) AS not_binary,
               count(*) FILTER (WHERE y <> round(y)) AS not_whole, count(x) AS before, min(x) < max(x) AS before_varies,
               count(*) FILTER (WHERE d < 0) AS negative_bottom FROM {table}""").iloc[0]
    return {str(k): plain(v) for k, v in row.items()}


def _check(design: Experiment, m: ExperimentMetric, facts: dict[str, Any], study: Study) -> None:
    where = f"experiment {design.name!r}, metric {m.name!r}"
    if not facts["observed"] and not facts["pending"] and not (m.event or m.funnel or m.question):
        known = [str(x) for x in study.query("SELECT DISTINCT metric FROM measurements WHERE experiment = ? ORDER BY 1 LIMIT 50",
                                             [design.name])["metric"]]
        names = [m.name] if m.kind != "ratio" else [str(m.numerator), str(m.denominator)]
        absent = [n for n in names if n not in known]
        if absent and m.name == design.primary:
            raise BadInput(where, f"no measurement is called {absent[0]!r}.{did_you_mean(absent[0], known)}",
                           ", ".join(known) or "the experiment has no measurements at all",
                           "name the metric in params as in the measurements")
    if not facts["observed"]:
        return
    if max(abs(facts["least"]), abs(facts["most"])) > LARGEST:
        raise BadInput(where, f"values from {facts['least']:g} to {facts['most']:g}", f"numbers up to {LARGEST:g}", "check the export for overflows")
    if m.kind == "proportion" and facts["not_binary"]:
        raise BadInput(where, f"{facts['not_binary']:,} values other than 0 and 1 (from {facts['least']:g} to {facts['most']:g})",
                       "a proportion of units has values 0 and 1", "declare it kind: mean, or deliver one value a unit")
    if m.kind in ("nps", "csat", "ces"):
        low, high = _scale(m)
        if facts["least"] < low or facts["most"] > high:
            raise BadInput(where, f"answers from {facts['least']:g} to {facts['most']:g}", f"{low:g} to {high:g}",
                           "check the scale in params, and codes for 'no answer' such as 99")
    if m.kind == "time_to_event" and facts["negative"]:
        raise BadInput(where, f"{facts['negative']:,} negative times", "seconds from assignment, 0 or more")
    if m.kind == "ratio" and facts["negative_bottom"]:
        raise BadInput(where, f"{facts['negative_bottom']:,} negative denominators", "numbers of 0 or more")
