"""Survey results with one header row and one row a respondent, by the instrument map of the params."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..contract import Context, SourceKind, SourceTables
from ..reading.export import Export
from ..reading.questionnaires import COLUMNS, SETTINGS, deliver

if TYPE_CHECKING:
    from ...params.schema import Source


def read(files: Sequence[Path], source: Source, context: Context) -> SourceTables:
    """Responses, and respondents' attributes where params name some. Raises `BadInput`."""
    return deliver(Export("survey", source, context, files))


KIND = SourceKind(
    name="survey", title="Survey results, one row a respondent", read=read, tables=("responses", "customers"),
    columns=COLUMNS, settings=SETTINGS)
