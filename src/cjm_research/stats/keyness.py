"""Which words tell one group of texts from another: log-odds with a Dirichlet prior."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import BadInput
from .comparison import z_two_sided

Array = npt.NDArray[np.float64]
_MOST_PRIOR = 500.0  # words that the prior is worth at most


@dataclass(frozen=True)
class Keyness:
    """Of each word: the difference of its log-odds between two groups, its standard error, and z."""

    delta: Array
    se: Array

    @property
    def z(self) -> Array:
        """The difference in standard errors."""
        return self.delta / self.se

    def interval(self, conf: float = 0.95) -> tuple[Array, Array]:
        """The interval of the difference."""
        half = z_two_sided(conf) * self.se
        return self.delta - half, self.delta + half


def log_odds(first: npt.ArrayLike, second: npt.ArrayLike, prior: npt.ArrayLike | float | None = None) -> Keyness:
    """How much more a word is used in the first group than in the second.

    first, second: counts by word. prior: pseudo-counts by word, or one for all; default: in proportion to the pooled counts,
    worth a tenth of a group's mean size and at most 500 words. Monroe, Colaresi & Quinn 2008, Political Analysis 16:372, eq. 16 to 22,
    variance 1/(y1 + a) + 1/(y2 + a).
    """
    y1, y2 = np.asarray(first, float), np.asarray(second, float)
    if y1.shape != y2.shape or y1.ndim != 1:
        raise BadInput("keyness", f"counts of shapes {y1.shape} and {y2.shape}", "one count a word for both groups", "check what the cell hands over")
    pooled = y1 + y2
    if prior is None:
        total = pooled.sum()
        a = np.full_like(pooled, 0.01) if total == 0 else pooled / total * min(_MOST_PRIOR, total / 10)
    else:
        a = np.broadcast_to(np.asarray(prior, float), y1.shape)
    if (y1 < 0).any() or (y2 < 0).any() or (a < 0).any():
        raise BadInput("keyness", "a negative count", "counts and prior of 0 or more", "check what the cell hands over")
    n1, n2, a0 = y1.sum(), y2.sum(), a.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        delta = np.log((y1 + a) / (n1 + a0 - y1 - a)) - np.log((y2 + a) / (n2 + a0 - y2 - a))
        se = np.sqrt(1 / (y1 + a) + 1 / (y2 + a))
    return Keyness(delta, se)
