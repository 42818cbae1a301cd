"""The customers of a funnel, walked once: every frame of the answer is an aggregate of what is kept here."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from ...engine.log_index import LogIndex
from ...engine.sequence import Chains, Exclusion, Log, Rows, count_attempts, walk
from ...engine.sequence.rows import Bools, Ints
from ...engine.sequence.ties import share_events
from ...errors import did_you_mean
from ...log.ends import CLOSED_DEALS, ends_sql
from ...log.events import Events, Sessions, accounts_of, events_of, sessions_of
from ...log.on_spark import is_remote
from ...results.caveats import Note
from .definition import Definition, without_grace

if TYPE_CHECKING:
    import pandas as pd

    from ...study import Study
    from .remote_walk import RemoteSteps

SESSION_ENDS = 1_800_000_000  # µs without an event after which a session is over, as in `sessions_of`
_KEPT = 8  # walks kept for a study, for edits of a notebook that go back and forth
_walks: weakref.WeakKeyDictionary[Study, OrderedDict[str, Walked]] = weakref.WeakKeyDictionary()


@dataclass(frozen=True)
class Walked:
    """What the kernel said about one funnel.

    chains: those who entered and were not excluded. steps, exclusions: the rows they came from. log: the log of the
    unit counted. customer: customer code by unit code (None: they are the same). end: end of observation, µs.
    pending: who has not completed and still can. ended: who has not completed and cannot, since an end lies at or after their last
    step. ends: the ends' rows. excluded: how many an exclusion dropped. notes: what a reader
    must know about the selection. matched: events that match each step. remote: where the log lies on Spark; `log`,
    `steps` and `exclusions` are empty then.
    """

    definition: Definition
    events: Events
    log: Log
    steps: tuple[Rows, ...]
    exclusions: tuple[Exclusion, ...]
    chains: Chains
    pending: Bools
    completed: Bools
    excluded: int
    customer: Ints | None
    sessions: Sessions | None
    disjoint: bool
    notes: tuple[str, ...]
    matched: tuple[int, ...] = ()
    remote: RemoteSteps | None = None
    ended: Bools = field(default_factory=lambda: np.empty(0, bool))
    ends: Rows | None = None
    account: str = ""  # attribute that names the account, where accounts are counted

    @property
    def end(self) -> int:
        """The last instant observed, µs."""
        return self.events.end

    @property
    def index(self) -> LogIndex:
        """Where the ids of customers are."""
        return self.events.index

    @property
    def ripe(self) -> Bools:
        """Who has had a whole chance: entered first at least a window before the end; a session: is over.

        It does not depend on whether they converted, so rates among them are not biased by recent entrants.
        """
        chains, window = self.chains, self.definition.rule.window
        if self.definition.unit == "session":
            return np.asarray(last_seen(self, chains) + SESSION_ENDS <= self.end)
        if window is None:  # where nothing ends it everybody has had their chance; else those of whom the outcome is known
            return ~self.pending if self.definition.can_end else np.ones(len(chains), dtype=bool)
        return np.asarray(chains.first_start <= self.end - window)

    def people(self) -> tuple[Events, Ints]:
        """Events whose index knows the customers of the chains, and their codes there."""
        if self.remote is not None:
            return self.remote.people(self.chains.u)
        return self.events, self.customers(self.chains.u)

    def customers(self, units: Ints) -> Ints:
        """The customer codes of unit codes."""
        return units if self.customer is None else self.customer[units]

    def ids(self, units: Ints) -> pd.api.extensions.ExtensionArray:
        """The pseudonyms (or session ids) of unit codes."""
        import pandas as pd

        if self.sessions is None or self.remote is not None:
            return pd.array(self.index.ids(units), dtype="string")
        if self.sessions.ids is not None:
            return pd.array([str(self.sessions.ids[int(u)]) for u in units], dtype="string")
        people = self.customers(units)
        first = np.searchsorted(self.customer, people)  # the customer's first session
        return pd.array(self.index.ids(people), dtype="string") + " #" + pd.array(units - first + 1).astype("string")

    def attempts(self) -> Ints:
        """How many attempts reached each step (see `count_attempts`). Raises `BadInput` where they are not counted."""
        if self.remote is not None:
            return self.remote.attempts()
        return count_attempts(self.steps, self.definition.rule, self.exclusions)

    def rewalk(self, steps: Sequence[Rows], definition: Definition | None = None) -> Chains:
        """The chains of the same funnel over other rows."""
        d = definition or self.definition
        return walk(steps, d.rule, self.exclusions, last_instant=_last_instant(self), disjoint=self.disjoint, ends=self.ends)


def walked(study: Study, definition: Definition) -> Walked:
    """Walk a funnel, or take the walk from before. Raises `NotEnoughData` without interactions."""
    study.note("interactions", *(["customers"] if definition.unit == "account" else []))
    kept = _walks.setdefault(study, OrderedDict())
    key = repr(definition)
    if key not in kept:
        if is_remote(study):
            from .remote_walk import remote_walk

            kept[key] = remote_walk(study, definition)
        else:
            kept[key] = _walk(events_of(study), definition, study.params.identity.account, study.has("deals"))
        while len(kept) > _KEPT:
            kept.popitem(last=False)
    kept.move_to_end(key)
    return kept[key]


def _walk(events: Events, definition: Definition, account: str, deals: bool) -> Walked:
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
    out = Walked(d, events, log, tuple(chosen), exclusions, Chains.empty(len(d.steps)), np.empty(0, bool), np.empty(0, bool), 0,
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


def finished(walked: Walked, chains: Chains) -> Walked:
    """A walk with what the kernel said: who is left, who completed, who is pending."""
    d, kept = walked.definition, chains.kept
    completed = kept.reached[:, d.last_needed]
    still = kept.open_until > walked.end
    if d.unit == "session":
        still &= last_seen(walked, kept) + SESSION_ENDS > walked.end
    elif d.window is None and not d.can_end:
        still &= False  # without a window nobody is ever out of time; the answer says so
    return replace(walked, chains=kept, completed=completed, pending=~completed & still, ended=kept.ended & ~completed & ~still,
                   excluded=len(chains) - len(kept))


def last_seen(walked: Walked, chains: Chains) -> Ints:
    """The time of each unit's last event up to the end of observation, µs."""
    if walked.remote is not None:
        return walked.remote.last[chains.u]
    log, u = walked.log, chains.u
    return np.asarray(log.t[np.maximum(log.after(u, np.full(len(u), walked.end)) - 1, 0)]) if len(u) else u


def _last_instant(w: Walked) -> Ints | None:
    if w.definition.rule.order != "strict":
        return None
    seen = w.events.seen
    if seen is None:
        return w.log.last_instant()
    # instants outside the period are not observed
    last = np.full(w.log.customers, -1, dtype=np.int64)
    mask = seen if w.sessions is None else seen[session_positions(w.sessions)]
    np.maximum.at(last, w.log.u[mask], w.log.g[mask])
    return last


def absent(events: Events, names: Sequence[str], where: str) -> list[str]:
    known = set(events.index.names["event"])
    return [f"No event {name!r} in the data ({where}).{did_you_mean(name, known)}" for name in names if name not in known]


def session_positions(sessions: Sessions) -> Ints:
    """Positions of the log that belong to a session, by session and time."""
    if sessions.order is not None:
        return sessions.order
    inside = np.flatnonzero(sessions.code >= 0)
    return inside[np.argsort(sessions.code[inside], kind="stable")]


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
