"""The lanes of the map: one visible list, a lane is one row.

A finding names its lane; a name that is not in `LANES` is refused where the finding is made.
"""

from __future__ import annotations

from dataclasses import dataclass


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
    Lane("conversion", "Going on", "Of those who came here and were observed long enough, share seen in a later stage afterwards, and in the next one; below it steps of funnels.", limit=3),
    Lane("time", "Time", "Median time from the first interaction here to the next later stage; below it steps of funnels.", shown=False, limit=2),
    Lane("outcomes", "Outcomes", "What became of customers, as the client defines it: shares of all who are looked at.", limit=2),
    Lane("satisfaction", "Satisfaction", "Survey scores, each on its own scale.", limit=4),
    Lane("answers", "Answers", "What respondents choose at questions that name the touchpoint: shares of those who were shown the question.", shown=False, limit=4),
    Lane("drivers", "Goes with recommendation", "How answers about the touchpoint go together with recommendation (or the outcome that the client names): correlations, not effects.", limit=2),
    Lane("emotion", "Emotion", "Mean valence of coded passages, −2 very negative to +2 very positive.", limit=1),
    Lane("pain", "Pain points", "What hurts, by behaviour, survey, interviews and feedback, each counted by itself."),
    Lane("stake", "Value at stake", "What going on as often as the best persona, or as in the half before, would be worth at most.",
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

#: the lane of what people say or what the params say by hand, by the kind of the finding
OF_KIND = {"pain": "pain", "gain": "gain", "need": "needs", "thought": "needs", "action": "actions", "emotion": "emotion",
           "quote": "quotes", "opportunity": "opportunities", "experiment": "experiments"}
