"""Parquet files of exports as frames: types kept, nested values flattened as in JSON, bytes and bombs refused in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ...engine import file_engine, literal
from ...errors import BadInput
from ..contract import ImportReport
from ..limits import check_unpacked
from .containers import first_bytes, refuse_other_formats
from .delimited import unique_headers

if TYPE_CHECKING:
    import pyarrow as pa

MAGIC = b"PAR1"
_MOST_COLUMNS = 10_000


def check_parquet(path: Path, where: str) -> None:
    """Raise `BadInput` for what is no Parquet file, and for one that unpacks to more than the limits allow."""
    import duckdb
    import pyarrow as pa
    import pyarrow.parquet as pq

    head = first_bytes(path)
    if not head.startswith(MAGIC):
        refuse_other_formats(head, where, path, path.name, "Parquet under this name")
        raise BadInput(where, f"not a readable Parquet file (it begins with {head[:8]!r})", "Parquet under this name", "give it the ending of its format, or export it again")
    try:
        file = pq.ParquetFile(path)
        meta, schema = file.metadata, file.schema_arrow
        packed = path.stat().st_size
        cells = meta.num_rows * meta.num_columns
        check_unpacked(cells, packed, where)  # one bit and more each
        if meta.num_columns > _MOST_COLUMNS:
            raise BadInput(where, f"{meta.num_columns:,} columns", f"at most {_MOST_COLUMNS:,}", "reshape the export: one row an event, answer or unit")
        texts = [f.name for f in schema if pa.types.is_string(f.type) or pa.types.is_large_string(f.type) or pa.types.is_binary(f.type) or pa.types.is_large_binary(f.type)]
        if texts and len(set(schema.names)) == len(schema.names) and meta.num_rows:
            # texts that repeat are packed once, whatever their length: their true size is counted before they are unpacked
            engine = file_engine()
            # of text the bytes are counted as they lie; as binary every value would be copied. Casts, since DuckDB may read as text what Arrow calls binary
            binary = {f.name for f in schema if pa.types.is_binary(f.type) or pa.types.is_large_binary(f.type)}
            sums = " + ".join(f"coalesce(sum({f'octet_length({_quoted(n)}::BLOB)' if n in binary else f'strlen({_quoted(n)}::VARCHAR)'}), 0)" for n in texts)
            try:
                size = int(engine.scalar(f"SELECT {sums} FROM read_parquet({literal(str(path))})"))
            except duckdb.Error:
                size = 0  # what DuckDB cannot read is told by the reader
            finally:
                engine.close()
            check_unpacked(size, packed, where)
    except (pa.ArrowException, OSError) as error:
        raise BadInput(where, f"not a readable Parquet file ({(str(error).splitlines() or ['damaged'])[0]})", "an intact Parquet file", "export it again") from None


def read_parquet(path: Path, report: ImportReport, where: str) -> pd.DataFrame:
    """The file as a frame; structures become `a.b`, lists JSON text, and a repeated column is renamed as in delimited text. Raises `BadInput`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    check_parquet(path, where)
    # nullable types: an integer column with gaps must not turn into floats
    types = {pa.string(): pd.StringDtype(), pa.large_string(): pd.StringDtype(), pa.bool_(): pd.BooleanDtype(),
             pa.int8(): pd.Int64Dtype(), pa.int16(): pd.Int64Dtype(), pa.int32(): pd.Int64Dtype(), pa.int64(): pd.Int64Dtype()}
    try:
        table = pq.ParquetFile(path).read()
        for _ in range(50):
            if not any(pa.types.is_struct(t) for t in table.schema.types):
                break
            table = table.flatten()
        table = table.rename_columns(unique_headers(table.column_names, report))
        if table.num_columns:  # all at once: a table that is changed column by column is copied each time
            table = pa.table([_plain(table.column(i), field, where) for i, field in enumerate(table.schema)], names=table.column_names)
        return table.to_pandas(types_mapper=types.get)
    except (pa.ArrowException, OSError) as error:
        raise BadInput(where, f"not a readable Parquet file ({(str(error).splitlines() or ['damaged'])[0]})", "an intact Parquet file", "export it again") from None


_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896  # 0001-01-01 and 9999-12-31, in days since 1970


def _plain(column: pa.ChunkedArray, field: pa.Field, where: str) -> pa.ChunkedArray:
    """A column that tables can hold: bytes as the text they are, lists and maps as JSON text. Raises `BadInput`."""
    import pyarrow as pa

    kind = field.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        try:
            return column.cast(pa.large_binary()).cast(pa.large_string())
        except pa.ArrowInvalid:
            raise BadInput(where, f"the column {field.name!r} holds bytes that are no UTF-8 text", "text, numbers, times",
                           "leave the column out of the export, or write it as text (e.g. as hexadecimal digits)") from None
    if pa.types.is_nested(kind):
        texts = [None if v is None else json.dumps(v, ensure_ascii=False, separators=(",", ":"), default=_text) for v in column.to_pylist()]
        return pa.chunked_array([pa.array(texts, pa.large_string())])
    if pa.types.is_date(kind) and len(column):
        import pyarrow.compute as pc

        bounds = pc.min_max(column.cast(pa.int32() if pa.types.is_date32(kind) else pa.int64())).as_py()
        day = 1 if pa.types.is_date32(kind) else 86_400_000
        if bounds["min"] is not None and not _FIRST_DAY * day <= bounds["min"] <= bounds["max"] < (_LAST_DAY + 1) * day:
            raise BadInput(where, f"the column {field.name!r} holds a day before the year 1 or after the year 9999", "dates of the years 1 to 9999",
                           "export it again, with empty cells where a date is not known")
    if pa.types.is_null(kind):
        return column.cast(pa.large_string())
    return column


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
