"""The journey map: stages × lanes, every cell a finding with its evidence.

`journey_map` composes the other questions; each is asked through the cache, so the map shows the very numbers
of the chapters.
"""

from .compose import journey_map
from .lanes import LANES, Lane, lane_of
from .pains import pain_points
from .stages import stage_metrics

__all__ = ["LANES", "Lane", "journey_map", "lane_of", "pain_points", "stage_metrics"]
