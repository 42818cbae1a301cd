"""Findings of runs from before they carried lane, label and subject: read off their keys and sentences.

The only place that knows how keys and sentences of such runs were made. Nothing new is read this way: today's findings carry
their lane, label and subject, made where they are known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from . import subjects as s
from . import words
from .lanes import OF_KIND

_FUTURE = "future:"
_HEADS = {"reach": "reach", "conversion": "conversion", "time": "time", "satisfaction": "satisfaction", "target": "metrics",
          "benchmark": "metrics", "stake": "stake", "evidence": "evidence", "backstage": "backstage", "actions": "actions",
          "change": "experiments"}
_STEPS = {"step": "conversion", "conversion": "conversion", "time": "time", "loss": "pain"}
_FUNNEL = re.compile(r"(?P<funnel>.+):(?:(?P<whole>conversion)|(?P<what>step|time|loss):(?P<number>\d+))", re.DOTALL)
_SCORE = re.compile(r"(?P<question>.+):(?P<instrument>nps|csat|ces|likert)(?P<weighted>:weighted)?", re.DOTALL)
_VERDICT = re.compile(r"(?P<experiment>.+):verdict:(?P<variant>.+)", re.DOTALL)
_RANK = re.compile(r"\brank (?P<rank>\d+)(?: of (?P<of>\d+))?(?: between (?P<low1>\d+) and (?P<high1>\d+)| \(90 % interval (?P<low2>\d+) to (?P<high2>\d+)\))?")
_QUADRANTS = ("quick win", "big bet", "fill-in", "money pit")
_SCORES = {"nps": "NPS", "csat": "CSAT", "ces": "CES", "likert": "rating"}
_WORST = {"behaviour": "stop at {}", "survey": "not satisfied with {}", "feedback": "rate {} low"}


def completed(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """A finding as plain values, with lane, label and subject: its own, or those of a run that did not write them yet."""
    if "lane" in data:
        return data
    key = str(data.get("key") or "")
    future = key.startswith(_FUTURE)
    head, _, rest = key.removeprefix(_FUTURE).partition(":")
    subject = _subject(data, head, rest, future)
    return {**data, "lane": _lane(data, head, rest), "label": _label(data, head, rest, subject), "subject": subject.to_dict() if subject else None}


def subject_of(data: Mapping[str, Any]) -> s.Subject | None:
    """What a finding as plain values is about; None where it does not say, or another version wrote what this one does not know."""
    try:
        return s.Subject.from_dict(completed(data).get("subject"))
    except (ValueError, TypeError):
        return None


def _lane(data: Mapping[str, Any], head: str, rest: str) -> str | None:
    if head == "reach" and rest.startswith("touchpoint"):
        return "touchpoints"
    if head in _HEADS:
        return _HEADS[head]
    if head == "funnel":
        found = _FUNNEL.fullmatch(rest)
        return _STEPS[found["whole"] or found["what"]] if found else None
    return OF_KIND.get(str(data.get("kind"))) or ("satisfaction" if data.get("source") == "feedback" else None)


def _subject(data: Mapping[str, Any], head: str, rest: str, future: bool) -> s.Subject | None:
    first, _, second = rest.partition(":")
    makers: dict[str, Callable[[], s.Subject | None]] = {
        "reach": lambda: s.Reach("touchpoint" if first == "touchpoint" else "stage", second), "conversion": lambda: s.GoingOn(second),
        "time": lambda: s.TimeOnward(second), "actions": lambda: s.Action(rest.removeprefix(f"{data.get('stage')}:")),
        "funnel": lambda: _step(data, rest), "experiment": lambda: _verdict(rest), "retention": lambda: s.Retention(rest), "satisfaction": lambda: _score(rest),
        "feedback": lambda: s.LowRatings(second) if first == "low" else s.FeedbackText(*_pair(second)),
        "theme": lambda: s.Code(tuple(rest.split(" > "))), "quote": lambda: s.Quote(rest),
        "emotion": lambda: s.Emotion("touchpoint" if first == "touchpoint" else "stage", second), "agreement": lambda: s.Agreement(rest),
        "pain": lambda: s.Pain(first, second, _rank(data)), "flag": lambda: s.Flag(rest), "stake": lambda: s.Stake(second, first),
        "opportunity": lambda: _opportunity(data, rest), "change": lambda: s.ShippedChange(rest, ""), "target": lambda: s.Target(rest),
        "benchmark": lambda: s.Benchmark(rest), "evidence": lambda: s.Backing(rest), "assumption": lambda: s.Assumption(first, second, future),
        "backstage": lambda: s.Assumption("backstage", second, future) if first == "assumption" else s.Backstage(rest)}
    return makers[head]() if head in makers else None


def _pair(text: str) -> tuple[str, str]:
    first, _, second = text.partition(":")
    return first, second


def _step(data: Mapping[str, Any], rest: str) -> s.Subject | None:
    found = _FUNNEL.fullmatch(rest)
    if found is None:
        return None
    return s.FunnelStep(found["funnel"], str(data.get("statement") or "").partition(": ")[0], found["whole"] or found["what"],  # type: ignore[arg-type]
                        int(found["number"]) if found["number"] else None)


def _verdict(rest: str) -> s.Subject | None:
    found = _VERDICT.fullmatch(rest)
    return s.ExperimentEffect(found["experiment"], found["variant"]) if found else None


def _score(rest: str) -> s.Subject | None:
    found = _SCORE.fullmatch(rest)
    return s.SurveyQuestion(found["question"], found["instrument"], bool(found["weighted"])) if found else None


def _rank(data: Mapping[str, Any]) -> s.Rank | None:
    found = _RANK.search(str(data.get("statement") or ""))
    if found is None:
        return None
    rank = int(found["rank"])
    low, high = found["low1"] or found["low2"], found["high1"] or found["high2"]
    return s.Rank(rank, int(low or rank), int(high or rank), int(found["of"]) if found["of"] else None)


def _opportunity(data: Mapping[str, Any], rest: str) -> s.Subject:
    name, _, standing = str(data.get("statement") or "").rpartition(" (")
    first, *more = standing.removesuffix(")").split(", ")
    told = {"owner": next((p for p in more if p.startswith("owner ")), ""), "quadrant": next((p for p in more if p in _QUADRANTS), ""),
            "review": next((p for p in more if p.startswith("review ")), ""),
            "ranking": ", ".join(p for p in more if p.startswith(("RICE ", "rank ")))}
    if rest.startswith("proposed:"):
        return s.Opportunity(name, standing.removesuffix(")"), proposed=True)
    return s.Opportunity(name or str(data.get("statement") or ""), first if name else "", rank=_rank(data), **told)


def _label(data: Mapping[str, Any], head: str, rest: str, subject: s.Subject | None) -> str | None:
    statement, touchpoint = str(data.get("statement") or ""), str(data.get("touchpoint") or "")
    if data.get("kind") == "quote":
        said = next((str(e["quote"]) for e in data.get("evidence") or () if e.get("kind") == "quote" and e.get("quote")), statement)
        return words.quoted(said)
    if isinstance(subject, s.SurveyQuestion):
        return " ".join(x for x in (_SCORES[subject.instrument], "weighted" if subject.weighted else "", touchpoint) if x)
    if isinstance(subject, s.Pain):
        return _WORST[subject.source].format(subject.touchpoint) if subject.source in _WORST else None
    made: dict[type[s.Subject], Callable[[], str]] = {
        s.Reach: lambda: touchpoint, s.GoingOn: lambda: "", s.TimeOnward: lambda: "", s.Emotion: lambda: touchpoint,
        s.Code: lambda: rest.rpartition(" > ")[2], s.Flag: lambda: "Sources disagree: " + statement.partition(": ")[2],
        s.LowRatings: lambda: f"low ratings of {touchpoint}",
        s.Action: lambda: " ".join(rest.removeprefix(f"{data.get('stage')}:").replace("_", " ").replace(":", ": ").split()),
        s.Stake: lambda: statement.partition(" (")[0].removeprefix(f"Going on from {data.get('stage')} "),
        s.Opportunity: lambda: statement.rpartition(" (")[0] or statement, s.Backing: lambda: statement.partition(";")[0],
        s.Target: lambda: statement.partition("; ")[0], s.Benchmark: lambda: statement.partition("; ")[0], s.ShippedChange: lambda: rest}
    return made[type(subject)]() if subject is not None and type(subject) in made else None
