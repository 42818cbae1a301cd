"""Secondary metrics in one pass: where every unit has exactly one value, moments need no table per metric."""

from __future__ import annotations

from ...engine import literal
from ...params.schema import ExperimentMetric
from ...shapes import Row
from .moments import Group, group_of
from .units import Units
from .values import LARGEST, Values, check, plain_source_words

#: with the count, proves that the joined rows are the units, each once: a unit missing and another twice mix to another number
_PROOF = "bit_xor(u.k) AS mixed"


def measure_all(units: Units, metrics: list[ExperimentMetric]) -> dict[str, tuple[Values, dict[int, Group]]]:
    """Values and groups by arm of those metrics that one pass can answer; the others are left to `values.build`.

    Answered: plain means and proportions of measurements, without window, cap, cluster or values before, with exactly
    one value for every unit. Raises BadInput where values contradict their kind.
    """
    wanted = [m for m in metrics if _simple(units, m)]
    if not wanted or units.cluster_column():
        return {}
    # joined by a 64-bit number for a text; should two units share one, their rows would count twice and the proof would fail
    keyed = f"(SELECT hash(unit_id) AS k, arm FROM {units.table} WHERE arm >= 0) u"
    arms = {int(r["arm"]): (int(r["n"]), r["mixed"]) for r in units.study.query(
        f"SELECT u.arm, count(*) AS n, {_PROOF} FROM {keyed} GROUP BY u.arm").to_dict("records")}
    names = ", ".join(literal(m.name) for m in wanted)
    frame = units.study.query(f"""
        SELECT m.metric, u.arm, count(*) AS units, 0 AS pending, count(*) AS n, avg(v) AS mean, var_samp(v) AS var, sum(v) AS total,
               min(v) AS least, max(v) AS most, skewness(v) AS skew,
               count(*) FILTER (WHERE v < 0) AS negative, count(*) FILTER (WHERE v <> 0 AND v <> 1) AS not_binary, {_PROOF}
        FROM (SELECT hash(unit_id) AS k, metric, value AS v FROM measurements
              WHERE experiment = ? AND period = 'post' AND metric IN ({names}) AND abs(value) < {LARGEST!r}) m
        JOIN {keyed} ON u.k = m.k GROUP BY m.metric, u.arm""", [units.design.name])
    found: dict[str, tuple[Values, dict[int, Group]]] = {}
    rows: dict[str, list[Row]] = {}
    for r in frame.to_dict("records"):
        rows.setdefault(str(r["metric"]), []).append(r)
    for m in wanted:
        own = rows.get(m.name, [])
        if {int(r["arm"]): (int(r["n"]), r["mixed"]) for r in own} != arms:
            continue
        facts = {"units": sum(n for n, _ in arms.values()), "observed": sum(n for n, _ in arms.values()), "pending": 0,
                 "least": min(float(r["least"]) for r in own), "most": max(float(r["most"]) for r in own),
                 "negative": sum(int(r["negative"]) for r in own), "not_binary": sum(int(r["not_binary"]) for r in own),
                 "negative_bottom": 0, "before": 0, "before_varies": None}
        check(units, m, facts)
        values = Values(m, "", "", False, False, None, plain_source_words(units, m), facts)
        found[m.name] = values, {int(r["arm"]): group_of(r, values) for r in own}
    return found


def _simple(units: Units, m: ExperimentMetric) -> bool:
    return (m.kind in ("mean", "proportion") and not (m.event or m.funnel or m.question) and m.window is None and m.winsorise is None
            and (m.covariate or m.name) not in units.measured_before)
