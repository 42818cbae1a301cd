"""Paths: visits of nodes by session or customer, and the counts of nodes, transitions, places, flows, variants, loops, ways and groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from ..conditions import literal
from .units import units_sql

MARK = "\u241f"  # between the nodes of a path written as one text: a sign that no name has


def values_sql(value: str, unit: str, own: bool, gap: int, ignore: Sequence[str] = (), did: str = "true") -> str:
    """The seen events of a unit with a value: unit, customer, t, o, v, said (the source, where it says the order of an instant). did: a
    condition on events."""
    inner = (f"SELECT unit, customer, t, o, NULLIF(CAST({value} AS VARCHAR), '') AS v, CASE WHEN order_known THEN source END AS said, seen "
             f"FROM ({units_sql(unit, own, gap)}) y WHERE {did}")
    text = f"SELECT unit, customer, t, o, v, said FROM ({inner}) z WHERE seen AND v IS NOT NULL"
    return text + (f" AND v NOT IN ({', '.join(map(literal, ignore))})" if ignore else "")


def sizes_sql(values: str) -> str:
    """Units and events by value: what decides which values stay nodes."""
    return f"SELECT v, COUNT(DISTINCT unit) AS units, COUNT(*) AS events FROM ({values}) x GROUP BY v"


def visits_sql(values: str, nodes: Sequence[str], other: str, repeats: bool) -> str:
    """One row a visit: unit, customer, t, node, before, after (the neighbouring nodes), gap (µs to the next), said (whether a source says the
    order of it and the next at one instant), place (from 0).

    nodes: values that stay; the others are `other`. repeats: whether a node directly after itself is a visit.
    """
    order = "(PARTITION BY unit ORDER BY customer, t, o)"
    node = f"CASE WHEN v IN ({', '.join(map(literal, nodes))}) THEN v ELSE {literal(other)} END" if nodes else literal(other)
    text = f"SELECT unit, customer, t, o, {node} AS node, said FROM ({values}) x"
    if not repeats:
        text = f"SELECT unit, customer, t, o, node, said FROM (SELECT *, LAG(node) OVER {order} AS last_node FROM ({text}) a) b WHERE last_node IS NULL OR last_node <> node"
    return (f"SELECT unit, customer, t, node, LAG(node) OVER {order} AS before, LEAD(node) OVER {order} AS after, LEAD(t) OVER {order} - t AS gap, "
            f"COALESCE(said = LEAD(said) OVER {order}, false) AS said, "
            f"ROW_NUMBER() OVER {order} - 1 AS place FROM ({text}) c")


def medians_sql(rows: str, keys: Sequence[str], value: str, more: Mapping[str, str] = MappingProxyType({})) -> str:
    """keys, n (rows), median (of an even number the mean of the two in the middle) and more: sums and minima by name.

    Counted by value, then added up in order: PERCENTILE_DISC means an approximation to Spark as sqlglot writes it.
    """
    by = ", ".join(keys)
    of = {name: text[:text.index("(")] for name, text in more.items()}  # of parts the same function is taken again
    counted = f"SELECT {by}, {value} AS x, COUNT(*) AS c{''.join(f', {text} AS {name}' for name, text in more.items())} FROM ({rows}) q GROUP BY {by}, {value}"
    summed = (f"SELECT *, SUM(c) OVER (PARTITION BY {by}) AS n, SUM(c) OVER (PARTITION BY {by} ORDER BY x ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS upto "
              f"FROM ({counted}) q")
    again = "".join(f", {function}({name}) AS {name}" for name, function in of.items())
    return f"SELECT {by}, MAX(n) AS n, (MIN(CASE WHEN 2 * upto >= n THEN x END) + MIN(CASE WHEN 2 * upto > n THEN x END)) / CAST(2 AS DOUBLE) AS median{again} FROM ({summed}) q GROUP BY {by}"


#: the condition on a visit that nobody says whether it or the next, of the same instant, came first
UNTOLD = "(gap = 0 AND node <> after AND NOT said)"


def told_sql(visits: str) -> str:
    """The visits of the units of whose every move it is known which visit came first."""
    return (f"SELECT * FROM (SELECT *, MAX(CASE WHEN {UNTOLD} THEN 1 ELSE 0 END) OVER (PARTITION BY unit) AS doubtful FROM ({visits}) v) d WHERE doubtful = 0")


def nodes_sql(visits: str) -> str:
    """node, reach (units), visits, begins, ends."""
    return ("SELECT node, COUNT(DISTINCT unit) AS reach, COUNT(*) AS visits, SUM(CASE WHEN before IS NULL THEN 1 ELSE 0 END) AS begins, "
            f"SUM(CASE WHEN after IS NULL THEN 1 ELSE 0 END) AS ends FROM ({visits}) v GROUP BY node")


def transitions_sql(visits: str) -> str:
    """node, after, n, median (µs): transitions inside units."""
    return medians_sql(f"SELECT node, after, gap FROM ({visits}) v WHERE after IS NOT NULL AND NOT {UNTOLD}", ("node", "after"), "gap")


def flows_sql(visits: str, most: int) -> str:
    """place, node, after (NULL: the end), n: of the first `most` places."""
    return f"SELECT place, node, after, COUNT(*) AS n FROM ({visits}) v WHERE place < {most} GROUP BY place, node, after"


def variants_sql(visits: str, most: int) -> str:
    """path (nodes with `MARK` between), length, n, median (µs), variants (their number): the most frequent paths."""
    # equally frequent paths in the order in which they are first seen, by customer and time
    one = (f"SELECT unit, STRING_AGG(node, {literal(MARK)} ORDER BY place) AS path, COUNT(*) AS length, MAX(t) - MIN(t) AS span, "
           f"MIN(customer) || ' ' || LPAD(CAST(MIN(t) AS VARCHAR), 20, '0') AS begin FROM ({visits}) v GROUP BY unit")
    told = medians_sql(one, ("path", "length"), "span", {"begin": "MIN(begin)"})
    return f"SELECT path, length, n, median, variants FROM (SELECT *, COUNT(*) OVER () AS variants FROM ({told}) x) y ORDER BY n DESC, begin LIMIT {most}"


def loops_sql(visits: str) -> str:
    """node, returns, returning (units), median (µs away): visits of a node after something else since its last visit."""
    numbered = f"SELECT node, t - last_t AS away, ROW_NUMBER() OVER (PARTITION BY unit, node ORDER BY place) AS nth FROM ({_returning(visits)}) r"
    told = medians_sql(numbered, ("node",), "away", {"units": "SUM(CASE WHEN nth = 1 THEN 1 ELSE 0 END)"})
    return f"SELECT node, n AS returns, units AS returning, median FROM ({told}) y"


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
    return medians_sql(met, ("first_node", "node"), "took")


def goal_sql(visits: str, goal: str) -> str:
    """The visits of the units that reach a node, each up to its first visit of it."""
    return (f"SELECT * FROM (SELECT *, MIN(CASE WHEN node = {literal(goal)} THEN place END) OVER (PARTITION BY unit) AS goal_place FROM ({visits}) v) w "
            "WHERE place <= goal_place")


def deviations_sql(visits: str, happy: Sequence[str], told: Sequence[tuple[str, int | None]]) -> str:
    """k, does, n, median (µs from first to last visit): of each statement, the units for which it is true and false.

    Statement 0: the unit's path is `happy`. Then those told: a node, and the number of visits that it has more of;
    None: it has none.
    """
    nodes = list(dict.fromkeys(node for node, _ in told))
    counts = "".join(f", SUM(CASE WHEN node = {literal(n)} THEN 1 ELSE 0 END) AS n{i}" for i, n in enumerate(nodes))
    one = f"SELECT unit, MAX(t) - MIN(t) AS span, STRING_AGG(node, {literal(MARK)} ORDER BY place) AS path{counts} FROM ({visits}) v GROUP BY unit"
    does = [f"path = {literal(MARK.join(happy))}", *(f"n{nodes.index(node)} " + ("= 0" if most is None else f"> {most}") for node, most in told)]
    case = " ".join(f"WHEN k = {k} THEN {text}" for k, text in enumerate(does))
    numbers = " UNION ALL ".join(f"SELECT {k} AS k" for k in range(len(does)))
    return medians_sql(f"SELECT k, span, CASE {case} END AS does FROM ({one}) w CROSS JOIN ({numbers}) s", ("k", "does"), "span")


def first_values_sql(value: str) -> str:
    """id, value: a column at each customer's first event of all, in or out of the period."""
    return (f"SELECT u AS id, v AS value FROM (SELECT u, NULLIF(CAST({value} AS VARCHAR), '') AS v, ROW_NUMBER() OVER (PARTITION BY u ORDER BY t, o) AS r "
            "FROM log_all) f WHERE r = 1 AND v IS NOT NULL")


