"""The lanes of the map and which findings lie in them."""

from __future__ import annotations

from dataclasses import dataclass

from ..result import Finding


@dataclass(frozen=True)
class Lane:
    """A row of the map. shown: whether the default view has it; limit: findings shown at first in a cell."""

    name: str
    title: str
    meaning: str
    shown: bool = True
    limit: int = 3
    backstage: bool = False


LANES: tuple[Lane, ...] = (
    Lane("actions", "Customer actions", "What customers do here, most frequent first.", shown=False),
    Lane("touchpoints", "Touchpoints and channels", "Where customers and brand meet; share of all customers seen there.", limit=6),
    Lane("reach", "Reach", "Share of all customers seen in the stage."),
    Lane("conversion", "Conversion", "Of the customers seen here, share seen in a later stage afterwards."),
    Lane("time", "Time", "Median time from the first interaction here to the next later stage.", shown=False),
    Lane("satisfaction", "Satisfaction", "Survey scores, each on its own scale.", limit=4),
    Lane("emotion", "Emotion", "Mean valence of coded passages, −2 very negative to +2 very positive."),
    Lane("pain", "Pain points", "What hurts: in behaviour, surveys, interviews and feedback."),
    Lane("gain", "Gains", "What delights.", shown=False),
    Lane("needs", "Needs and thoughts", "What customers want and think.", shown=False),
    Lane("quotes", "Voices", "Verbatim quotes.", limit=2),
    Lane("opportunities", "Opportunities", "Problems framed as chances, with status and owner."),
    Lane("experiments", "Experiments", "Running and finished tests and their results.", shown=False),
    Lane("metrics", "Against target", "Scores against target or benchmark.", shown=False),
    Lane("backstage", "Backstage", "Owner, systems and processes behind the line of visibility.", shown=False, limit=6, backstage=True),
)
BY_NAME = {lane.name: lane for lane in LANES}


def lane_of(finding: Finding) -> str | None:
    """The lane a finding lies in, or None where it lies on no stage or belongs to no lane."""
    if finding.stage is None:
        return None
    head = finding.key.split(":", 1)[0]
    if head in ("backstage", "actions"):
        return head
    if finding.key.startswith("reach:touchpoint"):
        return "touchpoints"
    if head in ("reach", "conversion", "time", "satisfaction", "target"):
        return {"target": "metrics"}.get(head, head)
    by_kind = {"pain": "pain", "gain": "gain", "need": "needs", "thought": "needs", "action": "actions", "emotion": "emotion",
               "quote": "quotes", "opportunity": "opportunities", "experiment": "experiments"}
    if finding.kind in by_kind:
        return by_kind[finding.kind]
    return "satisfaction" if finding.source == "feedback" else None
