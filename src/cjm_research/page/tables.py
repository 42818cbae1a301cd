"""Frames as table blocks: numbers in the unit that is declared for their column, intervals beside them, headings in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from ..results import policy, words
from ..results.declared import Column, Frame, estimate
from ..results.result import ESTIMATE_COLUMNS
from ..shapes import Json
from .blocks import Table

MAX_ROWS = 500  # a page is read by people
REPEATED_FROM = 4  # rows from which on a column that says the same in all of them is said once, above the table
OWN = ("value", "interval", "n")  # a row's own figures, which stay in it
#: the unit of one side of a difference
_SIDES = {"share difference": "share", "relative change": "", "relative": ""}
#: units of columns that the words of numbers do not know
_ENDS = {"number": "", "count": "", "level": ""}
_LEFT = ("text", "mixed", "boolean", "list", "time", "day")


def table_block(frame: pd.DataFrame, caption: str, columns: Sequence[str] | Mapping[str, str] | None = None,
                rows: int | None = None, declared: Frame | None = None) -> Table:
    """A frame as a table block.

    columns: names to show in this order, or {name: heading}; default: those the declaration shows. declared: what the columns
    hold; of a frame without a declaration the types are shown as they are, and the estimate with its interval. A column that
    says the same in every row is taken out and said once. Raises `BadInput` for an unknown column.
    """
    known = declared or undeclared(frame)
    chosen = [known[c] for c in (columns if columns is not None else known.default)]
    if isinstance(columns, Mapping):
        chosen = [replace(c, heading=columns[c.name]) for c in chosen]
    if known.more and columns is None:
        chosen += [Column(str(c), heading(str(c)), known.more) for c in frame.columns if str(c) not in known.stored]
    shown = frame.head(rows or MAX_ROWS)
    every = {c.name: c for c in known.columns}
    body = [[_cell(record, c, every.get(c.of)) for c in chosen] for record in shown.to_dict("records")]
    cut = len(shown) < len(frame)
    note = f"The first {len(shown):,} of {len(frame):,} rows; `rows` of this table's cell sets how many." if cut else ""
    repeated = _repeated([c.name for c in chosen], body)
    kept = [k for k in range(len(chosen)) if k not in repeated]
    heads = [{"label": c.heading, "align": "left" if c.unit in _LEFT else "right"} for c in chosen]
    same = " · ".join(f"{heads[k]['label']} {body[0][k]['text']}" for k in sorted(repeated))
    return Table(caption, [heads[k] for k in kept], [[row[k] for k in kept] for row in body], note,
                 f"In every row{' shown' if cut else ''}: {same}" if same else "")


def _repeated(columns: list[str], body: list[list[Json]]) -> set[int]:
    """The columns that say the same in every row of a table with some rows; one that heads its rows may be among them."""
    if len(body) < REPEATED_FROM:
        return set()
    same = {k for k, c in enumerate(columns) if c not in OWN and body[0][k]["text"] not in ("", "–") and len({row[k]["text"] for row in body}) == 1}
    return same if len(same) < len(columns) else set()


def heading(column: str) -> str:
    """A column's name as a heading: `of_previous` → `Of previous`."""
    return "n" if column == "n" else column.replace("_", " ").strip().capitalize()


def undeclared(frame: pd.DataFrame) -> Frame:
    """What can be said of a frame that nobody declared: the types of its columns, and an estimate with its interval where it has all of one.

    Names say nothing here: a number is a plain number, however its column is called.
    """
    names = [str(c) for c in frame.columns]
    whole = {c.name: c for c in estimate()} if set(ESTIMATE_COLUMNS) <= set(names) else {}
    columns: list[Column] = []
    for name in names:
        if whole and name in ("low", "high"):
            continue
        columns.append(whole.get(name) or Column(name, heading(name), _type(frame[name])))
        if whole and name == "value":
            columns.append(whole["interval"])
    return Frame("undeclared", "", tuple(columns))


def _type(values: pd.Series) -> str:
    types = pd.api.types
    if types.is_bool_dtype(values):
        return "boolean"
    if types.is_integer_dtype(values):
        return "count"
    if types.is_datetime64_any_dtype(values):
        return "time"
    return "number" if types.is_numeric_dtype(values) else "mixed"


