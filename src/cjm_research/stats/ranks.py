"""Agreement of several rankings of the same things: Kendall's W."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from cjm_research.errors import BadInput


@dataclass(frozen=True)
class Concordance:
    """Kendall's W (0 none … 1 complete) of `judges` over `things`, its mean rank correlation and χ² test."""

    w: float | None
    mean_correlation: float | None
    chi2: float | None
    p: float | None
    judges: int
    things: int
    method: str


def kendall_w(scores: Sequence[Sequence[float]]) -> Concordance:
    """Agreement of judges (rows) about things (columns), ties corrected. Kendall & Babington Smith 1939.

    Scores are ranked within each judge; all values must be present. W is None below two judges or
    two things, and where a judge sees no difference at all between any two things.
    """
    from scipy.stats import rankdata

    table = np.asarray(scores, float)
    if table.ndim != 2 or not np.isfinite(table).all():
        raise BadInput("Kendall's W", "a table with missing values or ragged rows", "one finite score per judge and thing", "leave out judges and things without a score")
    m, k = table.shape
    if m < 2 or k < 2:
        return Concordance(None, None, None, None, m, k, "not computed: two judges and two things are the least")
    ranked = rankdata(table, axis=1)
    ties = sum(float((c**3 - c).sum()) for c in (np.unique(row, return_counts=True)[1] for row in ranked))
    spread = float(((ranked.sum(axis=0) - m * (k + 1) / 2) ** 2).sum())
    most = m * m * (k**3 - k) - m * ties
    if most <= 0:
        return Concordance(None, None, None, None, m, k, "not computed: every judge ties everything")
    w = 12 * spread / most
    chi2 = m * (k - 1) * w
    return Concordance(w, (m * w - 1) / (m - 1), chi2, float(chdtrc(k - 1, chi2)), m, k, "Kendall's W, ties corrected")
