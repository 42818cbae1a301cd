"""What readers make of columns: canonical frames, JSON of properties, ids of events, pairs of keys of one person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from ...engine import file_engine, literal
from ...errors import unknown
from ...tables import TABLES
from ..contract import KEY_COLUMNS
from .times import UTC

if TYPE_CHECKING:
    import pyarrow as pa

_JOINED = 200  # columns that one query joins
_DTYPES = {"text": "string", "json": "string", "integer": "Int64", "number": "Float64", "boolean": "boolean", "time": UTC}


def canonical(name: str, columns: Mapping[str, pd.Series | str | float | bool | None], index: pd.Index) -> pd.DataFrame:
    """A frame of a canonical table from columns; text constants fill a column; None leaves it out."""
    types = {c.name: _DTYPES[c.type] for c in TABLES[name].columns} | dict.fromkeys(KEY_COLUMNS, "string")
    data = {}
    for column, values in columns.items():
        if column not in types:
            raise unknown(f"table {name}", "column", column, types, "correct the reader")
        if values is not None:
            series = values if isinstance(values, pd.Series) else pd.Series(values, index=index)
            data[column] = series.astype(types[column])  # type: ignore[call-overload]
    return pd.DataFrame(data, index=index).reset_index(drop=True)


def same_person(keys: Sequence[tuple[str, pd.Series]], reason: str) -> pd.DataFrame | None:
    """Pairs of keys that stand in one row, each pair once; None where there is none."""
    pairs = []
    for i, (type_a, a) in enumerate(keys):
        for type_b, b in keys[i + 1:]:
            both = pd.DataFrame({"key_a": a, "key_b": b}).dropna().drop_duplicates()
            pairs.append(both.assign(key_type_a=type_a, key_type_b=type_b, reason=reason))
    return joined_pairs(pairs)


def joined_pairs(pairs: Sequence[pd.DataFrame]) -> pd.DataFrame | None:
    """Frames of pairs as one; None where there is none."""
    found = pd.concat(pairs, ignore_index=True) if pairs else pd.DataFrame()
    return found[["key_type_a", "key_a", "key_type_b", "key_b", "reason"]].astype("string") if len(found) else None


def json_object(frame: pd.DataFrame, columns: Mapping[str, str]) -> pd.Series:
    """Columns as one compact JSON object a row: sorted keys, no nulls; missing where nothing is left."""
    import pyarrow as pa

    if not columns or not len(frame):
        return pd.Series(pd.NA, index=frame.index, dtype="string")
    order = sorted(columns.items())
    # the database takes the square of the columns that one query joins
    members = pa.table({f"j{n}": _members(frame, order[at:at + _JOINED]) for n, at in enumerate(range(0, len(order), _JOINED))})
    engine = file_engine()
    engine.register("rows", members)
    made = engine.table(f"SELECT CASE WHEN length(j) > 0 THEN '{{' || j || '}}' END AS j FROM (SELECT concat_ws(',', {', '.join(members.column_names)}) AS j FROM rows)")
    engine.close()
    return made.to_pandas(types_mapper={made.schema.types[0]: pd.StringDtype()}.get)["j"].set_axis(frame.index)


def member_sql(name: str, value: str, kind: str) -> str:
    """SQL of one member of an object, empty where the value is blank or no number; "" for a kind that is none of text, number, integer and boolean."""
    import json

    shown = {"text": f"nullif(trim({value}), '')", "number": f"CASE WHEN isfinite({value}) THEN {value} END", "integer": value, "boolean": value}.get(kind)
    return f"{literal(json.dumps(name, ensure_ascii=False) + ':')} || to_json({shown})" if shown else ""


def _members(frame: pd.DataFrame, order: Sequence[tuple[str, str]]) -> pa.ChunkedArray:
    """Members of each row's object, joined by commas; missing where there are none."""
    import pyarrow as pa

    arrow = pa.table({f"c{i}": pa.Array.from_pandas(frame[c]) for i, (_, c) in enumerate(order)})
    parts = []
    for i, (name, _) in enumerate(order):
        kind = arrow.schema.types[i]
        parts.append(member_sql(name, f"c{i}", "text" if pa.types.is_string(kind) or pa.types.is_large_string(kind) else "number" if pa.types.is_floating(kind) else "integer"))
    engine = file_engine()
    engine.register("rows", arrow)
    made = engine.table(f"SELECT nullif(concat_ws(',', {', '.join(parts)}), '') AS j FROM rows")
    engine.close()
    return made["j"]


def event_ids(parts: pd.DataFrame, source: str) -> pd.Series:
    """Ids from the content of rows: equal exports give equal ids in whatever order their rows stand.

    Identical rows are told apart by their number among their like.
    """
    import pyarrow as pa

    if not len(parts):
        return pd.Series(pd.NA, index=parts.index, dtype="string")
    columns = sorted(parts.columns)
    arrow = pa.table({f"c{i}": pa.Array.from_pandas(parts[c]) for i, c in enumerate(columns)})
    texts = ", ".join(f"coalesce(CAST(c{i} AS VARCHAR), chr(30))" for i in range(len(columns)))
    engine = file_engine()
    engine.register("rows", arrow)
    made = engine.table(f"SELECT md5(concat_ws(chr(31), {literal(source)}, {texts})) AS id FROM rows")
    engine.close()
    ids = made.to_pandas(types_mapper={made.schema.types[0]: pd.StringDtype()}.get)["id"].set_axis(parts.index)
    repeated = ids.duplicated(keep=False)
    if repeated.any():
        again = ids[repeated]
        number = again.groupby(again).cumcount()
        ids[repeated] = again + ("-" + (number + 1).astype("string")).mask(number == 0, "")
    return ids
