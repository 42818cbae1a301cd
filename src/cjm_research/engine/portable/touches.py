"""Attribution: the events that are touches, and the conversions."""

from __future__ import annotations

from .units import units_sql


def touches_sql(value: str, touched: str | None, own: bool, gap: int) -> str:
    """u, t, o, v, session: the events that are touches. touched: a condition; None: the first event of every session with a value."""
    inner = f"SELECT u, t, o, NULLIF(CAST({value} AS VARCHAR), '') AS v, session, unit FROM ({_sessions(own, gap)}) s WHERE seen"
    text = f"SELECT u, t, o, v, session, unit FROM ({inner + (f' AND {touched}' if touched else '')}) x WHERE v IS NOT NULL"
    if touched is not None:
        return text
    return f"SELECT u, t, o, v, session FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY unit ORDER BY u, t, o) AS r FROM ({text}) y) z WHERE r = 1"


def goals_sql(goal: str, own: bool, gap: int) -> str:
    """u, t, o, value, session: the conversions."""
    return f"SELECT u, t, o, value, session FROM ({_sessions(own, gap)}) s WHERE seen AND {goal}"


def _sessions(own: bool, gap: int) -> str:
    if own:  # an event outside any session is a touch of its own
        return "SELECT *, session_id AS session, COALESCE(session_id, '-' || o) AS unit FROM log_all"
    return f"SELECT *, unit AS session FROM ({units_sql('session', False, gap)}) c"
