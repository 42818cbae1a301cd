"""The walk of a funnel: its events are selected, the kernel walks them, and what it said is kept for edits that go back and forth."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ...engine.sequence import Chains, Exclusion, Log, Rows
from ...engine.sequence.rows import Ints
from ...engine.sequence.ties import share_events
from ...log.door import log_of
from ...log.ends import CLOSED_DEALS, ends_sql
from ...log.events import Events, Sessions, accounts_of, sessions_of
from ...log.on_spark import RemoteEvents
from ...results.caveats import Note
from .definition import Definition, without_grace
from .passage import Passage, absent, finished, session_positions
from .remote_walk import remote_walk

if TYPE_CHECKING:
    from ...study import Study

_KEPT = 8  # walks kept for a study


def walk_funnel(study: Study, definition: Definition) -> Passage:
    """Walk a funnel, or take the walk from before. Raises `NotEnoughData` without interactions."""
    study.note("interactions", *(["customers"] if definition.unit == "account" else []))
    kept = study.kept("funnels walked", OrderedDict[str, Passage])
    key = repr(definition)
    if key not in kept:
        log = log_of(study)
        kept[key] = remote_walk(study, definition) if isinstance(log, RemoteEvents) else _walk(log, definition, study.params.identity.account, study.has("deals"))
        while len(kept) > _KEPT:
            kept.popitem(last=False)
    kept.move_to_end(key)
    return kept[key]


def _walk(events: Events, definition: Definition, account: str, deals: bool) -> Passage:
    d = definition
    notes: list[str] = []
    chosen = [events.select(s, f"funnel {d.name!r}, step {s.name!r}", s.first_ever) for s in d.steps]
    for step, rows in zip(d.steps, chosen, strict=True):
        notes += absent(events, step.event, f"step {step.name!r}")
        if not len(rows):
            notes.append(f"Nothing matches step {step.name!r}; it and all that needs it count zero.")
    excluded_rows = []
    for e in d.exclusions:
        notes += absent(events, e.event, "an exclusion")
        excluded_rows.append(events.select(e, f"funnel {d.name!r}, an exclusion"))
    lists = [set(s.event) for s in d.steps]
    disjoint = all(lists) and sum(map(len, lists)) == len(set().union(*lists))
    if not disjoint:
        disjoint = not share_events(chosen)
    if d.rule.grace and not disjoint:
        d = without_grace(d)
        notes.append(Note("Steps share events, so consecutive steps must come in order here even within two seconds."))
    ends, d = _ends(events, d, chosen, deals)
    for end in d.ends:
        notes += absent(events, end.event, "an end")
    log, sessions, customer, to_unit = events.log, None, None, None
    if d.unit != "customer":
        log, sessions, customer, to_unit, note = _by_unit(events, sessions_of(events) if d.unit == "session" else accounts_of(events, account), d.unit)
        notes += note
        chosen, excluded_rows = [to_unit(r) for r in chosen], [to_unit(r) for r in excluded_rows]
        ends = None if ends is None else to_unit(ends)
    exclusions = tuple(Exclusion(r, d.step_index(e.after), d.step_index(e.before), e.mode == "drop_person")
                       for e, r in zip(d.exclusions, excluded_rows, strict=True))
    for exclusion in exclusions:
        exclusion.check(d.rule, len(d.steps))
    if events.index.without_customer:
        notes.append(Note(f"{events.index.without_customer:,} events name no customer; they are left out, not pooled."))
    if events.late:
        notes.append(events.late)
    out = Passage(d, events, log, tuple(chosen), exclusions, Chains.empty(len(d.steps)), np.empty(0, bool), np.empty(0, bool), 0,
                 customer, sessions, disjoint, tuple(notes), tuple(map(len, chosen)), ends=ends, account=account)
    return finished(out, out.rewalk(chosen))


def _ends(events: Events, d: Definition, steps: Sequence[Rows], deals: bool) -> tuple[Rows | None, Definition]:
    """The events that end a funnel, the steps' own left out; and the funnel, which says whether closed deals end it.

    They do where its last needed step is a deal's, since a closed deal says nothing of what does not hang on it.
    """
    goal = steps[d.last_needed]
    names = events.index.names["event"]
    codes = np.unique(events.index.codes("event")[goal.o]) if deals and len(goal) else np.empty(0, dtype=np.int64)
    if len(codes) and all(names[c - 1].startswith("deal: ") for c in codes.tolist()) and len(events.positions(CLOSED_DEALS)):
        d = replace(d, closed_deals=True)
    if not d.can_end:
        return None, d
    found = events.positions(ends_sql(d.ends, d.closed_deals))
    return events.restrict(events.log.take(np.setdiff1d(found, np.concatenate([r.o for r in steps])))), d


def _by_unit(events: Events, sessions: Sessions, unit: str) -> tuple[Log, Sessions, Ints, Callable[[Rows], Rows], list[str]]:
    """The log with sessions (or accounts) in place of customers, and what turns rows of one into rows of the other."""
    order = session_positions(sessions)
    u, t = sessions.code[order], events.log.t[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (u[1:] != u[:-1]) | (t[1:] != t[:-1])
    first = np.searchsorted(u, np.arange(sessions.count + 1))
    log = Log(u, t, np.cumsum(new) - 1, first)
    place = np.full(len(events.log), -1, dtype=np.int64)
    place[order] = np.arange(len(order))
    customer = np.zeros(sessions.count, dtype=np.int64)
    customer[u] = events.log.u[order]

    def to_unit(rows: Rows) -> Rows:
        found = place[rows.o]
        return log.take(np.sort(found[found >= 0]))

    notes: list[str] = [Note(f"Counted are {unit}s: {sessions.rule}.")]
    if sessions.without:
        notes.append(Note(f"{sessions.without:,} events belong to no {unit} and are left out."))
    return log, sessions, customer, to_unit, notes
