"""A study's log as arrays: what funnels, paths, retention and attribution count from.

Conditions on event, touchpoint, channel, stage and source are answered from the index; any other condition by
DuckDB with row numbers. Period and persona of the study apply to everything that is selected here.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..engine.conditions import MatchLike, literal, match_sql
from ..engine.log_index import CODED, ensure_index, where_codes
from ..engine.sequence import FOREVER, NEVER, Log, Rows
from ..engine.sequence.rows import Bools, Ints, first_of_each
from ..errors import BadInput, NotEnoughData, did_you_mean
from ..files import Scratch
from ..tables import TABLES

if TYPE_CHECKING:
    import pandas as pd

    from ..engine import Engine
    from ..study import Study

DAY = 86_400_000_000  # µs
NONE = "(none)"  # where an event or a customer has no value


#: `log` and `log_all` (also outside the period) as the portable texts name them: u is the customer, t the time in µs
_VIEWS = "WITH " + ", ".join(f"{view} AS (SELECT customer_id AS u, epoch_us(occurred_at) AS t, * FROM {table} WHERE customer_id IS NOT NULL)"
                             for view, table in (("log", "interactions"), ("log_all", "interactions_all")))


def events_of(study: Study) -> Events:
    """The study's events as arrays, on the embedded engine. Raises `NotEnoughData` where it has no interactions."""
    study.need("interactions", what="customers' behaviour")
    return study.kept("events", lambda: Events(study))


