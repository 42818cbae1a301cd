"""What is at stake where customers stop? Entrants × (reference − actual) × value per conversion, with its interval.

The reference is what is known to be possible: the persona that goes on most often, or the period before. It is
never 100 %. Like is compared with like: within the same channel and the same entry to the journey, weighted as the group that
would be levelled up; where groups do not overlap there, nothing is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..engine import literal
from ..errors import NotEnoughData
from ..log.contacts import contacts_sql
from ..log.onward import Places, places_of
from ..log.places import Seen
from ..results import policy, words
from ..results.declared import declares
from ..results.evidence import rows_evidence
from ..results.prose import size
from ..results.result import ESTIMATE_COLUMNS, Estimate, Finding, Result, estimates_frame
from ..results.subjects import Stake
from ..stats.comparison import p_two_sided
from ..stats.multiplicity import adjust
from . import declared
from .views import CURRENT, PREVIOUS, half_named, halves, members, seen_as

if TYPE_CHECKING:
    from ..study import Study

DRAWS = 10_000
SEED = 20260101
CLEAR = 0.001  # p, corrected over all comparisons: money is named only where a difference is beyond doubt, since every report looks for one
LEAST = 30  # customers seen at a place by a group; smaller groups are no reference
OVERLAP = 0.5  # share of the group to level up that must have somebody of the reference to be compared with
VARIES = "the interval holds the chance in both shares and in the mean value, not whether it can be done"


@dataclass(frozen=True)
class _Alike:
    """Entrants who came through the same channel and entered the journey in the same stage: k of n of the reference and of the others go on."""

    channel: str
    entry: str
    k: int
    n: int
    others_k: int
    others_n: int


@dataclass(frozen=True)
class _Reference:
    """A reference: how it is called, and what can be compared of it, stratum by stratum. period: the half whose customers would be levelled up."""

    name: str
    words: str
    alike: tuple[_Alike, ...]
    period: str | None

    @property
    def base(self) -> int:
        """The customers who would be levelled up."""
        return sum(a.others_n for a in self.alike)

    @property
    def share(self) -> float:
        """How many of them would go on, as often as the reference does through the same channel and entry."""
        return sum(a.others_n * a.k / a.n for a in self.alike) / self.base

    @property
    def actual(self) -> float:
        """How many of them do."""
        return sum(a.others_k for a in self.alike) / self.base

    @property
    def p(self) -> float:
        """That it is no better: the stratified difference over its error, one half added to every count so that none is certain."""
        var = 0.0
        for a in self.alike:
            r, o = (a.k + 0.5) / (a.n + 1), (a.others_k + 0.5) / (a.others_n + 1)
            var += (a.others_n / self.base) ** 2 * (r * (1 - r) / a.n + o * (1 - o) / a.others_n)
        return p_two_sided((self.share - self.actual) / var ** 0.5)


@declares(declared.STAKES)
def stakes(study: Study) -> Result:
    """Value at stake by stage, against the best persona and against the previous half of the period.

    Compared are entrants through the same channel and with the same entry to the journey, standardised to the group that would
    be levelled up. A reference counts only where it is better beyond doubt (p < .001, Holm-corrected over all comparisons of both kinds).
    Value: what customers who went on spent in later stages afterwards. Interval: simulation of the shares of every stratum
    (Jeffreys) and of the mean value (Student). Frame `stakes`: stage, reference, reference_share, actual_share, entrants,
    value_per_conversion and an estimate in the client's currency. Raises `NotEnoughData` without values.
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
        value, amount = _sql(seen, places, reference)
        spent = study.query(f"SELECT count(v) AS n, {_MEAN} AS mean, stddev_samp(v) AS sd FROM ({value})").iloc[0]
        if not spent["mean"] or pd.isna(spent["sd"]) or not spent["mean"] > 0:
            continue
        mean = float(spent["mean"])
        estimate = _estimate(study, reference, int(spent["n"]), mean, float(spent["sd"]), rng)
        rows.append(({"stage": stage, "reference": reference.words, "reference_share": reference.share, "actual_share": reference.actual,
                      "entrants": reference.base, "value_per_conversion": mean}, estimate))
        findings.append(Finding(
            f"stake:{reference.name}:{stage}", f"Going on from {stage} as often as {reference.words} through the same channel and entry "
            f"({words.percent(reference.share)} instead of {words.percent(reference.actual)} of {reference.base:,}) would be worth up to "
            f"{words.number(estimate.value, estimate.unit)} (95 % interval {words.interval(estimate.low, estimate.high, estimate.unit)}; {VARIES}), at "
            f"{words.number(mean, estimate.unit)} each", "metric", estimate, stage=stage, status="partly",
            caveats=("groups may differ in more than channel and entry: what levelling up could bring at most, not a forecast",),
            evidence=(rows_evidence(study, "interactions", f"customers who came to {stage} as some of the reference ({reference.words}) did: by how much each falls "
                                    "short of its share there, times the mean value of those who went on", amount),),
            lane="stake", label=f"up to, as often as {reference.words}", subject=Stake(stage, reference.name, reference.words.removeprefix("persona ").removeprefix("in "))))
    frame = estimates_frame(rows) if rows else pd.DataFrame(columns=[*_COLUMNS, *ESTIMATE_COLUMNS])
    result = Result("What is at stake where customers stop?", {"stakes": frame}, findings=findings,
                    method="Customers to level up × (reference share − their share going on) × mean value of those who went on, within the same channel at "
                           "the stage and the same first stage of the journey, added up as the customers to level up are spread over them. Reference: "
                           "the persona that goes on most often, or the half of the period before, where clearly better; never 100 %. Interval: "
                           f"{DRAWS:,} draws of the shares (Jeffreys prior) and of the mean value (Student), seed {SEED}.")
    result.caveats = [*missing, "Groups differ in more than channel and entry; this is what levelling up could bring at most, not a forecast."]
    if findings:
        place, most = max(rows, key=lambda r: r[1].value or 0.0)
        result.sentences = [f"Up to {size(most.value or 0.0, most.unit)} are at stake: what it brings if all go on from {place['stage']} as often as {place['reference']}.",
                            f"{words.begun(findings[rows.index((place, most))].statement)}."]
    else:
        result.sentences = ["Nobody goes on clearly more often than the rest: there is nothing to level up to.",
                            "Compared were personas, and the half of the period before, through the same channel and entry."]
    return result


