"""The embedded engine: one DuckDB connection with a view for every canonical table.

A table without a file is an empty view, so that a query never fails on an absent table; whether there is
enough data is asked in `study`. Nothing is fetched from anywhere: extensions are neither installed nor
loaded on their own.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ..errors import BadInput, Stopped, TablesGone
from ..files import files_below, scratch_path
from ..tables import DUCKDB_TYPES, TABLES, Table
from . import reads

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    import pandas as pd
    import pyarrow as pa

BY_EVENT = "interactions_by_event"  # second clustered copy: (event, customer, time)
ROW_GROUP = 122_880
_MOST_LISTED = 2_000  # different values of a column in a row group that are kept as a list
_SHARE, _MOST = 0.4, 3e9  # of the machine, and bytes


Given = Sequence[Any] | Mapping[str, Any] | None  # values for `?`, or by name for `$name`


def _bound(params: Given) -> Any:
    return dict(params) if isinstance(params, Mapping) else list(params or [])


def share_of_memory() -> str:
    """The memory that building takes where params say nothing: so much of the machine's, and no more than makes it faster."""
    try:
        whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # not on every system
        return "2GB"
    return f"{max(512, int(min(_SHARE * whole, _MOST) / 1e6))}MB"


def connect(memory_limit: str | None = None, threads: int | None = None, spill: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A private in-memory connection, in UTC, that fetches nothing. spill: where it writes what is beyond its memory; None: nowhere."""
    import duckdb

    con = duckdb.connect()
    con.execute("SET autoinstall_known_extensions=false; SET autoload_known_extensions=false; SET TimeZone='UTC'")
    con.execute("SET enable_progress_bar=false")
    if memory_limit:
        try:
            con.execute(f"SET memory_limit='{memory_limit}'")
        except duckdb.Error as error:
            raise BadInput("engine.memory_limit", f"{memory_limit!r} is not understood ({error})", "e.g. 2GB", "write a size with its unit") from None
    # never the current folder, where DuckDB would write
    con.execute(f"SET temp_directory='{'' if spill is None else _quoted(spill)}'")
    # a report runs several kernels at once; the default would give each all cores
    con.execute(f"SET threads={threads or min(4, os.cpu_count() or 1)}")
    return con


class Engine:
    """A client's canonical tables as views of one connection.

    `query` gives a pandas frame, `arrays` numpy arrays, `table` Arrow. Safe to use from several threads.
    """

    def __init__(self, folder: Path | None, memory_limit: str | None = None, threads: int | None = None, *,
                 views: bool = True, spill: Path | None = None) -> None:
        self.folder = folder
        # beside the tables, in a folder that is the owner's; made when it is needed, and removed by a build where its process is gone
        self.con = connect(memory_limit, threads, spill or (scratch_path("spill", folder.parent) if folder is not None else None))
        self._lock = threading.RLock()
        self._found = bool(folder and folder.is_dir())
        self.states: Mapping[str, str] = {}  # state of each table, for what is kept of answers
        self._behind: dict[str, set[str]] = {}  # a table → those its rows are chosen by
        self._held = 0  # tables that hold rows of queries
        self._given: dict[str, bool] = {}  # a registered frame → whether it came from within a question
        if not views:
            return
        for table in TABLES.values():
            self._view(table.name, table, self.file(table.name))
        self._view(BY_EVENT, TABLES["interactions"], self.file(BY_EVENT) or self.file("interactions"))

    def file(self, name: str) -> Path | None:
        """The Parquet file of a table, or None where the client has none."""
        path = self.folder / f"{name}.parquet" if self.folder else None
        return path if path and path.is_file() else None

    def _view(self, name: str, table: Table, path: Path | None) -> None:
        if path is None:
            body = _empty(table)
        else:
            body = f"SELECT * FROM read_parquet('{_quoted(path)}')"
        import duckdb

        try:
            self.con.execute(f'CREATE OR REPLACE VIEW "{name}_all" AS {body}')
        except duckdb.Error as error:  # cut off, or not Parquet at all
            client = self.folder.name if self.folder else "CLIENT"
            raise BadInput(f"built table {path.name if path else name}", f"cannot be read: {str(error).splitlines()[0].replace(str(path), 'it')[:160]}", "a whole Parquet file",
                           f"build it anew: cjm build {client} --force") from None
        self.con.execute(f'CREATE OR REPLACE VIEW "{name}" AS SELECT * FROM "{name}_all"')

    def restrict(self, name: str, where: str) -> None:
        """See a table through a condition from now on; the whole of it is always known as `<name>_all`."""
        with self._lock:
            self.con.execute(f'CREATE OR REPLACE VIEW "{name}" AS SELECT * FROM "{name}_all" WHERE {where}')
            self._behind[name] = reads.named_tables(where) - {name}

    def over(self, name: str, pattern: str, placed: str = "") -> None:
        """Let a table be Parquet files that lie elsewhere; columns they lack are empty.

        placed: a query over `delivered` that gives the table's columns.
        """
        with self._lock:
            found = self.con.execute(f"DESCRIBE SELECT * FROM read_parquet('{pattern.replace(chr(39), chr(39) * 2)}', union_by_name = true)").fetchall()
            have = {r[0].lower() for r in found}
            columns = ", ".join(f'CAST({c.name if c.name in have else "NULL"} AS {DUCKDB_TYPES[c.type]}) AS "{c.name}"' for c in TABLES[name].columns)
            self.con.execute(f"CREATE OR REPLACE VIEW delivered AS SELECT {columns} FROM read_parquet('{pattern.replace(chr(39), chr(39) * 2)}', union_by_name = true)")
            for view in dict.fromkeys((name, BY_EVENT if name == "interactions" else name)):
                self.con.execute(f'CREATE OR REPLACE VIEW "{view}_all" AS {placed or "SELECT * FROM delivered"}')
                self.con.execute(f'CREATE OR REPLACE VIEW "{view}" AS SELECT * FROM "{view}_all"')

    def overlay(self, name: str, frame: Any) -> None:
        """Let a table be this frame from now on, also as `<name>_all`; its file is untouched."""
        columns = ", ".join(f'CAST("{c.name}" AS {DUCKDB_TYPES[c.type]}) AS "{c.name}"' for c in TABLES[name].columns)
        with self._lock:
            # a table of its own: a view over a frame would read Python objects at every query
            self.con.register("_overlaid", frame)
            self.con.execute(f'CREATE OR REPLACE TABLE "{name}_overlay" AS SELECT {columns} FROM _overlaid')
            self.con.unregister("_overlaid")
            self.con.execute(f'CREATE OR REPLACE VIEW "{name}_all" AS SELECT * FROM "{name}_overlay"')
            self.con.execute(f'CREATE OR REPLACE VIEW "{name}" AS SELECT * FROM "{name}_overlay"')

    def built(self, name: str) -> pd.DataFrame:
        """A table as it was built, whatever lies over it."""
        path = self.file(name)
        return self.query(f"SELECT * FROM read_parquet('{_quoted(path)}')" if path else _empty(TABLES[name]))

    def query(self, sql: str, params: Given = None) -> pd.DataFrame:
        """The result as a pandas frame."""
        with self._lock, _stoppable():
            return self._run(sql, params).df()

    def arrays(self, sql: str, params: Given = None) -> dict[str, np.ndarray[Any, Any]]:
        """The result as numpy arrays by column."""
        with self._lock, _stoppable():
            return cast("dict[str, np.ndarray[Any, Any]]", self._run(sql, params).fetchnumpy())  # an ENUM would be a Categorical; tables have none

    def table(self, sql: str, params: Given = None) -> pa.Table:
        """The result as an Arrow table."""
        with self._lock, _stoppable():
            self.con.execute("SELECT 1").fetchall()  # ends what a fetchone left open, which `sql` would refuse
            self._check_there()
            self._note(sql)
            return self.con.sql(sql, params=_bound(params)).to_arrow_table()

    def scalar(self, sql: str, params: Given = None) -> Any:
        """The first value of the first row, or None."""
        with self._lock, _stoppable():
            # fetched to the end: DuckDB 2 refuses other work while a result is unfinished
            rows = self._run(sql, params).fetchall()
        return rows[0][0] if rows else None

    def _run(self, sql: str, params: Given) -> duckdb.DuckDBPyConnection:
        import duckdb

        self._note(sql)
        try:
            return self.con.execute(sql, _bound(params))
        except duckdb.Error:
            self._check_there()
            raise

    def _note(self, sql: str) -> None:
        """Note the tables that a query reads, and what it reads beside them."""
        if not reads.is_recorded():
            return
        for table in self._with_behind(reads.named_tables(sql)):
            reads.note(table, self.states.get(table, ""))
        if beyond := reads.beyond_tables(sql, _quoted(self.folder) if self.folder else ""):
            reads.note_unknown(beyond)
        words = set(re.findall(r"\w+", sql)) if self._given else set()
        for name in words & {n for n, within in self._given.items() if not within}:
            reads.note_unknown(f"the frame {name!r}, which was registered elsewhere")

    def _with_behind(self, tables: set[str]) -> set[str]:
        behind = set().union(*(self._behind.get(t, set()) for t in tables)) - tables
        return tables | self._with_behind(behind) if behind else tables

    def _check_there(self) -> None:
        """Raise `TablesGone` where the tables were taken away since they were opened: an erasure does that."""
        if self.folder and not self.folder.is_dir() and self._found:
            raise TablesGone(self.folder.name)

    def columns(self, name: str) -> set[str]:
        """The columns of a table or view; none where there is no such."""
        return {r[0] for r in self.con.execute("SELECT column_name FROM duckdb_columns() WHERE table_name = ?", [name]).fetchall()}

    def register(self, name: str, frame: Any) -> None:
        """Make a pandas or Arrow frame known under a name, for this connection only."""
        with self._lock:
            self.con.register(name, frame)
            self._given[name] = reads.is_recorded()

    def unregister(self, name: str) -> None:
        """Forget a registered frame."""
        with self._lock:
            self.con.unregister(name)
            self._given.pop(name, None)

    def register_own(self, name: str, frame: Any) -> None:
        """As `register`, for a frame that belongs to the study and is part of its identity."""
        with self._lock:
            self.con.register(name, frame)

    def hold(self, sql: str) -> str:
        """Keep a query's rows as a table of this connection and return its name; what it read is noted, asking the table notes nothing."""
        with self._lock, _stoppable():
            self._held += 1
            name = f"held_{self._held}"
            self._run(f"CREATE TEMP TABLE {name} AS {sql}", None).fetchall()
        return name

    def copy_to(self, sql: str, path: Path, compression: str = "zstd", level: int | None = None) -> int:
        """Write a query's result as Parquet; returns the number of rows.

        level: of the compression, where not the usual one; no list is then tried of values that are mostly different (ids), which takes longer than it saves.
        """
        how = f"COMPRESSION {compression}" + (f", COMPRESSION_LEVEL {level}, DICTIONARY_SIZE_LIMIT {_MOST_LISTED}" if level is not None else "")
        with self._lock, _stoppable():
            self.con.execute(f"COPY ({sql}) TO '{_quoted(path)}' (FORMAT parquet, {how}, ROW_GROUP_SIZE {ROW_GROUP})")
            return int(self.scalar(f"SELECT count(*) FROM read_parquet('{_quoted(path)}')"))

    def close(self) -> None:
        """Close the connection."""
        self.con.close()


@contextmanager
def _stoppable() -> Iterator[None]:
    """Ctrl-C during a query ends it at once; DuckDB says so in an error of its own, here it is the interrupt it was."""
    try:
        yield
    except RuntimeError as error:  # `duckdb.InterruptException` is one, too
        if "interrupted" in str(error).lower():
            raise Stopped("the query") from None
        raise


def file_engine(spill: Path | None = None) -> Engine:
    """An engine without a client and without views, for reading export files. spill: a private folder for raw rows that are beyond memory."""
    return Engine(None, views=False, spill=spill)


def readable_here(path: str | None) -> str | None:
    """A pattern of Parquet files for DuckDB where this machine can read a path (or file:// URI) too, else None."""
    if not path:
        return None
    place = Path(path.removeprefix("file://"))
    if place.is_file():
        return str(place)
    return str(place / "**" / "*.parquet") if files_below(place, ".parquet") else None


def _empty(table: Table) -> str:
    columns = ", ".join(f'CAST(NULL AS {DUCKDB_TYPES[c.type]}) AS "{c.name}"' for c in table.columns)
    return f"SELECT {columns} WHERE false"


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
