"""What is at stake where customers stop? Entrants × (reference − actual) × value per conversion, with its interval.

The reference is what is known to be possible: the persona that goes on most often, or the period before. It is
never 100 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..engine import literal
from ..errors import NotEnoughData
from ..results import words
from ..results.declared import declares
from ..results.evidence import rows_evidence
from ..results.result import ESTIMATE_COLUMNS, Estimate, Finding, Result, estimates_frame
from ..results.subjects import Stake
from ..stats.multiplicity import adjust
from ..stats.share_differences import share_difference
from . import declared
from .onward import Places, Seen, places_of
from .views import CURRENT, PREVIOUS, half_named, halves, members, seen_as

if TYPE_CHECKING:
    from ..study import Study

DRAWS = 10_000
SEED = 20260101
CLEAR = 0.001  # p, corrected over all comparisons: money is named only where a difference is beyond doubt, since every report looks for one
LEAST = 30  # customers seen at a place by a group; smaller groups are no reference


@dataclass(frozen=True)
class _Reference:
    """A reference that is clearly better: its share, the share it is set against (others), and whom to level up."""

    name: str
    words: str
    k: int
    n: int
    others_k: int
    others_n: int
    period: str | None


@declares(declared.STAKES)
def stakes(study: Study) -> Result:
    """Value at stake by stage, against the best persona and against the previous half of the period.

    A reference counts only where it is better beyond doubt (score test, p < .001, Holm-corrected over all comparisons of both kinds). Value: what customers who went on spent in later stages afterwards. Interval: simulation of both
    shares (Jeffreys) and of the mean value (Student). Frame `stakes`: stage, reference, reference_share, actual_share,
    entrants, value_per_conversion and an estimate in the client's currency. Raises `NotEnoughData` without values.
    """
    study.need("interactions", what="value at stake")
    if not study.scalar("SELECT count(*) FROM interactions WHERE value IS NOT NULL AND value <> 0"):
        raise NotEnoughData("value at stake", "no interaction carries a value", "values of orders", "columns: {value: …} of the source")
    missing: list[str] = []
    rows, findings = [], []
    rng = np.random.default_rng(SEED)
    candidates = [*_best_personas(study, missing), *_before(study, missing)]
    sure = adjust([p for *_, p in candidates])
    for stage, reference in [(stage, r) for (stage, r, _), p in zip(candidates, sure, strict=True) if p is not None and p < CLEAR]:
        places = places_of(study, None if reference.period is None else half_named(study, reference.period))
        seen = places.seen[f"stage:{stage}"]
        value, amount = _sql(seen, places, reference.k / reference.n)
        spent = study.query(f"SELECT count(v) AS n, {_MEAN} AS mean, stddev_samp(v) AS sd FROM ({value})").iloc[0]
        if not spent["mean"] or pd.isna(spent["sd"]) or not spent["mean"] > 0:
            continue
        estimate = _estimate(study, seen, reference, int(spent["n"]), float(spent["mean"]), float(spent["sd"]), rng)
        actual = seen.onward / seen.base
        rows.append(({"stage": stage, "reference": reference.words, "reference_share": reference.k / reference.n, "actual_share": actual,
                      "entrants": seen.base, "value_per_conversion": float(spent["mean"])}, estimate))
        findings.append(Finding(
            f"stake:{reference.name}:{stage}", f"Going on from {stage} as often as {reference.words} "
            f"({words.percent(reference.k / reference.n)} instead of {words.percent(actual)} of {seen.base:,}) would be worth up to "
            f"{words.number(estimate.value, estimate.unit)} (95 % interval {words.interval(estimate.low, estimate.high, estimate.unit)}), at "
            f"{words.number(float(spent['mean']), estimate.unit)} each", "metric", estimate, stage=stage, status="partly",
            caveats=("groups may differ in more than the journey: what levelling up could bring at most, not a forecast",),
            evidence=(rows_evidence(study, "interactions", f"customers seen in {stage}: by how much each falls short of the share of the reference "
                                    f"({reference.words}), times the mean value of those who went on", amount),),
            lane="stake", label=f"at most, as often as {reference.words}", subject=Stake(stage, reference.name, reference.words.removeprefix("persona ").removeprefix("in "))))
    frame = estimates_frame(rows) if rows else pd.DataFrame(columns=[*_COLUMNS, *ESTIMATE_COLUMNS])
    result = Result("What is at stake where customers stop?", {"stakes": frame}, findings=findings,
                    method="Customers seen in the stage × (reference share − their share going on) × mean value of those who went on. Reference: "
                           "the persona that goes on most often, or the half of the period before, where clearly better; never 100 %. Interval: "
                           f"{DRAWS:,} draws of both shares (Jeffreys prior) and of the mean value (Student), seed {SEED}.")
    result.caveats = [*missing, "Groups differ in more than the journey; this is what levelling up could bring at most, not a forecast."]
    if findings:
        most = max(findings, key=lambda f: f.estimate.value or 0.0 if f.estimate else 0.0)
        result.sentences = [f"The most at stake: {most.statement}."]
    else:
        result.sentences = ["No persona and no earlier period goes on clearly more often than the rest: nothing to level up to is known."]
    return result


_COLUMNS = ["stage", "reference", "reference_share", "actual_share", "entrants", "value_per_conversion"]


def _best_personas(study: Study, missing: list[str]) -> list[tuple[str, _Reference, float]]:
    """By stage the persona that goes on most often, with the p of being better than all others together."""
    try:
        names = sorted(members(study)["persona"].unique())
    except NotEnoughData as reason:
        missing.append(f"No persona as reference: {reason.found}.")
        return []
    everybody, by_name = places_of(study).seen, {}
    for name in names:
        by_name[name] = places_of(seen_as(study, persona=name)).seen
    found: list[tuple[str, _Reference, float]] = []
    for stage in study.stages[:-1]:
        groups = {n: s[f"stage:{stage}"] for n, s in by_name.items() if s[f"stage:{stage}"].base >= LEAST}
        if len(groups) < 2:
            continue
        best = max(groups, key=lambda n: groups[n].onward / groups[n].base)
        k, n = groups[best].onward, groups[best].base
        others_k, others_n = everybody[f"stage:{stage}"].onward - k, everybody[f"stage:{stage}"].base - n
        if not others_n:
            continue
        p = share_difference(k, n, others_k, others_n).p
        # the best of several is compared: each of them could have been it
        found.append((stage, _Reference("persona", f"persona {best}", k, n, others_k, others_n, None), min(1.0, (p if p is not None else 1.0) * len(groups))))
    return found


def _before(study: Study, missing: list[str]) -> list[tuple[str, _Reference, float]]:
    """Stages from which fewer went on in the current half than in the half before, with the p of it."""
    try:
        label = {h.name: h.label for h in halves(study)}
    except NotEnoughData as reason:
        missing.append(f"No period before as reference: {reason.found}.")
        return []
    by_half = {}
    for name in (PREVIOUS, CURRENT):
        by_half[name] = places_of(study, half_named(study, name)).seen
    out = []
    for stage in study.stages[:-1]:
        was, now = (by_half[h][f"stage:{stage}"] for h in (PREVIOUS, CURRENT))
        if min(was.base, now.base) < LEAST:
            continue
        d = share_difference(was.onward, was.base, now.onward, now.base)
        better = d.p is not None and d.low is not None and d.low > 0
        # every stage is looked at, so every one counts in the correction
        out.append((stage, _Reference("period", f"in {label[PREVIOUS]}", was.onward, was.base, now.onward, now.base, CURRENT), d.p if better and d.p is not None else 1.0))
    return out


# sums of floats depend in their last digits on who adds first; evidence is hashed and must not
_MEAN = "round(avg(v), 6)"


def _sql(seen: Seen, places: Places, reference: float) -> tuple[str, str]:
    """(value: what each customer who went on spent later; amount: what each customer falls short of the reference)."""
    counted = places.counts_as("conversion")
    went = f"SELECT id, first_at, {counted} AS went FROM ({places.went_sql(seen.place)})"
    later = ", ".join(literal(s) for s in seen.place.later)
    value = (f"SELECT w.id, coalesce(sum(i.value), 0) AS v FROM ({went}) w LEFT JOIN interactions i ON i.customer_id = w.id AND i.stage IN ({later}) "
             f"AND i.occurred_at >= w.first_at WHERE w.went GROUP BY w.id")
    amount = f"SELECT id, ({reference!r} - CASE WHEN went THEN 1 ELSE 0 END) * (SELECT {_MEAN} FROM ({value})) AS amount FROM ({went})"
    return value, amount


def _estimate(study: Study, seen: Seen, r: _Reference, n: int, mean: float, sd: float, rng: np.random.Generator) -> Estimate:
    """Those to level up × (reference − others) × value; equal to all entrants × (reference − actual) × value."""
    better = rng.beta(r.k + 0.5, r.n - r.k + 0.5, DRAWS)
    others = rng.beta(r.others_k + 0.5, r.others_n - r.others_k + 0.5, DRAWS)
    value = mean + sd / np.sqrt(n) * rng.standard_t(max(1, n - 1), DRAWS)
    drawn = (seen.base if r.period else r.others_n) * (better - others) * value
    low, high = np.quantile(drawn, [0.025, 0.975])
    exact = seen.base * (r.k / r.n - seen.onward / seen.base) * mean
    return Estimate(exact, min(float(low), exact), max(float(high), exact), seen.base, seen.base, study.params.currency,
                    f"entrants × (reference − actual) × value, simulated interval, {DRAWS:,} draws")
