"""Retention: one row a customer and period in which they came back."""

from __future__ import annotations


def entries_sql(entered: str, by: str | None = None) -> str:
    """u, t0, segment: each customer's first event of all that fulfils a condition, if it lies in the period; a column's value there."""
    value = f"CAST({by} AS VARCHAR)" if by else "CAST(NULL AS VARCHAR)"
    return (f"SELECT u, t AS t0, segment FROM (SELECT u, t, {value} AS segment, ROW_NUMBER() OVER (PARTITION BY u ORDER BY t, o) AS r, seen "
            f"FROM log_all WHERE {entered}) e WHERE r = 1 AND seen")


def returns_sql(entries: str, returned: str, edges: list[int]) -> str:
    """u, k, first, latest: for each customer the µs since the entry of the first and the latest return between two edges.

    edges: ascending, µs since the entry; k is the number of the stretch that begins there, −1 before the first one.
    """
    case = " ".join(f"WHEN since >= {edge} THEN {k}" for k, edge in reversed(list(enumerate(edges))))
    since = f"SELECT l.u, l.t - e.t0 AS since FROM log l JOIN ({entries}) e ON l.u = e.u WHERE {returned} AND l.t > e.t0"
    return f"SELECT u, k, MIN(since) AS first, MAX(since) AS latest FROM (SELECT u, since, CASE {case} ELSE -1 END AS k FROM ({since}) s) x GROUP BY u, k"


def lasts_sql(entries: str, end: int) -> str:
    """u, t0, segment, last: each who entered, with the last event up to the end of observation, of any kind and period."""
    return (f"SELECT e.u, e.t0, e.segment, MAX(l.t) AS last FROM ({entries}) e JOIN log_all l ON l.u = e.u WHERE l.t <= {end} "
            "GROUP BY e.u, e.t0, e.segment")
