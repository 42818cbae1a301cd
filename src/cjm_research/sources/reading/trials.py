"""A/B tests as counts: trials and successes per arm, or per arm and day, as the units that they count.

A trial becomes a unit with 1 or 0; so the shares, their fixed-horizon interval and the checks are those of units.
"""

from __future__ import annotations

from fnmatch import fnmatch

import numpy as np
import pandas as pd

from ...errors import BadInput
from ..contract import SourceTables
from .cells import row_of
from .export import Export

_FEWEST_DAYS = 4  # of each arm, before counts that never fall look like running totals: of two arms by chance once in 576
MOST_TRIALS = 20_000_000  # units in memory; more belongs in checkpoints


def arm_of_files(export: Export, names: pd.Series) -> pd.Series:
    """The arm of each row by the name of its file, as `settings.variant_by_file` says. Raises `BadInput` for a file that no pattern, or several, fit."""
    patterns = {str(p): str(v) for p, v in export.setting("variant_by_file", {}, dict).items()}
    arms = {}
    for name in dict.fromkeys(names):
        found = {v for p, v in patterns.items() if fnmatch(str(name), p)}
        if len(found) != 1:
            raise BadInput(f"{export.where}: settings.variant_by_file", f"{name} fits {'no pattern' if not found else 'patterns of ' + ', '.join(sorted(found))}",
                           "{pattern of file names: arm}, one for each file", "add or correct a pattern")
        arms[name] = found.pop()
    return names.map(arms).astype("string")


def counted(export: Export, name: pd.Series, variant: pd.Series) -> SourceTables:
    """Assignments and measurements of counts: a unit a trial. Raises `BadInput` for counts that are none."""
    columns = export.columns_setting("successes")
    where = f"{export.where}: settings"
    if not columns:
        raise BadInput(f"{where}.successes", "no metric is named", f"columns: {', '.join(map(str, export.frame.columns))}", "add `successes: {<metric>: <column>}`")
    trials = export.numbers(export.require(export.setting("trials", "", str), "settings.trials"), "settings.trials")
    kept = export.drop(trials.isna(), "no number of trials")
    at = export.time("assigned_at")
    if export.column("assigned_at") is not None and at.notna().any():
        kept &= export.drop(at.isna(), "no readable day, as of a row that sums up others").reindex(kept.index, fill_value=False)
    trials, name, variant = trials[kept], name[kept], variant[kept]
    for metric, column in columns.items():
        _refuse_rates(export, export.frame[column], f"{where}.successes.{metric}")
    successes = {m: export.numbers(export.frame[c], f"settings.successes.{m}") for m, c in columns.items()}
    for what, values in {"trials": trials, **{f"successes.{m}": v for m, v in successes.items()}}.items():
        odd = (values < 0) | (values != values.round()) | (values > trials)
        if odd.fillna(False).any():
            worst = values[odd.fillna(False)].iloc[0]
            raise BadInput(f"{where}.{what}", f"{worst:g} is no number of {'trials' if what == 'trials' else 'successes among the trials of its row'}",
                           "whole numbers from 0, successes up to the trials", "correct the columns; sums and means are no counts")
    _refuse_sums(export, name, variant, trials, successes)
    _tell_repeated(export, name, variant, at.reindex(trials.index), trials, successes)
    total = int(trials.sum())
    if total > MOST_TRIALS:
        raise BadInput(f"{where}.trials", f"{total:,} trials", f"up to {MOST_TRIALS:,}", "deliver means and variances with kind: checkpoints")
    size = trials.astype("int64").to_numpy()
    row = np.repeat(np.arange(len(size)), size)
    number = np.arange(total) - np.repeat(np.cumsum(size) - size, size)
    unit = pd.Series([f"{export.source.name} {r}.{k}" for r, k in zip(row + 1, number + 1, strict=True)], dtype="string")

    def each(values: pd.Series) -> pd.Series:
        return values.take(row).reset_index(drop=True)

    at, experiment = each(at.reindex(trials.index)), each(name)
    parts = []
    for metric, values in successes.items():
        hits = each(values)
        value = (pd.Series(number) < hits).astype("Float64").mask(hits.isna())
        if missing := int(hits.isna().sum()):
            export.report.notes.append(f"{metric} was not observed for {missing:,} of {total:,} trials ({int(values.isna().sum()):,} rows without a number)")
        parts.append(export.table("measurements", {"experiment": experiment, "unit_id": unit, "metric": metric, "value": value, "period": "post"}))
    export.report.notes.append(f"{total:,} trials of {len(size):,} rows count as units; that several are of one person cannot be seen in counts")
    assignments = export.table("assignments", {"experiment": experiment, "unit_id": unit, "variant": each(variant), "assigned_at": at})
    return SourceTables(export.report, {"assignments": assignments, "measurements": pd.concat(parts, ignore_index=True)})


