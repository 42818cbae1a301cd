"""Scales of survey answers: which answers count as favourable, and whether the stated direction is plausible."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..shapes import Row

if TYPE_CHECKING:
    from ..study import Study

#: how many points at the good end count: CSAT's box (two unless the map says otherwise), CES's three of seven
POINTS = ("CASE WHEN instrument = 'csat' THEN coalesce(box, 2) "
          "ELSE greatest(1, round(3 / 7.0 * (scale_max - scale_min + 1))) END")
#: whether an answer to a csat or ces question is satisfied or easy; NULL for other instruments, and where the direction is not stated
FAVOURABLE = (f"CASE WHEN instrument NOT IN ('csat', 'ces') THEN NULL WHEN higher_is_better IS NULL THEN NULL WHEN higher_is_better THEN score > scale_max - {POINTS} "
              f"ELSE score < scale_min + {POINTS} END")
#: a score with the good end up, on its own scale
TURNED = "CASE WHEN instrument <> 'nps' AND higher_is_better IS NULL THEN NULL WHEN higher_is_better = false THEN scale_min + scale_max - score ELSE score END"

#: of every question of a source: how many wordings, scales and directions it was asked with
SAME_SQL = """SELECT question_id, count(DISTINCT question) AS wordings, count(DISTINCT (scale_min, scale_max)) AS scales, count(DISTINCT higher_is_better) AS directions
    FROM responses WHERE source = ? GROUP BY question_id"""

LEAST_ANSWERS = 30  # fewer say nothing of a direction
MOST_BAD = 0.6  # a larger share of the answers in the worse third of the scale is worth a question
CONTRARY = -0.3  # a correlation at or below it, of answers turned to one direction, contradicts the directions
_MOST_QUESTIONS = 60  # compared pair by pair


def doubtful_directions(study: Study) -> list[str]:
    """Questions whose direction may be the wrong way round, in words.

    Two rules, on questions with at least `LEAST_ANSWERS` answers: more than `MOST_BAD` of the answers lie in the worse
    third of the scale; or the answers, turned to one direction, correlate with those of another question of the source
    at `CONTRARY` or below (Pearson, respondents who answered both); of a pair, the one that contradicts more is named.
    """
    rows = study.query(f"""SELECT source, question_id, any_value(instrument) AS instrument, any_value(higher_is_better) AS higher, count(*) AS n,
            any_value(scale_min) AS low, any_value(scale_max) AS high,
            count(*) FILTER ({TURNED} < scale_min + (scale_max - scale_min) / 3.0) AS bad
        FROM responses WHERE score IS NOT NULL AND scale_max > scale_min AND instrument <> 'ranking' GROUP BY source, question_id HAVING count(*) >= {LEAST_ANSWERS}
        ORDER BY source, question_id""").to_dict("records")
    said = []
    for r in rows:
        if r["bad"] > MOST_BAD * r["n"]:
            said.append(f"{r['source']}: {r['question_id']}: {r['bad']:,} of {r['n']:,} answers lie in the worse third of the scale {r['low']:g}…{r['high']:g} with "
                        f"{_best(r)} as the best; {_advice(r)}")
    for source in sorted({r["source"] for r in rows}):
        own = {r["question_id"]: r for r in rows if r["source"] == source}
        said += _contrary(study, source, own)
    return said


def _best(r: Row) -> str:
    return f"{r['low'] if r['higher'] is False else r['high']:g}"


def _advice(r: Row) -> str:
    return ("was it asked the other way round, 0 for very likely?" if r["instrument"] == "nps"
            else "is that the good end? If not, turn `higher_is_better` of the question")


def _contrary(study: Study, source: str, own: dict[str, Row]) -> list[str]:
    if not 2 <= len(own) <= _MOST_QUESTIONS:
        return []
    long = study.query(f"SELECT response_id, question_id, {TURNED} AS turned FROM responses WHERE score IS NOT NULL AND source = ? "
                       "AND scale_max > scale_min AND instrument <> 'ranking'", [source])
    wide = long[long["question_id"].isin(list(own))].pivot_table(index="response_id", columns="question_id", values="turned", aggfunc="last")
    together = wide.astype("float64").corr(min_periods=LEAST_ANSWERS)
    against = pd.DataFrame(np.triu(together <= CONTRARY, 1) | np.triu(together <= CONTRARY, 1).T, index=together.index, columns=together.columns)
    said: list[str] = []
    while against.to_numpy().any():
        # the question that contradicts most others is named, then those that are left
        totals = against.sum()
        worst = str(totals.index[int(np.argmax(totals.to_numpy()))])
        r = together[worst]
        others = [str(q) for q in against.index[against[worst]]]
        shown = ", ".join(f"{q} (r = −{abs(float(r[q])):.2f})" for q in others[:4]) + (f" and {len(others) - 4} more" if len(others) > 4 else "")
        said.append(f"{source}: {worst}: with the directions stated, people who are content here are discontent at {shown}; {_advice(own[worst])}")
        against.loc[worst, :] = False
        against.loc[:, worst] = False
    return said
