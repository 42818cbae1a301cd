"""When one looks: planned looks with their bounds, unplanned ones with a confidence sequence, and earlier reports."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ...errors import BadInput
from ...params.schema import Experiment
from ...results.earlier import earlier_reports as earlier_reports
from ...shapes import Row
from ...stats import anytime, bayes, sequential
from ...stats.comparison import Comparison
from . import contrasts, moments
from . import design as designs
from .checks import Check
from .effects import Measured, error_of
from .moments import Group
from .units import Units

N_STAR = 5000  # units the sequence is tightest at where no size was planned (GrowthBook's default)
MOST_LOOKS = 60  # days shown as looks; longer experiments are shown by week
LOOK_COLUMNS = ["variant", "day", "units", "information", "planned", "value", "low", "high", "z", "bound", "crossed",
                "anytime_low", "anytime_high", "anytime_p", "naive_p", "n", "base", "unit", "method"]


@dataclass(frozen=True)
class Now:
    """What may be concluded now on the primary metric for one variant, however often one has looked.

    low, high, p: of the method that holds; ready: False where the plan says that it is too early to conclude
    unless the interval that holds at any time already excludes no effect.
    """

    comparison: Comparison
    ready: bool
    reason: str


def planned_shares(design: Experiment) -> list[float]:
    """The planned looks as shares of the planned information, the last being 1. Raises BadInput for others."""
    if design.looks is None:
        return [1.0]
    if isinstance(design.looks, int):
        if design.looks < 1:
            raise BadInput(f"experiment {design.name!r}: looks", str(design.looks), "a number of looks, or their shares", "correct looks of the experiment in params")
        return [i / design.looks for i in range(1, design.looks + 1)]
    shares = sorted(float(x) for x in design.looks)
    if not shares or shares[0] <= 0 or shares[-1] > 1 or len(set(shares)) < len(shares):
        raise BadInput(f"experiment {design.name!r}: looks", str(design.looks), "different shares above 0, at most 1", "correct looks of the experiment in params")
    return shares if shares[-1] == 1 else [*shares, 1.0]


def information(units: Units) -> float | None:
    """The share of the planned units (else of the planned days) that is in, uncapped; None where neither was planned."""
    design, facts = units.design, units.facts
    if design.planned_n:
        return sum(facts["units_by_arm"]) / design.planned_n
    if design.start and design.end and facts["last_day"] and design.end > design.start:
        return ((facts["last_day"] - design.start).days + 1) / ((design.end - design.start).days + 1)
    return None


def now(units: Units, primary: Measured, variant: str, earlier: int) -> Now:
    """What holds now for a variant, by the method of the design; `earlier` reports showed other data of it.

    Several variants share alpha (Bonferroni) under sequential methods; a fixed design uses Holm elsewhere.
    """
    design = units.design
    plain = primary.contrasts[variant].absolute
    se, total = error_of(plain), information(units)
    alpha = design.alpha / max(1, len(units.live_treatments))
    if plain.value is None or se is None or se == 0 or plain.p is None:
        return Now(plain, False, plain.method)
    done = total is not None and total >= 1 - 1e-9
    sequence = _sequence(design, plain, se, alpha)
    if design.method == "asympcs":
        return Now(sequence, True, "holds at every look")
    if design.method == "bayes" and not earlier:
        return _believed(design, plain, se, done or total is None)
    if design.method == "lan_demets":
        if total is None:
            return Now(sequence, True, "planned looks need planned_n, or start and end: shown as unplanned looks")
        return _spent(design, plain, se, alpha, total)
    if earlier and not done:
        return Now(sequence, True, f"{earlier} earlier report(s) without a plan of looks: the interval that holds at any time")
    if earlier:
        return Now(sequence, True, f"the end is reached, but {earlier} earlier report(s) looked without a plan")
    if total is None:
        return Now(plain, True, "no size was planned: valid only if this is the one look")
    if not done:
        return Now(sequence, False, f"{total:.0%} of the plan is in; until its end only the interval that holds at any time counts")
    return Now(plain, True, "the planned end is reached")


def _sequence(design: Experiment, plain: Comparison, se: float, alpha: float) -> Comparison:
    assert plain.value is not None
    return anytime.confidence_sequence(plain.value, se, plain.base, design.planned_n or N_STAR, alpha, plain.unit, plain.n)


def prior_sd(design: Experiment) -> float | None:
    """The sd of the prior of the effect: as stated, else the smallest effect that matters; None without either."""
    found = design.prior_sd or design.mde
    return abs(found) if found else None


def _believed(design: Experiment, plain: Comparison, se: float, ready: bool) -> Now:
    """The posterior under the stated prior, its credible interval in the place of the other."""
    sd = prior_sd(design)
    if sd is None:
        raise BadInput(f"experiment {design.name!r}: method bayes", "no prior is stated",
                       "prior_sd: the standard deviation of effects you expect, or mde",
                       "a flat prior does not protect against looking early, so it is not a default")
    assert plain.value is not None
    post = bayes.normal_posterior(plain.value, se, sd, 0.0, 1 - design.alpha)
    found = Comparison(post.value, post.low, post.high, None, plain.n, plain.base, plain.unit,
                       f"posterior, prior {post.prior}, {1 - design.alpha:.3g} credible", 1 - design.alpha, 0.0, post.sd)
    return Now(found, ready, f"probability of a higher value {post.better:.1%}")


def _spent(design: Experiment, plain: Comparison, se: float, alpha: float, total: float) -> Now:
    assert plain.value is not None
    t = min(1.0, total)
    past = [s for s in planned_shares(design) if s < t - 1e-9]
    bounds = sequential.bounds([*past, t], alpha)
    bound, z = bounds[-1], plain.value / se
    words = f"Lan–DeMets O'Brien–Fleming, look {len(past) + 1} of {len(planned_shares(design))} at {t:.0%}, bound {bound:.3f}, level {alpha:.3g}"
    if math.isinf(bound):
        found = Comparison(plain.value, None, None, 1.0, plain.n, plain.base, plain.unit, f"{words}: no stop this early", 1 - alpha, 0.0, se)
        return Now(found, False, "too early for any conclusion by the plan")
    p = sequential.stagewise_p([*past, t], bounds, z)
    found = Comparison(plain.value, plain.value - bound * se, plain.value + bound * se, p, plain.n, plain.base, plain.unit,
                       f"repeated confidence interval, {words}", 1 - alpha, 0.0, se, None, z)
    last = t >= 1 - 1e-9
    return Now(found, last or abs(z) > bound, "the last planned look" if last else f"{t:.0%} of the plan is in")


def history(units: Units, primary: Measured) -> pd.DataFrame:
    """The primary contrast after each day (or week) of assignment, of units assigned until then.

    Rests on matured outcomes of those cohorts, so that increments are independent; every column of a look
    says what it would have allowed: `naive_p` nothing.
    """
    design, study = units.design, units.study
    if primary.metric.kind not in (*designs.MEAN_KINDS, "ratio") or primary.values.has_cluster or not units.facts["timed"]:
        return pd.DataFrame(columns=LOOK_COLUMNS)
    step = "day" if (units.facts["last_day"] - units.facts["first_day"]).days < MOST_LOOKS else "date_trunc('week', day)::DATE"
    groups = moments.by(study, primary.values, "day, arm", "day IS NOT NULL") if step == "day" else moments.by(
        study, _weekly(primary, step), "day, arm", "day IS NOT NULL")
    days = sorted({d for d, _ in groups})
    control = units.arms.index(design.control)
    rows: list[Row] = []
    for variant in units.live_treatments:
        arm = units.arms.index(variant)
        rows += _looks_of(units, primary, variant, [
            (d, _until(groups, days[: k + 1], arm), _until(groups, days[: k + 1], control)) for k, d in enumerate(days)],
            [sum(g.units for (day, _), g in groups.items() if day <= d) for d in days])
    return pd.DataFrame(rows, columns=LOOK_COLUMNS)


def _weekly(primary: Measured, step: str) -> Any:
    from dataclasses import replace

    return replace(primary.values, table=f"(SELECT * REPLACE ({step} AS day) FROM {primary.values.table})")


def _until(groups: dict[Any, Group], days: Sequence[Any], arm: int) -> Group | None:
    seen = [groups[d, arm] for d in days if (d, arm) in groups]
    return moments.together(seen) if seen else None


def _looks_of(units: Units, primary: Measured, variant: str, at: list[tuple[Any, Group | None, Group | None]],
              counts: list[int]) -> list[Row]:
    design = units.design
    alpha = design.alpha / max(1, len(units.live_treatments))
    end, shares, spent_at, rows = information(units), planned_shares(design), [0.0], []
    crossed, bounds_at = False, []
    total = sum(units.facts["units_by_arm"])
    for (day, a, b), n in zip(at, counts, strict=True):
        if a is None or b is None:
            continue
        c = contrasts.compare(primary.metric, a, b, 1 - design.alpha, units.study.params.currency).absolute
        se = error_of(c)
        if c.value is None or se is None or se == 0 or c.p is None:
            continue
        t = None if end is None else min(1.0, end * n / total)
        last = n == total
        planned = t is not None and (any(spent_at[-1] < s <= t + 1e-9 for s in shares) or last) and t > spent_at[-1] + 1e-9
        bound = None
        if planned and t is not None:
            spent_at.append(t)
            bound = sequential.bounds(spent_at[1:], alpha)[-1]
            bounds_at.append(bound)
        crossed = crossed or (bound is not None and abs(c.value / se) > bound)
        s = _sequence(design, c, se, alpha)
        rows.append({
            "variant": variant, "day": str(day)[:10], "units": n, "information": t, "planned": planned, "value": c.value, "low": c.low,
            "high": c.high, "z": c.value / se, "bound": None if bound is None or math.isinf(bound) else bound, "crossed": crossed,
            "anytime_low": s.low, "anytime_high": s.high, "anytime_p": s.p, "naive_p": c.p, "n": c.n, "base": c.base,
            "unit": c.unit, "method": f"{c.method}; bounds: Lan–DeMets O'Brien–Fleming; sequence: {s.method}"})
    return rows


def check(units: Units, earlier: Sequence[dict[str, Any]]) -> Check:
    """Were the looks planned, and is this one of them?"""
    design, total = units.design, information(units)
    name = "looks"
    if design.method == "asympcs":
        return Check(name, "pass", "a confidence sequence holds at every look, planned or not")
    if design.method == "lan_demets":
        if total is None:
            return Check(name, "warn", "planned looks without planned_n or end: treated as unplanned looks")
        return Check(name, "pass", f"{len(planned_shares(design))} planned looks; {total:.0%} of the plan is in")
    if design.method == "bayes" and earlier:
        return Check(name, "warn", f"{len(earlier)} earlier report(s): a posterior does not protect against looking early; "
                     "the interval that holds at any time is shown")
    if earlier:
        return Check(name, "warn", f"{len(earlier)} earlier report(s) on other data without a plan of looks: the interval that holds "
                     "at any time is shown")
    if total is None:
        return Check(name, "warn", "no planned size and no planned looks: the interval holds only if this is the one look")
    if total < 1 - 1e-9:
        return Check(name, "warn", f"{total:.0%} of the plan is in: looking before the planned end")
    return Check(name, "pass", "one look, at the planned end")
