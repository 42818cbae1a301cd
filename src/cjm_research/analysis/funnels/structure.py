"""Which segments cannot take a step at all, so that comparing them there would tell what everybody knows.

An online basket is not filled in a store. A segment cannot take a step where the params say so (`not_for`), where none of its
members ever did through any route, and, by channel, where no event of the step happens through that channel.
"""

from __future__ import annotations

import numpy as np

from ...log.events import NONE
from ...log.segments import OTHER
from .segments import Segment, Split, values_at

CHANNEL = "channel"  # the one column whose values say where an event can happen; others say who, or what led to it


def cannot_take(split: Split) -> dict[int, list[str]]:
    """Step (0-based) → the segments that cannot take it, in their order; steps that all can take are absent."""
    if not split.segments:
        return {}
    steps = range(1, len(split.segments[0].passage.definition.names))
    found = {k: [s.name for s in split.segments if _declared(split, s, k) or _never(s, k) or _elsewhere(split, s, k)] for k in steps}
    return {k: names for k, names in found.items() if names}


def _declared(split: Split, segment: Segment, step: int) -> bool:
    steps = segment.passage.definition.steps
    return step < len(steps) and segment.name in steps[step].not_for.get(split.by, [])


def _never(segment: Segment, step: int) -> bool:
    """Whether no member ever had an event of the step, in the funnel's order or out of it."""
    passage = segment.passage
    if passage.chains.reached[segment.which, step].any():
        return False
    if passage.remote is not None:  # a cluster tells who came through, not who had the event at another time
        return False
    if passage.definition.rule.order == "unordered" or not len(segment.which):
        return True
    return not np.isin(passage.chains.u[segment.which], passage.steps[step].u).any()


def _elsewhere(split: Split, segment: Segment, step: int) -> bool:
    """Whether all events of the step have a channel, and none has that of the segment."""
    passage = segment.passage
    if split.by != CHANNEL or split.at == "all" or passage.remote is not None or passage.definition.rule.order == "unordered" or segment.name in (OTHER, NONE):
        return False
    codes, names = values_at(passage, CHANNEL, passage.steps[step])
    there = {names[c] for c in np.unique(codes)}
    return bool(there) and NONE not in there and segment.name not in there
