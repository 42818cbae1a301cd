"""Who comes back, when, and for how long do customers stay? Cohorts, curves and survival."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..engine.portable import returns as sql
from ..engine.sequence import NEVER, Rows
from ..engine.sequence.rows import Ints, first_of_each
from ..errors import BadInput, NotEnoughData, unknown
from . import words
from .attributes import absent_attribute
from .events import DAY, Events, absent_event, events_of
from .remote import RemoteEvents, event_in, is_remote, remote_of, text_codes
from .result import Estimate, Result
from .retention_calendar import calendar_numbers, calendar_sql
from .retention_evidence import findings_of
from .stats.shares import wilson
from .stats.survival import Times, kaplan_meier, log_rank, time_quantile

if TYPE_CHECKING:
    from ..study import Study

KINDS = ("n_day", "unbounded", "bracket")
LENGTHS = {"day": 1, "week": 7, "month": 30}
OTHER = "(other)"
SMALL_BASE = 30


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


def retention(study: Study, *, kind: str = "n_day", period: str = "week", periods: int = 8, brackets: Sequence[int] = (1, 7, 30, 90),
              start: str | None = None, back: str | None = None, by: str | None = None, inactive: int | None = None, calendar: bool = False) -> Result:
    """Retention of customers since their entry.

    kind: n_day (back within the k-th period), unbounded (back in the k-th or any later one), bracket (back between
    two of the `brackets`, whole days). Periods are 1, 7 or 30 times 24 hours since the entry, to the microsecond; calendar: the days,
    weeks (from Monday) and months of the client's zone instead, that of the entry being number 0. start: event that enters (default: a customer's first event); who did so before the study's period entered then and is left out.
    back: event that counts as a return (default: any). by: `attributes.<key>`, or a column's value at the entry. inactive: whole
    days without an event after which a customer counts as gone, for the survival view; default: four periods. A customer
    counts in the base of a period only when it is over for them; the others are pending.
    Frames: `curve`, `cohorts` (calendar period of entry), `segments`, `survival`. Raises `BadInput`, `NotEnoughData`.
    """
    _check(kind, period, periods, brackets, inactive)
    edges = _edges(kind, period, periods, brackets)
    days = 4 * LENGTHS[period] if inactive is None else inactive
    zone, least = study.params.timezone, study.params.privacy.min_cell
    events: Events = remote_of(study) if is_remote(study) else events_of(study)
    if isinstance(events, RemoteEvents):
        _known(events, start, back)
        returns, lives, segments = _remotely(events, start, back, by, edges, days, zone if calendar else None)
    else:
        returns, segments = _returns(events, start, back), None
        lives = _lives(events, returns, days)
    unit = "day" if kind == "bracket" else period
    back_over = _counts(_in_calendar(returns, unit, zone) if calendar else returns, edges, kind == "unbounded")
    curve = _rows(edges, *back_over, np.zeros(len(returns.u), dtype=np.int64), [""]).drop(columns="group")
    result = Result("Who comes back, and for how long do customers stay?", {"curve": curve, "cohorts": _cohorts(returns, edges, back_over, period, zone, least)})
    result.frames["survival"] = kaplan_meier(_times(*lives))
    result.frames["segments"] = _segments(events, returns, edges, back_over, by, least, lives, result, segments) if by else curve.iloc[:0].assign(segment="")
    half = time_quantile(_times(*lives), 0.5, "days")
    result.facts |= {"kind": kind, "period": period, "customers": len(returns.u), "start": start, "back": back, "inactive_days": days,
                     "gone": int(lives[1].sum()), "half_life_days": half.value}
    what = {"n_day": f"a return within the k-th {period}", "unbounded": f"a return in the k-th {period} or later",
            "bracket": "a return between the days named"}[kind]
    result.method = (f"Entry: {repr(start) if start else 'first event'}; retained: {what} after it, by {repr(back) if back else 'any event'} "
                     f"strictly later than the entry; {f'{unit}s of the calendar in {zone}' if calendar else 'periods of 24 hours from the entry'}. Base: customers for whom the period is over. "
                     f"Wilson intervals. Survival: time from entry to the last event, open where it lies less than {days} days before the end "
                     "of the data (Kaplan & Meier 1958).")
    result.sentences = _sentences(curve, result, half)
    pending = int(curve["pending"].iloc[0]) if len(curve) else 0
    if pending:
        result.caveats.append(f"{pending:,} customers entered too recently for the first period to be over; they are pending, not lost.")
    if kind == "unbounded":
        result.caveats.append("Who entered lately has had less time to return in a later period, so these shares still grow.")
    if events.low != NEVER:
        result.caveats.append(f"Customers whose first {repr(start) if start else 'event'} lies before the period are left out.")
    if by and "log_rank_p" not in result.facts:
        result.caveats.append(_one_segment(study, by, result))
    if len(returns.u) < SMALL_BASE:
        result.caveats.append(f"Only {len(returns.u)} customers; read the intervals, not the values.")
    result.findings = findings_of(study, curve, events, start, back, kind, (unit, zone, int(returns.t0.min())) if calendar else None)
    return result


def _check(kind: str, period: str, periods: int, brackets: Sequence[int], inactive: int | None) -> None:
    if kind not in KINDS:
        raise unknown("retention", "kind", kind, KINDS)
    if period not in LENGTHS:
        raise unknown("retention", "period", period, LENGTHS)
    if not _whole(periods) or not 1 <= periods <= 400:
        raise BadInput("retention: periods", repr(periods), "1 to 400")
    if not all(map(_whole, brackets)) or len(brackets) < 2 or any(b <= a for a, b in pairwise(brackets)) or brackets[0] < 0:
        raise BadInput("retention: brackets", str(list(brackets)), "at least two ascending whole numbers of days")
    if inactive is not None and (not _whole(inactive) or inactive < 1):
        raise BadInput("retention: inactive", repr(inactive), "a whole number of days, 1 or more")


def _whole(value: object) -> bool:
    return isinstance(value, int | np.integer)


def _known(events: Events, *names: str | None) -> None:
    for name in names:
        if name is not None:
            absent_event("retention", name, events.index.names["event"])


def _remotely(events: RemoteEvents, start: str | None, back: str | None, by: str | None, edges: list[tuple[str, int, int]],
              inactive: int, zone: str | None) -> tuple[Returns, tuple[np.ndarray, np.ndarray], tuple[Ints, list[str]] | None]:
    """Returns, lives and segments of a log on Spark: one row a customer and period (zone: local day) with a return comes back."""
    import pyarrow.compute as pc

    inside = by if by and not by.startswith("attributes.") else None
    entries = sql.entries_sql(event_in([start]) if start else "true", events.column(inside, "retention: by") if inside else None)
    people = events.spark.table(sql.lasts_sql(entries, events.end)).sort_by("u")
    if not people.num_rows:
        raise _nobody(start)
    ids = people.column("u").combine_chunks()
    t0, last = (people.column(c).to_numpy() for c in ("t0", "last"))
    stretch = calendar_sql("t", "day", zone, int(t0.min()), events.end) if zone else sql.stretch_sql([*(a for _, a, _ in edges), edges[-1][2]])
    found = events.spark.table(sql.returns_sql(entries, event_in([back]) if back else "true", stretch))
    who = np.asarray(pc.index_in(found.column("u").combine_chunks(), value_set=ids), dtype=np.int64)
    t = np.concatenate([t0[who] + found.column(c).to_numpy() for c in ("first", "latest")])
    codes = np.arange(len(ids))
    segments = None
    if by:
        segments = text_codes(people.column("segment").combine_chunks()) if inside else events.with_ids(ids).attribute(by.removeprefix("attributes."), codes)
    return Returns(codes, t0, np.concatenate((who, who)), t, events.end, codes[:0]), ((last - t0) // DAY, last + inactive * DAY <= events.end), segments


def _returns(events: Events, start: str | None, back: str | None) -> Returns:
    _known(events, start, back)
    log = events.log
    every = Rows(log.u, log.t, log.g, np.arange(len(log)))
    entries = events.index.of_event([start]) if start else every
    begin = events.restrict(entries.take(first_of_each(entries.u)))  # who entered before the period did not enter in it
    if not len(begin):
        raise _nobody(start)
    later: Rows = events.restrict(events.index.of_event([back]) if back else every)
    place = np.full(log.customers, -1, dtype=np.int32)
    place[begin.u] = np.arange(len(begin), dtype=np.int32)
    entered = np.full(log.customers, np.iinfo(np.int64).max)
    entered[begin.u] = begin.t
    keep = np.flatnonzero(later.t > entered[later.u])
    return Returns(np.asarray(begin.u), np.asarray(begin.t), place[later.u[keep]], np.asarray(later.t[keep]), events.end, np.asarray(begin.o))


def _nobody(start: str | None) -> NotEnoughData:
    return NotEnoughData("retention", f"nobody has their first {repr(start) if start else 'event'} in the period", "at least one customer")


def _edges(kind: str, period: str, periods: int, brackets: Sequence[int]) -> list[tuple[str, int, int]]:
    """(label, from, to) of each period, µs since the entry; `to` is exclusive."""
    if kind == "bracket":
        return [(f"day {a}–{b - 1}" if b - a > 1 else f"day {a}", a * DAY, b * DAY) for a, b in pairwise(brackets)]
    size = LENGTHS[period] * DAY
    return [(f"{period} {k}", k * size, (k + 1) * size) for k in range(1, periods + 1)]


def _counts(returns: Returns, edges: list[tuple[str, int, int]], unbounded: bool) -> tuple[np.ndarray, np.ndarray]:
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


def _in_calendar(returns: Returns, period: str, zone: str) -> Returns:
    """The same with periods of the calendar put for times, so that they lie whole lengths of `period` apart."""
    t0, t, after = (calendar_numbers(x, period, zone) * LENGTHS[period] * DAY for x in (returns.t0, returns.t, np.array([returns.end + 1])))
    return replace(returns, t0=t0, t=t, end=int(after[0]) - 1)


def _rows(edges: list[tuple[str, int, int]], back: np.ndarray, over: np.ndarray, group: Ints, names: list[str]) -> pd.DataFrame:
    """One row a group and period: the share of customers for whom it is over that came back, and who is pending."""
    rows: list[dict[str, Any]] = []
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


def _cohorts(returns: Returns, edges: list[tuple[str, int, int]], back_over: tuple[np.ndarray, np.ndarray], period: str, zone: str, least: int) -> pd.DataFrame:
    """As the curve, by calendar period of entry in the client's zone; cohorts under the smallest cell are left out."""
    local = pd.to_datetime(returns.t0, unit="us", utc=True).tz_convert(zone).tz_localize(None)
    if period == "month":
        begin = local.to_period("M").start_time
    else:
        begin = local.normalize() - pd.to_timedelta(local.dayofweek if period == "week" else 0, unit="D")
    codes, names = pd.factorize(begin, sort=True)
    frame = _rows(edges, *back_over, codes, [n.strftime("%Y-%m-%d") for n in names]).rename(columns={"group": "cohort"})
    return frame[frame["size"] >= least].sort_values(["cohort", "period"], ignore_index=True)


