"""The graph of transitions, the step matrix and the flows of a Sankey drawing, as numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..result import Estimate, estimates_frame
from ..stats.shares import share, wilson
from .walks import END, OTHER, START, Walks

_ESTIMATE = ["value", "low", "high", "n", "base", "unit", "method"]


def nodes_frame(walks: Walks) -> pd.DataFrame:
    """One row a node: the share of units that visit it, visits, visits per visiting unit, and how often it begins or ends."""
    size = len(walks.names)
    reach = np.bincount(np.unique(walks.unit * size + walks.node) % size, minlength=size)
    visits = np.bincount(walks.node, minlength=size)
    begins = np.bincount(walks.node[walks.first[:-1]], minlength=size)
    ends = np.bincount(walks.node[walks.first[1:] - 1], minlength=size)
    return estimates_frame([({"node": name, "visits": int(visits[k]), "visits_per_unit": float(visits[k] / reach[k]) if reach[k] else None,
                              "begins": int(begins[k]), "ends": int(ends[k])}, share(int(reach[k]), walks.units))
                            for k, name in enumerate(walks.names)])


def transitions_frame(walks: Walks, edges: int | None = None) -> pd.DataFrame:
    """One row a transition: from, to, n; value: share of all that leave `from` (with `(start)` and `(end)`); median_s.

    edges: only so many of the most frequent transitions (`(start)` and `(end)` included).
    """
    size = len(walks.names)
    inner = ~walks.is_last[:-1]
    key = (walks.node[:-1].astype(np.int64) * size + walks.node[1:])[inner]
    counts = np.bincount(key, minlength=size * size)
    medians = _medians(key, np.diff(walks.t)[inner], size * size)
    begins = np.bincount(walks.node[walks.first[:-1]], minlength=size)
    ends = np.bincount(walks.node[walks.first[1:] - 1], minlength=size)
    leaving = counts.reshape(size, size).sum(axis=1) + ends
    rows = [(START, walks.names[k], int(begins[k]), walks.units, None) for k in np.flatnonzero(begins)]
    rows += [(walks.names[k // size], walks.names[k % size], int(counts[k]), int(leaving[k // size]), float(medians[k]))
             for k in np.flatnonzero(counts)]
    rows += [(walks.names[k], END, int(ends[k]), int(leaving[k]), None) for k in np.flatnonzero(ends)]
    rows.sort(key=lambda r: (-r[2], r[0], r[1]))
    return _shares(pd.DataFrame(rows[:edges], columns=["from", "to", "n", "base", "median_s"]), ["from", "to"], ["median_s"])


def _medians(key: np.ndarray, gap: np.ndarray, size: int) -> np.ndarray:
    """The lower median of the gaps (µs) of each key, in seconds; NaN for a key without any."""
    out = np.full(size, np.nan)
    if not len(key):
        return out
    counts = np.bincount(key, minlength=size)
    bits = int(gap.max()).bit_length()
    if bits + size.bit_length() < 63:  # key and gap in one number: one fast sort instead of two
        ordered = np.sort((key << bits) | gap) & ((1 << bits) - 1)
    else:
        ordered = gap[np.lexsort((gap, key))]
    begin = np.concatenate(([0], np.cumsum(counts)[:-1]))
    has = counts > 0
    out[has] = ordered[(begin + (counts - 1) // 2)[has]] / 1e6
    return out


def _shares(frame: pd.DataFrame, before: list[str], after: list[str]) -> pd.DataFrame:
    """Counts and bases as estimates."""
    low, high = wilson(frame["n"], frame["base"]) if len(frame) else (np.empty(0), np.empty(0))
    frame = frame.assign(value=frame["n"] / frame["base"], low=low, high=high, unit="share", method="Wilson, 0.95")
    out = frame[[*before, *_ESTIMATE, *after]]
    return out.assign(**{a: pd.to_numeric(out[a]) for a in after})


def step_matrix_frame(walks: Walks, steps: int = 8) -> pd.DataFrame:
    """One row a node and step: the share of all units that are at the node at that step; `(end)` where they are through."""
    size = len(walks.names)
    place = walks.place
    rows = []
    for step in range(steps):
        counts = np.bincount(walks.node[place == step], minlength=size)
        through = walks.units - int(counts.sum())
        rows += [(step + 1, walks.names[k], int(counts[k])) for k in range(size)] + [(step + 1, END, through)]
    frame = pd.DataFrame(rows, columns=["step", "node", "n"]).assign(base=walks.units)
    return _shares(frame, ["step", "node"], [])


def sankey_frame(walks: Walks, steps: int = 6, flows: int = 40) -> pd.DataFrame:
    """The flows of a Sankey drawing: step, source, target, n, share of all units.

    At most `flows` flows over all steps are drawn by name; smaller ones go into `(other)`, which is a band of its
    own, so that every step's flows add up to all units. Units that are through flow from `(end)` to `(end)`.
    """
    size = len(walks.names)
    at = np.full((walks.units, steps), size + 1, dtype=np.int64)  # END
    place = walks.place
    inside = place < steps
    at[walks.unit[inside], place[inside]] = walks.node[inside]
    names = [*walks.names, OTHER, END]
    other = names.index(OTHER)
    tables = []
    for step in range(steps - 1):
        key, n = np.unique(at[:, step] * len(names) + at[:, step + 1], return_counts=True)
        tables.append(pd.DataFrame({"step": step + 1, "source": key // len(names), "target": key % len(names), "n": n}))
    frame = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["step", "source", "target", "n"])
    real = frame["source"] != size + 1
    large = set(frame[real].nlargest(flows, "n").index) | set(frame.index[~real])
    small = ~frame.index.isin(list(large))
    # a flow too small to draw keeps its source and ends in the band of the others
    frame.loc[small & (frame["target"] != size + 1), "target"] = other
    frame = frame.groupby(["step", "source", "target"], as_index=False)["n"].sum()
    frame = frame.assign(source=[names[k] for k in frame["source"]], target=[names[k] for k in frame["target"]], base=walks.units)
    return _shares(frame, ["step", "source", "target"], []).sort_values(["step", "n"], ascending=[True, False], ignore_index=True)


def between_frame(walks: Walks, most: int = 8) -> pd.DataFrame:
    """Time from the first visit of one node to the next visit of another: from, to, share of units at `from`, median_s."""
    rows: list[tuple[dict[str, object], Estimate]] = []
    nodes = [k for k, name in enumerate(walks.names) if name != OTHER][:most]
    at = {k: np.flatnonzero(walks.node == k) for k in nodes}
    for a in nodes:
        begin = at[a][np.concatenate(([True], np.diff(walks.unit[at[a]]) > 0))] if len(at[a]) else at[a]
        for b in nodes:
            if a == b:
                continue
            spot = np.searchsorted(at[b], begin)
            inside = np.minimum(spot, max(len(at[b]) - 1, 0))
            met = (spot < len(at[b])) & (walks.unit[at[b][inside]] == walks.unit[begin]) if len(at[b]) else np.zeros(len(begin), dtype=bool)
            gaps = np.sort((walks.t[at[b][inside[met]]] - walks.t[begin[met]]) / 1e6) if met.any() else np.empty(0)
            rows.append(({"from": walks.names[a], "to": walks.names[b], "median_s": float(gaps[(len(gaps) - 1) // 2]) if len(gaps) else None},
                         share(int(met.sum()), len(begin))))
    return estimates_frame(rows).reindex(columns=["from", "to", *_ESTIMATE, "median_s"])
