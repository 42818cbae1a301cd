"""Scores and answers from wave to wave, compared only where the question stayed the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...errors import NotEnoughData
from ...log.scales import SAME_SQL
from ...privacy.small_counts import hide
from ...results import words
from ...results.declared import declares
from ...results.result import Result
from ...shapes import Row
from ...stats.comparison import p_two_sided, t_two_sided
from ...stats.multiplicity import adjust
from . import declared
from .estimates import headline, promoter_points, share_of
from .frequencies import SCORES, nets
from .loaded import Asked, Flags, Floats, Survey, surveys

if TYPE_CHECKING:
    from ...study import Study

LEAST_PAIRED = 30  # respondents of both waves from which on the same people are compared
MOST_OPTIONS = 12  # answers of a choice question that are followed


@declares(declared.WAVES)
def survey_waves(study: Study, *, questions: Sequence[str] | None = None) -> Result:
    """Every score, and the answers to choice questions, in each wave with its interval, against the wave before.

    Waves of different people are compared as two parts of one design; where at least 30 people answered in both, the same people are compared (paired). A question
    whose wording, scale or options changed is shown and not compared. p: Benjamini–Hochberg within the question. Raises `NotEnoughData` with fewer than two waves.
    """
    rows: list[Row] = []
    unlike: list[str] = []
    for survey in surveys(study):
        wave = survey.people["wave"].astype("string")
        order = _in_order(survey)
        if len(order) < 2:
            continue
        changed = _changed(study, survey)
        for asked in survey.questions:
            if asked.kind == "text" or (questions is not None and asked.id not in questions):
                continue
            if asked.id in changed:
                unlike.append(f"{asked.text}: {changed[asked.id]}; shown, not compared")
            rows += _question(survey, asked, order, wave, asked.id not in changed)
    if not rows:
        raise NotEnoughData("waves", "no survey has two waves", "answers of at least two waves", "map `columns: {wave: …}` of the survey")
    frame = _guarded(pd.DataFrame(rows, columns=list(declared.WAVES.stored)), study.params.privacy.min_cell)
    result = Result("What changed from wave to wave?", {"waves": frame}, {"waves": int(frame["wave"].nunique())},
                    method="Each wave's figure by the survey's weights and design. Change: against the wave before; different people: the difference within one design by linearisation, Student's t; "
                           f"at least {LEAST_PAIRED} people of both waves: their own changes, Student's t. Benjamini–Hochberg within a question. Nothing is smoothed.")
    moved = frame[frame["p"].notna() & (frame["p"] <= 0.05)]
    result.sentences = [f"Of {int(frame['p'].notna().sum()):,} changes from one wave to the next, {len(moved):,} lie beyond chance."]
    for r in moved.sort_values("p").head(3).to_dict("records"):
        result.sentences.append(f"{r['question']}, {r['answer']}: {words.number(r['value'], r['unit'])} in {r['wave']} ({words.interval(r['change_low'], r['change_high'], _side(r['unit']))} against {r['compared']}, {words.p_value(r['p'])}).")
    result.caveats = unlike + [c for s in surveys(study) for c in s.said()]
    return result


def _side(unit: str) -> str:
    return "share difference" if unit == "share" else unit


def _in_order(survey: Survey) -> list[str]:
    """The waves in the order of their first answers, then of their names."""
    first = survey.people.dropna(subset=["wave"]).groupby("wave")["answered_at"].min()
    return [str(w) for w in sorted(first.index, key=lambda w: (pd.isna(first[w]), first[w] if pd.notna(first[w]) else 0, str(w)))]


def _changed(study: Study, survey: Survey) -> dict[str, str]:
    """Questions that were not the same in all waves, and what changed."""
    rows = study.query(SAME_SQL, [survey.source])
    out = {}
    for r in rows.to_dict("records"):
        what = [w for w, n in (("its wording", r["wordings"]), ("its scale", r["scales"]), ("its direction", r["directions"])) if n > 1]
        if what:
            out[str(r["question_id"])] = f"{words.listing(what)} changed between waves"
    return out


def _question(survey: Survey, asked: Asked, order: list[str], wave: pd.Series, same: bool) -> list[Row]:
    answers = survey.answers(asked)
    followed: list[tuple[str, Floats, Flags | None]] = []
    if asked.kind in SCORES:
        values = promoter_points(answers.score) if asked.kind == "nps" else np.where(answers.answered, dict(nets(asked, answers)).get(_good(asked), answers.score), np.nan) if asked.kind in ("csat", "ces") else answers.score
        followed.append((SCORES[asked.kind] if asked.scored or asked.kind not in ("csat", "ces") else "mean", np.asarray(values, float), None))
    else:
        followed += [(o, np.where(answers.answered, answers.hits[:, k], np.nan).astype(float), answers.hits[:, k]) for k, o in enumerate(answers.options[:MOST_OPTIONS])]
    rows: list[Row] = []
    for name, values, hits in followed:
        before: tuple[str, Flags] | None = None
        for w in order:
            inside = (wave == w).fillna(False).to_numpy(bool) & answers.answered
            if not inside.any():
                continue
            estimate = share_of(survey, hits, inside) if hits is not None else headline(survey, asked, answers, inside)
            if estimate is None:
                continue
            row = {"source": survey.source, "question_id": asked.id, "question": asked.text, "answer": name, "wave": w, **estimate.row(), "compared": "", "how": "", "change": None,
                   "change_low": None, "change_high": None, "p": None}
            if before is not None and same:
                row |= {"compared": before[0], **_change(survey, values, inside, before[1])}
            rows.append(row)
            before = (w, inside)
    for row, p in zip(rows, adjust([r["p"] for r in rows], "bh"), strict=True):
        row["p"] = p
    return rows


def _guarded(frame: pd.DataFrame, least: int) -> pd.DataFrame:
    """The waves without what tells of few respondents (see `small_counts`), nor a change that gives a hidden wave's figure back."""
    changes = ["change", "change_low", "change_high", "p"]
    told = hide(frame, least, table=("source", "question_id", "answer"), blank=changes)
    what = ["source", "question_id", "answer"]
    few = {tuple(r) for r in told.loc[told["value"].isna() & frame["value"].notna(), [*what, "wave"]].itertuples(index=False)}
    if few:
        after = [tuple(r) in few for r in told[[*what, "compared"]].itertuples(index=False)]
        for column in changes:
            told[column] = pd.to_numeric(told[column].astype(object).mask(after, None))
    return told