def largest_sql(visits: str, values: str, most: int) -> str:
    """value: the most frequent values of customers with a visit. values: id, value by customer."""
    return (f"SELECT value FROM (SELECT value, COUNT(*) AS n, MIN(customer) AS begin FROM (SELECT DISTINCT customer FROM ({visits}) v) c "
            f"JOIN ({values}) g ON customer = id GROUP BY value) x ORDER BY n DESC, begin LIMIT {most}")


def groups_of_values_sql(values: str, groups: Sequence[str]) -> str:
    """id, grp: the customers with one of the values, and its place among them."""
    case = " ".join(f"WHEN value = {literal(v)} THEN {k}" for k, v in enumerate(groups))
    return f"SELECT id, CASE {case} END AS grp FROM ({values}) y WHERE value IN ({', '.join(map(literal, groups))})"


def groups_of_node_sql(visits: str, node: str) -> str:
    """id, grp: all customers; 0 where one visits the node, else 1."""
    return f"SELECT customer AS id, MIN(CASE WHEN node = {literal(node)} THEN 0 ELSE 1 END) AS grp FROM ({visits}) v GROUP BY customer"


def grouped_sql(visits: str, groups: str) -> str:
    """grp, what, node, after, n (customers): of each group all, those who visit a node, and those who ever make a transition.

    A transition from the start has no node, one to the end no node after. groups: id, grp.
    """
    joined = f"SELECT grp, customer, node, before, after, CASE WHEN {UNTOLD} THEN 1 ELSE 0 END AS doubtful FROM ({visits}) v JOIN ({groups}) g ON customer = id"
    kinds = " UNION ALL ".join(f"SELECT '{what}' AS what" for what in ("all", "node", "begin", "transition"))
    told = (f"SELECT grp, customer, what, CASE WHEN what IN ('node', 'transition') THEN node END AS node, CASE WHEN what = 'begin' THEN node "
            f"WHEN what = 'transition' THEN after END AS after FROM ({joined}) j CROSS JOIN ({kinds}) k WHERE (what <> 'begin' OR before IS NULL) AND (what <> 'transition' OR doubtful = 0)")
    return f"SELECT grp, what, node, after, COUNT(DISTINCT customer) AS n FROM ({told}) x GROUP BY grp, what, node, after"
