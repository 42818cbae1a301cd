"""PostgreSQL through ADBC: one read-only transaction for all tables, with a timeout; each column in a type that exports can have.

libpq repeats parts of a URL in its messages ('missing "=" after "postgresql:/user:password@…"'), and the server repeats values of cells. Neither is
shown: connecting is told in our words, and of the server's words only those about names and syntax.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from ...errors import BadInput, unknown
from ...files.names import file_name
from ...params.schema import Database, Source
from ...sources.reading.databases import quoted
from .columns import Column, columns_of, final, fitting
from .model import MOST_BYTES, Read, check_names, rewritten, the_select

if TYPE_CHECKING:
    import pyarrow as pa

_CONNECTING = (  # what libpq says, what we say, what to do
    (("password authentication failed", "no password supplied", "role \""), "the server refuses the user or the password", "correct user and password in the variable"),
    (("could not translate host name", "Name or service not known"), "the URL's host is not known", "correct the host in the variable, or connect to its network"),
    (("Connection refused", "No such file or directory"), "nothing answers at the URL's host and port", "correct host and port in the variable, or start the server"),
    (("timeout expired", "timed out", "Network is unreachable", "No route to host"), "the URL's host does not answer", "connect to its network, or correct host and port in the variable"),
    (("no pg_hba.conf entry",), "the server does not admit this user from here", "ask who runs the server, or correct user and database in the variable"),
    (("SSL", "certificate"), "server and URL do not agree about encryption", "set sslmode in the URL as the server wants it"),
    (("\" does not exist",), "the server has no such database, or no such user", "correct the database in the variable"),
    (("missing \"=\"", "invalid", "URI"), "the URL is not written as PostgreSQL reads it", "correct the variable; in user and password write @ : / ? # % as %40 %3A %2F %3F %23 %25"),
    (("too many clients", "remaining connection slots"), "the server takes no more connections now", "run cjm fetch again later"),
)
_TABLES = """SELECT n.nspname AS schema, c.relname AS name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%' ORDER BY 1, 2"""
_KEY = """SELECT a.attname AS name FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
WHERE i.indisprimary AND i.indrelid = '{}'::regclass ORDER BY array_position(i.indkey::int2[], a.attnum)"""


def fetch_postgres(url: str, sources: Sequence[Source], scratch: Path, where: str) -> dict[str, Read]:
    """The rows of every source, by its name, all of one snapshot. Raises `BadInput`, which shows nothing of the URL."""
    try:
        from adbc_driver_manager import Error
        from adbc_driver_postgresql import dbapi
    except ImportError:
        raise BadInput(where, "PostgreSQL is read by a package that is not installed", "the extra sql", "pip install 'cjm-research[sql]'") from None
    if "connect_timeout=" not in url:
        url += f"{'&' if '?' in url else '?'}connect_timeout=15"
    try:
        connection = dbapi.connect(url, autocommit=False)
    except Error as error:
        raise _not_connected(str(error), where) from None
    found, at = {}, where
    try:
        cursor = connection.cursor()
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for setting in ("timezone = 'UTC'", "intervalstyle = 'iso_8601'", "datestyle = 'ISO, YMD'", "bytea_output = 'hex'"):
            cursor.execute(f"SET LOCAL {setting}")
        began = time.time()  # of the snapshot: the first query takes it
        system, reading = _rows(cursor, "SELECT current_setting('server_version'), current_setting('transaction_read_only')")[0]
        if reading != "on":
            raise BadInput(where, "the session is not for reading only", "a server that knows read-only transactions", "read another server, or export the rows")
        for source in sources:
            assert source.database is not None
            at = f"source {source.name!r}: database"
            cursor.execute(f"SET LOCAL statement_timeout = {int(source.database.timeout_s * 1000)}")
            query = the_select(source.database, at) or _of_table(cursor, source.database, at)
            found[source.name] = _read(cursor, query, scratch / file_name(source.name, ".parquet"), at, began, f"PostgreSQL {system.split()[0]}")
        connection.rollback()
    except (Error, _Ended) as error:
        raise _refused(error, at, url, next((s.database.timeout_s for s in sources if s.database and repr(s.name) in at), 0)) from None
    finally:
        _closed(connection, Error)
    return found


def _closed(connection: Any, error: type[Exception]) -> None:
    try:
        connection.close()
    except error:
        pass  # the server is gone; what was read is whole or was told


def _rows(cursor: Any, query: str) -> list[tuple[Any, ...]]:
    cursor.execute(query)
    return list(cursor.fetchall())


