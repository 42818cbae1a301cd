"""The kernel's one entry: checks the rule, and goes through the customers block by block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from ...errors import BadInput
from .chains import Chains
from .memory import reused_memory
from .ordered import count_ordered, walk_ordered
from .rows import Ints, Rows
from .rule import Exclusion, Rule
from .share import walk_share
from .unordered import walk_unordered

#: rows of all steps handled at once; bounds the memory and keeps a block near the processor's caches
BLOCK = 6_000_000
_MOST_STEPS = 60  # bits of a whole number


def walk(steps: Sequence[Rows], rule: Rule | None = None, exclusions: Sequence[Exclusion] = (), *,
         last_instant: Ints | None = None, disjoint: bool | None = None, ends: Rows | None = None) -> Chains:
    """How far each customer came along `steps`, under `rule`.

    steps: the events that match each step, in the order of the funnel; a step without events is fine. An event
    may match several steps and fills one of them. last_instant: `Log.last_instant()`, needed to say what is
    open in a strict funnel. disjoint: True where no event can match two steps (saves looking). ends: events after which nothing can follow; they change
    nobody's depth, only who can still go on, and who has ended.
    Raises `BadInput` for unsorted rows and for a rule without meaning.
    """
    rule = rule or Rule()
    if not 1 <= len(steps) <= _MOST_STEPS:
        raise BadInput("steps", f"{len(steps)} steps", f"1 to {_MOST_STEPS}", "split the funnel into two")
    rule.check(len(steps))
    for k, rows in enumerate(steps):
        rows.check(f"step {k + 1}")
    for exclusion in exclusions:
        exclusion.check(rule, len(steps))
        exclusion.rows.check("exclusions")
    if ends is not None:
        ends.check("ends")
    blocks = _blocks(steps, exclusions, ends)
    with reused_memory():
        if len(blocks) == 1:
            return _walk(*blocks[0], rule, last_instant, disjoint)
        parts = (_walk(*block, rule, last_instant, disjoint) for block in blocks)
        there = [s for s in steps if len(s)]
        most = min(sum(map(len, there)), max(int(s.u[-1]) for s in there) - min(int(s.u[0]) for s in there) + 1)
        return Chains.joined((p for p in parts if len(p)), len(steps), most)


def count(steps: Sequence[Rows], rule: Rule | None = None, *, disjoint: bool | None = None) -> Ints:
    """How many customers reach each step: as `walk(…).counts()`, without times and without what is open.

    For rules without exclusions and optional steps; others are walked in full.
    """
    rule = rule or Rule()
    if rule.order in ("unordered", "share") or any(rule.optional):
        return walk(steps, rule, disjoint=disjoint).counts()
    rule.check(len(steps))
    for k, rows in enumerate(steps):
        rows.check(f"step {k + 1}")
    with reused_memory():
        return np.asarray(sum(count_ordered(block, rule, disjoint) for block, *_ in _blocks(steps, (), None)))


def _walk(steps: Sequence[Rows], exclusions: Sequence[Exclusion], ends: Rows | None, rule: Rule, last_instant: Ints | None,
          disjoint: bool | None) -> Chains:
    if rule.order == "share":
        return walk_share(*steps)
    if rule.order == "unordered":
        return walk_unordered(steps, rule, exclusions, ends)
    return walk_ordered(steps, rule, exclusions, last_instant, disjoint, ends)


_Block = tuple[Sequence[Rows], Sequence[Exclusion], Rows | None]


def _blocks(steps: Sequence[Rows], exclusions: Sequence[Exclusion], ends: Rows | None) -> list[_Block]:
    """The same rows in blocks of whole customers."""
    rows = sum(map(len, steps))
    if rows <= BLOCK:
        return [(steps, exclusions, ends)]
    longest = max(steps, key=len).u
    count = -(-rows // BLOCK)
    cuts = np.unique(longest[np.linspace(0, len(longest) - 1, count + 1).astype(np.int64)[1:-1]])
    low = min(int(s.u[0]) for s in steps if len(s))
    high = max(int(s.u[-1]) for s in steps if len(s)) + 1
    edges = [low, *(int(c) for c in cuts if low < c < high), high]
    blocks: list[_Block] = []
    for first, last in pairwise(edges):
        blocks.append(([s.of_customers(first, last) for s in steps],
                       [replace(e, rows=e.rows.of_customers(first, last)) for e in exclusions],
                       None if ends is None else ends.of_customers(first, last)))
    return blocks
