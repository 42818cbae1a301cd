"""The touches and conversions of a study: what journeys are made of, and how they come from Spark."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...engine.portable.touches import goals_sql, touches_sql
from ...engine.portable.units import GAP
from ...engine.sequence import Rows
from ...engine.sequence.rows import Ints
from ..remote import RemoteEvents, event_in, text_codes


@dataclass(frozen=True)
class Selected:
    """goals: the conversions, values: theirs, NaN where empty. rows: the touches, codes: into `names`, from 1.

    goal_session, session: number of the session of each, −1 for none; asked for only where touches must share it.
    """

    goals: Rows
    rows: Rows
    codes: Ints
    names: list[str]
    values: np.ndarray
    goal_session: Ints
    session: Ints


def selected_remotely(events: RemoteEvents, conversion: str, touch: str, touch_events: list[str] | None) -> Selected:
    """The touches and conversions of a log on Spark, in the order of the log."""
    import pyarrow as pa

    own = events.own_sessions
    touches = events.spark.table(touches_sql(events.column(touch, "attribution: touch"), event_in(touch_events) if touch_events else None, own, GAP))
    goals = events.spark.table(goals_sql(event_in([conversion]), own, GAP))
    order = [("u", "ascending"), ("t", "ascending"), ("o", "ascending")]
    touches, goals = touches.sort_by(order), goals.sort_by(order)
    both = pa.concat_tables([touches.select(["u", "t"]), goals.select(["u", "t"])])
    ids = both.column("u").combine_chunks().dictionary_encode()
    rank = np.empty(len(ids.dictionary), dtype=np.int64)
    rank[np.argsort(np.asarray(ids.dictionary.to_pylist(), dtype=object), kind="stable")] = np.arange(len(rank))
    u, t = rank[np.asarray(ids.indices)], both.column("t").to_numpy()
    ordered = np.lexsort((t, u))
    new = np.ones(len(u), dtype=bool)
    new[1:] = (u[ordered][1:] != u[ordered][:-1]) | (t[ordered][1:] != t[ordered][:-1])
    g = np.empty(len(u), dtype=np.int64)
    g[ordered] = np.cumsum(new) - 1
    n = touches.num_rows
    rows, of_goals = (Rows(u[s], t[s], g[s], np.arange(len(u[s])), known_sorted=True) for s in (slice(0, n), slice(n, None)))
    codes, names = text_codes(touches.column("v").combine_chunks())
    sessions, _ = text_codes(pa.concat_tables([touches.select(["session"]), goals.select(["session"])]).column(0).combine_chunks())
    return Selected(of_goals, rows, codes, names, goals.column("value").to_pandas().to_numpy(dtype=float), sessions[n:] - 1, sessions[:n] - 1)
