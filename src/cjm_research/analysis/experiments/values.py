"""A metric's value per unit, inside the engine: from measurements, interactions, a funnel or responses.

One temporary table a metric: i (the unit's row), arm, day, pending, y (value), and where there are any: cluster,
d (denominator), x (the same before), follow (seconds of observation).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...engine import literal
from ...errors import BadInput, did_you_mean
from ...params.schema import ExperimentMetric
from . import value_sources
from .units import Units, plain
from .value_sources import Source

if TYPE_CHECKING:
    from ...study import Study

LARGEST = 1e60  # beyond this a variance or skewness leaves the range of numbers; no real quantity does


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
    facts: dict[str, Any]
    bottom: str = "d"  # how the denominator of a ratio is read
    unused_cap: str = ""  # why the cap that the design asks for is not used
    bottom_cap: float | None = None  # of the denominator of a ratio

    def cap_words(self) -> str:
        """What the cap does, in words; of a ratio to both its sides; empty without one."""
        m = self.metric
        sides = [(m.numerator, self.cap), (m.denominator, self.bottom_cap)] if m.kind == "ratio" else [("values", self.cap)]
        return " and ".join(f"{what} above {cap:,.6g}" for what, cap in sides if cap is not None) + " count as that" if self.cap is not None else ""


def build(units: Units, m: ExperimentMetric) -> Values:
    """The values of metric `m` for the units; the caller drops `table` when done.

    Raises BadInput where the values contradict the metric's kind.
    """
    table = f"experiment_values_{units.number}_{[x.name for x in units.design.metrics].index(m.name)}"
    cluster, source = units.cluster_column(), value_sources.source(units, m)
    until = _until(units, m)
    pending = "FALSE"
    if m.window is not None and until is not None:
        pending = f"coalesce(u.assigned + to_seconds({m.window!r}) > TIMESTAMPTZ {literal(until)}, FALSE)"

    def due(value: str) -> str:
        value = f"coalesce({value}, 0)" if source.zero else value
        return value if pending == "FALSE" else f"CASE WHEN {pending} THEN NULL ELSE {value} END"

    columns = {"i": "u.rowid", "arm": "u.arm", "day": "u.day", "pending": pending, "y": due("p.y")}
    if cluster:
        columns["cluster"] = f"u.{cluster}"
    if m.kind == "time_to_event":
        if m.window is None and until is None:
            raise BadInput(f"experiment {units.design.name!r}, metric {m.name!r}", "how long units were observed is not known",
                           "a window, or measured_at", "without it, units that did not convert could not be told from missing ones")
        seen = f"epoch(TIMESTAMPTZ {literal(until)}) - epoch(u.assigned)" if until is not None else "NULL::DOUBLE"
        columns |= {"y": "p.y", "follow": f"least({m.window!r}, {seen})" if m.window is not None else seen}
    if source.bottom:
        # a pair counts whole or not at all, before anything is capped
        columns["d"] = f"CASE WHEN {due('p.y')} IS NOT NULL THEN {due('b.y')} END"
        columns["y"] = f"CASE WHEN {due('b.y')} IS NOT NULL THEN {due('p.y')} END"
    if source.before:
        columns["x"] = "q.y"
    _create(units, table, columns, source)
    facts = _facts(units.study, table, source)
    check(units, m, facts)
    caps = caps_of(units.study, m, table, m.winsorise) if m.winsorise is not None and m.kind in ("mean", "ratio") else {}
    unused = _unusable(units.study, m, table, caps) if caps else ""
    if unused:
        caps = {}
    has_before = bool(facts["before"] and facts["before_varies"])
    return Values(m, table, _expression(m, caps.get("y")), has_before, cluster is not None, caps.get("y"), source.words, facts,
                  capped("d", caps.get("d")), unused, caps.get("d"))


CAP_HITS = 0.05  # a cap that changes more than this share of the values other than 0 is not a matter of outliers


def caps_of(study: Study, m: ExperimentMetric, table: str, quantile: float) -> dict[str, float]:
    """The pooled quantile that values are capped at; for a ratio of both its sides. Empty where nothing is observed."""
    sides = ("y", "d") if m.kind == "ratio" else ("y",)
    row = study.query(f"SELECT {', '.join(f'quantile_cont({s}, {quantile!r}) AS {s}' for s in sides)} FROM {table}").iloc[0]
    found = {s: plain(row[s]) for s in sides}
    return {s: float(v) for s, v in found.items() if v is not None}


def capped(column: str, cap: float | None) -> str:
    """How a column is read under a cap; what is missing stays missing (`least` would make it the cap)."""
    return column if cap is None else f"CASE WHEN {column} > {cap!r} THEN {cap!r} ELSE {column} END"


def _unusable(study: Study, m: ExperimentMetric, table: str, caps: dict[str, float]) -> str:
    """Why a cap would not take away outliers but the values themselves; empty where it may be used."""
    for side, cap in caps.items():
        r = study.query(f"SELECT min({side}) AS least, count(*) FILTER ({side} <> 0) AS some, count(*) FILTER ({side} > {cap!r}) AS hit FROM {table}").iloc[0]
        least, some, hit = plain(r["least"]), int(r["some"]), int(r["hit"])
        what = {"y": m.numerator, "d": m.denominator}[side] if m.kind == "ratio" else m.name
        if hit and (cap <= 0 or cap <= least):
            return f"the cap of {what}, its {m.winsorise * 100:g} % quantile, is {cap:g} and would leave nothing of {hit:,} larger values" if m.winsorise else ""
        if some and hit / some > CAP_HITS and m.winsorise:
            return (f"the cap of {what}, its {m.winsorise * 100:g} % quantile ({cap:g}), would change {hit:,} of {some:,} values other than 0, "
                    f"more than {CAP_HITS * 100:g} %")
    return ""


def _create(units: Units, table: str, columns: dict[str, str], source: Source) -> None:
    """The table: rows joined as they are where no unit has two, else grouped by unit first."""
    selected = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
    size = sum(units.facts["units_by_arm"])
    flat_rows = f"SELECT count(*) AS n FROM ({source.post.flat})"
    rows = units.study.query(flat_rows, list(source.post.params))["n"][0] if source.post.flat else 0
    for flat in ((True, False) if 0 < rows <= size and all(p.flat for _, p in source.parts()) else (False,)):
        joins = " ".join(p.join(alias, flat) for alias, p in source.parts())
        params = [x for _, p in source.parts() for x in p.params]
        units.create(table, f"SELECT {selected} FROM {units.table} u {joins} WHERE u.arm >= 0", params)
        if not flat or int(units.study.query(f"SELECT count(*) AS n FROM {table}")["n"][0]) == size:
            return
        units.drop(table)


def _expression(m: ExperimentMetric, cap: float | None) -> str:
    """How a unit's stored value is read: survey answers become what their score averages."""
    if m.kind == "proportion":
        return "CAST(y > 0 AS DOUBLE)"
    if m.kind == "nps":
        return "CASE WHEN y >= 9 THEN 100.0 WHEN y <= 6 THEN -100.0 WHEN y IS NOT NULL THEN 0.0 END"
    if m.kind == "csat":
        low, high = _scale(m)
        return f"CAST(y > {high - m.box!r} AS DOUBLE)" if m.higher_is_better else f"CAST(y < {low + m.box!r} AS DOUBLE)"
    return capped("y", cap)


