"""From a verdict's number back to its rows: a query over the canonical tables whose mean is the difference."""

from __future__ import annotations

from dataclasses import replace

from ...engine import literal
from ..evidence import rows_evidence
from ..result import Estimate, Evidence
from .effects import Measured
from .units import Units
from .value_sources import AGGREGATE, SQL
from .verdict import Verdict

MOST_HASHED = 1_000_000  # units beyond which the rows are named by their query but not hashed at every evaluation


def evidence(units: Units, primary: Measured, v: Verdict) -> tuple[Estimate, Evidence]:
    """The verdict's estimate, and the rows it rests on.

    For means and shares of measurements the query gives a `value` per unit whose mean is the estimate, so that anyone
    can recompute it (n and base are then all units compared); for other metrics it lists the assignments.
    """
    estimate, design = v.comparison.estimate(), units.design
    sql = _contributions(units, primary, v)
    if sql is not None:
        words = f"per unit of {v.variant} and {design.control}: its signed share in the difference of {design.primary}"
        return replace(estimate, n=v.comparison.base, base=v.comparison.base), _rows(units, "measurements", words, sql, v.comparison.base)
    sql = f"SELECT unit_id AS id, variant, assigned_at FROM assignments WHERE experiment = {literal(design.name)}"
    return estimate, _rows(units, "assignments", f"assignments of experiment {design.name!r}", sql, units.facts["rows"])


def _rows(units: Units, table: str, words: str, sql: str, rows: int) -> Evidence:
    if rows > MOST_HASHED:
        return Evidence("rows", words, table=table, sql=" ".join(sql.split()), rows=rows)
    return rows_evidence(units.study, table, words, sql)


def _contributions(units: Units, primary: Measured, v: Verdict) -> str | None:
    """One row a unit: ±value × all ÷ arm. None where the number is no such difference."""
    m, design = primary.metric, units.design
    c = primary.contrasts[v.variant]
    if (m.kind not in ("mean", "proportion") or m.event or m.funnel or m.question or m.window is not None or primary.values.cap is not None
            or v.comparison.value is None or v.comparison.value != c.absolute.value):
        return None
    where = f"experiment = {literal(design.name)} AND metric = {literal(m.name)} AND period = 'post' AND isfinite(value)"
    value, join = ("coalesce(y, 0)", "LEFT JOIN") if m.absent == "zero" else ("y", "JOIN")
    before = ""
    if c.adjusted is not None:
        earlier = m.covariate or m.name
        before = f"""LEFT JOIN (SELECT unit_id, {SQL[m.aggregate or AGGREGATE[m.kind]]} AS x FROM measurements
            WHERE experiment = {literal(design.name)} AND metric = {literal(earlier)} AND period = 'pre' AND isfinite(value)
            GROUP BY unit_id) b USING (unit_id)"""
        value = f"{value} - {c.adjusted.theta[0]!r} * coalesce(x, (SELECT avg(x) FROM everyone))"
    arms = ", ".join(literal(a) for a in units.arms)
    pair = f"{literal(v.variant)}, {literal(design.control)}"
    everyone = f", everyone AS (SELECT unit_id, x FROM unit {before})" if before else ""
    return f"""WITH unit AS (SELECT unit_id, min(variant) AS arm FROM assignments WHERE experiment = {literal(design.name)}
            GROUP BY unit_id HAVING min(variant) = max(variant) AND min(variant) IN ({arms})){everyone},
        shown AS (SELECT unit_id, arm, {value} AS v FROM unit {join} (SELECT unit_id, {SQL[m.aggregate or AGGREGATE[m.kind]]} AS y
            FROM measurements WHERE {where} GROUP BY unit_id) p USING (unit_id) {'LEFT JOIN everyone USING (unit_id)' if before else ''}
            WHERE arm IN ({pair}))
        SELECT unit_id AS id, arm, v * (CASE arm WHEN {literal(v.variant)} THEN 1 ELSE -1 END) * count(*) OVER ()
            / count(*) OVER (PARTITION BY arm) AS value FROM shown"""