def _segments(events: Events, returns: Returns, edges: list[tuple[str, int, int]], back_over: tuple[np.ndarray, np.ndarray], by: str, least: int,
              lives: tuple[np.ndarray, np.ndarray], result: Result, known: tuple[Ints, list[str]] | None = None) -> pd.DataFrame:
    if known is not None:
        codes, names = known
    elif by.startswith("attributes."):
        codes, names = events.attribute(by.removeprefix("attributes."), returns.u)
    else:
        codes, names = events.values(by, events.log.take(returns.o))
    codes, names = _largest(codes, names, 8, least)
    days, gone = lives
    parts = [_times(days[codes == g], gone[codes == g]) for g in range(len(names)) if (codes == g).any()]
    test = log_rank(parts) if len(parts) > 1 else None
    if test:
        result.facts |= {"log_rank": test[0], "log_rank_df": test[1], "log_rank_p": test[2]}
    return _rows(edges, *back_over, codes, names).rename(columns={"group": "segment"}).assign(by=by)


def _one_segment(study: Study, by: str, result: Result) -> str:
    """In words why segments are not compared."""
    if by.startswith("attributes.") and (absent := absent_attribute(study, by)):
        return f"There are no segments by {by}: {absent}"
    if result["segments"]["segment"].nunique() < 2:
        return f"There are no two segments by {by}: all customers have the same, or none."
    return f"Whether segments by {by} stay equally long cannot be tested: too few customers are gone."


