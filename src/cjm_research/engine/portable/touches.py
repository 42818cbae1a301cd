"""Attribution: the events that are touches or conversions."""

from __future__ import annotations

from .units import units_sql


def touches_sql(value: str, touched: str | None, goal: str, own: bool, gap: int, sessions: bool) -> str:
    """u, t, o, v, goal, value, session: the events that are touches (v: the touch, else NULL), conversions (goal), or both.

    value: the column whose values are touches. touched: a condition; None: the first event of every session with a value.
    sessions: whether the session is asked for; else NULL.
    """
    source = "log" if touched is not None and not sessions else f"({_sessions(own, gap)})"
    flags = (f"CASE WHEN {goal} THEN true ELSE false END AS goal, NULLIF(CAST({value} AS VARCHAR), '') AS touch"
             + (f", CASE WHEN {touched} THEN true ELSE false END AS touched" if touched is not None else ", unit"))
    text = f"SELECT u, t, o, value, {'session' if sessions else 'CAST(NULL AS VARCHAR) AS session'}, {flags} FROM {source} s WHERE seen"
    if touched is not None:
        text = f"SELECT *, CASE WHEN touched THEN touch END AS v FROM ({text}) x"
    else:
        # sessions that are cut by time lie within a customer: said, so that rows which are together by customer stay where they are
        unit = "unit" if own else "u, unit"
        text = (f"SELECT *, CASE WHEN touch IS NOT NULL AND ROW_NUMBER() OVER (PARTITION BY {unit}, CASE WHEN touch IS NULL THEN 0 ELSE 1 END ORDER BY u, t, o) = 1 "
                f"THEN touch END AS v FROM ({text}) x")
    return f"SELECT u, t, o, v, goal, CASE WHEN goal THEN value END AS value, session FROM ({text}) y WHERE goal OR v IS NOT NULL"


def sizes_sql(blocks: str, most: int) -> str:
    """v, journeys, customers, conversions, pending: the sums of all blocks (v NULL), and the `most` values that most journeys have."""
    sums = ", ".join(f"SUM({c}) AS {c}" for c in ("journeys", "customers", "conversions", "pending"))
    return (f"SELECT * FROM (SELECT v, {sums} FROM {blocks} GROUP BY v) x ORDER BY CASE WHEN v IS NULL THEN 0 ELSE 1 END, journeys DESC, v LIMIT {most + 1}")


def paths_sql(blocks: str, most: int) -> str:
    """path, total, converted: the paths that convert most often; equally frequent ones by their touches."""
    return (f"SELECT path, total, converted FROM (SELECT path, SUM(total) AS total, SUM(converted) AS converted FROM {blocks} WHERE path IS NOT NULL "
            f"GROUP BY path) x WHERE converted > 0 ORDER BY converted DESC, path LIMIT {most}")


def sums_sql(blocks: str) -> str:
    """grp, u, sums: the sums by group, and those of whole blocks (grp NULL)."""
    return f"SELECT grp, u, sums FROM {blocks} WHERE sums IS NOT NULL"


def _sessions(own: bool, gap: int) -> str:
    if own:  # an event outside any session is a touch of its own
        return "SELECT *, session_id AS session, COALESCE(session_id, '-' || o) AS unit FROM log_all"
    return f"SELECT *, unit AS session FROM ({units_sql('session', False, gap)}) c"
