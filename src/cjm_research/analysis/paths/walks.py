"""Journeys as sequences of nodes: one row a visit, by session or customer, in order."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from ...engine.sequence.rows import Bools, Ints, first_of_each, renumbered, units_by_group
from ...errors import BadInput, NotEnoughData, unknown
from ...log.actors import did_sql, left_out, not_done
from ...log.events import Events, Sessions, events_of, sessions_of
from ...log.segments import OTHER
from ...results.caveats import Note

if TYPE_CHECKING:
    from ...study import Study

TIED = 0.01  # share of moves inside one instant from which on it is told
START, END = "(start)", "(end)"
MARKS = (OTHER, START, END)
UNITS = ("session", "customer")


@dataclass(frozen=True)
class Walks:
    """Visits by unit and time. Columns have one entry a visit; `first` and `customer` one a unit.

    unit: number of the session or customer, ascending. node: code into `names`. t: µs. first: position of the unit's
    first visit (and the number of visits as last entry). customer: the customer code of the unit. rule: in words.
    notes: what was left out.
    """

    unit: Ints
    node: Ints
    t: Ints
    first: Ints
    customer: Ints
    names: list[str]
    rule: str
    notes: tuple[str, ...] = field(default=())
    order_told: bool = True  # whether the most common order of visits may be named
    untold: Bools | None = None  # by visit, whether nobody says if it or the next came first (None: of all somebody does)

    def __len__(self) -> int:
        return len(self.unit)

    @property
    def units(self) -> int:
        """How many sessions or customers have a visit."""
        return len(self.customer)

    @property
    def place(self) -> Ints:
        """The number of each visit within its unit, from 0."""
        return np.arange(len(self)) - self.first[self.unit]

    @property
    def lengths(self) -> Ints:
        """Visits of each unit."""
        return np.diff(self.first)

    def at_step(self, step: int, through: int) -> Ints:
        """The node of each unit at a step, from 0; `through` where its path is over."""
        out = np.full(self.units, through, dtype=np.int64)
        goes_on = np.flatnonzero(self.lengths > step)
        out[goes_on] = self.node[self.first[goes_on] + step]
        return out

    @property
    def is_last(self) -> Bools:
        """Whether a visit is the last of its unit."""
        out = np.zeros(len(self), dtype=bool)
        out[self.first[1:] - 1] = True
        return out

    def only(self, units: Bools) -> Walks:
        """Some of the units, renumbered."""
        keep = units[self.unit]
        some = walks_of(self.unit[keep], self.node[keep], self.t[keep], self.customer, self.names, self.rule, self.notes)
        return replace(some, order_told=self.order_told, untold=None if self.untold is None else self.untold[keep])

    def told(self) -> Walks:
        """The units of whose every move it is known which visit came first: whole paths, steps and loops speak of these."""
        if self.untold is None:
            return self
        doubtful = np.zeros(self.units, dtype=bool)
        doubtful[self.unit[self.untold]] = True
        return replace(self.only(~doubtful), untold=None)

    def code(self, name: str) -> int:
        """The code of a node. Raises `BadInput` for one that does not occur."""
        return node_code(name, self.names)


def node_code(name: str, names: Sequence[str]) -> int:
    """The place of a node among names. Raises `BadInput` for one that does not occur."""
    if name not in names:
        raise unknown("paths", "node", name, names, "correct the options of paths in the cell that asks, or in chapter_params")
    return list(names).index(name)


def walks_of(unit: Ints, node: Ints, t: Ints, customer: Ints, names: list[str], rule: str = "", notes: Sequence[str] = ()) -> Walks:
    """Walks from visits sorted by unit and time; `customer` is by the numbers in `unit`, which are renumbered."""
    begin = first_of_each(unit)
    return Walks(renumbered(unit), node, t, np.append(begin, len(unit)), np.asarray(customer)[unit[begin]], names, rule, tuple(notes))


def walk_nodes(study: Study, by: str = "event", unit: str = "session", timeout: float | None = None, *, nodes: int = 12,
               repeats: bool = False, ignore: Sequence[str] = (), keep: Sequence[str] = ()) -> Walks:
    """The journeys of a study over the values of `by` (event, touchpoint, channel, stage, `properties.<key>`).

    unit: session (the source's own; else by `timeout` seconds without an event, default 30 minutes) or customer.
    nodes: how many of the most visited values stay; the others become `(other)`, save those in `keep`. repeats:
    whether a node directly after itself is a new visit. ignore: values left out, as if their events were not there. A value
    in `keep` that does not occur changes nothing.
    Raises `BadInput` for unknown names and numbers that make no sense, `NotEnoughData` where no event has a value.
    """
    check(unit, timeout, nodes=nodes)
    events = events_of(study)
    notes: list[str] = []
    positions = np.arange(len(events.log)) if events.seen is None else np.flatnonzero(events.seen)
    if (did := events.did(did_sql(study, events))) is not None:
        positions = positions[did[positions]]
        notes += left_out(study, not_done(study, events))
    codes, known = events.values(by, events.log.take(positions))
    for name in ignore:
        if name not in known:
            raise unknown("paths", by, name, known[1:], "correct the options of paths in the cell that asks, or in chapter_params")
    has = (codes > 0) & ~np.isin(codes, [known.index(i) for i in ignore])
    if not has.any():
        raise nothing_left(by, ignore)
    empty = int((codes == 0).sum())
    if empty:
        notes.append(f"{empty:,} of {len(codes):,} events have no {by} and are left out.")
    notes += marks_in(known)
    positions, codes = positions[has], codes[has]
    units, customer, rule = _units(events, positions, unit, timeout, notes)
    inside = units >= 0
    positions, codes, units = positions[inside], codes[inside], units[inside]
    if np.any(units[1:] < units[:-1]):  # sessions of one customer that overlap
        order = np.argsort(units, kind="stable")
        positions, codes, units = positions[order], codes[order], units[order]
    node, names = _most_visited(units, codes, known, nodes, [k for k in keep if k in known])
    t = events.log.t[positions]
    if not repeats:
        new = np.ones(len(units), dtype=bool)
        new[1:] = (units[1:] != units[:-1]) | (node[1:] != node[:-1])
        units, node, t, positions = units[new], node[new], t[new], positions[new]
        rule += "; a node directly after itself is one visit"
    inner = units[1:] == units[:-1]
    tied = np.flatnonzero(inner & (t[1:] == t[:-1]) & (node[1:] != node[:-1]))
    doubtful = tied[~events.index.in_known_order(positions[tied], positions[tied + 1])]
    walks = walks_of(units, node, np.asarray(t), customer, names, rule)
    if not len(doubtful):
        return replace(walks, notes=tuple(notes))
    untold = np.zeros(len(units), dtype=bool)
    untold[doubtful] = True
    some, moves = len(np.unique(walks.unit[doubtful])), int(inner.sum())
    notes.append(at_one_instant(len(tied), len(doubtful), moves, some, walks.units))
    return replace(walks, notes=tuple(notes), order_told=len(doubtful) < TIED * moves, untold=untold)


def at_one_instant(tied: int, unsaid: int, moves: int, paths: int, units: int) -> str:
    """What to say where it is not known which of two visits came first, as in logs that tell only the day.

    tied: moves inside one instant; unsaid: those of which no export says the order; paths: units with such a move.
    """
    rest = f" Of {tied - unsaid:,} more the export says it." if tied > unsaid else ""
    return (f"{unsaid:,} of {moves:,} moves are between visits of the same instant of which no export says which came first. They are left out of what comes "
            f"after what; the {paths:,} of {units:,} paths that hold one are left out of whole paths, steps, loops and ways to a goal.{rest}")


def check(unit: str, timeout: float | None, **counts: int) -> None:
    """Raise `BadInput` for an unknown unit, a timeout that is none, and counts that are no whole numbers from 1."""
    if unit not in UNITS:
        raise unknown("paths", "unit", unit, UNITS, "correct the options of paths in the cell that asks, or in chapter_params")
    if timeout is not None and not (isinstance(timeout, int | float) and 0 < timeout < math.inf):
        raise BadInput("paths: timeout", repr(timeout), "seconds without an event, more than 0", "1800 is half an hour")
    for name, value in counts.items():
        if not isinstance(value, int | np.integer) or value < 1:
            raise BadInput(f"paths: {name}", repr(value), "a whole number, 1 or more", "correct the options of paths in the cell that asks, or in chapter_params")


def nothing_left(by: str, ignore: Sequence[str]) -> NotEnoughData:
    """What to raise where no event has a value of `by`, or only ignored ones."""
    if ignore:
        return NotEnoughData(f"paths by {by}", f"nothing is left without {', '.join(map(repr, ignore))}", "at least one value that is not ignored", "cjm check says what data there is")
    return NotEnoughData(f"paths by {by}", f"no interaction has a {by}", f"at least one interaction with a {by}", "by='event' needs nothing more")


def _units(events: Events, positions: Ints, unit: str, timeout: float | None, notes: list[str]) -> tuple[Ints, Ints, str]:
    if unit == "customer":
        return np.asarray(events.log.u[positions], dtype=np.int64), np.arange(events.log.customers), "one path a customer"
    sessions: Sessions = sessions_of(events, timeout)
    customer = np.zeros(sessions.count, dtype=np.int64)
    has = sessions.code >= 0
    customer[sessions.code[has]] = events.log.u[has]
    if sessions.without:
        notes.append(Note(f"{sessions.without:,} events belong to no session and are left out."))
    return sessions.code[positions], customer, f"one path a session: {sessions.rule}"


def _most_visited(units: Ints, codes: Ints, known: list[str], most: int, keep: Sequence[str]) -> tuple[Ints, list[str]]:
    """Nodes renumbered by how many units visit them; the rest is `(other)`, as last."""
    counts = units_by_group(units, codes, len(known))
    chosen = np.array(most_visited(known, counts, most, keep), dtype=np.int64)
    table = np.full(len(known), len(chosen), dtype=np.int64)
    table[chosen] = np.arange(len(chosen))
    names = [known[c] for c in chosen] + ([OTHER] if len(chosen) < int((counts > 0).sum()) else [])
    return table[codes], names


def most_visited(known: Sequence[str], counts: np.ndarray, most: int, keep: Sequence[str]) -> list[int]:
    """Which values stay nodes: those of most units, then those to keep; counts: units by value. Never those named as a mark is."""
    order = sorted((int(c) for c in np.flatnonzero(counts) if known[c] not in MARKS), key=lambda c: (-counts[c], known[c]))
    chosen = order[:max(1, most)]
    return chosen + [c for c in order[len(chosen):] if known[c] in keep]


def marks_in(known: Collection[str]) -> list[str]:
    """A note where values are named as a mark is."""
    found = [m for m in MARKS if m in known]
    return [f"Values named {', '.join(found)} are counted in {OTHER}: these names stand for something else here."] if found else []
