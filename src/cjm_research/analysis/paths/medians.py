"""Medians of many groups at once, exact, in two readings of the values and without sorting them all.

The first reading counts each group's values in classes of 3 % width, which tells the class (of an even number perhaps two) that holds
its median and the rank within; the second takes only the values of those classes, a small part, and sorts them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from ...engine.sequence.memory import reused_memory
from ...engine.sequence.rows import Ints

Parts = Iterable[tuple[Ints, Ints]]  # groups (from 0) and values (whole, not negative), some millions at a time
_FINE = 5  # 32 classes an octave
_ONE = int(np.float32(1).view(np.int32)) >> (23 - _FINE)
_CLASSES = int(np.float32(2.0**63).view(np.int32) >> (23 - _FINE)) - _ONE + 2


def medians_of(parts: Callable[[], Parts], size: int) -> tuple[Ints, np.ndarray]:
    """How many values each of `size` groups has, and their median; −1 for a group without any. Of an even number it is the mean of
    the two in the middle.

    parts: gives the same values whenever it is called.
    """
    with reused_memory():
        classes = np.zeros(size * _CLASSES, dtype=np.int64)
        for group, value in parts():
            classes += np.bincount(group * _CLASSES + _class_of(value), minlength=len(classes))
        table = np.cumsum(classes.reshape(size, _CLASSES), axis=1)
        counts = table[:, -1]
        rank, next_rank = (counts - 1) // 2, counts // 2
        chosen, also = (np.argmax(table > r[:, None], axis=1) for r in (rank, next_rank))
        before = np.where(chosen > 0, table[np.arange(size), chosen - 1], 0)
        chosen[counts == 0] = also[counts == 0] = -1
        kept = []
        for group, value in parts():
            of = _class_of(value)
            inside = np.flatnonzero((of == chosen[group]) | (of == also[group]))
            kept.append((group[inside], value[inside]))
    groups, values = (np.concatenate([p[k] for p in kept]) if kept else np.empty(0, dtype=np.int64) for k in (0, 1))
    values = values[np.lexsort((values, groups))]
    medians = np.full(size, -1.0)
    has = counts > 0
    begin = np.concatenate(([0], np.cumsum(np.bincount(groups, minlength=size))[:-1]))
    # between the two classes there is no other value, so what is kept of a group has no gap
    low, high = (values[(begin + r - before)[has]] for r in (rank, next_rank))
    medians[has] = low + (high - low) / 2
    return counts, medians


def median_s(gaps: Ints) -> float | None:
    """The median of times in µs, in seconds; None without any."""
    return float(np.median(gaps)) / 1e6 if len(gaps) else None


def _class_of(value: Ints) -> Ints:
    """A number that never falls as the value grows: the float's exponent and the first bits of its fraction."""
    out = (value.astype(np.float32).view(np.int32) >> (23 - _FINE)) - (_ONE - 1)
    return np.asarray(np.maximum(out, 0, out=out))
