"""JSON exports: one object a line, a list of objects, or a list inside an envelope such as `{"data": [...]}`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..engine import file_engine, literal
from ..errors import BadInput
from .delimited import decode, read_bytes

if TYPE_CHECKING:
    from ..params.schema import Source

ENDINGS = (".jsonl", ".ndjson", ".json", ".jsonl.gz", ".ndjson.gz", ".json.gz")
_MANY_COLUMNS = 2_000  # more is no table: keys that are data


def read_records(path: Path, source: Source, where: str) -> pd.DataFrame:
    """A JSON export as a frame of text columns; nested objects become `a.b`, lists stay JSON text. Raises `BadInput`."""
    if (lines := _json_lines(path, source)) is not None:
        return lines
    rows = [flatten(row) for row in json_rows(path, source)]
    if not rows:
        return pd.DataFrame()
    names = list(dict.fromkeys(name for row in rows for name in row))
    _refuse_many(names, where)
    return pd.DataFrame({n: pd.Series([row.get(n) for row in rows], dtype="string") for n in names})


def json_rows(path: Path, source: Source) -> list[dict[str, Any]]:
    """The objects of a JSON export. Raises `BadInput` with the line that cannot be read."""
    where = f"source {source.name!r}: {path.name}"
    text = decode(read_bytes(path, where), where, source.encoding).strip()
    if not text:
        raise BadInput(where, "the file is empty", "one JSON object a line")
    rows = _whole(text, where) if text.startswith("[") else _envelope(text) or _by_line(text, where)
    if not all(isinstance(r, dict) for r in rows):
        raise BadInput(where, "holds values that are not objects", "a list of objects or one JSON object a line")
    return rows


def _whole(text: str, where: str) -> list[Any]:
    try:
        return list(json.loads(text))
    except (json.JSONDecodeError, RecursionError) as error:
        raise BadInput(where, f"not valid JSON ({error})", "a list of objects or one object a line",
                       "the file may be cut off; export it again") from None


def _envelope(text: str) -> list[Any] | None:
    """The records of `{"data": [...], "links": …}`, or the one object that the file is."""
    first, _, rest = text.partition("\n")
    if rest and first.rstrip().endswith("}"):
        return None  # one object a line
    try:
        whole = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return None
    data = whole.get("data")
    return data if isinstance(data, list) and all(isinstance(x, dict) for x in data) else [whole]


def _by_line(text: str, where: str) -> list[Any]:
    rows = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            rows.append(json.loads(line))
        except (json.JSONDecodeError, RecursionError) as error:
            raise BadInput(where, f"line {number}: not valid JSON ({getattr(error, 'msg', error)})", "one JSON object a line",
                           "the file may be cut off; export it again") from None
    return rows


def flatten(row: dict[str, Any], prefix: str = "") -> dict[str, str | None]:
    """Nested objects as `a.b` keys; lists as JSON text; scalars as text, None stays None."""
    out: dict[str, str | None] = {}
    for key, value in row.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            out.update(flatten(value, f"{name}."))
        elif isinstance(value, list):
            out[name] = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        elif isinstance(value, bool):
            out[name] = str(value).lower()
        else:
            out[name] = None if value is None else str(value)
    return out


# --- many lines, fast -------------------------------------------------------------------------------------------------


def _json_lines(path: Path, source: Source) -> pd.DataFrame | None:
    """JSON lines read by the engine, or None where the slower readers are needed (or have to tell what is wrong)."""
    import duckdb
    import pyarrow as pa

    if source.encoding or not _looks_like_lines(path):
        return None
    engine = file_engine()
    rows = f"read_ndjson_objects({literal(str(path))})"
    try:
        structure = json.loads(engine.scalar(f"SELECT json_group_structure(json) FROM {rows}") or "null")
        if not isinstance(structure, dict) or isinstance(structure.get("data"), list):
            return None
        leaves = _leaves(structure)
        _refuse_many([n for n, _ in leaves], f"source {source.name!r}: {path.name}")
        paths = ", ".join(literal(p) for _, p in leaves)
        names = {n: i for i, (n, _) in reversed(list(enumerate(leaves, start=1)))}
        columns = ", ".join(f'v[{i}] AS "c{i}"' for i in names.values())
        table = engine.table(f"SELECT {columns} FROM (SELECT json_extract_string(json, [{paths}]) AS v FROM {rows})")
    except (duckdb.Error, ValueError):
        return None
    finally:
        engine.close()
    frame: pd.DataFrame = table.to_pandas(types_mapper={pa.string(): pd.StringDtype()}.get)
    return frame.set_axis(list(names), axis=1)[list(dict.fromkeys(n for n, _ in leaves))]


def _looks_like_lines(path: Path) -> bool:
    if path.suffix == ".gz":
        return path.name.lower().endswith((".jsonl.gz", ".ndjson.gz"))
    with path.open("rb") as file:
        first = file.readline(1 << 20).strip()
    return first.startswith(b"{") and first.endswith(b"}")


def _leaves(structure: dict[str, Any], name: str = "", path: str = "$") -> list[tuple[str, str]]:
    out: list[tuple[str, str]] = []
    for key, kind in structure.items():
        # DuckDB quotes a key in a path by double quotes and knows no escape for them
        if '"' in key:
            raise ValueError(key)
        here = f'{path}."{key}"'
        out += _leaves(kind, f"{name}{key}.", here) if isinstance(kind, dict) and kind else [(f"{name}{key}", here)]
    return out


def _refuse_many(names: list[str], where: str) -> None:
    if len(names) > _MANY_COLUMNS:
        raise BadInput(where, f"the objects have {len(names):,} different keys, e.g. {names[-1][:60]!r}", f"at most {_MANY_COLUMNS:,}",
                       "keys that are values (ids, dates) cannot be columns; reshape the export")
