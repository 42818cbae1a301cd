"""What did respondents answer? Every question that was read, with its distribution and its score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...errors import NotEnoughData
from ...results import words
from ...results.caveats import Note, like
from ...results.declared import declares
from ...results.result import Estimate, Result, estimates_frame
from ...shapes import Row
from . import declared
from .estimates import base_of, headline, mean_of, median_of, share_of
from .loaded import Answers, Asked, Flags, Survey, surveys
from .written import in_words

if TYPE_CHECKING:
    from ...study import Study

MOST_OPTIONS = 60  # answers listed of one question; the rest is one row
LINE = 5  # scales of one block from which on the same answer to all of them is worth a look
SCORES = {"nps": "NPS", "csat": "satisfied", "ces": "easy", "likert": "mean", "number": "mean", "ranking": "mean place", "points": "mean", "maxdiff": "best minus worst"}
NETS = {"csat": ("satisfied", "dissatisfied"), "ces": ("easy", "hard"), "nps": ("promoters (9–10)", "detractors (0–6)")}


@declares(declared.QUESTIONS, declared.ANSWERS, declared.AMOUNTS, declared.WRITTEN, declared.FLAGS)
def survey_answers(study: Study, *, questions: list[str] | None = None) -> Result:
    """The distribution of every question, with bases and intervals, weighted where the survey has weights.

    Shares are of the respondents who answered the question (for several answers: who gave any), never of ticks. questions: ids;
    default: all. Frames `questions` (a row a question: bases, effective n, score), `answers` (a row an answer), `amounts` (means and medians
    of quantities, places and points), `written`
    (answers in words: those that several people gave, and examples) and `flags` (straight lines, duplicate questionnaires). Raises `NotEnoughData` without answers, `BadInput` for an unknown question.
    """
    heads: list[Any] = []
    rows: list[Any] = []
    flags: list[Row] = []
    written: list[Any] = []
    amounts: list[Any] = []
    caveats: list[str] = []
    sentences: list[str] = []
    for survey in surveys(study):
        chosen = [q for q in survey.questions if questions is None or q.id in questions]
        scores: dict[str, np.ndarray[Any, Any]] = {}
        for asked in chosen:
            answers = survey.answers(asked)
            if asked.kind in ("csat", "ces", "likert") and questions is None:
                scores[asked.id] = answers.score
            heads.append(_head(survey, asked, answers))
            rows += _rows(survey, asked, answers)
            amounts += _amounts(survey, asked, answers)
            written += in_words(survey, asked) if asked.kind == "text" else []
        caveats += [like(c, f"{survey.source}: {c}") if len(study.params.sources) > 1 else c for c in survey.said()]
        flags += _flags(survey, scores)
        sentences.append(f"{len(survey):,} questionnaires of {words.survey(survey.source)} answer {words.some(len(chosen), 'questions')}.")
    if not heads:
        raise NotEnoughData("survey answers", f"no question is {', '.join(questions or [])}", "ids of questions that were read", "docs/questions.md and `cjm check` list them")
    frames = {"questions": estimates_frame(heads), "answers": estimates_frame(rows) if rows else _none(declared.ANSWERS.stored),
              "amounts": estimates_frame(amounts) if amounts else _none(declared.AMOUNTS.stored),
              "written": _uncounted(estimates_frame(written)) if written else _none(declared.WRITTEN.stored),
              "flags": pd.DataFrame(flags, columns=list(declared.FLAGS.stored))}
    open_ones = int((frames["questions"]["type"] == "text").sum())
    result = Result("What did respondents answer?", frames, {"questions": len(heads), "open": open_ones},
                    method="Shares are of the respondents who answered the question; where several answers could be given, of those who gave any or are known to have been asked, so shares may sum to more than 100 %. Unweighted: "
                           "Wilson's interval. Weighted: Wilson's interval on respondents / design effect, the error by Taylor linearisation (as R's survey), with "
                           "strata and clusters where the params name them. NPS, CSAT and CES as everywhere; other ratings as means.")
    result.sentences = sentences + _sentences(frames["questions"], frames["answers"])
    result.caveats = caveats
    if open_ones:
        result.caveats.append(Note(f"{words.some(open_ones, 'questions')} asked for words: below stand answers that several people gave alike, and examples by a fixed rule, which say how people write and not how many think so."))
    return result


def _uncounted(frame: pd.DataFrame) -> pd.DataFrame:
    """With no count where a row is one person's words: an example is not 0 of 0."""
    return frame.assign(**{c: frame[c].astype("Int64").mask(frame["example"].astype(bool)) for c in ("n", "base")})


