"""Joins the answers of all questions into the map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from ...errors import NotEnoughData
from .. import words
from ..cache import answered
from ..result import Evidence, Finding, Result
from .lanes import BY_NAME, LANES, lane_of
from .pains import pain_points
from .stages import stage_metrics

if TYPE_CHECKING:
    from ...study import Study

PERSONAS = 5  # lanes by persona become unreadable beyond (UXPressia allows five)
MIN_BASE = 5  # customers; smaller groups are not shown by persona (privacy.min_cell may raise it)


def journey_map(study: Study, *, by_persona: bool = True) -> Result:
    """The map of a client.

    facts: `stages`, `touchpoints`, `lanes`, `personas`, `missing` (question → why there is no data) and
    `cells`: {"lane|stage": [finding ids, most important first]}. findings: every finding on the map.
    Frame `cells`: one row a finding with lane, stage, touchpoint, persona and its estimate.
    Raises `NotEnoughData` where no stage is defined or nothing at all can be said.
    """
    if not study.stages:
        raise NotEnoughData("journey map", "no stage is defined", "at least one stage", f"journey.stages in params/{study.client}.yaml")
    missing: dict[str, str] = {}
    findings = [f for name, ask in _questions(study) for f in _asked(name, ask, missing)]
    personas: list[dict[str, Any]] = []
    if by_persona:
        personas, more = _by_persona(study, missing)
        findings += more
    findings += _assumptions(study) + _backstage(study) + _opportunities(study) + _targets(study, findings)
    findings = list({f.id: f for f in findings if lane_of(f) and f.stage in study.stages}.values())
    if not any(f.source != "assumption" for f in findings):
        raise NotEnoughData("journey map", "no finding lies on a stage: " + "; ".join(f"{k}: {v}" for k, v in missing.items()),
                            "interactions, responses, feedback or codings with a stage", "add match rules, questions or codes to journey.stages")
    findings.sort(key=_importance)
    cells: dict[str, list[str]] = {}
    for f in findings:
        cells.setdefault(f"{lane_of(f)}|{f.stage}", []).append(f.id)
    result = Result(
        "What is the journey like, and where does it hurt?", {"cells": _frame(findings)}, findings=findings,
        facts={"title": study.params.title, "client": study.client, "stages": [
            {"name": s.name, "goal": s.goal or "", "touchpoints": [t.name for t in s.touchpoints]} for s in study.params.journey.stages],
            "lanes": [{"name": lane.name, "title": lane.title, "meaning": lane.meaning, "shown": lane.shown, "limit": lane.limit,
                       "backstage": lane.backstage} for lane in LANES],
            "personas": personas, "missing": missing, "cells": cells},
        method="Every cell holds findings of the chapters, most certain and most consequential first. Shares carry Wilson intervals, "
               "NPS adjusted-Wald intervals, means Student's. Hand-written lines are marked as assumed.")
    result.sentences = _sentences(findings, study)
    result.caveats += [f"No data for {name}: {why}." for name, why in missing.items()]
    return result


def _questions(study: Study) -> list[tuple[str, Callable[[], Result]]]:
    from .. import coding, experiments, feedback, funnels, satisfaction

    asks: list[tuple[str, Callable[[], Result]]] = [("stages", lambda: answered(stage_metrics, study)), ("pain points", lambda: answered(pain_points, study))]
    for f in study.params.funnels:
        asks.append((f"funnel {f.name}", lambda name=f.name: answered(funnels.funnel, study, name=name)))  # type: ignore[misc]
    asks += [
        ("satisfaction", lambda: answered(satisfaction.satisfaction, study)),
        ("feedback", lambda: answered(feedback.feedback, study)),
        ("interview themes", lambda: answered(coding.themes, study)),
        ("emotion", lambda: answered(coding.emotion, study)),
        ("quotes", lambda: answered(coding.quotes, study)),
    ]
    for e in study.params.experiments:
        asks.append((f"experiment {e.name}", lambda name=e.name: answered(experiments.evaluate, study, name=name)))  # type: ignore[misc]
    return asks


def _asked(name: str, ask: Callable[[], Result], missing: dict[str, str]) -> list[Finding]:
    try:
        return ask().findings
    except NotEnoughData as reason:
        missing[name] = reason.found
        return []


def _by_persona(study: Study, missing: dict[str, str]) -> tuple[list[dict[str, Any]], list[Finding]]:
    """Stages and satisfaction seen through each persona."""
    from .. import personas, satisfaction

    try:
        answer = answered(personas.personas, study)
    except NotEnoughData as reason:
        missing["personas"] = reason.found
        return [], []
    members = answer["members"]
    sizes = members.groupby("persona").size().sort_values(ascending=False)
    if len(sizes) < 2:
        missing["personas"] = "no natural segments"
        return [], []
    listed, findings = [], []
    least = max(MIN_BASE, study.params.privacy.min_cell)
    for name, size in sizes.head(PERSONAS).items():
        listed.append({"name": str(name), "size": int(size)})
        seen = study.only(f"persona {name}", members.loc[members["persona"] == name, "customer_id"].tolist())
        for ask in (stage_metrics, satisfaction.satisfaction):
            for f in _asked(f"{ask.__name__} of {name}", lambda ask=ask, seen=seen: answered(ask, seen), {}):  # type: ignore[misc]
                if f.estimate and f.estimate.base >= least and not f.key.startswith("reach:touchpoint"):
                    findings.append(replace(f, persona=str(name)))
        seen.close()
    return listed, findings


def _assumptions(study: Study) -> list[Finding]:
    kinds = {"actions": "action", "pain": "pain", "gain": "gain", "thoughts": "thought", "emotion": "emotion", "opportunity": "opportunity", "backstage": "action"}
    out = []
    for a in study.params.journey.assumptions:
        key = f"backstage:assumption:{a.text}" if a.lane == "backstage" else f"assumption:{a.lane}:{a.text}"
        out.append(Finding(key, a.text, kinds[a.lane], stage=a.stage, touchpoint=a.touchpoint, persona=a.persona, source="assumption",
                           status="assumed", evidence=(Evidence("assumption", f"written in params/{study.client}.yaml by hand"),)))
    return out


def _backstage(study: Study) -> list[Finding]:
    out = []
    for stage in study.params.journey.stages:
        for t in stage.touchpoints:
            parts = ([f"owner: {t.owner}"] if t.owner else []) + t.backstage
            if parts:
                out.append(Finding(f"backstage:{t.name}", f"{t.name}: {', '.join(parts)}", "action", stage=stage.name, touchpoint=t.name,
                                   source="assumption", status="assumed",
                                   evidence=(Evidence("assumption", f"written in params/{study.client}.yaml by hand"),)))
    return out


def _opportunities(study: Study) -> list[Finding]:
    out = []
    for o in study.params.opportunities:
        stage = o.stage or study.touchpoint_stage.get(o.touchpoint or "")
        parts = [o.status] + ([f"owner {o.owner}"] if o.owner else []) + ([f"review {o.review_on}"] if o.review_on else [])
        if None not in (o.reach, o.impact, o.confidence, o.effort):
            score = o.reach * o.impact * o.confidence / o.effort  # type: ignore[operator]
            parts.append(f"RICE {score:,.0f}")
        out.append(Finding(f"opportunity:{o.name}", f"{o.name} ({', '.join(parts)})", "opportunity", stage=stage, touchpoint=o.touchpoint,
                           persona=o.persona, source="assumption", status="assumed",
                           evidence=(Evidence("assumption", f"written in params/{study.client}.yaml by hand"),)))
    return out


def _targets(study: Study, findings: list[Finding]) -> list[Finding]:
    """Scores that have a target: whether the target lies inside their interval."""
    targets = {t.name: t.target for s in study.params.journey.stages for t in s.touchpoints if t.target is not None}
    out = []
    for f in findings:
        target = targets.get(f.touchpoint or "")
        e = f.estimate
        if target is None or f.persona or not f.key.startswith("satisfaction:") or e is None or e.value is None:
            continue
        if e.low is None or e.high is None:
            continue
        state = "meets" if e.low <= target <= e.high else "is above" if e.low > target else "is below"
        out.append(Finding(f"target:{f.key}", f"{f.touchpoint} {state} its target of {words.number(target, e.unit)}: {words.estimate(e)}",
                           "metric", e, stage=f.stage, touchpoint=f.touchpoint, source="survey", evidence=f.evidence))
    return out


_SOURCES = {"behaviour": 0, "survey": 1, "experiment": 1, "interview": 2, "feedback": 3, "assumption": 9}


def _importance(f: Finding) -> tuple[Any, ...]:
    """Backed before assumed; the larger n first within a source; then the key, so that the order is stable."""
    weight = -(f.estimate.n if f.kind in ("pain", "gain", "need") and f.estimate else f.estimate.base if f.estimate else 0)
    return (f.status == "assumed", f.persona is not None, f.touchpoint is not None and f.key.startswith(("satisfaction", "emotion")), weight,
            _SOURCES[f.source], f.key, f.persona or "")


def _frame(findings: list[Finding]) -> pd.DataFrame:
    rows = []
    for f in findings:
        e = f.estimate
        lane = lane_of(f) or ""
        rows.append({"lane": BY_NAME[lane].title, "stage": f.stage, "touchpoint": f.touchpoint, "persona": f.persona, "finding": f.id,
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
    numbers = sum(1 for f in findings if f.estimate is not None)
    quotes = sum(1 for f in findings if f.kind == "quote")
    assumed = sum(1 for f in findings if f.status == "assumed")
    out = [f"The map has {len(study.stages)} stages and {len(findings):,} findings: {numbers:,} numbers, {quotes:,} quotes"
           + (f" and {assumed:,} hand-written lines marked as assumed." if assumed else ".")]
    pains = [f for f in findings if f.kind == "pain" and f.status != "assumed" and f.persona is None]
    if pains:
        by_stage: dict[str, int] = {}
        for f in pains:
            by_stage[str(f.stage)] = by_stage.get(str(f.stage), 0) + 1
        worst = max(by_stage, key=lambda s: by_stage[s])
        out.append(f"Most pain points lie in {worst} ({by_stage[worst]} of {len(pains)}).")
    return out
