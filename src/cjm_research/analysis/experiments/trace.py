"""From a verdict's number back to its rows: a query over the canonical tables whose mean is the difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...engine import literal
from ...results.evidence import rows_evidence, rows_sha256, sums_sql
from ...results.result import Estimate, Evidence
from .effects import Measured
from .units import Units
from .value_sources import AGGREGATE, SQL
from .verdict import Verdict


def evidence(units: Units, primary: Measured, verdicts: Sequence[Verdict]) -> list[tuple[Estimate, Evidence]]:
    """Each verdict's estimate, and the rows it rests on.

    For means and shares of measurements the query gives a `value` per unit whose mean is the estimate, so that anyone
    can recompute it (n and base are then all units compared); for other metrics it lists the assignments.
    """
    traced = {v.variant: sql for v in verdicts if (sql := _contributions(units, primary, v)) is not None}
    hashed = _hashed(units, primary, [v for v in verdicts if v.variant in traced])
    found, name, listed = [], literal(units.design.name), None
    for v in verdicts:
        estimate, base = v.comparison.estimate(), v.comparison.base
        if v.variant in traced:
            words = f"per unit of {v.variant} and {units.design.control}: its signed share in the difference of {units.design.primary}"
            n, digest = hashed[v.variant]
            rows = Evidence("rows", words, table="measurements", sql=" ".join(traced[v.variant].split()), rows=n, rows_sha256=digest)
            found.append((replace(estimate, n=base, base=base), rows))
            continue
        sql = f"SELECT unit_id AS id, variant, assigned_at FROM assignments WHERE experiment = {name}"
        listed = listed or rows_evidence(units.study, "assignments", f"assignments of experiment {units.design.name!r}", sql)
        found.append((estimate, listed))
    return found


def _hashed(units: Units, primary: Measured, verdicts: Sequence[Verdict]) -> dict[str, tuple[int, str]]:
    """Variant → (rows, hash) of its `_contributions`, all of them in one reading of the values that are there already."""
    if not verdicts:
        return {}
    control, columns = units.arms.index(units.design.control), []
    for k, v in enumerate(verdicts):
        arm = units.arms.index(v.variant)
        sizes = {a: primary.groups[a].n for a in (arm, control)}
        value = _value("y", "x", primary, v)
        row = f"""hash(struct_pack(id := unit_id, arm := CASE arm WHEN {arm} THEN {literal(v.variant)} ELSE {literal(units.design.control)} END,
            value := {value} * (CASE arm WHEN {arm} THEN 1 ELSE -1 END) * {sum(sizes.values())}
                     / CASE arm WHEN {arm} THEN {sizes[arm]} ELSE {sizes[control]} END))"""
        columns.append(f"count(*) FILTER (WHERE arm IN ({arm}, {control})) AS n{k}, {sums_sql(f'CASE WHEN arm IN ({arm}, {control}) THEN {row} END', f'h{k}')}")
    found = units.study.query(f"""SELECT {', '.join(columns)} FROM (SELECT u.unit_id, m.* FROM {primary.values.table} m
        JOIN (SELECT rowid AS i, unit_id FROM {units.table}) u ON u.i = m.i WHERE m.y IS NOT NULL)""").iloc[0]
    return {v.variant: (int(found[f"n{k}"]), rows_sha256(int(found[f"n{k}"]), int(found[f"h{k}_xor"]), int(found[f"h{k}_sum"])))
            for k, v in enumerate(verdicts)}


def _value(y: str, x: str, primary: Measured, v: Verdict) -> str:
    """A unit's value as it enters the difference: adjusted by the value before, where that was done."""
    adjusted = primary.contrasts[v.variant].adjusted
    if adjusted is None:
        return y
    # units without a value before count at the mean, written out: the sum behind it depends on the order of rows in its last digit
    return f"({y} - {adjusted.theta[0]!r} * coalesce({x}, {primary.values.facts['before_mean']!r}))"


def _contributions(units: Units, primary: Measured, v: Verdict) -> str | None:
    """One row a unit: ±value × all ÷ arm. None where the number is no such difference."""
    m, design = primary.metric, units.design
    c = primary.contrasts[v.variant]
    if (m.kind not in ("mean", "proportion") or m.event or m.funnel or m.question or m.window is not None or primary.values.cap is not None
            or v.comparison.value is None or v.comparison.value != c.absolute.value):
        return None
    where = f"experiment = {literal(design.name)} AND metric = {literal(m.name)} AND period = 'post' AND isfinite(value)"
    y, join = ("coalesce(y, 0)", "LEFT JOIN") if m.absent == "zero" else ("y", "JOIN")
    before = ""
    if c.adjusted is not None:
        before = f"""LEFT JOIN (SELECT unit_id, {SQL[m.aggregate or AGGREGATE[m.kind]]} AS x FROM measurements
            WHERE experiment = {literal(design.name)} AND metric = {literal(m.covariate or m.name)} AND period = 'pre' AND isfinite(value)
            GROUP BY unit_id) b USING (unit_id)"""
    arms = ", ".join(literal(a) for a in units.arms)
    pair = f"{literal(v.variant)}, {literal(design.control)}"
    return f"""WITH unit AS (SELECT unit_id, min(variant) AS arm FROM assignments WHERE experiment = {literal(design.name)}
            GROUP BY unit_id HAVING min(variant) = max(variant) AND min(variant) IN ({arms})),
        shown AS (SELECT unit_id, arm, {_value(y, 'x', primary, v)} AS v FROM unit {join} (SELECT unit_id, {SQL[m.aggregate or AGGREGATE[m.kind]]} AS y
            FROM measurements WHERE {where} GROUP BY unit_id) p USING (unit_id) {before} WHERE arm IN ({pair}))
        SELECT unit_id AS id, arm, v * (CASE arm WHEN {literal(v.variant)} THEN 1 ELSE -1 END) * count(*) OVER ()
            / count(*) OVER (PARTITION BY arm) AS value FROM shown"""
