"""The paths of a log that lies on Spark: counts by portable SQL, framed as those of the embedded engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...engine.conditions import column_sql
from ...engine.portable import visits as sql
from ...errors import BadInput, unknown
from ...log.actors import did_sql, left_out, not_done
from ...log.on_spark import RemoteEvents, remote_of
from ...results.result import Estimate, estimates_frame
from ...shapes import Row
from ...stats.shares import share
from ...tables import TABLES
from .compare import GroupCounts, comparison_of, not_compared, too_few
from .graph import NO_STEPS, Graph, between_nodes, nodes_of, sankey_of, step_matrix_of, transitions_of
from .variants import Way, deviations, deviations_of, in_words
from .walks import OTHER, TIED, at_one_instant, check, marks_in, most_visited, node_code, nothing_left

if TYPE_CHECKING:
    from ...study import Study


@dataclass(frozen=True)
class RemoteWalks:
    """As `Walks`, but counted: visits is SQL for all visits, kept on Spark until the next paths."""

    events: RemoteEvents
    visits: str
    names: list[str]
    units: int
    size: int
    rule: str
    notes: tuple[str, ...]
    order_told: bool = True
    untold: bool = False  # whether there are moves of which nobody says which visit came first

    def __len__(self) -> int:
        return self.size

    def code(self, name: str) -> int:
        """The place of a node. Raises `BadInput` for one that does not occur."""
        return node_code(name, self.names)

    def told(self) -> RemoteWalks:
        """As `Walks.told`."""
        if not self.untold:
            return self
        visits = sql.told_sql(self.visits)
        size = self.ask(f"SELECT COUNT(*) AS n, COUNT(DISTINCT unit) AS units FROM ({visits}) v").iloc[0]
        return replace(self, visits=visits, units=int(size["units"]), size=int(size["n"]), untold=False)

    def ask(self, text: str) -> pd.DataFrame:
        """Counts over the visits."""
        return self.events.spark.query(text)


def remote_walks(study: Study, by: str, unit: str, timeout: float | None, *, nodes: int, repeats: bool, ignore: Sequence[str],
                 keep: Sequence[str] = ()) -> RemoteWalks:
    """As `walk_nodes`, on Spark. Raises `BadInput`, `NotEnoughData`."""
    check(unit, timeout, nodes=nodes)
    events = remote_of(study)
    own = unit == "session" and timeout is None and events.own_sessions
    gap = round((timeout or 1800.0) * 1e6)
    column = events.column(by, "breakdown")
    spark = events.spark
    notes: list[str] = []
    seen = spark.query(f"SELECT COUNT(*) AS n, COUNT(NULLIF(CAST({column} AS VARCHAR), '')) AS named FROM log WHERE {did_sql(study, events)}").iloc[0]
    did = did_sql(study, events)
    notes += left_out(study, not_done(study, events))
    found = spark.query(sql.sizes_sql(sql.values_sql(column, unit, own, gap, ignore, did)))
    every = {str(v) for v in found["v"]} | set(events.index.names.get(by, ()))
    if ignore and by not in events.index.names:
        every |= {str(v) for v in spark.query(sql.sizes_sql(sql.values_sql(column, unit, own, gap)))["v"]}
    for name in ignore:
        if name not in every:
            raise unknown("paths", by, name, every, "correct the options of paths in the cell that asks, or in chapter_params")
    if found.empty:
        raise nothing_left(by, ignore)
    if empty := int(seen["n"] - seen["named"]):
        notes.append(f"{empty:,} of {int(seen['n']):,} events have no {by} and are left out.")
    notes += marks_in(every)
    rule = "one path a customer"
    if unit == "session":
        cut = f"a session ends after {gap / 60e6:g} minutes without an event"
        rule = f"one path a session: {'sessions as the source delivers them' if own else cut}"
        if own and (without := int(spark.query("SELECT COUNT(*) - COUNT(session_id) AS n FROM log")["n"].iloc[0])):
            notes.append(f"{without:,} events belong to no session and are left out.")
    known = sorted(str(v) for v in found["v"])
    by_name = found.set_index(found["v"].astype(str))["units"]
    chosen = most_visited(known, np.array([int(by_name[k]) for k in known]), nodes, [k for k in keep if k in by_name.index])
    names = [known[c] for c in chosen]
    spark.keep("visits", sql.visits_sql(sql.values_sql(column, unit, own, gap, ignore, did), names, OTHER, repeats))
    visits = "SELECT * FROM visits"
    if not repeats:
        rule += "; a node directly after itself is one visit"
    size = spark.query("SELECT COUNT(*) AS n, COUNT(DISTINCT unit) AS units, COUNT(after) AS moves, "
                       "SUM(CASE WHEN gap = 0 AND node <> after THEN 1 ELSE 0 END) AS tied, "
                       f"SUM(CASE WHEN {sql.UNTOLD} THEN 1 ELSE 0 END) AS unsaid, COUNT(DISTINCT CASE WHEN {sql.UNTOLD} THEN unit END) AS some FROM ({visits}) v").iloc[0]
    unsaid, moves = int(size["unsaid"]), int(size["moves"])
    if unsaid:
        notes.append(at_one_instant(int(size["tied"]), unsaid, moves, int(size["some"]), int(size["units"])))
    return RemoteWalks(events, visits, names + ([OTHER] if len(chosen) < len(known) else []), int(size["units"]), int(size["n"]), rule, tuple(notes),
                       not unsaid or unsaid < TIED * moves, bool(unsaid))


@dataclass(frozen=True)
class RemoteGraph(Graph):
    """As `Graph`, with the counts below it, of paths whose order is told: reach by node, flows by place, matrix by place and node."""

    reach: np.ndarray
    flows: pd.DataFrame
    matrix: np.ndarray


def remote_graph(walks: RemoteWalks, steps: int) -> RemoteGraph:
    """What comes after what, and where paths are at each of `steps` steps."""
    code = {name: k for k, name in enumerate(walks.names)}
    size = len(walks.names)
    nodes = walks.ask(sql.nodes_sql(walks.visits))
    reach, visits, begins, ends = (np.zeros(size, dtype=np.int64) for _ in range(4))
    for column, target in (("reach", reach), ("visits", visits), ("begins", begins), ("ends", ends)):
        target[[code[n] for n in nodes["node"]]] = nodes[column].astype(np.int64)
    told = walks.told()
    moved = walks.ask(sql.transitions_sql(walks.visits))
    told_reach = reach
    if told is not walks:
        own, told_reach = walks.ask(sql.nodes_sql(told.visits)), np.zeros(size, dtype=np.int64)
        told_reach[[code[n] for n in own["node"]]] = own["reach"].astype(np.int64)
    counts, medians = np.zeros((size, size), dtype=np.int64), np.full((size, size), np.nan)
    at = ([code[n] for n in moved["node"]], [code[n] for n in moved["after"]])
    counts[at], medians[at] = moved["n"].astype(np.int64), moved["median"].astype(float) / 1e6
    flows = walks.ask(sql.flows_sql(told.visits, steps))
    matrix = np.zeros((steps, size), dtype=np.int64)
    np.add.at(matrix, (flows["place"].astype(int), [code[n] for n in flows["node"]]), flows["n"].astype(np.int64))
    return RemoteGraph(nodes_of(walks.names, reach, visits, begins, ends, walks.units), transitions_of(walks.names, counts, medians, begins, ends, walks.units),
                       step_matrix_of(walks.names, matrix, told.units) if told.units else NO_STEPS, told_reach, flows, matrix)


def remote_frames(walks: RemoteWalks, graph: RemoteGraph, steps: int) -> tuple[dict[str, pd.DataFrame], int]:
    """The other frames of `paths` (but `deviations` and `comparison`), and the number of variants."""
    variants, number = _variants(walks)
    return {"sankey": _sankey(walks, graph.flows, steps, graph.matrix), "variants": variants, "loops": _loops(walks, graph.reach),
            "between": _between(walks, graph.reach)}, number


def _sankey(walks: RemoteWalks, flows: pd.DataFrame, steps: int, matrix: np.ndarray) -> pd.DataFrame:
    code = {name: k for k, name in enumerate(walks.names)}
    end = len(walks.names) + 1
    drawn = flows[flows["place"] < steps - 1]
    frame = pd.DataFrame({"step": drawn["place"].astype(int) + 1, "source": [code[n] for n in drawn["node"]],
                          "target": [end if pd.isna(n) else code[n] for n in drawn["after"]], "n": drawn["n"].astype(np.int64)})
    through = [(k + 1, end, end, walks.units - int(matrix[k].sum())) for k in range(steps - 1)]
    more = pd.DataFrame([r for r in through if r[3]], columns=["step", "source", "target", "n"])
    frame = pd.concat([frame, more], ignore_index=True).sort_values(["step", "source", "target"], ignore_index=True)
    return sankey_of(walks.names, frame, walks.units)


def _variants(walks: RemoteWalks, most: int = 20) -> tuple[pd.DataFrame, int]:
    found = walks.ask(sql.variants_sql(walks.visits, most))
    rows: list[tuple[Row, Estimate]] = []
    total = 0
    for r in found.to_dict("records"):
        total += int(r["n"])
        rows.append(({"path": in_words(str(r["path"]).split(sql.MARK)), "length": int(r["length"]), "cumulative": total / walks.units,
                      "median_s": float(r["median"]) / 1e6}, share(int(r["n"]), walks.units)))
    return estimates_frame(rows), int(found["variants"].iloc[0])


def _loops(walks: RemoteWalks, reach: np.ndarray) -> pd.DataFrame:
    found, via = (walks.ask(text(walks.visits)) for text in (sql.loops_sql, sql.via_sql))
    by_node = found.set_index("node")
    rows: list[tuple[Row, Estimate]] = []
    for k, name in enumerate(walks.names):
        if name == OTHER or not reach[k]:
            continue
        own = via[via["node"] == name].sort_values("n", ascending=False)
        order = {n: i for i, n in enumerate(walks.names)}
        top = min((r for r in own.to_dict("records") if r["n"] == own["n"].max()), key=lambda r: order[r["before"]], default=None)
        r = by_node.loc[name] if name in by_node.index else None
        rows.append(({"node": name, "returns": float(r["returns"] / r["returning"]) if r is not None else None, "via": top["before"] if top else None,
                      "median_s": float(r["median"]) / 1e6 if r is not None else None}, share(int(r["returning"]) if r is not None else 0, int(reach[k]))))
    frame = estimates_frame(rows)
    return frame.sort_values(["value", "node"], ascending=[False, True], ignore_index=True) if len(frame) else frame


def _between(walks: RemoteWalks, reach: np.ndarray) -> pd.DataFrame:
    chosen = between_nodes(walks.names)
    names = [walks.names[k] for k in chosen]
    found = {(r["first_node"], r["node"]): r for r in walks.ask(sql.between_sql(walks.visits, names)).to_dict("records")} if len(names) > 1 else {}
    rows: list[tuple[Row, Estimate]] = []
    for k, a in zip(chosen, names, strict=True):
        for b in names:
            if a != b:
                r = found.get((a, b))
                rows.append(({"from": a, "to": b, "median_s": float(r["median"]) / 1e6 if r else None}, share(int(r["n"]) if r else 0, int(reach[k]))))
    return estimates_frame(rows).reindex(columns=["from", "to", "value", "low", "high", "n", "base", "unit", "method", "median_s"])


def remote_way_to(walks: RemoteWalks, goal: str) -> Way | None:
    """As `way_to`, on Spark."""
    visits = sql.goal_sql(walks.visits, walks.names[walks.code(goal)])
    found = walks.ask(sql.variants_sql(visits, 1))
    if found.empty:
        return None
    happy = str(found["path"].iloc[0]).split(sql.MARK)
    first, *others = deviations(walks.names, happy)
    counts = walks.ask(sql.deviations_sql(visits, happy, [(d.node, d.planned if d.more else None) for d in others]))
    by_statement = {(int(r["k"]), bool(r["does"])): (int(r["n"]), float(r["median"]) / 1e6) for r in counts.to_dict("records")}
    rows = []
    for k, d in enumerate((first, *others)):
        (n, with_s), (_, without_s) = (by_statement.get((k, does), (0, None)) for does in (True, False))
        rows.append((d, n, with_s, without_s))
    units = sum(n for (k, _), (n, _) in by_statement.items() if not k)
    return Way(happy, int(found["n"].iloc[0]), units, deviations_of(rows, units))


def remote_comparison(walks: RemoteWalks, compare: str) -> tuple[pd.DataFrame, list[str]]:
    """The frame of `comparison_of` and the names of the two largest groups by a column or `attributes.<key>`, on Spark.

    Raises `BadInput` for an unknown column, `NotEnoughData` where there is only one group.
    """
    events = walks.events
    if compare.startswith("attributes."):
        # attributes lie on this machine, so they are taken to the log
        value = column_sql(compare, TABLES["customers"].names, "paths: compare")
        events.spark.register("of_customer", events.engine.table(f"SELECT id, value FROM (SELECT customer_id AS id, {value} AS value FROM customers) x WHERE value <> ''"))
    else:
        try:
            value = events.column(compare)
        except BadInput as problem:
            raise not_compared(problem) from None
        events.spark.keep("of_customer", sql.first_values_sql(value))
    values = "SELECT id, value FROM of_customer"
    names = [str(v) for v in walks.ask(sql.largest_sql(walks.visits, values, 2))["value"]]
    if len(names) < 2:
        raise too_few(compare)
    return _compared(walks, sql.groups_of_values_sql(values, names)), names


def remote_reached(walks: RemoteWalks, node: str) -> pd.DataFrame:
    """The frame of `comparison_of`, on Spark: customers who visit a node against the others."""
    return _compared(walks, sql.groups_of_node_sql(walks.visits, node), node)


def _compared(walks: RemoteWalks, groups: str, without: str | None = None) -> pd.DataFrame:
    size = len(walks.names)
    code: dict[Any, int] = {name: k for k, name in enumerate(walks.names)}
    customers, reached, made = [0, 0], np.zeros((2, size), dtype=np.int64), np.zeros((2, size + 2, size + 2), dtype=np.int64)
    for r in walks.ask(sql.grouped_sql(walks.visits, groups)).to_dict("records"):
        n, group, node, after = int(r["n"]), int(r["grp"]), code.get(r["node"], size), code.get(r["after"], size + 1)
        if r["what"] == "all":
            customers[group] = n
        elif r["what"] == "node":
            reached[group, node] = n
        else:
            made[group, node, after] = n
    first, second = (GroupCounts(customers[g], reached[g], made[g].ravel()) for g in (0, 1))
    return comparison_of(walks.names, first, second, without=without)
