"""Do bad answers cost more than good ones bring? Penalty and reward of each driver, against middling answers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import BadInput
from ...results import words
from ...shapes import Row
from ...stats.multiplicity import adjust
from ...stats.survey.penalty_reward import penalty_reward
from .loaded import Asked, Flags, Floats

LEAST_PART = 30  # respondents with a bad, a middling and a good answer each
BAD_UP_TO, GOOD_FROM = 1 / 3, 2 / 3  # of the way from the worst to the best point of the scale
ALPHA = 0.05
_ROUNDING = 1e-9


def patterns(questions: list[Asked], x: Floats, y: Floats, w: Floats, person: np.ndarray[Any, Any], unit: float) -> tuple[list[Row], str]:
    """Rows of `patterns` for the drivers that enough people answered badly, middlingly and well, and a note on those left out.

    x: positions on the scale, 0 worst to 1 best, of the respondents who answered the outcome y; unit: how many points of the outcome's scale its positions 0 to 1 are.
    """
    bad, good = x <= BAD_UP_TO + _ROUNDING, x >= GOOD_FROM - _ROUNDING
    middle = np.isfinite(x) & ~bad & ~good
    enough = [k for k in range(len(questions)) if min(part[:, k].sum() for part in (bad, middle, good)) >= LEAST_PART]
    named = words.apart([q.text for q in questions])
    left = [words.quoted(named[k]) for k in range(len(questions)) if k not in enough]
    note = f"Fewer than {LEAST_PART} bad, middling or good answers: {words.listing(left)}." if left else ""
    complete = np.isfinite(x[:, enough]).all(axis=1) if enough else np.zeros(len(y), bool)
    together = bool(enough) and complete.sum() >= 2 / 3 * len(y) and all(min(p[complete, k].sum() for p in (bad, middle, good)) >= LEAST_PART for k in enough)
    rows: list[Row] = []
    for group in [enough] if together else [[k] for k in enough]:
        among = complete if together else np.isfinite(x[:, group[0]])
        rows += _rows(questions, group, bad[among], middle[among], good[among], y[among] * unit, w[among], person[among], together)
    for r, p in zip(rows, adjust([r["p"] for r in rows], "holm"), strict=True):  # of many questions one looks like a must by chance
        r["p"], r["reading"] = p, _reading(r, p)
    return rows, note


def _rows(questions: list[Asked], group: list[int], bad: Flags, middle: Flags, good: Flags, y: Floats, w: Floats, person: np.ndarray[Any, Any], together: bool) -> list[Row]:
    try:
        found = penalty_reward(bad[:, group], good[:, group], y, w, person)
    except BadInput:
        return []
    rows = []
    for i, k in enumerate(group):
        n_bad, n_middle, n_good = (int(part[:, k].sum()) for part in (bad, middle, good))
        value, low, high = (float(v) for v in found.asymmetry[i])
        rows.append({"question_id": questions[k].id, "question": questions[k].text, **{f"penalty{e}": float(v) for e, v in zip(("", "_low", "_high"), found.penalty[i], strict=True)},
                     **{f"reward{e}": float(v) for e, v in zip(("", "_low", "_high"), found.reward[i], strict=True)}, "bad": n_bad, "middle": n_middle, "good": n_good,
                     "value": value, "low": low, "high": high, "n": n_bad + n_good, "base": n_bad + n_middle + n_good, "unit": "score", "p": float(found.p[i]),
                     "method": ("all answers together" if together else "each answer by itself, since too few answered all") + ", HC3, 0.95"})
    return rows


def _reading(r: Row, p: float | None) -> str:
    """What chance leaves, in words. p: that bad and good answers count alike, corrected for the number of questions."""
    costs, brings, apart = r["penalty_high"] < 0, r["reward_low"] > 0, p is not None and p < ALPHA
    if apart and r["value"] < 0 and costs:
        return "bad answers go with a loss larger than the gain of good ones (a must)"
    if apart and r["value"] > 0 and brings:
        return "good answers go with a gain larger than the loss of bad ones (a delight)"
    if costs and brings:
        return "both count, neither clearly more"
    if costs or brings:
        return "bad answers count; whether more than good ones is open" if costs else "good answers count; whether more than bad ones is open"
    return "neither counts beyond chance"
