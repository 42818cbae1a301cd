"""A SQLite database of a running program: opened for reading only, all tables in one transaction, every value as text."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ...errors import BadInput, unknown
from ...files.names import file_name
from ...params.schema import Source
from ...sources.reading.databases import as_text, only_reading, quoted
from .model import MOST_BYTES, Read, check_names, rewritten, the_select

_EVERY = 100_000  # steps of SQLite's machine between two looks at the clock
_ROWS = 50_000  # written at once


def fetch_sqlite(path: Path, sources: Sequence[Source], scratch: Path, where: str) -> dict[str, Read]:
    """The rows of every source, by its name, all of one transaction. Raises `BadInput`."""
    if not path.is_file():  # the path is part of the URL, so it is not shown
        raise BadInput(where, "there is no file where the URL points to", "the absolute path of a SQLite database: sqlite:////path/to/file.db", "correct the variable")
    found, ends, at = {}, [0.0], where
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None, timeout=10)) as database:
            database.execute("PRAGMA query_only = on")
            database.execute("PRAGMA trusted_schema = off")
            database.execute("BEGIN")
            names = [str(r[0]) for r in database.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name")]
            began = time.time()  # of the snapshot: the first read takes it
            database.set_authorizer(only_reading)
            database.set_progress_handler(lambda: int(time.monotonic() > ends[0]), _EVERY)
            for source in sources:
                assert source.database is not None
                at, ends[0] = f"source {source.name!r}: database", time.monotonic() + source.database.timeout_s
                query = the_select(source.database, at)
                if query is None and source.database.table not in names:
                    raise unknown(f"{at}.table", "table", str(source.database.table), names, "correct database.table")
                found[source.name] = _read(database, query or f"SELECT * FROM {quoted(str(source.database.table))}", scratch / file_name(source.name, ".parquet"), at, began)
    except (sqlite3.Error, sqlite3.Warning, OverflowError) as error:
        raise _told(error, at, sources) from None
    return found


def _read(database: sqlite3.Connection, query: str, target: Path, where: str, began: float) -> Read:
    import pyarrow as pa
    import pyarrow.parquet as pq

    cursor = database.execute(query)
    names = [str(d[0]) for d in cursor.description or ()]
    check_names(names, where)
    types: dict[str, set[str]] = {n: set() for n in names}
    schema, rows, first = pa.schema([(n, pa.string()) for n in names]), 0, target.with_suffix(".first")
    with pq.ParquetWriter(first, schema) as writer:
        while part := cursor.fetchmany(_ROWS):
            columns: list[Sequence[Any]] = list(zip(*part, strict=True))
            for name, cells in zip(names, columns, strict=True):
                types[name] |= {type(c).__name__ for c in cells if c is not None}
            writer.write_table(pa.table([pa.array(map(as_text, cells), pa.string()) for cells in columns], schema=schema))
            rows += len(part)
            if first.stat().st_size > MOST_BYTES:
                raise BadInput(where, f"more than {MOST_BYTES >> 30} GiB", f"at most {MOST_BYTES >> 30} GiB, packed", "name fewer columns, or fewer rows, in database.query")
    binary = [n for n in names if "bytes" in types[n]]
    check_names([n for n in names if n not in binary], where)
    rewritten(first, target, {}, binary)
    notes = [f"columns that hold binary data are left out: {', '.join(binary)}"] if binary else []
    words = {"str": "text", "int": "integer", "float": "real", "bytes": "blob"}
    return Read(target, f"SQLite {sqlite3.sqlite_version}", query, began, rows, {n: ", ".join(sorted(words[t] for t in types[n])) or "null" for n in names}, notes)


def _told(error: Exception, where: str, sources: Sequence[Source]) -> BadInput:
    said = str(error).splitlines()[0][:160] if str(error) else "damaged"
    if "interrupted" in said:
        return BadInput(where, "reading took longer than database.timeout_s", f"{', '.join(f'{s.database.timeout_s:g} s' for s in sources if s.database and f'{s.name!r}' in where)}",
                        "join the tables by their keys, name fewer rows, or raise timeout_s")
    if any(word in said for word in ("not authorized", "prohibited", "one statement", "readonly")):
        return BadInput(f"{where}.query", f"it does more than read ({said})", "one SELECT", "take out whatever changes or opens something")
    if "locked" in said or "busy" in said:
        return BadInput(where, "another program holds the database locked", "a database that can be read", "run cjm fetch again when the program has written")
    if "unable to open" in said or "not a database" in said or "malformed" in said:
        return BadInput(where, "SQLite cannot read the file where the URL points to", "an intact SQLite database", "correct the variable")
    return BadInput(where, f"SQLite cannot answer ({said})", "a SELECT with names that the database has", "correct database.query")
