"""Events as the sequence kernel reads them: sorted columns of whole numbers, nothing of the event's content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import BadInput

Ints = npt.NDArray[np.signedinteger[Any]]
Bools = npt.NDArray[np.bool_]

NEVER = np.iinfo(np.int64).min  # stands for "no time" in columns of times
FOREVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Rows:
    """The events that match one condition, by customer and time.

    u: customer code (0, 1, …, ascending). t: time, µs. g: number of the instant, ascending; events share one
    exactly when customer and time are equal, and a customer's instants are numbered without a gap over the
    *whole* log. o: number of the event itself, ascending; equal in two `Rows` exactly for the same event.
    known_sorted: made by code that sorts, so that nobody needs to look.
    """

    u: Ints
    t: Ints
    g: Ints
    o: Ints
    known_sorted: bool = False

    def __len__(self) -> int:
        return len(self.g)

    def take(self, which: Any) -> Rows:
        """The rows at a mask, a slice or ascending positions."""
        return Rows(self.u[which], self.t[which], self.g[which], self.o[which], self.known_sorted)

    def of_customers(self, first: int, last: int) -> Rows:
        """The rows of customers first … last − 1; views, nothing is copied."""
        low, high = np.searchsorted(self.u, [first, last])
        return self.take(slice(int(low), int(high)))

    def check(self, what: str) -> None:
        """Raise `BadInput` unless the rows are sorted: a wrong order would give a wrong number in silence."""
        if self.known_sorted:
            return
        if len({len(c) for c in (self.u, self.t, self.g, self.o)}) > 1:
            raise BadInput(what, "columns of different length", "u, t, g and o of the same events", "hand over four columns of one length")
        if len(self) and (np.any(self.g[1:] < self.g[:-1]) or np.any(self.o[1:] <= self.o[:-1])):
            raise BadInput(what, "events that are not sorted by customer and time, or an event given twice",
                           "ascending g and o", "take them from a Log")


@dataclass(frozen=True)
class Log:
    """All events of all customers, by customer and time: the columns `Rows` are taken from.

    first: position of each customer's first event, with the number of events as its last entry.
    """

    u: Ints
    t: Ints
    g: Ints
    first: Ints

    def __len__(self) -> int:
        return len(self.t)

    @property
    def customers(self) -> int:
        """Number of customer codes; a code may have no event."""
        return len(self.first) - 1

    def take(self, positions: Ints) -> Rows:
        """The events at ascending positions."""
        return Rows(self.u[positions], self.t[positions], self.g[positions], positions)

    def select(self, mask: Bools) -> Rows:
        """The events where `mask` (one value an event, in the order of the log) is true."""
        at = np.flatnonzero(mask)
        return Rows(self.u[at], self.t[at], self.g[at], at, known_sorted=True)

    def after(self, u: Ints, t: Ints) -> Ints:
        """The position of each customer's first event later than t (the end of the customer's events if none)."""
        u = np.asarray(u)
        low, high = np.asarray(self.first[u]).copy(), np.asarray(self.first[u + 1]).copy()
        todo = np.flatnonzero(low < high)
        while len(todo):  # a binary search each; those who have few events are soon through
            middle = (low[todo] + high[todo]) >> 1
            go = self.t[middle] <= t[todo]
            low[todo[go]] = middle[go] + 1
            high[todo[~go]] = middle[~go]
            todo = todo[low[todo] < high[todo]]
        return low

    def last_instant(self) -> Ints:
        """The number of each customer's last instant, −1 for a customer without events."""
        if not len(self):
            return np.full(self.customers, -1)
        return np.where(self.first[1:] > self.first[:-1], self.g[np.maximum(self.first[1:] - 1, 0)], -1)


def log_of(u: Ints, t: Ints) -> tuple[Log, Ints]:
    """A `Log` of events in any order, and the input row of each of its positions.

    u: customer codes ≥ 0 (leave events without a customer out and count them). t: µs.
    Events of one customer at one time keep the order given; no result depends on it.
    """
    u, t = np.asarray(u), np.asarray(t, dtype=np.int64)
    if len(u) and u.min() < 0:
        raise BadInput("customer codes", f"{int((u < 0).sum())} events without a customer", "codes from 0",
                       "leave them out and report their number; they are never pooled into one customer")
    order = np.lexsort((t, u))
    u, t = u[order], t[order]
    new = np.ones(len(u), dtype=bool)
    new[1:] = (u[1:] != u[:-1]) | (t[1:] != t[:-1])
    size = np.int32 if len(u) < 2**31 - 1 else np.int64
    g: Ints = (np.cumsum(new) - 1).astype(size)
    first = np.searchsorted(u, np.arange(int(u[-1]) + 2 if len(u) else 1))
    return Log(u, t, g, first), order


def first_of_each(u: Ints) -> Ints:
    """Positions of the first row of each run of equal values."""
    if not len(u):
        return np.empty(0, dtype=np.intp)
    return np.concatenate(([0], np.flatnonzero(u[1:] != u[:-1]) + 1))


def last_of_each(u: Ints) -> Ints:
    """Positions of the last row of each run of equal values."""
    if not len(u):
        return np.empty(0, dtype=np.intp)
    return np.concatenate((np.flatnonzero(u[1:] != u[:-1]), [len(u) - 1]))


def renumbered(x: Ints) -> Ints:
    """Numbers from 0 without gaps for runs of equal values."""
    out = np.zeros(len(x), dtype=np.int64)
    np.cumsum(x[1:] != x[:-1], out=out[1:])
    return out


def distinct(ascending: Ints) -> int:
    """How many different values ascending numbers hold."""
    return len(first_of_each(ascending))


def first_in_group(unit: Ints, group: Ints, size: int) -> Ints:
    """The position of each unit's first row in each of `size` groups, by group. unit: ascending."""
    # few groups: numpy sorts short whole numbers by counting, and the units of a group stay ascending
    narrow = np.uint8 if size <= 1 << 8 else np.uint16 if size <= 1 << 16 else np.int64
    order = np.argsort(group.astype(narrow), kind="stable")
    unit, group = unit[order], group[order]
    new = np.ones(len(unit), dtype=bool)
    new[1:] = (unit[1:] != unit[:-1]) | (group[1:] != group[:-1])
    return order[new]


def units_by_group(unit: Ints, group: Ints, size: int) -> Ints:
    """How many different units each of `size` groups has. unit: ascending."""
    return np.bincount(group[first_in_group(unit, group, size)], minlength=size)
