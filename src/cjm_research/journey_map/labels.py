"""What stands in a cell beside the number: a few words, since lane and stage say the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..results.result import Finding
from .actions import said
from .lanes import FUTURE, lane_of

if TYPE_CHECKING:
    from ..study import Study

TITLES = {"nps": "NPS", "csat": "CSAT", "ces": "CES", "likert": "rating", "weighted": "weighted"}
WORST = {"behaviour": "stop at {}", "survey": "not satisfied with {}", "feedback": "rate {} low"}


def labels(study: Study, findings: list[Finding]) -> dict[str, str]:
    """Finding id → words for its cell."""
    steps = {f.name: [s.name for s in f.steps] for f in study.params.funnels}
    out = {f.id: label(f, steps) for f in findings}
    cells = Counter((lane_of(f), f.stage, out[f.id]) for f in findings if f.key.startswith("funnel:"))
    for f in findings:  # two funnels may share a step
        if cells[lane_of(f), f.stage, out[f.id]] > 1 and f.key.startswith("funnel:"):
            out[f.id] = f"{out[f.id]} ({f.statement.partition(': ')[0]})"
    return out


def label(f: Finding, steps: dict[str, list[str]] | None = None) -> str:
    """The words of one finding. steps: names of the steps of each funnel."""
    key = f.key.removeprefix(FUTURE)
    head, _, rest = key.partition(":")
    if f.kind == "quote":
        return _quoted(f)
    if head == "theme":
        return rest.rsplit(" > ", 1)[-1]
    if head == "funnel":
        return _funnel(f, rest, steps or {})
    if head in _LABELS:
        return _LABELS[head](f, rest)
    if lane_of(f) == "emotion" and f.estimate is not None:
        return f.touchpoint or ""
    return f.statement


def _quoted(f: Finding) -> str:
    """What was said; who said it stands in the tip."""
    words = next((e.quote for e in f.evidence if e.kind == "quote" and e.quote), f.statement)
    return "“" + words.strip('“”" ') + "”"


def _funnel(f: Finding, rest: str, steps: dict[str, list[str]]) -> str:
    name = next((n for n in steps if rest.startswith(n + ":")), None)
    if name is None:
        return f.statement
    what, _, number = rest.removeprefix(name + ":").partition(":")
    names = steps[name]
    if what == "conversion":
        return f"{names[0]} → {names[-1]}"
    k = int(number) - 1 if number.isdigit() and 2 <= int(number) <= len(names) else len(names) - 1
    return f"at {names[k - 1]} never reach {names[k]}" if what == "loss" else f"{names[k - 1]} → {names[k]}"


def _satisfaction(f: Finding, rest: str) -> str:
    kinds = [TITLES[p] for p in rest.split(":")[1:] if p in TITLES]
    return " ".join([*kinds, f.touchpoint or ""]).strip() or f.statement


def _pain(f: Finding, rest: str) -> str:
    source, _, touchpoint = rest.partition(":")
    return WORST[source].format(touchpoint) if source in WORST else f.statement


def _opportunity(f: Finding, rest: str) -> str:
    return f.statement.rsplit(" (", 1)[0]


_LABELS: dict[str, Callable[[Finding, str], str]] = {
    "reach": lambda f, rest: f.touchpoint or "",
    "conversion": lambda f, rest: "",
    "time": lambda f, rest: "",
    "satisfaction": _satisfaction,
    "pain": _pain,
    "flag": lambda f, rest: "Sources disagree: " + f.statement.partition(": ")[2],
    "feedback": lambda f, rest: f"low ratings of {f.touchpoint}" if f.estimate else f.statement,
    "actions": lambda f, rest: said(rest.removeprefix(f"{f.stage}:")),
    "stake": lambda f, rest: f.statement.partition(" (")[0].removeprefix(f"Going on from {f.stage} "),
    "opportunity": _opportunity,
    "evidence": lambda f, rest: f.statement.partition(";")[0],
    "target": lambda f, rest: f.statement.partition("; ")[0],
    "benchmark": lambda f, rest: f.statement.partition("; ")[0],
    "change": lambda f, rest: rest,
}


