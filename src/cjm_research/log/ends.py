"""Where journeys end: events after which nothing can follow, as the params declare them, and deals that are closed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..engine.conditions import match_sql
from ..engine.sequence import NEVER
from ..engine.sequence.rows import Ints
from ..params.schema import End
from ..results import words
from ..tables import TABLES
from .door import log_of

if TYPE_CHECKING:
    from ..study import Study

_DEALS = ("SELECT source, deal_id, customer_id, min(entered_at) AS begun, min(entered_at) FILTER (is_closed) AS closed "
          "FROM deals WHERE customer_id IS NOT NULL GROUP BY ALL")
#: a condition on interactions: a deal of the customer is closed by it, and no other deal of theirs is open then
CLOSED_DEALS = f"""(customer_id, event, occurred_at) IN (SELECT d.customer_id, 'deal: ' || d.stage, d.entered_at FROM deals d WHERE d.is_closed AND NOT EXISTS
    (SELECT 1 FROM ({_DEALS}) o WHERE o.customer_id = d.customer_id AND (o.source <> d.source OR o.deal_id <> d.deal_id)
    AND o.begun <= d.entered_at AND (o.closed IS NULL OR o.closed > d.entered_at)))"""


def journey_ends(study: Study) -> tuple[End, ...]:
    """The ends that the journey declares."""
    return tuple(study.params.journey.ends)


def ends_words(ends: Sequence[End], closed: bool = False) -> str:
    """What ends a journey, in words."""
    parts = [", ".join([*([" or ".join(e.event)] if e.event else []),
                        *(f"{c} {' or '.join(v)}" for c in ("touchpoint", "channel", "stage", "source") if (v := getattr(e, c))),
                        *(f"{c} {v}" for c, v in e.where.items())]) for e in ends]
    return words.listing([*parts, *(["a closed deal"] if closed else [])], "or")


def ends_sql(ends: Sequence[End], closed: bool = False, but: Sequence[str] = ()) -> str:
    """A condition on interactions: an end of a journey; empty where there is none. but: conditions of events that are no ends."""
    parts = [f"({match_sql(e, TABLES['interactions'].names, 'ends')})" for e in ends] + ([f"({CLOSED_DEALS})"] if closed else [])
    return " AND ".join([f"({' OR '.join(parts)})", *(f"NOT coalesce({b}, FALSE)" for b in but)]) if parts else ""


def journeys_ended(study: Study) -> int:
    """How many customers have come to an end."""
    return int(log_of(study).ask(f"SELECT COUNT(DISTINCT u) AS n FROM log WHERE {ends_sql(journey_ends(study))}")["n"].iloc[0])


def last_ends(study: Study, ids: Sequence[str]) -> Ints:
    """The time (µs) of the last end of customers' journeys up to the end of observation; `NEVER` where there is none or none is declared."""
    ends = journey_ends(study)
    out = np.full(len(ids), NEVER, dtype=np.int64)
    if not ends or not len(ids):
        return out
    found = log_of(study).ask(f"SELECT u, MAX(t) AS t FROM log WHERE {ends_sql(ends)} GROUP BY u")
    known = dict(zip(found["u"], found["t"], strict=True))
    return np.array([known.get(i, NEVER) for i in ids], dtype=np.int64)
