"""The customers of a funnel after the walk: every frame of the answer is an aggregate of what is kept here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from ...engine.log_index import LogIndex
from ...engine.sequence import Chains, Exclusion, Log, Rows, count_attempts, walk
from ...engine.sequence.rows import Bools, Ints
from ...errors import did_you_mean
from ...log.events import Events, Sessions
from .definition import Definition

if TYPE_CHECKING:
    import pandas as pd

    from .remote_walk import RemoteSteps

SESSION_ENDS = 1_800_000_000  # µs without an event after which a session is over, as in `sessions_of`


@dataclass(frozen=True)
class Passage:
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


def finished(passage: Passage, chains: Chains) -> Passage:
    """A walk with what the kernel said: who is left, who completed, who is pending."""
    d, kept = passage.definition, chains.kept
    completed = kept.reached[:, d.last_needed]
    still = kept.open_until > passage.end
    if d.unit == "session":
        still &= last_seen(passage, kept) + SESSION_ENDS > passage.end
    elif d.window is None and not d.can_end:
        still &= False  # without a window nobody is ever out of time; the answer says so
    return replace(passage, chains=kept, completed=completed, pending=~completed & still, ended=kept.ended & ~completed & ~still,
                   excluded=len(chains) - len(kept))


def last_seen(passage: Passage, chains: Chains) -> Ints:
    """The time of each unit's last event up to the end of observation, µs."""
    if passage.remote is not None:
        return passage.remote.last[chains.u]
    log, u = passage.log, chains.u
    return np.asarray(log.t[np.maximum(log.after(u, np.full(len(u), passage.end)) - 1, 0)]) if len(u) else u


def _last_instant(w: Passage) -> Ints | None:
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
