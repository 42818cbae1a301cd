"""Several tests at once: adjusted p-values, with tests that gave no p left out and left alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from cjm_research.errors import BadInput

Method = Literal["holm", "hochberg", "bonferroni", "bh", "by"]
# name here → (name in statsmodels, what it controls)
METHODS: dict[str, tuple[str, str]] = {
    "holm": ("holm", "family-wise error, step-down (Holm 1979)"),
    "hochberg": ("simes-hochberg", "family-wise error, step-up (Hochberg 1988)"),
    "bonferroni": ("bonferroni", "family-wise error (Bonferroni)"),
    "bh": ("fdr_bh", "false discovery rate (Benjamini & Hochberg 1995)"),
    "by": ("fdr_by", "false discovery rate under any dependence (Benjamini & Yekutieli 2001)"),
}


def adjust(p: Sequence[float | None], method: Method = "holm") -> list[float | None]:
    """Adjusted p-values in the order given; compare them with alpha itself. None stays None and is not counted."""
    from statsmodels.stats.multitest import multipletests

    if method not in METHODS:
        raise BadInput("multiple comparisons", f"unknown method {method!r}", ", ".join(METHODS))
    known = [x for x in p if x is not None]
    if any(not 0 <= x <= 1 for x in known):
        raise BadInput("multiple comparisons", f"p-values {known}", "numbers between 0 and 1")
    if not known:
        return list(p)
    adjusted = iter(multipletests(known, method=METHODS[method][0])[1].tolist())
    return [None if x is None else min(1.0, float(next(adjusted))) for x in p]


def rejected(p: Sequence[float | None], alpha: float = 0.05, method: Method = "holm") -> list[bool]:
    """Which tests are rejected at `alpha` after the adjustment; one without a p is not."""
    # the tolerance keeps a p that equals its own threshold in spite of rounding
    return [x is not None and x <= alpha * (1 + 1e-12) for x in adjust(p, method)]
