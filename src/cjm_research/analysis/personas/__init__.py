"""Who the customers are: stable segments or the answer "none", what sets them apart, and their voices.

    answer = personas(study)              segments, members, names, what sets them apart, the rule
    journeys(study) · expectations(study) · sheets(study)
    through(study, "Trail planner")       the study seen through one persona
    segment(frame)                        the segmentation on any frame, without a study
"""

from __future__ import annotations

from .expectations import expectations
from .journeys import journeys
from .members import through
from .question import personas
from .segment import Segmentation, segment
from .sheets import sheets

__all__ = ["Segmentation", "expectations", "journeys", "personas", "segment", "sheets", "through"]
