"""A client's interactions as Spark sees them: the views that the portable texts read, and the kernel in tasks."""

from __future__ import annotations

import atexit
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...errors import BadInput, CjmError, did_you_mean
from ...tables import TABLES
from ..portable import log_views, render
from ..sequence.tasks import Task, schema_text
from .session import DEFAULTS, Settings, over_connect, session

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_TYPES = {"text": "STRING", "integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN", "json": "STRING", "time": "TIMESTAMP"}
_NEEDED = ("customer_id", "occurred_at", "event")


class SparkLog:
    """The views `log` and `log_all` (see `engine.portable`) in a Spark session.

    where: path or table of the interactions. placed: a query over `delivered` that fills in touchpoint, channel and
    stage, in DuckDB's dialect. low, high: the period, µs. members: customers the study sees, None for all.
    Raises `BadInput` where the interactions cannot be read or lack a column that is needed.
    """

    def __init__(self, settings: Settings, where: str, *, is_table: bool = False, placed: str = "", low: int | None = None,
                 high: int | None = None, members: Sequence[str] | None = None) -> None:
        # a session of its own: another study's views have the same names
        self.session = session(settings).newSession()
        if over_connect(self.session):
            atexit.register(self.session.stop)
        for name, value in DEFAULTS.items():
            self.session.conf.set(name, value)
        self.where = where
        self._kept: dict[str, Any] = {}
        self._views(where, is_table, placed, low, high, members)

    def _views(self, where: str, is_table: bool, placed: str, low: int | None, high: int | None, members: Sequence[str] | None) -> None:
        what = "table" if is_table else "path"
        try:
            frame = self.session.table(where) if is_table else self.session.read.parquet(where)
            have = {c.lower() for c in frame.columns}
        except Exception as error:
            raise BadInput(f"engine.{what}", f"{where!r} cannot be read by Spark ({_first_line(error)})",
                           "a table of the catalogue, or Parquet files that every worker can read", "correct engine.table or engine.path in params") from None
        if missing := [c for c in _NEEDED if c not in have]:
            raise BadInput(f"engine.{what}", f"{where!r} has no column {', '.join(missing)}", "the columns of interactions in docs/tables.md",
                           "name them so in a view and give its name as engine.table." + did_you_mean(missing[0], have))
        frame.createOrReplaceTempView("as_found")
        columns = []
        for c in TABLES["interactions"].columns:
            text = f"CAST({c.name} AS {_TYPES[c.type]})" if c.name in have else f"CAST(NULL AS {_TYPES[c.type]})"
            if c.name == "customer_id":
                text = f"nullif(trim({text}), '')"  # a blank id names nobody
            if c.name == "source" and c.name not in have:
                text = "'spark'"
            columns.append(f"{text} AS {c.name}")
        self.session.sql(f"CREATE OR REPLACE TEMP VIEW delivered AS SELECT {', '.join(columns)} FROM as_found")
        self._view("placed", placed or "SELECT * FROM delivered")
        if members is not None:
            import pyarrow as pa

            self.register("member", pa.table({"customer_id": pa.array(list(members), pa.string())}))
        for text in log_views("placed", "unix_micros(occurred_at)", low, high, members="member" if members is not None else None):
            self.session.sql(text.replace("CREATE OR REPLACE VIEW", "CREATE OR REPLACE TEMP VIEW"))

    def _view(self, name: str, sql: str) -> None:
        self.session.sql(f"CREATE OR REPLACE TEMP VIEW {name} AS {render(sql, 'spark')}")

    def table(self, sql: str) -> pa.Table:
        """The result of a portable text as an Arrow table."""
        return self._arrow(self.session.sql(render(sql, "spark")), sql)

    def query(self, sql: str) -> pd.DataFrame:
        """The result of a portable text as a frame."""
        return self.table(sql).to_pandas()

    def register(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table known as a view."""
        self.session.createDataFrame(table).createOrReplaceTempView(name)

    def keep(self, name: str, sql: str) -> None:
        """The result of a portable text as a view, computed once and kept (in memory, else on the workers' disks)."""
        if (old := self._kept.pop(name, None)) is not None:
            old.unpersist()
        self._kept[name] = self.session.sql(render(sql, "spark")).persist()
        self._kept[name].createOrReplaceTempView(name)

    def walk(self, sql: str, task: Task) -> pa.Table:
        """The kernel over the rows of a portable text with the columns that the task reads and o, after a shuffle by unit."""
        rows = self.session.sql(render(sql, "spark")).repartition("u").sortWithinPartitions("u", "t", "o")
        chosen = rows.select(*task.reads)
        return self._arrow(chosen.mapInArrow(task, schema_text(task.gives)), sql)

    def _arrow(self, frame: Any, sql: str) -> pa.Table:
        try:
            return frame.toArrow()
        except CjmError:
            raise
        except Exception as error:
            raise BadInput("engine: spark", f"Spark failed ({_first_line(error)})", "a query that the cluster answers",
                           "the cluster's log says more; the query was: " + " ".join(sql.split())[:400]) from error

    def summary(self, columns: Sequence[str]) -> dict[str, Any]:
        """without_customer (rows), last (µs, of any customer in the period or not; 0 without events), and the values of columns, sorted."""
        sets = ", ".join(f"collect_set({c}) AS {c}" for c in columns)
        text = ("SELECT COUNT_IF(customer_id IS NULL) AS without_customer, COALESCE(MAX(CASE WHEN customer_id IS NOT NULL THEN unix_micros(occurred_at) END), 0) "
                f"AS last, {sets} FROM placed")
        row = self._arrow(self.session.sql(text), text).to_pylist()[0]
        return {**row, **{c: sorted(row[c]) for c in columns}}

    def fingerprint(self) -> tuple[int, str]:
        """The number of rows that name a customer, and what tells their content from another."""
        columns = ", ".join(TABLES["interactions"].names)
        text = f"SELECT COUNT(*) AS n, COALESCE(BIT_XOR(xxhash64({columns})), 0) AS x, COALESCE(SUM(xxhash64({columns}) >> 24), 0) AS s FROM placed WHERE customer_id IS NOT NULL"
        row = self._arrow(self.session.sql(text), text).to_pylist()[0]
        return int(row["n"]), f"{row['n']}|{row['x']}|{row['s']}"


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0][:200]}"
