"""Attribution: rules, Markov removal effects and Shapley values, with intervals and the caveat that it is no cause."""

from .answer import attribute, attribution
from .journeys import Journeys, journeys_of

__all__ = ["Journeys", "attribute", "attribution", "journeys_of"]
