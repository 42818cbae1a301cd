"""Attribution: the events that are touches or conversions."""

from __future__ import annotations

from .units import units_sql


def touches_sql(value: str, touched: str | None, goal: str, own: bool, gap: int, sessions: bool, end: int) -> str:
    """u, t, o, v, goal, value, session: the events that are touches (v: the touch, else NULL), conversions (goal), or both.

    value: the column whose values are touches. touched: a condition; None: the first event of every session with a value,
    and every event outside any session that has one. sessions: whether the session is asked for; else NULL. end: of observation,
    µs; what lies before the period is read too, since journeys that end in the period may begin there.
    """
    source = _sessions(own, gap) if touched is None or sessions else "SELECT *, CAST(NULL AS VARCHAR) AS session FROM log_all"
    flags = f"CASE WHEN {goal} THEN true ELSE false END AS goal, NULLIF(CAST({value} AS VARCHAR), '') AS touch"
    if touched is not None:
        flags += f", CASE WHEN {touched} THEN true ELSE false END AS touched"
        is_touch = "touched"
    else:
        # events outside any session are let through; they, and sessions cut by time, are numbered by customer, so that no task gets them all
        unit = "COALESCE(session, u), CASE WHEN session IS NULL THEN 0 ELSE 1 END" if own else "u, session"
        is_touch = f"session IS NULL OR ROW_NUMBER() OVER (PARTITION BY {unit}, CASE WHEN touch IS NULL THEN 0 ELSE 1 END ORDER BY u, t, o) = 1"
    text = f"SELECT u, t, o, value, session, {flags} FROM ({source}) s WHERE t <= {end}"
    return (f"SELECT u, t, o, v, goal, CASE WHEN goal THEN value END AS value, {'session' if sessions else 'CAST(NULL AS VARCHAR) AS session'} "
            f"FROM (SELECT *, CASE WHEN {is_touch} THEN touch END AS v FROM ({text}) x) y WHERE goal OR v IS NOT NULL")


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
    if own:
        return "SELECT *, session_id AS session FROM log_all"
    return f"SELECT *, unit AS session FROM ({units_sql('session', False, gap)}) c"
