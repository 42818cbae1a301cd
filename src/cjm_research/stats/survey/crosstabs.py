"""Whether two questions go together under a design: Rao & Scott's test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import fdtrc

from cjm_research.stats.survey.design import Design


@dataclass(frozen=True)
class Independence:
    """Pearson's χ² on weights scaled to n, and its F with the design's corrected degrees of freedom. order: 2, or 1 where a cell is empty."""

    chi2: float
    f: float
    ndf: float
    ddf: float
    p: float
    order: int


def rao_scott(design: Design, rows: npt.ArrayLike, columns: npt.ArrayLike) -> Independence | None:
    """Are rows and columns independent? Second-order corrected, with observed cell shares, as R's `svychisq`. Rao & Scott 1984.

    rows, columns: a label a respondent, missing for those who do not belong in. An empty cell leaves the first-order correction by the
    mean design effect. None where there are fewer than two rows or columns.
    """
    r, c = pd.factorize(np.asarray(rows, object))[0], pd.factorize(np.asarray(columns, object))[0]
    inside = (r >= 0) & (c >= 0) & (design.w > 0)
    rn, cn = len(np.unique(r[inside])), len(np.unique(c[inside]))
    if rn < 2 or cn < 2:
        return None
    r, c = _dense(r, inside), _dense(c, inside)
    w = np.where(inside, design.w, 0.0)
    total, n = w.sum(), int(inside.sum())
    cell = r * cn + c
    p = np.bincount(cell, w, minlength=rn * cn) / total
    row, col = p.reshape(rn, cn).sum(1), p.reshape(rn, cn).sum(0)
    expected = np.outer(row, col).ravel()
    chi2 = float(n * np.sum((p - expected) ** 2 / expected))
    # the covariance of all cell shares under the design
    z = (np.eye(rn * cn)[cell] - p) * (w / total)[:, None]
    sums = np.stack([np.bincount(design.cluster, z[:, k], minlength=len(design.of_stratum)) for k in range(rn * cn)], axis=1)
    cov = np.zeros((rn * cn, rn * cn))
    for h in range(design.strata):
        part = sums[design.of_stratum == h]
        off = part - part.mean(0)
        cov += design.left[h] * design.drawn[h] / (design.drawn[h] - 1) * off.T @ off
    one, two = _contrast(rn), _contrast(cn)
    x1 = np.concatenate([np.ones((rn * cn, 1)), np.kron(one, np.ones((cn, 1))), np.kron(np.ones((rn, 1)), two)], axis=1)
    x12 = np.kron(one, two)
    observed = p if (p > 0).all() else expected
    free = x12 - x1 @ np.linalg.lstsq(x1, x12, rcond=None)[0]
    scaled = free / observed[:, None]
    delta = np.linalg.solve(free.T @ scaled / n, scaled.T @ cov @ scaled)
    freedom = (rn - 1) * (cn - 1)
    trace, trace2 = float(np.trace(delta)), float(np.trace(delta @ delta))
    if (p > 0).all():
        ndf, f, order = trace * trace / trace2, chi2 / trace, 2
    else:
        ndf, f, order = float(freedom), chi2 / trace, 1
    ddf = ndf * design.df
    return Independence(chi2, f, ndf, ddf, float(fdtrc(ndf, ddf, f)), order)


def _dense(codes: npt.NDArray[np.int64], inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    known = np.unique(codes[inside])
    return np.where(inside, np.searchsorted(known, np.where(inside, codes, known[0])), 0)


def _contrast(k: int) -> npt.NDArray[np.float64]:
    return np.concatenate([np.eye(k - 1), -np.ones((1, k - 1))], axis=0)