def _of_table(cursor: Any, database: Database, where: str) -> str:
    """The SELECT of a table, in the order of its key where it has one, so that the same rows are the same file."""
    wanted = str(database.table)
    there = [(str(s), str(n)) for s, n in _rows(cursor, _TABLES)]
    exact = [t for t in there if wanted in (f"{t[0]}.{t[1]}", t[1])] or [t for t in there if wanted.lower() in (f"{t[0]}.{t[1]}".lower(), t[1].lower())]
    exact = [t for t in exact if t[0] == "public"] or exact if len(exact) > 1 else exact
    if not exact:
        raise unknown(f"{where}.table", "table", wanted, [n if s == "public" else f"{s}.{n}" for s, n in there], "correct database.table, or ask for the right to read it")
    if len(exact) > 1:
        raise BadInput(f"{where}.table", f"several tables have the name {wanted!r}", ", ".join(f"{s}.{n}" for s, n in exact[:12]), "name the table with its schema")
    name = ".".join(map(quoted, exact[0]))
    key = [str(r[0]) for r in _rows(cursor, _KEY.format(name.replace("'", "''")))]
    return f"SELECT * FROM {name}" + (f" ORDER BY {', '.join(map(quoted, key))}" if key else "")


def _read(cursor: Any, query: str, target: Path, where: str, began: float, system: str) -> Read:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema: pa.Schema = cursor.adbc_execute_schema(query)
    check_names(schema.names, where)
    columns = columns_of(schema)
    binary = [c.name for c in columns if c.binary]
    check_names([c.name for c in columns if not c.binary], where)
    listed = ", ".join(f"{c.sent} AS c{c.number}" for c in columns if not c.binary)
    # names of columns stand for their places; a line's end closes a comment that the query may end with
    sent = f"SELECT {listed} FROM (\n{query}\n) AS asked({', '.join(f'c{c.number}' for c in columns)})"
    kept = [c for c in columns if not c.binary]
    first, rows, writer = target.with_suffix(".first"), 0, None
    cursor.execute(sent)
    try:
        for batch in _batches(cursor):
            table = pa.table([fitting(cells, column, where) for column, cells in zip(kept, batch.columns, strict=True)], names=[c.name for c in kept])
            writer = writer or pq.ParquetWriter(first, table.schema)
            writer.write_table(table)
            rows += len(table)
            if first.stat().st_size > MOST_BYTES:
                raise BadInput(where, f"more than {MOST_BYTES >> 30} GiB", f"at most {MOST_BYTES >> 30} GiB, packed", "name fewer columns, or fewer rows, in database.query")
        if writer is None:
            writer = pq.ParquetWriter(first, pa.schema([(c.name, c.type) for c in kept]))
    finally:
        if writer:
            writer.close()
    rewritten(first, target, final(kept), ())
    return Read(target, system, query, began, rows, {c.name: c.declared for c in columns}, _notes(kept, binary))


class _Ended(Exception):
    """The server ended a statement while its rows were read; the driver then gives its words and no code."""


def _batches(cursor: Any) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    try:
        yield from cursor.fetch_record_batch()
    except (pa.ArrowException, OSError) as error:
        if "libpq" not in str(error):  # our disk, not their server
            raise
        raise _Ended(str(error)) from None


def _notes(columns: Sequence[Column], binary: Sequence[str]) -> list[str]:
    notes = [f"columns that hold binary data are left out: {', '.join(binary)}"] if binary else []
    notes += [f"{c.name}: {c.nan:,} {'cell' if c.nan == 1 else 'cells'} with NaN, which is no number, {'is' if c.nan == 1 else 'are'} empty here" for c in columns if c.nan]
    return notes + [f"{c.name}: kept as text, since numbers of more than 15 digits would be rounded" for c in columns if c.too_long]


def _not_connected(said: str, where: str) -> BadInput:
    for words, found, then in _CONNECTING:
        if any(word in said for word in words):
            return BadInput(where, found, "a URL that connects: postgresql://user:password@host:5432/database", then)
    return BadInput(where, "the server cannot be reached with this URL", "a URL that connects: postgresql://user:password@host:5432/database", "try it with psql, then correct the variable")


def _refused(error: Exception, where: str, url: str, timeout_s: float) -> BadInput:
    """What the server said, by its code: values of cells and parts of the URL may stand in its words."""
    code, words = str(getattr(error, "sqlstate", None) or ""), str(error)
    if code == "57014" or "statement timeout" in words:
        return BadInput(where, "reading took longer than database.timeout_s", f"{timeout_s:g} s", "join the tables by their keys, name fewer rows, or raise timeout_s")
    if code in ("25006", "25001", "0A000") or "read-only transaction" in words or "read-write mode" in words:
        return BadInput(f"{where}.query", "it does more than read", "one SELECT", "take out whatever changes something")
    if code.startswith("42"):
        said = words.split("Query was")[0].partition("ERROR:")[2].splitlines() or ["a mistake in the query"]
        return BadInput(f"{where}.query", f"the server does not take it: {_scrubbed(said[0].strip(), url)[:200]}", "one SELECT with names that the database has, of what the user may read",
                        "correct database.query or database.table, and try it with psql")
    return BadInput(where, f"the statement does not end as it should{f' (SQLSTATE {code})' if code else ''}: a value that cannot be converted, or a connection that was cut", "a SELECT that runs to its end",
                    "try it with psql, which shows the server's words, then run cjm fetch again")


def _scrubbed(said: str, url: str) -> str:
    """The server's words without any part of the URL that is a secret."""
    for part in url.partition("://")[2].rpartition("@")[0].split(":"):
        for form in {part, unquote(part)}:
            if len(form) > 2:
                said = said.replace(form, "…")
    return said
