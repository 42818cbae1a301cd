"""Best and worst of a few (MaxDiff): in each task some items are shown, and the best and the worst of them chosen.

Each item becomes a question of its own: of a respondent its score is how often it was chosen best less how often worst, and the answer says both and how often it
was shown, which is its base. Without the columns of what was shown there is no base, and the question is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from ....errors import BadInput
from ....params.schema import Question
from ..cells import unreadable_share
from ..export import Export, clean
from . import texts
from .columns import star
from .scored import MOST_UNREAD

LEAST_SHOWN = 3  # items of a task: of two the worst is what is not the best


@dataclass
class Chosen:
    """names: of the items; best, worst, shown: respondents × items, how often; tasks: tasks that count, by respondent; counts: where the tasks went."""

    names: list[str]
    best: pd.DataFrame
    worst: pd.DataFrame
    shown: pd.DataFrame
    tasks: pd.Series
    counts: dict[str, int]


def maxdiff(export: Export, question: Question, columns: list[str], where: str) -> Chosen:
    """The counts of every item. Raises `BadInput` where columns are missing, or too many tasks are no choice among what was shown."""
    label = texts.by_code({str(k): str(v) for k, v in question.labels.items()}) if question.labels else None
    parts = []
    for column in columns:
        task = star(question, column)
        other, seen = _columns(export, question, task, where)
        cells = {"best": column, "worst": other} | {f"shown_{k}": c for k, c in enumerate(seen)}
        part = pd.DataFrame({name: _named(clean(export.frame[c]), question, label) for name, c in cells.items()})
        part["row"] = part.index
        parts.append(part)
    long = pd.concat(parts, ignore_index=True)
    seen_columns = [c for c in long.columns if str(c).startswith("shown_")]
    begun = long[["best", "worst"]].notna().any(axis=1)
    long, left = long[begun], int((~begun).sum())
    held = long[seen_columns]
    right = long["best"].notna() & long["worst"].notna() & (long["best"] != long["worst"]) & (held.notna().sum(axis=1) >= LEAST_SHOWN) & (held.nunique(axis=1) == held.notna().sum(axis=1))
    for end in ("best", "worst"):
        right &= held.eq(long[end], axis=0).any(axis=1)
    right = right.fillna(False).astype(bool)
    most = unreadable_share(export.source)
    wrong = int((~right).sum())
    if wrong > (MOST_UNREAD if most is None else most) * len(long):
        first = long[~right].iloc[0]
        raise BadInput(where, f"{wrong:,} of {len(long):,} tasks are no choice of a best and another worst among the items shown; the first: best {first['best']}, worst {first['worst']}, shown "
                       f"{', '.join(str(v) for v in first[seen_columns].dropna())}", f"for all but {MOST_UNREAD * 100:g} % of the tasks a best and a worst, both among at least {LEAST_SHOWN} different items shown",
                       "correct `column`, `worst`, `shown` or `labels`: they must spell items alike")
    if wrong:
        export.report.notes.append(f"{question.id or question.column}: {wrong:,} tasks are no choice among the items shown; they are left out")
    long = long[right]
    rows = export.frame.index
    shown = long.melt("row", seen_columns, value_name="item").dropna(subset=["item"])
    counts = {end: _counted(frame, rows) for end, frame in (("best", long[["row", "best"]].set_axis(["row", "item"], axis=1)), ("worst", long[["row", "worst"]].set_axis(["row", "item"], axis=1)), ("shown", shown[["row", "item"]]))}
    known = [str(v) for v in question.labels.values()]
    names = [n for n in dict.fromkeys(known) if n in counts["shown"]] + sorted(str(c) for c in counts["shown"] if c not in known)
    best, worst, seen_often = (counts[k].reindex(columns=names, fill_value=0) for k in ("best", "worst", "shown"))
    return Chosen(names, best, worst, seen_often, long.groupby("row").size().reindex(rows, fill_value=0), {"cells": len(rows) * len(columns), "kept": len(long), "empty": left, "no choice among what was shown": wrong})


def _columns(export: Export, question: Question, task: str, where: str) -> tuple[str, list[str]]:
    """The column of the worst and those of the items shown of a task. Raises `BadInput`."""
    other = question.worst.replace("*", task, 1) if question.worst else ""
    pattern = re.compile(".*".join(re.escape(p) for p in question.shown.replace("*", task, 1).split("*")), re.S) if question.shown else None
    seen = [str(c) for c in export.frame.columns if pattern is not None and pattern.fullmatch(str(c))]
    if other not in export.frame or len(seen) < LEAST_SHOWN:
        lacked = f"no column {other!r} for the worst" if other not in export.frame else f"{len(seen)} columns fit {question.shown!r} for what was shown"
        raise BadInput(where, f"task {task or question.column!r}: {lacked}", f"a column with the worst and at least {LEAST_SHOWN} with the items shown, for each task; without what was shown nothing is the base of a count",
                       "name them: column: T*_best, worst: T*_worst, shown: T*_item*; export the design with the answers")
    return other, seen


def _named(cells: pd.Series, question: Question, label: object) -> pd.Series:
    """Items by their labels; what is declared missing is empty."""
    folded = texts.folded(cells)
    cells = cells.mask(texts.declared(folded, question.missing) & cells.notna())
    if label is None:
        return cells.astype("string")
    of = {v: label(str(v)) for v in cells.dropna().unique()}  # type: ignore[operator]
    return cells.map(of).astype("string").fillna(cells)


def _counted(frame: pd.DataFrame, rows: pd.Index) -> pd.DataFrame:
    return frame.groupby(["row", "item"]).size().unstack(fill_value=0).reindex(rows, fill_value=0)
