"""For whom, and for how long: interaction before intervals, first days against later ones, the triggered part."""

from __future__ import annotations

from typing import Any

import pandas as pd
from scipy.special import chdtrc

from ...errors import BadInput
from ...results.result import Estimate
from ...results.words import count
from ...shapes import Row
from ...stats import multiplicity
from ...stats.comparison import Comparison
from ...stats.means import Sample, mean_difference
from . import contrasts, moments, values
from . import design as designs
from .effects import Measured, error_of
from .moments import Group
from .units import Units

LEAST_UNITS = 20  # units an arm below which a segment's effect is not shown
MOST_LEVELS = 30
COLUMNS = ["segment", "level", "variant", "value", "low", "high", "n", "base", "unit", "method", "p", "interaction_p",
           "interaction_p_adjusted", "state"]


def by_segment(units: Units, primary: Measured) -> pd.DataFrame:
    """The primary effect in each level of each segment, after the test of whether levels differ at all.

    interaction_p: Cochran's Q over the levels (Cochran 1954), Benjamini–Hochberg over segments and variants. Levels with fewer
    than twenty units an arm (or the privacy minimum) are counted together as withheld.
    """
    if not units.segment_columns or primary.metric.kind not in (*designs.MEAN_KINDS, "ratio"):
        return pd.DataFrame(columns=COLUMNS)
    rows: list[Row] = []
    for name, column in units.segment_columns.items():
        if primary.values.has_cluster:
            continue
        groups = moments.by(units.study, primary.values, f"{column}, arm", f"{column} IS NOT NULL",
                            join=f"JOIN (SELECT rowid AS unit_row, {column} FROM {units.table}) s ON s.unit_row = m.i")
        rows += _segment(units, primary, name, groups)
    if not rows:
        return pd.DataFrame(columns=COLUMNS)
    tests = {(r["segment"], r["variant"]): r["interaction_p"] for r in rows}
    adjusted = dict(zip(tests, multiplicity.adjust(list(tests.values()), "bh"), strict=True))
    for r in rows:
        r["interaction_p_adjusted"] = adjusted[r["segment"], r["variant"]]
    return pd.DataFrame(rows, columns=COLUMNS)


def _segment(units: Units, primary: Measured, name: str, groups: dict[Any, Group]) -> list[Row]:
    design, control = units.design, units.arms.index(units.design.control)
    least = max(LEAST_UNITS, units.study.params.privacy.min_cell)
    levels = sorted({str(level) for level, _ in groups})
    rows = []
    for variant in units.live_treatments:
        arm = units.arms.index(variant)
        effects: list[tuple[str, Comparison]] = []
        small = 0
        for level in levels:
            a, b = groups.get((level, arm)), groups.get((level, control))
            if a is None or b is None or min(a.n, b.n) < least:
                small += 1
                continue
            effects.append((level, contrasts.compare(primary.metric, a, b, 1 - design.alpha, units.study.params.currency).absolute))
        p = heterogeneity([c for _, c in effects])
        for level, c in sorted(effects, key=lambda e: -e[1].base)[:MOST_LEVELS]:
            rows.append({"segment": name, "level": level, "variant": variant, **c.estimate().row(), "p": c.p,
                         "interaction_p": p, "state": "shown"})
        if small:
            e = Estimate(None, None, None, 0, 0, "", f"{small} levels with fewer than {least} units an arm")
            rows.append({"segment": name, "level": "(small levels)", "variant": variant, **e.row(), "p": None,
                         "interaction_p": p, "state": "withheld"})
    return rows


def heterogeneity(effects: list[Comparison]) -> float | None:
    """Cochran's Q: the p that several independent effects are one; None below two with an error."""
    known = [(c.value, se) for c in effects if c.value is not None and (se := error_of(c))]
    if len(known) < 2:
        return None
    weights = [1 / se**2 for _, se in known]
    middle = sum(w * v for w, (v, _) in zip(weights, known, strict=True)) / sum(weights)
    q = sum(w * (v - middle) ** 2 for w, (v, _) in zip(weights, known, strict=True))
    return float(chdtrc(len(known) - 1, q))


