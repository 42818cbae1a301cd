"""The rows of `responses`: every question of the map read, every cell accounted for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from ....errors import BadInput, BadInputs, CjmError
from ....params.schema import Question
from ..export import Export, clean
from . import texts as spelling
from .chosen import bracketed, hint, merged, split
from .columns import is_pattern, is_write_in, question_columns, star, wording
from .items import item_names, items
from .maxdiff import maxdiff
from .quantities import quantities
from .scored import DEFAULT_SCALE, SCORED, scored
from .ticked import NO, YES, ticked


@dataclass
class Answers:
    """The answers to one question: rows (respondent's row, answer, score), its direction, and where its cells went."""

    rows: pd.DataFrame
    columns: list[str]
    unanswered: int
    higher: bool | None = None
    counts: dict[str, int] = field(default_factory=dict)


def responses(export: Export, ids: pd.Series, keys: pd.DataFrame, at: pd.Series, texts: Mapping[str, str] | None = None) -> pd.DataFrame:
    """One row an answer. texts: wording by column, where the export knows it. Raises `BadInput(s)`."""
    questions, texts = export.source.questions, texts or {}
    if not questions:
        raise BadInput(f"{export.where}: questions", "no question is mapped", f"columns: {_columns(export.frame, texts)}",
                       "add `questions: [{column: …, instrument: nps|csat|ces|likert|number|ranking|points|maxdiff|choice|text, …}]`")
    named = [q.id or q.column for q in questions]
    if twice := sorted({n for n in named if named.count(n) > 1}):
        raise BadInput(f"{export.where}: questions", f"the id {twice[0]!r} is given twice", "one id a question", "give one of them another `id`")
    weight = _weight(export)
    wave = export.text("wave")
    parts, problems, left_out = [], list[CjmError](), {}
    for question, name in zip(questions, named, strict=True):
        try:
            each = lines(export, question, name, texts)
        except CjmError as problem:  # all questions are told at once
            problems.append(problem)
            continue
        for line, found in each:
            export.report.answers[str(line.id)] = {k: n for k, n in found.counts.items() if n or k in ("cells", "scored", "kept")}
            if found.unanswered:
                left_out[str(line.id)] = found.unanswered
            row = found.rows.index
            parts.append(_table(export, line, wording(line, found.columns, texts), found, ids[row], keys.loc[row], at[row], wave[row], weight[row]))
    if problems:
        raise problems[0] if len(problems) == 1 else BadInputs(problems)
    if twice := [n for n, k in Counter(part["question_id"].iloc[0] for part in parts if len(part)).items() if k > 1]:
        raise BadInput(f"{export.where}: questions", f"the id {twice[0]!r} is given twice: a line of a grid has it, and another question", "one id a question",
                       "give one of them another `id`")
    if left_out:
        export.report.notes.append("no answer: " + ", ".join(f"{q} {n:,}" for q, n in left_out.items()))
    out = pd.concat(parts, ignore_index=True)
    export.report.rows_kept["responses"] = len(out)
    return out


def _table(export: Export, question: Question, text: str, found: Answers, ids: pd.Series, keys: pd.DataFrame, at: pd.Series, wave: pd.Series,
           weight: pd.Series) -> pd.DataFrame:
    """The rows of one question."""
    scale = question.scale or DEFAULT_SCALE.get(question.instrument)
    return export.table("responses", {
        "response_id": ids, **keys, "answered_at": at, "source": export.source.name,
        "question_id": question.id or question.column, "question": text,
        "instrument": question.instrument, "scale_min": pd.Series(scale[0] if scale else None, index=ids.index, dtype="Float64"),
        "scale_max": pd.Series(scale[1] if scale else None, index=ids.index, dtype="Float64"),
        "higher_is_better": pd.Series(found.higher, index=ids.index, dtype="boolean"),
        "box": pd.Series((question.box or 2) if question.instrument == "csat" else None, index=ids.index, dtype="Int64"),
        "score": found.rows["score"], "answer": found.rows["answer"],
        "touchpoint": pd.Series(question.touchpoint, index=ids.index, dtype="string"),
        "stage": pd.Series(question.stage, index=ids.index, dtype="string"),
        "wave": wave if wave.notna().any() else pd.Series(pd.NA, index=ids.index, dtype="string"), "weight": weight})


def lines(export: Export, question: Question, name: str, texts: Mapping[str, str]) -> list[tuple[Question, Answers]]:
    """The answers to a question, or to each line of a grid, a ranking or a sum, which are questions of their own. Raises `BadInput`."""
    columns = question_columns(export, question)
    where = f"{export.where}: questions: {name}"
    if question.instrument in ("ranking", "points"):
        found = items(export, question, columns, texts, where)
        ids = line_ids(question, found.columns, found.names)
        head = wording(question, columns, texts)
        out = []
        for k, (item, counts) in enumerate(zip(found.names, found.counts, strict=True)):
            score = found.scores.iloc[:, k][found.there]
            rows = pd.DataFrame({"answer": score.map("{:g}".format, na_action="ignore").astype("string"), "score": score})
            scale = (1.0, float(len(found.names))) if question.instrument == "ranking" and len(found.names) > 1 else None
            line = question.model_copy(update={"id": ids[k], "text": _line_of(head, item), "scale": scale})
            out.append((line, Answers(rows, columns, int((~found.there).sum()), False if question.instrument == "ranking" else None, counts)))
        return out
    if question.instrument == "maxdiff":
        return _best_worst(export, question, columns, texts, where)
    if len(columns) > 1 and question.instrument not in ("choice", "text"):
        ids = line_ids(question, columns, columns)
        # a grid's labels are those of its scale: what its lines are called, their wording or their columns say
        names = item_names(question.model_copy(update={"labels": {}}), columns, texts, where)
        each = [question.model_copy(update={"column": c, "id": i, "text": _line_of(question.text, n) if question.text else texts.get(c) or n}) for c, i, n in zip(columns, ids, names, strict=True)]
        return [(line, _answers(export, line, [str(line.column)], texts)) for line in each]
    return [(question.model_copy(update={"id": name}), _answers(export, question, columns, texts))]


def _best_worst(export: Export, question: Question, columns: list[str], texts: Mapping[str, str], where: str) -> list[tuple[Question, Answers]]:
    """A question for each item of a choice of best and worst: its score is best less worst, and its answer says both and how often it was shown."""
    found = maxdiff(export, question, columns, where)
    head, out = question.text or question.id or question.stem, []
    for name, line in zip(found.names, line_ids(question.model_copy(update={"id": question.stem}), [], found.names), strict=True):
        seen = found.shown[name] > 0
        best, worst, shown = (frame[name][seen] for frame in (found.best, found.worst, found.shown))
        answer = ("best " + best.astype(str) + ", worst " + worst.astype(str) + ", shown " + shown.astype(str)).astype("string")
        out.append((question.model_copy(update={"id": line, "text": f"{head}: {name}"}), Answers(pd.DataFrame({"answer": answer, "score": (best - worst).astype("Float64")}), columns, int((~seen).sum()), True, found.counts)))
    return out


def _line_of(head: str, name: str) -> str:
    """The wording of one line of a block."""
    return f"{head} {name}" if head.endswith(("?", ":", "…")) else f"{head}: {name}"


def line_ids(question: Question, columns: Sequence[str], names: Sequence[str]) -> list[str]:
    """The ids of the lines of a block: its columns where it has no id; else its id with what the `*` stands for, or with the line's name. columns: none where they are places."""
    if columns and not question.id:
        return [str(c) for c in columns]
    stars = [star(question, c) for c in columns]
    ends = [re.sub(r"\W+", "_", e).strip("_")[:40] for e in (stars if stars and all(stars) else names)]
    ends = ends if len(set(ends)) == len(ends) and all(ends) else [f"{e}_{k}".strip("_") for k, e in enumerate(ends, start=1)]
    return [f"{question.stem}_{e}" for e in ends]


def _answers(export: Export, question: Question, columns: list[str], texts: Mapping[str, str]) -> Answers:
    where = f"{export.where}: questions: {question.id or question.column}"
    if question.instrument == "number" or question.instrument in SCORED:
        cells = clean(export.frame[columns[0]])
        found = quantities(export, question, cells, where) if question.instrument == "number" else scored(question, cells, where)
        export.report.notes += found.notes
        export.report.asks += [{"where": a.where, "found": a.found, "allowed": a.allowed, "next": a.next} for a in found.asks]
        kept = found.score.notna()
        return Answers(pd.DataFrame({"answer": found.text[kept], "score": found.score[kept]}), columns, int((~kept).sum()), found.higher,
                       {"cells": len(kept)} | found.counts)
    return _texts(export, question, columns, texts, where)


def _texts(export: Export, question: Question, columns: list[str], texts: Mapping[str, str], where: str) -> Answers:
    """Answers to a choice or text question."""
    name, notes = question.id or question.column, export.report.notes
    choice = question.instrument == "choice"
    if choice and len(columns) > 1 and (write_in := [c for c in columns if is_write_in(c, texts)]):
        columns = [c for c in columns if c not in write_in]
        notes.append(f"{name}: {', '.join(write_in)} holds what people wrote and is left out; map it with instrument: text to keep it")
    counts = {"cells": len(export.frame) * len(columns), "kept": 0, "empty": 0, "declared missing": 0, "no-answer words": 0}
    cells, silent = {}, []
    for column in columns:
        text = clean(export.frame[column])
        keys = spelling.folded(text) if choice or question.missing else text
        missing = spelling.declared(keys, question.missing) & text.notna()
        nothing = pd.Series(False, index=text.index)
        if choice and "-" not in question.choices:
            own = [spelling.fold(c) for c in question.choices]
            nothing = spelling.says_nothing(keys) & ~missing & ~keys.isin(own).fillna(False).astype(bool)
        silent.append(text[nothing])
        counts["empty"] += int(text.isna().sum())
        counts["declared missing"] += int(missing.sum())
        counts["no-answer words"] += int(nothing.sum())
        cells[column] = text.mask(missing | nothing)
    if sum(map(len, silent)):
        notes.append(f"{name}: words that mean no answer: {spelling.listed(pd.concat(silent))}; list them under `choices` where they are answers")
    given = _given(export, question, cells, texts, where, counts)
    repeated = pd.MultiIndex.from_arrays([given.index, given]).duplicated()
    if repeated.any():
        notes.append(f"{name}: {int(repeated.sum()):,} answers were given twice by one respondent and count once")
    given = given[~repeated]
    if question.asked:
        given = _with_asked(export, question, given, where, counts)
    return Answers(pd.DataFrame({"answer": given, "score": pd.Series(pd.NA, index=given.index, dtype="Float64")}), columns,
                   len(export.frame) - given.index.nunique(), counts=counts)


def _with_asked(export: Export, question: Question, given: pd.Series, where: str, counts: dict[str, int]) -> pd.Series:
    """With a row without an answer for everybody who was asked, by the params, and chose nothing: they belong to the base."""
    asked = pd.Series(True, index=export.frame.index)
    for column, wanted in (question.asked if isinstance(question.asked, dict) else {}).items():
        values = [wanted] if not isinstance(wanted, list) else wanted
        asked &= spelling.declared(spelling.folded(clean(export.require(column, f"{where}: asked"))), [str(v) for v in values])
    answered = asked.index.isin(given.index)
    if odd := int((answered & ~asked).sum()):
        export.report.notes.append(f"{question.id or question.column}: {odd:,} respondents answered although `asked` says that they were not; they count")
    none = asked & ~answered
    counts["asked, none chosen"] = counts.get("asked, none chosen", 0) + int(none.sum())
    return pd.concat([given, pd.Series(pd.NA, index=none.index[none], dtype="string")]).sort_index(kind="stable")


def _given(export: Export, question: Question, cells: dict[str, pd.Series], texts: Mapping[str, str], where: str, counts: dict[str, int]) -> pd.Series:
    """The answers by respondent, in the order of the rows."""
    name, notes, columns = question.id or question.column, export.report.notes, list(cells)
    # a pattern that only one column fits is a question with one answer, unless that column is a box to tick
    boxes = len(columns) > 1 or bool(question.labels) or set(spelling.folded(cells[columns[0]]).dropna()) <= YES | NO
    if question.instrument == "choice" and is_pattern(export, question) and not question.separator and boxes:
        return ticked(question, cells, texts, where, counts, notes).sort_index(kind="stable")
    counts["kept"] = int(sum(c.notna().sum() for c in cells.values()))
    if question.instrument == "text":
        return pd.concat([c.dropna() for c in cells.values()]).sort_index(kind="stable")
    if len(columns) > 1 and not question.choices:
        raise BadInput(where, f"{len(columns)} columns with several answers a cell", "one column, or a list of the choices", "add `choices: […]`, or map one column")
    if question.separator:
        parts = [split(question, c.dropna(), where, notes) for c in cells.values()]
    else:
        parts = [_coded(question, c.dropna() if (several := bracketed(c.dropna())) is None else several, notes) for c in cells.values()]
        hint(question, pd.concat(parts), notes)
    return merged(pd.concat(parts), name, notes, tuple(question.choices)).sort_index(kind="stable")


def _coded(question: Question, cells: pd.Series, notes: list[str]) -> pd.Series:
    """One answer a cell, codes by their labels."""
    keys = spelling.folded(cells)
    if question.labels:
        of = spelling.by_code({k: str(v) for k, v in question.labels.items()})
        named = cells.map({v: of(str(v)) for v in cells.unique()}).astype("string")
        unknown = named.isna() & ~keys.isin([spelling.fold(str(v)) for v in question.labels.values()])
        cells = named.fillna(cells)
        what = "labels"
    else:
        unknown, what = ~keys.isin([spelling.fold(c) for c in question.choices]) & bool(question.choices), "choices"
    if unknown.any():
        notes.append(f"{question.id or question.column}: {int(unknown.sum()):,} answers are not among `{what}` and are kept as they are ({spelling.listed(cells[unknown], 10)})")
    return cells


def _weight(export: Export) -> pd.Series:
    weight = export.number("weight")
    if weight.notna().any():
        if (weight < 0).fillna(False).any():
            raise BadInput(f"{export.where}: columns.weight", "some weights are negative", "weights of 0 or more", "correct the column, or leave it unmapped")
        if missing := int(weight.isna().sum()):
            export.report.notes.append(f"{missing:,} respondents have no weight")
    return weight


def _columns(frame: pd.DataFrame, texts: Mapping[str, str]) -> str:
    names = [f"{c} ({texts[c][:40]})" if texts.get(c) else str(c) for c in frame.columns]
    return ", ".join(names[:30]) + (f", … ({len(names)} in all)" if len(names) > 30 else "")
