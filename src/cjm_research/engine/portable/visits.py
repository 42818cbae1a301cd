"""Paths: visits of nodes by session or customer, and the counts of nodes, transitions, places, flows, variants and loops."""

from __future__ import annotations

from collections.abc import Sequence

from ..conditions import literal
from .units import units_sql

MARK = "\u241f"  # between the nodes of a path written as one text: a sign that no name has


def values_sql(value: str, unit: str, own: bool, gap: int, ignore: Sequence[str] = ()) -> str:
    """The seen events of a unit with a value: unit, customer, t, o, v."""
    inner = f"SELECT unit, customer, t, o, NULLIF(CAST({value} AS VARCHAR), '') AS v, seen FROM ({units_sql(unit, own, gap)}) y"
    text = f"SELECT unit, customer, t, o, v FROM ({inner}) z WHERE seen AND v IS NOT NULL"
    return text + (f" AND v NOT IN ({', '.join(map(literal, ignore))})" if ignore else "")


def sizes_sql(values: str) -> str:
    """Units and events by value: what decides which values stay nodes."""
    return f"SELECT v, COUNT(DISTINCT unit) AS units, COUNT(*) AS events FROM ({values}) x GROUP BY v"


def visits_sql(values: str, nodes: Sequence[str], other: str, repeats: bool) -> str:
    """One row a visit: unit, customer, t, node, before, after (the neighbouring nodes), gap (µs to the next), place (from 0).

    nodes: values that stay; the others are `other`. repeats: whether a node directly after itself is a visit.
    """
    order = "(PARTITION BY unit ORDER BY customer, t, o)"
    text = f"SELECT unit, customer, t, o, CASE WHEN v IN ({', '.join(map(literal, nodes))}) THEN v ELSE {literal(other)} END AS node FROM ({values}) x"
    if not repeats:
        text = f"SELECT unit, customer, t, o, node FROM (SELECT *, LAG(node) OVER {order} AS last_node FROM ({text}) a) b WHERE last_node IS NULL OR last_node <> node"
    return (f"SELECT unit, customer, t, node, LAG(node) OVER {order} AS before, LEAD(node) OVER {order} AS after, LEAD(t) OVER {order} - t AS gap, "
            f"ROW_NUMBER() OVER {order} - 1 AS place FROM ({text}) c")


def nodes_sql(visits: str) -> str:
    """node, reach (units), visits, begins, ends."""
    return ("SELECT node, COUNT(DISTINCT unit) AS reach, COUNT(*) AS visits, SUM(CASE WHEN before IS NULL THEN 1 ELSE 0 END) AS begins, "
            f"SUM(CASE WHEN after IS NULL THEN 1 ELSE 0 END) AS ends FROM ({visits}) v GROUP BY node")


def transitions_sql(visits: str) -> str:
    """node, after, n, median (µs): transitions inside units."""
    return (f"SELECT node, after, COUNT(*) AS n, PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY gap) AS median FROM ({visits}) v "
            "WHERE after IS NOT NULL GROUP BY node, after")


def flows_sql(visits: str, most: int) -> str:
    """place, node, after (NULL: the end), n: of the first `most` places."""
    return f"SELECT place, node, after, COUNT(*) AS n FROM ({visits}) v WHERE place < {most} GROUP BY place, node, after"


def variants_sql(visits: str, most: int) -> str:
    """path (nodes with `MARK` between), length, n, median (µs), variants (their number): the most frequent paths."""
    # equally frequent paths in the order in which they are first seen, by customer and time
    one = (f"SELECT unit, STRING_AGG(node, {literal(MARK)} ORDER BY place) AS path, COUNT(*) AS length, MAX(t) - MIN(t) AS span, "
           f"MIN(customer) || ' ' || LPAD(CAST(MIN(t) AS VARCHAR), 20, '0') AS begin FROM ({visits}) v GROUP BY unit")
    return (f"SELECT path, length, n, median, variants FROM (SELECT path, length, COUNT(*) AS n, PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY span) AS median, "
            f"MIN(begin) AS begin, COUNT(*) OVER () AS variants FROM ({one}) w GROUP BY path, length) x ORDER BY n DESC, begin LIMIT {most}")


def loops_sql(visits: str) -> str:
    """node, returns, returning (units), median (µs away): visits of a node after something else since its last visit."""
    return (f"SELECT node, COUNT(*) AS returns, COUNT(DISTINCT unit) AS returning, PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY t - last_t) AS median "
            f"FROM ({_returning(visits)}) r GROUP BY node")


def via_sql(visits: str) -> str:
    """node, before, n: from where they come back."""
    return f"SELECT node, before, COUNT(*) AS n FROM ({_returning(visits)}) r GROUP BY node, before"


def _returning(visits: str) -> str:
    order = "(PARTITION BY unit, node ORDER BY place)"
    return (f"SELECT * FROM (SELECT *, LAG(place) OVER {order} AS last_place, LAG(t) OVER {order} AS last_t FROM ({visits}) v) a "
            "WHERE last_place IS NOT NULL AND place > last_place + 1")


def between_sql(visits: str, nodes: Sequence[str]) -> str:
    """first_node, node, n, median (µs): from the first visit of one node to the next visit of another, by unit."""
    names = ", ".join(map(literal, nodes))
    firsts = f"SELECT unit, node AS first_node, MIN(place) AS p0, MIN(t) AS t0 FROM ({visits}) v WHERE node IN ({names}) GROUP BY unit, node"
    met = (f"SELECT f.unit, first_node, v.node, MIN(v.t) - MIN(t0) AS took FROM ({firsts}) f JOIN ({visits}) v ON v.unit = f.unit "
           f"AND v.place > f.p0 AND v.node <> f.first_node WHERE v.node IN ({names}) GROUP BY f.unit, first_node, v.node")
    return f"SELECT first_node, node, COUNT(*) AS n, PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY took) AS median FROM ({met}) m GROUP BY first_node, node"
