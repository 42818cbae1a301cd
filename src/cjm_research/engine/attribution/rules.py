"""Models that divide one conversion among the touches of its journey: weights that add up to 1 a journey."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...errors import BadInput, unknown
from .journeys import Journeys

DAY_US = 86_400e6
#: first, middle together, last; two touches share what the ends have in their proportion
SHAPES: dict[str, tuple[float, float, float]] = {"u_shaped": (0.4, 0.2, 0.4), "j_shaped": (0.2, 0.2, 0.6), "inverse_j": (0.6, 0.2, 0.2)}
TITLES = {"first": "first touch", "last": "last touch", "linear": "equal shares", "u_shaped": "40–20–40", "j_shaped": "20–20–60", "inverse_j": "60–20–20",
          "time_decay": "half the weight every {days:g} days before", "participation": "1 for every touchpoint once",
          "same_touch": "the conversion's own event, where it is a touch", "custom": "own shares of first, middle and last", "markov": "removal effect in a first-order Markov chain, null paths included",
          "shapley": "Shapley value over the different touches of a journey"}


@dataclass(frozen=True)
class Models:
    """Models by name, of `TITLES`, and what some of them need. custom: weights of first, middle and last, in any unit."""

    names: tuple[str, ...]
    half_life_days: float = 7.0
    custom: Mapping[str, float] | None = None

    def check(self) -> None:
        """Raise `BadInput` for an unknown model, and for what it cannot use."""
        if not self.names:
            raise BadInput("attribution: models", "none", ", ".join(TITLES), "correct the options of attribution in the cell that asks, or in chapter_params")
        for model in self.names:
            if model not in TITLES:
                raise unknown("attribution", "model", model, TITLES, "correct the options of attribution in the cell that asks, or in chapter_params")
        if "time_decay" in self.names and not 0 < self.half_life_days < math.inf:
            raise BadInput("attribution: half_life_days", str(self.half_life_days), "more than 0", "correct the options of attribution in the cell that asks, or in chapter_params")
        if "custom" in self.names:
            _custom(self.custom)

    @property
    def weighing(self) -> tuple[str, ...]:
        """Those that weigh the touches of one journey; Markov looks at all journeys at once."""
        return tuple(m for m in self.names if m != "markov")


def weights(journeys: Journeys, model: str, half_life_days: float = 7.0, custom: Mapping[str, float] | None = None) -> np.ndarray:
    """The weight of every touch under a model.

    model: first, last, linear, u_shaped, j_shaped, inverse_j, time_decay (2^(−age/half life), normalised),
    participation (1 for the first touch of each value, so that journeys add up to more than 1), same_touch (1 for the
    conversion's own event, so that journeys without add up to 0), custom (weights of
    first, middle and last, scaled to add up to 1) or shapley. As Adobe Customer Journey Analytics and Mixpanel define the rules. Raises
    `BadInput`.

    Shapley: the worth of a set of touches is what converted with no other touch than those (Zhao, Mahboobi & Bagheri
    2018, simplified). For that game the value has a closed form: each conversion is divided equally among the different
    touches of its journey. Null paths add nothing to any set and so change no share.
    """
    if model in ("participation", "shapley"):
        out = np.zeros(len(journeys.journey))
        at = journeys.different
        out[at] = 1.0
        if model == "shapley":
            out[at] /= np.bincount(journeys.journey[at], minlength=len(journeys.customer))[journeys.journey[at]]
        return out
    place, length = journeys.place, journeys.lengths[journeys.journey]
    if model in ("first", "last"):
        return (place == (0 if model == "first" else length - 1)).astype(float)
    if model == "same_touch":
        if journeys.same is None:
            raise BadInput("attribution: same_touch", "journeys that do not say which touch is the conversion itself", "journeys taken from a log", "correct the options of attribution in the cell that asks, or in chapter_params")
        return journeys.same.astype(float)
    if model == "linear":
        return 1.0 / length
    if model == "time_decay":
        Models((model,), half_life_days).check()
        # the nearest touch of a journey has the exponent 0: nothing underflows for old ones
        exponent = -(journeys.age - np.minimum.reduceat(journeys.age, journeys.first[:-1])[journeys.journey]) / (half_life_days * DAY_US)
        raw = np.exp2(exponent)
        return raw / np.add.reduceat(raw, journeys.first[:-1])[journeys.journey]
    if model == "custom":
        return _shaped(place, length, _custom(custom))
    if model not in SHAPES:
        raise unknown("attribution", "model", model, TITLES, "correct the options of attribution in the cell that asks, or in chapter_params")
    return _shaped(place, length, SHAPES[model])


def _custom(given: Mapping[str, float] | None) -> tuple[float, float, float]:
    parts = dict(given or {})
    usable = set(parts) == {"first", "middle", "last"} and all(isinstance(v, int | float) and 0 <= v < math.inf for v in parts.values())
    if not usable or not sum(parts.values()):
        raise BadInput("attribution: custom", f"{parts}", "numbers from 0 for first, middle and last; they are scaled to add up to 1", "correct the options of attribution in the cell that asks, or in chapter_params")
    whole = float(sum(parts.values()))
    return parts["first"] / whole, parts["middle"] / whole, parts["last"] / whole


def _shaped(place: np.ndarray, length: np.ndarray, shape: tuple[float, float, float]) -> np.ndarray:
    first, middle, last = shape
    ends = first + last or 1.0
    out = np.where(place == 0, first, np.where(place == length - 1, last, middle / np.maximum(length - 2, 1)))
    two = length == 2
    out = np.where(two & (place == 0), first / ends if first + last else 0.5, out)
    out = np.where(two & (place == 1), last / ends if first + last else 0.5, out)
    return np.where(length == 1, 1.0, out)
