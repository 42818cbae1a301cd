"""Answers of a questionnaire → responses, by the instrument map of the params.

What is no answer (a declared missing value, a code beyond the scale) is left out and counted, never scored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd

from ..errors import BadInput
from ..params.schema import Question
from .export import Export, clean

DEFAULT_SCALE = {"nps": (0.0, 10.0)}
SCORED = ("nps", "csat", "ces", "likert")
# '10 - extremely likely', '5 = very satisfied'
_LEADING_NUMBER = r"^\s*(-?\d+(?:\.\d+)?)\s*[-–—=:.)(]"
#: answers beyond this share that fit neither scale nor labels mean a wrong map, not careless respondents
MOST_UNFIT = 0.5


def responses(export: Export, ids: pd.Series, keys: pd.DataFrame, at: pd.Series,
              texts: Mapping[str, str] | None = None) -> pd.DataFrame:
    """One row an answer. texts: wording by column, where the export knows it. Raises `BadInput`."""
    questions = export.source.questions
    if not questions:
        raise BadInput(f"{export.where}: questions", "no question is mapped", f"columns: {_listed(export.frame, texts or {})}",
                       "add `questions: [{column: …, instrument: nps|csat|ces|likert|choice|text, …}]`")
    named = [q.id or q.column for q in questions]
    if twice := sorted({n for n in named if named.count(n) > 1}):
        raise BadInput(f"{export.where}: questions", f"the id {twice[0]!r} is given twice", "one id a question")
    weight = _weight(export)
    wave = export.text("wave")
    parts, left_out = [], {}
    for question in questions:
        answers, unanswered = _answers(export, question, texts or {})
        if unanswered:
            left_out[question.id or question.column] = unanswered
        row = answers.index
        parts.append(export_table(export, question, texts or {}, answers, ids[row], keys.loc[row], at[row], wave[row], weight[row]))
    if left_out:
        export.report.notes.append("no answer: " + ", ".join(f"{q} {n:,}" for q, n in left_out.items()))
    out = pd.concat(parts, ignore_index=True)
    export.report.rows_kept["responses"] = len(out)
    return out


def export_table(export: Export, question: Question, texts: Mapping[str, str], answers: pd.DataFrame, ids: pd.Series,
                 keys: pd.DataFrame, at: pd.Series, wave: pd.Series, weight: pd.Series) -> pd.DataFrame:
    """The rows of one question."""
    scale = question.scale or DEFAULT_SCALE.get(question.instrument)
    better = question.higher_is_better
    if better is None and question.instrument in SCORED:
        better = True
    return export.table("responses", {
        "response_id": ids, **keys, "answered_at": at, "source": export.source.name,
        "question_id": question.id or question.column, "question": _wording(question, export, texts),
        "instrument": question.instrument, "scale_min": pd.Series(scale[0] if scale else None, index=ids.index, dtype="Float64"),
        "scale_max": pd.Series(scale[1] if scale else None, index=ids.index, dtype="Float64"),
        "higher_is_better": pd.Series(better, index=ids.index, dtype="boolean"),
        "score": answers["score"], "answer": answers["answer"],
        "touchpoint": pd.Series(question.touchpoint, index=ids.index, dtype="string"),
        "stage": pd.Series(question.stage, index=ids.index, dtype="string"),
        "wave": wave if wave.notna().any() else pd.Series(pd.NA, index=ids.index, dtype="string"), "weight": weight})


def _answers(export: Export, question: Question, texts: Mapping[str, str]) -> tuple[pd.DataFrame, int]:
    """answer and score of those who answered, and how many respondents did not."""
    columns = question_columns(export, question)
    if question.instrument in SCORED:
        if len(columns) > 1:
            raise BadInput(f"{export.where}: questions: {question.column}", f"a {question.instrument} question has {len(columns)} columns",
                           "one column", "only choice and text questions may have several")
        return _scored(export, question, clean(export.frame[columns[0]]))
    parts = []
    for column in columns:
        cell = clean(export.frame[column])
        if question.separator:
            cell = cell.str.split(question.separator, regex=False).explode().str.strip()
            cell = cell[cell != ""]
        cell = cell.mask(_is_missing(cell, question))
        cell = cell.dropna()
        if len(columns) > 1 and (choice := _choice(texts.get(column))):
            cell = cell.mask(cell == "1", choice)
        parts.append(cell)
    given = pd.concat(parts).sort_index(kind="stable")
    given = given[~pd.MultiIndex.from_arrays([given.index, given]).duplicated()]
    return (pd.DataFrame({"answer": given, "score": pd.Series(pd.NA, index=given.index, dtype="Float64")}),
            len(export.frame) - given.index.nunique())


def question_columns(export: Export, question: Question) -> list[str]:
    """The column(s) a question is answered in. Raises `BadInput` where there is none."""
    name = question.column
    if name not in export.frame and "*" in name:
        pattern = re.compile(".*".join(re.escape(part) for part in name.split("*")))
        found = [str(c) for c in export.frame.columns if pattern.fullmatch(str(c))]
        if found:
            return found
    export.require(name, f"questions: {question.id or name}")
    return [name]


def _scored(export: Export, question: Question, text: pd.Series) -> tuple[pd.DataFrame, int]:
    low, high = question.scale or DEFAULT_SCALE[question.instrument]
    name = question.id or question.column
    text = text.mask(_is_missing(text, question))
    score = pd.to_numeric(text, errors="coerce").astype("Float64")
    if question.labels:
        labels = {k.strip().lower(): v for k, v in question.labels.items()}
        score = score.mask(score.isna(), text.str.lower().map(labels).astype("Float64")) if not _numeric(labels) else (
            text.str.lower().map(labels).astype("Float64").fillna(score))
    leading = pd.to_numeric(text.str.extract(_LEADING_NUMBER, expand=False), errors="coerce").astype("Float64")
    score = score.fillna(leading)
    given = text.notna()
    off = given & ~score.between(low, high).fillna(False).astype(bool)
    if off.any():
        worst = text[off].value_counts()
        shown = ", ".join(f"{v!r} {n:,}×" for v, n in worst.head(4).items())
        if off.sum() > MOST_UNFIT * given.sum():
            raise BadInput(f"{export.where}: questions: {name}", f"{int(off.sum()):,} of {int(given.sum()):,} answers are not on the scale "
                           f"{low:g}…{high:g}: {shown}", "numbers on the scale, or texts named under labels",
                           "correct scale or column, or add `labels: {Very satisfied: 5, …}`")
        export.report.notes.append(f"{name}: {int(off.sum()):,} answers are not on the scale {low:g}…{high:g} and count as no answer "
                                   f"({shown}); declare them under `missing` if they are codes")
    if question.instrument == "nps" and (low, high) == (0, 10) and given.sum() >= 100 and score[~off].min() == 1:
        export.report.notes.append(f"{name}: nobody of {int(given.sum()):,} answered 0; was it asked from 1 to 10? NPS needs 0…10")
    kept = given & ~off
    return pd.DataFrame({"answer": text[kept], "score": score[kept]}), int((~kept).sum())


def _is_missing(text: pd.Series, question: Question) -> pd.Series:
    if not question.missing:
        return text.isna()
    words = {str(m).strip().lower() for m in question.missing}
    numbers = [float(m) for m in words if re.fullmatch(r"-?\d+(\.\d+)?", m)]
    same = text.str.lower().isin(words)
    if numbers:
        same |= pd.to_numeric(text, errors="coerce").isin(numbers).fillna(False)
    return same.fillna(False).astype(bool) | text.isna()


def _numeric(labels: Mapping[str, float]) -> bool:
    return any(re.fullmatch(r"-?\d+(\.\d+)?", k) for k in labels)


def _wording(question: Question, export: Export, texts: Mapping[str, str]) -> str:
    columns = question_columns(export, question)
    text = question.text or texts.get(columns[0])
    if text and not question.text and len(columns) > 1:
        text = text.rpartition(" - ")[0] or text
    return text or question.column


def _choice(text: str | None) -> str | None:
    """The choice a column of a multiple-response question stands for: what follows the last ` - `."""
    return (text.rpartition(" - ")[2].strip() or None) if text and " - " in text else None


def _weight(export: Export) -> pd.Series:
    weight = export.number("weight")
    if weight.notna().any():
        if (weight < 0).fillna(False).any():
            raise BadInput(f"{export.where}: columns.weight", "some weights are negative", "weights of 0 or more")
        if missing := int(weight.isna().sum()):
            export.report.notes.append(f"{missing:,} respondents have no weight")
    return weight


def _listed(frame: pd.DataFrame, texts: Mapping[str, str]) -> str:
    names = [f"{c} ({texts[c][:40]})" if texts.get(c) else str(c) for c in frame.columns]
    return ", ".join(names[:30]) + (f", … ({len(names)} in all)" if len(names) > 30 else "")
