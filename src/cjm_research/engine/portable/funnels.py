"""Funnels: the rows that the kernel walks in tasks."""

from __future__ import annotations

from collections.abc import Sequence

from .units import units_sql


def rows_sql(steps: Sequence[str], exclusions: Sequence[str] = (), *, unit: str = "customer", own: bool = False, whole: bool = False) -> str:
    """One row an event that matches a step or an exclusion: u, customer, t, o, steps, excluded (as bits), seen, last.

    steps, exclusions: conditions over `interactions`. whole: also events outside the period (for first-ever steps)
    and, where it is True, those that match nothing (a strict funnel asks what lies between).
    """
    bits = [" + ".join(f"CASE WHEN {c} THEN {1 << k} ELSE 0 END" for k, c in enumerate(some)) or "0" for some in (steps, exclusions)]
    # a session's last event says whether it is over; a customer's is not asked for
    last = "MAX(CASE WHEN seen THEN t END) OVER (PARTITION BY unit)" if unit == "session" else "NULL"
    inner = f"SELECT unit, customer, t, o, {bits[0]} AS steps, {bits[1]} AS excluded, seen, CAST({last} AS BIGINT) AS last FROM ({units_sql(unit, own)}) y"
    kept = "true" if whole else "seen"
    return (f"SELECT unit AS u, customer, t, o, CAST(steps AS BIGINT) AS steps, CAST(excluded AS BIGINT) AS excluded, seen, last FROM ({inner}) z "
            f"WHERE {kept}")


def only_matching(rows: str) -> str:
    """Those rows that match something."""
    return f"SELECT * FROM ({rows}) m WHERE steps > 0 OR excluded > 0"
