"""Answers on a scale: the number of each, or the reason why there is none.

Nothing is scored by a guess, and nothing is left out by kind: above `MOST_UNREAD` the question is refused until its
answers are mapped; up to it they are counted and listed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pandas as pd

from ....errors import BadInput
from ....params.schema import Question
from . import labelled, texts
from .directions import Direction, direction, proposed

DEFAULT_SCALE = {"nps": (0.0, 10.0)}
SCORED = ("nps", "csat", "ces", "likert")
#: the largest share of the answers given that may stay unread; one kind of answer left out moves a score by about as much
MOST_UNREAD = 0.01
_FEW_KINDS = 20  # distinct unread answers that a message names


@dataclass
class Scores:
    """text and score of every respondent (missing where there is none), and how many cells went where."""

    text: pd.Series
    score: pd.Series
    higher: bool | None
    counts: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    asks: list[BadInput] = field(default_factory=list)


def scored(question: Question, text: pd.Series, where: str) -> Scores:
    """The scores of a column of answers; a direction that nothing says is asked. Raises `BadInput` where too many cannot be read."""
    low, high = question.scale or DEFAULT_SCALE[question.instrument]
    name = question.id or question.column
    labels = {texts.fold(k): float(v) for k, v in question.labels.items()}
    of = texts.by_code(labels)
    empty, missing, silent, given = texts.parted(text, question.missing, texts.folded(text).isin(list(labels)).fillna(False).astype(bool))
    kinds = [str(v) for v in text[given].unique()]
    read = labelled.answers(kinds, low, high)
    _contradictions(question, read, labels, where)
    by_kind = {k: stated if (stated := of(k)) is not None else read[k].number if k in read else float("nan") for k in kinds}
    score = text.where(given).map(by_kind).astype("Float64")
    score = score.mask(score.isna())
    off = given & score.notna() & ~score.between(low, high).fillna(False).astype(bool)
    if question.instrument == "nps":  # a half is a mean, not an answer
        off |= given & score.notna() & (score % 1 != 0).fillna(False).astype(bool)
    unread = given & score.isna()
    left = off | unread
    words = [(a.words, a.number) for a in read.values() if a.words and low <= a.number <= high]
    found = direction([*words, *labels.items()], low, high)
    if left.sum() > MOST_UNREAD * given.sum():
        raise _unread(question, text, off, unread, int(given.sum()), found, where)
    out = Scores(text.where(given & ~left), score.where(given & ~left), _direction(question, found, where, low, high), {
        "scored": int((given & ~left).sum()), "empty": int(empty.sum()), "declared missing": int(missing.sum()),
        "no-answer words": int(silent.sum()), "not on the scale": int(off.sum()), "unreadable": int(unread.sum())})
    if out.higher is None:
        which = f"`higher_is_better: true` ({high:g} is best) or `higher_is_better: false` ({low:g} is best)"
        out.asks.append(BadInput(where, f"which end of the scale {low:g}…{high:g} is the good one is said neither by the params nor by the words of the answers",
                                 which, f"add one of the two to the question: {which}"))
    elif question.higher_is_better is None and question.instrument != "nps":
        out.notes.append(f"{name}: {'high' if out.higher else 'low'} numbers are the good end, as the words of the answers say ({found.shown})")
    if silent.any():
        out.notes.append(f"{name}: words that mean no answer: {texts.listed(text[silent])}")
    for rows, what in ((off, f"are not on the scale {low:g}…{high:g}{' of whole numbers' if question.instrument == 'nps' else ''}"), (unread, "cannot be read as a number of the scale")):
        if rows.any():
            out.notes.append(f"{name}: {int(rows.sum()):,} answers {what} and count as no answer ({texts.listed(text[rows])}); "
                             "name them under `missing` if they are codes, under `labels` if they are scores")
    if question.instrument == "nps" and low == 0 and given.sum() >= 100 and score[~left].min() == 1:
        out.notes.append(f"{name}: nobody of {int(given.sum()):,} answered 0; was it asked from 1 to 10? NPS needs 0…10")
    return out


def _contradictions(question: Question, read: dict[str, labelled.Answer], labels: dict[str, float], where: str) -> None:
    of = texts.by_code(labels)
    for kind, a in read.items():
        if a.words in labels and labels[a.words] != a.number and of(kind) is None:
            raise BadInput(where, f"{kind!r} stands for {a.number:g} in the export and for {labels[a.words]:g} under labels", "one score for an answer",
                           f"correct `labels`, or name the whole answer there: {json.dumps(kind, ensure_ascii=False)}")


def _direction(question: Question, found: Direction, where: str, low: float, high: float) -> bool | None:
    declared = True if question.instrument == "nps" else question.higher_is_better
    which = f"`higher_is_better: true` ({high:g} is best) or `higher_is_better: false` ({low:g} is best)"
    if declared is not None:
        if found.judges and found.higher is not None and found.higher != declared:
            raise BadInput(where, f"{'high' if declared else 'low'} numbers are taken as the good end, but the answers say the contrary: {found.shown}",
                           "a direction that the words of the answers bear out",
                           "NPS needs 10 for `extremely likely`: recode the export" if question.instrument == "nps" else f"set {which}")
        return declared
    if found.torn:
        raise BadInput(where, f"which end of the scale {low:g}…{high:g} is the good one is not known: the words of the answers contradict each other ({found.shown})",
                       which, f"correct the labels, or add one of the two to the question: {which}")
    return found.higher


def _unread(question: Question, text: pd.Series, off: pd.Series, unread: pd.Series, given: int, found: Direction, where: str) -> BadInput:
    low, high = question.scale or DEFAULT_SCALE[question.instrument]
    left = off | unread
    said = (f"{int(left.sum()):,} of {given:,} answers are no number of the scale {low:g}…{high:g}: {texts.listed(text[left], _FEW_KINDS)}")
    kinds = list(text[unread].value_counts().index[:_FEW_KINDS])
    higher = True if question.instrument == "nps" else question.higher_is_better if question.higher_is_better is not None else found.higher
    guess = proposed([texts.fold(str(k)) for k in kinds], low, high, higher)
    lines = []
    if kinds:
        pairs = ", ".join(f"{json.dumps(str(k), ensure_ascii=False)}: {guess[f]:g}" if (f := texts.fold(str(k))) in guess
                          else f"{json.dumps(str(k), ensure_ascii=False)}: <score>" for k in kinds)
        lines.append(f"`labels: {{{pairs}}}` for what is a score")
    codes = [str(v) for v in text[left].value_counts().index[:_FEW_KINDS]]
    lines.append(f"`missing: [{', '.join(json.dumps(c, ensure_ascii=False) for c in codes)}]` for what is no answer")
    return BadInput(where, said, f"at most {MOST_UNREAD * 100:g} % of the answers left unread; numbers of the scale, alone or with words ('{high:g} - …', '… ({high:g})'), "
                    "texts named under labels, values named under missing", "add to the question " + ", or ".join(lines) + "; or correct column and scale")
