"""Joins the answers of all questions into the map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..analysis.own import handed_answers, own_questions
from ..errors import BadInput, NotEnoughData
from ..privacy.small_counts import hidden_cells
from ..questions import QUESTIONS
from ..results import words
from ..results.cache import answered
from ..results.caveats import Note
from ..results.declared import declares
from ..results.lanes import BY_NAME, LANES
from ..results.result import Finding, Result
from ..results.subjects import Assumption, Code, Flag, FunnelStep, Stake
from ..shapes import Json
from . import declared
from .actions import customer_actions
from .feelings import feelings_by_persona
from .handwritten import assumptions, backstage
from .labels import labels
from .moves import moves
from .opportunities import opportunities
from .pains import pain_points
from .stages import stage_metrics
from .stakes import stakes
from .status import evidence_status
from .targets import benchmarks, targets
from .views import CURRENT, PERSONAS, PREVIOUS, halves, members, seen_as, sizes

if TYPE_CHECKING:
    from ..study import Study

MIN_BASE = 5  # customers; smaller groups are not shown by persona or half, whatever privacy.min_cell allows
REFUSED = "refused"  # how the reason begins where what was given cannot be used; absence is another thing
METHOD = ("Every cell holds findings of the chapters, those first that rest on data and on most people. Shares carry Wilson intervals, "
          "NPS adjusted-Wald intervals, means Student's. What personas, channels and halves of the period show is counted anew for "
          "them. Hand-written lines are marked as assumed; each line of the future state is one.")


@declares(declared.CELLS)
def journey_map(study: Study, *, by_persona: bool = True, by_channel: bool = True, by_period: bool = True) -> Result:
    """The map of a client.

    by_persona, by_channel, by_period: also count stages (and scores) by persona, channel and half of the period.
    facts: `stages`, `touchpoints`, `lanes`, `personas`, `channels`, `periods`, `missing` (question → why there is no data),
    `cells`: {"lane|stage": [finding ids, most important first]}, `labels` (id → words for a cell), `tags` (id → persona or
    channel it is about without being counted by it), `links` (id of an opportunity → ids of what came of it), `moves` (id of
    a figure of the current half → its difference to the half before). findings: every finding on the map. Frame `cells`: one
    row a finding about all customers. Raises `NotEnoughData` where no stage is defined or nothing at all can be said.
    """
    if not study.stages:
        raise NotEnoughData("journey map", "no stage is defined", "at least one stage", f"journey.stages in params/{study.client}.yaml")
    missing: dict[str, str] = {}
    links: dict[str, list[str]] = {}
    findings = [f for name, ask in _questions(study, links) for f in _asked(name, ask, missing)]
    personas, seen = _by_persona(study, missing) if by_persona else ([], [])
    periods, halved = _by_half(study, missing) if by_period else ([], [])
    findings += [*seen, *halved, *assumptions(study), *backstage(study)]
    findings += [*targets(study), *benchmarks(study, findings)]
    findings = _on_map(study, [f for f in findings if by_channel or f.channel is None])
    if not any(f.source != "assumption" for f in findings):
        raise NotEnoughData("journey map", "no finding lies on a stage: " + "; ".join(f"{k}: {v}" for k, v in missing.items()),
                            "interactions, responses, feedback or codings with a stage", "add match rules, questions or codes to journey.stages")
    order = {f.id: i for i, f in enumerate(findings)}
    findings = sorted([*findings, *evidence_status(study, findings)], key=lambda f: _importance(f, order.get(f.id, 0)))
    result = Result("What is the journey like, and where does it hurt?", {"cells": _frame(findings)}, findings=findings, method=METHOD,
                    facts=_facts(study, findings, personas, periods, missing, links))
    result.sentences = _sentences(findings, study)
    result.caveats += [f"{name} is {why}." if why.startswith(REFUSED) else Note(f"No data for {name}: {why}.") for name, why in missing.items()]
    return result


#: questions asked under names, with options or in an order of their own; every other one that names a lane is asked after them
_BY_HAND = frozenset({
    "stage_metrics", "customer_actions", "pain_points", "stakes", "funnel", "satisfaction", "outcomes", "survey_drivers", "survey_choices", "open_answers", "feedback", "themes", "emotion", "quotes",
    "experiment", "comparison", "change", "opportunities"})


def _questions(study: Study, links: dict[str, list[str]]) -> list[tuple[str, Callable[[], Result]]]:
    from ..analysis import coding, experiments, feedback, funnels, outcomes, satisfaction, surveys
    from ..analysis.experiments.change import evaluate_change

    def chances() -> Result:
        answer = answered(opportunities, study)
        links.update(answer.facts["links"])
        return answer

    asks: list[tuple[str, Callable[[], Result]]] = [
        ("stages", lambda: answered(stage_metrics, study)),
        ("customer actions", lambda: answered(customer_actions, study)),
        ("pain points", lambda: answered(pain_points, study)),
        ("value at stake", lambda: answered(stakes, study)),
    ]
    for f in study.params.funnels:
        asks.append((f"funnel {f.name}", lambda name=f.name: answered(funnels.funnel, study, name=name)))  # type: ignore[misc]
    asks += [
        ("satisfaction", lambda: answered(satisfaction.satisfaction, study)),
        *([("outcomes", lambda: answered(surveys.outcomes, study))] if study.params.outcomes else []),
        ("drivers of recommendation", lambda: answered(surveys.survey_drivers, study)),
        *([("choices", lambda: answered(surveys.survey_choices, study))] if _places_choices(study) else []),
        *([("open answers", lambda: answered(surveys.open_answers, study))] if study.has("answer_codings") else []),
        ("feedback", lambda: answered(feedback.feedback, study)),
        ("interview themes", lambda: answered(coding.themes, study)),
        ("emotion", lambda: answered(coding.emotion, study)),
        ("quotes", lambda: answered(coding.quotes, study)),
    ]
    for e in study.params.experiments:
        asks.append((f"experiment {e.name}", lambda name=e.name: answered(experiments.evaluate, study, name=name)))  # type: ignore[misc]
    for x in study.params.comparisons:
        asks.append((f"comparison {x.name}", lambda name=x.name: answered(outcomes.comparison, study, name=name)))  # type: ignore[misc]
    for c in study.params.changes:
        asks.append((f"change {c.name}", lambda name=c.name: answered(evaluate_change, study, name=name)))  # type: ignore[misc]
    asks += [(q.name.replace("_", " "), lambda answers=q.answers: answered(answers, study)) for q in QUESTIONS if q.lanes and q.name not in _BY_HAND]  # type: ignore[misc]
    for o in own_questions(study):
        asks.append((f"own question {o.name}", lambda function=o.function: answered(function, study)))  # type: ignore[misc]
    asks += [(f"own question {a.name}", a.answer) for a in handed_answers(study)]
    return [*asks, ("opportunities", chances)]


def _places_choices(study: Study) -> bool:
    """Whether a choice question lies at a place of the journey, by its own words or by the journey's rules."""
    return study.has("responses") and bool(study.scalar("SELECT count(*) FROM responses WHERE instrument = 'choice' AND stage IS NOT NULL"))


