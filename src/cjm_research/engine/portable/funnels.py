"""Funnels: the rows that the kernel walks in tasks, and step counts without the kernel."""

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


def counts_sql(steps: Sequence[str], window: int | None, end: int) -> str:
    """Step counts of an ordered funnel whose steps share no event: n1 … nk and pending, in one row, without the kernel.

    The latest start of an attempt that stands at a step never falls along a customer's events, so a running MAX says
    whether an event goes on from the step before; all levels share one order of rows, hence one shuffle.
    """
    n = len(steps)
    case = " ".join(f"WHEN {c} THEN {k}" for k, c in enumerate(steps))
    text = f"SELECT u, t, s, CASE WHEN s = 0 THEN t END AS a0 FROM (SELECT u, t, CASE {case} END AS s FROM log) b WHERE s IS NOT NULL"
    over = "OVER (PARTITION BY u ORDER BY t, s ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
    for k in range(1, n):
        running = f"MAX(a{k - 1}) {over}"
        inside = f" AND t - {running} <= {window}" if window is not None else ""
        text = f"SELECT *, CASE WHEN s = {k}{inside} THEN {running} END AS a{k} FROM ({text}) w{k}"
    levels = ", ".join(f"MAX(a{k}) AS a{k}" for k in range(n))
    still = f"a{n - 1} IS NULL AND a0 + {window} > {end}" if window is not None else "false"
    counts = ", ".join(f"COUNT(a{k}) AS n{k + 1}" for k in range(n))
    return f"SELECT {counts}, COALESCE(SUM(CASE WHEN {still} THEN 1 ELSE 0 END), 0) AS pending FROM (SELECT u, {levels} FROM ({text}) v GROUP BY u) per WHERE a0 IS NOT NULL"
