"""Attribution by a Markov chain: removal effects."""

from __future__ import annotations

import numpy as np


def removal_effects(counts: np.ndarray, n: int) -> tuple[np.ndarray, float]:
    """(removal effect of each touch, probability of converting) of a first-order chain; effects are 0 … 1.

    counts: transitions as one row of `engine.attribution.sums.transitions`. The effect of a touch is the share of conversions that is
    lost when every way through it ends without one (Anderl, Becker, von Wangenheim & Schumann 2016).
    """
    table = counts.reshape(n + 1, n + 2)
    leaving = table.sum(axis=1, keepdims=True)
    p = np.divide(table, leaving, out=np.zeros_like(table, dtype=float), where=leaving > 0)
    start, among, to_goal = p[n, :n], p[:n, :n], p[:n, n]

    def converting(removed: int | None) -> float:
        q, r, s = among.copy(), to_goal.copy(), start.copy()
        if removed is not None:
            q[:, removed] = 0.0  # whoever would go there is lost
            q[removed] = 0.0
            r[removed] = s[removed] = 0.0
        return float(s @ np.linalg.solve(np.eye(n) - q, r))

    whole = converting(None)
    if whole <= 0:
        return np.zeros(n), 0.0
    return np.array([1 - converting(k) / whole for k in range(n)]), whole


def markov_shares(counts: np.ndarray, n: int) -> np.ndarray:
    """Removal effects normalised to shares of the conversions."""
    effects, _ = removal_effects(counts, n)
    total = effects.sum()
    return effects / total if total > 0 else effects
