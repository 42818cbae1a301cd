"""Who entered when, who came back in which period, and for whom a period is over; on both engines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd

from ...engine.portable import returns as sql
from ...engine.sequence import Rows
from ...engine.sequence.rows import Ints, first_of_each
from ...errors import NotEnoughData
from ...log.events import DAY, Events, absent_event
from ...log.on_spark import RemoteEvents, event_in, text_codes
from ...privacy.small_counts import hide
from ...shapes import Row
from ...stats.shares import wilson
from .calendar import calendar_numbers, calendar_sql

LENGTHS = {"day": 1, "week": 7, "month": 30}


@dataclass(frozen=True)
class Returns:
    """Customers who entered, and their later return events.

    u: customer codes. t0: entry, µs. who, t: position in `u` and time of every return event strictly after the entry.
    o: position of the entry in the log.
    """

    u: Ints
    t0: Ints
    who: Ints
    t: Ints
    end: int
    o: Ints


def returns_of(events: Events, start: str | None, back: Sequence[str], did: str = "true") -> Returns:
    """Entries and returns on the embedded engine. Raises `NotEnoughData` for events that never occur and where nobody entered.

    did: a condition on events; where none is named, those count of which it holds.
    """
    check_events(events, start, back)
    log, mask = events.log, events.did(did)
    every = Rows(log.u, log.t, log.g, np.arange(len(log))) if mask is None else log.select(mask)
    entries = events.index.of_event([start]) if start else every
    begin = events.restrict(entries.take(first_of_each(entries.u)))  # who entered before the period did not enter in it
    if not len(begin):
        raise nobody(start)
    later: Rows = events.restrict(events.index.of_event(list(back)) if back else every)
    place = np.full(log.customers, -1, dtype=np.int32)
    place[begin.u] = np.arange(len(begin), dtype=np.int32)
    entered = np.full(log.customers, np.iinfo(np.int64).max)
    entered[begin.u] = begin.t
    keep = np.flatnonzero(later.t > entered[later.u])
    return Returns(np.asarray(begin.u), np.asarray(begin.t), place[later.u[keep]], np.asarray(later.t[keep]), events.end, np.asarray(begin.o))


def returns_on_spark(events: RemoteEvents, start: str | None, back: Sequence[str], by: str | None, edges: list[tuple[str, int, int]],
              inactive: int, zone: str | None, ended_of: Callable[[list[str]], Ints], did: str = "true") -> tuple[Returns, tuple[np.ndarray, np.ndarray], tuple[Ints, list[str]] | None]:
    """Returns, lives and segments of a log on Spark: one row a customer and period (zone: local day) with a return comes back."""
    import pyarrow.compute as pc

    inside = by if by and not by.startswith("attributes.") else None
    entries = sql.entries_sql(event_in([start]) if start else did, events.column(inside, "retention: by") if inside else None)
    people = events.spark.table(sql.lasts_sql(entries, events.end, did)).sort_by("u")
    if not people.num_rows:
        raise nobody(start)
    ids = people.column("u").combine_chunks()
    t0, last = (people.column(c).to_numpy() for c in ("t0", "last"))
    stretch = calendar_sql("t", "day", zone, int(t0.min()), events.end) if zone else sql.stretch_sql([*(a for _, a, _ in edges), edges[-1][2]])
    found = events.spark.table(sql.returns_sql(entries, event_in(list(back)) if back else did, stretch))
    who = np.asarray(pc.index_in(found.column("u").combine_chunks(), value_set=ids), dtype=np.int64)
    t = np.concatenate([t0[who] + found.column(c).to_numpy() for c in ("first", "latest")])
    codes = np.arange(len(ids))
    segments = None
    if by:
        segments = text_codes(people.column("segment").combine_chunks()) if inside else events.with_ids(ids).attribute(by.removeprefix("attributes."), codes)
    return Returns(codes, t0, np.concatenate((who, who)), t, events.end, codes[:0]), ((last - t0) // DAY, (last + inactive * DAY <= events.end) | (ended_of(ids.to_pylist()) >= last)), segments


def check_events(events: Events, start: str | None, back: Sequence[str]) -> None:
    """Raise `NotEnoughData` for a start that never occurs, and where none of several returns does."""
    known = events.index.names["event"]
    if start is not None:
        absent_event("retention", start, known)
    if back and not set(back) & set(known):
        absent_event("retention", back[0], known)


def nobody(start: str | None) -> NotEnoughData:
    """What to raise where nobody entered."""
    return NotEnoughData("retention", f"nobody has their first {repr(start) if start else 'event'} in the period", "at least one customer", "cjm check says what data there is")


def edges_of(kind: str, period: str, periods: int, brackets: Sequence[int]) -> list[tuple[str, int, int]]:
    """(label, from, to) of each period, µs since the entry; `to` is exclusive."""
    if kind == "bracket":
        return [(f"day {a}–{b - 1}" if b - a > 1 else f"day {a}", a * DAY, b * DAY) for a, b in pairwise(brackets)]
    size = LENGTHS[period] * DAY
    return [(f"{period} {k}", k * size, (k + 1) * size) for k in range(1, periods + 1)]


def counts_of(returns: Returns, edges: list[tuple[str, int, int]], unbounded: bool) -> tuple[np.ndarray, np.ndarray]:
    """By customer and period: whether they came back, and whether the period is over for them."""
    back = np.zeros((len(returns.u), len(edges)), dtype=bool)
    since = returns.t - returns.t0[returns.who]
    starts = np.array([a for _, a, _ in edges])
    if unbounded:
        latest = np.full(len(returns.u), -1, dtype=np.int64)
        np.maximum.at(latest, returns.who, since)
        back = latest[:, None] >= starts[None, :]
    else:
        inside = np.flatnonzero((since >= starts[0]) & (since < edges[-1][2]))
        k = np.searchsorted(starts, since[inside], side="right") - 1  # periods follow each other without a gap
        back[returns.who[inside], k] = True
    over = returns.t0[:, None] + np.array([b for *_, b in edges])[None, :] <= returns.end + 1
    return back, over


def in_calendar(returns: Returns, period: str, zone: str) -> Returns:
    """The returns with periods of the calendar put for times, so that they lie whole lengths of `period` apart."""
    t0, t, after = (calendar_numbers(x, period, zone) * LENGTHS[period] * DAY for x in (returns.t0, returns.t, np.array([returns.end + 1])))
    return replace(returns, t0=t0, t=t, end=int(after[0]) - 1)


def curve_of(returns: Returns, edges: list[tuple[str, int, int]], back_over: tuple[np.ndarray, np.ndarray] | None = None) -> pd.DataFrame:
    """One row a period, of all customers. back_over: as `counts_of`; default: back within the period."""
    back, over = back_over or counts_of(returns, edges, False)
    return rows_of(edges, back, over, np.zeros(len(returns.u), dtype=np.int64), [""]).drop(columns="group")


def shown(frame: pd.DataFrame, least: int) -> pd.DataFrame:
    """Rows of groups without those that tell of few persons: who came back, who did not, and who is pending (see `small_counts`)."""
    few = frame["pending"].between(1, least - 1)
    out = hide(frame.reset_index(drop=True), least, table=["period"], also=list(few))
    # with the size of the group either of the two would give the other back
    out.loc[few.to_numpy(), ["base", "pending"]] = 0
    return out


def rows_of(edges: list[tuple[str, int, int]], back: np.ndarray, over: np.ndarray, group: Ints, names: list[str]) -> pd.DataFrame:
    """One row a group and period: the share of customers for whom it is over that came back, and who is pending."""
    rows: list[Row] = []
    sizes = np.bincount(group, minlength=len(names))
    for k, (label, begin, _) in enumerate(edges):
        n = np.bincount(group[back[:, k] & over[:, k]], minlength=len(names))
        base = np.bincount(group[over[:, k]], minlength=len(names))
        rows += [{"group": names[g], "size": int(sizes[g]), "period": k + 1, "label": label, "from_day": begin / DAY, "n": int(n[g]), "base": int(base[g]),
                  "pending": int(sizes[g] - base[g])} for g in range(len(names)) if sizes[g]]
    columns = ["group", "size", "period", "label", "from_day", "n", "base", "pending"]
    frame = pd.DataFrame(rows, columns=columns)
    low, high = wilson(frame["n"], frame["base"]) if len(frame) else (np.empty(0), np.empty(0))
    frame = frame.assign(value=(frame["n"] / frame["base"].where(frame["base"] > 0)).astype(float), low=low, high=high, unit="share", method="Wilson, 0.95")
    return frame[["group", "size", "period", "label", "from_day", "value", "low", "high", "n", "base", "unit", "method", "pending"]]
