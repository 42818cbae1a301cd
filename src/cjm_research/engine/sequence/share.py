"""A share: of the customers who have an event of one kind, those who have one of another, before or after."""

from __future__ import annotations

import numpy as np

from .chains import Chains, spread
from .rows import FOREVER, NEVER, Rows, first_of_each


def walk_share(base: Rows, counted: Rows) -> Chains:
    """Chains of two steps: the first event of the base, and the first that is counted; open for whoever has none yet."""
    opens, hits = (rows.take(first_of_each(rows.u)) for rows in (base, counted))
    hits = hits.take(np.isin(hits.u, opens.u))
    at = spread(opens.u, hits.u, hits.t, len(opens))
    has = at != NEVER
    times = np.column_stack([opens.t, at]).astype(np.int64)
    none = np.zeros(len(opens), dtype=bool)
    return Chains(opens.u, (1 + has).astype(np.int8), times != NEVER, times, opens.t, times, np.where(has, NEVER, FOREVER), none, none.copy())
