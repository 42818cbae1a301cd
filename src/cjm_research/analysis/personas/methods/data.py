"""The rows that are segmented, in the three forms the methods need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..encode import Block, Encoder, Matrix

Labels = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Data:
    """Customers by features. x: encoded; codes: categories (−1 missing), `levels` of each; blocks: the features."""

    x: Matrix
    codes: npt.NDArray[np.int16]
    levels: tuple[int, ...]
    blocks: tuple[Block, ...]

    @classmethod
    def of(cls, frame: pd.DataFrame, encoder: Encoder) -> Data:
        """The frame as the encoder sees it."""
        codes, levels = encoder.codes(frame)
        return cls(encoder.transform(frame), codes, tuple(levels), tuple(encoder.blocks))

    def __len__(self) -> int:
        return len(self.x)

    def take(self, rows: Rows) -> Data:
        """Some rows, repeated where named twice."""
        return Data(self.x[rows], self.codes[rows], self.levels, self.blocks)

    @property
    def number_columns(self) -> npt.NDArray[np.int64]:
        """Columns of `x` that hold numbers."""
        return np.array([b.start for b in self.blocks if b.kind == "number"], np.int64)

    @property
    def category_features(self) -> npt.NDArray[np.int64]:
        """Columns of `codes` that are flags or categories, not binned numbers."""
        return np.array([i for i, b in enumerate(self.blocks) if b.kind != "number"], np.int64)


class Model(Protocol):
    """A fitted segmentation. loss: what the method minimises, comparable for equal k on equal data."""

    @property
    def k(self) -> int:
        """How many segments."""
        ...

    @property
    def loss(self) -> float:
        """What the method minimised."""
        ...

    def assign(self, data: Data) -> Labels:
        """Segment 0…k−1 of every row."""
        ...


def seed_of(rng: np.random.Generator) -> int:
    """A seed for a library that wants a number."""
    return int(rng.integers(2**31 - 1))
