"""An export's rows on their way into canonical tables: keys, times, numbers, properties and ids, each counted.

What every source of rows does in the same way, so that a source file only says what is special to its tool.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from ...errors import BadInput
from ...ids import real as real_ids
from ...params.schema import kind_of
from ...tables import TABLES
from ..contract import KEY_COLUMNS, Context, ImportReport, SourceTables
from .cells import MOST_UNREADABLE, unreadable_share
from .made import canonical, json_object, same_person
from .marked import NOT_MARKED, VALUES, marks
from .numbers import read_numbers, to_numbers
from .numbers.single import whole
from .records import ENDINGS
from .tabular import check_column, column_of, mapped_columns, read_rows
from .times import UTC, to_utc

if TYPE_CHECKING:
    from ...params.schema import Source

#: settings that every kind with times understands
TIME_SETTINGS: dict[str, str] = {
    "time_unit": "where times are numbers: s, ms, us or ns since 1970, or the serial days of a spreadsheet: excel_days, excel_days_1904",
    "time_format": "strptime format (or a list of them), where times are not ISO 8601; it must have a year. %b and %B read names of months in English, German, French, Spanish, Portuguese, Italian and Dutch",
    "time_zones": "{abbreviation: zone or offset}: what abbreviations such as IST, BST or CST mean here",
    "unreadable": "share of a column's cells, 0 to 1, that may be unreadable and count as missing, which is told; default 0.05; more are refused",
}
#: settings that every kind made of rows understands
ROW_SETTINGS: dict[str, str] = {
    "members": "of zip archives: pattern of the files inside that are read; default: all, which must be parts of one table",
    "sheet": "of workbooks: the sheet's name; needed where several sheets hold rows",
    "table": "of SQLite databases: the table or view; needed where several hold rows",
    "query": "of SQLite databases: one SELECT in place of a table, e.g. for columns of several tables; whatever does more than read is refused",
    "skip_lines": "lines before the header",
    "cell_lines": "most line ends in one cell (default 500); given, it also lets cells hold lines that look like rows",
    **TIME_SETTINGS,
    "decimal": "decimal mark of numbers, '.' or ','; needed where no cell shows it (1,234)",
    "negative": "CR or DR: which of these marks beside amounts means below zero",
    "key_type": "what kind of key customer_id is (email, user_id, …); default: the column's name in lower case",
    "keys": "{key type: column} of further keys of the same person; they tie sources together",
    "missing": "{column: [values]} of the export that stand for no value, e.g. {days_since: [999, -1]}; numbers by value; refused where a column holds none of them",
    "null_keys": "further spellings of 'no id', e.g. [anonymous, '0']",
}
# column names that say who somebody is; they become properties or attributes only where params list them
_IDENTIFYING = re.compile(
    r"\b(e ?mail|(?:tele)?phone(?: number| no)?$|mobile number|fax|first ?name|last ?name|full ?name|surname|given ?name|family ?name|nick ?name|"
    r"vorname|nachname|telefon|street|strasse|adresse|anschrift|address|address ?line|ip|iban|bic|passport|ssn|tax id|"
    r"birth ?date|birthday|date of birth|dob|geburtsdatum|latitude|longitude|credit ?card|"
    r"(customer|contact|client|recipient|reviewer|person|author|respondent|user) ?name)\b|^name$")

BOOKKEEPING = ("_fivetran_", "_airbyte_", "_sdc_", "_dlt_")  # what connectors write about themselves


class Export:
    """The rows of an export. `frame` shrinks as rows are dropped; every drop is counted in `report`."""

    def __init__(self, kind: str, source: Source, context: Context, files: Sequence[Path] = (),
                 frame: pd.DataFrame | None = None, report: ImportReport | None = None) -> None:
        self.source, self.context = source, context
        self.report = report or ImportReport(source.name, kind)
        self.where = f"source {source.name!r}"
        self._keys: dict[str, pd.Series] = {}
        self.continued: dict[str, list[str]] = {}  # question → its columns, where the header names the first only
        self.frame = read_rows(files, source, self.report) if frame is None else frame
        if self.frame.shape[1] == 0:  # `[]` has no columns to miss
            self.frame = pd.DataFrame({c: pd.Series(dtype="string") for c in mapped_columns(source)})
        if len(self.frame) == 0:
            self.report.notes.append("no row fits the filter of the params" if self.report.dropped else "the export has no rows")
        self._without_missing()

    # --- settings ------------------------------------------------------------------------------------------------

    def setting(self, name: str, default: Any, *kinds: type) -> Any:
        """A setting of the params, checked to be of one of the types (default: that of `default`). Raises `BadInput`."""
        value = self.source.settings.get(name, default)
        allowed = kinds or (type(default),)
        if value is not default and (not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed)):
            words = {dict: "a mapping", list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}
            raise BadInput(f"{self.where}: settings.{name}", f"{value!r} is not understood",
                           " or ".join(words.get(k, k.__name__) for k in allowed), "cjm sources explains the setting")
        return value

    def columns_setting(self, name: str) -> dict[str, str]:
        """A setting that names columns, as {new name: column}; a list means the same names. Raises `BadInput`."""
        value = self.setting(name, {}, dict, list, str)
        named = {value: value} if isinstance(value, str) else {str(v): str(v) for v in value} if isinstance(value, list) else {
            str(k): str(v) for k, v in value.items()}
        for column in named.values():
            self.require(column, f"settings.{name}")
        return named

    def require(self, column: str, where: str) -> pd.Series:
        """A column by its name in the export. Raises `BadInput` where it is not there."""
        check_column(self.frame, column, f"{self.where}: {where}", self.report)
        return self.frame[column]

    def _without_missing(self) -> None:
        """Empty the cells that `settings.missing` declares as no value, which is told. Raises `BadInput` where a column holds none of the values."""
        from .instruments.texts import declared, folded  # instruments are read with this module

        for column, values in self.setting("missing", {}, dict).items():
            where = f"settings.missing.{column}"
            text = self.require(str(column), where).astype("string")
            none = declared(folded(text), values)
            if not none.any() and len(self.frame):
                raise BadInput(f"{self.where}: {where}", f"no cell of {column!r} is {' or '.join(map(repr, values))}", "values as they stand in the column",
                               f"correct the values, or leave {column} out of settings.missing")
            if none.any():
                self.frame = self.frame.assign(**{str(column): self.frame[column].mask(none)})
                self.report.notes.append(f"{column}: {int(none.sum()):,} cells are {' or '.join(map(repr, values))}, which params declare as no value")

    # --- columns -------------------------------------------------------------------------------------------------

    def column(self, canonical: str, *, required: bool = False, default: str | None = None) -> pd.Series | None:
        """The export's column for a canonical one, as it is; None where there is none. Raises `BadInput`."""
        return column_of(self.frame, self.source, canonical, self.report, required=required, default=default)

    def text(self, canonical: str, *, required: bool = False, default: str | None = None) -> pd.Series:
        """A column as trimmed text, blanks missing; all missing where the export has none."""
        values = self.column(canonical, required=required, default=default)
        return self.empty("string") if values is None else clean(values)

    def number(self, canonical: str, *, default: str | None = None) -> pd.Series:
        """A column as numbers; unreadable ones become missing and are counted in a note. Raises `BadInput` as `to_numbers` does."""
        values = self.column(canonical, default=default)
        return self.empty("Float64") if values is None else self.numbers(values, f"columns.{canonical}")

    def numbers(self, values: pd.Series, where: str) -> pd.Series:
        """Values as numbers, by the declared decimal mark."""
        return to_numbers(values, f"{self.where}: {where}", self.report, self.setting("decimal", None, str), currency=self.context.currency,
                          negative=self.setting("negative", None, str), by_program=self._by_program(), most=unreadable_share(self.source))

    def read_amounts(self, values: pd.Series, where: str, currency: str | None) -> tuple[pd.Series, str | None]:
        """Values as numbers, and the currency that their signs name; see `amounts.money`."""
        return read_numbers(values, f"{self.where}: {where}", self.report, self.setting("decimal", None, str), currency=currency, negative=self.setting("negative", None, str),
                            by_program=self._by_program(), most=unreadable_share(self.source), kept_apart=True)

    def _by_program(self) -> bool:
        return bool(self.report.files) and all(n.lower().endswith(ENDINGS) for n in self.report.files)

    def time(self, canonical: str, *, required: bool = False, default: str | None = None) -> pd.Series:
        """A column as UTC; what is empty or unreadable is NaT, the unreadable counted in a note."""
        values = self.column(canonical, required=required, default=default)
        return self.empty(UTC) if values is None else self.times(values, f"columns.{canonical}")

    def times(self, values: pd.Series, where: str) -> pd.Series:
        """Values as UTC, by the declared zone, unit and format."""
        return source_times(values, f"{self.where}: {where}", self.source, self.context, self.report)

    def sequence(self) -> pd.Series:
        """The column that says which events of one instant came first. Raises `BadInput` where a value is no whole number."""
        text = self.text("sequence", required=True).str.replace(r"^([+-]?[0-9]+)\.0+$", r"\1", regex=True)
        plain = text.str.fullmatch(r"[+-]?[0-9]{1,18}").fillna(False).astype(bool)
        odd = text[text.notna() & ~plain]
        if len(odd):
            read = {cell: whole(str(cell)) for cell in odd.unique()}
            if unread := [str(c) for c, number in read.items() if number is None]:
                raise BadInput(f"{self.where}: columns.sequence", f"{int(odd.isin(unread).sum()):,} values are no whole numbers, e.g. {unread[0][:40]!r}",
                               "whole numbers that rise in the order of the events of one person", "map another column, or leave sequence out")
            text = text.mask(~plain, text.map({c: str(n) for c, n in read.items()}))
        return pd.Series([pd.NA if pd.isna(v) else int(v) for v in text], index=text.index, dtype="Int64") if not plain.any() else text.astype("Int64")

    def empty(self, dtype: str) -> pd.Series:
        """A column of missing values."""
        return pd.Series(pd.NaT if "datetime" in dtype else pd.NA, index=self.frame.index, dtype=dtype)

    # --- rows ----------------------------------------------------------------------------------------------------

    def drop(self, unwanted: pd.Series, reason: str) -> pd.Series:
        """Drop rows, counted under a reason; returns which rows are kept, for series made before."""
        gone = unwanted.fillna(False).astype(bool)
        if gone.any():
            self.report.drop(reason, int(gone.sum()))
            self.frame = self.frame[~gone]
        return ~gone

    def drop_repeated(self, ids: pd.Series, refused: tuple[str, str, str] | None = None) -> None:
        """Drop rows whose id came before, counted as duplicates; notes ids whose rows differ.

        refused: column, what is allowed and what to do next, where more such ids than the share of unreadable cells are a `BadInput`.
        """
        repeated = ids.duplicated() & ids.notna()
        if not repeated.any():
            return
        group = self.frame[ids.isin(ids[repeated])]
        different = int(ids[group.index][~group.astype("string").duplicated(keep=False)].nunique()) if len(group) < 1_000_000 else 0
        share = unreadable_share(self.source)
        if refused and different > (MOST_UNREADABLE if share is None else share) * ids.nunique():
            raise BadInput(f"{self.where}: columns.{refused[0]}", f"{different:,} of {ids.nunique():,} ids stand in several rows with different contents, e.g. {ids[repeated].iloc[0]!r}",
                           refused[1], refused[2])
        if different:
            self.report.notes.append(f"{different:,} ids occur with different contents; the first row of each was kept")
        self.report.duplicates += int(repeated.sum())
        self.drop(repeated, "duplicate id")

    # --- persons -------------------------------------------------------------------------------------------------

    def keys(self, *, required: bool = False) -> pd.DataFrame:
        """`KEY_COLUMNS` of every row: customer_id, or where that is missing the first of `settings.keys`."""
        mapped = self.column("customer_id", required=required and not self.source.settings.get("keys"))
        columns: list[tuple[str, pd.Series]] = []
        if mapped is not None:
            columns.append((self.key_type(), self._key(mapped, "columns.customer_id")))
            self._tell_group()
        columns += [(t, self._key(self.require(c, f"settings.keys.{t}"), f"settings.keys.{t}")) for t, c in self.setting("keys", {}, dict).items()
                    if t not in self.groups()]
        out = pd.DataFrame({c: self.empty("string") for c in KEY_COLUMNS})
        for key_type, values in columns:
            missing = out["customer_key"].isna()
            if missing.all():
                out = pd.DataFrame({"key_type": pd.Series(key_type, index=values.index, dtype="string").mask(values.isna()),
                                    "customer_key": values})
            elif missing.any():
                out["key_type"] = out["key_type"].mask(missing & values.notna(), key_type)
                out["customer_key"] = out["customer_key"].fillna(values)
        return out

    def _tell_group(self) -> None:
        """Note where each customer of this source is a group: beside the people of another source they would be counted with them."""
        said = (f"columns.customer_id: {self.key_type()!r} is of a group, so that each of them counts as one customer, beside the people of other sources; "
                "to count people, map a person's own id as customer_id and name the group under settings.keys")
        if kind_of(self.key_type(), self.context.kinds) == "group" and said not in self.report.notes:
            self.report.notes.append(said)

    def groups(self) -> dict[str, str]:
        """Those of the keys that are of groups, as {key type: column}: an account is no person, but a property of one."""
        return {t: c for t, c in self.setting("keys", {}, dict).items() if kind_of(str(t), self.context.kinds) == "group"}

    def key_type(self) -> str:
        """What kind of key customer_id is."""
        self.setting("key_type", "", str)
        return key_type_of(self.source)

    def same_person(self) -> pd.DataFrame | None:
        """Pairs of keys that stand in one row."""
        mapped = self.column("customer_id")
        named = ([(self.key_type(), self._key(mapped, "columns.customer_id"))] if mapped is not None else []) + [
            (t, self._key(self.require(c, f"settings.keys.{t}"), f"settings.keys.{t}")) for t, c in self.setting("keys", {}, dict).items()
            if t not in self.groups()]
        return same_person(named, f"same row of {self.source.name}")

    def _key(self, values: pd.Series, where: str) -> pd.Series:
        """A column of persons' keys; those that name nobody are missing. Judged once, on all rows the column has at first."""
        if where not in self._keys:
            self._keys[where] = real_ids(values, f"{self.where}: {where}", self.report.notes, self.setting("null_keys", [], list), persons=True)
        return self._keys[where].loc[values.index]

    def ids(self, canonical: str, *, required: bool = False, default: str | None = None) -> pd.Series:
        """A column of ids (of sessions, units, records) as text; those that name nothing are missing and noted. Raises `BadInput` for cut ones."""
        values = self.column(canonical, required=required, default=default)
        return self.empty("string") if values is None else real_ids(values, f"{self.where}: columns.{canonical}", self.report.notes)

    # --- canonical columns -----------------------------------------------------------------------------------------

    def properties(self, setting: str = "properties", but: Collection[str] = (), more: Mapping[str, pd.Series] | None = None) -> pd.Series:
        """The other columns as compact JSON with sorted keys and no nulls; missing where a row has none.

        The setting lists the columns to keep ({name: column} renames); default: all that are not mapped, without
        those whose names say they identify a person, which are noted. more: what stands beside the export's own columns.
        """
        own = {f"\x00{name}": values for name, values in (more or {}).items()}
        frame, beside = self.frame.assign(**own), {name: f"\x00{name}" for name in more or {}}
        groups = {t: c for t, c in self.groups().items() if c in self.frame}
        if groups and (said := f"{', '.join(map(repr, groups))}: of a group, not of a person; ties nobody and is kept as a property") not in self.report.notes:
            self.report.notes.append(said)
        if setting in self.source.settings:
            kept = groups | self.columns_setting(setting) | beside
            self._tell_marked(set(kept.values()))
            return json_object(frame, kept)
        used = {*mapped_columns(self.source), *but, *(str(c) for c in self.setting("keys", {}, dict).values())}
        rest = [c for c in self.frame.columns if c not in used and not str(c).startswith(BOOKKEEPING)]
        private = [c for c in rest if identifies(c)]
        if private:
            self.report.notes.append(f"left out because they may identify a person: {', '.join(private)}; "
                                     f"list them under settings.{setting} to keep them")
        self._tell_marked(set(rest))
        return json_object(frame, groups | {c: c for c in rest if c not in private} | beside)

    def _tell_marked(self, kept: Collection[str]) -> None:
        """Note rows that a column marks as deleted or merged and that is not kept, so that nothing later can see it."""
        for column in self.frame.columns.difference([*kept, *mapped_columns(self.source)], sort=False):
            if how := marks(str(column)):
                text = self.frame[column].astype("string").str.strip().str.lower()
                n = int((text.notna() & ~text.isin(NOT_MARKED) if how == "flag" else text.isin(VALUES)).fillna(False).sum())
                said = f"{n:,} rows are marked by {str(column)!r} as deleted, merged or duplicates, and are kept; leave them out with `filter:`"
                if n and said not in self.report.notes:
                    self.report.notes.append(said)

    def table(self, name: str, columns: Mapping[str, Any]) -> pd.DataFrame:
        """A frame of a canonical table with its types; counts its rows and widens the time span."""
        index = next((v.index for v in columns.values() if isinstance(v, pd.Series)), self.frame.index)
        frame = canonical(name, columns, index)
        self.report.rows_kept[name] = self.report.rows_kept.get(name, 0) + len(frame)
        for column in TABLES[name].columns:
            if column.type == "time" and column.name in frame:
                self.report.span(frame[column.name])
        return frame

    def done(self, *, order: Literal["rows", "told"] = "rows", **tables: pd.DataFrame) -> SourceTables:
        """What the source delivers; order: as `SourceTables.order`."""
        return SourceTables(self.report, tables, self.same_person(), order)


