"""Which answers go together with an outcome, recommendation above all, and how are those things served?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...engine import literal
from ...errors import BadInput, NotEnoughData
from ...log.scales import TURNED
from ...results import words
from ...results.caveats import Note
from ...results.declared import declares
from ...results.evidence import recompute, rows_evidence
from ...results.result import Estimate, Finding, Result, estimates_frame
from ...results.subjects import Driver
from ...shapes import Row
from ...stats.comparison import z_two_sided
from ...stats.survey.design import effective
from ...stats.survey.drivers import MOST_EXACT, bootstrap, correlations, importance, variance_inflation
from . import declared
from .asymmetry import patterns
from .estimates import mean_of
from .loaded import Asked, Floats, Survey, surveys

if TYPE_CHECKING:
    from ...study import Study

DRAWS = 1_000
LEAST = 100  # respondents who answered a driver and the outcome
LEAST_PAIR = 30  # respondents who answered two drivers and the outcome
LISTWISE = 2 / 3  # share of those with an outcome that must have answered everything, or pairs are used


@dataclass(frozen=True)
class _Data:
    survey: Survey
    outcome: Asked
    questions: list[Asked]
    x: Floats  # positions on the scale, 0 worst to 1 best, NaN where not answered
    y: Floats
    w: Floats


@declares(declared.DRIVERS, declared.PATTERNS, declared.LEFT_OUT)
def survey_drivers(study: Study, *, outcome: str | None = None, drivers: Sequence[str] | None = None, draws: int = DRAWS, seed: int = 20260101) -> Result:
    """Shares of the variance of an outcome (R²) that go together with each scored question, with bootstrap intervals, and how each is served.

    outcome, drivers: ids of scored questions; default: the params' `survey`, else recommendation and, where questions have touchpoints, those that have one. Up to
    12 drivers by Shapley values over all orders, more by Johnson's relative weights. Association, never effect. Frames `drivers` (importance and performance),
    `patterns` (penalty and reward: whether bad answers cost more than good ones bring) and `left_out`. Raises `NotEnoughData` without an outcome or with fewer than two drivers that enough people answered.
    """
    data = _data(study, outcome, drivers)
    kept, left = _kept(data)
    if len(kept) < 2:
        raise NotEnoughData(f"drivers of {data.outcome.id}", f"{len(kept)} scored questions were answered by {LEAST} who answered {data.outcome.id}", "at least two",
                            "name questions that more people answered under survey.drivers")
    x, questions = data.x[:, kept], [data.questions[k] for k in kept]
    have = np.isfinite(data.y) & (data.w > 0)
    complete = have & np.isfinite(x).all(axis=1)
    listwise = complete.sum() >= LISTWISE * have.sum()
    rows = complete if listwise else have & np.isfinite(x).any(axis=1)
    x, y, w = x[rows], data.y[rows], data.w[rows]
    corr = correlations(x, y, w)
    raw, method = importance(corr)
    r2 = float(raw.sum())
    low, high, used = bootstrap(x, y, w, np.random.default_rng(seed), draws)
    inflation = variance_inflation(corr)
    performance = [_served(data, k) for k in kept]
    middle = float(np.mean([p[1].value for p in performance if p[1].value is not None]))
    records = []
    for k, (asked, (mean, place)) in enumerate(zip(questions, performance, strict=True)):
        n = int((np.isfinite(x[:, k])).sum())
        share = raw[k] / r2 if r2 > 0 else 0.0
        estimate = Estimate(share, low[k], high[k], n, n, "share", f"{method} share of R² {r2:.3f}, {used:,} bootstrap draws of respondents, 0.95")
        records.append(({"question_id": asked.id, "question": asked.text, "correlation": float(corr[k, -1]), "performance": mean.value, "performance_low": mean.low,
                         "performance_high": mean.high, "position": place.value, "position_low": _within(place.low), "position_high": _within(place.high), "answered": n,
                         "inflation": float(inflation[k]), "touchpoint": asked.touchpoint or "", "reading": _reading(low[k], high[k], 1 / len(kept), place, middle)}, estimate))
    records.sort(key=lambda r: (-(r[1].value or 0.0), r[0]["question_id"]))
    frame = estimates_frame(records)
    said = pd.DataFrame(left, columns=list(declared.LEFT_OUT.stored))
    n = int(rows.sum())
    asymmetric, few = patterns(questions, x, y, w, data.survey.person[rows], _range(data.outcome))
    result = Result(f"What goes together with {_titled(data.outcome)}?", {"drivers": frame, "patterns": pd.DataFrame(asymmetric, columns=list(declared.PATTERNS.stored)), "left_out": said},
                    {"outcome": _titled(data.outcome), "outcome_id": data.outcome.id, "r2": r2, "n": n, "method": method, "middle": middle, "even": 1 / len(kept), "listwise": bool(listwise)},
                    method=f"Linear regression of {data.outcome.id} on {len(kept)} answers; R² is shared out by " + (
                        "Shapley values over all orders of entering (Lindeman, Merenda & Gold 1980)" if method == "Shapley" else f"Johnson's relative weights (2000), since more than {MOST_EXACT} answers go in")
                    + f", given as parts of R². Intervals: {used:,} bootstrap draws of respondents. " + ("Respondents who answered everything." if listwise else
                      "Correlations of those who answered both of a pair (weights as the survey's).") + " Performance: mean answer. Penalty and reward: regression on indicators of answers in the worst and the best third of their scale (Brandt 1987), HC3. It says what goes together, not what causes what.")
    result.sentences = _sentences(frame, result.facts) + _asymmetric(asymmetric)
    result.caveats = ["These are associations among answers of the same people, not effects: who is content tends to be content with everything."]
    result.caveats += [] if listwise else [f"Only {int(complete.sum()):,} of {int(have.sum()):,} answered everything, so pairs of answers are used as they are there; who did not use a thing says nothing of it."]
    if len(blurred := frame[frame["inflation"] > 5]):
        result.caveats.append(f"{words.listing([words.quoted(str(q)) for q in blurred['question']])} {'overlaps' if len(blurred) == 1 else 'overlap'} so much with other questions (VIF above 5) that the parts can hardly be told apart.")
    result.caveats += [*data.survey.said(), *([Note(f"Penalty and reward. {few}")] if few else [])]
    result.findings = [f for k, asked in zip(kept, questions, strict=True) if (f := _finding(study, data, asked, frame, r2)) is not None]
    return result


def _titled(asked: Asked) -> str:
    return "recommendation" if asked.kind == "nps" else f"“{asked.text}”"


def _range(asked: Asked) -> float:
    assert asked.low is not None and asked.high is not None
    return asked.high - asked.low


def _asymmetric(rows: list[Row]) -> list[str]:
    """The questions whose bad answers count for more than good ones beyond chance, and the other way round."""
    asked = words.apart([str(r["question"]) for r in rows])
    musts, delights = ([words.quoted(q) for q, r in zip(asked, rows, strict=True) if r["reading"].endswith(f"({what})")] for what in ("a must", "a delight"))
    return [*([f"Bad answers to {words.listing(musts)} go together with more than good ones do: what must not fail."] if musts else []),
            *([f"Good answers to {words.listing(delights)} go together with more than bad ones do: what delights."] if delights else [])]


def _within(value: float | None) -> float | None:
    return None if value is None else min(1.0, max(0.0, value))


def _data(study: Study, outcome: str | None, drivers: Sequence[str] | None) -> _Data:
    wanted, named = outcome or study.params.survey.outcome, list(drivers or study.params.survey.drivers)
    for survey in surveys(study):
        scored = [q for q in survey.questions if q.scored and q.low is not None and q.high is not None]
        target = next((q for q in scored if q.id == wanted or (wanted is None and q.kind == "nps")), None)
        if target is None:
            continue
        others = [q for q in scored if q != target and q.kind != "nps"]
        named = _lines(study, survey, named, scored)
        if unknown := [d for d in named if d not in {q.id for q in scored}]:
            raise BadInput("survey: drivers", f"{unknown[0]!r} is no scored question of {survey.source}", ", ".join(q.id for q in others), "correct survey.drivers")
        chosen = [q for q in scored if q.id in named and q != target] if named else [q for q in others if q.touchpoint] or others
        x = np.column_stack([_position(q, survey.answers(q).score) for q in chosen]) if chosen else np.zeros((len(survey), 0))
        return _Data(survey, target, chosen, x, _position(target, survey.answers(target).score), survey.design.w)
    raise NotEnoughData("drivers", f"no scored question is {wanted}" if wanted else "no survey asks for recommendation (nps)", "a scored question as the outcome", "name one: `survey: {outcome: <question id>}`")


def _lines(study: Study, survey: Survey, named: Sequence[str], scored: Sequence[Asked]) -> list[str]:
    """The ids that are named, a grid's id replaced by those of its lines."""
    own = {q.id for q in scored}
    grids = {name: q for s in study.params.sources if s.name == survey.source for q in s.questions if q.several for name in (q.id, q.column, q.stem) if name}
    out = [line for name in named for line in ([q.id for q in scored if grids[name].covers(q.id)] or [name] if name in grids and name not in own else [name])]
    return list(dict.fromkeys(out))


