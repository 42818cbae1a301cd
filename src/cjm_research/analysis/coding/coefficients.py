"""Agreement on units of one size: percent, Cohen's κ, Fleiss' κ, Krippendorff's α.

All of them start from the same two additive tables, so that documents can be resampled by adding
tables up instead of recoding: the coincidence matrix of values (α) and the counts of units × values
(percent, Fleiss), both weighted by the length of a unit where units are characters.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from cjm_research.errors import BadInput

Floats = npt.NDArray[np.float64]
Level = Literal["nominal", "ordinal", "interval", "ratio"]
LEVELS: tuple[Level, ...] = ("nominal", "ordinal", "interval", "ratio")


def percent(ratings: Sequence[Sequence[Any]], weights: Sequence[float] | None = None) -> float | None:
    """Share (0…1) of agreeing pairs of coders over all pairs within units; None where no unit has two values.

    `ratings`: coders × units, missing values None or NaN; `weights`: the length of each unit. With two
    coders this is the share of units on which they agree.
    """
    values, table = value_counts(ratings)
    return percent_of(table, unit_weights(weights, table.shape[0])) if values else None


def cohen_kappa(first: Sequence[Any], second: Sequence[Any], weights: Sequence[float] | None = None) -> float | None:
    """Cohen's κ of two coders (Cohen 1960); units with a missing value are left out, not made a category.

    None where κ is undefined: no unit rated by both, or both used one and the same value throughout.
    """
    values, _ = value_counts([first, second])
    return kappa_of(confusion(first, second, values, weights))


def fleiss_kappa(ratings: Sequence[Sequence[Any]], weights: Sequence[float] | None = None) -> float | None:
    """Fleiss' κ (Fleiss 1971) of coders × units; units that a coder did not rate are left out.

    None where it is undefined (no unit rated by all, or one value throughout).
    """
    _, table = value_counts(ratings)
    complete = table.sum(1) == len(ratings)
    return fleiss_of_counts(table[complete], unit_weights(weights, table.shape[0])[complete])


def fleiss_of_counts(table: Floats, weights: Floats | None = None) -> float | None:
    """Fleiss' κ of a table units × values of counts, all rows with one and the same sum."""
    table = np.asarray(table, dtype=float)
    if not table.size or not table.sum():
        return None
    raters = table.sum(1)
    if not np.allclose(raters, raters[0]) or raters[0] < 2:
        raise BadInput(
            "Fleiss κ",
            f"units rated by {sorted({int(r) for r in raters})} coders",
            "the same number of coders, two or more, for every unit",
            "use Krippendorff's α, which allows missing values",
        )
    w = unit_weights(weights, len(table))
    m = raters[0]
    observed = float((w * ((table**2).sum(1) - m)).sum() / (m * (m - 1) * w.sum()))
    shares = (w[:, None] * table).sum(0) / (m * w.sum())
    return _over_chance(observed, float((shares**2).sum()))


def krippendorff_alpha(
    ratings: Sequence[Sequence[Any]], level: Level = "nominal", weights: Sequence[float] | None = None
) -> float | None:
    """Krippendorff's α of coders × units with missing values (Krippendorff 2011, sec. C–E).

    `level` sets the difference between values: nominal, ordinal, interval or ratio (the last two need
    numbers, ordinal needs values that can be sorted). Units with fewer than two values cannot be paired
    and are left out. None where α is undefined: nothing to pair, or one value throughout.
    """
    values, table = value_counts(ratings)
    return alpha_of(coincidences(table, unit_weights(weights, table.shape[0])), values, level)


def value_counts(ratings: Sequence[Sequence[Any]]) -> tuple[list[Hashable], Floats]:
    """The sorted values and the counts units × values of coders × units; None and NaN are missing."""
    lengths = {len(row) for row in ratings}
    if len(lengths) != 1:
        raise BadInput(
            "agreement",
            f"coders with {sorted(lengths)} units",
            "the same units for every coder",
            "give a missing value (None) where a coder did not rate a unit",
        )
    seen = {v for row in ratings for v in row if not _missing(v)}
    try:
        values: list[Hashable] = sorted(seen)
    except TypeError:
        values = sorted(seen, key=lambda v: (type(v).__name__, str(v)))
    index = {v: i for i, v in enumerate(values)}
    table = np.zeros((lengths.pop(), len(values)))
    for row in ratings:
        for unit, value in enumerate(row):
            if not _missing(value):
                table[unit, index[value]] += 1
    return values, table


