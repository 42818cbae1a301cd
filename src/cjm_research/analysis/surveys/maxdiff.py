"""Which of several things matter most and least? Counts of best and worst choices (MaxDiff), of the times an item was shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import NotEnoughData
from ...results import policy, words
from ...results.declared import declares
from ...results.result import Estimate, Result, estimates_frame
from ...stats.comparison import p_two_sided
from ...stats.multiplicity import adjust
from . import declared
from .loaded import Asked, Floats, Survey, surveys

if TYPE_CHECKING:
    from ...study import Study

DRAWS = 1_000
LEAST = 2  # respondents, for an interval
CLEAR, Z = 0.05, 1.959963984540054


@declares(declared.MAXDIFF)
def survey_maxdiff(study: Study, *, seed: int = 20260101, draws: int = DRAWS) -> Result:
    """How often each item was chosen best less how often worst, of the times it was shown, weighted where the survey has weights.

    Intervals: bootstrap over respondents (percentiles of `draws` draws), since the tasks of one person are not independent. Frame `items`. Raises `NotEnoughData` where no survey asked so.
    """
    rows: list[Any] = []
    said: list[str] = []
    for survey in surveys(study):
        for asked in _blocks(survey).values():
            found = _block(survey, asked, seed, draws)
            rows += found
            said.append(_sentence(found))
    if not rows:
        raise NotEnoughData("best and worst", "no question with a best and a worst (maxdiff)", "a question with instrument: maxdiff", "map its columns: column, worst, shown")
    result = Result("Which of several things matter most and least?", {"items": estimates_frame(rows)}, {"items": len(rows)},
                    method=f"Best minus worst choices, divided by the times an item was shown (counting analysis of best–worst scaling, Louviere, Flynn & Marley 2015): +1 always best, −1 always worst. "
                           f"Interval: {draws:,} bootstrap draws of respondents, percentiles. Tasks in which best and worst are not two of the items shown are left out.")
    result.sentences = said
    result.caveats = ["Counts say which item is preferred to those beside it, not how much any of them is worth.", *(c for s in surveys(study) for c in s.said())]
    return result


def _sentence(found: list[tuple[dict[str, Any], Estimate]]) -> str:
    """Which items are chosen more often as best than as worst beyond chance, the intervals' half taken for 1.96 errors (Holm over the items); of enough respondents."""
    told = [(row, e) for row, e in found if e.value is not None and e.low is not None and e.high is not None and e.high > e.low and policy.carries_headline(e.n)]
    tests = adjust([p_two_sided(e.value / ((e.high - e.low) / (2 * Z))) if e.value > 0 else 1.0 for _, e in told])  # type: ignore[operator]
    clear = [(row, e) for (row, e), p in zip(told, tests, strict=True) if p is not None and p < CLEAR]
    if not told:
        return "Too few respondents chose for an order of the items to be told."
    if not clear:
        return "No item is chosen as best more often than as worst beyond chance."
    parts = [f"{words.quoted(row['item'])} ({row['best']:,} and {row['worst']:,} times of {e.base:,})" for row, e in clear[:3]]
    return f"Chosen as best more often than as worst: {words.listing(parts)}" + (f", and {len(clear) - 3} more." if len(clear) > 3 else ".")


def _blocks(survey: Survey) -> dict[str, list[Asked]]:
    """The items of each question, by the question's stem."""
    mapped = [q for s in survey.study.params.sources if s.name == survey.source for q in s.questions if q.instrument == "maxdiff"]
    out: dict[str, list[Asked]] = {}
    for asked in survey.questions:
        if asked.kind == "maxdiff":
            out.setdefault(next((q.stem for q in mapped if q.covers(asked.id)), asked.id.rpartition("_")[0]), []).append(asked)
    return out


def _block(survey: Survey, asked: list[Asked], seed: int, draws: int) -> list[tuple[dict[str, Any], Estimate]]:
    """The items of one question, the one chosen best most first."""
    counts = np.stack([survey.times(q) for q in asked])  # items × (best, worst, shown) × respondents
    there = counts[:, 2].sum(0) > 0
    w = survey.design.w
    people = np.unique(survey.person[there])
    at = np.searchsorted(people, survey.person[there])
    sums = np.zeros((len(people), len(asked), 2))
    np.add.at(sums, at, np.stack([(counts[:, 0] - counts[:, 1])[:, there] * w[there], counts[:, 2][:, there] * w[there]], axis=-1).transpose(1, 0, 2))
    low, high = _bootstrap(sums, seed, draws)
    out = []
    for k, q in enumerate(asked):
        best, worst, shown = (int(counts[k, j].sum()) for j in range(3))
        total = float(sums[:, k, 1].sum())
        n = int((counts[k, 2] > 0).sum())
        value = float(sums[:, k, 0].sum() / total) if total > 0 else None
        known = value is not None and len(people) >= LEAST and np.isfinite(low[k])
        out.append(({"source": survey.source, "question_id": q.id, "item": q.text.rpartition(": ")[2] if ": " in q.text else q.text, "best": best, "worst": worst},
                    Estimate(value, float(low[k]) if known else None, float(high[k]) if known else None, n, shown, "score", f"best minus worst of {shown:,} times shown to {n:,} respondents, bootstrap over respondents, 0.95")))
    return sorted(out, key=lambda r: (-(r[1].value if r[1].value is not None else -2.0), r[0]["question_id"]))


def _bootstrap(sums: Floats, seed: int, draws: int) -> tuple[Floats, Floats]:
    """Percentiles of the ratio of two sums over persons drawn anew. sums: persons × items × (difference, shown)."""
    rng, n = np.random.default_rng(seed), len(sums)
    found = np.empty((draws, sums.shape[1]))
    for k in range(draws):
        times = np.bincount(rng.integers(0, n, n), minlength=n).astype(float)
        top, below = times @ sums[:, :, 0], times @ sums[:, :, 1]
        with np.errstate(divide="ignore", invalid="ignore"):
            found[k] = top / below
    with np.errstate(all="ignore"):
        return np.nanpercentile(found, 2.5, axis=0), np.nanpercentile(found, 97.5, axis=0)
