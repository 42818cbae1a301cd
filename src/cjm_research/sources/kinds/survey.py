"""Survey results with one header row and one row a respondent, by the instrument map of the params; also files of SPSS and Stata."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ..contract import Context, ImportReport, SourceKind, SourceTables
from ..reading.export import Export
from ..reading.instruments.columns import names
from ..reading.questionnaires import COLUMNS, SETTINGS, deliver
from ..reading.statistical import Labelled, is_statistical, read_labelled
from ..reading.tabular import read_rows, read_table

if TYPE_CHECKING:
    from ...params.schema import Question, Source


def read(files: Sequence[Path], source: Source, context: Context) -> SourceTables:
    """Responses, and respondents' attributes where params name some. Raises `BadInput`."""
    if not any(is_statistical(path) for path in files):
        return deliver(Export("survey", source, context, files))
    report, texts = ImportReport(source.name, "survey"), dict[str, str]()

    def one(path: Path, source: Source, report: ImportReport) -> pd.DataFrame:
        if not is_statistical(path):
            return read_table(path, source, report)
        found = read_labelled(path, report, f"source {source.name!r}: {path.name}")
        texts.update(found.wordings)
        return _as_asked(found, source.questions)

    frame = read_rows(files, source, report, read=one)
    return deliver(Export("survey", source, context, frame=frame, report=report), texts)


def _as_asked(found: Labelled, questions: Sequence[Question]) -> pd.DataFrame:
    """The columns of a file as their questions are read: scales as codes with their labels, quantities, places and points as codes, all others by labels.

    A question whose `labels` the params give speaks of codes.
    """
    columns = [str(c) for c in found.codes.columns]
    out = {}
    for column in columns:
        question = next((q for q in questions if names(q, column, columns)), None)
        if question is None or question.instrument == "text":
            out[column] = found.by_labels(column)
        elif question.labels and "*" not in question.column and not question.ranges:
            out[column] = found.codes[column]
        elif question.instrument in ("nps", "csat", "ces", "likert"):
            out[column] = found.codes_with_labels(column)
        elif question.instrument in ("number", "ranking", "points", "maxdiff"):
            out[column] = found.codes[column]
        else:  # a choice whose codes are labelled in part shows the labels that there are
            out[column] = found.codes[column].map(found.labels.get(column, {})).astype("string").fillna(found.codes[column])
    return pd.DataFrame(out, index=found.codes.index)


KIND = SourceKind(
    name="survey", title="Survey results, one row a respondent", read=read, tables=("responses", "customers"),
    columns=COLUMNS, settings=SETTINGS)