def _cell(record: Mapping[Any, Any], column: Column, of: Column | None) -> Json:
    """of: the column that an interval is of."""
    row_unit = str(record.get("unit") or "")
    few = _few(record, of or column, row_unit)
    if column.unit == "interval":
        if few:
            return {"text": "–", "sort": None}
        unit_of = of.unit if of else ""
        low, high = (_number(record.get(end)) for end in column.ends)
        return {"text": words.interval(low, high, _ENDS.get(unit_of, unit_of) if unit_of != "estimate" else row_unit) or "–", "sort": low}
    value = record.get(column.name)
    if value is None or (not isinstance(value, (list, dict)) and pd.isna(value)):
        return {"text": "–", "sort": None}
    if hasattr(value, "item"):
        value = value.item()
    if column.worded is not None:
        return {"text": column.worded(str(value)), "sort": str(value)}
    if few:
        return {"text": few, "sort": _number(value)}
    if column.unit == "estimate" and column.name == "value":
        least = words.needed_digits(_number(record.get("low")), _number(record.get("high")))
        exact = row_unit == "share" and value in (0, 1)  # everybody or nobody: more digits tell nothing
        return {"text": words.number(_number(value), row_unit, 0 if exact else least), "sort": _number(value)}
    shown = _SHOWN.get(column.unit)
    return shown(value, row_unit) if shown else {"text": str(value), "sort": str(value)}


def _few(record: Mapping[Any, Any], column: Column, row_unit: str) -> str:
    """A share of too few for a percentage as counts; empty for every other number."""
    value = record.get(column.name)
    if value is None or isinstance(value, str | list | dict) or pd.isna(value):
        return ""
    own = column.unit == "estimate"
    unit, base = (row_unit, record.get("base")) if own else (_SIDES.get(row_unit, column.unit) if column.unit == "level" else column.unit, record.get(column.base))
    if base is None or pd.isna(base) or not policy.counts_only(unit, base):
        return ""
    return f"{words.count(record['n'] if own else float(value) * float(base))} of {words.count(base)}"


def _as(unit: str) -> Callable[[Any, str], Json]:
    return lambda value, _: {"text": words.number(_number(value), unit), "sort": _number(value)}


def _p(value: Any, _: str) -> Json:
    return {"text": "<0.001" if value < 0.001 else f"{value:.3f}", "sort": float(value)}


def _truth(value: Any, _: str) -> Json:
    return {"text": "yes" if value else "no", "sort": int(bool(value))} if isinstance(value, bool | int) else {"text": str(value), "sort": str(value)}


def _count(value: Any, _: str) -> Json:
    return {"text": words.count(value), "sort": value} if isinstance(value, int | float) else {"text": str(value), "sort": str(value)}


def _time(value: Any, _: str) -> Json:
    if not isinstance(value, pd.Timestamp):
        return {"text": str(value), "sort": str(value)}
    return {"text": value.strftime("%Y-%m-%d %H:%M" if value.hour or value.minute else "%Y-%m-%d"), "sort": value.isoformat()}


def _plain_number(value: Any, _: str) -> Json:
    return {"text": words.number(value), "sort": value}


def _text(value: Any, _: str) -> Json:
    return {"text": str(value), "sort": str(value)}


_SHOWN: dict[str, Callable[[Any, str], Json]] = {
    "estimate": lambda value, unit: {"text": words.number(_number(value), unit), "sort": _number(value)},
    "level": lambda value, unit: {"text": words.number(_number(value), _SIDES.get(unit, unit)), "sort": _number(value)},
    "share": _as("share"), "share difference": _as("share difference"), "relative": _as("relative"), "s": _as("s"), "score": _as("score"),
    "number": _as(""), "p": _p, "boolean": _truth, "count": _count, "time": _time, "day": _time,
    "mixed": lambda value, unit: (_truth if isinstance(value, bool) else _count if isinstance(value, int) else _time if isinstance(value, pd.Timestamp)
                                  else _plain_number if isinstance(value, float) else _text)(value, unit),
    "list": lambda value, _: {"text": ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value), "sort": str(value)},
}


def _number(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)
