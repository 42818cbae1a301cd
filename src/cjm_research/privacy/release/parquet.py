"""The texts of a Parquet file: names of columns, what is noted beside the schema, and every distinct text of its columns."""

from __future__ import annotations

import io
from collections.abc import Iterator


def parquet_texts(raw: bytes, long_number: int) -> Iterator[tuple[str, str]]:
    """(where, text) of a Parquet file; whole numbers of `long_number` digits or more are texts, too."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = pq.ParquetFile(io.BytesIO(raw))
    for key, value in (file.schema_arrow.metadata or {}).items():
        if key != b"ARROW:schema":  # the schema once more, packed
            yield f"metadata {key.decode('utf-8', 'replace')}", value.decode("utf-8", "replace")
    table = file.read()
    for name in table.column_names:
        yield "a column's name", name
        column = table[name]
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if pa.types.is_floating(column.type):
            continue
        for value in column.unique().to_pylist():
            if value is None or isinstance(value, bool) or (isinstance(value, int) and len(str(abs(value))) < long_number):
                continue
            yield f"column {name}", value if isinstance(value, str) else str(value)
