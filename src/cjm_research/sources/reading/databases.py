"""A SQLite database as a source: one table, or what one SELECT gives, as a frame of text.

The file lies in the raw folder like any export, so that a report runs again without the system it came from. It is opened for reading only, and SQLite
itself refuses whatever is no reading.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pandas as pd

from ...errors import BadInput, unknown
from ..limits import check_elements, check_unpacked
from .containers import first_bytes
from .delimited import unique_headers

if TYPE_CHECKING:
    from ...params.schema import Source
    from ..contract import ImportReport

MAGIC = b"SQLite format 3\x00"
_MOST_CELLS = 50_000_000  # of one table or answer: it is laid out in memory
_MOST_STEPS = 5_000_000_000  # of SQLite's machine, about a minute; a join that forgets its condition takes more
_FREE_STEPS, _STEPS_A_BYTE = 300_000_000, 2_000  # a small file has little to read: a few seconds, and so many for each of its bytes
_EVERY = 100_000  # steps between two counts
_MOST_BYTES = 256 << 20  # of one cell
_INSIDE = ("sqlite_", "android_metadata")  # names of the database's own tables
_READS = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
_NO_FUNCTIONS = {"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer"}


def is_database(path: Path) -> bool:
    """Whether a file is a SQLite database by its first bytes, whatever its name."""
    return first_bytes(path).startswith(MAGIC)


def tables_of(path: Path, where: str) -> dict[str, int]:
    """The database's tables and views by name, each with its rows. Raises `BadInput` for a file that is damaged."""
    with _opened(path, where) as database:
        names = [r[0] for r in database.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name") if not str(r[0]).startswith(_INSIDE)]
        return {n: int(database.execute(f"SELECT count(*) FROM {quoted(n)}").fetchone()[0]) for n in names}


def read_database(path: Path, source: Source, report: ImportReport, where: str, most_rows: int | None = None) -> pd.DataFrame:
    """The table that `settings.table` names, what `settings.query` gives, or the only table with rows; every value as text, binary columns left out.

    A table is read in the order in which its rows lie, a query in its own. Raises `BadInput` where neither says what is meant, and for a
    statement that does more than read, that fails, or that takes more steps than a reading does.
    """
    query, table = source.settings.get("query"), source.settings.get("table")
    if query is not None and table is not None:
        raise BadInput(f"{where}: settings", "both table and query are given", "settings.table or settings.query, alone", "leave one of the two out")
    if query is None:
        table = _chosen(tables_of(path, where), table, where)
        query = f"SELECT * FROM {quoted(table)}"
    elif not re.match(r"\s*(?:--[^\n]*\n\s*)*(?:SELECT|WITH)\b", query, re.I):
        raise BadInput(f"{where}: settings.query", f"{query.strip()[:60]!r} is no SELECT", "one SELECT", "write the rows that are wanted as one SELECT")
    with _opened(path, where) as database:
        cursor = database.execute(query)
        if cursor.description is None:
            raise BadInput(f"{where}: settings.query", "it gives no rows", "one SELECT", "write the rows that are wanted as one SELECT")
        names = [str(d[0]) for d in cursor.description]
        rows: list[tuple[Any, ...]] = []
        size, letters = path.stat().st_size, 0
        while part := cursor.fetchmany(min(10_000, most_rows - len(rows)) if most_rows else 10_000):
            rows += part
            letters += sum(len(v) for row in part for v in row if isinstance(v, str | bytes))
            check_elements(len(rows) * len(names), size, where)  # a query can make rows of nothing, as a packed file can
            check_unpacked(letters, size, where)
            if len(rows) * len(names) > _MOST_CELLS:
                raise BadInput(where, f"more than {_MOST_CELLS:,} cells", f"at most {_MOST_CELLS:,} of one table or query", "name fewer columns, or fewer rows, in settings.query")
            if most_rows and len(rows) >= most_rows:
                break
    report.notes.append(f"{path.name}: {f'table {table!r}' if table is not None else 'the rows of settings.query'}")
    columns = unique_headers(names, report)
    binary = [c for i, c in enumerate(columns) if any(isinstance(r[i], bytes) for r in rows)]
    if binary:
        report.notes.append(f"{path.name}: columns that hold binary data are left out: {', '.join(binary)}")
    return pd.DataFrame({c: pd.array([as_text(r[i]) for r in rows], dtype="string") for i, c in enumerate(columns) if c not in binary})


def _chosen(tables: dict[str, int], wanted: str | None, where: str) -> str:
    if wanted is not None:
        if wanted not in tables:
            raise unknown(f"{where}: settings.table", "table", wanted, tables, "correct settings.table")
        return wanted
    full = [n for n, rows in tables.items() if rows] or list(tables)
    if len(full) != 1:
        listed = ", ".join(f"{n} ({tables[n]:,} rows)" for n in full[:12]) + (" …" if len(full) > 12 else "")
        raise BadInput(where, f"a database with several tables: {listed}" if full else "a database without tables", "one table a source",
                       "set `settings: {table: …}`, or `settings: {query: SELECT …}` for columns of several" if full else "export it again")
    return full[0]


@contextmanager
def _opened(path: Path, where: str) -> Iterator[sqlite3.Connection]:
    """The database, for reading only. Whatever fails within is told in words."""
    log = path.with_name(path.name + "-wal")
    if log.is_file() and log.stat().st_size:
        raise BadInput(where, f"{log.name} lies beside it: a program was still writing", "a database that is closed", "close the program, or copy the database with VACUUM INTO")
    steps, most = 0, min(_MOST_STEPS, _FREE_STEPS + _STEPS_A_BYTE * path.stat().st_size)

    def counted() -> int:
        nonlocal steps
        steps += _EVERY
        return int(steps > most)

    try:
        with closing(sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1", uri=True)) as database:
            database.execute("PRAGMA query_only = on")
            database.execute("PRAGMA trusted_schema = off")
            database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_BYTES)
            database.set_authorizer(only_reading)
            database.set_progress_handler(counted, _EVERY)
            yield database
    except (sqlite3.Error, sqlite3.Warning, OverflowError) as error:
        said = str(error).splitlines()[0][:160] if str(error) else "damaged"
        if "interrupted" in said:
            raise BadInput(f"{where}: settings.query", "it takes more steps than reading does", f"at most {most:,} steps for a file of its size", "join the tables by their keys, or name fewer rows") from None
        if "not authorized" in said or "prohibited" in said or "one statement" in said or "readonly" in said:
            raise BadInput(f"{where}: settings.query", f"it does more than read ({said})", "one SELECT", "take out whatever changes or opens something") from None
        raise BadInput(where, f"SQLite cannot read it ({said})", "an intact database, and names that it has", "correct settings.table or settings.query, copy the database again, or export the table as CSV") from None


def only_reading(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    """Whether SQLite may do a thing: it may read, and call functions that open nothing."""
    if action not in _READS or (action == sqlite3.SQLITE_FUNCTION and str(second).lower() in _NO_FUNCTIONS):
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


def as_text(value: Any) -> str | None:
    """A cell as text; nothing of a missing or binary one."""
    return None if value is None or isinstance(value, bytes) else value if isinstance(value, str) else repr(value)


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'
