"""Questions about several items at once: a ranking puts them in order, a sum is shared out among them.

Each item becomes a question of its own whose score is the item's place, or its points. Who ranked or shared out anything belongs to the base of
every item. What is no order (a place given twice, one left out) and what does not make up the sum is no answer and is counted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ....errors import BadInput
from ....params.schema import Question
from ..cells import unreadable_share
from ..export import Export, clean
from ..numbers import to_numbers
from . import texts
from .chosen import merged, split
from .columns import choice_labels, declared_labels
from .scored import MOST_UNREAD

_PLACE = re.compile(r"(?:rank|place|platz|rang|no\.?|nr\.?|#)?\s*(\d{1,3})(?:[.,]0+)?(?:\.|st|nd|rd|th|er|re|ère|e|ème|º|ª|°|o|a)?")
_SAME_SUM = 0.99  # the share of answers with one sum that proves it to be the one asked for
_ROUNDING = 0.005  # of the sum


@dataclass
class Items:
    """names: of the items; columns: theirs, none where columns are places; scores: respondents × items, missing where an item got none; there: who answered;
    counts: where the cells of each went.
    """

    names: list[str]
    columns: list[str]
    scores: pd.DataFrame
    there: pd.Series
    counts: list[dict[str, int]]


def items(export: Export, question: Question, columns: list[str], wordings: Mapping[str, str], where: str) -> Items:
    """The items of a ranking or a sum, and every respondent's places or points. Raises `BadInput`."""
    cells = {c: clean(export.frame[c]) for c in columns}
    missing = pd.DataFrame({c: texts.declared(texts.folded(v), question.missing) & v.notna() for c, v in cells.items()})
    silent = pd.DataFrame({c: texts.says_nothing(texts.folded(v)) & v.notna() & ~missing[c] for c, v in cells.items()})
    plain = {c: v.mask(missing[c] | silent[c]) for c, v in cells.items()}
    if question.instrument == "points":
        points = _numbers(export, plain, where)
        total = _total(question, points, where)
        names, scores, wrong = item_names(question, columns, wordings, where), points.fillna(0.0), _off(points, plain, total)
        asked = lacked = f"points that make up {total:g}"
    else:
        names, scores, wrong = _places(export, question, plain, wordings, where)
        asked, lacked = "places 1, 2, 3 … each given once and none left out", "an order: a place stands twice or is left out"
    filled = pd.DataFrame(plain).notna().any(axis=1)
    most = unreadable_share(export.source)
    name = question.id or question.column
    if wrong.sum() > (MOST_UNREAD if most is None else most) * filled.sum():
        first = wrong.to_numpy().argmax()
        shown = ", ".join(str(v[wrong].iloc[0]) if pd.notna(v[wrong].iloc[0]) else "–" for v in plain.values())
        raise BadInput(where, f"{int(wrong.sum()):,} of {int(filled.sum()):,} respondents did not give {lacked}; the first stands in row {first + 1:,}: {shown[:120]}",
                       f"{asked}, for all but {MOST_UNREAD * 100:g} % of the respondents", "correct `column` or the export; `settings.unreadable: 0.2` of the source leaves out more of them")
    if wrong.any():
        export.report.notes.append(f"{name}: {int(wrong.sum()):,} respondents did not give {lacked}; they count as no answer")
    if silent.to_numpy().any():
        export.report.notes.append(f"{name}: words that mean no answer: {texts.listed(pd.concat([cells[c][silent[c]] for c in columns]))}")
    there = filled & ~wrong
    scores = scores.where(there)
    counts = []
    for item in scores.columns:
        scored = scores[item].notna()
        kept = int(scored.sum())
        counts.append({"cells": len(there), "scored": kept, "empty": int((~filled).sum()), "in no order" if question.instrument == "ranking" else "in no sum": int(wrong.sum()),
                       "not ranked": int((there & ~scored).sum())})
    return Items(names, list(map(str, scores.columns)) if list(scores.columns) == columns else [], scores, there, counts)


def item_names(question: Question, columns: list[str], wordings: Mapping[str, str], where: str) -> list[str]:
    """What each column stands for: by `labels`, else by its wording or name."""
    if given := declared_labels(question, columns, where):
        return [given[c] for c in columns]
    found = choice_labels(question, columns, wordings)
    return [found.get(c) or wordings.get(c) or c for c in columns]


# --- a sum that was shared out -------------------------------------------------------------------------------------------------------


def _numbers(export: Export, cells: dict[str, pd.Series], where: str) -> pd.DataFrame:
    out = {}
    for column, text in cells.items():
        bare = text.str.replace(r"\s*%$", "", regex=True)  # shares of a sum are written with and without the sign
        out[column] = to_numbers(bare, f"{where}: {column}", export.report, export.setting("decimal", None, str), most=1.0) if bare.notna().any() else bare.astype("Float64")
    return pd.DataFrame(out)


