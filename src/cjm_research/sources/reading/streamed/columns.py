"""Columns of the view `landed`, judged by the rules of the other readers: on distinct values, or by what SQL can show of every cell."""

from __future__ import annotations

import re
from collections.abc import Collection
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from ....engine import literal
from ....engine.duck import Engine
from ....ids import SURELY, normal_key, real, surely, suspicions_of
from ...contract import ImportReport
from ..export import clean
from ..times import localized
from ..times.zones import declared_zone
from .proof import need
from .rows import Column

_MOST_REPEATED = 5_000_000  # rows of a column whose ids are doubtful: they are judged as they stand
_DAY, _CLOCK = r"[0-9]{4}-[0-9]{2}-[0-9]{2}", r"[0-9]{2}:[0-9]{2}"
_ZONED = rf"{_DAY}[T ]{_CLOCK}:[0-9]{{2}}(\.[0-9]{{1,6}})?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])"
_BARE = rf"{_DAY}([T ]{_CLOCK}(:[0-9]{{2}}(\.[0-9]{{1,6}})?)?)?"
_PLAIN, _UNCLEAR = r"[-+]?[0-9]{1,15}(\.[0-9]{1,15})?", r"[-+]?[1-9][0-9]{0,2}\.[0-9]{3}"
_YEARS = range(1971, 2099)  # outside of them a time may stand for none, which is told
_MOST_NAMES = 50_000


def person_keys(engine: Engine, name: str, key_type: str, column: Column, where: str, report: ImportReport, more: Collection[object]) -> str:
    """SQL of a column of persons' ids where they are used as they stand; else empty, and a table `name`: raw, judged (missing where it names nobody) and in the
    spelling that sources share.
    """
    need(column.kind in ("text", "integer"), "ids that are neither text nor whole numbers")
    found = engine.query(f"SELECT CAST({column.sql} AS VARCHAR) AS raw, count(*) AS n FROM landed WHERE {column.sql} IS NOT NULL GROUP BY ALL ORDER BY min(place)")
    raw, counts = found["raw"].astype("string"), found["n"].to_numpy()
    if bool(surely(raw).all()) and not more:
        judged = raw
        for note in suspicions_of(pd.Series(counts, index=raw).sort_values(ascending=False)):
            _note(report, f"{where}: {note}")
    else:
        need(int(counts.sum()) <= _MOST_REPEATED, "doubtful ids among very many rows")
        values = pd.Series(raw.repeat(counts).to_numpy(), dtype="string")
        rows = values.astype("Int64") if column.kind == "integer" else values
        judged = real(rows, where, report.notes, more, persons=True).iloc[np.cumsum(counts) - counts].reset_index(drop=True)
    spelt = normal_key(key_type, judged)
    need(bool((spelt.isna() == judged.isna()).all()), "keys that name nobody in the spelling of their type")
    if bool(((raw == judged) & (raw == spelt)).fillna(False).all()):
        return f"CAST({column.sql} AS VARCHAR)"
    engine.register("keys_frame", pd.DataFrame({"raw": raw, "judged": judged, "spelt": spelt}))
    engine.con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM keys_frame")
    engine.unregister("keys_frame")
    return ""


def plain_ids(engine: Engine, column: Column, rows: str, every: bool = False, once: bool = False) -> str:
    """SQL of a column of ids that are beyond doubt. every: each row must have one; once: no two the same."""
    need(column.kind in ("text", "integer"), "ids that are neither text nor whole numbers")
    text = f"nullif(CAST({column.sql} AS VARCHAR), '')"
    sure = " AND ".join(_matches("t", p) for p in SURELY)
    different = "count(DISTINCT hash(t))" if once else "count(t)"
    plain, given, each, all_of_them = engine.con.execute(
        f"SELECT coalesce(bool_and({sure} AND NOT ends_with(t, chr(10))), true), count(t), {different}, count(*) FROM (SELECT {text} AS t FROM {rows})").fetchall()[0]
    need(plain, "ids that need a second look")
    need(not every or given == all_of_them, "rows without an id")
    need(each == given, "ids that occur twice")
    return text


def _matches(text: str, pattern: str) -> str:
    """SQL that says whether a pattern is found in a text. One of a set of letters is looked for letter by letter, which stops at the first."""
    if letters := re.fullmatch(r"\[(\w)-(\w)\]", pattern):
        return "(" + " OR ".join(f"contains({text}, {literal(chr(c))})" for c in range(ord(letters[1]), ord(letters[2]) + 1)) + ")"
    return f"regexp_matches({text}, {literal(pattern)})"


def times(engine: Engine, column: Column, where: str, timezone: str | None, report: ImportReport, rows: str) -> tuple[str, str]:
    """SQL of a column of times as instants, and what must be joined to it (with a blank before, or empty)."""
    sql = column.sql
    if column.kind == "zoned":
        at, wall = sql, ""
    elif column.kind == "naive":
        at, wall = "", sql
    else:
        need(column.kind == "text", "times that are neither text nor timestamps")
        given = f"nullif({sql}, '')"
        kinds = f"""count({given}), count(*) FILTER (regexp_full_match({given}, {literal(_ZONED)}) AND try_cast({given} AS TIMESTAMPTZ) IS NOT NULL),
            count(*) FILTER (regexp_full_match({given}, {literal(_BARE)}) AND try_cast({given} AS TIMESTAMP) IS NOT NULL)"""
        cells, zoned, bare = engine.con.execute(f"SELECT {kinds} FROM {rows}").fetchall()[0]
        need(cells and cells in (zoned, bare), "times that are not all written in one plain way")
        at, wall = (f"try_cast({given} AS TIMESTAMPTZ)", "") if zoned == cells else ("", f"try_cast({given} AS TIMESTAMP)")
    low, high = engine.con.execute(f"SELECT year(min(m)), year(max(m)) FROM (SELECT {wall or at} AS m FROM {rows})").fetchall()[0]
    need(low is not None and low in _YEARS and high in _YEARS, "years far from now")
    if not wall:
        return at, ""
    need(timezone is not None, "times without a zone")
    return _local(engine, wall, where, str(timezone), report, rows)