def _refuse_rates(export: Export, cells: pd.Series, where: str) -> None:
    """Raise `BadInput` where successes carry a percent sign: 10 % of the trials are no 10 successes."""
    rates = cells.astype("string").str.contains("[%‰％]", regex=True).fillna(False).astype(bool)
    if rates.any():
        raise BadInput(where, f"{str(cells[rates].iloc[0])[:40]!r} {row_of(rates.idxmax())} is a rate, not a number of successes", "whole numbers of successes, from 0 up to the trials",
                       "map the column that counts them, or let the export count them")


def _tell_repeated(export: Export, name: pd.Series, variant: pd.Series, at: pd.Series, trials: pd.Series, successes: dict[str, pd.Series]) -> None:
    """Note rows of one arm and day that equal another, and counts that never fall from day to day, as running totals do."""
    if not at.notna().all() or not len(at):
        return
    counts = pd.DataFrame({"trials": trials, **{f"successes {m}": v for m, v in successes.items()}}).astype("Float64")
    rows = counts.assign(experiment=name.fillna(""), arm=variant.fillna(""), day=at)
    if again := int(rows.duplicated().sum()):
        export.report.notes.append(f"{again:,} rows equal another of the same arm, day and counts, and all are added up; if they were exported twice, every trial of them counts twice")
    if rows.duplicated(["experiment", "arm", "day"]).any():
        return
    arms = [g.sort_values("day")[list(counts)] for _, g in rows.groupby(["experiment", "arm"])]
    if all(len(g) >= _FEWEST_DAYS and (g.diff().iloc[1:].fillna(0) >= 0).all(axis=None) and g["trials"].is_unique for g in arms):
        export.report.notes.append("the counts of every arm never fall from one day to the next: if they are running totals, every trial counts several times; "
                                   "keep the last day of each arm then, e.g. by `filter`")


def _refuse_sums(export: Export, name: pd.Series, variant: pd.Series, trials: pd.Series, successes: dict[str, pd.Series]) -> None:
    """Raise `BadInput` where a row without a day holds the sum of the other rows of its arm, or of all rows: it would count every trial twice.

    A row of a day may hold as many as the other days together by chance, so that it is told.
    """
    dated = export.column("assigned_at") is not None
    counts = pd.DataFrame({"trials": trials, **{f"successes {m}": v for m, v in successes.items()}}).astype("Float64").fillna(0)
    groups = [g for _, g in counts.groupby([name.fillna(""), variant])] + [g for _, g in counts.groupby(name.fillna(""))]
    for rows in groups:
        sums = (rows * 2 == rows.sum()).all(axis=1) & (rows["trials"] > 0)
        if len(rows) > 2 and sums.any() and dated:
            said = (f"{row_of(sums.idxmax())} holds {rows['trials'][sums].iloc[0]:,.0f} trials, the sum of the {len(rows) - 1} others, and as many successes as they; "
                    "if it is a total it counts every trial twice: leave it out by `filter`")
            export.report.notes += [said] if said not in export.report.notes else []
        elif len(rows) > 2 and sums.any():
            raise BadInput(f"{export.where}: settings.trials", f"{row_of(sums.idxmax())} holds {rows['trials'][sums].iloc[0]:,.0f} trials, the sum of the {len(rows) - 1} others, and as many successes as they",
                           "rows that count each trial once", "leave the row out of the export if it is a total, e.g. by `filter`; else map the day as columns.assigned_at")
