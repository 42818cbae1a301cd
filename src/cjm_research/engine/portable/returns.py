"""Retention: one row a customer and period in which they came back."""

from __future__ import annotations


def entries_sql(entered: str, by: str | None = None) -> str:
    """u, t0, segment: each customer's first event of all that fulfils a condition, if it lies in the period; a column's value there."""
    value = f"CAST({by} AS VARCHAR)" if by else "CAST(NULL AS VARCHAR)"
    return (f"SELECT u, t AS t0, segment FROM (SELECT u, t, {value} AS segment, ROW_NUMBER() OVER (PARTITION BY u ORDER BY t, o) AS r, seen "
            f"FROM log_all WHERE {entered}) e WHERE r = 1 AND seen")


def returns_sql(entries: str, returned: str, stretch: str) -> str:
    """u, k, first, latest: for each customer the µs since the entry of the first and the latest return of each stretch.

    stretch: its number by t (µs) and since (µs since the entry).
    """
    since = f"SELECT l.u, l.t, l.t - e.t0 AS since FROM log l JOIN ({entries}) e ON l.u = e.u WHERE {returned} AND l.t > e.t0"
    return f"SELECT u, k, MIN(since) AS first, MAX(since) AS latest FROM (SELECT u, since, {stretch} AS k FROM ({since}) s) x GROUP BY u, k"


def stretch_sql(edges: list[int]) -> str:
    """The number of the stretch that begins at an edge, −1 before the first one. edges: ascending, µs since the entry."""
    return f"CASE {' '.join(f'WHEN since >= {edge} THEN {k}' for k, edge in reversed(list(enumerate(edges))))} ELSE -1 END"


def lasts_sql(entries: str, end: int, did: str = "true") -> str:
    """u, t0, segment, last: each who entered, with the last event up to the end of observation, of any period, of which a condition holds; the entry itself counts."""
    return (f"SELECT e.u, e.t0, e.segment, GREATEST(e.t0, MAX(l.t)) AS last FROM ({entries}) e LEFT JOIN (SELECT u, t FROM log_all WHERE t <= {end} AND {did}) l ON l.u = e.u "
            "GROUP BY e.u, e.t0, e.segment")
