"""What every frame of the answer is made from; counted from journeys here, or from the sums that Spark's tasks give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...engine.attribution import Journeys, Models, Sums, groups_of, sums_of
from ...engine.attribution.common import Path, common_paths

MOST_PATHS = 15


@dataclass(frozen=True)
class Counted:
    """Journeys summed up. names: touches. sums: by group of customers (one each, or random groups). paths: the most common
    converting ones. customers: with a journey. untouched, pending: as `Journeys` has them."""

    names: Sequence[str]
    sums: Sums
    paths: Sequence[Path]
    customers: int
    untouched: int
    pending: int


def counted(journeys: Journeys, models: Models, drawn: int) -> Counted:
    """Journeys summed up, by at most `drawn` groups of customers."""
    people = journeys.people[0]
    return Counted(journeys.names, sums_of(journeys, models, *groups_of(people, journeys.ids, drawn)), common_paths(journeys, MOST_PATHS), len(people),
                   journeys.untouched, journeys.pending)