def _position(asked: Asked, score: Floats) -> Floats:
    assert asked.low is not None and asked.high is not None
    place = (score - asked.low) / (asked.high - asked.low)
    return 1 - place if asked.higher is False else place


def _kept(data: _Data) -> tuple[list[int], list[dict[str, Any]]]:
    """Drivers that enough people answered, alone and in pairs, and why the others are not taken in."""
    have, kept, left = np.isfinite(data.y) & (data.w > 0), list[int](), list[Row]()
    answered = [int((have & np.isfinite(data.x[:, k])).sum()) for k in range(data.x.shape[1])]
    for k in sorted(range(len(answered)), key=lambda k: (-answered[k], k)):
        own = have & np.isfinite(data.x[:, k])
        why = ""
        if answered[k] < LEAST:
            why = f"fewer than {LEAST} answered it and the outcome"
        elif np.ptp(data.x[own, k]) == 0:
            why = "all gave the same answer"
        elif few := [j for j in kept if int((own & np.isfinite(data.x[:, j])).sum()) < LEAST_PAIR]:
            why = f"fewer than {LEAST_PAIR} answered it and {words.quoted(data.questions[few[0]].text)}"
        if not why:
            kept.append(k)
            continue
        r = float(correlations(data.x[own][:, [k]], data.y[own], data.w[own])[0, 1]) if answered[k] >= LEAST_PAIR and np.ptp(data.x[own, k]) > 0 else None
        left.append({"question_id": data.questions[k].id, "question": data.questions[k].text, "answered": answered[k], "correlation": r, "why": why})
    return sorted(kept), left


