"""The graph of transitions, the step matrix and the flows of a Sankey drawing, as numbers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...engine.sequence.rows import first_of_each, units_by_group
from ...results.result import Estimate, estimates_frame
from ...stats.shares import share, wilson
from .medians import Parts, median_s, medians_of
from .walks import END, OTHER, START, Walks

_CHUNK = 4_000_000  # visits looked at together
STEPS = 8  # of the step matrix, at least
FLOWS = 60  # of a Sankey drawing: more cannot be told apart by eye
_ESTIMATE = ["value", "low", "high", "n", "base", "unit", "method"]
NO_STEPS = pd.DataFrame(columns=["step", "node", *_ESTIMATE])  # where of no path the order is known


@dataclass(frozen=True)
class Graph:
    """What is drawn of paths: frames `nodes`, `transitions` (all) and `step_matrix`."""

    nodes: pd.DataFrame
    transitions: pd.DataFrame
    step_matrix: pd.DataFrame


def graph_of(walks: Walks, steps: int) -> Graph:
    """The nodes, what comes after what, and where paths are at each of `steps` steps."""
    told = walks.told()
    return Graph(nodes_frame(walks), transitions_frame(walks), step_matrix_frame(told, steps) if told.units else NO_STEPS)


def nodes_frame(walks: Walks) -> pd.DataFrame:
    """One row a node: the share of units that visit it, visits, visits per visiting unit, and how often it begins or ends."""
    size = len(walks.names)
    reach = units_by_group(walks.unit, walks.node, size)
    visits = np.bincount(walks.node, minlength=size)
    begins = np.bincount(walks.node[walks.first[:-1]], minlength=size)
    ends = np.bincount(walks.node[walks.first[1:] - 1], minlength=size)
    return nodes_of(walks.names, reach, visits, begins, ends, walks.units)


def nodes_of(names: Sequence[str], reach: np.ndarray, visits: np.ndarray, begins: np.ndarray, ends: np.ndarray, units: int) -> pd.DataFrame:
    """As `nodes_frame`, from counts by node."""
    return estimates_frame([({"node": name, "visits": int(visits[k]), "visits_per_unit": float(visits[k] / reach[k]) if reach[k] else None,
                              "begins": int(begins[k]), "ends": int(ends[k])}, share(int(reach[k]), units)) for k, name in enumerate(names)])


def transitions_frame(walks: Walks, edges: int | None = None) -> pd.DataFrame:
    """One row a transition: from, to, n; value: share of all that leave `from` (with `(start)` and `(end)`); median_s.

    edges: only so many of the most frequent transitions (`(start)` and `(end)` included).
    """
    size = len(walks.names)
    counts, medians = medians_of(lambda: _moves(walks), size * size)
    begins = np.bincount(walks.node[walks.first[:-1]], minlength=size)
    ends = np.bincount(walks.node[walks.first[1:] - 1], minlength=size)
    return transitions_of(walks.names, counts.reshape(size, size), medians.reshape(size, size) / 1e6, begins, ends, walks.units, edges)


def transitions_of(names: Sequence[str], counts: np.ndarray, medians: np.ndarray, begins: np.ndarray, ends: np.ndarray, units: int,
                   edges: int | None = None) -> pd.DataFrame:
    """As `transitions_frame`, from counts and medians (s) by node and following node."""
    leaving = counts.sum(axis=1) + ends
    rows: list[tuple[str, str, int, int, float | None]] = [(START, names[k], int(begins[k]), units, None) for k in np.flatnonzero(begins)]
    rows += [(names[a], names[b], int(counts[a, b]), int(leaving[a]), float(medians[a, b])) for a, b in np.argwhere(counts)]
    rows += [(names[k], END, int(ends[k]), int(leaving[k]), None) for k in np.flatnonzero(ends)]
    rows.sort(key=lambda r: (-r[2], r[0], r[1]))
    return _shares(pd.DataFrame(rows[:edges], columns=["from", "to", "n", "base", "median_s"]), ["from", "to"], ["median_s"])


def _moves(walks: Walks) -> Parts:
    """The transitions as numbers (node × nodes + following node) with the time between, µs; some millions at a time."""
    size = len(walks.names)
    for low in range(0, len(walks) - 1, _CHUNK):
        high = min(low + _CHUNK, len(walks) - 1)
        here, after = slice(low, high), slice(low + 1, high + 1)
        inner = walks.unit[here] == walks.unit[after]
        inner = np.flatnonzero(inner if walks.untold is None else inner & ~walks.untold[here])
        key = walks.node[here].astype(np.int64) * size + walks.node[after]
        yield key[inner], (walks.t[after] - walks.t[here])[inner]


def _shares(frame: pd.DataFrame, before: list[str], after: list[str]) -> pd.DataFrame:
    """Counts and bases as estimates."""
    low, high = wilson(frame["n"], frame["base"]) if len(frame) else (np.empty(0), np.empty(0))
    frame = frame.assign(value=frame["n"] / frame["base"], low=low, high=high, unit="share", method="Wilson, 0.95")
    out = frame[[*before, *_ESTIMATE, *after]]
    return out.assign(**{a: pd.to_numeric(out[a]) for a in after})


def step_matrix_frame(walks: Walks, steps: int = STEPS) -> pd.DataFrame:
    """One row a node and step: the share of all units that are at the node at that step; `(end)` where they are through."""
    size = len(walks.names)
    counts = [np.bincount(walks.at_step(step, size), minlength=size + 1)[:size] for step in range(steps)]
    return step_matrix_of(walks.names, np.stack(counts), walks.units)


def step_matrix_of(names: Sequence[str], counts: np.ndarray, units: int) -> pd.DataFrame:
    """As `step_matrix_frame`, from counts by step and node."""
    rows: list[tuple[int, str, int]] = []
    for step, row in enumerate(counts):
        rows += [(step + 1, name, int(row[k])) for k, name in enumerate(names)] + [(step + 1, END, units - int(row.sum()))]
    return _shares(pd.DataFrame(rows, columns=["step", "node", "n"]).assign(base=units), ["step", "node"], [])


def sankey_frame(walks: Walks, steps: int = 6, flows: int = FLOWS) -> pd.DataFrame:
    """The flows of a Sankey drawing: step, source, target, n, share of all units.

    At most about `flows` flows over all steps: as many of the places (a node at a step) as that allows keep their name, the
    largest first; the others of a step are its `(other)`. So what flows into a place also leaves it, and every step's flows add
    up to all units. Units that are through flow from `(end)` to `(end)`.
    """
    end = len(walks.names) + 1
    wide = end + 1
    tables = []
    after = walks.at_step(0, end)
    for step in range(steps - 1):
        here, after = after, walks.at_step(step + 1, end)
        n = np.bincount(here * wide + after, minlength=wide * wide)
        key = np.flatnonzero(n)
        tables.append(pd.DataFrame({"step": step + 1, "source": key // wide, "target": key % wide, "n": n[key]}))
    return sankey_of(walks.names, pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["step", "source", "target", "n"]), walks.units, flows)


def sankey_of(nodes: Sequence[str], frame: pd.DataFrame, units: int, flows: int = FLOWS) -> pd.DataFrame:
    """As `sankey_frame`, from all flows: step, source, target (codes into `nodes`; their number + 1 is the end), n."""
    names = [*nodes, OTHER, END]
    other, end, wide = names.index(OTHER), len(names) - 1, len(names)
    frame = frame.astype(np.int64)
    step, source, target, n = (frame[c].to_numpy() for c in ("step", "source", "target", "n"))
    width = (int(step.max(initial=0)) + 2) * wide
    places = np.maximum(*(np.bincount(at, weights=n, minlength=width) for at in (step * wide + source, (step + 1) * wide + target)))
    order = np.lexsort((np.arange(len(places)), -places))
    order = order[(places[order] > 0) & ~np.isin(order % wide, (other, end))]

    def merged(most: int) -> pd.DataFrame:
        named = np.isin(np.arange(len(places)), order[:most]) | (np.arange(len(places)) % wide == end)
        out: pd.DataFrame = frame.assign(source=np.where(named[step * wide + source], source, other), target=np.where(named[(step + 1) * wide + target], target, other)) \
            .groupby(["step", "source", "target"], as_index=False)[["n"]].sum()
        return out

    # more places by name never make fewer flows
    most = bisect_right(range(len(order) + 1), flows, key=lambda k: int((merged(k)["source"] != end).sum())) - 1
    frame = merged(max(most, 0))
    frame = frame.assign(source=[names[k] for k in frame["source"]], target=[names[k] for k in frame["target"]], base=units)
    return _shares(frame, ["step", "source", "target"], []).sort_values(["step", "n"], ascending=[True, False], ignore_index=True)


def between_nodes(names: Sequence[str], most: int = 8) -> list[int]:
    """The nodes that `between_frame` compares."""
    return [k for k, name in enumerate(names) if name != OTHER][:most]


def between_frame(walks: Walks, most: int = 8) -> pd.DataFrame:
    """Time from the first visit of one node to the next visit of another: from, to, share of units at `from`, median_s."""
    nodes = between_nodes(walks.names, most)
    begins = {a: at[first_of_each(walks.unit[at])] for a in nodes for at in [np.flatnonzero(walks.node == a)]}
    starts = {a: (walks.unit[begin], walks.t[begin]) for a, begin in begins.items()}
    found: dict[tuple[int, int], tuple[dict[str, object], Estimate]] = {}
    for b in nodes:
        is_b = walks.node == b
        visits, passed = np.flatnonzero(is_b), np.cumsum(is_b, dtype=np.int32 if len(walks) < 2**31 else np.int64)
        unit, t = np.append(walks.unit[visits], -1), walks.t[visits]  # behind the last visit of b is nobody's
        for a in nodes:
            if a == b:
                continue
            then = passed[begins[a]]  # of the visits of b, the first behind each begin
            met = np.flatnonzero(unit[then] == starts[a][0])
            found[a, b] = ({"from": walks.names[a], "to": walks.names[b], "median_s": median_s(t[then[met]] - starts[a][1][met])},
                           share(len(met), len(begins[a])))
    rows = [found[pair] for pair in sorted(found)]
    return estimates_frame(rows).reindex(columns=["from", "to", *_ESTIMATE, "median_s"])
