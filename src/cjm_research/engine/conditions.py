"""Conditions of params files as SQL. No SQL is taken from a params file: columns are checked, values quoted."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from ..errors import BadInput, unknown

_KEY = re.compile(r"^[^\x00-\x1f\"']{1,200}$")


class MatchLike(Protocol):
    """What `Match`, `Step` and `Exclusion` of the params have in common."""

    @property
    def event(self) -> list[str]: ...
    @property
    def source(self) -> list[str]: ...
    @property
    def channel(self) -> list[str]: ...
    @property
    def where(self) -> Mapping[str, Any]: ...


def literal(value: Any) -> str:
    """A SQL literal: text quoted, numbers and booleans as they are, None as NULL."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return repr(value)
    return "'" + str(value).replace("'", "''") + "'"


def column_sql(name: str, columns: Collection[str], where: str = "where") -> str:
    """A column, or `properties.<key>` / `attributes.<key>` as text taken from the JSON column.

    Raises `BadInput` for an unknown column.
    """
    head, _, key = name.partition(".")
    if key and head in ("properties", "attributes") and head in columns:
        if not _KEY.match(key):
            raise BadInput(where, f"{name!r} is not a usable name of a property", "plain text without quotes", "rename the property in the export")
        path = "$." + json.dumps(key, ensure_ascii=False)
        return f"json_extract_string({head}, {literal(path)})"
    if name not in columns:
        raise unknown(where, "column", name, columns, "use a column of the table or properties.<key>")
    return f'"{name}"'


def _one(column: str, op: str, value: Any, where: str) -> str:
    values: Sequence[Any] = value if isinstance(value, list) else [value]
    if op in ("in", "not in"):
        if not values:
            return "FALSE" if op == "in" else "TRUE"
        known = [v for v in values if v is not None]
        flags, texts = [v for v in known if isinstance(v, bool)], [t for v in known if not isinstance(v, bool) for t in _spellings(v)]
        parts = [f"CAST({column} AS VARCHAR) IN ({', '.join(map(literal, texts))})"] if texts else []
        parts += [f"lower(CAST({column} AS VARCHAR)) IN ({', '.join(literal(str(v).lower()) for v in flags)})"] if flags else []  # True in a CSV
        text = "FALSE" if not parts else parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"
        if len(known) < len(values):
            text = f"({text} OR {column} IS NULL)"
        return text if op == "in" else f"(NOT coalesce({text}, FALSE))"
    if op == "is null":
        return f"{column} IS NULL" if value else f"{column} IS NOT NULL"
    if op == "!=":
        return _one(column, "not in", value, where)
    if op == "contains":
        return f"contains(lower(CAST({column} AS VARCHAR)), {literal(str(value).lower())})"
    if op == "starts":
        return f"starts_with(CAST({column} AS VARCHAR), {literal(str(value))})"
    if op in (">", ">=", "<", "<="):
        if isinstance(value, int | float) and not isinstance(value, bool):
            return f"TRY_CAST({column} AS DOUBLE) {op} {value!r}"
        return f"CAST({column} AS VARCHAR) {op} {literal(value)}"
    raise unknown(where, "operator", op, (">", ">=", "<", "<=", "!=", "contains", "starts", "in", "not in", "is null"), "correct the condition in the params")


def _spellings(value: Any) -> list[str]:
    """How a value stands in a column: a whole number also with the decimals that a column of floats gives it."""
    if isinstance(value, int | float) and float(value).is_integer():
        return [f"{int(value)}{zeros}" for zeros in ("", ".0", ".00", ".000")]
    return [str(value)]


def condition_sql(condition: Mapping[str, Any], columns: Collection[str], where: str = "where") -> str:
    """A condition {column: value | [values] | {op: value}} as SQL; all parts must hold, an empty one is TRUE.

    Raises `BadInput` for unknown columns and operators.
    """
    parts = []
    for name, wanted in condition.items():
        column = column_sql(name, columns, where)
        if isinstance(wanted, Mapping):
            parts += [_one(column, op, value, where) for op, value in wanted.items()]
        else:
            parts.append(_one(column, "in", wanted if isinstance(wanted, list) else [wanted], where))
    return " AND ".join(f"({p})" for p in parts) if parts else "TRUE"


def match_sql(match: MatchLike, columns: Collection[str], where: str = "match") -> str:
    """The condition of a `Match`, `Step` or `Exclusion`: its lists and its `where`; all given keys must hold.

    Raises `BadInput` where nothing is given, since that would match everything by oversight.
    """
    parts = []
    for name in ("event", "source", "channel", "touchpoint", "stage"):
        values = getattr(match, name, None)
        if values:
            parts.append(f'"{name}" IN ({", ".join(literal(v) for v in values)})')
    if match.where:
        parts.append(condition_sql(match.where, columns, where))
    if not parts:
        raise BadInput(where, "no condition is given", "at least one of event, source, channel, touchpoint, stage, where",
                       "name the events")
    return " AND ".join(parts)
