"""Steps that share events: which steps can be served by different events of one and the same instant.

Only here does "every event fills one step only" need more than a look at the times. An instant's events are
reduced to how many of them match which steps; each distinct reduction is matched once (Kuhn 1955).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .rows import Bools, Ints, Rows
from .rule import Rule


def share_events(steps: Sequence[Rows]) -> bool:
    """Whether any event matches two of the steps."""
    for i, one in enumerate(steps):
        for other in steps[:i]:
            small, large = (one.o, other.o) if len(one) < len(other) else (other.o, one.o)
            if len(small) and np.any(large[np.minimum(np.searchsorted(large, small), len(large) - 1)] == small):
                return True
    return False


@dataclass(frozen=True)
class Ties:
    """The instants that hold several matching events.

    g: their numbers, ascending. all[i, a, k]: whether steps a … k can be served by different events of
    instant i; needed[i, a, k]: the same without the optional steps strictly between a and k.
    """

    g: Ints
    all: Bools
    needed: Bools

    def serving(self, a: int, k: int) -> tuple[Ints, Bools]:
        """The instants that can serve steps a … k (0-based), and whether with all optional steps."""
        which = self.needed[:, a, k]
        return self.g[which], self.all[which, a, k]


def ties_of(steps: Sequence[Rows], rule: Rule) -> Ties:
    """The ties among the events of all steps."""
    n = len(steps)
    mask, g = _masks(steps)
    first = np.flatnonzero(np.concatenate(([True], g[1:] != g[:-1]))) if len(g) else np.empty(0, dtype=np.intp)
    sizes = np.diff(np.append(first, len(g)))
    many = np.repeat(sizes > 1, sizes)
    if not many.any():
        return Ties(g[:0], np.empty((0, n, n), dtype=bool), np.empty((0, n, n), dtype=bool))
    instants, instant = np.unique(g[many], return_inverse=True)
    kinds, kind = np.unique(mask[many], return_inverse=True)
    pair, count = np.unique(instant.astype(np.int64) * len(kinds) + kind, return_counts=True)
    signatures = _signatures(pair // len(kinds), pair % len(kinds), np.minimum(count, n), len(instants), n)
    distinct, which = np.unique(signatures, axis=0, return_inverse=True)
    served = [_served(row, kinds, n, rule) for row in distinct]
    return Ties(instants, np.array([s[0] for s in served])[which.ravel()], np.array([s[1] for s in served])[which.ravel()])


def _masks(steps: Sequence[Rows]) -> tuple[Ints, Ints]:
    """Every matching event once: the steps it matches as bits, and its instant."""
    o = np.concatenate([s.o for s in steps])
    g = np.concatenate([s.g for s in steps])
    bit = np.concatenate([np.full(len(s), 1 << k, dtype=np.int64) for k, s in enumerate(steps)])
    order = np.argsort(o, kind="stable")
    o, g, bit = o[order], g[order], bit[order]
    first = np.flatnonzero(np.concatenate(([True], o[1:] != o[:-1]))) if len(o) else np.empty(0, dtype=np.intp)
    return np.bitwise_or.reduceat(bit, first) if len(o) else bit, g[first]


def _signatures(instant: Ints, kind: Ints, count: Ints, instants: int, n: int) -> Ints:
    """One row an instant: its (kind, count) pairs as numbers, padded with −1."""
    first = np.searchsorted(instant, np.arange(instants))
    column = np.arange(len(instant)) - first[instant]
    out = np.full((instants, int(column.max()) + 1), -1, dtype=np.int64)
    out[instant, column] = kind * (n + 1) + count
    return out


def _served(signature: Ints, kinds: Ints, n: int, rule: Rule) -> tuple[Bools, Bools]:
    """Two n × n tables for one signature: all of a … k, and the needed ones of a … k."""
    events: list[int] = []
    for code in signature[signature >= 0].tolist():
        events += [int(kinds[code // (n + 1)])] * (code % (n + 1))
    every, needed = np.zeros((n, n), dtype=bool), np.zeros((n, n), dtype=bool)
    for a in range(n):
        for k in range(a, n):
            inner = [s for s in range(a + 1, k) if not rule.is_optional(s)]
            needed[a, k] = _matches(sorted({a, *inner, k}), events)
            every[a, k] = needed[a, k] and _matches(list(range(a, k + 1)), events)
    return every, needed


def _matches(steps: list[int], events: list[int]) -> bool:
    """Whether every step gets an event of its own: augmenting paths in a bipartite graph."""
    taken: dict[int, int] = {}

    def place(step: int, seen: set[int]) -> bool:
        for event, mask in enumerate(events):
            if mask >> step & 1 and event not in seen:
                seen.add(event)
                if event not in taken or place(taken[event], seen):
                    taken[event] = step
                    return True
        return False

    return all(place(step, set()) for step in steps)
