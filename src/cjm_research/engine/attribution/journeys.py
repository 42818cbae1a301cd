"""Touches before a conversion, and touches that led to none: what attribution divides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..sequence.rows import NEVER, Bools, Ints, Rows, first_in_group, first_of_each, renumbered, units_by_group


def _code_as_text(codes: Ints) -> list[str]:
    return [str(c) for c in codes.tolist()]


@dataclass(frozen=True)
class Journeys:
    """Touches by journey. `journey`, `touch` and `age` have one entry a touch, in order; the others one a journey.

    journey: number, ascending. touch: code into `names`. age: µs from the touch to the conversion (or to the last
    touch where there was none). customer: customer code. converted: False for a null path. value: of the
    conversion. untouched: conversions without any touch. pending: null paths too young to be called so, left out.
    ids: the ids of customer codes. same: by touch, whether its event is the conversion itself; None: not known.
    """

    journey: Ints
    touch: Ints
    age: Ints
    customer: Ints
    converted: np.ndarray
    value: np.ndarray
    names: Sequence[str]
    untouched: int = 0
    pending: int = 0
    ids: Callable[[Ints], Sequence[str]] = _code_as_text
    same: Bools | None = None

    @cached_property
    def first(self) -> Ints:
        """Position of each journey's first touch, and the number of touches as last entry."""
        return np.append(first_of_each(self.journey), len(self.journey))

    @property
    def lengths(self) -> Ints:
        """Touches of each journey."""
        return np.diff(self.first)

    @cached_property
    def place(self) -> Ints:
        """The number of each touch within its journey, from 0."""
        return np.arange(len(self.journey)) - self.first[:-1][self.journey]

    @cached_property
    def people(self) -> tuple[Ints, Ints]:
        """The codes of the customers who have journeys, ascending, and the place of each journey's customer among them."""
        if np.all(self.customer[1:] >= self.customer[:-1]):
            return self.customer[first_of_each(self.customer)], renumbered(self.customer)
        codes, place = np.unique(self.customer, return_inverse=True)
        return codes, place

    @cached_property
    def different(self) -> Ints:
        """Positions of the first touch of every value in every journey."""
        return first_in_group(self.journey, self.touch, len(self.names))

    def where(self, keep: Bools) -> Journeys:
        """Those of the journeys (one entry each) that are kept."""
        rows = keep[self.journey]
        return Journeys(renumbered(self.journey[rows]), self.touch[rows], self.age[rows], self.customer[keep], self.converted[keep],
                        self.value[keep], self.names, self.untouched, self.pending, self.ids, None if self.same is None else self.same[rows])


@dataclass(frozen=True)
class Stretches:
    """Journeys whose touches still have all values of the log, and those too young to be null paths.

    As `Journeys`; code: of the value of a touch. conversions: all, also those without a touch. young: by journey.
    """

    journey: Ints
    code: Ints
    age: Ints
    customer: Ints
    converted: Bools
    value: np.ndarray
    young: Bools
    conversions: int
    same: Bools

    def where(self, keep: Bools, conversions: int) -> Stretches:
        """Those of the journeys (one entry each) that are kept, of so many conversions."""
        rows = keep[self.journey]
        return Stretches(renumbered(self.journey[rows]), self.code[rows], self.age[rows], self.customer[keep], self.converted[keep], self.value[keep],
                         self.young[keep], conversions, self.same[rows])

    def sizes(self, values: int) -> Ints:
        """Journeys with each value."""
        return units_by_group(self.journey, self.code, values)

    def named(self, touch_of: Ints, names: Sequence[str], ids: Callable[[Ints], Sequence[str]] = _code_as_text) -> Journeys:
        """The journeys that are not young. touch_of: the touch (code into `names`) of every value."""
        all_ = Journeys(self.journey, touch_of[self.code], self.age, self.customer, self.converted, self.value, names,
                        self.conversions - int(self.converted.sum()), int(self.young.sum()), ids, self.same)
        return all_.where(~self.young) if all_.pending else all_


def stretches(goals: Rows, values: np.ndarray, rows: Rows, codes: Ints, *, window: int | None, end: int, begin: int = NEVER,
              sessions: tuple[Ints, Ints] | None = None) -> Stretches:
    """The touches of customers cut into journeys: those before each conversion, and those that led to none in between.

    goals: the conversions, of one log with the touches `rows`. values: of conversions; NaN counts as 0. codes: of the
    touches' values. window: µs that a touch may lie before the conversion; None: since the conversion before. A touch at
    the instant of the conversion counts. begin, end: of observation, µs; a journey is seen where it ends, its touches may lie
    before. sessions: numbers of the sessions of conversions and
    of touches, −1 for none, where only touches of the conversion's own session lead to it.
    """
    spot = np.searchsorted(goals.g, rows.g)  # the first conversion at or after each touch
    inside = np.minimum(spot, max(len(goals) - 1, 0))
    leads = spot < len(goals)
    if len(goals):
        leads &= goals.u[inside] == rows.u
        if window is not None:
            leads &= goals.t[inside] - rows.t <= window
        if sessions is not None:
            leads &= (sessions[0][inside] == sessions[1]) & (sessions[1] >= 0)
    # null paths: touches that lead nowhere, between two conversions (or before the first, after the last) of a customer
    stretch = np.where(leads, inside * 2 + 1, spot * 2)
    same = leads & (goals.o[inside] == rows.o) if len(goals) else leads
    u, t, code = np.asarray(rows.u), np.asarray(rows.t), codes
    if np.any(stretch[1:] < stretch[:-1]):  # a touch of another session between those of the conversion's own
        order = np.argsort(stretch, kind="stable")  # ascending stretches are ascending customers
        u, t, code, stretch, same = u[order], t[order], code[order], stretch[order], same[order]
    new = np.ones(len(u), dtype=bool)
    new[1:] = (u[1:] != u[:-1]) | (stretch[1:] != stretch[:-1])
    journey = np.cumsum(new) - 1
    first = np.flatnonzero(new)
    last = np.append(first[1:], len(u))[:len(first)] - 1
    converted, goal = stretch[first] % 2 == 1, stretch[first] // 2
    until, value = t[last].copy(), np.zeros(len(first))
    until[converted], value[converted] = goals.t[goal[converted]], np.nan_to_num(values[goal[converted]])
    young = ~converted & (t[last] > end - window) if window is not None else np.zeros(len(first), dtype=bool)
    found = Stretches(journey, code, until[journey] - t, u[first], converted, value, young, len(goals), same)
    return found if begin == NEVER else found.where(until >= begin, int((goals.t >= begin).sum()))