def _scale(m: ExperimentMetric) -> tuple[float, float]:
    if m.kind == "nps":
        return 0.0, 10.0
    if m.scale is None:
        raise BadInput(f"metric {m.name!r}", f"{m.kind} without a scale", "scale: [lowest, highest]", "state it in params")
    return float(m.scale[0]), float(m.scale[1])


def _until(units: Units, m: ExperimentMetric) -> str | None:
    """The end of observation as text, or None where nothing says it or needs it."""
    if m.window is None and m.kind != "time_to_event":
        return None
    found = units.study.observed_until if m.event or m.funnel or m.question else units.measured_until
    return None if found is None else str(found.isoformat())


def _facts(study: Study, table: str, source: Source) -> dict[str, Any]:
    x, d = "x" if source.before else "NULL::DOUBLE", "d" if source.bottom else "NULL::DOUBLE"
    row = study.query(f"""
        SELECT count(*) AS units, count(y) AS observed, count(*) FILTER (WHERE pending) AS pending, min(y) AS least, max(y) AS most,
               count(*) FILTER (WHERE y < 0) AS negative, count(*) FILTER (WHERE y <> 0 AND y <> 1) AS not_binary,
               count(*) FILTER (WHERE y <> round(y)) AS not_whole, count({x}) AS before, min({x}) < max({x}) AS before_varies, avg({x}) AS before_mean,
               count(*) FILTER (WHERE {d} < 0) AS negative_bottom FROM {table}""").iloc[0]
    return {str(k): plain(v) for k, v in row.items()}


def plain_source_words(units: Units, m: ExperimentMetric) -> str:
    """What a metric of measurements is, in words."""
    return value_sources.source(units, m).words


def check(units: Units, m: ExperimentMetric, facts: dict[str, Any]) -> None:
    """Raise BadInput where the values contradict the metric's kind, or the primary metric is in no measurement."""
    design = units.design
    where = f"experiment {design.name!r}, metric {m.name!r}"
    if not facts["observed"] and not facts["pending"] and not (m.event or m.funnel or m.question):
        known = units.measured
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
        raise BadInput(where, f"{facts['negative']:,} negative times", "seconds from assignment, 0 or more", "correct these values in the export, or map another column")
    if m.kind == "ratio" and facts["negative_bottom"]:
        raise BadInput(where, f"{facts['negative_bottom']:,} negative denominators", "numbers of 0 or more", "correct these values in the export, or map another column")
