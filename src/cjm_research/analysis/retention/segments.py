"""Segments of customers who entered, and how long customers stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...engine.sequence.rows import Ints, last_of_each
from ...log.attributes import absent_attribute
from ...log.events import DAY, Events
from ...log.segments import largest
from ...results.result import Result
from ...stats.survival import Times, log_rank
from .counting import Returns, rows_of, shown

if TYPE_CHECKING:
    from ...study import Study


def segments_of(events: Events, returns: Returns, edges: list[tuple[str, int, int]], back_over: tuple[np.ndarray, np.ndarray], by: str, least: int,
                lives: tuple[np.ndarray, np.ndarray], result: Result, known: tuple[Ints, list[str]] | None = None) -> pd.DataFrame:
    """As the curve, by segment; the log-rank test that they stay equally long goes into the facts of `result`.

    known: codes and names of the customers' segments, where they were asked for already.
    """
    if known is not None:
        codes, names = known
    elif by.startswith("attributes."):
        codes, names = events.attribute(by.removeprefix("attributes."), returns.u)
    else:
        codes, names = events.values(by, events.log.take(returns.o))
    codes, names, _ = largest(codes, names, 8, least)
    days, gone = lives
    parts = [times_of(days[codes == g], gone[codes == g]) for g in range(len(names)) if (codes == g).any()]
    test = log_rank(parts) if len(parts) > 1 else None
    if test:
        result.facts |= {"log_rank": test[0], "log_rank_df": test[1], "log_rank_p": test[2]}
    return shown(rows_of(edges, *back_over, codes, names), least).rename(columns={"group": "segment"}).assign(by=by)


def why_not_compared(study: Study, by: str, result: Result) -> str:
    """In words why segments are not compared."""
    if by.startswith("attributes.") and (absent := absent_attribute(study, by)):
        return f"There are no segments by {by}: {absent}"
    if result["segments"]["segment"].nunique() < 2:
        return f"There are no two segments by {by}: all customers have the same, or none."
    return f"Whether segments by {by} stay equally long cannot be tested: too few customers are gone."


def lives_of(events: Events, returns: Returns, inactive: int, ended: Ints, did: str = "true") -> tuple[np.ndarray, np.ndarray]:
    """Whole days from entry to the last event of which a condition holds, and whether the customer is gone (else still open).

    ended: when each one's journey ended last; nothing after it means gone at once.
    """
    log, mask = events.log, events.did(did)
    if mask is None:
        last = log.t[np.maximum(log.after(returns.u, np.full(len(returns.u), returns.end)) - 1, 0)]
    else:
        at = np.flatnonzero(mask & (log.t <= returns.end))
        final = at[last_of_each(log.u[at])]
        last = np.maximum(spread(returns.u, log.u[final], log.t[final], returns.t0), returns.t0)
    return (last - returns.t0) // DAY, (last + inactive * DAY <= returns.end) | (ended >= last)


def spread(u: Ints, at: Ints, values: Ints, otherwise: Ints) -> Ints:
    """`values` of the customers `at`, both ascending, for customers `u`; `otherwise` for those without."""
    out, spot = np.array(otherwise), np.minimum(np.searchsorted(at, u), max(len(at) - 1, 0))
    met = at[spot] == u if len(at) else np.zeros(len(u), dtype=bool)
    out[met] = values[spot[met]]
    return out


def times_of(days: np.ndarray, gone: np.ndarray) -> Times:
    """Lives counted by their length, as the survival functions take them."""
    at, inverse = np.unique(days, return_inverse=True)
    events = np.bincount(inverse, weights=gone, minlength=len(at)).astype(int)
    return Times(tuple(at.tolist()), tuple(events.tolist()), tuple((np.bincount(inverse, minlength=len(at)) - events).tolist()))