def _asked(name: str, ask: Callable[[], Result], missing: dict[str, str]) -> list[Finding]:
    try:
        return ask().findings
    except NotEnoughData as reason:
        missing[name] = reason.found
        return []
    except BadInput as problem:  # one experiment that was set up wrongly; its own chapter fails, the map says so and goes on
        missing[name] = f"{REFUSED}: {problem.where}: {problem.found}"
        return []


# --- through other eyes --------------------------------------------------------------------------------------------


def _by_persona(study: Study, missing: dict[str, str]) -> tuple[list[Json], list[Finding]]:
    """Stages and scores seen through each persona, and how its participants feel."""
    listed: list[Json] = []
    findings: list[Finding] = []
    try:
        shown = sizes(members(study))
    except NotEnoughData as reason:
        missing["personas"], shown = reason.found, {}
    for name, size in shown.items():
        listed.append({"name": name, "size": size, "of": "customers"})
        findings += [replace(f, persona=name) for f in _through(study, persona=name)]
    findings = _guarded(findings, study.params.privacy.min_cell)
    try:
        felt = feelings_by_persona(study)
    except NotEnoughData:
        return listed, findings  # that interviews are missing is said once
    for name in dict.fromkeys(str(f.persona) for f in felt):
        if name not in shown and len(listed) < PERSONAS:
            listed.append({"name": name, "size": max(f.estimate.base for f in felt if f.persona == name and f.estimate), "of": "participants"})
    known = {p["name"] for p in listed}
    return listed, findings + [f for f in felt if f.persona in known]


def _by_half(study: Study, missing: dict[str, str]) -> tuple[list[Json], list[Finding]]:
    """Stages and scores of the previous and of the current half of the period."""
    try:
        found = halves(study)
    except NotEnoughData as reason:
        missing["halves of the period"] = reason.found
        return [], []
    listed = [{"name": h.name, "label": h.label, "start": str(h.start), "end": str(h.end)} for h in found]
    return listed, _guarded([replace(f, period=h.name) for h in found for f in _through(study, period=h.name)], study.params.privacy.min_cell)


