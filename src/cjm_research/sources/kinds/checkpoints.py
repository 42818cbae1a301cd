"""A/B tests as aggregates per look: one row an experiment, variant, metric and time, with n, mean and variance of both arms.

What other tools export of running experiments. There are no units behind it, so nothing of a person is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ...errors import BadInput
from ..contract import Context, SourceKind, SourceTables
from ..reading.export import ROW_SETTINGS, Export

if TYPE_CHECKING:
    from ...params.schema import Source

NUMBERS = {"n_control": "units of the control so far", "n_variant": "units of the variant so far", "mean_control": "mean of the control so far",
           "mean_variant": "mean of the variant so far", "var_control": "variance of the control's values", "var_variant": "variance of the variant's values"}


def read(files: Sequence[Path], source: Source, context: Context) -> SourceTables:
    """Checkpoints of experiments. Raises `BadInput`."""
    export = Export("checkpoints", source, context, files)
    names = {c: export.text(c, required=c != "experiment") for c in ("experiment", "variant", "metric")}
    if names["experiment"].isna().all() and len(export.frame):
        names["experiment"] = pd.Series(source.name, index=export.frame.index, dtype="string")
        export.report.notes.append(f"no experiment is named; it is called {source.name!r} like the source")
    for column in ("since", *NUMBERS):
        export.column(column, required=True)
    numbers = {c: export.number(c) for c in ("since", *NUMBERS)}
    for column in ("n_control", "n_variant", "var_control", "var_variant"):
        if (numbers[column] < 0).fillna(False).any():
            raise BadInput(f"{export.where}: columns.{column}", f"{int((numbers[column] < 0).sum()):,} negative values", "0 or more", "correct the export or the column map")
    values = {**names, **numbers}
    nameless = names["experiment"].isna() | names["variant"].isna() | names["metric"].isna() | numbers["since"].isna()
    kept = export.drop(nameless, "no experiment, variant, metric or time")
    key = pd.DataFrame({c: values[c][kept] for c in ("experiment", "variant", "metric", "since")})
    repeated = key.duplicated()
    if repeated.any():
        rows = pd.DataFrame({c: v[kept] for c, v in values.items()})
        if (repeated & ~rows.duplicated()).any():
            raise BadInput(f"{export.where}: columns.since", "a variant has several values of one metric at one time", "one row each",
                           "map what tells them apart to experiment, variant or metric")
        export.report.duplicates = int(repeated.sum())
    values = {c: v[kept][~repeated] for c, v in values.items()}
    export.drop(repeated, "duplicate checkpoint")
    return export.done(checkpoints=export.table("checkpoints", values))


KIND = SourceKind(
    name="checkpoints", title="A/B tests as aggregates per look (n, mean and variance of both arms)", read=read, tables=("checkpoints",),
    columns={"experiment": "name of the experiment, may be a constant; default: the source's name", "variant": "the variant that is compared with the control",
             "metric": "the metric", "since": "time since the start, any unit", **NUMBERS},
    settings=ROW_SETTINGS)
