"""What could be done about it? Opportunities of the params and proposed ones, ranked, with what came of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..errors import NotEnoughData
from ..log.onward import places_of
from ..log.outcomes import unwanted_places
from ..params.schema import Opportunity
from ..results import policy, subjects, words
from ..results.cache import answered
from ..results.declared import declares
from ..results.result import Finding, Result
from ..shapes import Row
from . import declared
from .handwritten import by_hand
from .pains import pain_points

if TYPE_CHECKING:
    from ..study import Study

DRAWS = 4_000
SEED = 20260101
IMPACTS = (0.25, 0.5, 1.0, 2.0, 3.0)  # RICE's scale
HIGH_IMPACT = 2.0
CONFIDENCE_STEP = 0.2  # how far a stated confidence may be off
GUESS = 0.35  # standard deviation of the log of effort and reach: a factor of about 1.4 either way
METHOD = (
    "RICE = reach × impact × confidence ÷ effort (Intercom 2016). Its factors are estimates, so ranks are shown with the "
    "range they keep in 90 % of 4,000 draws: impact a step up or down, confidence ±20 points, effort and reach by a factor of 1.4. "
    "Impact of 2 or more counts as high; effort up to the median counts as low. Proposed opportunities name a touchpoint that at "
    "least one source ranks among the worst and that no opportunity of the params covers; first those that most sources name. "
    "Importance against satisfaction: Ulwick 2005, see the chapter on personas.")


@dataclass
class _Known:
    """An opportunity of the params with what is known about it."""

    o: Opportunity
    stage: str | None
    reach: float | None
    measured: bool  # reach comes from the data
    score: float | None = None
    rank: tuple[int, int, int] | None = None  # rank, and its 90 % range
    quadrant: str = ""
    verdicts: list[Finding] = field(default_factory=list)
    effects: list[Finding] = field(default_factory=list)


@declares(declared.OPPORTUNITIES, declared.PROPOSED, declared.UNMET)
def opportunities(study: Study) -> Result:
    """Opportunities ranked by RICE with rank ranges, their experiments and before/after results, and proposed ones.

    Frames: `opportunities` (name, status, stage, touchpoint, owner, reach, impact, confidence, effort, rice, rank, rank_low,
    rank_high, quadrant, experiment, tested, shipped, review_on), `proposed` (name, touchpoint, stage, sources, rank), `unmet`
    (importance against satisfaction, see personas.expectations). facts `links`: finding id → ids of findings that tell
    what came of it. Raises `NotEnoughData` where there is nothing to name or to propose.
    """
    notes: list[str] = []
    known = [_looked_up(study, o, notes) for o in study.params.opportunities]
    _rank(known)
    known.sort(key=lambda k: k.rank or (len(known) + 1, 0, 0))
    covered = {k.o.touchpoint for k in known}
    proposed = _proposed(study, covered, notes)
    unmet = _unmet(study, notes)
    if not known and not proposed and unmet is None:
        raise NotEnoughData("opportunities", "none is written in the params and none follows from the findings", "at least one opportunity or finding",
                            f"opportunities: in params/{study.client}.yaml")
    found = [_finding(study, k) for k in known]
    results = list({f.id: f for k in known for f in (*k.verdicts, *k.effects)}.values())
    links = {f.id: [r.id for r in (*k.verdicts, *k.effects)] for f, k in zip(found, known, strict=True) if k.verdicts or k.effects}
    frame = pd.DataFrame([_row(k) for k in known], columns=_COLUMNS)
    frame = frame.astype({"rank": "Int64", "rank_low": "Int64", "rank_high": "Int64"}).sort_values("rank", na_position="last", ignore_index=True)
    frames = {"opportunities": frame, "proposed": pd.DataFrame([p[0] for p in proposed], columns=["name", "touchpoint", "stage", "sources", "rank"])}
    if unmet is not None:
        frames["unmet"] = unmet
    result = Result("What could be done about it?", frames, {"links": links}, method=METHOD, findings=[*found, *results, *(p[1] for p in proposed)])
    result.sentences, result.caveats = _sentences(known, proposed), notes
    return result


_COLUMNS = ["name", "status", "stage", "touchpoint", "owner", "reach", "impact", "confidence", "effort", "rice", "rank", "rank_low",
            "rank_high", "quadrant", "experiment", "tested", "shipped", "review_on"]


# --- opportunities of the params ---------------------------------------------------------------------------------


def _looked_up(study: Study, o: Opportunity, notes: list[str]) -> _Known:
    stage = o.stage or study.touchpoint_stage.get(o.touchpoint or "")
    reach, measured = o.reach, False
    if reach is None and o.touchpoint in study.touchpoint_stage and study.has("interactions"):
        reach, measured = float(places_of(study).seen[f"touchpoint:{o.touchpoint}"].reached), True
    known = _Known(o, stage, reach, measured)
    if None not in (reach, o.impact, o.confidence, o.effort):
        known.score = reach * o.impact * o.confidence / o.effort  # type: ignore[operator]
    known.verdicts, known.effects = _tests(study, o, notes), _shipped(study, o, notes)
    if o.status in ("tested", "measured") and not known.verdicts and not known.effects:
        notes.append(f"{o.name} is called {o.status}, but no experiment or change with data is tied to it.")
    return known


def _tests(study: Study, o: Opportunity, notes: list[str]) -> list[Finding]:
    """The verdicts of the experiments that test it."""
    from ..analysis import experiments

    out = []
    for e in study.params.experiments:
        if o.experiment == e.name or e.opportunity == o.name:
            try:
                out += [f for f in answered(experiments.evaluate, study, name=e.name).findings if f.kind == "experiment"]
            except NotEnoughData as reason:
                notes.append(f"{o.name}: its experiment {e.title or e.name} has not enough data ({reason.found}).")
    return out


def _shipped(study: Study, o: Opportunity, notes: list[str]) -> list[Finding]:
    """Before and after the changes that shipped it: those at its touchpoint, or else of its metric."""
    from ..analysis.experiments.change import evaluate_change

    if o.status not in ("shipped", "measured"):
        return []
    out = []
    for c in study.params.changes:
        if (c.touchpoint is not None and c.touchpoint == o.touchpoint) or (o.metric is not None and c.metric == o.metric):
            try:
                out += answered(evaluate_change, study, name=c.name).findings
            except NotEnoughData as reason:
                notes.append(f"{o.name}: the change {c.name} cannot be evaluated ({reason.found}).")
    return out


def _rank(known: list[_Known]) -> None:
    """Ranks by RICE with their range under declared perturbations, and the quadrant of impact and effort."""
    scored = [k for k in known if k.score is not None]
    if scored:
        rng = np.random.default_rng(SEED)
        drawn = np.column_stack([_draws(k, rng) for k in scored])
        ranks = pd.DataFrame(-drawn).rank(axis=1, method="average").to_numpy()
        order = pd.Series([-(k.score or 0.0) for k in scored]).rank(method="min").astype(int)
        low, high = np.floor(np.quantile(ranks, 0.05, axis=0)), np.ceil(np.quantile(ranks, 0.95, axis=0))
        for i, k in enumerate(scored):
            k.rank = (int(order.iloc[i]), min(int(low[i]), int(order.iloc[i])), max(int(high[i]), int(order.iloc[i])))
    efforts = [k.o.effort for k in known if k.o.effort is not None]
    for k in known:
        if k.o.impact is not None and k.o.effort is not None:
            strong, cheap = k.o.impact >= HIGH_IMPACT, k.o.effort <= float(np.median(efforts))
            k.quadrant = {(True, True): "quick win", (True, False): "big bet", (False, True): "fill-in", (False, False): "money pit"}[strong, cheap]


def _draws(k: _Known, rng: np.random.Generator) -> np.ndarray:
    at = IMPACTS.index(float(k.o.impact or 1))
    impact = np.asarray(IMPACTS)[np.clip(at + rng.integers(-1, 2, DRAWS), 0, len(IMPACTS) - 1)]
    confidence = np.clip((k.o.confidence or 0.0) + rng.uniform(-CONFIDENCE_STEP, CONFIDENCE_STEP, DRAWS), 0.0, 1.0)
    effort = (k.o.effort or 1.0) * np.exp(rng.normal(0, GUESS, DRAWS))
    reach = (k.reach or 0.0) * (np.ones(DRAWS) if k.measured else np.exp(rng.normal(0, GUESS, DRAWS)))
    return np.asarray(reach * impact * confidence / effort)


def _row(k: _Known) -> Row:
    rank, low, high = k.rank or (None, None, None)
    return {"name": k.o.name, "status": k.o.status, "stage": k.stage, "touchpoint": k.o.touchpoint, "owner": k.o.owner, "reach": k.reach,
            "impact": k.o.impact, "confidence": k.o.confidence, "effort": k.o.effort, "rice": k.score, "rank": rank, "rank_low": low,
            "rank_high": high, "quadrant": k.quadrant or None, "experiment": k.o.experiment,
            "tested": "; ".join(f.statement for f in k.verdicts) or None, "shipped": "; ".join(f.statement for f in k.effects) or None,
            "review_on": str(k.o.review_on) if k.o.review_on else None}


def _finding(study: Study, k: _Known) -> Finding:
    o, ranking, place = k.o, "", None
    if k.rank and k.score is not None:
        rank, low, high = k.rank
        ranking, place = f"RICE {k.score:,.0f}, rank {rank}" + (f" between {low} and {high}" if low < high else ""), subjects.Rank(rank, low, high)
    subject = subjects.Opportunity(o.name, o.status, f"owner {o.owner}" if o.owner else "", ranking, k.quadrant,
                                   f"review {o.review_on}" if o.review_on else "", place)
    evidence = (*by_hand(study), *(e for f in (*k.verdicts, *k.effects) for e in f.evidence))
    return Finding(f"opportunity:{o.name}", f"{o.name} ({', '.join(subject.standing)})", "opportunity", stage=k.stage, touchpoint=o.touchpoint,
                   persona=o.persona, source="assumption", status="partly" if len(evidence) > 1 else "assumed", evidence=evidence,
                   lane="opportunities", label=o.name, subject=subject)


# --- proposed ones -----------------------------------------------------------------------------------------------


def _proposed(study: Study, covered: set[str | None], notes: list[str]) -> list[tuple[Row, Finding]]:
    """One opportunity for each touchpoint that a source ranks among the worst and that no opportunity covers."""
    try:
        pains = answered(pain_points, study)
    except NotEnoughData as reason:
        notes.append(f"None is proposed: {reason.found}.")
        return []
    ranks = pains["ranks"][pains["ranks"]["base"].map(policy.carries_headline) | (pains["ranks"]["source"] == "interview")]
    unwanted = unwanted_places(study)
    hurting = {f.touchpoint: f for f in pains.findings if isinstance(f.subject, subjects.Flag)}
    rows = []
    for touchpoint, part in ranks[ranks["n"] > 0].groupby("touchpoint", sort=True):
        worst = part[part["rank"] <= np.maximum(1, part["of"] // 3)]
        if touchpoint in covered or worst.empty:
            continue
        own = [f for f in pains.findings if f.touchpoint == touchpoint and isinstance(f.subject, subjects.Pain) and f.source in set(worst["source"])]
        codes = _named(study, str(touchpoint)) if "interview" in set(worst["source"]) else []
        basis = [*own, *codes]
        if basis:
            rows.append((len(set(worst["source"])), float((worst["rank"] / worst["of"]).min()), str(touchpoint), worst, basis, codes))
    rows.sort(key=lambda r: (-r[0], r[1], r[2]))
    out = []
    for rank, (_, _, touchpoint, worst, basis, codes) in enumerate(rows, start=1):
        name = _how(touchpoint, [str(s) for s in worst["source"]], codes, touchpoint in hurting, touchpoint in unwanted or study.touchpoint_stage[touchpoint] in unwanted)
        stage, named = study.touchpoint_stage[touchpoint], words.listing(sorted(set(worst["source"])))
        why = f"proposed: among the worst by {named}"
        finding = Finding(
            f"opportunity:proposed:{touchpoint}", f"{name} ({why})", "opportunity", stage=stage,
            touchpoint=touchpoint, source=basis[0].source, status="partly", evidence=tuple(e for f in basis for e in f.evidence[:2]),
            caveats=("proposed from findings; nobody has weighed impact and effort yet",), lane="opportunities", label=name,
            subject=subjects.Opportunity(name, why, proposed=True))
        out.append(({"name": name, "touchpoint": touchpoint, "stage": stage, "sources": named, "rank": rank}, finding))
    return out


def _named(study: Study, touchpoint: str) -> list[Finding]:
    """What participants name as a pain there, most participants first."""
    from ..analysis import coding

    try:
        found = [f for f in answered(coding.themes, study).findings if f.kind == "pain" and f.touchpoint == touchpoint and f.estimate]
    except NotEnoughData:
        return []
    # the deepest code says most; what it lies under has the same participants and more
    leaves = [f for f in found if not any(_lies_under(g, f) for g in found)]
    return sorted(leaves, key=lambda f: (-(f.estimate.n if f.estimate else 0), f.key))


def _lies_under(below: Finding, above: Finding) -> bool:
    return isinstance(below.subject, subjects.Code) and isinstance(above.subject, subjects.Code) and below.subject.lies_under(above.subject)


def _how(touchpoint: str, sources: list[str], codes: list[Finding], disagree: bool, unwanted: bool = False) -> str:
    if unwanted:
        return f"How might we spare people {touchpoint}?"
    if disagree:
        return f"How might we find out why {touchpoint} is praised by some sources and hurts in others?"
    if codes:
        return f"How might we spare people “{codes[0].in_cell}” at {touchpoint}?"
    if "survey" in sources or "feedback" in sources:
        return f"How might we make {touchpoint} satisfying for those who are not satisfied today?"
    return f"How might we help those who stop at {touchpoint} to get further?"


def _unmet(study: Study, notes: list[str]) -> pd.DataFrame | None:
    from ..analysis.personas.expectations import expectations

    try:
        return answered(expectations, study)["expectations"]
    except NotEnoughData:
        return None


def _sentences(known: list[_Known], proposed: list[tuple[Row, Finding]]) -> list[str]:
    out = []
    ranked = sorted((k for k in known if k.rank), key=lambda k: k.rank or (0, 0, 0))
    if ranked:
        first = ranked[0]
        _, low, high = first.rank or (1, 1, 1)
        sure = "whatever its factors are within their ranges" if low == high else f"its rank lies between {low} and {high}"
        out += [f"First: {first.o.name}", f"It is first by reach, impact, confidence and effort; {sure}."]
    counts = [f"{n} {s}" for s in ("proposed", "tested", "shipped", "measured") if (n := sum(k.o.status == s for k in known))]
    if counts:
        out.append(f"{words.some(len(known), 'opportunities')} {'is' if len(known) == 1 else 'are'} followed: {', '.join(counts)}.")
    if proposed:
        out.append(f"{len(proposed)} more follow{'s' if len(proposed) == 1 else ''} from what was found; first: {proposed[0][0]['name']}")
    return out or ["Importance and satisfaction are compared; no opportunity is named yet."]
