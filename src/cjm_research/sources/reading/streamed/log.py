"""Interactions of a large export of events, row by row as `kinds.events` makes them, written by the engine into a scratch folder."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ....engine import literal
from ....engine.duck import Engine
from ....errors import BadInput
from ....params.schema import kind_of
from ...contract import Context, ImportReport, SourceTables
from ..amounts import CURRENCY_NAMES
from ..export import BOOKKEEPING, clean, identifies, key_type_of
from ..made import joined_pairs, member_sql
from ..marked import marks
from ..numbers.currencies import declared_currency
from ..ordering import tie_note, way_of_rows
from ..tabular import mapped_columns
from ..times import UTC
from .columns import names, numbers, person_keys, plain_ids, times
from .proof import Unproven, need
from .rows import Rows, open_rows

if TYPE_CHECKING:
    from ....params.schema import Source

LEAST_BYTES = 8 << 20  # of all files together; smaller exports are read at once, which takes no longer
_COLUMNS = frozenset(("customer_id", "occurred_at", "event", "interaction_id", "session_id", "value", "touchpoint", "channel", "stage"))
_SETTINGS = frozenset(("keys", "key_type", "null_keys", "properties", "deduplicate", "currency", "unreadable", "decimal", "cell_lines"))
_CONSTANTS = frozenset(("event", "touchpoint", "channel", "stage"))
_MOST_JOINED = 200


def read_log(files: Sequence[Path], source: Source, context: Context) -> SourceTables:
    """The interactions of large exports. Raises `Unproven` where another reader has to look."""
    import duckdb

    scratch = context.scratch
    settings = source.settings
    if scratch is None or sum(p.stat().st_size for p in files) < LEAST_BYTES:
        raise Unproven("few rows", large=False)
    need(not source.joins and not source.filter and set(settings) <= _SETTINGS and settings.get("deduplicate", True) in (True, False), "settings that need all rows at once")
    need(set(source.columns) <= _COLUMNS and set(source.constants) <= _CONSTANTS and not any("{" in c for c in source.columns.values()), "columns made of others")
    need({"occurred_at"} <= set(source.columns) and ("event" in source.columns or "event" in source.constants) and bool(settings.get("keys") or "customer_id" in source.columns), "columns that are not mapped")
    need(isinstance(settings.get("keys", {}), dict) and isinstance(settings.get("null_keys", []), list), "settings of another form")
    need(declared_currency(source) in (None, context.currency), "amounts in another currency")
    engine = Engine(None, context.memory, views=False, spill=scratch)
    try:
        return _Log(engine, source, context, scratch).read(files)
    except duckdb.Error as error:
        raise Unproven(str(error).splitlines()[0]) from None
    except BadInput as problem:  # whoever holds all rows says what is wrong first
        raise Unproven(problem.found) from None
    finally:
        engine.close()


class _Log:
    """One reading: each step puts a view over the one before (landed, keyed, timed, named, delivered), counts what it drops and notes what the other readers note."""

    def __init__(self, engine: Engine, source: Source, context: Context, scratch: Path) -> None:
        self.engine, self.source, self.context, self.scratch = engine, source, context, scratch
        self.report = ImportReport(source.name, "events")
        self.where = f"source {source.name!r}"
        keys = {str(t): str(c) for t, c in source.settings.get("keys", {}).items()}
        self.groups = {t: c for t, c in keys.items() if kind_of(t, context.kinds) == "group"}
        own = {key_type_of(source): source.columns["customer_id"]} if "customer_id" in source.columns else {}
        self.persons = [(t, c, "columns.customer_id") for t, c in own.items()] + [(t, c, f"settings.keys.{t}") for t, c in keys.items() if t not in self.groups]
        need(bool(self.persons) and not any(kind_of(t, context.kinds) == "group" for t in own), "no keys of persons")
        self.kept: dict[str, str] = {}  # name of a property → its column

    def read(self, files: Sequence[Path]) -> SourceTables:
        """All of it."""
        rows = open_rows(self.engine, files, self.source, self.report, self._wanted, self.scratch)
        ids = self._interaction_ids(rows)
        self._keyed(rows)
        at, join = times(self.engine, rows.columns[self.source.columns["occurred_at"]], f"{self.where}: columns.occurred_at", self.source.timezone or self.context.timezone,
                         self.report, "keyed")
        self._step("timed", f"SELECT keyed.*, {at} AS moment FROM keyed{join}", "moment", "no readable time")
        event, join = self._name(rows, "event", "timed")
        kept = self._step("named", f"SELECT timed.*, {event} AS event FROM timed{join}", "event", "no event name")
        columns = {"key_type": "key_type", "customer_key": "judged_key", "occurred_at": "moment", "event": "event"}
        joins = ""
        for name in ("touchpoint", "channel", "stage"):
            if name in self.source.columns or name in self.source.constants:
                columns[name], join = self._name(rows, name, "named")
                joins += join
        if "session_id" in self.source.columns:
            columns["session_id"] = f"judged_key || '|' || {plain_ids(self.engine, rows.columns[self.source.columns['session_id']], 'named')}"
        if "value" in self.source.columns:
            self._unless_empty(columns, "value", numbers(self.engine, rows.columns[self.source.columns["value"]], self.source.settings.get("decimal"), "named"))
        self._unless_empty(columns, "properties", self._properties(rows))
        made = ids or self._made_id(columns)
        select = ", ".join(f'{sql} AS "{name}"' for name, sql in columns.items() if name != "customer_key")
        self.engine.con.execute(f"CREATE OR REPLACE TEMP VIEW delivered AS SELECT {made} AS interaction_id, {literal(self.source.name)} AS source, spelt_key AS customer_key, {select}, place "
                                f"FROM named{joins}")
        if not ids:
            need(self._all_different("interaction_id", "delivered"), "rows that equal another")
        keys = self._coded_keys()
        sequence, known = self._order(kept)
        path = self.scratch / "interactions.parquet"
        self.engine.copy_to(f"""SELECT d.* EXCLUDE (place), {sequence} AS sequence, {known} AS order_known, c.key_code
            FROM delivered d LEFT JOIN coded_key c ON c.key_type = d.key_type AND c.key = d.customer_key""", path, level=1)
        self.report.rows_kept["interactions"] = kept
        span = self.engine.query("SELECT min(moment) AS low, max(moment) AS high FROM named").iloc[0]
        self.report.span(pd.Series([span["low"], span["high"]]).astype(UTC))
        return SourceTables(self.report, same_person=self._same_person(), written={"interactions": path}, keys=keys)

    def _wanted(self, names: Sequence[str]) -> list[str]:
        """The columns that are read. Raises `Unproven` where others may mean something."""
        mapped = mapped_columns(self.source)
        given = self.source.settings.get("properties")
        if given is not None:
            chosen = {given: given} if isinstance(given, str) else {str(v): str(v) for v in given} if isinstance(given, list) else {str(k): str(v) for k, v in given.items()}
            self.kept = self.groups | chosen
            looked = {*mapped, *self.kept.values()}
        else:
            used = {*mapped, *(c for _, c, _ in self.persons), *self.groups.values()}
            rest = [c for c in names if c not in used and not c.startswith(BOOKKEEPING)]
            looked = {*mapped, *rest}
            self.kept = self.groups | {c: c for c in rest if not identifies(c)}
            self.private = [c for c in rest if identifies(c)]
        wanted = [*self.source.columns.values(), *(c for _, c, _ in self.persons), *self.kept.values(), names[0]]
        need(set(wanted) <= set(names), "columns that are not there")
        need(not any(marks(c) for c in names if c not in looked), "a column that marks rows as deleted")
        need("value" not in self.source.columns or not any(re.sub(r"[^a-zäöü]", "", c.lower()) in CURRENCY_NAMES for c in names), "a column of currencies")
        need(len(self.kept) <= _MOST_JOINED, "very many properties")
        return list(dict.fromkeys(wanted))

    def _interaction_ids(self, rows: Rows) -> str:
        """SQL of the export's own ids, all different; empty where it has none."""
        name = self.source.columns.get("interaction_id")
        if name is None:
            return ""
        return plain_ids(self.engine, rows.columns[name], "landed", every=True, once=self.source.settings.get("deduplicate", True) is not False)

    def _all_different(self, sql: str, rows: str) -> bool:
        return bool(self.engine.scalar(f"SELECT count(*) = count(DISTINCT hash({sql})) FROM {rows}"))

    def _keyed(self, rows: Rows) -> None:
        """`keyed`: rows with a person, by the first of the keys that is there; k0, k1, … are all of them."""
        judged, spelt, joins = [], [], ""
        for i, (key_type, column, where) in enumerate(self.persons):
            sql = person_keys(self.engine, f"key_{i}", key_type, rows.columns[column], f"{self.where}: {where}", self.report, self.source.settings.get("null_keys", []))
            judged.append(sql or f"key_{i}.judged")
            spelt.append(sql or f"key_{i}.spelt")
            joins += "" if sql else f" LEFT JOIN key_{i} ON key_{i}.raw = CAST(landed.{rows.columns[column].sql} AS VARCHAR)"
        self.spelt_so = judged == spelt  # keys are used as they stand
        kinds = " ".join(f"WHEN {sql} IS NOT NULL THEN {literal(t)}" for sql, (t, _, _) in zip(judged, self.persons, strict=True))
        each = ", ".join(f"{sql} AS k{i}" for i, sql in enumerate(judged))
        select = f"SELECT landed.*, {each}, CASE {kinds} END AS key_type, coalesce({', '.join(judged)}) AS judged_key, coalesce({', '.join(spelt)}) AS spelt_key FROM landed{joins}"
        self.report.null_ids = rows.count - self._step("keyed", select, "judged_key", "no customer id")

    def _step(self, view: str, select: str, column: str, reason: str) -> int:
        """A view without the rows that lack a column, which are counted; returns how many are left."""
        self.engine.con.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT * FROM ({select}) WHERE {column} IS NOT NULL")
        total, left = self.engine.con.execute(f"SELECT count(*), count({column}) FROM ({select})").fetchall()[0]
        self.report.drop(reason, total - left)
        need(left > 0, "no rows")
        return int(left)

    def _name(self, rows: Rows, canonical: str, view: str) -> tuple[str, str]:
        if canonical in self.source.constants:
            shown = clean(pd.Series([self.source.constants[canonical]], dtype="string")).iloc[0]
            need(bool(pd.notna(shown)), "an empty constant")
            return literal(str(shown)), ""
        return names(self.engine, rows.columns[self.source.columns[canonical]], view, f"shown_{canonical}")

    def _unless_empty(self, columns: dict[str, str], name: str, sql: str) -> None:
        if sql and self.engine.scalar(f"SELECT 1 FROM named WHERE ({sql}) IS NOT NULL LIMIT 1"):
            columns[name] = sql

    def _properties(self, rows: Rows) -> str:
        """SQL of the object of a row's properties, as `made.json_object` writes it."""
        if self.groups:
            self.report.notes.append(f"{', '.join(map(repr, self.groups))}: of a group, not of a person; ties nobody and is kept as a property")
        if self.source.settings.get("properties") is None and self.private:
            self.report.notes.append(f"left out because they may identify a person: {', '.join(self.private)}; list them under settings.properties to keep them")
        members = [member_sql(name, rows.columns[column].sql, rows.columns[column].kind) for name, column in sorted(self.kept.items())]
        need(all(members), "properties that are neither text nor numbers")
        joined = f"nullif(concat_ws(',', {', '.join(map(str, members))}), '')"
        return f"'{{' || {joined} || '}}'" if members else ""

    def _made_id(self, columns: Mapping[str, str]) -> str:
        """SQL of an id from the content of a row, as `made.event_ids` makes it."""
        texts = ", ".join(f"coalesce(CAST({columns[c]} AS VARCHAR), chr(30))" for c in sorted(columns))
        return f"md5(concat_ws(chr(31), {literal(self.source.name)}, {texts}))"

    def _order(self, kept: int) -> tuple[str, str]:
        """SQL of `sequence` and of `order_known`; notes what stands for the order of events of one instant."""
        # a key's number is quicker to count by than the key
        rows, key = ("(SELECT c.key_code, n.moment FROM named n JOIN coded_key c ON c.key_type = n.key_type AND c.key = n.judged_key)", "key_code") if self.spelt_so else ("named", "key_type, judged_key")
        moments, tied, persons = self.engine.con.execute(f"""SELECT coalesce(sum(moments), 0), coalesce(sum(tied), 0), count(*) FROM (SELECT count(*) AS moments, sum(n) FILTER (n > 1) AS tied
            FROM (SELECT {key}, count(*) AS n FROM {rows} GROUP BY {key}, moment) GROUP BY {key})""").fetchall()[0]
        if self._in_order_of_time():
            up, down = int(moments) - int(persons), 0  # every row is as late as the one before
        else:
            up, down = self.engine.con.execute("""SELECT count(*) FILTER (moment > before), count(*) FILTER (moment < before)
                FROM (SELECT moment, lag(moment) OVER (PARTITION BY key_type, judged_key ORDER BY place) AS before FROM named)""").fetchall()[0]
        way, said = way_of_rows(up, down)
        if tied:
            self.report.notes.append(tie_note(int(tied), kept, said))
        return {"up": "place", "down": "-place", "unknown": "place", "none": "CAST(NULL AS BIGINT)"}[way], str(way in ("up", "down")).lower()

    def _in_order_of_time(self) -> bool:
        """Whether every row is as late as the one before. Looked at as the rows come; the engine sorts them only where they come in another order."""
        later = "SELECT count(*) FILTER (moment < before) FROM (SELECT moment, lag(moment) OVER (ORDER BY place) AS before FROM named)"
        last_place = last = np.iinfo(np.int64).min
        reader = self.engine.con.sql("SELECT CAST(place AS BIGINT) AS place, epoch_us(moment) AS moment FROM named").to_arrow_reader(1_000_000)
        in_place = in_time = True
        for batch in reader:  # to its end, before which nothing else can be asked
            if not batch.num_rows or not in_place or not in_time:
                continue
            place, moment = (batch.column(i).to_numpy(zero_copy_only=False) for i in (0, 1))
            in_place = bool(place[0] > last_place and (np.diff(place) > 0).all())
            in_time = bool(moment[0] >= last and (np.diff(moment) >= 0).all())
            last_place, last = place[-1], moment[-1]
        reader.close()
        return in_time if in_place else not self.engine.scalar(later)

    def _coded_keys(self) -> pd.DataFrame:
        """The keys in the order in which they come first; `coded_key` has their numbers."""
        self.engine.con.execute("""CREATE OR REPLACE TEMP TABLE coded_key AS SELECT key_type, key, row_number() OVER (ORDER BY first) - 1 AS key_code
            FROM (SELECT key_type, spelt_key AS key, min(place) AS first FROM named GROUP BY ALL)""")
        return self.engine.query("SELECT key_type, key FROM coded_key ORDER BY key_code").astype("string")

    def _same_person(self) -> pd.DataFrame | None:
        """Pairs of keys that stand in one row."""
        pairs = []
        for i, (type_a, _, _) in enumerate(self.persons):
            for j in range(i + 1, len(self.persons)):
                both = self.engine.query(f"SELECT k{i} AS key_a, k{j} AS key_b FROM named WHERE k{i} IS NOT NULL AND k{j} IS NOT NULL GROUP BY ALL ORDER BY min(place)")
                pairs.append(both.assign(key_type_a=type_a, key_type_b=self.persons[j][0], reason=f"same row of {self.source.name}"))
        return joined_pairs(pairs)
