"""A/B tests as unit-level tables: one row a unit with a column for each metric, or one row a unit and metric.

What was not observed stays a row with an empty value; it never becomes 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ...errors import BadInput, unknown
from ..contract import Context, ImportReport, SourceKind, SourceTables
from ..reading.export import ROW_SETTINGS, Export
from ..reading.made import json_object
from ..reading.tabular import read_rows, read_table
from ..reading.trials import arm_of_files, counted

if TYPE_CHECKING:
    from ...params.schema import Source

PERIODS = ("pre", "post")
_FILE = "\x00file"


def read(files: Sequence[Path], source: Source, context: Context) -> SourceTables:
    """Assignments and measurements of an experiment. Raises `BadInput`."""
    report = ImportReport(source.name, "experiment")
    export = Export("experiment", source, context, frame=read_rows(files, source, report, read=_with_file), report=report)
    file = export.frame[_FILE] if _FILE in export.frame else export.empty("string")
    export.frame = export.frame.drop(columns=_FILE, errors="ignore")
    name = export.text("experiment")
    if name.isna().all() and len(name):
        name = pd.Series(source.name, index=name.index, dtype="string")
        export.report.notes.append(f"no experiment is named; it is called {source.name!r} like the source")
    if "trials" in source.settings:
        arm = arm_of_files(export, file) if "variant_by_file" in source.settings else export.text("variant", required=True)
        kept = export.drop(arm.isna(), "no variant")
        return counted(export, name[kept], arm[kept])
    unit = _apart(export, export.ids("unit_id"), file)
    if export.column("unit_id") is None:
        export.report.notes.append("units have no id in the export; the number of the row is taken")
        # two sources of one test must not share units
        unit = pd.Series([f"{source.name} row {n}" for n in range(1, len(export.frame) + 1)], index=export.frame.index, dtype="string")
    export.report.null_ids = int(unit.isna().sum())
    kept = export.drop(unit.isna(), "no unit id")
    name, unit = name[kept], unit[kept]
    variant = arm_of_files(export, file[kept]) if "variant_by_file" in source.settings else export.text("variant", required=True)
    kept = export.drop(variant.isna(), "no variant")
    name, unit, variant = name[kept], unit[kept], variant[kept]
    long = export.setting("long", False, bool)
    if not long:
        repeated = pd.DataFrame({"name": name, "unit": unit, "variant": variant}).duplicated()
        if repeated.any():
            _refuse_contradictions(export, pd.DataFrame({"name": name, "unit": unit, "variant": variant}), repeated)
            export.report.duplicates = int(repeated.sum())
            kept = export.drop(repeated, "duplicate unit")
            name, unit, variant = name[kept], unit[kept], variant[kept]
    several = pd.DataFrame({"e": name, "u": unit, "v": variant}).drop_duplicates().duplicated(["e", "u"], keep=False)
    if several.any():
        export.report.notes.append(f"{int(several.sum()):,} assignments are of units in more than one variant")
    measurements = _long(export, name, unit) if long else _wide(export, name, unit)
    return export.done(assignments=_assignments(export, name, unit, variant, long), measurements=measurements)


def _with_file(path: Path, source: Source, report: ImportReport) -> pd.DataFrame:
    return read_table(path, source, report).assign(**{_FILE: path.name})


def _apart(export: Export, unit: pd.Series, file: pd.Series) -> pd.Series:
    """Ids that only number the rows of their file name a unit together with the file, where several files do so."""
    names = list(dict.fromkeys(file.dropna()))
    if len(names) < 2 or unit.isna().any():
        return unit
    for name in names:
        own = unit[file == name].tolist()
        if own not in ([str(k) for k in range(len(own))], [str(k) for k in range(1, len(own) + 1)]):
            return unit
    export.report.notes.append(f"unit_id only numbers the rows of each of {len(names)} files; with the file's name it is taken as the unit")
    return file.astype("string") + " row " + unit


def _refuse_contradictions(export: Export, who: pd.DataFrame, repeated: pd.Series) -> None:
    """A unit may stand twice only with the same values; else nobody knows which are right."""
    rows = pd.concat([who, export.frame.astype("string")], axis=1)
    differ = repeated & ~rows.duplicated()
    if differ.any():
        unit = who.loc[differ, "unit"].iloc[0]
        raise BadInput(f"{export.where}: columns.unit_id", f"unit {unit!r} stands in several rows with different values ({int(differ.sum()):,} such rows)",
                       "one row a unit and variant",
                       "let unit_id name what a row is, e.g. '{store}-{week}' with cluster: store, or set settings.long")


def _assignments(export: Export, name: pd.Series, unit: pd.Series, variant: pd.Series, long: bool) -> pd.DataFrame:
    segments = export.columns_setting("properties")
    columns = {"experiment": name, "unit_id": unit, **export.keys(), "variant": variant, "assigned_at": export.time("assigned_at"),
               "cluster": export.text("cluster"), "properties": json_object(export.frame, segments)}
    first = ~pd.DataFrame({"e": name, "u": unit, "v": variant}).duplicated() if long else pd.Series(True, index=name.index)
    return export.table("assignments", {n: c[first] for n, c in columns.items()})


def _wide(export: Export, name: pd.Series, unit: pd.Series) -> pd.DataFrame:
    columns = [("post", m, c) for m, c in export.columns_setting("metrics").items()]
    columns += [("pre", m, c) for m, c in export.columns_setting("pre").items()]
    if not columns:
        raise BadInput(f"{export.where}: settings.metrics", "no metric is named", f"columns: {', '.join(map(str, export.frame.columns))}",
                       "add `settings: {metrics: [<column>, …]}` or {name: column}; pre-period columns under `pre`")
    measured = export.time("measured_at")
    parts = []
    for period, metric, column in columns:
        value = export.numbers(export.frame[column], f"settings.{'metrics' if period == 'post' else 'pre'}.{metric}")
        if missing := int(value.isna().sum()):
            export.report.notes.append(f"{metric} ({period}) was not observed for {missing:,} of {len(value):,} units")
        parts.append(export.table("measurements", {"experiment": name, "unit_id": unit, "metric": metric, "value": value,
                                                   "period": period, "measured_at": measured}))
    return pd.concat(parts, ignore_index=True)


def _long(export: Export, name: pd.Series, unit: pd.Series) -> pd.DataFrame:
    metric = export.text("metric", required=True)
    period = export.text("period").str.lower().fillna("post")
    odd = ~period.isin(PERIODS)
    if odd.any():
        raise unknown(f"{export.where}: columns.period", "period", str(period[odd].iloc[0]), PERIODS, "recode the export or leave the column unmapped")
    if export.column("value", required=True) is None or metric.isna().any():
        raise BadInput(f"{export.where}: columns.metric", f"{int(metric.isna().sum()):,} rows name no metric", "a metric in every row", "name the metric in every row, or leave such rows out")
    columns = {"experiment": name, "unit_id": unit, "metric": metric, "value": export.number("value"), "period": period,
               "measured_at": export.time("measured_at")}
    key = pd.DataFrame({n: columns[n] for n in ("experiment", "unit_id", "metric", "period", "measured_at")})
    repeated = key.duplicated()
    if repeated.any():
        who = key.assign(value=columns["value"])
        if (repeated & ~who.duplicated()).any():
            raise BadInput(f"{export.where}: columns.value", "a unit has several values of one metric, period and time", "one value",
                           "map measured_at, or sum them up in the export")
        export.report.duplicates = int(repeated.sum())
        export.report.drop("duplicate measurement", int(repeated.sum()))
    return export.table("measurements", {n: c[~repeated] for n, c in columns.items()})


KIND = SourceKind(
    name="experiment", title="A/B test, one row a unit (or a unit and metric)", read=read, tables=("assignments", "measurements"),
    columns={
        "experiment": "name of the experiment, may be a constant; default: the source's name",
        "unit_id": "the randomised unit; default: the number of the row", "variant": "the arm", "assigned_at": "when it was assigned",
        "customer_id": "the customer, where the unit is one or belongs to one", "cluster": "group of units that were randomised or observed together",
        "measured_at": "when the metrics were measured", "metric": "with settings.long: the metric", "value": "with settings.long: its value",
        "period": "with settings.long: pre or post",
    },
    settings={**ROW_SETTINGS, "metrics": "metric columns (list, or {metric: column})", "pre": "the same before the experiment: {metric: column}",
              "properties": "columns to segment by (list, or {name: column})", "long": "true: one row a unit and metric",
              "trials": "counts instead of units: the column with the number of trials of an arm, or of an arm and day (assigned_at)",
              "successes": "with trials: {metric: column} of how many of them succeeded; declare the metric kind: proportion",
              "variant_by_file": "{pattern of file names: arm}, where each arm has a file of its own"})
