"""The paths of two groups of customers against each other, with a corrected test for every difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...engine.sequence.rows import Ints, units_by_group
from ...errors import BadInput, NotEnoughData
from ...log.attributes import absent_attribute
from ...shapes import Row
from ...stats.multiplicity import adjust
from ...stats.share_differences import share_difference
from .walks import END, START, Walks

if TYPE_CHECKING:
    from ...study import Study

_COLUMNS = ["what", "from", "to", "value", "low", "high", "n", "base", "unit", "method", "share", "other_share", "p", "p_adjusted"]


@dataclass(frozen=True)
class GroupCounts:
    """How many customers a group has, how many of them visited each node, and ever made each transition.

    made: by node × (nodes + 2) + following node, where the two last numbers stand for `(start)` and `(end)`.
    """

    customers: int
    reached: Ints
    made: Ints


def comparison_frame(walks: Walks, first: np.ndarray, second: np.ndarray, most: int = 40, without: str | None = None) -> pd.DataFrame:
    """As `comparison_of`. first, second: by unit, whether its customer belongs to the group."""
    return comparison_of(walks.names, _counts(walks.only(first)), _counts(walks.only(second)), most=most, without=without)


def comparison_of(nodes: Sequence[str], first: GroupCounts, second: GroupCounts, most: int = 40, without: str | None = None) -> pd.DataFrame:
    """Differences between two groups of customers: of visiting a node, and of ever making a transition.

    Customers, not sessions, are counted, since only they are independent. value: the share of the first group minus
    that of the second (Newcombe); p: the score test, but Fisher's exact test where it expects fewer than five customers in a
    cell of the table (Cochran 1954); p_adjusted over all rows (Holm). The `most` most frequent transitions are
    compared, whatever they differ by. without: a node by which the groups were made, which would differ by definition.
    """
    if not (first.customers and second.customers):
        return pd.DataFrame(columns=_COLUMNS)
    wide = len(nodes) + 2
    rows = [_row("node", name, "", first, second, int(first.reached[k]), int(second.reached[k])) for k, name in enumerate(nodes)]
    names = [*nodes, START, END]
    together = first.made + second.made
    for key in np.argsort(-together, kind="stable")[:most]:
        if together[key]:
            rows.append(_row("transition", names[key // wide], names[key % wide], first, second, int(first.made[key]), int(second.made[key])))
    frame = pd.DataFrame([r for r in rows if without is None or without not in (r["from"], r["to"])], columns=_COLUMNS[:-1])
    frame["p_adjusted"] = adjust([None if pd.isna(p) else float(p) for p in frame["p"]])
    frame["p_adjusted"] = pd.to_numeric(frame["p_adjusted"])
    return frame[_COLUMNS].sort_values(["p_adjusted", "what"], ignore_index=True)


def not_compared(problem: BadInput) -> BadInput:
    """What to raise for an unknown column: what was said of it, and what else may be compared."""
    return BadInput("paths: compare", problem.found, f"attributes.<key>, reached:<node>, {problem.allowed}", "correct compare in the cell that asks for paths")


def too_few(compare: str) -> NotEnoughData:
    """What to raise where a column tells no two groups apart."""
    return NotEnoughData(f"paths by {compare}", "only one group of customers", "two groups", "cjm check says what data there is")


def nothing_compared(study: Study, compare: str) -> str:
    """In words why there are no two groups by a column or `attributes.<key>`, and what else may be compared."""
    said = f"Nothing is compared by {compare}: "
    if compare.startswith("attributes.") and (absent := absent_attribute(study, compare)):
        return f"{said}{absent} reached:<node> and columns such as channel may be compared too."
    return f"{said}all customers have the same {compare}, or none."


def _counts(walks: Walks) -> GroupCounts:
    size = len(walks.names)
    return GroupCounts(len(np.unique(walks.customer)), _ever(walks, walks.node, np.ones(len(walks), dtype=bool), size), _transitions(walks, size))


def _ever(walks: Walks, key: np.ndarray, which: np.ndarray, size: int) -> np.ndarray:
    """How many customers have each key at least once."""
    who, key = walks.customer[walks.unit[which]], key[which]
    if np.any(who[1:] < who[:-1]):  # the source's own sessions need not be numbered by customer
        order = np.argsort(who, kind="stable")
        who, key = who[order], key[order]
    return units_by_group(who, key, size)


def _transitions(walks: Walks, size: int) -> np.ndarray:
    wide = size + 2
    following = np.append(walks.node[1:], 0)
    following = np.where(walks.is_last, size + 1, following)
    made = _ever(walks, walks.node * wide + following, np.ones(len(walks), dtype=bool) if walks.untold is None else ~walks.untold, wide * wide)
    begins = np.zeros(len(walks), dtype=bool)
    begins[walks.first[:-1]] = True
    return made + _ever(walks, size * wide + walks.node, begins, wide * wide)


def _row(what: str, a: str, b: str, first: GroupCounts, second: GroupCounts, k1: int, k2: int) -> Row:
    n1, n2 = first.customers, second.customers
    c = share_difference(k1, n1, k2, n2)
    return {"what": what, "from": a, "to": b, "value": c.value, "low": c.low, "high": c.high, "n": n1, "base": n1 + n2, "unit": c.unit,
            "method": c.method, "share": k1 / n1, "other_share": k2 / n2, "p": _exact(k1, n1, k2, n2) if _few(k1 + k2, n1, n2) else c.p}


def _few(hits: int, n1: int, n2: int) -> bool:
    """Whether a cell of the 2 × 2 table has fewer than five customers where the groups do not differ."""
    both = n1 + n2
    return min(hits, both - hits) * min(n1, n2) < 5 * both


def _exact(k1: int, n1: int, k2: int, n2: int) -> float:
    """Fisher's exact test, two-sided."""
    from scipy.stats import fisher_exact

    return float(fisher_exact([[k1, n1 - k1], [k2, n2 - k2]])[1])
