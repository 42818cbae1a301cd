"""What reading a table or query gives, and the steps that both databases share: rows written bit by bit, then given the types they can have."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import BadInput
from ...params.schema import Database

if TYPE_CHECKING:
    import pyarrow as pa

MOST_COLUMNS = 2_000
MOST_BYTES = 8 << 30  # of one table, packed: what is beyond belongs into the engine that it lies in (docs/spark.md)
_SELECT = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*(?:SELECT|WITH)\b", re.I | re.S)


@dataclass(frozen=True)
class Read:
    """Rows as Parquet. at: when the snapshot was taken, in seconds since 1970; columns: name → type in the database; sent: the statement."""

    path: Path
    system: str
    sent: str
    at: float
    rows: int
    columns: Mapping[str, str]
    notes: list[str] = field(default_factory=list)


def the_select(database: Database, where: str) -> str | None:
    """The query without what ends it; None where a table is asked for. Raises `BadInput` for what is no SELECT."""
    if database.query is None:
        return None
    if not _SELECT.match(database.query):
        raise BadInput(f"{where}.query", f"{' '.join(database.query.split())[:60]!r} is no SELECT", "one SELECT", "write the rows that are wanted as one SELECT")
    return database.query.strip().rstrip(";").rstrip()


def check_names(names: Sequence[str], where: str) -> None:
    """Raise `BadInput` for answers without columns, with very many, and with two of one name."""
    if not names:
        raise BadInput(where, "it gives no columns", "a SELECT of one column and more", "name the columns that are wanted")
    if len(names) > MOST_COLUMNS:
        raise BadInput(where, f"{len(names):,} columns", f"at most {MOST_COLUMNS:,}", "name those that are wanted in database.query")
    if twice := sorted({n for n in names if names.count(n) > 1}):
        raise BadInput(where, f"several columns have the name {', '.join(map(repr, twice[:5]))}", "names that differ", "give them names in database.query: SELECT a.id AS order_id, b.id AS item_id …")


def rewritten(source: Path, target: Path, changes: Mapping[str, Callable[[pa.Array], pa.Array]], left_out: Sequence[str]) -> None:
    """A Parquet file written again, row group by row group, with columns changed or left out."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    file, writer = pq.ParquetFile(source), None
    names = [n for n in file.schema_arrow.names if n not in left_out]
    try:
        for i in range(max(file.num_row_groups, 1)):
            part = file.read_row_group(i, columns=names) if file.num_row_groups else file.schema_arrow.empty_table().select(names)
            columns = [changes[n](part.column(n).combine_chunks()) if n in changes else part.column(n) for n in names]
            table = pa.table(columns, names=names)
            writer = writer or pq.ParquetWriter(target, table.schema, compression="zstd")
            writer.write_table(table)
    finally:
        if writer:
            writer.close()
    source.unlink()
