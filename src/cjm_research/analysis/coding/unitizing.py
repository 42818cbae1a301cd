"""Agreement of coders who choose their own spans: Krippendorff's unitizing family uα, |uα, cuα, (k)uα.

Edition: Krippendorff (2019), Content Analysis, 4th ed., ch. 12 (Fig. 12.11), same family as Krippendorff,
Mathet, Bouvry & Widlöcher (2016, with its erratum). The 3rd edition's form gives other numbers on the same
spans, and so do other programs' cuα: reports name the edition. A unit's pairable length in cuα is the *mean*
over the other coders of its overlap with their valued units; that reading is the one that reproduces the
published .724.

Spans are 0-based, end-exclusive; one coder's spans must not overlap (a partition): with overlapping codes,
compare code by code.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from cjm_research.errors import BadInput

EDITION = "Krippendorff 2019 (4th ed., ch. 12)"
Span = tuple[int, int, Hashable]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Unitizing:
    """The unitizing coefficients of one continuum; None where a coefficient is undefined.

    `coverage` is the share of all pairable length that is valued by both coders of a pair;
    `per_value` and `value_coverage` hold (k)uα and its coverage for each value.
    """

    u_alpha: float | None
    u_alpha_binary: float | None
    cu_alpha: float | None
    coverage: float
    per_value: dict[Hashable, float | None]
    value_coverage: dict[Hashable, float]
    edition: str = EDITION


@dataclass(frozen=True)
class _Unit:
    start: int
    end: int
    value: Hashable  # None for a gap

    @property
    def length(self) -> int:
        return self.end - self.start


def unitizing_alpha(spans: Mapping[str, Sequence[Span]], length: int) -> Unitizing:
    """uα, |uα, cuα and (k)uα of coders' spans (start, end, value) on a continuum of `length`.

    Raises `BadInput` for fewer than two coders, a span outside the continuum or a coder's overlapping spans.
    """
    if len(spans) < 2:
        raise BadInput("unitizing α", f"{len(spans)} coder", "two or more coders", "ask for documents that two coders have coded, and check the places of their codings")
    coders = {coder: _partition(coder, found, length) for coder, found in spans.items()}
    binary = {
        c: [_Unit(u.start, u.end, None if u.value is None else True) for u in units] for c, units in coders.items()
    }
    observed = _coincidences(coders)
    valued = {pair: n for pair, n in observed.items() if None not in pair}
    total, values = (
        sum(observed.values()),
        sorted({u.value for units in coders.values() for u in units} - {None}, key=str),
    )
    starred = _starred_expectation(coders, valued)
    per_value, coverage = {}, {}
    for k in values:
        all_k = sum(n for (c, _), n in observed.items() if c == k)
        valued_k = sum(n for (c, _), n in valued.items() if c == k)
        coverage[k] = valued_k / all_k if all_k else 0.0
        per_value[k] = _of_value(k, valued, starred, valued_k)
    return Unitizing(
        u_alpha=_alpha(observed, _expectation(coders, observed)),
        u_alpha_binary=_alpha(_coincidences(binary), _expectation(binary, _coincidences(binary))),
        cu_alpha=_alpha(valued, starred),
        coverage=sum(valued.values()) / total if total else 0.0,
        per_value=per_value,
        value_coverage=coverage,
    )


def concatenate(documents: Sequence[tuple[Mapping[str, Sequence[Span]], int]]) -> tuple[dict[str, list[Span]], int]:
    """One continuum from several documents (spans by coder, length), laid end to end."""
    offset = 0
    joined: dict[str, list[Span]] = {coder: [] for spans, _ in documents for coder in spans}
    for spans, length in documents:
        for coder, found in spans.items():
            joined[coder].extend((start + offset, end + offset, value) for start, end, value in found)
        offset += length
    return joined, offset


def binary_tables(spans: Mapping[str, Sequence[tuple[int, int]]], length: int) -> tuple[Floats, Floats]:
    """|uα's additive tables of one document: ℓ (2 × 2, gap and coded) and Σt (2) of its gaps and coded units.

    Documents laid end to end add up, which is how they are resampled; `binary_alpha` turns sums into |uα.
    """
    coders = {c: _partition(c, [(a, b, True) for a, b in found], length) for c, found in spans.items()}
    observed = _coincidences(coders)
    table = np.array([[observed.get((c, k), 0.0) for k in (None, True)] for c in (None, True)])
    own = [
        float(
            sum(
                u.length if u.value is None else u.length**2
                for units in coders.values()
                for u in units
                if (u.value is None) == gap
            )
        )
        for gap in (True, False)
    ]
    return table, np.array(own)


def binary_alpha(observed: Floats, own: Floats) -> Floats:
    """|uα of many sums of tables at once: observed … × 2 × 2, own … × 2. NaN where it is undefined."""
    margin, total = observed.sum(-1), observed.sum((-2, -1))
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = total - own.sum(-1) / total
        chance = 2 * margin[..., 0] * margin[..., 1] / spread
        value = 1 - (observed[..., 0, 1] + observed[..., 1, 0]) / chance
    return np.where((chance > 0) & np.isfinite(chance), value, np.nan)


def _partition(coder: str, spans: Sequence[Span], length: int) -> list[_Unit]:
    found = sorted(spans, key=lambda s: (s[0], s[1]))
    for start, end, _ in found:
        if not 0 <= start < end <= length:
            raise BadInput("unitizing α", f"coder {coder!r}: span {start}…{end}", f"0 ≤ start < end ≤ {length}", "ask for documents that two coders have coded, and check the places of their codings")
    for (_, end, one), (start, _, two) in pairwise(found):
        if start < end:
            raise BadInput(
                "unitizing α",
                f"coder {coder!r}: spans of {one!r} and {two!r} overlap at {start}",
                "spans of one coder that do not overlap",
                "compare code by code, or one exclusive domain of codes",
            )
    units, at = [], 0
    for start, end, value in found:
        if start > at:
            units.append(_Unit(at, start, None))
        units.append(_Unit(start, end, value))
        at = end
    if at < length:
        units.append(_Unit(at, length, None))
    return units


def _coincidences(coders: Mapping[str, list[_Unit]]) -> dict[tuple[Hashable, Hashable], float]:
    """ℓ_ck: lengths of intersections of all ordered pairs of coders, divided by the number of other coders."""
    table: dict[tuple[Hashable, Hashable], float] = {}
    for i, mine in coders.items():
        for j, theirs in coders.items():
            if i != j:
                for one, two, shared in _intersections(mine, theirs):
                    table[one.value, two.value] = table.get((one.value, two.value), 0.0) + shared / (len(coders) - 1)
    return table


def _intersections(mine: list[_Unit], theirs: list[_Unit]) -> list[tuple[_Unit, _Unit, int]]:
    found, h = [], 0
    for unit in mine:
        while h < len(theirs) and theirs[h].end <= unit.start:
            h += 1
        k = h
        while k < len(theirs) and theirs[k].start < unit.end:
            found.append((unit, theirs[k], min(unit.end, theirs[k].end) - max(unit.start, theirs[k].start)))
            k += 1
    return found


def _expectation(
    coders: Mapping[str, list[_Unit]], observed: Mapping[tuple[Hashable, Hashable], float]
) -> dict[tuple[Hashable, Hashable], float]:
    # A gap pairs with itself point by point (its length), a valued unit only as a whole (its length squared).
    own: dict[Hashable, float] = {}
    for units in coders.values():
        for u in units:
            own[u.value] = own.get(u.value, 0.0) + (u.length if u.value is None else u.length**2)
    return _expect(observed, own)


def _starred_expectation(
    coders: Mapping[str, list[_Unit]], valued: Mapping[tuple[Hashable, Hashable], float]
) -> dict[tuple[Hashable, Hashable], float]:
    own: dict[Hashable, float] = {}
    for i, mine in coders.items():
        met: dict[_Unit, float] = {}
        for j, theirs in coders.items():
            if i != j:
                for one, two, shared in _intersections(mine, theirs):
                    if one.value is not None and two.value is not None:
                        met[one] = met.get(one, 0.0) + shared / (len(coders) - 1)
        for unit, mean in met.items():
            own[unit.value] = own.get(unit.value, 0.0) + mean**2
    return _expect(valued, own)


def _expect(
    observed: Mapping[tuple[Hashable, Hashable], float], own: Mapping[Hashable, float]
) -> dict[tuple[Hashable, Hashable], float]:
    margin: dict[Hashable, float] = {}
    for (c, _), n in observed.items():
        margin[c] = margin.get(c, 0.0) + n
    total = sum(margin.values())
    spread = total - sum(own.values()) / total if total else 0.0
    if spread <= 1e-12 * max(total, 1.0):
        return {}
    return {
        (c, k): (margin[c] * margin[k] - (own.get(c, 0.0) if c == k else 0.0)) / spread for c in margin for k in margin
    }


def _alpha(
    observed: Mapping[tuple[Hashable, Hashable], float], expected: Mapping[tuple[Hashable, Hashable], float]
) -> float | None:
    chance = sum(n for (c, k), n in expected.items() if c != k)
    if chance <= 1e-12:
        return None
    return 1 - sum(n for (c, k), n in observed.items() if c != k) / chance


def _of_value(
    k: Hashable,
    valued: Mapping[tuple[Hashable, Hashable], float],
    expected: Mapping[tuple[Hashable, Hashable], float],
    observed_k: float,
) -> float | None:
    expected_k = sum(n for (c, _), n in expected.items() if c == k)
    off = expected_k - expected.get((k, k), 0.0)
    if not observed_k or off <= 1e-12:
        return None
    return 1 - (expected_k / observed_k) * (observed_k - valued.get((k, k), 0.0)) / off
