"""Who comes back, when, and for how long do customers stay? Cohorts, curves and survival."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...engine.sequence import NEVER
from ...errors import BadInput, unknown
from ...log.actors import did_sql, left_out, not_done
from ...log.door import log_of
from ...log.ends import ends_words, journey_ends, last_ends
from ...log.on_spark import RemoteEvents
from ...results import words
from ...results.caveats import Note
from ...results.declared import declares
from ...results.prose import many_of
from ...results.result import Estimate, Result
from ...stats.survival import kaplan_meier, time_quantile
from . import declared
from .counting import LENGTHS, Returns, check_events, counts_of, curve_of, edges_of, in_calendar, returns_of, returns_on_spark, rows_of, shown
from .evidence import findings_of
from .segments import lives_of, segments_of, times_of, why_not_compared

if TYPE_CHECKING:
    from ...study import Study

KINDS = ("n_day", "unbounded", "bracket")
SMALL_BASE = 30


@declares(declared.CURVE, declared.COHORTS, declared.SEGMENTS, declared.SURVIVAL)
def retention(study: Study, *, kind: str = "n_day", period: str = "week", periods: int = 8, brackets: Sequence[int] = (1, 7, 30, 90),
              start: str | None = None, back: str | Sequence[str] | None = None, by: str | None = None, inactive: int | None = None, calendar: bool = False) -> Result:
    """Retention of customers since their entry.

    kind: n_day (back within the k-th period), unbounded (back in the k-th or any later one), bracket (back between
    two of the `brackets`, whole days). Periods are 1, 7 or 30 times 24 hours since the entry, to the microsecond; calendar: the days,
    weeks (from Monday) and months of the client's zone instead, that of the entry being number 0. start: event that enters (default: the first that a customer did, see `actors:`); who did so before the study's period entered then and is left out.
    back: event, or several, that count as a return (default: those of the params' `returns`; else any that a customer did, and no headline is made of it). by: `attributes.<key>`, or a column's value at the entry. inactive: whole
    days without an event after which a customer counts as gone, for the survival view; default: four periods. A customer
    counts in the base of a period only when it is over for them; the others are pending.
    Frames: `curve`, `cohorts` (calendar period of entry), `segments`, `survival`. Raises `BadInput`, `NotEnoughData`.
    """
    _check(kind, period, periods, brackets, inactive)
    edges = edges_of(kind, period, periods, brackets)
    days = 4 * LENGTHS[period] if inactive is None else inactive
    zone, least = study.params.timezone, study.params.privacy.min_cell
    events = log_of(study)
    back = _events(study.params.returns if back is None else back)
    did = did_sql(study, events)
    known_out = not_done(study, events) if not (start and back) else []
    if isinstance(events, RemoteEvents):
        check_events(events, start, back)
        returns, lives, segments = returns_on_spark(events, start, back, by, edges, days, zone if calendar else None, partial(last_ends, study), did)
    else:
        returns, segments = returns_of(events, start, back, did), None
        lives = lives_of(events, returns, days, last_ends(study, events.index.ids(returns.u).to_pylist() if journey_ends(study) else [""] * len(returns.u)), did)
    said = left_out(study, known_out)
    unit = "day" if kind == "bracket" else period
    back_over = counts_of(in_calendar(returns, unit, zone) if calendar else returns, edges, kind == "unbounded")
    curve = curve_of(returns, edges, back_over)
    result = Result("Who comes back, and for how long do customers stay?", {"curve": curve, "cohorts": _cohorts(returns, edges, back_over, period, zone, least)})
    result.frames["survival"] = kaplan_meier(times_of(*lives))
    result.frames["segments"] = segments_of(events, returns, edges, back_over, by, least, lives, result, segments) if by else curve.iloc[:0].assign(segment="")
    half = time_quantile(times_of(*lives), 0.5, "days")
    result.facts |= {"kind": kind, "period": period, "customers": len(returns.u), "start": start, "back": back[0] if len(back) == 1 else list(back) or None, "inactive_days": days,
                     "gone": int(lives[1].sum()), "half_life_days": half.value}
    what = {"n_day": f"a return within the k-th {period}", "unbounded": f"a return in the k-th {period} or later",
            "bracket": "a return between the days named"}[kind]
    result.method = (f"Entry: {words.quoted(words.event(start)) if start else 'first event of theirs'}; retained: {what} after it, by {words.listing([words.quoted(words.event(b)) for b in back], 'or') if back else 'any event of theirs'} "
                     f"strictly later than the entry; {f'{unit}s of the calendar in {zone}' if calendar else 'periods of 24 hours from the entry'}. Base: customers for whom the period is over. "
                     f"Wilson intervals. Survival: time from entry to the last event, open where it lies less than {days} days before the end "
                     "of the data (Kaplan & Meier 1958)." + (f" Whoever has {ends_words(journey_ends(study))} and nothing later is gone from then on." if journey_ends(study) else ""))
    result.sentences = _sentences(curve, result, half, bool(back))
    result.caveats += said
    if not back:
        result.caveats.append(Note("In figures and tables any event of a customer counts as a return; `returns:` in the params names those by which customers come back."))
    if missing := [b for b in back if b not in events.index.names["event"]]:
        result.caveats.append(f"No event {words.listing(list(map(repr, missing)))} in the data; it counts for nothing here.")
    pending = int(curve["pending"].iloc[0]) if len(curve) else 0
    if pending:
        result.caveats.append(Note(f"{pending:,} customers entered too recently for the first period to be over; they are pending, not lost."))
    if kind == "unbounded":
        result.caveats.append("Who entered lately has had less time to return in a later period, so these shares still grow.")
    if events.low != NEVER:
        result.caveats.append(Note(f"Customers whose first {words.quoted(words.event(start)) if start else 'event'} lies before the period are left out."))
    if by and "log_rank_p" not in result.facts:
        result.caveats.append(why_not_compared(study, by, result))
    if len(returns.u) < SMALL_BASE:
        result.caveats.append(f"Only {len(returns.u)} customers; read the intervals, not the values.")
    result.findings = [] if not back else findings_of(study, curve, events, start, back, did, kind, (unit, zone, int(returns.t0.min())) if calendar else None)
    return result


def _check(kind: str, period: str, periods: int, brackets: Sequence[int], inactive: int | None) -> None:
    if kind not in KINDS:
        raise unknown("retention", "kind", kind, KINDS, "correct the options of retention in the cell that asks, or in chapter_params")
    if period not in LENGTHS:
        raise unknown("retention", "period", period, LENGTHS, "correct the options of retention in the cell that asks, or in chapter_params")
    if not _whole(periods) or not 1 <= periods <= 400:
        raise BadInput("retention: periods", repr(periods), "1 to 400", "correct the options of retention in the cell that asks, or in chapter_params")
    if not all(map(_whole, brackets)) or len(brackets) < 2 or any(b <= a for a, b in pairwise(brackets)) or brackets[0] < 0:
        raise BadInput("retention: brackets", str(list(brackets)), "at least two ascending whole numbers of days", "correct the options of retention in the cell that asks, or in chapter_params")
    if inactive is not None and (not _whole(inactive) or inactive < 1):
        raise BadInput("retention: inactive", repr(inactive), "a whole number of days, 1 or more", "correct the options of retention in the cell that asks, or in chapter_params")


def _whole(value: object) -> bool:
    return isinstance(value, int | np.integer)


def _cohorts(returns: Returns, edges: list[tuple[str, int, int]], back_over: tuple[np.ndarray, np.ndarray], period: str, zone: str, least: int) -> pd.DataFrame:
    """As the curve, by calendar period of entry in the client's zone; cohorts under the smallest cell are left out."""
    local = pd.to_datetime(returns.t0, unit="us", utc=True).tz_convert(zone).tz_localize(None)
    if period == "month":
        begin = local.to_period("M").start_time
    else:
        begin = local.normalize() - pd.to_timedelta(local.dayofweek if period == "week" else 0, unit="D")
    codes, names = pd.factorize(begin, sort=True)
    frame = rows_of(edges, *back_over, codes, [n.strftime("%Y-%m-%d") for n in names]).rename(columns={"group": "cohort"})
    return shown(frame[frame["size"] >= least], least).sort_values(["cohort", "period"], ignore_index=True)


def _events(given: str | Sequence[str]) -> list[str]:
    return [given] if isinstance(given, str) else list(dict.fromkeys(given))


def _sentences(curve: pd.DataFrame, result: Result, half: Estimate, named: bool) -> list[str]:
    known = curve[curve["base"] > 0]
    if known.empty:
        return ["No period is over yet for any customer."]
    if not named:
        return ["Whether customers come back is not said: no event is named by which they do."]
    out = [f"{many_of(known.iloc[0])} customers come back in {known.iloc[0]['label']} after their first visit."]
    for r in (known.iloc[0], known.iloc[-1]) if len(known) > 1 else (known.iloc[0],):
        e = Estimate.of(r)
        out.append(f"{r['label'].capitalize()} after the entry: {words.estimate(e)} come back.")
    if half.value is not None:
        out.append(f"Half of the customers have their last event at most {words.estimate(half)} after the entry.")
    p = result.facts.get("log_rank_p")
    if p is not None:
        out.append(f"The segments {'stay' if p < 0.05 else 'do not clearly stay'} for different times (log-rank test, {words.p_value(p)}).")
    return out
