"""Questions of a researcher's own: asked like ours, with findings that join the map of that client.

    @study.question(lane="pain", stage="Decision", touchpoint="Basket")
    def full_baskets(study):
        return study.share("event = 'view_basket' AND value > 100", of="event = 'view_basket'", says="open a basket of more than 100 EUR")
"""

from .handed import HandedAnswer, handed_answers
from .helpers import Measured, mean, share
from .registry import OwnQuestion, own_questions, question

__all__ = ["HandedAnswer", "Measured", "OwnQuestion", "handed_answers", "mean", "own_questions", "question", "share"]
