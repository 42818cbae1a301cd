"""Events of any tool as delimited text, JSON lines or Parquet, by a column map.

One row an event, or one row a case with a column for each moment (`settings.time_columns`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ...errors import BadInput
from ..contract import Context, ImportReport, SourceKind, SourceTables
from ..reading.amounts import CURRENCY_COLUMN, CURRENCY_SETTING, money
from ..reading.export import ROW_SETTINGS, Export
from ..reading.made import event_ids
from ..reading.streamed import Unproven, read_log

if TYPE_CHECKING:
    from ...params.schema import Source

_ID_LENGTH = 32  # of an id made from content; longer ones count identical rows

def read(files: Sequence[Path], source: Source, context: Context) -> SourceTables:
    """Interactions of an event export: large ones by the engine, where it can show that they keep to the rules. Raises `BadInput`."""
    try:
        return read_log(files, source, context)
    except Unproven as why:
        return deliver(Export("events", source, context, files, report=ImportReport(source.name, "events", notes=[f"all rows were held in memory to read them, since there may be {why}"] if why.large else [])))


def deliver(export: Export) -> SourceTables:
    """Interactions of the rows of an export. Raises `BadInput`."""
    source = export.source
    deduplicate = export.setting("deduplicate", True, bool, str)
    if deduplicate == "rows":
        repeated = export.frame.astype("string").duplicated()
        export.report.duplicates += int(repeated.sum())
        export.drop(repeated, "duplicate row")
    elif deduplicate not in (True, False):
        raise BadInput(f"{export.where}: settings.deduplicate", f"{deduplicate!r} is not understood",
                       "true (by interaction_id), rows (rows that are equal in every column) or false", "set settings.deduplicate to one of these")
    if deduplicate and export.column("interaction_id") is not None:
        export.drop_repeated(export.ids("interaction_id"))
    keys = export.keys(required=True)
    nobody = keys["customer_key"].isna()
    export.report.null_ids = int(nobody.sum())
    keys = keys[export.drop(nobody, "no customer id")]
    moments = export.setting("time_columns", {}, dict)
    told = bool(moments) or "sequence" in source.columns
    return export.done(order="told" if told else "rows", interactions=_wide(export, keys, moments) if moments else _long(export, keys))


def _long(export: Export, keys: pd.DataFrame) -> pd.DataFrame:
    at = export.time("occurred_at", required=True)
    kept = export.drop(at.isna(), "no readable time")
    at, keys = at[kept], keys[kept]
    event = export.text("event", required=True)
    kept = export.drop(event.isna(), "no event name")
    value, beside = money(export, "value")
    return interactions(export, keys[kept], at[kept], event[kept], value, export.properties(more=beside))


def _wide(export: Export, keys: pd.DataFrame, moments: dict[str, str]) -> pd.DataFrame:
    """One interaction for each moment that a row has."""
    for name in ("occurred_at", "event", "sequence"):
        if name in export.source.columns:
            raise BadInput(f"{export.where}: columns.{name}", "is mapped although settings.time_columns gives times and events",
                           "settings.time_columns, or columns.occurred_at and columns.event", f"leave {name} or settings.time_columns out")
    times = {column: export.times(export.require(column, "settings.time_columns"), f"settings.time_columns.{column}")
             for column in moments}
    at = pd.DataFrame(times)
    kept = export.drop(at.isna().all(axis=1), "no readable time")
    at, keys = at[kept], keys[kept]
    worth, beside = money(export, "value")
    at_event = export.setting("value_event", None, str)
    if "value" in export.source.columns and at_event not in moments.values():
        raise BadInput(f"{export.where}: settings.value_event", "does not say which moment the value belongs to"
                       if at_event is None else f"{at_event!r} is none of the events",
                       ", ".join(map(str, moments.values())), "or the value would be counted at every moment")
    properties = export.properties(but=list(moments), more=beside)
    parts = []
    for number, (column, event) in enumerate(moments.items()):
        there = at[column].notna()
        value = worth[there] if event == at_event else worth[there].mask(there[there])
        names = pd.Series(str(event), index=there[there].index, dtype="string")
        made = interactions(export, keys[there], at.loc[there, column], names, value, properties[there])
        parts.append(made.assign(sequence=pd.array([number] * len(made), dtype="Int64")))  # moments of one instant: as params list them
    return pd.concat(parts, ignore_index=True)


def interactions(export: Export, keys: pd.DataFrame, at: pd.Series, event: pd.Series, value: pd.Series,
                 properties: pd.Series) -> pd.DataFrame:
    """A frame of interactions; ids come from the export, else from the content of the row.

    A session's id is made unique over customers by putting the customer's key before it.
    """
    index = at.index
    optional: dict[str, pd.Series | None] = {
        name: export.text(name).loc[index] for name in ("touchpoint", "channel", "stage")
        if name in export.source.columns or name in export.source.constants}
    columns: dict[str, pd.Series | None] = {
        **keys, "occurred_at": at, "event": event.loc[index], **optional, "session_id": None,
        "value": value.loc[index] if value.notna().any() else None,
        "properties": properties.loc[index] if properties.notna().any() else None}
    if export.column("session_id") is not None:
        session = export.ids("session_id").loc[index]
        columns["session_id"] = (keys["customer_key"] + "|" + session).mask(session.isna())
    given = export.column("interaction_id")

    def made_ids() -> pd.Series:
        return event_ids(pd.DataFrame({n: c for n, c in columns.items() if c is not None}), export.source.name)

    if given is None:
        ids = made = made_ids()
        if (made.str.len() > _ID_LENGTH).any() and not export.source.settings.get("time_columns"):
            export.report.notes.append(_twins(export, made))
    else:
        ids = export.ids("interaction_id").loc[index]
        if export.source.settings.get("time_columns"):
            ids = ids + ":" + event.loc[index]
        if (missing := ids.isna()).any():
            export.report.notes.append(f"{int(missing.sum()):,} rows have no id; it was made from their content")
            ids = ids.fillna(made_ids())  # of all rows: equal ones are numbered
    if "sequence" in export.source.columns:
        columns["sequence"] = export.sequence().loc[index]
    return export.table("interactions", {"interaction_id": ids, "source": export.source.name, **columns})


def _twins(export: Export, made: pd.Series) -> str:
    """What is said of rows that equal another as far as they were read: most differ in a column that nobody mapped."""
    same = made.str.slice(0, _ID_LENGTH)
    alike = same.duplicated(keep=False)
    rows, group = export.frame.loc[made.index[alike]].astype("string"), same[alike].to_numpy()
    twins, whole = int(same.duplicated().sum()), int(rows.assign(**{"": group}).duplicated().sum())
    if whole == twins:
        return f"{whole:,} rows equal another in every column and are kept; where exports overlap, map interaction_id or set `deduplicate: rows`"
    differ = [repr(str(c)) for c in rows if (rows[c].groupby(group).nunique(dropna=False) > 1).any()]
    some = f"{whole:,} rows equal another in every column and are kept; " if whole else ""
    return (f"{some}{twins - whole:,} rows equal another in the mapped columns and differ in others ({', '.join(differ[:4])}): they are different events "
            "and all are kept; list such a column under settings.properties to tell them apart")


KIND = SourceKind(
    name="events", title="Events of any tool (CSV, JSON lines, Parquet)", read=read, tables=("interactions",),
    columns={
        "customer_id": "who; rows without it take the first of settings.keys that is there, others are counted and dropped",
        "occurred_at": "when; not with settings.time_columns",
        "event": "event name; may be a constant; not with settings.time_columns",
        "interaction_id": "the event's own id: repeated ones are removed and counted; default: made from the content",
        "session_id": "the tool's session; need not be unique over customers",
        "sequence": "a number that says which of several events of one instant came first; default: the order of the rows, where they stand in the "
                    "order of time",
        "value": "money or another amount", "currency": CURRENCY_COLUMN, "channel": "medium", "touchpoint": "touchpoint, where the export names it",
        "stage": "stage, where the export names it",
    },
    settings={
        **ROW_SETTINGS,
        "currency": CURRENCY_SETTING,
        "properties": "columns to keep as properties (list, or {name: column}); default: all that are not mapped",
        "deduplicate": "true: by interaction_id (default); rows: rows equal in every column; false: never",
        "time_columns": "{column: event}: each such column of a row is one event; at one instant they come in the order of this list",
        "value_event": "with time_columns: the event that carries the value",
    })
