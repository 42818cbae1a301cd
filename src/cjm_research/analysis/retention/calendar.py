"""Days, weeks and months of the calendar in the client's zone: which one a time lies in, here and in portable SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pandas as pd

from ...engine.sequence.rows import Ints
from ...log.events import DAY


def calendar_numbers(t: Ints, period: str, zone: str) -> Ints:
    """The number of the local day, week (from Monday) or month that times (µs) lie in; numbers follow each other without a gap."""
    local = pd.to_datetime(np.asarray(t), unit="us", utc=True).tz_convert(zone)
    if period == "month":
        return np.asarray(local.year * 12 + local.month, dtype=np.int64)
    day = np.asarray(local.tz_localize(None).as_unit("us").asi8) // DAY
    return np.asarray((day + 3) // 7 if period == "week" else day)  # 1970 began on a Thursday


def calendar_sql(time: str, period: str, zone: str, first: int, last: int) -> str:
    """The same in SQL, of a column of µs between `first` and `last`; months only as DuckDB has them, days and weeks portable."""
    changes = _offsets(zone, first, last)
    offset = str(changes[0][1])
    if len(changes) > 1:
        offset = f"CASE {' '.join(f'WHEN {time} >= {at} THEN {by}' for at, by in reversed(changes[1:]))} ELSE {offset} END"
    day = f"(({time} + {offset}) // {DAY})"
    if period == "month":
        date = f"(DATE '1970-01-01' + CAST({day} AS INTEGER))"
        return f"(year({date}) * 12 + month({date}))"
    return f"(({day} + 3) // 7)" if period == "week" else day


def _offsets(zone: str, first: int, last: int) -> Sequence[tuple[int, int]]:
    """(from when on, µs ahead of UTC): the offset at `first`, and every change of it up to `last`."""
    def ahead(t: int) -> int:
        offset = pd.Timestamp(t, unit="us", tz="UTC").tz_convert(zone).utcoffset()
        return int((offset or timedelta()) / timedelta(microseconds=1))

    out = [(first, ahead(first))]
    for low in range(first, last + 1, DAY):
        low, high = low, min(low + DAY, last)
        if ahead(high) == out[-1][1]:
            continue
        while high - low > 1:  # the instant of the change
            middle = (low + high) // 2
            low, high = (middle, high) if ahead(middle) == out[-1][1] else (low, middle)
        out.append((high, ahead(high)))
    return out
