"""Where a metric's value per unit comes from: measurements, interactions, a funnel's steps, responses. SQL only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...engine import literal, match_sql
from ...errors import BadInput, unknown
from ...params.schema import Experiment, ExperimentMetric
from ...params.values import duration_text
from ...tables import TABLES
from .units import Units

if TYPE_CHECKING:
    from ...study import Study

#: how several measurements of a unit become one, where params do not say
AGGREGATE = {"proportion": "max", "mean": "sum", "ratio": "sum", "quantile": "sum", "time_to_event": "min",
             "nps": "last", "csat": "last", "ces": "last"}
SQL = {"sum": "sum(value)", "mean": "avg(value)", "max": "max(value)", "min": "min(value)",
        "last": "coalesce(arg_max(value, measured_at), last(value))"}


@dataclass(frozen=True)
class Part:
    """One value per unit. grouped: SQL of (i, y), i the unit's row.

    flat: SQL of (unit_id, y) rows and `inside`, their condition, which join without grouping where no unit has two.
    """

    grouped: str
    params: tuple[Any, ...] = ()
    flat: str = ""
    inside: str = ""

    def join(self, alias: str, flat: bool) -> str:
        """The join of this part to the units `u`."""
        if flat:
            return f"LEFT JOIN ({self.flat}) {alias} ON {alias}.unit_id = u.unit_id{self.inside.replace('m.', alias + '.')}"
        return f"LEFT JOIN ({self.grouped}) {alias} ON {alias}.i = u.rowid"


@dataclass(frozen=True)
class Source:
    """A metric's values, the same before assignment, the denominator of a ratio; zero: what an absent value means."""

    post: Part
    words: str
    zero: bool
    before: Part | None = None
    bottom: Part | None = None

    def parts(self) -> list[tuple[str, Part]]:
        """The parts there are, by the alias they are joined under."""
        return [(alias, p) for alias, p in (("p", self.post), ("b", self.bottom), ("q", self.before)) if p is not None]


def source(units: Units, m: ExperimentMetric) -> Source:
    """The SQL of a metric's values, of the ones before, and of its denominator. Raises BadInput for names unknown."""
    if m.kind == "ratio":
        if not (m.numerator and m.denominator):
            raise BadInput(f"metric {m.name!r}", "a ratio without numerator and denominator", "both named", "state them in params")
        top, bottom = (source(units, _part(units.design, m, name)) for name in (m.numerator, m.denominator))
        return Source(top.post, f"Σ {m.numerator} / Σ {m.denominator}", top.zero and bottom.zero, bottom=bottom.post)
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


def _measurements(units: Units, m: ExperimentMetric) -> Source:
    how, window = m.aggregate or AGGREGATE[m.kind], ""
    if m.window is not None:
        window = (f" AND (m.measured_at IS NULL OR u.assigned IS NULL OR (m.measured_at >= u.assigned "
                  f"AND m.measured_at < u.assigned + to_seconds({m.window!r})))")

    def part(period: str, metric: str, inside: str) -> Part:
        rows = f"""SELECT unit_id, value, value AS y, measured_at FROM measurements
                   WHERE experiment = ? AND metric = ? AND period = '{period}' AND isfinite(value)"""
        grouped = f"""SELECT u.rowid AS i, {SQL[how]} AS y FROM ({rows}) m JOIN {units.table} u ON u.unit_id = m.unit_id{inside} GROUP BY 1"""
        return Part(grouped, (units.design.name, metric), rows, inside)

    words = f"measurements of {m.name}, {how} per {units.design.unit}" + (f" within {duration_text(m.window)}" if m.window else "")
    earlier = m.covariate or m.name
    return Source(part("post", m.name, window), words, m.absent == "zero",
                  part("pre", earlier, "") if earlier in units.measured_before else None)


def _interactions(units: Units, m: ExperimentMetric) -> Source:
    events, words = _condition(units.study, m)
    joined = f"JOIN {units.table} u ON e.customer_id = coalesce(u.customer, u.unit_id)"
    end = f"AND e.occurred_at < u.assigned + to_seconds({m.window!r})" if m.window is not None else ""
    value = {"proportion": "1", "time_to_event": "min(epoch(e.occurred_at) - epoch(u.assigned))"}.get(
        m.kind, "sum(e.value)" if m.counts == "value" else "count(*)")
    if m.funnel:
        return Source(Part(_chain(units, m)), words, m.kind != "time_to_event")
    body = f"SELECT u.rowid AS i, {value}::DOUBLE AS y FROM interactions_by_event e {joined} WHERE {events}"
    before = None
    if m.window is not None and m.kind in ("proportion", "mean"):
        # the same window before: what CUPED adjusts by
        acted = f"{body} AND e.occurred_at < u.assigned AND e.occurred_at >= u.assigned - to_seconds({m.window!r}) GROUP BY 1"
        before = Part(f"SELECT u.rowid AS i, coalesce(b.y, 0) AS y FROM {units.table} u LEFT JOIN ({acted}) b ON b.i = u.rowid")
    return Source(Part(f"{body} AND e.occurred_at >= u.assigned {end} GROUP BY 1"), words, m.kind != "time_to_event", before)


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
        raise unknown(f"metric {m.name!r}", "funnel", str(m.funnel), funnels, "correct funnel and step of the metric under experiments in params")
    steps = [s for s in funnels[m.funnel].steps if not s.optional or s.name == m.step]
    names = [s.name for s in steps]
    if m.step is not None and m.step not in names:
        raise unknown(f"metric {m.name!r}", f"step of funnel {m.funnel!r}", m.step, names, "correct funnel and step of the metric under experiments in params")
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


def _responses(units: Units, m: ExperimentMetric) -> Source:
    end = f"AND r.answered_at < u.assigned + to_seconds({m.window!r})" if m.window is not None else ""
    body = f"""SELECT u.rowid AS i, arg_min(r.score, r.answered_at) AS y FROM responses r
               JOIN {units.table} u ON r.customer_id = coalesce(u.customer, u.unit_id)
               WHERE r.question_id = ? AND r.score IS NOT NULL AND (u.assigned IS NULL OR r.answered_at >= u.assigned) {end} GROUP BY 1"""
    return Source(Part(body, (m.question,)), f"first answer to {m.question} after assignment", False)