def over_time(units: Units, primary: Measured) -> tuple[pd.DataFrame, list[Row]]:
    """The primary effect by days since exposure, and per variant whether later days differ from the first half.

    Needs measurements with times. Each unit is its own comparison (mean of its later days minus mean of its early
    days), so that the test rests on units, not on days. Units seen on all days only.
    """
    m, study = primary.metric, units.study
    columns = ["variant", "day", "value", "low", "high", "n", "base", "unit", "method"]
    if m.kind not in ("mean", "proportion") or m.question or m.funnel or primary.values.has_cluster or not units.facts["timed"]:
        return pd.DataFrame(columns=columns), []
    source, value, params = _daily(units, primary)
    ends = study.query(f"SELECT max(t) AS t FROM ({source})", params)["t"][0]
    if ends is None or pd.isna(ends):
        return pd.DataFrame(columns=columns), []
    span = study.query(f"SELECT quantile_disc(greatest(0, date_diff('day', assigned, TIMESTAMPTZ '{pd.Timestamp(ends).isoformat()}')), .25) AS d "
                       f"FROM {units.table} WHERE arm >= 0")["d"][0]
    days = min(28, int(span)) if span is not None and not pd.isna(span) else 0
    if days < 2:
        return pd.DataFrame(columns=columns), []
    half = days // 2
    table = f"experiment_days_{units.number}"
    units.create(table, f"""
        SELECT u.rowid AS i, u.arm, floor((epoch(d.t) - epoch(u.assigned)) / 86400)::INTEGER AS since, {value} AS y
        FROM {units.table} u JOIN ({source}) d ON d.k = {'u.unit_id' if not m.event else 'coalesce(u.customer, u.unit_id)'}
        WHERE u.arm >= 0 AND d.t >= u.assigned AND epoch(d.t) < epoch(u.assigned) + {days * 86400} GROUP BY ALL""", params)
    ripe = f"arm >= 0 AND date_diff('day', assigned, TIMESTAMPTZ '{pd.Timestamp(ends).isoformat()}') >= {days}"
    sizes = {int(r["arm"]): int(r["n"]) for r in study.query(
        f"SELECT arm, count(*) AS n FROM {units.table} WHERE {ripe} GROUP BY arm").to_dict("records")}
    inside = f"i IN (SELECT rowid FROM {units.table} WHERE {ripe})"
    daily = study.query(f"SELECT since, arm, sum(y) AS s, sum(y * y) AS q FROM {table} WHERE {inside} GROUP BY ALL ORDER BY ALL")
    shift = study.query(f"""SELECT arm, sum(s) AS s, sum(s * s) AS q FROM (
        SELECT i, arm, sum(CASE WHEN since >= {half} THEN y / {days - half} ELSE -y / {half} END) AS s
        FROM {table} WHERE {inside} GROUP BY i, arm) GROUP BY arm""")
    units.drop(table)
    return _over_time_frames(units, primary, daily, shift, sizes, days, half, columns)


def _over_time_frames(units: Units, primary: Measured, daily: pd.DataFrame, shift: pd.DataFrame, sizes: dict[int, int],
                      days: int, half: int, columns: list[str]) -> tuple[pd.DataFrame, list[Row]]:
    control = units.arms.index(units.design.control)
    unit = designs.difference_unit(designs.unit_of(primary.metric, units.study.params.currency))
    sums = {(int(r["since"]), int(r["arm"])): (float(r["s"]), float(r["q"])) for r in daily.to_dict("records")}
    shifts = {int(r["arm"]): (float(r["s"]), float(r["q"])) for r in shift.to_dict("records")}
    rows, tests = [], []
    for variant in units.live_treatments:
        arm = units.arms.index(variant)
        if min(sizes.get(arm, 0), sizes.get(control, 0)) < 2:
            continue
        for day in range(days):
            # units without a row that day did nothing that day
            pair = [Sample.from_sums(sizes[k], *sums.get((day, k), (0.0, 0.0))) for k in (arm, control)]
            rows.append({"variant": variant, "day": day, **mean_difference(pair[0], pair[1], unit).estimate().row()})
        pair = [Sample.from_sums(sizes[k], *shifts.get(k, (0.0, 0.0))) for k in (arm, control)]
        c = mean_difference(pair[0], pair[1], unit)
        tests.append({"variant": variant, "value": c.value, "low": c.low, "high": c.high, "p": c.p, "first_days": half,
                      "days": days, "units": sizes[arm] + sizes[control]})
    return pd.DataFrame(rows, columns=columns), tests


