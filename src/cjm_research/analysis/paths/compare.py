"""The paths of two groups of customers against each other, with a corrected test for every difference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ...engine.sequence.rows import units_by_group
from ..stats.multiplicity import adjust
from ..stats.share_differences import share_difference
from .walks import END, START, Walks

_COLUMNS = ["what", "from", "to", "value", "low", "high", "n", "base", "unit", "method", "share", "other_share", "p", "p_corrected"]


def comparison_frame(walks: Walks, first: np.ndarray, second: np.ndarray, most: int = 40, without: str | None = None) -> pd.DataFrame:
    """Differences between two groups of customers: of visiting a node, and of ever making a transition.

    first, second: by unit, whether its customer belongs to the group. Customers, not sessions, are counted, since
    only they are independent. value: the share of the first group minus that of the second (Newcombe); p_corrected
    over all rows (Holm). The `most` most frequent transitions are compared, whatever they differ by. without: a node
    by which the groups were made, which would differ by definition.
    """
    size = len(walks.names)
    rows: list[dict[str, Any]] = []
    groups = [(walks.only(chosen)) for chosen in (first, second)]
    bases = [len(np.unique(g.customer)) for g in groups]
    if 0 in bases:
        return pd.DataFrame(columns=_COLUMNS)
    reached = [_ever(g, g.node, np.ones(len(g), dtype=bool), size) for g in groups]
    for k, name in enumerate(walks.names):
        rows.append(_row("node", name, "", int(reached[0][k]), bases[0], int(reached[1][k]), bases[1]))
    names = [*walks.names, START, END]
    made = [_transitions(g, size) for g in groups]
    frequent = np.argsort(-(made[0] + made[1]), kind="stable")[:most]
    for key in frequent:
        if made[0][key] + made[1][key]:
            rows.append(_row("transition", names[key // (size + 2)], names[key % (size + 2)], int(made[0][key]), bases[0], int(made[1][key]), bases[1]))
    frame = pd.DataFrame([r for r in rows if without is None or without not in (r["from"], r["to"])], columns=_COLUMNS[:-1])
    frame["p_corrected"] = adjust([None if pd.isna(p) else float(p) for p in frame["p"]])
    frame["p_corrected"] = pd.to_numeric(frame["p_corrected"])
    return frame[_COLUMNS].sort_values(["p_corrected", "what"], ignore_index=True)


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
    made = _ever(walks, walks.node * wide + following, np.ones(len(walks), dtype=bool), wide * wide)
    begins = np.zeros(len(walks), dtype=bool)
    begins[walks.first[:-1]] = True
    return made + _ever(walks, size * wide + walks.node, begins, wide * wide)


def _row(what: str, a: str, b: str, k1: int, n1: int, k2: int, n2: int) -> dict[str, Any]:
    c = share_difference(k1, n1, k2, n2)
    return {"what": what, "from": a, "to": b, "value": c.value, "low": c.low, "high": c.high, "n": n1, "base": n1 + n2, "unit": c.unit,
            "method": c.method, "share": k1 / n1, "other_share": k2 / n2, "p": c.p}
