"""Ordered and strict funnels: level by level, each event looks back to the last attempt that stands before it.

Why that is exact: of two attempts at the same step, the one with the later start also stands at the later
event (else they cross, and crossing attempts can swap their ends), so the last one before an event is at once
the nearest and the one with most of its window left. One binary search a step does it for all customers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .chains import Chains
from .levels import Level, has_ended, open_until
from .rows import NEVER, Bools, Ints, Rows, first_of_each, last_of_each
from .rule import Exclusion, Rule
from .ties import Ties, share_events, ties_of


def walk_ordered(steps: Sequence[Rows], rule: Rule, exclusions: Sequence[Exclusion],
                 last_instant: Ints | None, disjoint: bool | None, ends: Rows | None = None) -> Chains:
    """The chains of an ordered or strict funnel.

    last_instant: by customer code, the last instant in the log (only a strict funnel asks, for what is open).
    disjoint: True where no event can match two steps; None: look.
    """
    shared = not disjoint and share_events(steps)
    ties = ties_of(steps, rule) if shared else None
    if shared:
        # with shared events an instant is looked at as a whole, so one row each is enough
        steps = [s.take(first_of_each(s.g)) for s in steps]
    levels = [_first_level(steps[0], rule)]
    customers = levels[0].u[first_of_each(levels[0].u)]
    spoiled = np.zeros(len(customers), dtype=np.int8)
    for step in range(1, len(steps)):
        level, spoiled_u = _next_level(levels, steps[step], step, rule, exclusions, ties)
        spoiled[np.searchsorted(customers, spoiled_u)] = step + 1
        levels.append(level)
    return _collect(levels, customers, spoiled, rule, exclusions, last_instant, ends)


def count_ordered(steps: Sequence[Rows], rule: Rule, disjoint: bool | None) -> Ints:
    """How many customers reach each step of an ordered or strict funnel without exclusions and optional steps."""
    ties = ties_of(steps, rule) if not disjoint and share_events(steps) else None
    if ties is not None:
        steps = [s.take(first_of_each(s.g)) for s in steps]
    levels: list[Level] = []
    counts = []
    for step, rows in enumerate(steps):
        level = _next_level(levels, rows, step, rule, (), ties)[0] if step else _first_level(rows, rule)
        counts.append(1 + int(np.count_nonzero(level.u[1:] != level.u[:-1])) if len(level.u) else 0)
        if levels and ties is None:
            levels[-1] = levels[-1].keep(slice(0))  # nothing looks back further than one step
        levels.append(level)
    return np.array(counts)


def _first_level(rows: Rows, rule: Rule) -> Level:
    if rule.start != "best" and len(rows):
        rows = rows.take(first_of_each(rows.u) if rule.start == "first" else last_of_each(rows.u))
    return Level(rows.u, rows.t, rows.g, rows.t, np.empty(0, dtype=np.int32))


def _next_level(levels: list[Level], rows: Rows, step: int, rule: Rule, exclusions: Sequence[Exclusion],
                ties: Ties | None) -> tuple[Level, Ints]:
    """The attempts that stand at `step`, and the customers who came there only across a dropping exclusion."""
    if ties is not None or len(rule.sources(step)) > 1:
        level, spoiled = _from_several(levels, rows, step, rule, exclusions, ties)
        if rule.takes_first and len(level.u):
            level = level.keep(_first_arrivals(level))
        return level, spoiled
    here, at, cut, drop = _arrive(levels[step - 1], rows, step - 1, step, rule, exclusions, "right")
    spoiled = rows.u[here[drop]]
    if exclusions:
        here, at = here[~cut], at[~cut]
    if rule.takes_first and len(at):
        # of the events that carry on the same attempt only the first is taken
        first = first_of_each(at)
        here, at = here[first], at[first]
    return Level(rows.u[here], rows.t[here], rows.g[here], levels[step - 1].start[at], at), spoiled


def _arrive(level: Level, rows: Rows, source: int, step: int, rule: Rule, exclusions: Sequence[Exclusion],
            side: str) -> tuple[Ints, Ints, Bools, Bools]:
    """Rows that carry on an attempt of `level`: their positions, the attempts, whether an exclusion cuts them off
    and whether one that drops the customer does."""
    nothing = np.empty(0, dtype=np.intp)
    if not len(level.u) or not len(rows):
        return nothing, nothing, nothing.astype(bool), nothing.astype(bool)
    at = np.searchsorted(level.g, rows.g, side=side) - 1
    if rule.grace:
        at = _forgive(level, rows, at, rule.grace)
    ok = level.u[at] == rows.u
    ok &= at >= 0
    if rule.window is not None:
        ok &= rows.t - level.start[at] <= rule.window
    limit = rule.step_window(step)
    if limit is not None:
        ok &= rows.t - level.t[at] <= limit
    if rule.order == "strict":
        ok &= rows.g - level.g[at] <= 1
    here = np.flatnonzero(ok)
    at = at[here].astype(np.int32 if len(level.u) < 2**31 else np.int64)
    cut, drop = np.zeros(len(here), dtype=bool), np.zeros(len(here), dtype=bool)
    for exclusion in exclusions:
        x = exclusion.rows.g
        if exclusion.covers(source, step) and len(x):
            before = np.searchsorted(x, rows.g[here]) - 1
            hit = (before >= 0) & (x[before] > level.g[at])
            cut |= hit
            if exclusion.drops:
                drop |= hit
    return here, at, cut, drop


def _first_arrivals(level: Level) -> Bools:
    """Which rows of a level are the first of their attempt."""
    order = np.arange(len(level.u))
    same = level.u[1:] == level.u[:-1]
    if np.any(same & (level.start[1:] < level.start[:-1])):  # optional steps and exclusions let an earlier start come later
        order = np.lexsort((order, level.start, level.u))
    u, start = level.u[order], level.start[order]
    new = np.ones(len(u), dtype=bool)
    new[order[1:]] = (start[1:] != start[:-1]) | (u[1:] != u[:-1])
    return new


def _was_at(level: Level, rows: Rows, start: Ints) -> Bools:
    """Whether attempts (by their starts, one a row) had come to a step before the instants of the rows.

    The last that stands there has the latest start, so no other need be looked at.
    """
    if not len(level.u):
        return np.zeros(len(rows), dtype=bool)
    at = np.searchsorted(level.g, rows.g, side="left") - 1
    return np.asarray((at >= 0) & (level.u[at] == rows.u) & (level.start[at] == start))


def _forgive(level: Level, rows: Rows, at: Ints, grace: int) -> Ints:
    """Go on to attempts at most `grace` µs later than the row."""
    todo = np.arange(len(rows))
    while len(todo):
        ahead = at[todo] + 1
        inside = np.minimum(ahead, len(level.u) - 1)
        go = (ahead < len(level.u)) & (level.u[inside] == rows.u[todo]) & (level.t[inside] <= rows.t[todo] + grace)
        todo = todo[go]
        at[todo] += 1
    return at


def _from_several(levels: list[Level], rows: Rows, step: int, rule: Rule, exclusions: Sequence[Exclusion],
                  ties: Ties | None) -> tuple[Level, Ints]:
    """As `_next_level` where optional steps may be skipped or one instant may serve several steps."""
    size = len(rows)
    start, at = np.full(size, NEVER, dtype=np.int64), np.zeros(size, dtype=np.int64)
    source, run = np.zeros(size, dtype=np.int8), np.full(size, step, dtype=np.int8)
    full, drop = np.ones(size, dtype=bool), np.zeros(size, dtype=bool)

    def offer(where: Ints, starts: Ints, ats: Ints, from_level: int, first: int, whole: Bools | bool) -> None:
        better = starts > start[where]
        spot = where[better]
        start[spot], at[spot], source[spot], run[spot] = starts[better], ats[better], from_level, first
        full[spot] = whole if isinstance(whole, bool) else whole[better]

    def from_level(i: int, part: Rows, where: Ints, first: int, whole: Bools | bool) -> None:
        side = "right" if ties is None else "left"
        here, found, cut, dropped = _arrive(levels[i], part, i, first, rule, exclusions, side)
        if first == step:  # a run is stopped at its first step, which has been looked at
            drop[where[here[dropped]]] = True
        ok = ~cut
        if first < step and rule.takes_first:  # a run does not bring an attempt to its first step for a second time
            ok &= ~_was_at(levels[first], part.take(here), levels[i].start[found])
        kept = whole if isinstance(whole, bool) else whole[here[ok]]
        offer(where[here[ok]], levels[i].start[found[ok]], found[ok], i, first, kept)

    everywhere = np.arange(size)
    from_level(step - 1, rows, everywhere, step, True)
    runs = [(first, *ties.serving(first, step)) for first in range(step - 1, -1, -1)] if ties is not None else []
    for first, instants, whole in runs:
        where = np.searchsorted(rows.g, instants)
        if not len(where):
            continue
        part = rows.take(where)
        if first == 0:
            spot = np.minimum(np.searchsorted(levels[0].g, part.g), max(len(levels[0].u) - 1, 0))
            begins = levels[0].g[spot] == part.g if len(levels[0].u) else np.zeros(len(part), dtype=bool)
            offer(where[begins], part.t[begins], spot[begins], -1, 0, whole[begins])
        else:
            for i in rule.sources(first):
                from_level(i, part, where, first, whole)
    for i in rule.sources(step)[1:]:
        from_level(i, rows, everywhere, step, True)
    found = start != NEVER
    spoiled = rows.u[drop & ~found]
    level = Level(rows.u, rows.t, rows.g, start, at, source, run, full).keep(found)
    return level, spoiled


def _collect(levels: list[Level], customers: Ints, spoiled: Ints, rule: Rule, exclusions: Sequence[Exclusion],
             last_instant: Ints | None, ends: Rows | None) -> Chains:
    m, n = len(customers), len(levels)
    depth, deciding = np.zeros(m, dtype=np.int8), np.zeros(m, dtype=np.int64)
    first_reach = np.full((n, m), NEVER, dtype=np.int64).T  # steps lie together: they are read one by one
    place = np.empty(int(customers[-1] - customers[0]) + 1 if m else 0, dtype=np.int32)
    place[customers - customers[0] if m else customers] = np.arange(m, dtype=np.int32)
    for step, level in enumerate(levels):
        first = first_of_each(level.u)
        who = place[level.u[first] - customers[0]] if step and len(first) else slice(0, len(first))
        depth[who], deciding[who] = step + 1, first
        first_reach[who, step] = level.t[first]
    excluded = spoiled > depth
    for step, level in enumerate(levels[:-1]):
        _drop_stopped(level, step, customers, depth, deciding, excluded, rule, exclusions)
    ended = np.zeros(m, dtype=bool)
    if ends is not None and len(ends):
        for step, level in enumerate(levels):
            here = np.flatnonzero(depth == step + 1)
            at = deciding[here]
            ended[here] = has_ended(ends, level.u[at], level.g[at], level.start[at], rule)
    times = _trace(levels, depth, deciding, rule)
    return Chains(customers, depth, times != NEVER, times, first_reach[:, 0].copy(), first_reach,
                  open_until(levels, customers, rule, exclusions, last_instant, ends), excluded, ended)


def _drop_stopped(level: Level, step: int, customers: Ints, depth: Ints, deciding: Ints, excluded: Bools, rule: Rule,
                  exclusions: Sequence[Exclusion]) -> None:
    """Exclude customers whose attempts all ended at `step` and met a dropping exclusion inside the window after it.

    Changes `excluded`, and `deciding` where a later attempt stays clean.
    """
    following = [e.rows for e in exclusions if e.drops and e.after <= step < e.before]
    following += [e.rows for e in exclusions if e.drops and e.after > step
                  and all(rule.is_optional(s) for s in range(step + 1, e.after + 1))]
    if not following or not len(level.u):
        return
    who = np.searchsorted(customers, level.u)
    ended = depth[who] == step + 1
    hit = np.zeros(len(level.u), dtype=bool)
    for x in following:
        if not len(x):
            continue
        after = np.searchsorted(x.g, level.g, side="right")
        inside = np.minimum(after, len(x) - 1)
        met = (after < len(x)) & (x.u[inside] == level.u)
        if rule.window is not None:
            met &= x.t[inside] - level.start <= rule.window
        hit |= met
    clean = np.flatnonzero(ended & ~hit)
    first = clean[first_of_each(level.u[clean])]
    here = depth == step + 1
    saved = np.zeros(len(depth), dtype=bool)
    saved[who[first]] = True
    excluded |= here & ~saved
    deciding[who[first]] = first


def _trace(levels: list[Level], depth: Ints, deciding: Ints, rule: Rule) -> Ints:
    """The times of each customer's deciding attempt, read backwards from where it ended."""
    if any(level.source is not None for level in levels):
        return _trace_several(levels, depth, deciding, rule)
    times = np.full((len(levels), len(depth)), NEVER, dtype=np.int64).T
    who, row = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    for step in range(len(levels) - 1, -1, -1):
        ended = np.flatnonzero(depth == step + 1)
        who, row = np.concatenate((who, ended)), np.concatenate((row, deciding[ended]))
        times[who, step] = levels[step].t[row]
        if step:
            row = levels[step].at[row]
    return times


def _trace_several(levels: list[Level], depth: Ints, deciding: Ints, rule: Rule) -> Ints:
    """As `_trace`, where attempts skip optional steps or take several at one instant."""
    times = np.full((len(levels), len(depth)), NEVER, dtype=np.int64).T
    stands, row = depth.astype(np.int64) - 1, deciding.copy()
    for step in range(len(levels) - 1, -1, -1):
        level = levels[step]
        who = np.flatnonzero(stands == step)
        here = row[who]
        times[who, step] = level.t[here]
        if step == 0:
            break
        if level.source is None or level.run is None or level.full is None:
            stands[who], row[who] = step - 1, level.at[here]
            continue
        for taken in range(step):
            also = level.run[here] <= taken
            if rule.is_optional(taken):
                also &= level.full[here] | (level.run[here] == taken)
            times[who[also], taken] = level.t[here[also]]
        stands[who], row[who] = level.source[here], level.at[here]
    return times