def _largest(codes: Ints, names: list[str], most: int, least: int) -> tuple[Ints, list[str]]:
    first = {name: c for c, name in reversed(list(enumerate(names)))}  # a value may be named as what stands for none is
    codes = np.array([first[name] for name in names], dtype=np.int64)[codes]
    counts = np.bincount(codes, minlength=len(names))
    order = sorted((int(c) for c in np.flatnonzero(counts)), key=lambda c: (names[c] == OTHER, -counts[c], names[c]))
    shown = [c for c in order[:most] if counts[c] >= least and names[c] != OTHER]
    rest = [c for c in order if c not in shown]
    if rest and shown and counts[rest].sum() < least:
        rest.append(shown.pop())
    table = np.full(len(names), len(shown), dtype=np.int64)
    table[shown] = np.arange(len(shown))
    return table[codes], [names[c] for c in shown] + ([OTHER] if rest else [])


def _lives(events: Events, returns: Returns, inactive: int) -> tuple[np.ndarray, np.ndarray]:
    """Whole days from entry to the last event of any kind, and whether the customer is gone (else still open)."""
    last = events.log.t[np.maximum(events.log.after(returns.u, np.full(len(returns.u), returns.end)) - 1, 0)]
    return (last - returns.t0) // DAY, last + inactive * DAY <= returns.end


def _times(days: np.ndarray, gone: np.ndarray) -> Times:
    at, inverse = np.unique(days, return_inverse=True)
    events = np.bincount(inverse, weights=gone, minlength=len(at)).astype(int)
    return Times(tuple(at.tolist()), tuple(events.tolist()), tuple((np.bincount(inverse, minlength=len(at)) - events).tolist()))


def _sentences(curve: pd.DataFrame, result: Result, half: Estimate) -> list[str]:
    known = curve[curve["base"] > 0]
    if known.empty:
        return ["No period is over yet for any customer."]
    out = []
    for r in (known.iloc[0], known.iloc[-1]) if len(known) > 1 else (known.iloc[0],):
        e = Estimate(*(r[c] for c in ("value", "low", "high", "n", "base", "unit", "method")))
        out.append(f"{r['label'].capitalize()} after the entry: {words.estimate(e)} come back.")
    if half.value is not None:
        out.append(f"Half of the customers have their last event at most {words.estimate(half)} after the entry.")
    p = result.facts.get("log_rank_p")
    if p is not None:
        out.append(f"The segments {'stay' if p < 0.05 else 'do not clearly stay'} for different times (log-rank test, {words.p_value(p)}).")
    return out
