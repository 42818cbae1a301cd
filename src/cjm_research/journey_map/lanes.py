"""The lanes of the map and which findings lie in them."""

from __future__ import annotations

from dataclasses import dataclass

from ..results.result import Finding


@dataclass(frozen=True)
class Lane:
    """A row of the map. shown: whether the default view has it; limit: entries shown at first in a cell."""

    name: str
    title: str
    meaning: str
    shown: bool = True
    limit: int = 3
    backstage: bool = False


LANES: tuple[Lane, ...] = (
    Lane("actions", "Customer actions", "What customers do here: events, as shares of the customers seen in the stage.", shown=False, limit=5),
    Lane("touchpoints", "Touchpoints", "Where customers and brand meet; share of all customers seen there.", limit=6),
    Lane("reach", "Reach", "Share of all customers seen in the stage.", limit=1),
    Lane("conversion", "Going on", "Of the customers seen here, share seen in a later stage afterwards; below it steps of funnels.", limit=2),
    Lane("time", "Time", "Median time from the first interaction here to the next later stage; below it steps of funnels.", shown=False, limit=2),
    Lane("satisfaction", "Satisfaction", "Survey scores, each on its own scale.", limit=4),
    Lane("emotion", "Emotion", "Mean valence of coded passages, −2 very negative to +2 very positive.", limit=1),
    Lane("pain", "Pain points", "What hurts, by behaviour, survey, interviews and feedback, each counted by itself."),
    Lane("stake", "Value at stake", "What going on as often as the best persona, or as in the half before, would be worth.",
         limit=1),
    Lane("gain", "Gains", "What delights.", shown=False),
    Lane("needs", "Needs and thoughts", "What customers want and think.", shown=False),
    Lane("quotes", "Voices", "Verbatim quotes, chosen by rules.", limit=1),
    Lane("opportunities", "Opportunities", "Problems framed as chances: status, owner, rank, and what came of them.", limit=2),
    Lane("experiments", "Experiments and changes", "Tests and what was shipped, with their results.", shown=False),
    Lane("metrics", "Against target", "Figures against target or benchmark.", shown=False),
    Lane("evidence", "Evidence", "How many entries of the stage are backed by data.", limit=1),
    Lane("backstage", "Backstage", "Owner, systems and processes behind the line of visibility.", shown=False, limit=6, backstage=True),
)
BY_NAME = {lane.name: lane for lane in LANES}
FUTURE = "future:"  # how keys of the future state begin

_HEADS = {"reach": "reach", "conversion": "conversion", "time": "time", "satisfaction": "satisfaction", "target": "metrics",
          "benchmark": "metrics", "stake": "stake", "evidence": "evidence", "backstage": "backstage", "actions": "actions",
          "change": "experiments"}
_STEPS = {"step": "conversion", "conversion": "conversion", "time": "time", "loss": "pain"}  # funnel:<name>:<what>
_KINDS = {"pain": "pain", "gain": "gain", "need": "needs", "thought": "needs", "action": "actions", "emotion": "emotion",
          "quote": "quotes", "opportunity": "opportunities", "experiment": "experiments"}


def lane_of(finding: Finding) -> str | None:
    """The lane a finding lies in, or None where it lies on no stage or belongs to no lane."""
    if finding.stage is None:
        return None
    key = finding.key.removeprefix(FUTURE)
    head = key.split(":", 1)[0]
    if key.startswith("reach:touchpoint"):
        return "touchpoints"
    if head in _HEADS:
        return _HEADS[head]
    if head == "funnel":
        # names of funnels may hold colons: what the finding tells stands behind them
        return next((lane for part in reversed(key.split(":")) if (lane := _STEPS.get(part))), None)
    if finding.kind in _KINDS:
        return _KINDS[finding.kind]
    return "satisfaction" if finding.source == "feedback" else None


def is_future(finding: Finding) -> bool:
    """Whether a finding tells of the future state."""
    return finding.key.startswith(FUTURE)