def _served(data: _Data, k: int) -> tuple[Estimate, Estimate]:
    """The mean answer, on its own scale and as a position from 0 (worst) to 1 (best)."""
    asked, among = data.questions[k], np.isfinite(data.x[:, k])
    assert asked.low is not None and asked.high is not None
    place = mean_of(data.survey, data.x[:, k], among)
    back = (1 - data.x[:, k] if asked.higher is False else data.x[:, k]) * (asked.high - asked.low) + asked.low
    return mean_of(data.survey, back, among), place


def _reading(low: float, high: float, even: float, place: Estimate, middle: float) -> str:
    """Where both intervals lie apart from the average, in words; else that they do not."""
    more, less = low > even, high < even
    worse = place.high is not None and place.high < middle
    better = place.low is not None and place.low > middle
    if more and worse:
        return "matters more than most, served worse than most"
    if more and better:
        return "matters more than most, served better than most"
    if more:
        return "matters more than most"
    if less:
        return "matters less than most"
    return "not apart from the average"


def _pair_sql(survey: Survey, outcome: Asked, driver: Asked) -> str:
    """The last answers of everybody to both questions, the good end up."""
    def last(asked: Asked) -> str:
        return (f"SELECT source, response_id, {TURNED} AS turned, weight FROM responses WHERE score IS NOT NULL AND source = {literal(survey.source)} AND question_id = {literal(asked.id)} "
                f"AND instrument = {literal(asked.kind)} QUALIFY row_number() OVER (PARTITION BY coalesce(customer_id, response_id), wave ORDER BY answered_at DESC NULLS LAST, response_id DESC) = 1")

    weight = ", coalesce(x.weight, 0) AS weight" if survey.is_weighted and survey.raked is None else ""
    return (f"SELECT x.source, x.response_id AS id, x.turned AS x, y.turned AS y{weight} FROM ({last(driver)}) x JOIN ({last(outcome)}) y USING (source, response_id)"
            + (" WHERE coalesce(x.weight, 0) > 0" if weight else ""))