def _none(columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(columns=list(columns))


def _place(asked: Asked) -> dict[str, str]:
    return {"question_id": asked.id, "question": asked.text}


def _head(survey: Survey, asked: Asked, answers: Answers) -> tuple[Row, Estimate]:
    n = int(answers.answered.sum())
    base = base_of(survey, answers.answered)
    found = headline(survey, asked, answers) or Estimate(None, None, None, n, n, "answers", "no score: the answers stand below")
    plain = _unweighted(survey, asked, answers)
    return ({"source": survey.source, **_place(asked), "type": asked.kind, "respondents": len(survey), "answered": n, "answered_share": n / len(survey), "effective": base,
             "design_effect": n / base if base else None, "score": SCORES.get(asked.kind, ""), "unweighted": plain, "shown_at": asked.touchpoint or asked.stage or ""}, found)


def _unweighted(survey: Survey, asked: Asked, answers: Answers) -> float | None:
    if not survey.is_weighted:
        return None
    score = answers.score[answers.answered]
    if asked.kind == "nps":
        return 100 * float((score >= 9).mean() - (score <= 6).mean())
    if asked.kind in ("csat", "ces") and asked.scored:
        return float(asked.favourable(score).mean())
    return float(score.mean()) if asked.kind not in ("single", "multiple", "text", "coded") and len(score) else None


def nets(asked: Asked, answers: Answers) -> list[tuple[str, Flags]]:
    """Answers taken together, from people: the boxes at both ends of a scale; promoters and detractors."""
    if not asked.scored or asked.kind not in NETS or asked.low is None or asked.high is None:
        return []
    good, bad = NETS[asked.kind]
    with np.errstate(invalid="ignore"):
        if asked.kind == "nps":
            return [(good, answers.score >= 9), (bad, answers.score <= 6)]
        worst = answers.score < asked.low + asked.points if asked.higher else answers.score > asked.high - asked.points
        return [(good, asked.favourable(answers.score) & answers.answered), (bad, worst)]


def _rows(survey: Survey, asked: Asked, answers: Answers) -> list[Any]:
    inside = answers.answered
    cells = [(False, name, answers.hits[:, k]) for k, name in enumerate(answers.options[:MOST_OPTIONS])]
    if len(answers.options) > MOST_OPTIONS:
        cells.append((True, f"{len(answers.options) - MOST_OPTIONS} other answers", answers.hits[:, MOST_OPTIONS:].any(axis=1)))
    cells += [(True, name, hits) for name, hits in nets(asked, answers)]
    n = int(inside.sum())
    out = []
    for net, name, hits in cells:
        plain = float((hits & inside).sum() / n) if survey.is_weighted and n else None
        out.append(({"source": survey.source, **_place(asked), "type": asked.kind, "answer": name, "net": net, "unweighted": plain}, share_of(survey, hits, inside)))
    return out


def _amounts(survey: Survey, asked: Asked, answers: Answers) -> list[Any]:
    """What a quantity, a place or points come to: the mean, of a quantity the median as well, which few large answers do not move."""
    if asked.kind not in ("number", "ranking", "points"):
        return []
    place = {"source": survey.source, **_place(asked), "type": asked.kind}
    out = [(place | {"measure": {"number": "mean", "ranking": "mean place of those who ranked it", "points": "mean points"}[asked.kind]}, mean_of(survey, answers.score, answers.answered, asked.unit))]
    if asked.kind == "number":
        out.append((place | {"measure": "median"}, median_of(survey, answers.score, answers.answered, asked.unit)))
    return out


def _flags(survey: Survey, scores: dict[str, np.ndarray[Any, Any]]) -> list[Row]:
    """Straight lines over all scales of a survey, and questionnaires whose answers are all the same."""
    out = []
    if len(scores) >= LINE:
        block = np.column_stack(list(scores.values()))
        given = np.isfinite(block).sum(1)
        enough = given >= LINE
        with np.errstate(invalid="ignore"):
            flat = enough & (np.nanmax(np.where(enough[:, None], block, 0), axis=1) == np.nanmin(np.where(enough[:, None], block, 0), axis=1))
        if flat.any():
            out.append(_flag(survey, "straight line", f"the same answer to all scales, of at least {LINE} answered", int(flat.sum()), int(enough.sum())))
        full = np.flatnonzero(enough & ~flat & (given >= 2 * LINE))
        again = pd.DataFrame(block[full]).duplicated(keep="first")
        if len(full) and again.any():
            out.append(_flag(survey, "same answers", f"the same answers to all {block.shape[1]} scales as a questionnaire before, of at least {2 * LINE} answered", int(again.sum()), len(full)))
    return out


def _flag(survey: Survey, what: str, rule: str, n: int, of: int) -> Row:
    return {"source": survey.source, "flag": what, "rule": rule, "respondents": n, "of": of, "value": n / of}


def _sentences(frame: pd.DataFrame, answers: pd.DataFrame) -> list[str]:
    out = []
    for r in frame[(frame["type"] == "nps") & frame["value"].notna()].to_dict("records"):
        plain = f"; {words.number(r['unweighted'], 'points')} unweighted" if pd.notna(r["unweighted"]) else ""
        own = answers[(answers["source"] == r["source"]) & (answers["question_id"] == r["question_id"]) & answers["net"]]
        out.append(f"The Net Promoter Score of the survey {words.quoted(str(r['source']))} is {words.estimate(Estimate.of(r))}{plain}{_bands(own)}.")
    return out


def _bands(nets: pd.DataFrame) -> str:
    """The three bands that an NPS is made of; weighted as it is."""
    parts = [Estimate.of(r) for r in nets.to_dict("records")]
    if len(parts) != 2 or any(e.value is None for e in parts):
        return ""
    good, bad = parts
    middle = Estimate(1 - (good.value or 0.0) - (bad.value or 0.0), None, None, good.base - good.n - bad.n, good.base, "share", "")
    return "; " + words.listing([f"{words.part(e)} {what}" for e, what in ((good, "promoters"), (middle, "passives"), (bad, "detractors"))])
