"""What journeys add to the answer: sums that are added over blocks of customers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..sequence.rows import Ints, first_of_each
from .journeys import Journeys
from .rules import Models, weights

_FACTS = 2  # journeys and value, before what is summed by touch


@dataclass(frozen=True)
class Sums:
    """Sums over journeys of n touches.

    models: those that weigh touches. by_group: one row a group of customers, with conversions, credit (models × n) and
    transitions ((n + 1)(n + 2), as `transitions` has them). whole: journeys, the value of all conversions, and by touch:
    touches, journeys with it, converting journeys with it, and the amount that each model credits.
    """

    models: tuple[str, ...]
    n: int
    by_group: np.ndarray
    whole: np.ndarray

    @classmethod
    def added(cls, models: tuple[str, ...], n: int, groups: int, group: Ints, rows: np.ndarray, whole: np.ndarray) -> Sums:
        """The sums of blocks. rows: of groups `group`, which may come several times. whole: one row a block."""
        by_group = np.zeros((groups, cls.width(models, n)))
        if len(group):
            order = np.argsort(group, kind="stable")
            first = first_of_each(group[order])
            by_group[group[order][first]] = np.add.reduceat(rows[order], first, axis=0)
        return cls(models, n, by_group, whole.sum(axis=0) if len(whole) else np.zeros(_FACTS + (3 + len(models)) * n))

    @staticmethod
    def width(models: tuple[str, ...], n: int) -> int:
        """Columns of `by_group`."""
        return 1 + len(models) * n + (n + 1) * (n + 2)

    def credit(self, model: str, rows: np.ndarray) -> np.ndarray:
        """The columns of a model's credit in rows as those of `by_group`."""
        at = 1 + self.models.index(model) * self.n
        return rows[..., at:at + self.n]

    def moves(self, rows: np.ndarray) -> np.ndarray:
        """The columns of transitions in rows as those of `by_group`."""
        return rows[..., 1 + len(self.models) * self.n:]

    @property
    def total(self) -> np.ndarray:
        """All groups added up: a row as those of `by_group`."""
        return np.asarray(self.by_group.sum(axis=0))

    @property
    def conversions(self) -> int:
        """Conversions with a touch."""
        return int(self.by_group[:, 0].sum())

    @property
    def journeys(self) -> int:
        """Journeys with and without conversion."""
        return int(self.whole[0])

    @property
    def value(self) -> float:
        """The value of all conversions with a touch."""
        return float(self.whole[1])

    @property
    def reach(self) -> np.ndarray:
        """By touch: touches, journeys with it, converting journeys with it."""
        return self._by_touch[:3].astype(np.int64)

    def amount(self, model: str) -> np.ndarray:
        """The value that a model credits to each touch."""
        return np.asarray(self._by_touch[3 + self.models.index(model)])

    @property
    def _by_touch(self) -> np.ndarray:
        return self.whole[_FACTS:].reshape(-1, self.n)


def sums_of(journeys: Journeys, models: Models, group: Ints, groups: int) -> Sums:
    """The sums of journeys. group: of each of their customers (in the order of `journeys.people`), 0 … groups − 1."""
    n, names = len(journeys.names), models.weighing
    group = group[journeys.people[1]]
    made = journeys.where(journeys.converted)
    key, value = group[journeys.converted][made.journey] * n + made.touch, made.value[made.journey]
    by_group = np.empty((groups, Sums.width(names, n)))
    by_group[:, 0] = np.bincount(group[journeys.converted], minlength=groups)
    amounts = []
    for k, model in enumerate(names):
        weight = weights(made, model, models.half_life_days, models.custom)
        by_group[:, 1 + k * n:1 + (k + 1) * n] = np.bincount(key, weights=weight, minlength=groups * n).reshape(groups, n)
        amounts.append(np.bincount(made.touch, weights=weight * value, minlength=n))
    by_group[:, 1 + len(names) * n:] = transitions(journeys, group, groups)
    reach = [np.bincount(x, minlength=n) for x in (journeys.touch, journeys.touch[journeys.different], made.touch[made.different])]
    return Sums(names, n, by_group, np.concatenate([[len(journeys.customer), made.value.sum()], *reach, *amounts]))


def transitions(journeys: Journeys, group: Ints, groups: int) -> Ints:
    """How often each group makes each transition: groups × (n + 1)(n + 2), keyed by from · (n + 2) + to.

    n touches; `from` n is the start; `to` n is the conversion, n + 1 the end without one. group: by journey.
    """
    n = len(journeys.names)
    size = (n + 1) * (n + 2)
    following = np.empty_like(journeys.touch)
    following[:-1] = journeys.touch[1:]
    following[journeys.first[1:] - 1] = np.where(journeys.converted, n, n + 1)
    counts = np.bincount((group * size)[journeys.journey] + journeys.touch * (n + 2) + following, minlength=groups * size)
    counts += np.bincount(group * size + n * (n + 2) + journeys.touch[journeys.first[:-1]], minlength=groups * size)
    return counts.reshape(groups, size)
