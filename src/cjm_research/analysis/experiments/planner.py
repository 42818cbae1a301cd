"""Before the data: how many units and days an experiment needs, and what a given time could detect."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from ...engine import literal
from ...errors import BadInput, NotEnoughData
from ...params.schema import Experiment, ExperimentMetric
from ...results.declared import declares
from ...results.result import Result
from ...results.words import column, count, number, percent
from ...shapes import Row
from ...stats import power, sequential
from . import declared
from . import design as designs
from .looks import planned_shares

if TYPE_CHECKING:
    from ...study import Study

EFFECTS = (0.5, 0.75, 1.0, 1.5, 2.0)  # multiples of the smallest effect that matters
WEEKS = (1, 2, 3, 4, 6, 8, 12)  # durations shown: whole weeks only
METHOD = ("Two-sided test at alpha (over the number of variants), planned power, each variant against the control with the planned split; "
          "shares by the two-sample normal formula with the null's pooled variance, means by their standard deviation. Planned looks cost "
          "the inflation of Lan–DeMets O'Brien–Fleming bounds (Jennison & Turnbull 2000). Clusters cost the design effect (Kish 1965).")


@dataclass(frozen=True)
class Baseline:
    """The control's level and spread of the primary metric, units per day, and where each comes from."""

    mean: float | None
    sd: float | None
    per_day: float | None
    words: str


@declares(declared.SIZES, declared.DURATIONS)
def plan(study: Study, name: str, *, baseline: float | None = None, sd: float | None = None, per_day: float | None = None,
         effect: float | None = None, cluster_size: float = 1.0, icc: float = 0.0) -> Result:
    """Units and days for the experiment's primary metric; usable before any unit is assigned.

    baseline: the control's share or mean; sd: its standard deviation (not for shares); per_day: units a day. What is not
    given is read from the client's data. effect: the absolute difference to detect; default the design's mde.
    Frames: sizes (by effect) and durations (whole weeks, with the smallest detectable effect). Raises NotEnoughData
    where neither argument nor data say a number that is needed.
    """
    design = designs.find(study, name)
    m = designs.metric(design, design.primary)
    base = _baseline(study, design, m, baseline, sd, per_day)
    share = m.kind in ("proportion", "csat")
    where = f"plan of experiment {name!r}"
    if base.mean is None or (not share and base.sd is None):
        raise NotEnoughData(where, f"the level{'' if share else ' and spread'} of {m.name} are not known from the data",
                            "their number given, or interactions, measurements before, or a control arm to read them from",
                            f"say what you expect under chapter_params in params/{study.client}.yaml: 50_ab_tests: {{baseline: 0.12"
                            f"{'' if share else ', baseline_sd: 30'}, units_per_day: 200}}")
    if share and not 0 < base.mean < 1:
        raise BadInput(where, f"a baseline share of {base.mean:g}", "a number strictly between 0 and 1", "write .05 for 5 %")
    target = abs(effect or design.mde or 0) or None
    inflation = power.design_effect(cluster_size, icc) * _looks_cost(design)
    spread = math.sqrt(base.mean * (1 - base.mean)) if share else float(base.sd or 0)
    if spread <= 0:
        raise BadInput(where, f"{m.name} does not vary", "a standard deviation above 0", "plan with another metric, or give its standard deviation")
    result = Result(question=f"How long must {design.title or name} run?", method=METHOD)
    sizes = [_size(design, m, base, spread, target * k, inflation) for k in EFFECTS] if target else []
    result.frames["sizes"] = pd.DataFrame([r for r in sizes if r], columns=[
        "effect", "value", "relative", "units", "days", "weeks", "n_control", "unit", "method"])
    result.frames["durations"] = _durations(design, m, base, spread, inflation)
    result.facts = {"experiment": name, "primary": m.name, "baseline": base.mean, "sd": spread, "per_day": base.per_day,
                    "source": base.words, "effect": target, "inflation": inflation, "alpha": design.alpha, "power": design.power}
    result.sentences = _sentences(design, m, base, result, target)
    if not target:
        result.caveats.append("No smallest effect that matters is stated (mde): only durations are shown.")
    return result


def _looks_cost(design: Experiment) -> float:
    shares = planned_shares(design)
    if design.method != "lan_demets" or len(shares) < 2:
        return 1.0
    return sequential.inflation(shares, sequential.bounds(shares, design.alpha), design.alpha, design.power)


def _split(design: Experiment) -> list[tuple[float, float]]:
    """(variant's share of all units, control's units per variant unit) of each variant."""
    total, control = sum(design.variants.values()), design.variants[design.control]
    return [(w / total, control / w) for v, w in design.variants.items() if v != design.control]