def _good(asked: Asked) -> str:
    return {"csat": "satisfied", "ces": "easy"}[asked.kind]


def _change(survey: Survey, values: Floats, now: Flags, before: Flags) -> Row:
    """The change from one wave to the next: of the same people where enough answered in both, else of two parts of one design."""
    nothing = {"how": "too few", "change": None, "change_low": None, "change_high": None, "p": None}
    both = np.intersect1d(survey.person[now], survey.person[before])
    if len(both) >= LEAST_PAIRED:
        one, two = pd.Series(values[now], index=survey.person[now]), pd.Series(values[before], index=survey.person[before])
        w = pd.Series(survey.design.w[now], index=survey.person[now])[both].to_numpy(float)
        off = (one[both] - two[both]).to_numpy(float)
        from ...stats.survey.design import Design

        found = Design(w).mean(off) if (w > 0).sum() > 1 else None
        how = f"the same {len(both):,} people"
        df = len(both) - 1.0
    else:
        if min(now.sum(), before.sum()) < 2:
            return nothing
        found, how = survey.design.difference(values, now, before), "independent waves"
        df = found.df
    if found is None or not np.isfinite(found.se) or found.se <= 0 or df <= 0:
        return nothing | {"how": how, "change": None if found is None or not np.isfinite(found.value) else found.value}
    half = t_two_sided(0.95, df) * found.se
    return {"how": how, "change": found.value, "change_low": found.value - half, "change_high": found.value + half, "p": p_two_sided(found.value / found.se, df)}
