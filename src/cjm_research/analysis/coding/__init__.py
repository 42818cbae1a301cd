"""Qualitative coding: themes counted in participants, agreement of coders, saturation, quotes, emotion, suggestions.

Pure coefficients (`coefficients`, `unitizing`, `new_codes`) know no study; the questions ask it and return `Result`.
"""

from .agreement import agreement
from .emotion import emotion
from .progress import progress
from .quotes import quotes
from .saturation import saturation
from .suggestions import suggestions
from .themes import themes

__all__ = ["agreement", "emotion", "progress", "quotes", "saturation", "suggestions", "themes"]
