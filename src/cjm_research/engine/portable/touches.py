"""Attribution: touches with what they led to, and credits by rule as sums."""

from __future__ import annotations

from collections.abc import Mapping

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


def stretches_sql(touches: str, goal: str, lookback: int | None) -> str:
    """One row a touch: u, t, o, v, goal_t (the conversion it leads to, NULL for none), goals (conversions before it).

    A touch leads to the first conversion at or after it, if that lies within `lookback` µs.
    """
    union = (f"SELECT u, t, o, v, 0 AS is_goal FROM ({touches}) x UNION ALL SELECT u, t, o, CAST(NULL AS VARCHAR) AS v, 1 AS is_goal FROM log WHERE {goal}")
    # read backwards: at one instant the conversion comes before its touches
    following = "OVER (PARTITION BY u ORDER BY t DESC, is_goal DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
    inside = f" AND goal_t - t <= {lookback}" if lookback is not None else ""
    return (f"SELECT u, t, o, v, CASE WHEN goal_t IS NOT NULL{inside} THEN goal_t END AS goal_t, goals FROM (SELECT *, "
            f"MIN(CASE WHEN is_goal = 1 THEN t END) {following} AS goal_t, SUM(is_goal) {following} AS goals FROM ({union}) a) b WHERE is_goal = 0")


def journeys_sql(stretches: str, end: int, lookback: int | None) -> str:
    """One row a touch of a journey that counts: u, v, t, converted, age, place, length, other (touches of another value are counted once).

    Null paths younger than the lookback are left out, since they may still convert.
    """
    part = "PARTITION BY u, goals, CASE WHEN goal_t IS NULL THEN 0 ELSE 1 END"
    text = (f"SELECT u, v, t, goals, CASE WHEN goal_t IS NULL THEN 0 ELSE 1 END AS converted, COALESCE(goal_t, MAX(t) OVER ({part})) - t AS age, "
            f"ROW_NUMBER() OVER ({part} ORDER BY t, o) - 1 AS place, COUNT(*) OVER ({part}) AS length, MAX(t) OVER ({part}) AS last_t, "
            f"LEAD(v) OVER ({part} ORDER BY t, o) AS after FROM ({stretches}) s")
    young = f" WHERE converted = 1 OR last_t <= {end - lookback}" if lookback is not None else ""
    return f"SELECT * FROM ({text}) j{young}"


def credits_sql(journeys: str, weights: Mapping[str, str]) -> str:
    """v, then one sum a rule: weights are expressions over place, length and age, normalised within a journey."""
    part = "PARTITION BY u, goals, converted"
    raw = ", ".join(f"{w} AS w_{m}" for m, w in weights.items())
    shares = ", ".join(f"w_{m} / SUM(w_{m}) OVER ({part}) AS s_{m}" for m in weights)
    sums = ", ".join(f"SUM(s_{m}) AS {m}" for m in weights)
    return (f"SELECT v, {sums} FROM (SELECT v, {shares} FROM (SELECT *, {raw} FROM ({journeys}) j WHERE converted = 1) a) b GROUP BY v")


def moves_sql(journeys: str) -> str:
    """v, after, converted, begins, n: what the Markov chain is made of (after is NULL at the end of a journey)."""
    return (f"SELECT v, after, converted, CASE WHEN place = 0 THEN 1 ELSE 0 END AS begins, COUNT(*) AS n FROM ({journeys}) j "
            "GROUP BY v, after, converted, CASE WHEN place = 0 THEN 1 ELSE 0 END")
