"""From when on a column is the calendar in other words: the one rule for features of personas and for data health."""

from __future__ import annotations

import pandas as pd

FOLLOWS = 0.8  # |rank correlation| with time, or correlation ratio of the rank in time by value
LEAST = 30  # rows with both; fewer show no course
LEVELS = 20  # different values up to which a column is looked at value by value


def level_ratio(values: pd.Series, entry: pd.Series) -> float:
    """The correlation ratio of the rank in time by value: 1 where each value has a time of its own, 0 where none has."""
    rank = entry.rank()
    whole = float(((rank - rank.mean()) ** 2).sum())
    means = rank.groupby(values).transform("mean")
    return float(((means - rank.mean()) ** 2).sum() / whole) ** 0.5 if whole else 0.0