def key_type_of(source: Source) -> str:
    """What kind of key a source's customer_id is: the declared one, else the column's name."""
    name = source.columns.get("customer_id", "customer_id")
    return str(source.settings.get("key_type", re.sub(r"[^a-z0-9_]+", "_", name.lower()).strip("_")))


def source_times(values: pd.Series, where: str, source: Source, context: Context, report: ImportReport) -> pd.Series:
    """Values as UTC by the zone, unit, format and abbreviations that a source's params declare. Raises `BadInput` as `to_utc` does."""
    said = {}
    for name, kinds in (("time_unit", (str,)), ("time_format", (str, list)), ("time_zones", (dict,))):
        said[name] = source.settings.get(name)
        if said[name] is not None and not isinstance(said[name], kinds):
            raise BadInput(f"source {source.name!r}: settings.{name}", f"{said[name]!r} is not understood", ROW_SETTINGS[name], f"write {name} in this form, or leave it out")
    return to_utc(values, where, source.timezone or context.timezone, report, unit=said["time_unit"], format=said["time_format"],
                  zones=said["time_zones"], most=unreadable_share(source))


def clean(values: pd.Series) -> pd.Series:
    """Text, trimmed, LF line ends, blanks missing."""
    text = values.astype("string").str.strip()
    if len(text) and text.str.contains("\r", regex=False).any():
        text = text.str.replace("\r\n", "\n", regex=False).str.replace("\r", "\n", regex=False)
    blank = text == ""
    return text.mask(blank) if blank.any() else text


def identifies(column: str) -> bool:
    """Whether a column's name says that it tells who somebody is (e-mail, phone, name, address, …)."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", str(column)).lower()
    return bool(_IDENTIFYING.search(re.sub(r"[^a-z0-9]+", " ", words).strip()))


