"""Journeys to a conversion, the credit of their touches, and sums of them that blocks of customers add up to.

Needs numpy and pyarrow only, so that it runs in the tasks of a distributed engine too; no query and no study. The rules
are those of docs/methods/paths-retention-attribution.md.
"""

from .groups import groups_of
from .journeys import Journeys, Stretches, stretches
from .rules import TITLES, Models, weights
from .sums import Sums, sums_of

__all__ = ["TITLES", "Journeys", "Models", "Stretches", "Sums", "groups_of", "stretches", "sums_of", "weights"]
