"""The journeys of a study to a conversion: which events are touches, and which values of theirs are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ...engine.attribution import Journeys, stretches
from ...engine.conditions import literal, match_sql
from ...engine.sequence import Rows
from ...engine.sequence.rows import Ints, first_of_each
from ...errors import BadInput, NotEnoughData
from ...log.actors import others_sql
from ...log.door import log_of
from ...log.events import Events, absent_event, events_of, sessions_of
from ...log.on_spark import RemoteEvents
from ...log.segments import OTHER
from ...tables import TABLES

if TYPE_CHECKING:
    from ...study import Study


@dataclass(frozen=True)
class Asked:
    """What is asked of a log.

    conversion: event name. touch: column (or `properties.<key>`) whose value is the touch. lookback: seconds before the
    conversion; None: since the conversion before. touch_events: events that are touches; None: the first event of every
    session that has a value. same_session: only touches of the conversion's own session. A touch at the instant of the
    conversion counts. no_touch: a condition of events that are no touches, where none is named. most: values kept; the others, and values of fewer than `least` journeys, are "(other)".
    """

    conversion: str
    touch: str = "channel"
    lookback: float | None = None
    touch_events: Sequence[str] | None = None
    same_session: bool = False
    least: int = 1
    most: int = 12
    no_touch: str = ""
    own: tuple[str, ...] = ()  # the conversion's touchpoints

    @property
    def window(self) -> int | None:
        """The lookback in µs."""
        return None if self.lookback is None else round(self.lookback * 1e6)

    def check(self, events: Events) -> None:
        """Raise `NotEnoughData` for events that never occur."""
        for name in [self.conversion, *(self.touch_events or [])]:
            absent_event("attribution", name, events.index.names["event"])


def journeys_of(study: Study, conversion: str, touch: str = "channel", lookback: float | None = None, touch_events: Sequence[str] | None = None,
                same_session: bool = False, least: int = 1, most: int = 12) -> Journeys:
    """The journeys of a study to an event; for what the parameters mean see `Asked`.

    Raises `BadInput` for unknown columns and where the log lies on Spark, `NotEnoughData` without a conversion or a touch.
    """
    if isinstance(log_of(study), RemoteEvents):
        raise BadInput("attribution: journeys", "engine: spark, where journeys do not leave the cluster", "kind: duckdb", "ask for `attribution` itself")
    return journeys_here(study, with_no_touches(study, Asked(conversion, touch, lookback, touch_events, same_session, least, most)))


def with_no_touches(study: Study, asked: Asked) -> Asked:
    """What is asked, with the events that are no touches: the conversion and all at its touchpoint, those declared, and what no customer did."""
    log = log_of(study)
    own = f"event = {literal(asked.conversion)}"
    found = log.ask(f"SELECT DISTINCT touchpoint FROM log_all WHERE {own}")["touchpoint"].dropna()
    parts = [own, *([f"touchpoint IN ({', '.join(map(literal, sorted(found)))})"] if len(found) else []),
             *(match_sql(e, TABLES["interactions"].names, "no_touches") for e in study.params.no_touches)]
    if others := others_sql(study, log.index.names["event"]):
        parts.append(others)
    return replace(asked, no_touch=" OR ".join(f"({p})" for p in parts), own=tuple(sorted(found)))


def circular_touches(study: Study, asked: Asked) -> list[str]:
    """The named touch events that are the conversion itself or lie at its own touchpoint."""
    at = f" OR touchpoint IN ({', '.join(map(literal, asked.own))})" if asked.own else ""
    named = ", ".join(map(literal, asked.touch_events or []))
    found = log_of(study).ask(f"SELECT DISTINCT event FROM log_all WHERE event IN ({named}) AND (event = {literal(asked.conversion)}{at}) ORDER BY 1") if named else None
    return [] if found is None else [str(e) for e in found["event"]]


def journeys_here(study: Study, asked: Asked) -> Journeys:
    """The journeys of a study on the embedded engine."""
    events = events_of(study)
    asked.check(events)
    goals = _so_far(events, events.index.of_event([asked.conversion]))
    rows, codes, values = _touches(events, asked)
    session = sessions_of(events).code if asked.same_session else None
    cut = stretches(goals, events.numbers("value", goals), rows, codes, window=asked.window, end=events.end, begin=events.low,
                    sessions=None if session is None else (session[goals.o], session[rows.o]))
    counts = cut.sizes(len(values))
    present = np.flatnonzero(counts)
    none_to_divide(asked, cut.conversions, len(present))
    code_of = {values[c]: c for c in present.tolist()}
    shown = shown_of({v: int(counts[c]) for v, c in code_of.items()}, asked)
    touch_of = np.full(len(values), len(shown), dtype=np.int64)
    touch_of[[code_of[v] for v in shown]] = np.arange(len(shown))
    return cut.named(touch_of, [*shown, *([OTHER] if len(shown) < len(present) else [])], lambda u: events.index.ids(u).to_pylist())


def none_to_divide(asked: Asked, conversions: int, touches: int) -> None:
    """Raise `NotEnoughData` without conversions or touches."""
    if not conversions:
        raise NotEnoughData("attribution", f"no event {asked.conversion!r} in the period", "at least one conversion", "cjm check says what data there is")
    if not touches:
        raise NotEnoughData("attribution", f"no event has a {asked.touch}", "at least one touch", "name the events that are touches")


def shown_of(sizes: Mapping[str, int], asked: Asked) -> list[str]:
    """The values that are touches of their own, those in most journeys first. sizes: journeys by value."""
    largest = sorted((v for v in sizes if v != OTHER), key=lambda v: (-sizes[v], v))[:asked.most]
    shown = [v for v in largest if sizes[v] >= asked.least]
    # a rest of few could be read off the total, so the smallest joins it
    rest = sum(n for v, n in sizes.items() if v not in shown)
    return shown[:-1] if shown and 0 < rest < asked.least else shown


def _so_far(events: Events, rows: Rows) -> Rows:
    """Those of the rows that lie before the end of the period, of customers the study sees."""
    if events.is_unrestricted:
        return rows
    keep = rows.t < events.high
    return rows.take(np.flatnonzero(keep if events.member is None else keep & events.member[rows.u]))


def _touches(events: Events, asked: Asked) -> tuple[Rows, Ints, list[str]]:
    """The touches, the codes of their values, and the values by code."""
    log = events.log
    rows = events.index.of_event(asked.touch_events) if asked.touch_events else Rows(log.u, log.t, log.g, np.arange(len(log)), known_sorted=True)
    if asked.no_touch and not asked.touch_events:
        rows = rows.take(np.flatnonzero(events.did(f"NOT coalesce({asked.no_touch}, FALSE)")))  # type: ignore[arg-type]
    rows = _so_far(events, rows)
    codes, values = events.values(asked.touch, rows)
    some = np.flatnonzero(codes)
    rows, codes = rows.take(some), codes[some]
    if asked.touch_events:
        return rows, codes, values
    session = sessions_of(events).code[rows.o]
    # an event outside any session is a touch of its own
    session = np.where(session < 0, -1 - np.arange(len(session)), session)
    if np.all(session[1:] >= session[:-1]):
        first = first_of_each(session)
    else:
        first = np.sort(np.unique(session, return_index=True)[1])
    return rows.take(first), codes[first], values
