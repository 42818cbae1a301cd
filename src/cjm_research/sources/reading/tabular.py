"""Reading tables of exports: delimited text, JSON and Parquet, strictly, with joins, a filter and a column map.

Everything arrives as text (Parquet keeps its types), so that no value is changed by a guess.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ...engine import condition_sql, file_engine
from ...errors import BadInput, unknown
from ..contract import ImportReport
from ..limits import is_gzip
from . import records
from .cells import unreadable_share
from .containers import HEAD, begins_as_json, first_bytes
from .databases import is_database, read_database
from .delimited import decode, read_bytes, read_delimited, unique_headers
from .headers import without_headers
from .joins import joined, raw_folder
from .numbers import to_numbers
from .packed import is_packed, one_table, read_packed_parts
from .parquet import MAGIC, read_parquet
from .records import flatten, json_rows
from .statistical import is_statistical, read_statistical
from .summaries import without_summaries
from .workbooks import is_workbook, read_workbook

if TYPE_CHECKING:
    from ...params.schema import Source

__all__ = ["check_column", "column_of", "decode", "flatten", "json_rows", "mapped_columns", "read_bytes", "read_rows", "read_table", "unique_headers"]
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_TEMPLATE = re.compile(r"\{([^{}]+)\}")


def read_rows(files: Sequence[Path], source: Source, report: ImportReport, raw: Path | None = None, *,
              read: Callable[[Path, Source, ImportReport], pd.DataFrame] | None = None) -> pd.DataFrame:
    """All rows of a source's files, joined and filtered as its params say, as one frame.

    Counts rows read, ragged rows skipped and rows filtered in `report`; renames repeated headers and says so.
    raw: the client's raw folder, which joined files are relative to; read: reads one file, default `read_table`. Raises `BadInput` for anything that cannot
    be read as it is.
    """
    frames = [(read or read_table)(path, source, report) for path in files]
    report.files += [p.name for p in files if p.name not in report.files]
    rows = sum(map(len, frames))
    frames = [without_summaries(part, source, report, path.name) for path, part in zip(files, frames, strict=True)]
    frame = one_table(frames, [p.name for p in files], source, report)
    report.rows_read += rows
    report.columns = [str(c) for c in frame.columns]
    for join in source.joins:
        frame = joined(frame, join, source, raw or raw_folder(files, source), report, read_table)
    if source.filter:
        frame = _filtered(frame, source, report)
    return frame


def _filtered(frame: pd.DataFrame, source: Source, report: ImportReport) -> pd.DataFrame:
    at = f"source {source.name!r}: filter"
    where = condition_sql(source.filter, list(frame.columns), at)
    engine = file_engine()
    engine.register("rows", _comparable(frame, source, at, report).reset_index(names="__row"))
    keep = engine.arrays(f"SELECT __row FROM rows WHERE {where} ORDER BY __row")["__row"]
    engine.close()
    report.drop("filtered by params", len(frame) - len(keep))
    return frame.loc[keep].reset_index(drop=True)


def _comparable(frame: pd.DataFrame, source: Source, at: str, report: ImportReport) -> pd.DataFrame:
    """With the texts that are compared with numbers read as numbers, by the source's marks. Raises `BadInput` where text cannot be compared:
    as text 9 is more than 10, and 02/01/2026 than 01/12/2026.
    """
    for name, wanted in source.filter.items():
        limits = [v for op, v in wanted.items() if op in (">", ">=", "<", "<=")] if isinstance(wanted, Mapping) else []
        if not limits or name not in frame or not pd.api.types.is_string_dtype(frame[name]):
            continue
        if all(isinstance(v, int | float) and not isinstance(v, bool) for v in limits):
            frame = frame.assign(**{name: to_numbers(frame[name], f"{at}: {name}", report, source.settings.get("decimal"), negative=source.settings.get("negative"),
                                                     most=unreadable_share(source))})
            continue
        given = frame[name].dropna().str.strip()
        odd = given[(given != "") & ~given.str.match(r"\d{4}-\d{2}-\d{2}").fillna(False).astype(bool)]
        if not all(_ISO_DAY.match(str(v)) for v in limits):
            raise BadInput(f"{at}: {name}", f"{limits[0]!r} would be compared as text", "numbers without quotation marks, or days in ISO 8601 (2026-01-31)", "correct the condition")
        if len(odd):
            raise BadInput(f"{at}: {name}", f"{str(odd.iloc[0])[:40]!r} is no day in ISO 8601, so that it cannot be compared with {limits[0]!r} ({len(odd):,} such rows)",
                           "days in ISO 8601 (2026-01-31) in all cells", "export the column in ISO 8601, or set `period` of the params instead")
    return frame


def read_table(path: Path, source: Source, report: ImportReport) -> pd.DataFrame:
    """One file as a frame. Parquet keeps its types; delimited text, JSON, sheets of workbooks and tables of databases become text."""
    name = path.name.lower()
    where = f"source {source.name!r}: {path.name}"
    if path.stat().st_size == 0:
        raise BadInput(where, "the file is empty (0 bytes)", "an export with a header and rows", "export it again")
    if is_workbook(path):  # whatever its name
        return without_headers(read_workbook(path, source, report, where), source, report, where, path.name)
    if is_database(path):
        return read_database(path, source, report, where)
    if is_statistical(path):
        return read_statistical(path, report, where)
    if is_packed(path):
        return read_packed_parts(path, source, report, where, read_table)
    head = _head(path) if not path.suffix else b""  # without an ending the content alone tells; another ending is held to what it says
    if name.endswith(".parquet") or head.startswith(MAGIC):
        return read_parquet(path, report, where)
    if name.endswith(records.ENDINGS) or begins_as_json(head):
        return records.read_records(path, source, where)
    return without_headers(read_delimited(path, source, report, where), source, report, where, path.name)


def _head(path: Path) -> bytes:
    """The beginning of a file, of what it holds where it is gzip; nothing of one that is damaged, which its reader tells."""
    if not is_gzip(path):
        return first_bytes(path)
    try:
        with gzip.open(path) as stream:
            return stream.read(HEAD)
    except (OSError, EOFError, zlib.error):
        return b""


def column_of(frame: pd.DataFrame, source: Source, canonical: str, report: ImportReport, *, required: bool = False,
              default: str | None = None) -> pd.Series | None:
    """The export's column for a canonical column: by the column map, else `default` where the export has it.

    The map may give a template of several columns, `"{store}-{till}"`, which is empty where one of them is.
    Constants of the params come as a column of one value. Raises `BadInput` for a mapped column that is not
    there, occurs twice in the header, or is required and not mapped.
    """
    if canonical in source.constants:
        return pd.Series(source.constants[canonical], index=frame.index)
    name = source.columns.get(canonical) or (default if default in frame else None)
    where = f"source {source.name!r}: columns.{canonical}"
    if name is None:
        if required:
            raise BadInput(where, "the column is not mapped", f"one of: {_listed(frame)}",
                           f"add `columns: {{{canonical}: <column>}}` to the source")
        return None
    parts = [name] if name in frame or not _TEMPLATE.search(name) else _TEMPLATE.findall(name)
    for part in parts:
        check_column(frame, part, where, report)
    return frame[name] if parts == [name] else _filled(frame, name)


def check_column(frame: pd.DataFrame, name: str, where: str, report: ImportReport) -> None:
    """Raise `BadInput` unless the export has exactly one column of this name."""
    if name in frame:
        return
    choices = [new for old, new in report.renamed.items() if old.startswith(f"{name} (column ")]
    if choices:
        raise BadInput(where, f"the header has {name!r} more than once, so it is unclear which is meant",
                       ", ".join(choices), "name one of these renamed columns")
    raise unknown(where, "column", name, frame.columns, "correct the column map or the export")


def _filled(frame: pd.DataFrame, template: str) -> pd.Series:
    out: pd.Series = pd.Series("", index=frame.index, dtype="string")
    position = 0
    for match in _TEMPLATE.finditer(template):
        out = out + template[position: match.start()] + frame[match[1]].astype("string")
        position = match.end()
    return out + template[position:]


def mapped_columns(source: Source) -> set[str]:
    """Every column of the export that the column map uses, templates taken apart."""
    used: set[str] = set()
    for name in source.columns.values():
        used.update([name, *_TEMPLATE.findall(name)])
    return used


def _listed(frame: pd.DataFrame) -> str:
    names = [str(c) for c in frame.columns]
    return ", ".join(names[:40]) + (f", … ({len(names)} in all)" if len(names) > 40 else "")
