"""What the data do not say, in at most three lines."""

from __future__ import annotations

from ..results.subjects import ExperimentEffect, Flag, GoingOn, Reach
from . import phrases
from .model import Step
from .told import Told

MOST = 3


def unknown(told: Told, first: Step | None) -> list[str]:
    """What a reader should not take for known, that which changes decisions most first."""
    sources = {f.source for f in told.ours} - {"assumption"}
    out = []
    asked, told_them = "survey" in sources or "feedback" in sources, "interview" in sources
    if "behaviour" in sources and not asked and not told_them:
        out.append("Why people leave: nobody was asked or interviewed.")
    elif not told_them:
        out.append("What people think in their own words: nobody was interviewed.")
    dark = [s.name for f, s in told.of(Reach) if s.place == "stage" and f.estimate is None]
    if dark:
        out.append(f"What {told.people} do in {phrases.listing(dark)}: the data hold nothing that they did there.")
    if any(not s.ordered for _, s in told.of(GoingOn)):
        out.append(f"In which order {told.people} come to the stages: the data give one time to all of it.")
    if "behaviour" not in sources:
        out.append(f"What {told.people} do: no events of theirs were delivered.")
    flags = [s.touchpoint for _, s in told.of(Flag)]
    if flags:
        out.append(f"Why sources disagree about {phrases.listing(flags[:3])}.")
    tested = first is not None and any(f.id == first.finding for f, _ in told.of(ExperimentEffect))
    if tested:
        out.append("Whether the effect lasts: a test shows weeks, not years.")
    elif first is not None:
        out.append("Whether the first step works: no test has tried it.")
    if "experiment" not in sources and first is None:
        out.append("What would work better: nothing was tested.")
    return out[:MOST]
