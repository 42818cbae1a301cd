"""The groups of customers that a bootstrap draws from: customers one by one, or random groups where they are very many."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import numpy as np

from ..sequence.rows import Ints


def groups_of(ids: Sequence[str], drawn: int) -> tuple[Ints, int]:
    """The group of each of some different customers, and how many groups there are.

    Up to `drawn` customers are a group each, by id. More are spread over `drawn` groups by a hash of the id, which has
    nothing to do with what they did: groups of equal expected size, on every engine the same (random groups; Wolter
    2007, ch. 2).
    """
    if len(ids) <= drawn:
        group = np.empty(len(ids), dtype=np.int64)
        group[np.argsort(np.asarray(ids, dtype=object), kind="stable")] = np.arange(len(ids))
        return group, len(ids)
    return np.fromiter(map(crc32, map(str.encode, ids)), dtype=np.int64, count=len(ids)) % drawn, drawn
