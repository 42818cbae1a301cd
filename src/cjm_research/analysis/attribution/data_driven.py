"""Attribution from the data: Markov removal effects and Shapley values."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from .journeys import Journeys


def transition_rows(journeys: Journeys) -> sparse.csr_matrix:
    """How often each customer makes each transition: customers × (N + 1)(N + 2), keyed by from · (N + 2) + to.

    N touches; `from` N is the start; `to` N is the conversion, N + 1 the end without one.
    """
    n = len(journeys.names)
    first, last = journeys.first[:-1], journeys.first[1:] - 1
    inner = np.ones(len(journeys.journey), dtype=bool)
    inner[last] = False
    at = np.flatnonzero(inner)
    key = np.concatenate((n * (n + 2) + journeys.touch[first], journeys.touch[at] * (n + 2) + journeys.touch[at + 1],
                          journeys.touch[last] * (n + 2) + np.where(journeys.converted, n, n + 1)))
    person = journeys.person
    who = np.concatenate((person, person[journeys.journey[at]], person))
    shape = (int(person.max()) + 1 if len(person) else 0, (n + 1) * (n + 2))
    return sparse.csr_matrix((np.ones(len(key)), (who, key)), shape=shape)


def removal_effects(counts: np.ndarray, n: int) -> tuple[np.ndarray, float]:
    """(removal effect of each touch, probability of converting) of a first-order chain; effects are 0 … 1.

    counts: transitions as one row of `transition_rows`. The effect of a touch is the share of conversions that is
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


def shapley_rows(journeys: Journeys, amount: np.ndarray) -> np.ndarray:
    """The Shapley value of each touch, by customer (rows) and touch.

    The worth of a set of touches is what converted with no other touch than those (Zhao, Mahboobi & Bagheri 2018,
    simplified). For that game the value has a closed form: each conversion is divided equally among the different
    touches of its journey. Null paths add nothing to any set and so change no share. amount: by journey.
    """
    n = len(journeys.names)
    journey, touch = journeys.journey[journeys.different], journeys.touch[journeys.different]
    different = np.bincount(journey, minlength=len(journeys.customer))
    people = int(journeys.person.max()) + 1
    credit = (np.where(journeys.converted, amount, 0.0) / different)[journey]
    return np.bincount(journeys.person[journey] * n + touch, weights=credit, minlength=people * n).reshape(people, n)