def _local(engine: Engine, wall: str, where: str, timezone: str, report: ImportReport, rows: str) -> tuple[str, str]:
    """Clocks of a zone as instants: the distance from UTC is looked up for each hour; what a clock change makes unclear, for each clock."""
    report.timezone = timezone
    if timezone == "UTC":
        return f"timezone('UTC', {wall})", ""
    zone = declared_zone(timezone, f"{where}: timezone")
    if isinstance(zone, int):
        return f"timezone('UTC', {wall} - to_minutes({zone}))", ""
    hours = engine.query(f"SELECT DISTINCT date_trunc('hour', {wall}) AS hour FROM {rows} WHERE {wall} IS NOT NULL")["hour"].astype("datetime64[us]")
    begin, end = _offset(hours, zone), _offset(hours + pd.Timedelta("59min 59.999999s"), zone)
    same = (begin == end).fillna(False).astype(bool)
    engine.register("hours_frame", pd.DataFrame({"hour": hours[same], "minutes": begin[same]}))
    engine.con.execute("CREATE OR REPLACE TEMP TABLE zone_hours AS SELECT CAST(hour AS TIMESTAMP) AS hour, minutes FROM hours_frame")
    engine.unregister("hours_frame")
    engine.register("odd_frame", pd.DataFrame({"hour": hours[~same]}))
    odd = engine.query(f"""SELECT {wall} AS wall, count(*) AS n FROM {rows} WHERE date_trunc('hour', {wall}) IN (SELECT CAST(hour AS TIMESTAMP) FROM odd_frame) GROUP BY ALL""")
    engine.unregister("odd_frame")
    counts = odd["n"].to_numpy(dtype=np.int64)
    clocks = odd["wall"].astype("datetime64[us]")
    read = localized(clocks.repeat(counts).reset_index(drop=True), where, timezone, report) if len(odd) else pd.Series([], dtype="datetime64[us, UTC]")
    engine.register("clocks_frame", pd.DataFrame({"wall": clocks, "instant": read.iloc[np.cumsum(counts) - counts].reset_index(drop=True)}))
    engine.con.execute("CREATE OR REPLACE TEMP TABLE zone_clocks AS SELECT CAST(wall AS TIMESTAMP) AS wall, CAST(instant AS TIMESTAMPTZ) AS instant FROM clocks_frame")
    engine.unregister("clocks_frame")
    return (f"coalesce(zc.instant, timezone('UTC', {wall} - to_minutes(zh.minutes)))",
            f" LEFT JOIN zone_hours zh ON zh.hour = date_trunc('hour', {wall}) LEFT JOIN zone_clocks zc ON zc.wall = {wall}")


def _offset(clocks: pd.Series, zone: ZoneInfo) -> pd.Series:
    """Minutes from UTC at clocks of a zone; missing where a clock is unclear there, and where they are no whole number."""
    there = clocks.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    seconds = (clocks - there.dt.tz_convert("UTC").dt.tz_localize(None)).dt.total_seconds()
    return (seconds // 60).where(seconds % 60 == 0).astype("Int64")


def numbers(engine: Engine, column: Column, decimal: str | None, rows: str) -> str:
    """SQL of a column of plain numbers."""
    if column.kind in ("number", "integer", "boolean"):
        return f"CASE WHEN isfinite(CAST({column.sql} AS DOUBLE)) THEN CAST({column.sql} AS DOUBLE) END"
    need(column.kind == "text" and decimal != ",", "numbers that are not plain")
    given = f"nullif({column.sql}, '')"
    cells, plain, dotted, unclear = engine.con.execute(f"""SELECT count({given}), count(*) FILTER (regexp_full_match({given}, {literal(_PLAIN)}) AND length({given}) <= 16),
        count(*) FILTER (contains({given}, '.')), count(*) FILTER (regexp_full_match({given}, {literal(_UNCLEAR)})) FROM {rows}""").fetchall()[0]
    need(cells == plain and (dotted == 0 or unclear < dotted), "numbers that are not plain")
    return f"CAST(ltrim({given}, '+') AS DOUBLE)"


def names(engine: Engine, column: Column, rows: str, table: str) -> tuple[str, str]:
    """SQL of a column of names (of events, channels, …), trimmed, and what must be joined to it."""
    need(column.kind == "text", "names that are no text")
    found = engine.query(f"SELECT {column.sql} AS raw, count(*) AS n FROM {rows} WHERE {column.sql} IS NOT NULL GROUP BY ALL")["raw"].astype("string")
    need(len(found) <= _MOST_NAMES, "very many names")
    shown = clean(found)
    if bool((shown == found).fillna(False).all()):
        return column.sql, ""
    engine.register("names_frame", pd.DataFrame({"raw": found, "shown": shown}))
    engine.con.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM names_frame")
    engine.unregister("names_frame")
    return f"{table}.shown", f" LEFT JOIN {table} ON {table}.raw = {column.sql}"


def _note(report: ImportReport, note: str) -> None:
    if note not in report.notes:
        report.notes.append(note)


