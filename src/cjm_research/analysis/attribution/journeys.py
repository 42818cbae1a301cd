"""Touches before a conversion, and touches that led to none: what attribution divides."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ...engine.sequence import Rows
from ...engine.sequence.rows import Ints, first_in_group, first_of_each, units_by_group
from ...errors import NotEnoughData
from ..events import absent_event, events_of, sessions_of
from ..remote import RemoteEvents, is_remote, remote_of
from .selected import Selected, selected_remotely

if TYPE_CHECKING:
    from ...study import Study


@dataclass(frozen=True)
class Journeys:
    """Touches by journey. `journey`, `touch` and `age` have one entry a touch, in order; the others one a journey.

    journey: number, ascending. touch: code into `names`. age: µs from the touch to the conversion (or to the last
    touch where there was none). customer: customer code. converted: False for a null path. value: of the
    conversion. untouched: conversions without any touch. pending: null paths too young to be called so, left out.
    """

    journey: Ints
    touch: Ints
    age: Ints
    customer: Ints
    converted: np.ndarray
    value: np.ndarray
    names: list[str]
    untouched: int = 0
    pending: int = 0

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
    def person(self) -> Ints:
        """The customer of each journey, numbered without gaps."""
        return np.unique(self.customer, return_inverse=True)[1]

    @cached_property
    def different(self) -> Ints:
        """Positions of the first touch of every value in every journey."""
        return first_in_group(self.journey, self.touch, len(self.names))


def journeys_of(study: Study, conversion: str, touch: str = "channel", lookback: float | None = None, touch_events: list[str] | None = None,
                same_session: bool = False, least: int = 1, most: int = 12) -> Journeys:
    """The journeys of a study to an event.

    conversion: event name. touch: column (or `properties.<key>`) whose value is the touch. touch_events: events that
    are touches; default: the first event of every session that has a value. lookback: seconds before the conversion;
    default: since the conversion before. same_session: only touches of the conversion's own session. A touch at the
    instant of the conversion counts. most: values kept; the others, and values of fewer than `least` journeys, are
    "(other)". Raises `BadInput` for unknown columns,
    `NotEnoughData` without a conversion or a touch.
    """
    remote = is_remote(study)
    events = remote_of(study) if remote else events_of(study)
    known = events.index.names["event"]
    for name in [conversion, *(touch_events or [])]:
        absent_event("attribution", name, known)
    chosen = selected_remotely(events, conversion, touch, touch_events) if isinstance(events, RemoteEvents) else \
        _selected(study, conversion, touch, touch_events, same_session)
    goals, rows, codes, names = chosen.goals, chosen.rows, chosen.codes, chosen.names
    if not len(goals):
        raise NotEnoughData("attribution", f"no event {conversion!r} in the period", "at least one conversion")
    if not len(rows):
        raise NotEnoughData("attribution", f"no event has a {touch}", "at least one touch", "name the events that are touches")
    window = np.iinfo(np.int64).max if lookback is None else round(lookback * 1e6)
    spot = np.searchsorted(goals.g, rows.g)  # the first conversion at or after each touch
    inside = np.minimum(spot, len(goals) - 1)
    leads = (spot < len(goals)) & (goals.u[inside] == rows.u)
    leads &= goals.t[inside] - rows.t <= window
    if same_session:
        leads &= (chosen.goal_session[inside] == chosen.session) & (chosen.session >= 0)
    # null paths: touches that lead nowhere, between two conversions (or before the first, after the last) of a customer
    stretch = np.where(leads, inside * 2 + 1, spot * 2)
    order = np.lexsort((rows.o, stretch, rows.u))
    u, t, code, stretch, lead = (x[order] for x in (np.asarray(rows.u), np.asarray(rows.t), codes, stretch, leads))
    new = np.ones(len(u), dtype=bool)
    new[1:] = (u[1:] != u[:-1]) | (stretch[1:] != stretch[:-1])
    journey = np.cumsum(new) - 1
    begin = np.append(np.flatnonzero(new), len(u))
    last = begin[1:] - 1
    converted, goal = lead[begin[:-1]], stretch[begin[:-1]] // 2
    goal = np.minimum(goal, len(goals) - 1)
    value = np.nan_to_num(chosen.values)
    end = np.where(converted, goals.t[goal], t[last])
    young = ~converted & (t[last] > events.end - window) if lookback is not None else np.zeros(len(last), dtype=bool)
    code, names = _largest(code, journey, names, most, least)
    keep = ~young[journey]
    return Journeys(_renumbered(journey[keep]), code[keep], (end[journey] - t)[keep], u[begin[:-1]][~young], converted[~young],
                    np.where(converted, value[goal], 0.0)[~young], names, len(goals) - int(converted.sum()), int(young.sum()))


def _selected(study: Study, conversion: str, touch: str, touch_events: list[str] | None, same_session: bool) -> Selected:
    events = events_of(study)
    goals = events.restrict(events.index.of_event([conversion]))
    rows, codes, names = _touches(study, touch, touch_events)
    session = sessions_of(events).code if same_session else None
    none = np.empty(0, dtype=np.int64)
    return Selected(goals, rows, codes, names, events.numbers("value", goals), none if session is None else session[goals.o],
                    none if session is None else session[rows.o])


def _renumbered(x: Ints) -> Ints:
    """Ascending numbers without gaps."""
    return np.cumsum(np.concatenate(([0], (x[1:] != x[:-1]).astype(np.int64)))) if len(x) else x


def _touches(study: Study, touch: str, touch_events: list[str] | None) -> tuple[Rows, Ints, list[str]]:
    events = events_of(study)
    if touch_events:
        rows = events.restrict(events.index.of_event(touch_events))
        codes, names = events.values(touch, rows)
        return rows.take(np.flatnonzero(codes)), codes[codes > 0], names
    log = events.log
    rows = events.restrict(Rows(log.u, log.t, log.g, np.arange(len(log))))
    codes, names = events.values(touch, rows)
    rows, codes = rows.take(np.flatnonzero(codes)), codes[codes > 0]
    session = sessions_of(events).code[rows.o]
    # an event outside any session is a touch of its own
    session = np.where(session < 0, -1 - np.arange(len(session)), session)
    _, first = np.unique(session, return_index=True)
    first.sort()
    return rows.take(first), codes[first], names


def _largest(code: Ints, journey: Ints, names: list[str], most: int, least: int) -> tuple[Ints, list[str]]:
    """Touches renumbered, those in most journeys first; the rest is `(other)`."""
    counts = units_by_group(journey, code, len(names))
    order = sorted((int(c) for c in np.flatnonzero(counts)), key=lambda c: (-counts[c], names[c]))
    shown = [c for c in order[:most] if counts[c] >= least]
    table = np.full(len(names), len(shown), dtype=np.int64)
    table[shown] = np.arange(len(shown))
    return table[code], [names[c] for c in shown] + (["(other)"] if len(shown) < len(order) else [])
