"""Funnels: the rows that the kernel walks in tasks."""

from __future__ import annotations

from collections.abc import Sequence

from .units import units_sql


def rows_sql(steps: Sequence[str], exclusions: Sequence[str] = (), *, unit: str = "customer", own: bool = False, whole: bool = False,
             first_ever: Sequence[int] = (), value: str | None = None) -> str:
    """One row an event that matches a step or an exclusion: u, customer, t, o, steps, excluded (as bits), seen, last.

    steps, exclusions: conditions over `interactions`. first_ever: steps (0-based) of which only a customer's first event
    counts; needed of sessions, since that of a customer is told in the task. value: a column; adds v, its text at the events of steps, NULL
    where it is empty. whole: also events outside the period (for first-ever steps)
    and, where it is True, those that match nothing (a strict funnel asks what lies between).
    """
    log, steps = first_only(steps, first_ever)
    bits = [" + ".join(f"CASE WHEN {c} THEN {1 << k} ELSE 0 END" for k, c in enumerate(some)) or "0" for some in (steps, exclusions)]
    # a session's last event says whether it is over; a customer's is not asked for
    last = "MAX(CASE WHEN seen THEN t END) OVER (PARTITION BY unit)" if unit == "session" else "NULL"
    found, v = (f", NULLIF(CAST({value} AS VARCHAR), '') AS v", ", CASE WHEN steps > 0 THEN v END AS v") if value else ("", "")
    inner = (f"SELECT unit, customer, t, o, {bits[0]} AS steps, {bits[1]} AS excluded, seen, CAST({last} AS BIGINT) AS last{found} "
             f"FROM ({units_sql(unit, own, log=log)}) y")
    kept = "true" if whole else "seen"
    return (f"SELECT unit AS u, customer, t, o, CAST(steps AS BIGINT) AS steps, CAST(excluded AS BIGINT) AS excluded, seen, last{v} FROM ({inner}) z "
            f"WHERE {kept}")


def first_only(steps: Sequence[str], first_ever: Sequence[int]) -> tuple[str, Sequence[str]]:
    """What to read in place of `log_all`, and the conditions there, so that of some steps only a customer's first event ever counts."""
    if not first_ever:
        return "log_all", steps
    counts = ", ".join(f"SUM(CASE WHEN {steps[k]} THEN 1 ELSE 0 END) OVER (PARTITION BY u ORDER BY t, o ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS nth{k}"
                       for k in first_ever)
    return f"(SELECT *, {counts} FROM log_all) f", [f"({c} AND nth{k} = 1)" if k in first_ever else c for k, c in enumerate(steps)]


def matched_sql(steps: Sequence[str], first_ever: Sequence[int] = ()) -> str:
    """n0, n1, …: seen events that match each step; shared: those that match two."""
    log, conditions = first_only(steps, first_ever)
    flags = [f"CASE WHEN {c} THEN 1 ELSE 0 END" for c in conditions]
    sums = ", ".join(f"COALESCE(SUM({f}), 0) AS n{k}" for k, f in enumerate(flags))
    return f"SELECT {sums}, COALESCE(SUM(CASE WHEN {' + '.join(flags)} > 1 THEN 1 ELSE 0 END), 0) AS shared FROM {log} WHERE seen"


def only_matching(rows: str) -> str:
    """Those rows that match something."""
    return f"SELECT * FROM ({rows}) m WHERE steps > 0 OR excluded > 0"