_COLUMNS = ["stage", "reference", "reference_share", "actual_share", "entrants", "value_per_conversion"]
Strata = dict[tuple[str, str], tuple[int, int]]  # (channel, entry) → (go on, of)


def _strata_sql(seen: Seen, places: Places) -> str:
    """SQL: id, first_at, went, channel and entry of the entrants of a place who count for going on."""
    study = places.study
    contact = contacts_sql(study, history=True)
    order = " ".join(f"WHEN {literal(s)} THEN {i}" for i, s in enumerate(study.stages))
    return (f"SELECT w.id, w.first_at, w.went, coalesce(min(c.channel) FILTER ({seen.place.where} AND c.moment = w.first_at), '') AS channel, "
            f"coalesce(arg_min(c.stage, (c.moment, CASE c.stage {order} END)) FILTER (c.stage IN ({', '.join(map(literal, study.stages))})), '') AS entry "
            f"FROM (SELECT id, first_at, {places.counts_as('conversion')} AS went FROM ({places.went_sql(seen.place)})) w "
            f"LEFT JOIN ({contact}) c ON c.id = w.id GROUP BY w.id, w.first_at, w.went")


def _strata(places: Places) -> dict[str, Strata]:
    """By stage the entrants of each channel and entry, of all stages in one reading; `_strata_sql` selects those of one, for evidence."""
    study = places.study
    order = " ".join(f"WHEN {literal(s)} THEN {i}" for i, s in enumerate(study.stages))
    found = study.query(
        f"WITH contact AS MATERIALIZED ({contacts_sql(study, history=True)}), "
        f"entered AS (SELECT id, arg_min(stage, (moment, CASE stage {order} END)) FILTER (stage IN ({', '.join(map(literal, study.stages))})) AS entry FROM contact GROUP BY id), "
        f"came AS (SELECT id, 'stage:' || stage AS place, moment, min(channel) AS channel FROM contact WHERE stage IS NOT NULL GROUP BY ALL) "
        f"SELECT w.place, coalesce(c.channel, '') AS channel, coalesce(e.entry, '') AS entry, count(*) AS n, count(*) FILTER (w.went) AS k "
        f"FROM (SELECT place, id, first_at, {places.counts_as('conversion')} AS went FROM ({places.went_by_stage_sql()})) w "
        f"LEFT JOIN came c ON c.id = w.id AND c.place = w.place AND c.moment = w.first_at LEFT JOIN entered e ON e.id = w.id "
        f"GROUP BY 1, 2, 3 ORDER BY 1, 2, 3")
    out: dict[str, Strata] = {f"stage:{s}": {} for s in study.stages}
    for r in found.to_dict("records"):
        out[str(r["place"])][str(r["channel"]), str(r["entry"])] = (int(r["k"]), int(r["n"]))
    return out


def _alike(reference: Strata, others: Strata) -> tuple[_Alike, ...]:
    """The strata in which both groups have enough customers; none where they hold too few of the others."""
    common = tuple(_Alike(*key, *reference[key], *others[key]) for key in sorted(others)
                   if key in reference and policy.carries_headline(reference[key][1]) and policy.carries_headline(others[key][1]))
    everybody = sum(n for _, n in others.values())
    return common if everybody and sum(a.others_n for a in common) >= OVERLAP * everybody else ()