def _daily(units: Units, primary: Measured) -> tuple[str, str, list[Any]]:
    from ...engine import literal

    m = primary.metric
    if m.event:
        listed = ", ".join(literal(e) for e in m.event)
        value = "1.0" if m.kind == "proportion" else "sum(d.v)" if m.counts == "value" else "count(*)::DOUBLE"
        return f"SELECT customer_id AS k, occurred_at AS t, value AS v FROM interactions_by_event WHERE event IN ({listed})", value, []
    value = "max(d.v)" if m.kind == "proportion" else "sum(d.v)"
    return ("SELECT unit_id AS k, measured_at AS t, value AS v FROM measurements WHERE experiment = ? AND metric = ? AND period = 'post' "
            "AND measured_at IS NOT NULL AND isfinite(value)", value, [units.design.name, m.name])


def triggered(units: Units, primary: Measured) -> list[Row]:
    """The primary effect among units that could notice the change, and the same diluted over all; empty without a trigger.

    The diluted effect is the triggered one times the share triggered (Deng & Hu 2015). Triggering must not depend on the
    variant: the shares are compared, and `trusted` is False where they differ.
    """
    design, name = units.design, units.design.trigger
    if not name:
        return []
    if primary.metric.kind not in designs.MEAN_KINDS or primary.values.has_cluster:
        return []
    from ...params.schema import ExperimentMetric
    from ...stats.shares import shares_equal

    declared = [m for m in design.metrics if m.name == name]
    m = declared[0] if declared else ExperimentMetric.model_validate({"name": name, "kind": "proportion", "absent": "zero"})
    if m.kind != "proportion":
        raise BadInput(f"experiment {design.name!r}: trigger", f"{name!r} is declared {m.kind}", "kind: proportion", "correct trigger of the experiment in params, or the kind of that metric")
    built = values.build(units, m) if declared else _undeclared(units, m)
    groups = moments.by(units.study, primary.values, "arm", f"i IN (SELECT i FROM {built.table} WHERE y > 0)")
    control = units.arms.index(design.control)
    live = [i for i, n in enumerate(units.facts["units_by_arm"]) if n]
    counts = {i: groups[i].units if i in groups else 0 for i in live}
    tested = shares_equal([counts[i] for i in live], [units.facts["units_by_arm"][i] for i in live])
    share = sum(counts.values()) / sum(units.facts["units_by_arm"])
    rows = []
    for variant in units.live_treatments:
        arm = units.arms.index(variant)
        if arm not in groups or control not in groups:
            continue
        c = contrasts.compare(primary.metric, groups[arm], groups[control], 1 - design.alpha, units.study.params.currency).absolute
        trusted = tested is None or tested[2] >= 0.001
        for what, factor in (("triggered units", 1.0), ("diluted over all units", share)):
            value, low, high = (None if x is None else x * factor for x in (c.value, c.low, c.high))
            words = f"{c.method}; {count(sum(counts.values()))} units triggered"
            rows.append({"variant": variant, "what": what, "triggered_share": share, "trusted": trusted,
                         **Estimate(value, low, high, c.n, c.base, c.unit, words).row()})
    units.drop(built.table)
    return rows


def _undeclared(units: Units, m: Any) -> values.Values:
    units_with = units.design.model_copy(update={"metrics": [*units.design.metrics, m]})
    original, units.design = units.design, units_with
    try:
        return values.build(units, m)
    finally:
        units.design = original
