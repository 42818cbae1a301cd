"""What the kernel returns: for every customer who entered, how far and when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from .rows import NEVER, Bools, Ints


@dataclass(frozen=True)
class Chains:
    """One entry a customer who entered, in ascending customer code; steps are columns.

    depth: furthest step reached, 1 … n. reached: whether the deciding attempt holds the step (all up to depth,
    save skipped optional ones). times: when, µs, `NEVER` where not reached; in an unordered funnel the k-th
    column is the k-th of the matched events. The deciding attempt is the one that first gets furthest, with the
    latest possible start. first_start: first event of step 1 (unordered: of any step). first_reach: when any
    attempt first reached the step. open_until: last instant at which an attempt could still go on, `NEVER`
    where none could, `FOREVER` without a window. excluded: dropped by an exclusion; counts nowhere. ended: an end lies at or
    after the last step of the deciding attempt, inside its window.
    """

    u: Ints
    depth: Ints
    reached: Bools
    times: Ints
    first_start: Ints
    first_reach: Ints
    open_until: Ints
    excluded: Bools
    ended: Bools

    def __len__(self) -> int:
        return len(self.u)

    @property
    def kept(self) -> Chains:
        """Without the excluded customers."""
        return self.take(~self.excluded) if self.excluded.any() else self

    def take(self, which: Ints | Bools) -> Chains:
        """Some of the customers."""
        return Chains(*(getattr(self, f.name)[which] for f in fields(self)))

    def counts(self) -> Ints:
        """How many customers reached each step, the excluded left out."""
        return np.asarray(self.kept.reached.sum(axis=0))

    @classmethod
    def empty(cls, steps: int) -> Chains:
        """Nobody entered."""
        none, wide = np.empty(0, dtype=np.int64), np.empty((0, steps), dtype=np.int64)
        return cls(none, none.astype(np.int8), wide.astype(bool), wide, none, wide, none, none.astype(bool), none.astype(bool))

    @classmethod
    def joined(cls, parts: Iterable[Chains], steps: int, most: int) -> Chains:
        """Blocks of ascending customers as one, of at most so many customers.

        Room for `most` is asked for at once; what is not written to costs no memory, and no page is touched twice.
        """
        room: list[Any] = []
        at = 0
        for part in parts:
            columns = [getattr(part, f.name) for f in fields(cls)]
            if not room:
                room = [np.empty((*c.shape[1:], most), dtype=c.dtype).T for c in columns]
            for column, found in zip(room, columns, strict=True):
                column[at:at + len(part)] = found
            at += len(part)
        return cls(*(column[:at] for column in room)) if room else cls.empty(steps)


def spread(u: Ints, at: Ints, values: Ints, size: int) -> Ints:
    """`values` of the customers `at`, laid out over the ascending customers `u`; `NEVER` elsewhere."""
    out = np.full(size, NEVER, dtype=np.int64)
    out[np.searchsorted(u, at)] = values
    return out
