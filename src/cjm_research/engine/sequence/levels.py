"""The attempts that stand at each step of an ordered or strict funnel, and until when one can still go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .chains import spread
from .rows import FOREVER, NEVER, Bools, Ints, Rows, last_of_each
from .rule import Exclusion, Rule


@dataclass
class Level:
    """The attempts that stand at one step: where, since when, and which attempt each goes on from.

    source, at: level and row it came from (None: the level before). run, full: where several steps were taken at
    one instant, the first of them and whether the optional ones are among them.
    """

    u: Ints
    t: Ints
    g: Ints
    start: Ints
    at: Ints
    source: Ints | None = None
    run: Ints | None = None
    full: Bools | None = None

    def keep(self, which: Ints | Bools | slice) -> Level:
        parts = (self.u, self.t, self.g, self.start, self.at, self.source, self.run, self.full)
        return Level(*(None if p is None else p[which] for p in parts))


def open_until(levels: list[Level], customers: Ints, rule: Rule, exclusions: Sequence[Exclusion],
               last_instant: Ints | None, ends: Rows | None = None) -> Ints:
    """The last instant at which an unfinished attempt could still take its next step, by customer.

    customers: all who entered, ascending. last_instant: by customer code, the last instant in the log.
    """
    ends = ends if ends is not None and len(ends) else None
    if rule.takes_first and not exclusions and ends is None and len(levels) > 1:
        # an attempt at a later step never has more of its window left than the latest entry
        level = levels[0]
        return np.full(len(customers), FOREVER) if rule.window is None else level.start[last_of_each(level.u)] + rule.window
    until = np.full(len(customers), NEVER, dtype=np.int64)
    for step, level in enumerate(levels[:-1]):
        last = last_of_each(level.u)
        u, t, g, start = level.u[last], level.t[last], level.g[last], level.start[last]
        over = np.full(len(last), FOREVER, dtype=np.int64) if rule.window is None else start + rule.window
        gone = _moved_on(levels, step, u, start) if rule.takes_first else np.zeros(len(last), dtype=bool)
        if rule.order == "strict":
            gone |= True if last_instant is None else g < last_instant[u]
        if ends is not None:
            gone |= has_ended(ends, u, g)
        for following in rule.may_follow(step, len(levels)):
            limit = rule.step_window(following)
            end = over if limit is None else np.minimum(over, t + limit)
            closed = gone.copy()
            for exclusion in exclusions:
                x = exclusion.rows
                if exclusion.covers(step, following) and len(x):
                    after = np.minimum(np.searchsorted(x.g, g, side="right"), len(x) - 1)
                    closed |= (x.g[after] > g) & (x.u[after] == u)
            until = np.maximum(until, spread(customers, u[~closed], end[~closed], len(customers)))
    return until


def has_ended(ends: Rows, u: Ints, g: Ints, start: Ints | None = None, rule: Rule | None = None) -> Bools:
    """Whether an end lies at or after instants of customers; with starts of attempts and a rule, inside the window.

    At the same instant it ends too: nothing follows an end, so what shares its instant came before it.
    """
    after = np.searchsorted(ends.g, g, side="left")
    inside = np.minimum(after, len(ends) - 1)
    met = (after < len(ends)) & (ends.u[inside] == u)
    if start is not None and rule is not None and rule.window is not None:
        met &= ends.t[inside] - start <= rule.window
    return np.asarray(met)


def _moved_on(levels: list[Level], step: int, u: Ints, start: Ints) -> Bools:
    """Whether attempts at a step (customers and starts) went on to a later one, so that nothing more can come of them here."""
    gone = np.zeros(len(u), dtype=bool)
    for level in levels[step + 1:]:
        starts = level.start
        if np.any((level.u[1:] == level.u[:-1]) & (starts[1:] < starts[:-1])):  # with optional steps and exclusions
            starts = starts[np.lexsort((starts, level.u))]
        low, end = np.searchsorted(level.u, u), np.searchsorted(level.u, u, side="right")
        high = end.copy()
        while (open_ := low < high).any():  # binary search for the start among each customer's
            middle = (low + high) // 2
            earlier = np.zeros(len(u), dtype=bool)
            earlier[open_] = starts[middle[open_]] < start[open_]
            low = np.where(open_ & earlier, middle + 1, low)
            high = np.where(open_ & ~earlier, middle, high)
        inside = np.flatnonzero(low < end)
        gone[inside] |= starts[low[inside]] == start[inside]
    return gone
