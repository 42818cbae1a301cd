"""All attempts of every customer, one after the other: what other tools call totals.

A customer enters with the first event of step 1, leaves the attempt by completing it, by an excluded event or when
the window is over, and enters again with the next event of step 1 after that.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...errors import BadInput
from .rows import Ints, Rows, first_of_each
from .rule import Exclusion, Rule
from .ties import share_events

_NONE = np.int64(np.iinfo(np.int64).max)  # no such event


def check_attempts(rule: Rule) -> None:
    """Raise `BadInput` for a rule by which attempts are not counted: strict, unordered, or with optional steps."""
    if rule.order != "ordered" or any(rule.optional):
        raise BadInput("attempts", f"order {rule.order}" + (", optional steps" if any(rule.optional) else ""), "order ordered, no optional step",
                       "count customers instead")


def count_attempts(steps: Sequence[Rows], rule: Rule, exclusions: Sequence[Exclusion] = (), *, shared: bool | None = None) -> Ints:
    """How many attempts reached each step. An attempt takes the first event that follows; exclusions end it.

    Where steps share events each next one must be strictly later. shared: whether they do, in the whole log of which
    these may be some customers; None: look. Raises `BadInput` for rules that `check_attempts` refuses.
    """
    check_attempts(rule)
    rule.check(len(steps))
    entries = steps[0].take(first_of_each(steps[0].g))
    m = len(entries)
    if not m:
        return np.zeros(len(steps), dtype=np.int64)
    shared = share_events(steps) if shared is None else shared
    over = np.full(m, _NONE) if rule.window is None else entries.t + rule.window
    depth = np.ones(m, dtype=np.int64)
    at_g, at_t = entries.g.astype(np.int64), entries.t.copy()
    left = np.full(m, -1, dtype=np.int64)  # the instant at which an attempt ended before its window
    going = np.ones(m, dtype=bool)
    for k in range(1, len(steps)):
        g, t = _following(steps[k], entries.u, at_g, "right" if shared else "left")
        limit = rule.step_window(k)
        latest = over if limit is None else np.minimum(over, at_t + limit)
        reached = going & (t <= latest) & (t != _NONE)
        for exclusion in exclusions:
            if exclusion.covers(k - 1, k):
                x_g, x_t = _following(exclusion.rows, entries.u, at_g, "right")
                hit = going & (x_t != _NONE) & (x_t <= over) & (x_g < np.where(reached, g, _NONE))
                left[hit] = np.where(left[hit] < 0, x_g[hit], np.minimum(left[hit], x_g[hit]))
        reached &= left < 0
        going = reached
        depth[reached] += 1
        at_g, at_t = np.where(reached, g, at_g), np.where(reached, t, at_t)
    left[going] = at_g[going]
    return np.array([int((depth[_entered(entries, left, over)] >= k + 1).sum()) for k in range(len(steps))])


def _following(rows: Rows, u: Ints, g: Ints, side: str) -> tuple[Ints, Ints]:
    """Instant and time of the first of the rows after each instant g of the same customer; the largest number if none."""
    if not len(rows):
        return np.full(len(u), _NONE), np.full(len(u), _NONE)
    at = np.searchsorted(rows.g, g, side=side)
    inside = np.minimum(at, len(rows) - 1)
    met = (at < len(rows)) & (rows.u[inside] == u)
    return np.where(met, rows.g[inside].astype(np.int64), _NONE), np.where(met, rows.t[inside], _NONE)


def _entered(entries: Rows, left: Ints, over: Ints) -> Ints:
    """The entries that begin an attempt, by following each customer's attempts to their next entry."""
    m = len(entries)
    # an attempt that ended is followed by the next entry after that instant, one that ran out by the next after its window
    after_exit = np.searchsorted(entries.g, left, side="right")
    begin = first_of_each(entries.u)
    ends = np.append(begin[1:], m)[np.searchsorted(begin, np.arange(m), side="right") - 1]
    low, high = np.arange(m) + 1, ends.copy()
    while np.any(low < high):  # first entry of the customer later than the window
        middle = (low + high) // 2
        go = (low < high) & (entries.t[np.minimum(middle, m - 1)] <= over)
        low, high = np.where(go, middle + 1, low), np.where(go | (low >= high), high, middle)
    following = np.minimum(np.where(left >= 0, after_exit, low), ends)
    following = np.where(following >= ends, m, following)
    jump = np.append(following, m)
    seen = np.zeros(m + 1, dtype=bool)
    seen[begin] = True
    while True:  # after round r everything within 2^r attempts of a first entry is marked
        more = seen.copy()
        more[jump[seen]] = True
        if np.array_equal(more, seen):
            break
        seen, jump = more, jump[jump]
    return np.flatnonzero(seen[:m])
