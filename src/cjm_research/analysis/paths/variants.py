"""Variants of whole paths, loops, and how the paths to a goal deviate from the most common one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...engine.sequence.rows import Ints, distinct
from ...results.result import Estimate, estimates_frame
from ...shapes import Row
from ...stats.shares import share
from .medians import median_s
from .walks import OTHER, Walks

ARROW = " → "
LONGEST = 30  # nodes written out; a longer path is shortened in words, not in counting


@dataclass(frozen=True)
class Variants:
    """The different paths of a walk, the most frequent first.

    of_unit: the variant of each unit. example, counts: by variant, its first unit and how many units take it.
    """

    of_unit: Ints
    example: Ints
    counts: Ints

    def __len__(self) -> int:
        return len(self.counts)


def variants_of(walks: Walks) -> Variants:
    """Whole paths told apart by two independent 64-bit hashes of all their nodes in order."""
    place = _mix(np.arange(int(walks.lengths.max(initial=1)), dtype=np.uint64))[walks.place]
    with np.errstate(over="ignore"):
        salted = [_mix(np.arange(len(walks.names), dtype=np.uint64) * np.uint64(0xD6E8FEB86659FD93) + np.uint64(salt))
                  for salt in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F)]
        first, second = (np.add.reduceat(_mix(place ^ nodes[walks.node]), walks.first[:-1]) for nodes in salted)
    order = np.argsort(first)
    if np.any((first[order][1:] == first[order][:-1]) & (second[order][1:] != second[order][:-1])):
        order = np.lexsort((second, first))  # two paths of one hash: once in 10¹⁹ pairs
    a, b = first[order], second[order]
    begin = np.concatenate(([0], np.flatnonzero((a[1:] != a[:-1]) | (b[1:] != b[:-1])) + 1))
    example, counts = np.minimum.reduceat(order, begin), np.diff(np.append(begin, len(order)))
    by_size = np.lexsort((example, -counts))
    rank = np.empty(len(by_size), dtype=np.int64)
    rank[by_size] = np.arange(len(by_size))
    of_unit = np.empty(len(order), dtype=np.int64)
    of_unit[order] = np.repeat(rank, counts)
    return Variants(of_unit, example[by_size], counts[by_size])


def _mix(x: np.ndarray) -> np.ndarray:
    """SplitMix64 (Steele, Lea & Flood 2014)."""
    with np.errstate(over="ignore"):
        x = x + np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(x ^ (x >> np.uint64(31)))


def path_of(walks: Walks, unit: int) -> list[str]:
    """The nodes of one unit in order."""
    return [walks.names[k] for k in walks.node[walks.first[unit]:walks.first[unit + 1]]]


def in_words(path: list[str]) -> str:
    """`a → b → c`, the middle of a very long path left out."""
    if len(path) <= LONGEST:
        return ARROW.join(path)
    half = LONGEST // 2
    return ARROW.join([*path[:half], f"… {len(path) - 2 * half} more …", *path[-half:]])


def variants_frame(walks: Walks, variants: Variants, most: int = 20) -> pd.DataFrame:
    """The most frequent paths: path, length, share of all units, cumulative share, median duration (s)."""
    span = walks.t[walks.first[1:] - 1] - walks.t[walks.first[:-1]]
    rows: list[tuple[Row, Estimate]] = []
    total = 0
    for k in range(min(most, len(variants))):
        n = int(variants.counts[k])
        total += n
        path = path_of(walks, int(variants.example[k]))
        rows.append(({"path": in_words(path), "length": len(path), "cumulative": total / walks.units,
                      "median_s": median_s(span[variants.of_unit == k])}, share(n, walks.units)))
    return estimates_frame(rows)


def loops_frame(walks: Walks) -> pd.DataFrame:
    """Rework: one row a node: the share of its visitors who come back to it after something else, and how.

    returns: returns per returning unit; via: the node they most often come back from; median_s: time away.
    """
    rows: list[tuple[Row, Estimate]] = []
    for k, name in enumerate(walks.names):
        at = np.flatnonzero(walks.node == k)
        if name == OTHER or not len(at):
            continue
        again = (walks.unit[at[1:]] == walks.unit[at[:-1]]) & (at[1:] > at[:-1] + 1)
        back = at[1:][again]
        visitors, returning = distinct(walks.unit[at]), distinct(walks.unit[back])
        via = np.bincount(walks.node[back - 1], minlength=len(walks.names)) if len(back) else np.zeros(1)
        away = walks.t[back] - walks.t[at[:-1][again]]
        rows.append(({"node": name, "returns": len(back) / returning if returning else None,
                      "via": walks.names[int(via.argmax())] if len(back) else None,
                      "median_s": median_s(away)}, share(returning, visitors)))
    frame = estimates_frame(rows)
    return frame.sort_values(["value", "node"], ascending=[False, True], ignore_index=True) if len(frame) else frame


def to_goal(walks: Walks, goal: str) -> Walks:
    """The units that reach the goal, each up to its first visit of it."""
    from .walks import walks_of

    code = walks.code(goal)
    hits = np.flatnonzero(walks.node == code)
    begin = hits[np.concatenate(([True], np.diff(walks.unit[hits]) > 0))] if len(hits) else hits
    last = np.full(walks.units, -1, dtype=np.int64)
    last[walks.unit[begin]] = begin
    keep = np.arange(len(walks)) <= last[walks.unit]
    return walks_of(walks.unit[keep], walks.node[keep], walks.t[keep], walks.customer, walks.names, walks.rule, walks.notes)


@dataclass(frozen=True)
class Way:
    """The way to a goal. happy: the nodes of the most common one; taken: by how many of the units that reach the goal; deviations: see `deviations_of`."""

    happy: list[str]
    taken: int
    units: int
    deviations: pd.DataFrame


def way_to(walks: Walks, goal: str) -> Way | None:
    """The way to a goal, None where nobody reached it. Raises `BadInput` for a node that does not occur."""
    reached = to_goal(walks, goal)
    if not reached.units:
        return None
    variants = variants_of(reached)
    happy = path_of(reached, int(variants.example[0]))
    size = len(reached.names)
    visits = np.zeros((reached.units, size), dtype=np.int64)
    np.add.at(visits, (reached.unit, reached.node), 1)
    span = reached.t[reached.first[1:] - 1] - reached.t[reached.first[:-1]]
    rows = []
    for d in deviations(reached.names, happy):
        own = visits[:, reached.code(d.node)] if d.node else variants.of_unit
        does = own > d.planned if d.more else own == 0  # the most common variant is number 0
        if does.any() or d.kind == "none":
            rows.append((d, int(does.sum()), median_s(span[does]), median_s(span[~does])))
    return Way(happy, int(variants.counts[0]), reached.units, deviations_of(rows, reached.units))


@dataclass(frozen=True)
class Deviation:
    """One way to deviate. more: whether by more visits of the node than `planned`, else by none at all."""

    kind: str
    node: str
    planned: int = 0
    more: bool = True


def deviations(names: Sequence[str], happy: Sequence[str]) -> list[Deviation]:
    """All ways to deviate from a path, and the path itself as the first."""
    out = [Deviation("none", "", more=False)]
    for name in names:
        planned = list(happy).count(name)
        out += [Deviation("skipped", name, planned, False), Deviation("repeated", name, planned)] if planned else [Deviation("extra", name)]
    return out


def deviations_of(rows: Sequence[tuple[Deviation, int, float | None, float | None]], units: int) -> pd.DataFrame:
    """How units on their way to the goal deviate from the most common way: kind, node, share of them, median times.

    kind: `none` (exactly the happy path), `skipped` (a node of it never visited), `extra` (a node off it), `repeated`
    (a node of it visited again). with_s and without_s: median time to the goal of those who do and do not deviate so.
    rows: how many do, and these times.
    """
    out: list[tuple[Row, Estimate]] = [({"kind": d.kind, "node": d.node, "with_s": with_s, "without_s": without_s}, share(n, units))
                                                  for d, n, with_s, without_s in rows if n or d.kind == "none"]
    frame = estimates_frame(out)
    return frame.sort_values(["kind", "value"], ascending=[True, False], ignore_index=True, key=lambda c: c.map(_ORDER) if c.name == "kind" else c)


_ORDER = {"none": 0, "skipped": 1, "repeated": 2, "extra": 3}
