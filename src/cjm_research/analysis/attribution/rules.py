"""Rules that divide one conversion among its touches by their place or age: weights that add up to 1 a journey."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...errors import BadInput, unknown
from .journeys import Journeys

DAY_US = 86_400e6
#: first, middle together, last; two touches share what the ends have in their proportion
SHAPES: dict[str, tuple[float, float, float]] = {"u_shaped": (0.4, 0.2, 0.4), "j_shaped": (0.2, 0.2, 0.6), "inverse_j": (0.6, 0.2, 0.2)}
TITLES = {"first": "first touch", "last": "last touch", "linear": "equal shares", "u_shaped": "40–20–40", "j_shaped": "20–20–60", "inverse_j": "60–20–20",
          "time_decay": "half the weight every {days:g} days before", "participation": "1 for every touchpoint once"}


def weights(journeys: Journeys, model: str, half_life_days: float = 7.0, custom: Mapping[str, float] | None = None) -> np.ndarray:
    """The weight of every touch under a rule.

    model: first, last, linear, u_shaped, j_shaped, inverse_j, time_decay (2^(−age/half life), normalised),
    participation (1 for the first touch of each value, so that journeys add up to more than 1) or custom (shares of
    first, middle and last). As Adobe Customer Journey Analytics and Mixpanel define them. Raises `BadInput`.
    """
    place, length = journeys.place, journeys.lengths[journeys.journey]
    if model in ("first", "last"):
        return (place == (0 if model == "first" else length - 1)).astype(float)
    if model == "linear":
        return 1.0 / length
    if model == "time_decay":
        if half_life_days <= 0:
            raise BadInput("attribution: half_life_days", str(half_life_days), "more than 0")
        # the nearest touch of a journey has the exponent 0: nothing underflows for old ones
        exponent = -(journeys.age - np.minimum.reduceat(journeys.age, journeys.first[:-1])[journeys.journey]) / (half_life_days * DAY_US)
        raw = np.exp2(exponent)
        return raw / np.add.reduceat(raw, journeys.first[:-1])[journeys.journey]
    if model == "participation":
        out = np.zeros(len(journeys.journey))
        out[journeys.different] = 1.0
        return out
    if model == "custom":
        return _shaped(place, length, _custom(custom))
    if model not in SHAPES:
        raise unknown("attribution", "model", model, (*TITLES, "custom", "markov", "shapley"))
    return _shaped(place, length, SHAPES[model])


def _custom(given: Mapping[str, float] | None) -> tuple[float, float, float]:
    parts = dict(given or {})
    if set(parts) != {"first", "middle", "last"} or any(v < 0 for v in parts.values()) or abs(sum(parts.values()) - 1) > 1e-9:
        raise BadInput("attribution: custom", f"{parts}", "shares of first, middle and last that add up to 1")
    return parts["first"], parts["middle"], parts["last"]


def _shaped(place: np.ndarray, length: np.ndarray, shape: tuple[float, float, float]) -> np.ndarray:
    first, middle, last = shape
    ends = first + last or 1.0
    out = np.where(place == 0, first, np.where(place == length - 1, last, middle / np.maximum(length - 2, 1)))
    two = length == 2
    out = np.where(two & (place == 0), first / ends if first + last else 0.5, out)
    out = np.where(two & (place == 1), last / ends if first + last else 0.5, out)
    return np.where(length == 1, 1.0, out)


