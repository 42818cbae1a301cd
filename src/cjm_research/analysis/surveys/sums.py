"""The cells of a banner all at once: weighted sums of answers by groups as products of matrices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...stats.shares import wilson
from ...stats.survey.design import Design
from .loaded import Flags, Floats


@dataclass(frozen=True)
class Cells:
    """Rows × columns of one question: shares with intervals and bases (people and effective ones)."""

    share: Floats
    low: Floats
    high: Floats
    k: Floats
    n: Floats  # by column
    base: Floats  # by column: effective n
    plain: Floats


def share_cells(hits: Flags, members: Flags, answered: Flags, w: Floats, effect: Floats | None = None) -> Cells:
    """Shares of each answer among those of each group who answered.

    effect: by answer, how many times the variance by weights alone the design has (clusters, strata), see `beyond_weights`. Intervals: Wilson's on
    n / design effect by linearisation, Kish's effective n where few say yes or no, as `stats.survey.design.share_interval`.
    """
    g = (members & answered[:, None]).astype(float)
    h = hits.astype(float)
    n, k = g.sum(0), h.T @ g
    gw, gww = g * w[:, None], g * (w * w)[:, None]
    total, squares = gw.sum(0), gww.sum(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = (h.T @ gw) / total
        kish = np.where(squares > 0, total * total / squares, 0.0)
        # Σ w²(y − p)² of zeros and ones
        sq = h.T @ gww
        spread = sq * (1 - 2 * p) + p * p * squares
        everybody = len(w)
        variance = everybody / max(1, everybody - 1) * spread / (total * total)
        base = n / (variance / (p * (1 - p) / (n - 1)))
        base = np.where((kish * np.minimum(p, 1 - p) >= 5) & np.isfinite(base) & (n > 1), base, kish)
        # equal weights give n itself; of a part of the respondents the linearised base differs by n/(n−1) only
        base = np.where(np.isclose(kish, n), n, base)
        if effect is not None:
            base = base / effect[:, None]
        low, high = wilson(p * base, base)
        plain = k / n
    return Cells(p, low, high, k, n, kish, plain)


def mean_cells(values: Floats, members: Flags, w: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """By column: mean, variance (n − 1), people and effective people of those with a value."""
    there = np.isfinite(values)
    g = (members & there[:, None]).astype(float)
    y = np.where(there, values, 0.0)
    n, gw = g.sum(0), g * w[:, None]
    total, squares = gw.sum(0), (g * (w * w)[:, None]).sum(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (y @ gw) / total
        var = ((y * y) @ gw) / total - mean**2
        base = total * total / squares
        var = np.clip(var, 0, None) * base / (base - 1)
    return mean, var, n, np.where(squares > 0, base, 0.0)


def shared_base(members: Flags, answered: Flags, w: Floats) -> Floats:
    """The effective number of people that two columns share: Σw_i² of them, on the scale of both columns' effective bases."""
    g = (members & answered[:, None]).astype(float)
    gww = g * (w * w)[:, None]
    total = (g * w[:, None]).sum(0)
    squares = gww.sum(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        e = total * total / squares
        # covariance of two weighted means of one answer: Σ w² over both / (W1 W2) = shared / (e1 e2)
        return np.where(np.isfinite(e[:, None] * e[None, :]), (g.T @ gww) / (total[:, None] * total[None, :]) * e[:, None] * e[None, :], 0.0)


def beyond_weights(design: Design, values: Floats, answered: Flags) -> float:
    """How many times the variance by weights alone a mean of all respondents has by strata and clusters; at least 1, so that no group passes for better known."""
    if design.strata == 1 and len(design.of_stratum) == len(design.w):
        return 1.0
    drawn, alone = design.mean(values, answered).se, Design(design.w).mean(values, answered).se
    return max(1.0, (drawn / alone) ** 2) if alone > 0 else 1.0