def _best_personas(study: Study, missing: list[str]) -> list[tuple[str, _Reference, float]]:
    """By stage the persona that goes on most often, with the p of being better than all others together."""
    try:
        names = sorted(members(study)["persona"].unique())
    except NotEnoughData as reason:
        missing.append(f"No persona as reference: {reason.found}.")
        return []
    every, by_name = places_of(study), {name: places_of(seen_as(study, persona=name)) for name in names}
    found: list[tuple[str, _Reference, float]] = []
    strata = {name: _strata(p) for name, p in by_name.items()} if len(by_name) > 1 else {}
    everybody = _strata(every) if strata else {}
    for stage in study.stages[:-1]:
        place = f"stage:{stage}"
        groups = {n: p.seen[place] for n, p in by_name.items() if p.seen[place].base >= LEAST}
        if len(groups) < 2 or not every.seen[place].place.later:
            continue
        if every.seen[place].order_unknown:
            missing.append(f"No stake at {stage}: too many were seen there and further on in one instant, and nobody knows what came first.")
            continue
        candidates = []
        for name in groups:
            own = strata[name][place]
            others = {key: (k - own.get(key, (0, 0))[0], n - own.get(key, (0, 0))[1]) for key, (k, n) in everybody[place].items()}
            if alike := _alike(own, {key: v for key, v in others.items() if v[1] > 0}):
                candidates.append(_Reference("persona", f"persona {name}", alike, None))
        if not candidates:
            missing.append(f"No stake at {stage}: the personas come through different channels or entries, so that like cannot be compared with like.")
            continue
        best = max(candidates, key=lambda r: r.share - r.actual)
        # the best of several is compared: each of them could have been it; every stage that is looked at counts in the correction
        found.append((stage, best, min(1.0, best.p * len(groups)) if best.share > best.actual else 1.0))
    return found


def _before(study: Study, missing: list[str]) -> list[tuple[str, _Reference, float]]:
    """Stages from which fewer went on in the current half than in the half before, with the p of it."""
    try:
        label = {h.name: h.label for h in halves(study)}
    except NotEnoughData as reason:
        missing.append(f"No period before as reference: {reason.found}.")
        return []
    by_half = {name: places_of(study, half_named(study, name)) for name in (PREVIOUS, CURRENT)}
    strata = {name: _strata(p) for name, p in by_half.items()}
    out = []
    for stage in study.stages[:-1]:
        was, now = (by_half[h].seen[f"stage:{stage}"] for h in (PREVIOUS, CURRENT))
        if min(was.base, now.base) < LEAST or not was.place.later:
            continue
        alike = _alike(strata[PREVIOUS][was.place.name], strata[CURRENT][now.place.name])
        if alike:
            reference = _Reference("period", f"in {label[PREVIOUS]}", alike, CURRENT)
            out.append((stage, reference, reference.p if reference.share > reference.actual else 1.0))
    return out


# sums of floats depend in their last digits on who adds first; evidence is hashed and must not
_MEAN = "round(avg(v), 6)"


def _sql(seen: Seen, places: Places, reference: _Reference) -> tuple[str, str]:
    """(value: what each customer who went on spent later; amount: what each customer falls short of the reference of its stratum).

    Those of a persona that is the reference are among them: they fall short of their own share by nothing in all.
    """
    strata = _strata_sql(seen, places)
    later = ", ".join(literal(s) for s in seen.place.later)
    went = f"SELECT id, first_at, {places.counts_as('conversion')} AS went FROM ({places.went_sql(seen.place)})"
    value = (f"SELECT w.id, coalesce(sum(i.value), 0) AS v FROM ({went}) w LEFT JOIN interactions i ON i.customer_id = w.id AND i.stage IN ({later}) "
             f"AND i.occurred_at >= w.first_at WHERE w.went GROUP BY w.id")
    share = " ".join(f"WHEN channel = {literal(a.channel)} AND entry = {literal(a.entry)} THEN {a.k / a.n!r}" for a in reference.alike)
    amount = (f"SELECT id, (share - CASE WHEN went THEN 1 ELSE 0 END) * (SELECT {_MEAN} FROM ({value})) AS amount "
              f"FROM (SELECT *, CASE {share} END AS share FROM ({strata})) WHERE share IS NOT NULL")
    return value, amount


def _estimate(study: Study, r: _Reference, n: int, mean: float, sd: float, rng: np.random.Generator) -> Estimate:
    """Those to level up × (reference − actual) × value, summed over the strata."""
    gained = np.zeros(DRAWS)
    for a in r.alike:
        gained += a.others_n * (rng.beta(a.k + 0.5, a.n - a.k + 0.5, DRAWS) - rng.beta(a.others_k + 0.5, a.others_n - a.others_k + 0.5, DRAWS))
    drawn = gained * (mean + sd / np.sqrt(n) * rng.standard_t(max(1, n - 1), DRAWS))
    low, high = np.quantile(drawn, [0.025, 0.975])
    exact = r.base * (r.share - r.actual) * mean
    # those of a persona that is the reference are among the compared: they fall short of their own share by nothing in all
    compared = r.base + (sum(a.n for a in r.alike) if r.period is None else 0)
    return Estimate(exact, min(float(low), exact), max(float(high), exact), compared, compared, study.params.currency,
                    f"entrants × (reference − actual) × value within channel and entry, simulated interval, {DRAWS:,} draws")
