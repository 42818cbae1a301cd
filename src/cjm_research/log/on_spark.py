"""A study's log on Spark: what funnels, paths, retention and attribution ask where `engine: spark` is set.

The log stays there. What comes back is one row a customer who entered (funnels), a customer and period (retention), a
group of customers (attribution), or counts (paths); the frames are then made by the same code as on the embedded engine.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..engine.conditions import MatchLike, column_sql, literal, match_sql
from ..engine.log_index import CODED, ids_at
from ..engine.portable.units import OWN
from ..engine.sequence import FOREVER, NEVER
from ..engine.sequence.rows import Ints
from ..results.evidence import rows_evidence
from ..results.result import Evidence
from ..tables import TABLES
from .events import Events, period_of

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from ..engine.spark import SparkLog
    from ..study import Study


def remote_of(study: Study) -> RemoteEvents:
    """The study's events on Spark. Raises `NotEnoughData` where it has none, `BadInput` where Spark cannot be used."""
    study.need("interactions", what="customers' behaviour")
    return study.kept("events on Spark", lambda: RemoteEvents(study))


@dataclass(frozen=True)
class RemoteIndex:
    """What is known of the log without reading it: names, and the ids of the units somebody asked for."""

    names: Mapping[str, Sequence[str]]
    without_customer: int
    known: Any = None  # ids by code, an Arrow array

    def ids(self, u: Ints) -> pa.Array:
        """The ids of codes."""
        return ids_at(self.known, u)


class RemoteEvents(Events):
    """As `Events`, over a log on Spark; asks by SQL text instead of arrays."""

    def __init__(self, study: Study) -> None:
        self._study, self._members = weakref.ref(study), study.members
        self.client = study.client
        self.low, self.high = period_of(study)
        self.spark: SparkLog = _spark_log(study, self.low, self.high)
        self._summary = self.spark.summary(CODED)
        self.index = RemoteIndex({c: self._summary[c] for c in CODED}, int(self._summary["without_customer"]))  # type: ignore[assignment]

    def ask(self, sql: str) -> pd.DataFrame:
        """The result of a portable text over `log` and `log_all`."""
        return self.spark.query(sql)

    @functools.cached_property
    def end(self) -> int:
        """The end of observation, µs: the end of the period, else the last event of the client. Inclusive."""
        if self.high != FOREVER:
            return self.high - 1
        return int(self._summary["last"])

    @functools.cached_property
    def own_sessions(self) -> bool:
        """Whether the source delivers sessions."""
        return bool(self.spark.query(OWN)["n"].iloc[0])

    def condition(self, match: MatchLike, where: str) -> str:
        """A condition of params as portable SQL."""
        return match_sql(match, TABLES["interactions"].names, where)

    def column(self, name: str, where: str = "breakdown") -> str:
        """A column of interactions or `properties.<key>` as portable SQL. Raises `BadInput` for an unknown one."""
        return column_sql(name, TABLES["interactions"].names, where)

    def with_ids(self, ids: pa.Array) -> RemoteEvents:
        """The same events, whose index knows the ids of some units."""
        other = object.__new__(RemoteEvents)
        other.__dict__.update(self.__dict__)
        other.index = RemoteIndex(self.index.names, self.index.without_customer, ids)  # type: ignore[assignment]
        return other


def _spark_log(study: Study, low: int, high: int) -> SparkLog:
    from ..engine.spark import SparkLog

    settings = study.params.engine
    where = settings.remote or str(study.folder / "interactions.parquet")
    placed = str(study._build.get("placed", "")) if settings.remote else ""
    return SparkLog(settings, where, is_table=bool(settings.table), placed=placed, low=None if low == NEVER else low,
                    high=None if high == FOREVER else high, members=study.members[1] if study.members else None)


def log_evidence(study: Study, definition: str, sql: str, rows: int) -> Evidence:
    """The evidence of a query over interactions; counted only, not hashed, where they lie out of this machine's reach."""
    if study.params.engine.remote and not study.scalar("SELECT count(*) > 0 FROM (SELECT 1 FROM interactions_all LIMIT 1)"):
        return Evidence("rows", definition, table="interactions", sql=" ".join(sql.split()), rows=rows)
    return rows_evidence(study, "interactions", definition, sql)


def by_id(ids: pa.Array, frame: pa.Table, key: str, columns: Sequence[str]) -> list[pa.Array]:
    """Columns of a table looked up by id: one entry an id, NULL where the table has none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    table = frame.combine_chunks()
    at = pc.index_in(ids, value_set=table.column(key).combine_chunks() if table.num_rows else pa.array([], ids.type))
    return [pc.take(table.column(c).combine_chunks() if table.num_rows else pa.nulls(0, table.schema.field(c).type), at) for c in columns]


def event_in(names: Sequence[str]) -> str:
    """A condition: one of these events."""
    return f"event IN ({', '.join(map(literal, names))})"


def text_codes(values: pa.Array) -> tuple[Ints, list[str]]:
    """Texts as codes from 1 in the order they first appear, 0 where empty or absent; and the texts by code."""
    import pandas as pd

    from .events import NONE

    series = pd.Series(values.to_pandas(), dtype=object)
    codes, names = pd.factorize(series.where(series.notna() & (series != ""), None), use_na_sentinel=True)
    return np.asarray(codes + 1, dtype=np.int64), [NONE, *map(str, names)]
