"""Segments of the customers of a funnel: by what they are, or by what their events say.

Every way but two puts each customer into exactly one segment, so that the segments add up to the total. The two
(`step:…` and `all`) are PostHog's and re-count the funnel per value; the frame says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from ...engine.log_index import CODED
from ...engine.sequence import NEVER, Chains, Rows
from ...engine.sequence.rows import Ints, first_of_each, last_of_each
from ...errors import BadInput, unknown
from ...log.events import NONE
from ...log.segments import OTHER, largest, one_code_a_name
from .passage import Passage, session_positions

AT = ("first", "last", "entry", "all")  # and step:<name>
CROSS = " × "  # between the columns, and the values, of a crossed breakdown


@dataclass(frozen=True)
class Segment:
    """One segment: its customers within a walk (the funnel's own, or one re-counted for this value)."""

    name: str
    passage: Passage
    which: Ints


@dataclass(frozen=True)
class Split:
    """All segments of one way to split, largest first. partition: each customer lies in exactly one."""

    by: str
    at: str
    segments: tuple[Segment, ...]
    partition: bool
    note: str = ""


def split_by(passage: Passage, by: str, at: str = "first", *, most: int = 12, least: int = 1,
             given: Mapping[str, str] | None = None, crossed: Sequence[str] = ()) -> Split:
    """The customers of a walk by a column, `properties.<key>`, `attributes.<key>`, or `given` values by customer id.

    at: for values of events, whose value counts: that of a customer's first or last funnel event that has one, of
    the entry of the deciding attempt, of a step (`step:<name>`, only customers who reached it), or of `all` events
    (the funnel is counted once per value, on its events alone). most: segments shown; the rest, and segments of
    fewer than `least` customers, go into `(other)`. crossed: the columns whose combinations are the segments; `by` is their name.
    Raises `BadInput` for unknown columns and ways.
    """
    if given is not None:
        events, people = passage.people()
        codes, names = events.by_customer(given, people)
        return _parted(passage, by, "customer", codes, names, most, least)
    if (at.startswith("step:") or at == "all") and not by.startswith("attributes."):
        if crossed:
            raise BadInput(f"funnel {passage.definition.name!r}: breakdown", f"{at} of several columns at once", "at: first, last or entry", "cross the columns there, or break down by one")
        return _recounted(passage, by, at, most, least)
    told = [_told(passage, column, at) for column in crossed or (by,)]
    codes, names, at = told[0]
    for more, others, _ in told[1:]:
        codes, names = codes * len(others) + more, [f"{a}{CROSS}{b}" for a in names for b in others]
    if crossed:
        found, codes = np.unique(codes, return_inverse=True)
        names = [names[c] for c in found]
    return _parted(passage, by, at, codes, names, most, least)


def _told(passage: Passage, by: str, at: str) -> tuple[Ints, list[str], str]:
    """Each unit's value of a column: codes, the values by code, and whose value it is."""
    units = passage.chains.u
    if by.startswith("attributes.") and passage.definition.unit == "account":
        raise BadInput(f"funnel {passage.definition.name!r}: breakdown", f"{by} is of customers, and accounts are counted, whose customers may differ in it",
                       "columns of events with unit: account", "take another column, or count customers")
    if by.startswith("attributes."):
        events, people = passage.people()
        return *events.attribute(by.removeprefix("attributes."), people), "customer"
    if at not in AT:
        raise unknown(f"funnel {passage.definition.name!r}: breakdown", "attribution", at, (*AT, "step:<name>"), "correct at of the breakdown in the cell that asks")
    if passage.remote is not None:
        return *passage.remote.values(by, at, passage.chains), at
    if at == "entry":
        return *_at_entry(passage, by), at
    if by in CODED and passage.sessions is None:
        return *_at_end(passage, by, at == "first"), at
    rows = _union(passage)
    value, names = values_at(passage, by, rows)
    has = np.flatnonzero(value > 0)
    pick = has[first_of_each(rows.u[has]) if at == "first" else last_of_each(rows.u[has])]
    codes = np.zeros(len(units), dtype=np.int64)
    spot = np.minimum(np.searchsorted(units, rows.u[pick]), max(len(units) - 1, 0))
    found = units[spot] == rows.u[pick] if len(units) else np.zeros(len(pick), dtype=bool)
    codes[spot[found]] = value[pick][found]
    return codes, names, at


def split_at(passage: Passage, moments: list[tuple[str, int]]) -> Split:
    """The customers by when they first entered: before the first moment (µs), from it to the next, …"""
    begun = passage.chains.first_start  # when the deciding attempt began would depend on how it ended
    edges = [NEVER + 1, *(m for _, m in moments), np.iinfo(np.int64).max]
    labels = [f"before {moments[0][0]}", *(f"from {a[0]} to {b[0]}" for a, b in pairwise(moments)),
              f"from {moments[-1][0]}"]
    parts = tuple(Segment(label, passage, np.flatnonzero((begun >= low) & (begun < high)))
                  for label, (low, high) in zip(labels, pairwise(edges), strict=True))
    return Split("period", "entry", parts, True)


def entry_times(passage: Passage) -> Ints:
    """When each customer's deciding attempt began, µs."""
    return np.asarray(passage.chains.times[:, 0])


def values_at(passage: Passage, by: str, rows: Rows) -> tuple[Ints, list[str]]:
    """The values of a column at some events: codes, and the values by code."""
    if passage.sessions is not None:  # positions among sessions → positions in the log
        rows = passage.events.log.take(session_positions(passage.sessions)[rows.o])
    return passage.events.values(by, rows)


def _union(passage: Passage) -> Rows:
    """The events of all steps, each once, in the order of the log."""
    joined = [np.concatenate(c) for c in zip(*((r.u, r.t, r.g, r.o) for r in passage.steps), strict=True)]
    _, first = np.unique(joined[3], return_index=True)
    return Rows(*(c[first] for c in joined))


def _at_end(passage: Passage, by: str, first: bool) -> tuple[Ints, list[str]]:
    """The value of a column of the index at each customer's first or last funnel event that has one, step by step."""
    units, column = passage.chains.u, passage.events.index.codes(by)
    none = len(passage.log) if first else -1
    best = np.full(len(units), none, dtype=np.int64)
    for rows in passage.steps:
        has = np.flatnonzero(column[rows.o])
        u = rows.u[has]
        pick = first_of_each(u) if first else last_of_each(u)
        u, o = u[pick], rows.o[has[pick]]
        spot = np.minimum(np.searchsorted(units, u), max(len(units) - 1, 0))
        inside = np.flatnonzero(units[spot] == u) if len(units) else spot[:0]
        at = spot[inside]
        best[at] = (np.minimum if first else np.maximum)(best[at], o[inside])
    known = np.flatnonzero(best != none)
    codes = np.zeros(len(units), dtype=np.int64)
    codes[known] = column[best[known]]
    return codes, [NONE, *passage.events.index.names[by]]


def _at_entry(passage: Passage, by: str) -> tuple[Ints, list[str]]:
    """The value of each customer's entry event (the first of them, where several share the instant)."""
    rows = passage.steps[0] if passage.definition.rule.order != "unordered" else _union(passage)
    value, names = values_at(passage, by, rows)
    out = np.zeros(len(passage.chains), dtype=np.int64)
    who = np.minimum(np.searchsorted(passage.chains.u, rows.u), max(len(out) - 1, 0))
    here = (passage.chains.u[who] == rows.u) & (entry_times(passage)[who] == rows.t) if len(out) else np.zeros(len(rows), dtype=bool)
    at = np.flatnonzero(here)
    pick = at[first_of_each(who[at])]
    out[who[pick]] = value[pick]
    return out, names


def _parted(passage: Passage, by: str, at: str, codes: Ints, names: list[str], most: int, least: int) -> Split:
    codes, names, joined = largest(codes, names, most, least)
    parts = [Segment(name, passage, np.flatnonzero(codes == c)) for c, name in enumerate(names)]
    note = f"{joined} smaller values are in {OTHER}" if joined else ""
    return Split(by, at, tuple(parts), True, note)


def _recounted(passage: Passage, by: str, at: str, most: int, least: int) -> Split:
    remote = passage.remote
    if at == "all":
        made = remote.recounted(by, None) if remote is not None else _on_own_events(passage, by)
        note = "each value is counted on its own events, so a customer may be in several segments or in none"
    else:
        step = passage.definition.step_index(at.removeprefix("step:"))
        if passage.definition.rule.order == "unordered":
            raise BadInput(f"funnel {passage.definition.name!r}: breakdown", f"{at} in an unordered funnel", ", ".join(AT), "correct at of the breakdown in the cell that asks")
        made = remote.recounted(by, step) if remote is not None else _by_step(passage, by, step)
        note = f"only customers who reached {passage.definition.steps[step].name!r}, once for each value they reached it with"
    found = sorted(((name, c) for name, c in made if len(c)), key=lambda x: (-len(x[1]), x[0]))
    parts = []
    for name, chains in found[:most]:
        if len(chains) >= least:
            own = replace(passage, chains=chains, pending=np.zeros(len(chains), dtype=bool), ended=np.zeros(len(chains), dtype=bool),
                          completed=chains.reached[:, passage.definition.last_needed])
            parts.append(Segment(name, own, np.arange(len(chains))))
    left = len(found) - len(parts)
    return Split(by, at, tuple(parts), False, note + (f"; {left} smaller values are not shown" if left else ""))


def _by_step(passage: Passage, by: str, step: int) -> Iterator[tuple[str, Chains]]:
    value, names = values_at(passage, by, passage.steps[step])
    value = one_code_a_name(value, names)
    for code in np.unique(value):
        steps = list(passage.steps)
        steps[step] = steps[step].take(np.flatnonzero(value == code))
        chains = passage.rewalk(steps).kept
        yield names[code], chains.take(chains.reached[:, step])


def _on_own_events(passage: Passage, by: str) -> Iterator[tuple[str, Chains]]:
    values = [values_at(passage, by, rows) for rows in passage.steps]
    known = sorted({name for _, names in values for name in names})
    for name in known:
        steps = [rows.take(np.flatnonzero(_equals(code, names, name)))
                 for rows, (code, names) in zip(passage.steps, values, strict=True)]
        if name != NONE and any(len(r) for r in steps):
            yield name, passage.rewalk(steps).kept


def _equals(code: Ints, names: list[str], name: str) -> Ints:
    return np.asarray(code == (names.index(name) if name in names else -1))


