"""Answers that are quantities: years, hours, spend. One rule for a column's numbers, as everywhere; what is no number is counted."""

from __future__ import annotations

import json

import pandas as pd

from ....errors import BadInput
from ....params.schema import Question
from ..export import Export
from ..numbers import to_numbers
from . import texts
from .scored import MOST_UNREAD, Scores

_FEW_KINDS = 20


def quantities(export: Export, question: Question, text: pd.Series, where: str) -> Scores:
    """The numbers of a column of answers, what stands for them under `labels`, without the question's unit where cells carry it.

    Raises `BadInput` where marks of decimals contradict each other, and where too many answers are no number or lie outside of `scale`.
    """
    name = question.id or question.column
    of = texts.by_code({str(k): float(v) for k, v in question.labels.items()})
    stated = text.map({v: n for v in text.dropna().unique() if (n := of(str(v))) is not None}).astype("Float64")
    empty, missing, silent, given = texts.parted(text, question.missing, stated.notna())
    stated = stated.mask(missing)
    cells = _without_unit(text.where(given & stated.isna()), question.unit)
    read = to_numbers(cells, where, export.report, export.setting("decimal", None, str), currency=export.context.currency, negative=export.setting("negative", None, str), most=1.0) \
        if cells.notna().any() else cells.astype("Float64")
    score = stated.fillna(read)
    low, high = question.scale or (float("-inf"), float("inf"))
    unread = given & score.isna()
    off = given & score.notna() & ~score.between(low, high).fillna(False).astype(bool)
    left = unread | off
    if left.sum() > MOST_UNREAD * given.sum():
        within = f", from {low:g} to {high:g}" if question.scale else ""
        kinds = [str(v) for v in text[left].value_counts().index[:_FEW_KINDS]]
        listed = ", ".join(json.dumps(k, ensure_ascii=False) for k in kinds)
        raise BadInput(where, f"{int(left.sum()):,} of {int(given.sum()):,} answers are no number{within}: {texts.listed(text[left], _FEW_KINDS)}",
                       f"numbers in {question.unit or 'one unit'}{within}; at most {MOST_UNREAD * 100:g} % of the answers left unread; texts named under labels, values named under missing",
                       f"add to the question `labels: {{{', '.join(f'{json.dumps(k, ensure_ascii=False)}: <number>' for k in kinds)}}}` for what is a quantity, or `missing: [{listed}]` for what is no answer")
    out = Scores(text.where(given & ~left), score.where(given & ~left), None, {
        "scored": int((given & ~left).sum()), "empty": int(empty.sum()), "declared missing": int(missing.sum()), "no-answer words": int(silent.sum()),
        "not on the scale": int(off.sum()), "unreadable": int(unread.sum())})
    if silent.any():
        out.notes.append(f"{name}: words that mean no answer: {texts.listed(text[silent])}")
    if left.any():
        out.notes.append(f"{name}: {int(left.sum()):,} answers are no number{f' from {low:g} to {high:g}' if question.scale else ''} and count as no answer ({texts.listed(text[left])})")
    return out


def _without_unit(cells: pd.Series, unit: str) -> pd.Series:
    """Cells without the question's unit behind their number: `12 years` where the unit is years."""
    if not unit:
        return cells
    end = texts.fold(unit)
    known = {}
    for cell in cells.dropna().unique():
        plain = str(cell).strip()
        if texts.fold(plain).endswith(end) and plain[-len(unit):].casefold() == unit.casefold():
            plain = plain[: -len(unit)].strip()
        known[cell] = plain or str(cell)
    return cells.map(known).astype("string")
