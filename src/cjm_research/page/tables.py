"""Frames as table blocks: numbers in their unit, intervals beside them, headings in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from ..results import words
from .blocks import Table

SHARES = ("relative", "of_previous", "of_first", "window_complete", "within_window", "prevalence", "reach", "share_of_orders", "cumulative")
MAX_ROWS = 500  # a page is read by people
REPEATED_FROM = 4  # rows from which on a column that says the same in all of them is said once, above the table
OWN = ("value", "interval", "n")  # a row's own figures, which stay in it


def table_block(frame: pd.DataFrame, caption: str, columns: Sequence[str] | Mapping[str, str] | None = None,
                rows: int | None = None) -> Table:
    """A frame as a table block.

    A frame of estimates (value, low, high, n, base, unit, method) shows "value" in its unit with its interval;
    unit and method columns are left out unless asked for. `columns` chooses and names the columns; `x_interval` is the
    interval of another estimate x of the row, in `x_low` and `x_high`. A column that says
    the same in every row is taken out and said once.
    """
    names = dict(columns) if isinstance(columns, Mapping) else {c: heading(c) for c in (columns or _default(frame))}
    shown = frame.head(rows or MAX_ROWS)
    numeric = {c: c.endswith("_interval") or (c in frame and pd.api.types.is_numeric_dtype(frame[c]) and not pd.api.types.is_bool_dtype(frame[c]))
               for c in names}
    if "unit" in frame:
        numeric.update({c: True for c in names if c in ("value", "interval")})
    body = [[_cell(record, c) for c in names] for record in shown.to_dict("records")]
    cut = len(shown) < len(frame)
    note = f"{len(shown):,} of {len(frame):,} rows; a larger `rows` in this table's code shows more." if cut else ""
    repeated = _repeated(list(names), body)
    kept = [k for k in range(len(names)) if k not in repeated]
    heads = [{"label": label, "align": "right" if numeric[c] else "left"} for c, label in names.items()]
    same = " · ".join(f"{heads[k]['label']} {body[0][k]['text']}" for k in sorted(repeated))
    return Table(caption, [heads[k] for k in kept], [[row[k] for k in kept] for row in body], note,
                 f"In every row{' shown' if cut else ''}: {same}" if same else "")


def _repeated(columns: list[str], body: list[list[dict[str, Any]]]) -> set[int]:
    """The columns that say the same in every row of a table with some rows; one that heads its rows may be among them."""
    if len(body) < REPEATED_FROM:
        return set()
    same = {k for k, c in enumerate(columns) if c not in OWN and body[0][k]["text"] not in ("", "–") and len({row[k]["text"] for row in body}) == 1}
    return same if len(same) < len(columns) else set()


#: names of this package or of the data that a reader sees in words
_WORDED = {"by": words.column, "model": words.model, "what": lambda name: {"node": "visit", "transition": "move"}.get(name, name)}


def heading(column: str) -> str:
    """A column's name as a heading: `of_previous` → `Of previous`."""
    special = {"n": "n", "p": "p", "value": "Value", "interval": "95 % interval", "base": "Base", "p_adjusted": "p, adjusted"}
    return special.get(column, column.replace("_", " ").strip().capitalize())


def _default(frame: pd.DataFrame) -> list[str]:
    columns = [str(c) for c in frame.columns]
    if {"value", "low", "high", "unit"} <= set(columns):
        hidden = {"low", "high", "unit", "method"}
        out: list[str] = []
        for c in columns:
            if c == "value":
                out += ["value", "interval"]
            elif c not in hidden:
                out.append(c)
        return out
    return columns


def _cell(record: Mapping[Any, Any], column: str) -> dict[str, Any]:
    unit = str(record.get("unit") or "")
    if column == "interval":
        return {"text": words.interval(_number(record.get("low")), _number(record.get("high")), unit) or "–",
                "sort": _number(record.get("low"))}
    if column.endswith("_interval"):  # of another estimate in the same row: x_low and x_high
        stem = column.removesuffix("_interval")
        return {"text": words.interval(_number(record.get(f"{stem}_low")), _number(record.get(f"{stem}_high")), "s" if stem.endswith("_s") else "share") or "–",
                "sort": _number(record.get(f"{stem}_low"))}
    value = record.get(column)
    if column.endswith("_value") and unit and isinstance(value, float):
        level = {"share difference": "share", "relative change": ""}.get(unit, unit)
        return {"text": words.number(_number(value), level), "sort": _number(value)}
    if column == "value" and "unit" in record:
        return {"text": words.number(_number(value), unit), "sort": _number(value)}
    if value is None or (not isinstance(value, (list, dict)) and pd.isna(value)):
        return {"text": "–", "sort": None}
    if isinstance(value, bool):
        return {"text": "yes" if value else "no", "sort": int(value)}
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool):
        return {"text": "yes" if value else "no", "sort": int(value)}
    if isinstance(value, int):
        return {"text": words.count(value), "sort": value}
    if isinstance(value, float):
        return {"text": _float(value, column), "sort": value}
    if column in _WORDED:
        return {"text": _WORDED[column](str(value)), "sort": str(value)}
    if isinstance(value, pd.Timestamp):
        return {"text": value.strftime("%Y-%m-%d %H:%M" if value.hour or value.minute else "%Y-%m-%d"), "sort": value.isoformat()}
    return {"text": str(value), "sort": str(value)}


def _float(value: float, column: str) -> str:
    if column.endswith(("_s", "seconds")):
        return words.duration(value)
    if column.endswith(("share", "rate")) or column in SHARES:
        return words.percent(value)
    if column in ("p", "p_adjusted") or column.startswith("p_") or column.endswith(("_p", "_p_adjusted")):
        return "<0.001" if value < 0.001 else f"{value:.3f}"
    return words.number(value)


def _number(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)
