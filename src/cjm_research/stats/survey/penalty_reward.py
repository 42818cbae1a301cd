"""Penalty and reward: what a bad answer goes together with, and what a good one, each against a middling one.

Brandt 1987 ("A procedure for identifying value-enhancing service components using customer satisfaction survey data"): an outcome is regressed on two
indicators of every answer, bad and good; the middle is what both are compared with. Errors: HC3 (MacKinnon & White 1985), summed by person where
somebody answered more than once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cjm_research.errors import BadInput
from cjm_research.stats.comparison import p_two_sided, z_two_sided
from cjm_research.stats.survey.design import Array


@dataclass(frozen=True)
class Effects:
    """By answer: the outcome after a bad answer and after a good one, each minus the middle, and good plus bad (asymmetry), with intervals."""

    penalty: Array  # answers × (value, low, high); below 0 where a bad answer goes with a worse outcome
    reward: Array
    asymmetry: Array  # reward + penalty: above 0 where good answers count for more, below 0 where bad ones do
    p: Array  # by answer, that both count alike


def penalty_reward(bad: npt.NDArray[np.bool_], good: npt.NDArray[np.bool_], y: Array, w: Array | None = None, person: npt.NDArray[np.int64] | None = None, conf: float = 0.95) -> Effects:
    """Regress y on the indicators of all answers together (rows × answers), weighted, with errors that need no equal variance.

    Raises `BadInput` where the indicators leave an effect undetermined.
    """
    n, k = bad.shape
    weights = np.ones(n) if w is None else np.asarray(w, float) / float(np.mean(w))
    x = np.column_stack([np.ones(n), bad.astype(float), good.astype(float)])
    root = np.sqrt(weights)
    q, r = np.linalg.qr(x * root[:, None])
    if n <= x.shape[1] or np.abs(np.diag(r)).min() < 1e-9 * np.abs(np.diag(r)).max():
        raise BadInput("penalty and reward", "answers that always come together", "bad, middling and good answers to each question, apart from the others", "leave one of the questions out of `drivers`")
    inverse = np.linalg.inv(r)
    beta = inverse @ (q.T @ (y * root))
    leverage = np.clip((q * q).sum(1), 0, 1 - 1e-12)
    pushes = (x * (root * root * (y - x @ beta) / (1 - leverage))[:, None]) @ (inverse @ inverse.T)
    if person is not None:
        codes, where = np.unique(person, return_inverse=True)
        summed = np.zeros((len(codes), pushes.shape[1]))
        np.add.at(summed, where, pushes)
        pushes = summed
    covariance = pushes.T @ pushes
    z = z_two_sided(conf)

    def interval(value: Array, variance: Array) -> Array:
        half = z * np.sqrt(np.maximum(variance, 0))
        return np.column_stack([value, value - half, value + half])

    at, up = np.arange(1, k + 1), np.arange(k + 1, 2 * k + 1)
    var = np.diag(covariance)
    both, spread = beta[at] + beta[up], np.maximum(var[at] + var[up] + 2 * covariance[at, up], 0)
    p = np.array([p_two_sided(v / s) if s > 0 else 1.0 for v, s in zip(both, np.sqrt(spread), strict=True)])
    return Effects(interval(beta[at], var[at]), interval(beta[up], var[up]), interval(both, spread), p)