def _finding(study: Study, data: _Data, asked: Asked, frame: pd.DataFrame, r2: float) -> Finding | None:
    """What the map shows of a driver at a stage: its correlation, which follows from its rows; its part of R² in words."""
    if asked.stage is None:
        return None
    row = frame[frame["question_id"] == asked.id].iloc[0]
    evidence = rows_evidence(study, "responses", f"people who answered both {words.quoted(asked.text)} and {words.quoted(data.outcome.text)}, last answers", _pair_sql(data.survey, data.outcome, asked))
    value, n, _ = recompute(study, evidence, "correlation")
    if value is None:
        return None
    base = effective(data.w[np.isfinite(data.y) & np.isfinite(data.x[:, data.questions.index(asked)])]) if data.survey.is_weighted else float(n)
    half = z_two_sided(0.95) / math.sqrt(max(1.0, base - 3))
    turned = math.atanh(min(0.999999, max(-0.999999, value)))
    estimate = Estimate(value, math.tanh(turned - half), math.tanh(turned + half), n, n, "correlation", f"Pearson, Fisher's z{' on the effective n' if data.survey.is_weighted else ''}, 0.95")
    part = words.percent(float(row["value"]))
    outcome = "recommendation" if data.outcome.kind == "nps" else data.outcome.id
    return Finding(f"driver:{data.outcome.id}:{asked.id}", f"{asked.text} goes together with {outcome}: correlation {words.estimate(estimate)}; {part} of what all answers together "
                   f"explain (R² {r2:.2f}); {row['reading']}", "metric", estimate, stage=asked.stage, touchpoint=asked.touchpoint, source="survey", evidence=(evidence,),
                   lane="drivers", label=f"{_named(data, asked)}, {part} of what goes with {outcome}",
                   subject=Driver(data.outcome.id, asked.id, str(row["reading"])), caveats=("association, not effect",))


def _named(data: _Data, asked: Asked) -> str:
    """A question as the map names it: by what tells it apart, with its touchpoint."""
    short = words.apart([q.text for q in data.questions])[data.questions.index(asked)]
    return short if not asked.touchpoint or asked.touchpoint in short else f"{asked.touchpoint}: {short}"


def _sentences(frame: pd.DataFrame, facts: dict[str, Any]) -> list[str]:
    top = frame.head(3)
    short = words.apart([str(q) for q in frame["question"]])
    parts = [f"{words.quoted(name)} ({words.percent(r['value'])} of it, {words.interval(r['low'], r['high'], 'share')})" for name, r in zip(short, top.to_dict("records"), strict=False)]
    apart = str(top["reading"].iloc[0]).startswith("matters more than most")
    out = [f"{words.quoted(short[0])} goes together with {facts['outcome']} more than most answers do; that is no proof of an effect." if apart else
           f"No answer goes together with {facts['outcome']} clearly more than the others."]
    out += [f"Together {len(frame)} answers explain {words.percent(facts['r2'])} of the differences in {facts['outcome']} (R², n = {facts['n']:,}); most of it goes together with {words.listing(parts)}."]
    if len(first := frame[frame["reading"] == "matters more than most, served worse than most"]):
        out.append(f"What matters more than most and is served worse than most: {words.listing(first['question'].tolist())}.")
    else:
        out.append("Nothing that matters more than most is served worse than most beyond chance.")
    return out
