"""A funnel counted once per value of a column, for all values in one walk.

A customer stands in the walk once for each value, as if they were different customers: with the events of that value,
and with numbers of events and instants of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .chains import Chains
from .kernel import walk
from .rows import Ints, Log, Rows
from .rule import Exclusion, Rule


def walk_by_value(log: Log, steps: Sequence[Rows], rule: Rule, exclusions: Sequence[Exclusion], value: Ints, step: int | None = None,
                  last_instant: Ints | None = None) -> tuple[Chains, Ints, Ints]:
    """The chains of every customer and value, and the customer and value of each; the excluded are left out.

    value: a code by position of the log, 0 where an event has none. step: None: each value on its own events alone, an
    event without one nowhere; else, of an ordered or strict funnel, only the events of that step (0-based) are told
    apart, 0 being a value too, and only those who reached it are given. Exclusions and last instants are those of all events.
    """
    told = [r.take(np.flatnonzero(value[r.o])) for r in steps] if step is None else [steps[step]]
    size = int(value.max(initial=0)) + 1
    pairs = _pairs(log, np.concatenate([r.u.astype(np.int64) * size + value[r.o] for r in told]), size)
    if step is None:
        own = [pairs.with_value(r, value) for r in told]
    else:
        own = [pairs.with_value(r, value) if k == step else pairs.with_any(r) for k, r in enumerate(steps)]
    last = None
    if last_instant is not None:
        last = np.where(last_instant[pairs.u] < 0, -1, last_instant[pairs.u] + pairs.shift_g)
    chains = walk(own, rule, [replace(e, rows=pairs.with_any(e.rows)) for e in exclusions], last_instant=last).kept
    if step is not None:
        chains = chains.take(chains.reached[:, step])
    return chains, pairs.u[chains.u], pairs.value[chains.u]


@dataclass(frozen=True)
class _Pairs:
    """The customers and values that occur together, by customer and value.

    shift_g, shift_o: what to add to the numbers of the customer's instants and events to get those of the pair.
    """

    u: Ints
    value: Ints
    size: int
    shift_g: Ints
    shift_o: Ints

    def with_value(self, rows: Rows, value: Ints) -> Rows:
        """Each of the rows at the pair of its customer and value."""
        pair = np.searchsorted(self.u * self.size + self.value, rows.u.astype(np.int64) * self.size + value[rows.o])
        order = np.argsort(pair, kind="stable")
        return self._at(rows.take(order), pair[order])

    def with_any(self, rows: Rows) -> Rows:
        """Each of the rows at every pair of its customer."""
        begin, end = (np.searchsorted(rows.u, self.u, side=side) for side in ("left", "right"))
        count = end - begin
        at = np.repeat(begin - (np.cumsum(count) - count), count) + np.arange(int(count.sum()))
        return self._at(rows.take(at), np.repeat(np.arange(len(count)), count))

    def _at(self, rows: Rows, pair: Ints) -> Rows:
        return Rows(pair, rows.t, rows.g + self.shift_g[pair], rows.o + self.shift_o[pair], known_sorted=True)


def _pairs(log: Log, keys: Ints, size: int) -> _Pairs:
    """The pairs of keys (customer × size + value), in any order and repeated."""
    keys = np.unique(keys)
    u = keys // size
    begin, end = log.first[u], log.first[u + 1]
    first = log.g[begin].astype(np.int64)
    instants, events = log.g[end - 1] - first + 1, end - begin
    return _Pairs(u, keys % size, size, np.cumsum(instants) - instants - first, np.cumsum(events) - events - begin)