def _total(question: Question, points: pd.DataFrame, where: str) -> float:
    """The sum that was to be shared out: declared, or proven by what nearly all respondents gave. Raises `BadInput`."""
    if points.shape[1] < 2:
        raise BadInput(where, "a sum that is shared out has one column", "a column for each item", "name them with `*` or as `first .. last`, or use instrument: number")
    if question.total is not None:
        return question.total
    known = points[points.notna().any(axis=1)].sum(axis=1).round(6)
    common = float(known.mode().iloc[0]) if len(known) else 0.0
    if common <= 0 or (known == common).mean() < _SAME_SUM:
        raise BadInput(where, f"the points of the respondents make up different sums ({texts.listed(known.map('{:g}'.format).astype('string'), 5)})",
                       f"one sum for at least {_SAME_SUM:.0%} of them, or a declared one", "add `total: 100` (or what was to be shared out) to the question")
    return common


def _off(points: pd.DataFrame, cells: dict[str, pd.Series], total: float) -> pd.Series:
    """Who gave something that is no number, points below zero, or points that do not make up the sum."""
    unread = pd.DataFrame({c: cells[c].notna() & points[c].isna() for c in cells}).any(axis=1)
    other = (points < 0).any(axis=1) | ((points.sum(axis=1) - total).abs() > _ROUNDING * total)
    return unread | (points.notna().any(axis=1) & other).astype(bool)


# --- a ranking -----------------------------------------------------------------------------------------------------------------------


def _places(export: Export, question: Question, cells: dict[str, pd.Series], wordings: Mapping[str, str], where: str) -> tuple[list[str], pd.DataFrame, pd.Series]:
    if question.separator:
        if len(cells) > 1:
            raise BadInput(where, f"{len(cells)} columns with several items a cell", "one column", "leave out `separator`, or map one column")
        return _in_cells(export, question, next(iter(cells.values())), where)
    if len(cells) < 2:
        raise BadInput(where, "a ranking has one column and no `separator`", "a column for each item or place, or one cell that holds the items in order",
                       "name the columns with `*` or as `first .. last`, or add `separator: ';'`")
    keys = {c: texts.folded(v) for c, v in cells.items()}
    all_keys = pd.concat(list(keys.values())).dropna()
    places = {k: int(m[1]) for k in all_keys.unique() if (m := _PLACE.fullmatch(str(k)))}
    numbered = all_keys.isin(list(places)).mean() if len(all_keys) else 1.0
    if numbered >= 1 - MOST_UNREAD:
        ranks = pd.DataFrame({c: v.map(places).astype("Float64") for c, v in keys.items()})
        unread = pd.DataFrame({c: keys[c].notna() & ranks[c].isna() for c in cells}).any(axis=1)
        return item_names(question, list(cells), wordings, where), ranks, unread | ~_orders(ranks)
    if numbered > 0:
        raise BadInput(where, f"some cells hold places, others words ({texts.listed(all_keys[~all_keys.isin(list(places))], 5)})", "a place (1, 2, 3 …) in the column of each item, or an item in the column of each place",
                       "correct `column`; name what is no answer under `missing`")
    # a column for each place: the first one holds what stands first
    long = pd.concat([v.dropna() for v in cells.values()])
    spelled = merged(long, question.id or question.column, export.report.notes, tuple(question.choices))
    of = dict(zip(long, spelled, strict=True))
    in_order = pd.DataFrame({k: v.map(of).astype("string") for k, v in enumerate(cells.values(), start=1)})
    return _by_place(question, in_order)


def _in_cells(export: Export, question: Question, cells: pd.Series, where: str) -> tuple[list[str], pd.DataFrame, pd.Series]:
    parts = split(question, cells.dropna(), where, export.report.notes)
    parts = merged(parts, question.id or question.column, export.report.notes, tuple(question.choices))
    place = parts.groupby(level=0, sort=False).cumcount() + 1
    in_order = pd.DataFrame({"row": parts.index, "place": place.to_numpy(), "item": parts.to_numpy()}).pivot(index="row", columns="place", values="item").reindex(cells.index)
    return _by_place(question, in_order.astype("string"))


def _by_place(question: Question, in_order: pd.DataFrame) -> tuple[list[str], pd.DataFrame, pd.Series]:
    """Items by respondent from the items in order: columns are places 1, 2, …"""
    long = in_order.stack().dropna()
    counts = long.value_counts()
    known = [c for c in question.choices if c in counts.index]
    names = known + sorted((str(n) for n in counts.index if n not in known), key=lambda n: (-int(counts[n]), n))
    ranks = pd.DataFrame({n: pd.Series(pd.NA, index=in_order.index, dtype="Float64") for n in names})
    for place in reversed(in_order.columns):
        for n in names:
            ranks.loc[(in_order[place] == n).fillna(False).astype(bool), n] = float(place)
    gaps = pd.Series(False, index=in_order.index)
    filled = in_order.notna()
    for left, right in zip(filled.columns, filled.columns[1:], strict=False):
        gaps |= filled[right] & ~filled[left]
    twice = filled.sum(axis=1) != ranks.notna().sum(axis=1)
    return names, ranks, gaps | twice


def _orders(ranks: pd.DataFrame) -> pd.Series:
    """Which respondents' places are 1, 2, 3 … each once; who gave none has no wrong order."""
    placed = np.sort(ranks.to_numpy(dtype=float, na_value=np.nan), axis=1)  # missing ones last
    return pd.Series((np.isnan(placed) | (placed == np.arange(1, placed.shape[1] + 1))).all(axis=1), index=ranks.index)