def _units(design: Experiment, m: ExperimentMetric, base: Baseline, spread: float, effect: float) -> float | None:
    """All units needed for the effect, before inflation; None where the share would leave 0…1."""
    alpha, needed = design.alpha / len(_split(design)), []
    for share, ratio in _split(design):
        if m.kind in ("proportion", "csat"):
            assert base.mean is not None
            other = base.mean + effect if m.higher_is_better else base.mean - effect
            if not 0 < other < 1:
                return None
            needed.append(power.n_share(other, base.mean, alpha, design.power, ratio) / share)
        else:
            needed.append(power.n_mean(effect, spread, alpha, design.power, ratio) / share)
    return max(needed)


def _size(design: Experiment, m: ExperimentMetric, base: Baseline, spread: float, effect: float, inflation: float) -> Row | None:
    found = _units(design, m, base, spread, effect)
    if found is None:
        return None
    units = math.ceil(found * inflation)
    days = math.ceil(units / base.per_day) if base.per_day else None
    control = math.ceil(units * design.variants[design.control] / sum(design.variants.values()))
    return {"effect": effect, "value": effect, "relative": effect / abs(base.mean) if base.mean else None, "units": units, "days": days,
            "weeks": math.ceil(days / 7) if days else None, "n_control": control,
            "unit": designs.difference_unit(designs.unit_of(m)), "method": f"power {design.power:g} at alpha {design.alpha:g}"}


def _durations(design: Experiment, m: ExperimentMetric, base: Baseline, spread: float, inflation: float) -> pd.DataFrame:
    """The smallest effect that whole weeks can detect."""
    columns = ["weeks", "units", "value", "mde", "relative", "unit"]
    if not base.per_day:
        return pd.DataFrame(columns=columns)
    rows, alpha = [], design.alpha / len(_split(design))
    for weeks in WEEKS:
        units = int(base.per_day * 7 * weeks)
        if units < 4:
            continue
        worst: list[float | None] = []
        for share, ratio in _split(design):
            n = units * share / inflation
            if m.kind in ("proportion", "csat"):
                assert base.mean is not None
                worst.append(power.mde_share(n, base.mean, alpha, design.power, ratio, up=m.higher_is_better) if n > 1 else None)
            else:
                worst.append(power.mde_mean(n, spread, alpha, design.power, ratio))
        mde = None if any(x is None for x in worst) else max(x for x in worst if x is not None)
        rows.append({"weeks": weeks, "units": units, "value": mde, "mde": mde,
                     "relative": mde / abs(base.mean) if mde is not None and base.mean else None,
                     "unit": designs.difference_unit(designs.unit_of(m))})
    return pd.DataFrame(rows, columns=columns)


def _baseline(study: Study, design: Experiment, m: ExperimentMetric, mean: float | None, sd: float | None,
              per_day: float | None) -> Baseline:
    """What is given, else the control arm so far, else measurements before, else the interactions' history."""
    words = ["given"] if mean is not None else []
    if mean is None or (sd is None and m.kind not in ("proportion", "csat")):
        found = _from_measurements(study, design, m) or _from_history(study, m)
        if found is not None:
            mean, sd = found[0] if mean is None else mean, found[1] if sd is None else sd
            words.append(found[2])
    if per_day is None:
        per_day, source = _arrivals(study, design)
        words += [source] if source else []
    return Baseline(mean, sd, per_day, "; ".join(words) or "not known")


def _from_measurements(study: Study, design: Experiment, m: ExperimentMetric) -> tuple[float, float, str] | None:
    if m.event or m.funnel or m.question or m.kind == "ratio":
        return None
    before = study.query("""SELECT avg(v) AS mean, stddev_samp(v) AS sd, count(*) AS n FROM (SELECT unit_id, sum(value) AS v
        FROM measurements WHERE experiment = ? AND metric = ? AND period = 'pre' AND isfinite(value) GROUP BY unit_id)""",
                         [design.name, m.covariate or m.name]).iloc[0]
    if int(before["n"]) > 1 and not m.covariate:
        return float(before["mean"]), float(before["sd"]), f"level from {count(before['n'])} units measured before"
    control = study.query("""SELECT avg(v) AS mean, stddev_samp(v) AS sd, count(*) AS n FROM (SELECT m.unit_id, sum(m.value) AS v
        FROM measurements m JOIN assignments a ON a.experiment = m.experiment AND a.unit_id = m.unit_id WHERE m.experiment = ? AND m.metric = ?
        AND m.period = 'post' AND isfinite(m.value) AND a.variant = ? GROUP BY m.unit_id)""", [design.name, m.name, design.control]).iloc[0]
    if int(control["n"]) > 1:
        return float(control["mean"]), float(control["sd"]), f"level from {count(control['n'])} units of the control"
    return None