class Events:
    """The events of a study, restricted to its period and its members.

    low, high: first and one past the last time looked at, µs; `NEVER` and `FOREVER` without a period.
    """

    def __init__(self, study: Study) -> None:
        # no strong reference back: the study keeps this object
        self._study, self._members = weakref.ref(study), study.members
        path = study.folder / "interactions.parquet"
        try:
            self.index = ensure_index(path, study.folder / "log", study.params.engine.memory_limit)
        except OSError:  # tables on a read-only disk
            self._temporary = Scratch("log")
            weakref.finalize(self, self._temporary.cleanup)
            self.index = ensure_index(path, self._temporary.path / "log", study.params.engine.memory_limit)
        self.path, self.client = path, study.client
        self.low, self.high = period_of(study)

    @property
    def engine(self) -> Engine:
        """The study's engine."""
        study = self._study()
        if study is None:
            raise RuntimeError("the study these events belong to is gone")
        return study.engine

    def ask(self, sql: str) -> pd.DataFrame:
        """The result of a portable text over `log` and `log_all`, the events that name a customer."""
        return self.engine.query(f"{_VIEWS} {sql}")

    @property
    def log(self) -> Log:
        """All events of the client, by customer and time, also those outside the period."""
        return self.index.log

    @functools.cached_property
    def member(self) -> Bools | None:
        """By customer code whether the study sees the customer; None: all."""
        if self._members is None:
            return None
        import pyarrow as pa
        import pyarrow.compute as pc

        found = pc.is_in(self.index.customers, value_set=pa.array(self._members[1], self.index.customers.type))
        return np.asarray(found.to_numpy(zero_copy_only=False))

    @property
    def is_unrestricted(self) -> bool:
        """Whether neither a period nor members leave anything out."""
        return self.low == NEVER and self.high == FOREVER and self.member is None

    @functools.cached_property
    def seen(self) -> Bools | None:
        """By position whether the study sees the event; None: all."""
        if self.is_unrestricted:
            return None
        mask = np.asarray((self.log.t >= self.low) & (self.log.t < self.high))
        return mask if self.member is None else mask & self.member[self.log.u]

    def did(self, condition: str) -> Bools | None:
        """By position whether a condition holds; None: it holds of all. What customers did: see `log.actors`."""
        if condition == "true":
            return None
        if condition not in self._held:
            mask = np.zeros(len(self.log), dtype=bool)
            mask[self.positions(condition)] = True
            self._held[condition] = mask
        return self._held[condition]

    @functools.cached_property
    def _held(self) -> dict[str, Bools]:
        return {}

    @functools.cached_property
    def end(self) -> int:
        """The end of observation, µs: the end of the period, else the last event of the client. Inclusive."""
        if self.high != FOREVER:
            return self.high - 1
        return self.index.end

    @functools.cached_property
    def late(self) -> str:
        """What to say where few events lie far after all others, as a wrong clock writes them; empty otherwise.

        They move the end of observation, so that attempts look over which are still open.
        """
        if self.high != FOREVER or not len(self.log):
            return ""
        times = np.sort(self.log.t[::max(1, len(self.log) // 100_000)])
        middle, nearly = (int(x) for x in np.quantile(times, [0.5, 0.999], method="lower"))
        if self.end - nearly <= max(30 * DAY, nearly - middle):
            return ""
        return (f"The last event lies {(self.end - nearly) // DAY:,} days after nearly all others; if a clock was wrong there, set period: end, "
                "since attempts count as over by then.")

    def restrict(self, rows: Rows) -> Rows:
        """Those of the rows that the study sees."""
        if self.is_unrestricted or not len(rows):
            return rows
        keep = (rows.t >= self.low) & (rows.t < self.high)
        if self.member is not None:
            keep &= self.member[rows.u]
        return rows.take(np.flatnonzero(keep))

    def select(self, match: MatchLike, where: str = "match", first_ever: bool = False) -> Rows:
        """The events that fulfil a condition, in the order of the log.

        first_ever: only a customer's first such event, looked for also before the period.
        Raises `BadInput` for an unknown column or operator.
        """
        rows = self._matching(match, where)
        if first_ever:
            rows = rows.take(first_of_each(rows.u))
        return self.restrict(rows)

    def _matching(self, match: MatchLike, where: str) -> Rows:
        lists = {c: list(getattr(match, c, None) or []) for c in CODED}
        sql = match_sql(match, TABLES["interactions"].names, where)
        if match.where:
            return self.log.take(self.positions(sql))
        rows = self.index.of_event(lists["event"]) if lists["event"] else None
        for column, values in lists.items():
            if not values or column == "event":
                continue
            if rows is None:
                rows = self.log.select(where_codes(self.index, column, values))
            else:
                rows = rows.take(np.flatnonzero(where_codes(self.index, column, values, rows.o)))
        assert rows is not None  # match_sql refuses an empty condition
        return rows

    def positions(self, where_sql: str) -> Ints:
        """The positions, ascending, of the events that fulfil a SQL condition."""
        found = self.engine.arrays(f"SELECT file_row_number AS row FROM {self._file} WHERE {where_sql}")["row"]
        return self.index.positions(np.asarray(found, dtype=np.int64))

    def values(self, column: str, rows: Rows) -> tuple[Ints, list[str]]:
        """A column of `interactions` (or `properties.<key>`) at some events: codes from 0, and the values by code.

        `NONE` stands for an absent or empty value. Raises `BadInput` for an unknown column.
        """
        import pandas as pd

        from ..engine.conditions import column_sql

        if column in CODED:
            names = [NONE, *self.index.names[column]]
            return np.asarray(self.index.codes(column)[rows.o], dtype=np.int64), names
        sql = column_sql(column, TABLES["interactions"].names, "breakdown")
        if not len(rows):
            return np.empty(0, dtype=np.int64), [NONE]
        frame = pd.DataFrame({"row": np.asarray(self.index.file_rows(rows.o), dtype=np.int64), "at": np.arange(len(rows))})
        engine = self.engine
        engine.register("asked_row", frame)
        found = engine.query(f"""SELECT a.at, CAST({sql} AS VARCHAR) AS value FROM {self._file} f
            JOIN asked_row a ON f.file_row_number = a.row ORDER BY a.at""")
        codes, names_found = pd.factorize(found["value"].replace("", None), use_na_sentinel=True)
        return np.asarray(codes + 1, dtype=np.int64), [NONE, *map(str, names_found)]

    def numbers(self, column: str, rows: Rows) -> np.ndarray:
        """A number column of `interactions` at some events; NaN where it is empty."""
        import pandas as pd

        if not len(rows):
            return np.empty(0)
        engine = self.engine
        engine.register("asked_row", pd.DataFrame({"row": np.asarray(self.index.file_rows(rows.o), dtype=np.int64), "at": np.arange(len(rows))}))
        found = engine.query(f"""SELECT a.at, CAST("{column}" AS DOUBLE) AS value FROM {self._file} f
            JOIN asked_row a ON f.file_row_number = a.row ORDER BY a.at""")
        return found["value"].to_numpy(dtype=float)

    @property
    def _file(self) -> str:
        path = str(self.path).replace("'", "''")
        return f"read_parquet('{path}', file_row_number = true)"

    def absent(self, match: MatchLike) -> list[str]:
        """The event names of a condition that never occur."""
        return [e for e in match.event if e not in set(self.index.names["event"])]

    def attribute(self, key: str, u: Ints) -> tuple[Ints, list[str]]:
        """An attribute of customers: codes from 0 by customer given, and the values by code; `NONE` where absent."""
        path = literal("$." + json_key(key))
        found = self.engine.query(
            f"SELECT customer_id, json_extract_string(attributes, {path}) AS value FROM customers WHERE attributes IS NOT NULL")
        return self.by_customer(dict(zip(found["customer_id"], found["value"], strict=True)), u)

    def by_customer(self, values: Mapping[str, Any], u: Ints) -> tuple[Ints, list[str]]:
        """Given values by customer id as codes for customers `u`; `NONE` where absent or empty."""
        import pandas as pd

        series = pd.Series(self.index.ids(u).to_pylist(), dtype=object).map(lambda x: values.get(x))
        series = series.map(lambda v: None if pd.isna(v) or v == "" else str(v))
        codes, names = pd.factorize(series, use_na_sentinel=True)
        return np.asarray(codes + 1, dtype=np.int64), [NONE, *map(str, names)]


def json_key(key: str) -> str:
    """An attribute's name as a JSON path writes it. Raises `BadInput` for one with quotes."""
    import json

    if not key or any(c in key for c in "\"'\x00\n"):
        raise BadInput("breakdown", f"attributes.{key!r} is not a usable name", "plain text without quotes", "name the attribute in plain words: attributes.<name>, as docs/tables.md shows")
    return json.dumps(key, ensure_ascii=False)


def period_of(study: Study) -> tuple[int, int]:
    """First and one past the last time looked at, µs; `NEVER` and `FOREVER` without a period."""
    import pandas as pd

    def at(day: Any, extra: int) -> int:
        moment = (pd.Timestamp(day) + pd.Timedelta(days=extra)).tz_localize(study.params.timezone)
        return int(moment.value // 1000)  # `value` is in ns whatever the unit

    period = study.params.period
    return (at(period.start, 0) if period.start else NEVER), (at(period.end, 1) if period.end else FOREVER)


@dataclass(frozen=True)
class Sessions:
    """Events grouped into sessions, or into accounts.

    code: session number by position, −1 where the event belongs to none. ids: the sessions' own ids by code, or
    None where they were cut by a timeout. without: events the study sees that belong to no session.
    """

    code: Ints
    count: int
    ids: Sequence[str] | None
    without: int
    rule: str
    order: Ints | None = None  # positions by unit and time, where they do not follow from the code


def sessions_of(events: Events, timeout: float | None = None) -> Sessions:
    """The sessions of all events: the source's own where it has any and no timeout is asked, else by inactivity.

    timeout: seconds without an event that end a session; default 30 minutes (as GA4 and Mixpanel).
    """
    if timeout is None:
        own = _own_sessions(events)
        if own is not None:
            return own
        timeout = 1800.0
    log = events.log
    if not len(log):
        return Sessions(np.empty(0, dtype=np.int64), 0, None, 0, "")
    new = np.ones(len(log), dtype=bool)
    new[1:] = (log.u[1:] != log.u[:-1]) | (np.diff(log.t) > timeout * 1e6)
    code = np.cumsum(new) - 1
    return Sessions(code, int(code[-1]) + 1, None, 0, f"a session ends after {timeout / 60:g} minutes without an event")


def accounts_of(events: Events, attribute: str) -> Sessions:
    """Events grouped by the account of their customer, which an attribute of customers names.

    Raises `NotEnoughData` where no customer has one.
    """
    code, names = events.attribute(attribute, np.arange(events.log.customers))
    if not (code > 0).any():
        raise NotEnoughData("accounts", f"no customer has the attribute {attribute!r}", "an account of some customers",
                            "give it as a key of a group (settings.keys), list it under settings.attributes, or say in identity.account which attribute it is")
    by_event = code[events.log.u] - 1
    inside = np.flatnonzero(by_event >= 0)
    order = inside[np.lexsort((events.log.t[inside], by_event[inside]))]
    without = int(((by_event < 0) if events.seen is None else (by_event < 0) & events.seen).sum())
    return Sessions(by_event, len(names) - 1, names[1:], without, f"customers with one {attribute!r} together; their events in the order of time", order)


def _own_sessions(events: Events) -> Sessions | None:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    if "session_id" not in pq.read_schema(events.path).names:
        return None
    column = pq.read_table(events.path, columns=["session_id"]).column(0)
    if column.null_count == len(column):
        return None
    encoded = pc.dictionary_encode(column).combine_chunks()
    chunks = encoded.chunks if hasattr(encoded, "chunks") else [encoded]
    table = chunks[0]
    by_row = table.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    code = by_row[events.index.file_rows(np.arange(events.index.rows))]
    none = code < 0
    without = int((none if events.seen is None else none & events.seen).sum())
    return Sessions(code, len(table.dictionary), table.dictionary.to_pylist(), without, "sessions as the source delivers them")


def absent_event(what: str, name: str, known: Sequence[str]) -> None:
    """Raise `NotEnoughData` for an event that never occurs: one client may lack what all others have."""
    if name not in known:
        raise NotEnoughData(what, f"no event {name!r} in the data.{did_you_mean(name, known)}", "an event that occurs",
                            "compare it with the event names of the data health chapter")


def need_events(events: Events, matched: Sequence[int], what: str) -> None:
    """Raise `NotEnoughData` where none of the conditions matches any event. matched: how many each does."""
    if any(matched):
        return
    found = "none of its steps has an event"
    if (events.low, events.high) != (NEVER, FOREVER):
        found += " in the period"
    if events._members is not None:
        found += " of these customers"
    if events.index.without_customer:
        found += f"; {events.index.without_customer:,} events name no customer"
    raise NotEnoughData(what, found, "at least one event of one step", "compare the steps with the event names and the time span of the data health chapter")


def frame_times(values: Ints) -> pd.Series:
    """µs as UTC timestamps; `NEVER` as missing."""
    import pandas as pd

    return pd.Series(pd.to_datetime(np.where(values == NEVER, np.iinfo(np.int64).min, values), unit="us", utc=True))
