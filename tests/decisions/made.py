"""Findings made by hand, few enough to see at a glance what the first page must say."""

from __future__ import annotations

from typing import Any

from cjm_research.params import Params
from cjm_research.results import subjects as s
from cjm_research.results.result import Estimate, Finding


def share(n: int, base: int) -> Estimate:
    p = n / base
    half = 1.96 * (p * (1 - p) / base) ** 0.5
    return Estimate(p, max(0.0, p - half), min(1.0, p + half), n, base, "share", "by hand")


def survey(touchpoint: str, hurt: int, base: int, rank: int = 1, of: int = 6, clear: bool = True, **more: Any) -> Finding:
    return Finding(f"pain:survey:{touchpoint}", "not to be read", "pain", share(hurt, base), stage="Middle", touchpoint=touchpoint, source="survey", lane="pain",
                   label=f"not satisfied with {touchpoint}", subject=s.Pain("survey", touchpoint, s.Rank(rank, rank, rank, of), clear), **more)


def leaves(touchpoint: str, hurt: int, base: int, rank: int = 1, of: int = 6) -> Finding:
    return Finding(f"pain:behaviour:{touchpoint}", "not to be read", "pain", share(hurt, base), stage="Middle", touchpoint=touchpoint, lane="pain",
                   label=f"stop at {touchpoint}", subject=s.Pain("behaviour", touchpoint, s.Rank(rank, rank, rank, of)))


def says(touchpoint: str, code: str, n: int, base: int = 12, kind: str = "pain") -> Finding:
    return Finding(f"code:{code}", "not to be read", kind, share(n, base), stage="Middle", touchpoint=touchpoint, source="interview",
                   lane={"pain": "pain", "gain": "gain", "need": "needs"}[kind], label=code, subject=s.Code((code,)))


def loss(funnel: str, number: int, touchpoint: str, hurt: int, base: int) -> Finding:
    return Finding(f"funnel:{funnel}:loss:{number}", "not to be read", "pain", share(hurt, base), stage="Middle", touchpoint=touchpoint, lane="pain",
                   label=f"at {touchpoint} never reach step {number}", subject=s.FunnelStep(funnel, funnel, "loss", number))


def step(funnel: str, number: int, touchpoint: str, n: int, base: int) -> Finding:
    return Finding(f"funnel:{funnel}:step:{number}", "not to be read", "metric", share(n, base), stage="Middle", touchpoint=touchpoint, lane="conversion",
                   label=f"step {number - 1} → step {number}", subject=s.FunnelStep(funnel, funnel, "step", number))


def chance(touchpoint: str, name: str = "How might we mend it?", proposed: bool = False) -> Finding:
    return Finding(f"opportunity:{name}", "not to be read", "opportunity", stage="Middle", touchpoint=touchpoint, source="assumption", status="assumed",
                   lane="opportunities", label=name, subject=s.Opportunity(name, "proposed", proposed=proposed))


def verdict(choice: str = "ship", variant: str = "new", level: float = 0.6, control: float = 0.5, touchpoint: str = "Counter", **more: Any) -> Finding:
    e = Estimate(level - control, level - control - 0.05, level - control + 0.05, 800, 800, "share difference", "by hand")
    return Finding(f"experiment:trial:verdict:{variant}", "not to be read", "experiment", e, stage="Middle", touchpoint=touchpoint, source="experiment", lane="experiments",
                   subject=s.ExperimentEffect("trial", variant, choice, "old", "bought", level, control, "share", **more))


def params(**more: Any) -> Params:
    settings: dict[str, Any] = {
        "client": "tiny",
        "journey": {"stages": [{"name": "Middle", "touchpoints": [{"name": n, "owner": "Somebody"} for n in ("Counter", "Shelf", "Door")]}]},
        "opportunities": [{"name": "How might we mend it?", "touchpoint": "Counter", "owner": "Ann", "review_on": "2026-09-30"}],
        "experiments": [{"name": "trial", "control": "old", "variants": {"old": 1, "new": 1, "newer": 1}, "primary": "bought", "touchpoint": "Counter",
                         "metrics": [{"name": "bought", "kind": "proportion", "says": "buy"}], "labels": {"old": "the old counter", "new": "the new counter"},
                         "actions": {"new": "Build the new counter"}, "opportunity": "How might we mend it?"}],
        "funnels": [{"name": "way", "steps": [{"name": "a", "event": "a"}, {"name": "b", "event": "b"}]}],
    }
    return Params.model_validate({**settings, **more})
