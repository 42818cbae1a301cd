"""The groups of customers that a bootstrap draws from: customers one by one, or random groups where they are very many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from zlib import crc32

import numpy as np

from ..sequence.rows import Ints

_CHUNK = 1_000_000  # ids held as text at once


def groups_of(codes: Ints, ids: Callable[[Ints], Sequence[str]], drawn: int) -> tuple[Ints, int]:
    """The group of each of some different customers, and how many groups there are. ids: of codes.

    Up to `drawn` customers are a group each, by id. More are spread over `drawn` groups by a hash of the id, which has
    nothing to do with what they did: groups of equal expected size, on every engine the same (random groups; Wolter
    2007, ch. 2).
    """
    group = np.empty(len(codes), dtype=np.int64)
    if len(codes) <= drawn:
        group[np.argsort(np.asarray(ids(codes), dtype=object), kind="stable")] = np.arange(len(codes))
        return group, len(codes)
    for at in range(0, len(codes), _CHUNK):
        some = ids(codes[at:at + _CHUNK])
        group[at:at + _CHUNK] = np.fromiter(map(crc32, map(str.encode, some)), dtype=np.int64, count=len(some)) % drawn
    return group, drawn