def _from_history(study: Study, m: ExperimentMetric) -> tuple[float, float, str] | None:
    """Customers first seen at least a window before the end: what they did within the window after that."""
    if not m.event or m.window is None or m.kind not in ("proportion", "mean") or study.observed_until is None:
        return None
    listed = ", ".join(literal(e) for e in m.event)
    value = "count(*) > 0" if m.kind == "proportion" else "count(*)" if m.counts == "events" else "sum(e.value)"
    row = study.query(f"""
        WITH c AS (SELECT customer_id, min(occurred_at) AS entered FROM interactions GROUP BY 1),
             v AS (SELECT c.customer_id, CAST({value} AS DOUBLE) AS y FROM c JOIN interactions_by_event e ON e.customer_id = c.customer_id
                   AND e.event IN ({listed}) AND e.occurred_at >= c.entered AND e.occurred_at < c.entered + to_seconds({m.window!r}) GROUP BY 1)
        SELECT avg(coalesce(v.y, 0)) AS mean, stddev_samp(coalesce(v.y, 0)) AS sd, count(*) AS n FROM c LEFT JOIN v USING (customer_id)
        WHERE c.entered + to_seconds({m.window!r}) <= TIMESTAMPTZ {literal(study.observed_until.isoformat())}""").iloc[0]
    if int(row["n"]) < 2:
        return None
    return float(row["mean"]), float(row["sd"]), f"level from {count(row['n'])} customers' first {number(m.window, 's')}"


def _arrivals(study: Study, design: Experiment) -> tuple[float | None, str]:
    """Units a day: assigned so far, else customers at the touchpoint for the first time."""
    row = study.query("SELECT count(DISTINCT unit_id) AS n, min(assigned_at) AS a, max(assigned_at) AS b FROM assignments "
                      "WHERE experiment = ?", [design.name]).iloc[0]
    if int(row["n"]) > 1 and not pd.isna(row["a"]) and row["b"] > row["a"]:
        days = max(1.0, (row["b"] - row["a"]).total_seconds() / 86400)
        return int(row["n"]) / days, "units a day from the assignments so far"
    where = f"WHERE touchpoint = {literal(design.touchpoint)}" if design.touchpoint else ""
    row = study.query(f"""SELECT count(*) AS n, min(entered) AS a, max(entered) AS b FROM (
        SELECT customer_id, min(occurred_at) AS entered FROM interactions {where} GROUP BY 1)""").iloc[0]
    if int(row["n"]) > 1 and row["b"] > row["a"]:
        days = max(1.0, (row["b"] - row["a"]).total_seconds() / 86400)
        return int(row["n"]) / days, f"units a day from customers first seen{' at ' + design.touchpoint if design.touchpoint else ''}"
    return None, ""


def _sentences(design: Experiment, m: ExperimentMetric, base: Baseline, result: Result, target: float | None) -> list[str]:
    from .verdict import signed

    said, unit = [], designs.difference_unit(designs.unit_of(m))
    sizes = result.frames["sizes"]
    if target and len(sizes):
        at = sizes[(sizes["effect"] - target).abs() < 1e-12]
        if len(at):
            row = at.iloc[0]
            days = f", about {count(row['days'])} days at {base.per_day:,.0f} a day, so {count(row['weeks'])} whole weeks" if base.per_day else ""
            said.append(f"To see whether it works, {design.title or design.name} needs {count(row['units'])} {design.unit}s"
                        + (f": {count(row['weeks'])} whole weeks." if base.per_day else "."))
            said.append(f"To detect {signed(target if m.higher_is_better else -target, unit)} {column(m.name)} with a power of {percent(design.power)}, "
                        f"{design.title or design.name} needs {count(row['units'])} {design.unit}s{days}.")
    durations = result.frames["durations"]
    known = durations.dropna(subset=["mde"]) if len(durations) else durations
    if len(known):
        row = known.iloc[min(3, len(known) - 1)]
        said.append(f"{count(row['weeks'])} weeks ({count(row['units'])} {design.unit}s) detect {signed(row['mde'], unit)} or more.")
    said.append(f"Level of {column(m.name)}: {number(base.mean, designs.unit_of(m))} ({base.words}).")
    return said
