"""Whom a table is about where another table of the folder says it: reviews name an order, and orders name a customer."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from .columns import Columns
from .kinds import Recognised

_KINDS = ("events", "feedback")
_MOST_OF = 0.5  # of the looked-at values of one table that stand in the other's


def with_customers(found: list[Recognised]) -> list[Recognised]:
    """With a join for each general table that names no customer, where a column of the same name is the id of another table's rows, which name one."""
    tables = [(one, Columns.of(one.sample.frame)) for one in found if one.sample.frame is not None and len(one.sample.frame) > 1 and _is_file(one)]
    return [_joined(one, tables) if one.kind in _KINDS and not one.proven and "customer_id" not in one.columns else one for one in found]


def _is_file(one: Recognised) -> bool:
    """Whether a join can name it: one table a file."""
    return len(one.sample.files) == 1 and not one.sample.settings


def _joined(one: Recognised, tables: list[tuple[Recognised, Columns]]) -> Recognised:
    frame = one.sample.frame
    assert frame is not None
    for other, columns in tables:
        if other is one or not columns.who or columns.who in frame:
            continue
        for key in (str(c) for c in frame.columns):
            if key in columns.frame and key != columns.who and key.lower().endswith(("id", "no", "nr", "number", "key")) and _identifies(columns.frame[key], frame[key]):
                join = {"files": other.sample.pattern, "by": key, "columns": [columns.who]}
                return replace(one, columns={**one.columns, "customer_id": columns.who}, joins=[join], needs=other.sample.files, why=f"{one.why}; {columns.who} by {key} from {other.sample.files[0]}")
    return one


def _identifies(ids: pd.Series, named: pd.Series) -> bool:
    """Whether a column is the id of its table's rows. The first rows of two tables need not be of the same orders: the form of the ids must be one."""
    mine, theirs = (v.dropna().astype("string").str.strip() for v in (ids, named))
    if not len(mine) or not len(theirs) or mine.nunique() < len(mine):
        return False
    forms = [set(v.head(500).str.replace(r"[0-9]", "9", regex=True).str.replace(r"[a-f]", "a", regex=True).str.len()) for v in (mine, theirs)]
    return len(forms[0] & forms[1]) >= _MOST_OF * len(forms[1])
