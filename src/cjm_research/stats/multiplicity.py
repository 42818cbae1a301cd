"""Several tests at once: adjusted p-values, with tests that gave no p left out and left alone.

Own code (a line each): statsmodels' `multipletests` runs the garbage collector at every call, which costs a
report with a large heap more than all its tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from cjm_research.errors import BadInput

Method = Literal["holm", "hochberg", "bonferroni", "bh", "by"]
# name → what it controls
METHODS: dict[str, str] = {
    "holm": "family-wise error, step-down (Holm 1979)",
    "hochberg": "family-wise error, step-up (Hochberg 1988)",
    "bonferroni": "family-wise error (Bonferroni)",
    "bh": "false discovery rate (Benjamini & Hochberg 1995)",
    "by": "false discovery rate under any dependence (Benjamini & Yekutieli 2001)",
}


def adjust(p: Sequence[float | None], method: Method = "holm") -> list[float | None]:
    """Adjusted p-values in the order given; compare them with alpha itself. None stays None and is not counted."""
    if method not in METHODS:
        raise BadInput("multiple comparisons", f"unknown method {method!r}", ", ".join(METHODS), "name one of these methods, and check the p-values that the cell hands over")
    known = np.array([x for x in p if x is not None], float)
    if not ((known >= 0) & (known <= 1)).all():
        raise BadInput("multiple comparisons", f"p-values {known.tolist()}", "numbers between 0 and 1", "name one of these methods, and check the p-values that the cell hands over")
    adjusted = iter(_adjusted(known, method).tolist())
    return [None if x is None else float(next(adjusted)) for x in p]


def _adjusted(p: npt.NDArray[np.float64], method: Method) -> npt.NDArray[np.float64]:
    m, order = len(p), np.argsort(p, kind="stable")
    rank = np.arange(1, m + 1)
    ordered = p[order]
    if method == "bonferroni":
        scaled = ordered * m
    elif method == "holm":
        scaled = np.maximum.accumulate(ordered * (m - rank + 1))
    else:
        weight = {"hochberg": m - rank + 1, "bh": m / rank, "by": m / rank * np.sum(1 / rank)}[method]
        scaled = np.minimum.accumulate((ordered * weight)[::-1])[::-1]
    out = np.empty(m)
    out[order] = np.minimum(1.0, scaled)
    return out


def rejected(p: Sequence[float | None], alpha: float = 0.05, method: Method = "holm") -> list[bool]:
    """Which tests are rejected at `alpha` after the adjustment; one without a p is not."""
    # the tolerance keeps a p that equals its own threshold in spite of rounding
    return [x is not None and x <= alpha * (1 + 1e-12) for x in adjust(p, method)]
