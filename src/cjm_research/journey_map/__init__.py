"""The journey map: stages × lanes, every cell a finding with its evidence.

`journey_map` composes the other questions; each is asked through the cache, so the map shows the very numbers
of the chapters.
"""

from ..results.lanes import LANES, Lane
from .actions import customer_actions
from .compose import journey_map
from .opportunities import opportunities
from .pains import pain_points
from .stages import stage_metrics
from .stakes import stakes
from .views import halves, seen_as, seen_by

__all__ = ["LANES", "Lane", "customer_actions", "halves", "journey_map", "opportunities", "pain_points", "seen_as", "seen_by", "stage_metrics",
           "stakes"]