def _through(study: Study, **eyes: str) -> list[Finding]:
    """Stages and scores of a part of the customers or of the period, of however few."""
    from ..analysis import satisfaction

    seen = seen_as(study, **eyes)
    stages = (lambda: answered(stage_metrics, study, half=eyes["period"])) if "period" in eyes else (lambda: answered(stage_metrics, seen))
    asks: list[Callable[[], Result]] = [stages, lambda: answered(satisfaction.satisfaction, seen, of_group=True)]
    if "persona" in eyes:
        asks.append(lambda: answered(pain_points, seen, flags=False))
    return [f for ask in asks for f in _asked("", ask, {}) if f.channel is None and f.lane != "touchpoints" and f.estimate]


def _guarded(findings: list[Finding], min_cell: int) -> list[Finding]:
    """Figures of groups without those that tell of few persons. Personas and halves part the customers: the figures of one measure are one table."""
    cells = [((f.key, f.stage, f.touchpoint), f.estimate.base if f.estimate else 0, f.estimate.n if f.estimate and f.estimate.unit == "share" else None) for f in findings]
    return [f for f, (_, base, _), hide in zip(findings, cells, hidden_cells(cells, min_cell), strict=True) if not hide and base >= MIN_BASE]


# --- putting together ----------------------------------------------------------------------------------------------


def _on_map(study: Study, findings: Sequence[Finding]) -> list[Finding]:
    """Findings that lie on a stage and in a lane, each once; of codes at one place only the deepest."""
    kept = {f.id: f for f in findings if f.cell and f.stage in study.stages}
    above = {(f.subject.path[:i], f.stage, f.touchpoint) for f in kept.values() if isinstance(f.subject, Code)
             for i in range(1, len(f.subject.path))}
    said: set[tuple[Any, ...]] = set()
    out = []
    for f in kept.values():
        if f.kind == "quote" and f.evidence:
            e = f.evidence[0]
            words_ = (f.stage, e.document_id, e.start, e.quote)  # one passage may carry several codes
            if words_ in said:
                continue
            said.add(words_)
        if not isinstance(f.subject, Code) or (f.subject.path, f.stage, f.touchpoint) not in above:
            out.append(f)
    return out


_SOURCES = {"behaviour": 0, "survey": 1, "experiment": 1, "interview": 2, "feedback": 3, "assumption": 9}


def _importance(f: Finding, position: int) -> tuple[Any, ...]:
    """Backed before assumed; the whole stage before its parts; then by how many people are behind it; the key keeps it
    stable. Opportunities come ranked: `position` is their place in the answer.
    """
    lane = f.lane
    weight = -(f.estimate.n if (f.kind in ("pain", "gain", "need", "action") or lane == "touchpoints") and f.estimate else f.estimate.base if f.estimate else 0)
    part = lane in ("satisfaction", "emotion", "conversion", "time") and (f.touchpoint is not None or isinstance(f.subject, FunnelStep))
    if isinstance(f.subject, Flag):
        weight = -10**12  # where sources disagree nobody should overlook
    if lane == "stake" and f.estimate and f.estimate.value is not None:
        weight = -f.estimate.value  # type: ignore[assignment]
    if lane == "opportunities":
        return (False, False, False, False, False, position)
    return (f.status == "assumed", f.persona is not None, f.period is not None, f.channel is not None, part, weight, _SOURCES[f.source],
            f.key, f.persona or "", f.channel or "")


def _facts(study: Study, findings: list[Finding], personas: list[dict[str, Any]], periods: list[dict[str, Any]], missing: dict[str, str],
           links: dict[str, list[str]]) -> Json:
    cells: dict[str, list[str]] = {}
    for f in findings:
        cells.setdefault(f"{f.lane}|{f.stage}", []).append(f.id)
    known, through = {f.id for f in findings}, _channels(study)
    return {
        "title": study.params.title, "client": study.client,
        "stages": [{"name": s.name, "goal": s.goal or "", "touchpoints": [t.name for t in s.touchpoints]} for s in study.params.journey.stages],
        "touchpoints": {t.name: {"stage": s.name, "channel": t.channel or "", "channels": through.get(t.name, []), "owner": t.owner or ""}
                        for s in study.params.journey.stages for t in s.touchpoints},
        "lanes": [{"name": lane.name, "title": lane.title, "meaning": lane.meaning, "shown": lane.shown, "limit": lane.limit,
                   "backstage": lane.backstage} for lane in LANES],
        "personas": personas, "periods": periods, "channels": list(dict.fromkeys(f.channel for f in findings if f.channel)),
        "future": [f.id for f in findings if isinstance(f.subject, Assumption) and f.subject.future], "missing": missing, "cells": cells,
        "labels": labels(findings),
        "tags": _tags(study, findings), "links": {k: [i for i in v if i in known] for k, v in links.items() if k in known},
        "moves": moves(findings, PREVIOUS, CURRENT), "policy": study.params.evidence.model_dump()}


