"""Templates by industry: a first journey of words that events of such a client usually have. All of it is an assumption until the data confirm it."""

from .industries import TEMPLATES
from .model import Fitted, StageWords, Template, TouchpointWords, fitted, template_named

__all__ = ["TEMPLATES", "Fitted", "StageWords", "Template", "TouchpointWords", "fitted", "template_named"]
