"""Unordered funnels: how many of the steps different events inside one window can match.

Every matching event opens a window. Steps that share no event are looked up one by one; steps that share
events are counted by subsets (König 1931; Hall 1935): r of them are served as soon as every subset of s steps
out of c has seen r − (c − s) events.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np

from ...errors import BadInput
from .chains import Chains, spread
from .rows import FOREVER, NEVER, Bools, Ints, Rows, first_of_each
from .rule import MAX_SHARED, Exclusion, Rule


def walk_unordered(steps: Sequence[Rows], rule: Rule, exclusions: Sequence[Exclusion], ends_of: Rows | None = None) -> Chains:
    """The chains of an unordered funnel.

    An excluded event ends the windows it lies in; one that drops also discards what an unfinished window had
    matched, and the customer goes on from there (as PostHog does).
    """
    n = len(steps)
    opens = _union(steps)
    opens = opens.take(first_of_each(opens.g))
    if rule.start == "first":
        opens = opens.take(first_of_each(opens.u))
    if not len(opens):
        return Chains.empty(n)
    ends, met = _ends(opens, rule, exclusions)
    reach = np.empty((len(opens), n), dtype=np.int64)
    column = 0
    for group in _groups(steps):
        for times in _served_at([steps[k] for k in group], opens):
            reach[:, column] = np.where(times <= ends, times, FOREVER)
            column += 1
    reach.sort(axis=1)
    over = FOREVER if rule.window is None else opens.t + rule.window
    # a window that an excluded event has ended is not open any more
    until = np.where(ends < _limits(opens, rule), NEVER, over)
    ended = np.zeros(len(opens), dtype=bool)
    if ends_of is not None and len(ends_of):  # at or after the last event that the window matched
        depths = (reach != FOREVER).sum(axis=1)
        after = _nth(ends_of, np.searchsorted(ends_of.g, opens.g, side="left"), opens.u)
        last = reach[np.arange(len(opens)), depths - 1]
        early = np.flatnonzero(after < last)
        after[early] = _later(ends_of, opens.u[early], last[early])
        until = np.where(after != FOREVER, NEVER, until)
        ended = (after != FOREVER) & (after <= _limits(opens, rule))
    return _collect(opens, reach, met & (reach[:, -1] == FOREVER), until, ended)


def _union(parts: Iterable[Rows]) -> Rows:
    """The events of several conditions, each once."""
    joined = [np.concatenate(c) for c in zip(*((p.u, p.t, p.g, p.o) for p in parts), strict=True)]
    order = np.argsort(joined[3], kind="stable")
    rows = Rows(*(c[order] for c in joined))
    return rows.take(first_of_each(rows.o))


def _ends(opens: Rows, rule: Rule, exclusions: Sequence[Exclusion]) -> tuple[Ints, Bools]:
    """The last time that belongs to the window an event opens, and whether a dropping exclusion lies in it."""
    ends = _limits(opens, rule)
    dropped = np.zeros(len(opens), dtype=bool)
    cut = ends.copy()
    for exclusion in exclusions:
        x = exclusion.rows
        if len(x):
            at = _nth(x, np.searchsorted(x.g, opens.g, side="right"), opens.u)
            cut = np.minimum(cut, at)
            if exclusion.drops:
                dropped |= at <= ends
    return cut, dropped


def _limits(opens: Rows, rule: Rule) -> Ints:
    """The last time that belongs to the window an event opens, if nothing ends it before."""
    return np.full(len(opens), FOREVER - 1, dtype=np.int64) if rule.window is None else opens.t + rule.window


def _groups(steps: Sequence[Rows]) -> list[list[int]]:
    """Steps by whether they share events, directly or through others."""
    group = list(range(len(steps)))
    for i, j in combinations(range(len(steps)), 2):
        if len(np.intersect1d(steps[i].o, steps[j].o, assume_unique=True)):
            group = [group[i] if x == group[j] else x for x in group]
    found = [[k for k, x in enumerate(group) if x == name] for name in sorted(set(group))]
    largest = max(map(len, found))
    if largest > MAX_SHARED:
        raise BadInput("steps", f"{largest} steps of an unordered funnel share events", f"at most {MAX_SHARED}", "give steps events of their own, or order: ordered")
    return found


def _served_at(group: Sequence[Rows], opens: Rows) -> list[Ints]:
    """For r = 1 … c the time at which, from each opening on, r of the c steps are served; `FOREVER` if never."""
    c = len(group)
    times = [np.full(len(opens), NEVER, dtype=np.int64) for _ in range(c)]
    for size in range(1, c + 1):
        for subset in combinations(range(c), size):
            stream = _union(group[k] for k in subset) if size > 1 else group[subset[0]]
            first = np.searchsorted(stream.g, opens.g)
            for r in range(1, c + 1):
                wanted = r - (c - size)  # the wanted-th event of the stream
                if wanted > 0:
                    times[r - 1] = np.maximum(times[r - 1], _nth(stream, first + wanted - 1, opens.u))
    return times


def _later(stream: Rows, u: Ints, t: Ints) -> Ints:
    """The time of the first of the rows of each customer at or after t; `FOREVER` if none."""
    low, high = np.searchsorted(stream.u, u), np.searchsorted(stream.u, u, side="right")
    end = high.copy()
    while (todo := np.flatnonzero(low < high)).size:
        middle = (low[todo] + high[todo]) // 2
        go = stream.t[middle] < t[todo]
        low[todo[go]] = middle[go] + 1
        high[todo[~go]] = middle[~go]
    return np.where(low < end, stream.t[np.minimum(low, len(stream) - 1)], FOREVER)


def _nth(stream: Rows, at: Ints, u: Ints) -> Ints:
    if not len(stream):
        return np.full(len(u), FOREVER, dtype=np.int64)
    inside = np.minimum(at, len(stream) - 1)
    return np.where((at < len(stream)) & (stream.u[inside] == u), stream.t[inside], FOREVER)


def _collect(opens: Rows, reach: Ints, spoiled: Bools, open_until: Ints, ended: Bools) -> Chains:
    """The window that first matches most steps, and of those that end with it the last to open.

    spoiled: windows whose matches are discarded. open_until: by window, `NEVER` where it can match nothing more.
    """
    n = reach.shape[1]
    first = first_of_each(opens.u)
    customers = opens.u[first]
    who = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(opens))))
    excluded = np.logical_and.reduceat(spoiled, first)
    reach[spoiled & ~excluded[who]] = FOREVER
    depths = (reach != FOREVER).sum(axis=1)
    depth = np.maximum.reduceat(depths, first)
    deepest = np.flatnonzero(depths == depth[who])
    end = reach[deepest, depths[deepest] - 1]
    first_end = np.minimum.reduceat(end, first_of_each(who[deepest]))
    same_end = deepest[end == first_end[who[deepest]]]
    deciding = np.empty(len(first), dtype=np.int64)
    deciding[who[same_end]] = same_end  # the last one written stays
    times = np.where(np.arange(n) < depth[:, None], reach[deciding], NEVER)
    first_reach = np.full((len(first), n), NEVER, dtype=np.int64)
    for k in range(n):
        got = np.flatnonzero(reach[:, k] != FOREVER)
        earliest = got[first_of_each(opens.u[got])]
        first_reach[:, k] = spread(customers, opens.u[earliest], reach[earliest, k], len(first))
    until = np.maximum.reduceat(np.where(spoiled, NEVER, open_until), first)
    return Chains(customers, depth.astype(np.int8), times != NEVER, times, first_reach[:, 0].copy(), first_reach, until,
                  excluded, ended[deciding])