def _channels(study: Study) -> dict[str, list[str]]:
    """Touchpoint → the channels that at least one in twenty of its customers came through."""
    found = study.query("""
        WITH pair AS (SELECT touchpoint, channel, count(DISTINCT customer_id) AS n FROM interactions
                      WHERE touchpoint IS NOT NULL AND channel IS NOT NULL GROUP BY touchpoint, channel)
        SELECT touchpoint, channel FROM pair QUALIFY n * 20 >= sum(n) OVER (PARTITION BY touchpoint) ORDER BY touchpoint, n DESC, channel""")
    return {str(t): [str(c) for c in part["channel"]] for t, part in found.groupby("touchpoint")}


def _tags(study: Study, findings: list[Finding]) -> dict[str, dict[str, str]]:
    """Whom a quote is from, by persona."""
    if not study.has("documents"):
        return {}
    found = study.query("SELECT document_id, any_value(persona) AS persona FROM documents WHERE persona IS NOT NULL GROUP BY 1")
    personas = dict(zip(found["document_id"].astype(str), found["persona"].astype(str), strict=True))
    return {f.id: {"persona": personas[str(f.evidence[0].document_id)]} for f in findings
            if f.kind == "quote" and f.evidence and str(f.evidence[0].document_id) in personas}


def _frame(findings: list[Finding]) -> pd.DataFrame:
    rows = []
    for f in findings:
        if (f.persona and f.status != "assumed") or f.period or f.channel:
            continue
        e = f.estimate
        rows.append({"lane": BY_NAME[f.lane or ""].title, "stage": f.stage, "touchpoint": f.touchpoint, "finding": f.id,
                     "statement": f.statement, "value": e.value if e else None, "low": e.low if e else None, "high": e.high if e else None,
                     "n": e.n if e else None, "base": e.base if e else None, "unit": e.unit if e else None, "method": e.method if e else None,
                     "source": f.source, "status": f.status})
    frame = pd.DataFrame(rows)
    for column in ("n", "base"):
        frame[column] = frame[column].astype("Int64")
    for column in ("value", "low", "high"):
        frame[column] = frame[column].astype("Float64")
    return frame


def _sentences(findings: list[Finding], study: Study) -> list[str]:
    own = [f for f in findings if not (f.persona or f.channel or f.period)]
    numbers = sum(f.estimate is not None for f in own)
    quotes, assumed = sum(f.kind == "quote" for f in own), sum(f.status == "assumed" for f in own)
    shown = [words.some(n, what) for n, what in ((numbers, "numbers"), (quotes, "quotes"), (assumed, "hand-written lines")) if n]
    if assumed:
        shown[-1] += " marked as assumed"
    out = [f"The map has {words.some(len(study.stages), 'stages')} with {words.listing(shown)}." if shown else f"The map has {words.some(len(study.stages), 'stages')} and nothing in them."]
    # who reaches an unwanted place is a pain once, not in the lanes of reach again
    pains = [f for f in own if f.kind == "pain" and f.lane == "pain" and f.status != "assumed" and not isinstance(f.subject, Flag)]
    if pains:
        by_stage: dict[str, int] = {}
        for f in pains:
            by_stage[str(f.stage)] = by_stage.get(str(f.stage), 0) + 1
        worst = max(by_stage, key=lambda s: by_stage[s])
        if len(by_stage) > 1 and by_stage[worst] * 2 > len(pains):
            out.append(f"Most pain points lie in {worst} ({by_stage[worst]} of {len(pains)}).")
    stake = max(((f.estimate, f) for f in own if isinstance(f.subject, Stake) and f.estimate), key=lambda pair: pair[0].value or 0.0, default=None)
    if stake is not None:
        out.append(f"{words.number(stake[0].value, stake[0].unit)} are at stake in {stake[1].stage}: {stake[1].statement}.")
    return out
