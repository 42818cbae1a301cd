"""JSON exports: one object a line, a list of objects, or a list inside an envelope such as `{"data": [...]}`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ...engine import file_engine, literal
from ...errors import BadInput
from ...shapes import Json
from ..limits import FREE, check_gzip, is_gzip
from .containers import first_bytes, refuse_other_formats
from .delimited import decode, read_bytes

if TYPE_CHECKING:
    from ...params.schema import Source

ENDINGS = (".jsonl", ".ndjson", ".json", ".jsonl.gz", ".ndjson.gz", ".json.gz")
_MANY_COLUMNS = 2_000  # more is no table: keys that are data
_MANY_CELLS = 20_000_000  # so many are looked at: where most are empty, keys are data too
_MOST_DEEP = 60  # objects in objects
_HALF = re.compile(r"\\u[dD][89a-fA-F]")  # an escape that may be half a character


def read_records(path: Path, source: Source, where: str) -> pd.DataFrame:
    """A JSON export as a frame of text columns; nested objects become `a.b`, lists stay JSON text. Raises `BadInput`."""
    refuse_other_formats(first_bytes(path) if not is_gzip(path) else b"", where, path, path.name)
    if (lines := _json_lines(path, source)) is not None:
        return lines
    try:
        rows = [flatten(row) for row in json_rows(path, source)]
    except RecursionError:
        raise _too_deep(where) from None
    if not rows:
        return pd.DataFrame()
    names = list(dict.fromkeys(name for row in rows for name in row))
    _refuse_many(names, where)
    refuse_sparse(len(names), len(rows), sum(map(len, rows)), where)
    return pd.DataFrame({n: pd.Series([row.get(n) for row in rows], dtype="string") for n in names})


def json_rows(path: Path, source: Source) -> list[Json]:
    """The objects of a JSON export. Raises `BadInput` with the line that cannot be read."""
    where = f"source {source.name!r}: {path.name}"
    text = decode(read_bytes(path, where), where, source.encoding).strip()
    if not text:
        raise BadInput(where, "the file is empty", "one JSON object a line", "export it again")
    rows = _whole(text, where) if text.startswith("[") else _envelope(text, where) or _by_line(text, where)
    if (odd := next((r for r in rows if not isinstance(r, dict)), None)) is not None or not all(isinstance(r, dict) for r in rows):
        raise BadInput(where, f"it holds values that are not objects, e.g. {str(odd)[:40]!r}", "a list of objects or one JSON object a line",
                       "export records with named fields")
    if _HALF.search(text):
        for number, row in enumerate(rows, 1):
            _refuse_halves(row, f"{where}, record {number}")
    return rows


def load_json(text: str, where: str) -> Any:
    """The value of a JSON text. Raises `BadInput` for what is no JSON, nested too deep or holds endless numbers."""
    try:
        return json.loads(text)
    except RecursionError:
        raise _too_deep(where) from None
    except json.JSONDecodeError as error:
        raise BadInput(where, f"not valid JSON ({error.msg}, line {error.lineno}, column {error.colno})", "a list of objects or one JSON object a line",
                       "the file may be cut off; export it again") from None
    except ValueError:
        longest = max((len(m[0]) for m in re.finditer(r"\d+", text)), default=0)
        raise BadInput(where, f"a number of {longest:,} digits", "numbers of at most 4,300 digits", "write long ids as text, in quotes") from None


def _too_deep(where: str) -> BadInput:
    return BadInput(where, "objects or lists are nested too deep", f"at most {_MOST_DEEP} levels", "flatten the export")


def _refuse_halves(row: Any, where: str) -> None:
    try:
        json.dumps(row, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        half = error.object[error.start: error.start + 1].encode("unicode_escape").decode()
        raise BadInput(where, f"half a character, {half} (half an emoji, for instance)", "whole characters",
                       "the program that wrote the file cut a text in the middle of a character; export it again, or cut elsewhere") from None


def refuse_sparse(columns: int, rows: int, filled: int, where: str) -> None:
    """Raise `BadInput` where nearly all cells of a huge table would be empty."""
    if columns * rows > _MANY_CELLS and filled * 50 < columns * rows:
        raise BadInput(where, f"{columns:,} different keys in {rows:,} records, nearly all of them in few records", "records with the same keys",
                       "keys that are values (ids, dates) cannot be columns; reshape the export")


def _whole(text: str, where: str) -> list[Any]:
    return list(load_json(text, where))


def _envelope(text: str, where: str) -> list[Any] | None:
    """The records of `{"data": [...], "links": …}`, or the one object that the file is."""
    first, _, rest = text.partition("\n")
    if rest and first.rstrip().endswith("}"):
        return None  # one object a line
    try:
        whole = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return None
    except ValueError:
        whole = load_json(text, where)  # tells it
    if not isinstance(whole, dict):
        raise BadInput(where, f"the file is one value, {str(whole)[:40]!r}", "a list of objects or one JSON object a line", "export records with named fields")
    data = whole.get("data")
    return data if isinstance(data, list) and all(isinstance(x, dict) for x in data) else [whole]


def _by_line(text: str, where: str) -> list[Any]:
    rows = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            rows.append(json.loads(line))
        except RecursionError:
            raise _too_deep(f"{where}, line {number}") from None
        except json.JSONDecodeError as error:
            raise BadInput(where, f"line {number}: not valid JSON ({error.msg})", "one JSON object a line",
                           "the file may be cut off; export it again") from None
        except ValueError:
            load_json(line, f"{where}, line {number}")  # tells it
    return rows


def flatten(row: Json, prefix: str = "", depth: int = 0) -> dict[str, str | None]:
    """Nested objects as `a.b` keys; lists as JSON text; scalars as text, None stays None. Raises `RecursionError` beyond `_MOST_DEEP`."""
    if depth > _MOST_DEEP:
        raise RecursionError
    out: dict[str, str | None] = {}
    for key, value in row.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            out.update(flatten(value, f"{name}.", depth + 1))
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

    if source.encoding or not looks_like_lines(path):
        return None
    check_gzip(path, f"source {source.name!r}: {path.name}")
    engine = file_engine()
    rows = f"read_ndjson_objects({literal(str(path))})"
    try:
        structure = json.loads(engine.scalar(f"SELECT json_group_structure(json) FROM {rows}") or "null")
        if not isinstance(structure, dict) or isinstance(structure.get("data"), list):
            return None
        leaves = leaves_of(structure)
        _refuse_many([n for n, _ in leaves], f"source {source.name!r}: {path.name}")
        paths = ", ".join(literal(p) for _, p in leaves)
        if path.stat().st_size < FREE and len(leaves) > 50:
            count = int(engine.scalar(f"SELECT count(*) FROM {rows}"))
            if len(leaves) * count > _MANY_CELLS:
                return None  # the other reader counts what is filled
        names = {n: i for i, (n, _) in reversed(list(enumerate(leaves, start=1)))}
        columns = ", ".join(f'v[{i}] AS "c{i}"' for i in names.values())
        table = engine.table(f"SELECT {columns} FROM (SELECT json_extract_string(json, [{paths}]) AS v FROM {rows})")
    except (duckdb.Error, ValueError):
        return None
    finally:
        engine.close()
    frame: pd.DataFrame = table.to_pandas(types_mapper={pa.string(): pd.StringDtype()}.get)
    return frame.set_axis(list(names), axis=1)[list(dict.fromkeys(n for n, _ in leaves))]


def looks_like_lines(path: Path) -> bool:
    """Whether a file holds one object a line, by its name and first line."""
    if path.suffix == ".gz":
        return path.name.lower().endswith((".jsonl.gz", ".ndjson.gz"))
    with path.open("rb") as file:
        first = file.readline(1 << 20).strip()
    return first.startswith(b"{") and first.endswith(b"}")


def leaves_of(structure: Json, name: str = "", path: str = "$") -> list[tuple[str, str]]:
    """(name, path) of what a structure of objects holds at last. Raises `ValueError` for keys that no path can name."""
    out: list[tuple[str, str]] = []
    for key, kind in structure.items():
        # DuckDB quotes a key in a path by double quotes and knows no escape for them
        if '"' in key:
            raise ValueError(key)
        here = f'{path}."{key}"'
        out += leaves_of(kind, f"{name}{key}.", here) if isinstance(kind, dict) and kind else [(f"{name}{key}", here)]
    return out


def _refuse_many(names: list[str], where: str) -> None:
    if len(names) > _MANY_COLUMNS:
        raise BadInput(where, f"the objects have {len(names):,} different keys, e.g. {names[-1][:60]!r}", f"at most {_MANY_COLUMNS:,}",
                       "keys that are values (ids, dates) cannot be columns; reshape the export")