def unit_weights(weights: Sequence[float] | Floats | None, units: int) -> Floats:
    """The weights of the units, 1 each where none are given."""
    if weights is None:
        return np.ones(units)
    w = np.asarray(weights, dtype=float)
    if w.shape != (units,) or (w < 0).any():
        raise BadInput("agreement", f"{w.size} weights for {units} units", "one weight ≥ 0 per unit", "correct what the cell hands over: one value for every unit and coder, and a level that fits them")
    return w


def percent_of(table: Floats, weights: Floats) -> float | None:
    """Percent agreement from counts units × values."""
    m = table.sum(1)
    pairs = float((weights * m * (m - 1)).sum())
    return float((weights * (table * (table - 1)).sum(1)).sum()) / pairs if pairs else None


def confusion(
    first: Sequence[Any],
    second: Sequence[Any],
    values: Sequence[Hashable],
    weights: Sequence[float] | Floats | None = None,
) -> Floats:
    """The weighted table first coder's value × second coder's value over units both rated."""
    index = {v: i for i, v in enumerate(values)}
    w = unit_weights(weights, len(first))
    table = np.zeros((len(values), len(values)))
    for a, b, weight in zip(first, second, w, strict=True):
        if not _missing(a) and not _missing(b):
            table[index[a], index[b]] += weight
    return table


def kappa_of(table: Floats) -> float | None:
    """Cohen's κ of a square table of two coders."""
    total = table.sum()
    if not total:
        return None
    chance = float((table.sum(0) * table.sum(1)).sum() / total**2)
    return _over_chance(float(np.trace(table) / total), chance)


def coincidences(table: Floats, weights: Floats) -> Floats:
    """The coincidence matrix values × values of counts units × values (Krippendorff 2011, step 2)."""
    m = table.sum(1)
    pairable = m > 1
    t = table[pairable]
    w = weights[pairable] / (m[pairable] - 1)
    matrix = (t * w[:, None]).T @ t
    matrix[np.diag_indices_from(matrix)] -= (t * w[:, None]).sum(0)
    return matrix


def alpha_of(matrix: Floats, values: Sequence[Hashable], level: Level = "nominal") -> float | None:
    """Krippendorff's α of a coincidence matrix; None where it is undefined."""
    n_c = matrix.sum(0)
    n = n_c.sum()
    if n <= 1:
        return None
    delta = _difference(level)(np.asarray(values), n_c)
    expected = float((np.outer(n_c, n_c) * delta).sum())
    if not expected:
        return None
    return float(1 - (n - 1) * (matrix * delta).sum() / expected)


def _difference(level: Level) -> Callable[[npt.NDArray[Any], Floats], Floats]:
    if level not in LEVELS:
        raise BadInput("Krippendorff's α", f"level {level!r}", ", ".join(LEVELS), "correct what the cell hands over: one value for every unit and coder, and a level that fits them")

    def numbers(values: npt.NDArray[Any]) -> Floats:
        try:
            return np.asarray(values, dtype=float)
        except (TypeError, ValueError) as cause:
            raise BadInput(
                "Krippendorff's α",
                f"level {level!r} with values that are not numbers",
                "numbers, or level nominal or ordinal", "correct what the cell hands over: one value for every unit and coder, and a level that fits them",
            ) from cause

    def nominal(values: npt.NDArray[Any], n_c: Floats) -> Floats:
        return 1.0 - np.eye(len(values))

    def ordinal(values: npt.NDArray[Any], n_c: Floats) -> Floats:
        upto = np.cumsum(n_c) - n_c / 2  # half of the own rank's values on either side
        return np.asarray((upto[:, None] - upto[None, :]) ** 2, dtype=float)

    def interval(values: npt.NDArray[Any], n_c: Floats) -> Floats:
        v = numbers(values)
        return np.asarray((v[:, None] - v[None, :]) ** 2, dtype=float)

    def ratio(values: npt.NDArray[Any], n_c: Floats) -> Floats:
        v = numbers(values)
        if (v < 0).any():
            raise BadInput("Krippendorff's α", "level 'ratio' with negative values", "values ≥ 0", "use level interval")
        total = v[:, None] + v[None, :]
        share: Floats = np.divide(v[:, None] - v[None, :], total, out=np.zeros_like(total), where=total > 0)
        return share**2

    return {"nominal": nominal, "ordinal": ordinal, "interval": interval, "ratio": ratio}[level]


def _over_chance(observed: float, chance: float) -> float | None:
    return None if np.isclose(chance, 1.0) else (observed - chance) / (1 - chance)


def _missing(value: Any) -> bool:
    return value is None or (not isinstance(value, str) and bool(pd.isna(value)))
