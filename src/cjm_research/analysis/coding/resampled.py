"""Agreement on one code as tables by document, so that documents are resampled by weighting rows.

All coefficients here take many weighted sums of tables at once: one for the estimate, a thousand for its interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from .unitizing import binary_tables
from .units import Document, Unit, presence, union

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Tables:
    """What coefficients need of one code, by document, so that documents are resampled by weighting rows.

    coincidence: documents × 2 × 2; confusion: documents × 2 × 2 (two coders); fleiss: documents × 4 (Σ agreeing pairs,
    Σ units of all coders, Σ present, Σ ratings of those); rated: documents × 2 (Σ present, Σ ratings);
    spans, lengths: |uα's tables.
    """

    coincidence: Floats
    confusion: Floats
    fleiss: Floats
    rated: Floats
    spans: Floats
    own: Floats

    def __add__(self, other: Tables) -> Tables:
        return Tables(*(getattr(self, n) + getattr(other, n) for n in self.__dataclass_fields__))


def tables_of(
    code: Mapping[str, Mapping[str, list[tuple[int, int] | None]]],
    both: Sequence[Document],
    names: Sequence[str],
    unit: Unit,
) -> Tables:
    """One code's tables. `code`: document → coder → spans, None for a passage without a place."""
    parts: list[list[Floats]] = []
    for document in both:
        here = code.get(document.document_id, {})
        spans = {n: union([s for s in here.get(n, ()) if s is not None]) for n in names}
        anywhere = {n: bool(here.get(n)) for n in names}
        table, weights = presence(spans, document, unit, anywhere)
        parts.append(_of_document(table, weights, {n: spans[n] for n in document.coders}, document.length))
    return Tables(*(np.array([p[i] for p in parts]) for i in range(6)))


def by_code(rows: pd.DataFrame) -> dict[str, dict[str, dict[str, list[tuple[int, int] | None]]]]:
    """path → document → coder → spans."""
    found: dict[str, dict[str, dict[str, list[tuple[int, int] | None]]]] = {}
    for r in rows[["path", "document_id", "coder", "start", "end"]].to_dict("records"):
        span = None if pd.isna(r["start"]) or pd.isna(r["end"]) else (int(r["start"]), int(r["end"]))
        found.setdefault(r["path"], {}).setdefault(r["document_id"], {}).setdefault(r["coder"], []).append(span)
    return dict(sorted(found.items()))


def _of_document(
    table: npt.NDArray[np.int8], weights: Floats, spans: dict[str, list[tuple[int, int]]], length: int
) -> list[Floats]:
    present, absent = (table == 1).sum(0).astype(float), (table == 0).sum(0).astype(float)
    m = present + absent
    pairable = m > 1
    n1, n0, w = present[pairable], absent[pairable], weights[pairable]
    share = w / (m[pairable] - 1)
    coincidence = np.array(
        [
            [(share * n0 * (n0 - 1)).sum(), (share * n0 * n1).sum()],
            [(share * n0 * n1).sum(), (share * n1 * (n1 - 1)).sum()],
        ]
    )
    confusion = np.zeros((2, 2))
    if len(table) == 2:
        for i in (0, 1):
            for j in (0, 1):
                confusion[i, j] = weights[(table[0] == i) & (table[1] == j)].sum()
    full = m == len(table)
    pairs = present * (present - 1) + absent * (absent - 1)
    fleiss = np.array(
        [(weights * pairs)[full].sum(), weights[full].sum(), (weights * present)[full].sum(), (weights * m)[full].sum()]
    )
    rated = np.array([(w * n1).sum(), (w * (n0 + n1)).sum()])
    observed, own = binary_tables(spans, length)
    return [coincidence, confusion, fleiss, rated, observed, own]


def resamples(documents: int, samples: int, seed: int) -> Floats:
    """How often each document is in each resample; none where there is one document only."""
    if documents < 2:
        return np.empty((0, documents))
    return (
        np.random.default_rng(seed)
        .multinomial(documents, np.full(documents, 1 / documents), size=samples)
        .astype(float)
    )


def weighted(weights: Floats, tables: Floats) -> Floats:
    """The tables of each resample: weights resamples × documents, tables documents × 2 × 2."""
    return np.einsum("bd,dij->bij", weights, tables)


def percent(c: Floats) -> Floats:
    """Percent agreement of coincidence tables."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.trace(c, axis1=1, axis2=2) / c.sum((1, 2)))


def alpha(c: Floats) -> Floats:
    """Krippendorff's α, nominal, of coincidence tables; NaN where undefined."""
    margin, total = c.sum(1), c.sum((1, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(1 - (total - 1) * c[:, 0, 1] / (margin[:, 0] * margin[:, 1]))


def kappa(c: Floats) -> Floats:
    """Cohen's κ of confusion tables; NaN where undefined."""
    total = c.sum((1, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        observed = np.trace(c, axis1=1, axis2=2) / total
        chance = (c.sum(1) * c.sum(2)).sum(1) / total**2
        return np.where(np.isclose(chance, 1), np.nan, (observed - chance) / (1 - chance))


def fleiss(f: Floats, m: int) -> Floats:
    """Fleiss' κ of summed counts of `m` coders; NaN where undefined."""
    with np.errstate(divide="ignore", invalid="ignore"):
        observed = f[:, 0] / (m * (m - 1) * f[:, 1])
        p = f[:, 2] / f[:, 3]
        chance = p**2 + (1 - p) ** 2
        return np.where(np.isclose(chance, 1), np.nan, (observed - chance) / (1 - chance))
