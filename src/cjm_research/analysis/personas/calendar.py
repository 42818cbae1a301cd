"""Features that tell when a customer came, or what became of them, rather than who they are: they are set aside, and told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...engine.sequence import NEVER
from ...log.calendar_bound import FOLLOWS, LEAST, LEVELS, level_ratio
from ...log.ends import journey_ends, last_ends
from ...results import words

if TYPE_CHECKING:
    from ...study import Study

ENDED = 0.5  # share of customers whose journey has ended, from which the time since the last contact is the date of the end
_SINCE = "behaviour.recency"


def without_calendar(study: Study, frame: pd.DataFrame, named: list[str]) -> tuple[pd.DataFrame, list[str]]:
    """The features without those that follow the calendar, and what was set aside, in words. named: features asked for by name stay.

    Set aside are numbers whose rank correlation with the day of the first contact is at least .8, either way, columns of few values each of
    which has a time of its own (correlation ratio of the rank .8), and the time since the last contact where most journeys have ended (`journey.ends`).
    """
    if not study.has("interactions"):
        return frame, []
    first = study.query("SELECT customer_id AS id, epoch(min(occurred_at)) AS entry FROM interactions WHERE customer_id IS NOT NULL GROUP BY 1").set_index("id")["entry"]
    entry = first.reindex(frame.index).astype("float64")
    said: dict[str, str] = {}
    if _SINCE in frame and journey_ends(study):
        ends = last_ends(study, [str(i) for i in frame.index])
        share = float(np.mean(ends != NEVER)) if len(ends) else 0.0
        if share >= ENDED:
            said[_SINCE] = f"the journeys of {words.percent(share)} of customers have ended, so it tells when they did"
    for name in frame.columns:
        if name not in said and name.startswith(("attributes.", "answer.")) and (told := _by_value(frame[name], entry)):
            said[name] = told
            continue
        values = pd.to_numeric(frame[name], errors="coerce")
        both = values.notna() & entry.notna()
        if name in said or both.sum() < LEAST or values[both].nunique() < 3 or entry[both].nunique() < 3:
            continue
        rho = float(values[both].rank().corr(entry[both].rank()))
        if abs(rho) >= FOLLOWS:
            said[name] = f"it follows the date of entry (rank correlation {rho:.2f})".replace("-", "−")
    drop = [n for n in said if n not in named and n.split(".", 1)[-1] not in named]
    return frame.drop(columns=drop), [f"{words.begun(words.column(n.partition('.')[2] or n))} is set aside as a feature: {said[n]}; name it in `personas.features` to use it." for n in drop]


def _by_value(feature: pd.Series, entry: pd.Series) -> str:
    """In words that each value of a feature has a time of entry of its own; empty where it has not, or is no column of few values."""
    both = feature.notna() & entry.notna()
    if both.sum() < LEAST or not 2 <= feature[both].nunique() <= LEVELS or entry[both].nunique() < 3:
        return ""
    # chance alone gives few customers of many values a ratio
    if feature[both].value_counts().min() < 2 or both.sum() < 5 * feature[both].nunique():
        return ""
    ratio = level_ratio(feature[both].astype("string"), entry[both])
    return f"each of its values has a time of entry of its own (correlation ratio {ratio:.2f})" if ratio >= FOLLOWS else ""


def without_outcomes(study: Study, frame: pd.DataFrame, named: list[str]) -> tuple[pd.DataFrame, list[str]]:
    """The features without the attributes that the params call outcomes, and what was set aside. named: as above."""
    outcomes = {str(key): outcome.name for outcome in study.params.outcomes for key in outcome.when}
    drop = [n for n in frame.columns if n in outcomes and n not in named and n.split(".", 1)[-1] not in named]
    return frame.drop(columns=drop), [f"{words.begun(words.column(n.partition('.')[2] or n))} is set aside as a feature: it is the outcome {words.quoted(words.event(outcomes[n]))}; name it in `personas.features` to use it." for n in drop]
