"""Mixed columns as numbers: every feature with the same say, missing values filled, skew taken out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...shapes import Row
from .columns import OTHER, Kind

Matrix = npt.NDArray[np.float32]

SKEWED = 1.0  # |skewness| above which a number is straightened (Yeo & Johnson 2000)
CLIP = 4.0  # standard deviations; one extreme customer must not be a segment
RATING_POINTS = 11  # whole numbers with at most so many points are ratings
# a two-valued column at ±1 would gain more from being split (all of its variance) than a normal one (2/π of it)
SPLIT_GAIN = float(np.sqrt(2 / np.pi))
LEAST_SD = 0.3  # standard deviation of a flag below which it is not scaled up further (about 10 % yes)


@dataclass(frozen=True)
class Block:
    """The encoded columns of one feature: numbers (1), flags (1) or one column a category."""

    name: str
    kind: Kind
    start: int
    stop: int
    levels: tuple[str, ...] = ()


@dataclass
class Encoder:
    """Fitted on one frame, applied to others of the same columns. `common_scale`: left unscaled, see `fit`."""

    blocks: list[Block] = field(default_factory=list)
    common_scale: bool = False
    _number: dict[str, tuple[float, float | None, float, float]] = field(default_factory=dict)  # fill, lambda, mean, sd
    _levels: dict[str, tuple[str, float]] = field(default_factory=dict)  # fill, weight
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def width(self) -> int:
        """Encoded columns in all."""
        return self.blocks[-1].stop if self.blocks else 0

    @classmethod
    def fit(cls, frame: pd.DataFrame, kinds: Mapping[str, Kind]) -> Encoder:
        """Learn fills, scales and categories.

        Features that share one scale already (all yes/no, or all ratings of the same range) keep it, since
        their spread is information (Dolnicar, Grün & Leisch 2018, step 4). Otherwise numbers are straightened
        where skewed and brought to variance 1, flags and categories to the variance 2/π, so that splitting on
        one gains as much as splitting on a normal number.
        """
        self = cls(common_scale=_one_scale(frame, kinds))
        at = 0
        for name in map(str, frame.columns):
            kind, values = kinds[name], frame[name]
            if kind == "number":
                self._fit_number(name, values)
                levels: tuple[str, ...] = ()
                width = 1
            else:
                counts = values.value_counts()
                levels = tuple(sorted(map(str, counts.index)))
                self._levels[name] = (str(counts.index[0]), self._weight(counts))
                width = 1 if kind == "binary" else len(levels)
            self.blocks.append(Block(name, kind, at, at + width, levels))
            at += width
        return self

    def _fit_number(self, name: str, values: pd.Series) -> None:
        from scipy.stats import skew, yeojohnson, yeojohnson_normmax

        known = values.dropna().to_numpy(float)
        fill, lam = float(np.median(known)), None
        if not self.common_scale and len(np.unique(known)) > RATING_POINTS and abs(float(skew(known))) > SKEWED:
            center, spread = float(np.median(known)), float(np.std(known)) or 1.0
            lam = float(yeojohnson_normmax((known - center) / spread))
            known = yeojohnson((known - center) / spread, lam)
            self._number[name] = (fill, lam, float(known.mean()), float(known.std()) or 1.0)
            self._center[name] = (center, spread)
            self.notes[name] = "skewed, straightened (Yeo–Johnson)"
            return
        mean, sd = (0.0, 1.0) if self.common_scale else (float(known.mean()), float(known.std()) or 1.0)
        self._number[name] = (fill, lam, mean, sd)

    _center: dict[str, tuple[float, float]] = field(default_factory=dict)

    def _weight(self, counts: pd.Series) -> float:
        if self.common_scale:
            return 1.0
        p = (counts / counts.sum()).to_numpy(float)
        spread = float(np.sqrt(1 - (p**2).sum()))  # of all indicator columns together
        if len(p) == 2:
            spread /= np.sqrt(2)  # one column instead of two
        return SPLIT_GAIN / max(spread, LEAST_SD)

    def transform(self, frame: pd.DataFrame) -> Matrix:
        """The frame as float32, one row a customer; missing values filled, unknown categories all zero."""
        out = np.zeros((len(frame), self.width), np.float32)
        for block in self.blocks:
            values = frame[block.name]
            if block.kind == "number":
                out[:, block.start] = self._encode_number(block.name, values)
                continue
            fill, weight = self._levels[block.name]
            codes = _codes(values, block.levels, fill)
            if block.kind == "binary":
                out[:, block.start] = (codes == 1) * weight
            else:
                rows = np.flatnonzero(codes >= 0)
                out[rows, block.start + codes[rows]] = weight
        return out

    def _encode_number(self, name: str, values: pd.Series) -> npt.NDArray[np.float64]:
        from scipy.stats import yeojohnson

        fill, lam, mean, sd = self._number[name]
        x = values.to_numpy(float, na_value=np.nan)
        x = np.where(np.isnan(x), fill, x)
        if lam is not None:
            center, spread = self._center[name]
            x = yeojohnson((x - center) / spread, lam)
        if self.common_scale:
            return x
        z: npt.NDArray[np.float64] = np.clip((x - mean) / sd, -CLIP, CLIP)
        return z

    def filled(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame with missing values filled as `transform` fills them, in the features' own units."""
        out: Row = {}
        for block in self.blocks:
            values = frame[block.name]
            if block.kind == "number":
                out[block.name] = values.astype("float64").fillna(self._number[block.name][0])
            else:
                levels = np.array(block.levels, object)
                codes = _codes(values, block.levels, self._levels[block.name][0])
                out[block.name] = np.where(codes >= 0, levels[np.maximum(codes, 0)], OTHER)
        return pd.DataFrame(out, index=frame.index)

    def codes(self, frame: pd.DataFrame, bins: int = 3) -> tuple[npt.NDArray[np.int16], list[int]]:
        """Every feature as a category (−1 where missing), numbers cut at their quantiles, and the number of levels."""
        columns, sizes = [], []
        for block in self.blocks:
            values = frame[block.name]
            if block.kind != "number":
                columns.append(_codes(values, block.levels, None))
                sizes.append(len(block.levels))
                continue
            x = values.to_numpy(float, na_value=np.nan)
            edges = self._edges.get(block.name)
            if edges is None:
                distinct = np.unique(x[~np.isnan(x)])
                edges = ((distinct[1:] + distinct[:-1]) / 2 if len(distinct) <= RATING_POINTS
                         else np.unique(np.nanquantile(x, np.arange(1, bins) / bins)))
                self._edges[block.name] = edges
            columns.append(np.where(np.isnan(x), -1, np.searchsorted(edges, x, side="right")))
            sizes.append(len(edges) + 1)
        return np.column_stack(columns).astype(np.int16), sizes

    _edges: dict[str, npt.NDArray[np.float64]] = field(default_factory=dict)


def _codes(values: pd.Series, levels: tuple[str, ...], fill: str | None) -> npt.NDArray[np.int64]:
    """Positions in `levels`; missing as `fill` (−1 without one), unknown as `other` where known, else −1."""
    lookup = {level: i for i, level in enumerate(levels)}
    codes = values.map(lookup)
    unknown = codes.isna() & values.notna()
    if bool(unknown.any()) and OTHER in lookup:
        codes = codes.mask(unknown, lookup[OTHER])
    if fill is not None:
        codes = codes.mask(values.isna(), lookup[fill])
    return np.asarray(codes.fillna(-1), dtype=np.int64)


def _one_scale(frame: pd.DataFrame, kinds: Mapping[str, Kind]) -> bool:
    if len(frame.columns) < 2:
        return False
    if all(kinds[str(c)] == "binary" for c in frame.columns):
        return True
    if any(kinds[str(c)] != "number" for c in frame.columns):
        return False
    ranges = set()
    for name in frame.columns:
        known = frame[name].dropna().to_numpy(float)
        if not np.all(known == np.round(known)) or known.max() - known.min() >= RATING_POINTS:
            return False
        ranges.add((float(known.min()), float(known.max())))
    return len(ranges) == 1
