"""A zip of parts: an export that a tool delivers as several files of one table in one archive."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pandas as pd

from ...errors import BadInput
from ...files import Scratch, file_name
from .archives import Archive
from .containers import first_bytes, known_format

if TYPE_CHECKING:
    from ...params.schema import Source
    from ..contract import ImportReport

#: columns that make a row what it is; a file without one is another export
_NEEDED = ("customer_id", "occurred_at", "event", "deal_id", "stage", "entered_at", "unit_id", "variant", "document_id", "code")
_TABLES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".txt.gz", ".json", ".json.gz", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".parquet", ".xlsx")


def is_packed(path: Path) -> bool:
    """Whether a file is a zip archive of other files, by its first bytes."""
    head = first_bytes(path)
    return head.startswith(b"PK\x03\x04") and (known_format(head, path, path.name) or ("",))[0] == "a zip archive"


def parts_of(path: Path) -> list[str]:
    """The members of an archive that are tables by their names; hidden ones and folders are left out."""
    with Archive(path) as archive:
        return sorted(n for n in archive.names if ending_of(n) and not any(p.startswith((".", "__MACOSX")) for p in PurePosixPath(n).parts))


def ending_of(name: str) -> str:
    """The ending of a table's file, `.gz` left out; empty for other files."""
    low = name.lower()
    return next((e.removesuffix(".gz") for e in sorted(_TABLES, key=len, reverse=True) if low.endswith(e)), "")


def read_packed_parts(path: Path, source: Source, report: ImportReport, where: str, read: Callable[[Path, Source, ImportReport], pd.DataFrame]) -> pd.DataFrame:
    """All parts of an archive, one below another; `settings.members` says which. Raises `BadInput` where they are not of one table."""
    names, pattern = parts_of(path), source.settings.get("members")
    chosen = [n for n in names if pattern is None or fnmatchcase(n, str(pattern))]
    if not chosen:
        raise BadInput(where, f"no file inside is {'like ' + repr(pattern) if pattern else 'a table'}{': ' + ', '.join(names[:8]) if names else ''}",
                       "an archive of CSV, JSON, Parquet or workbooks", "correct settings.members" if pattern else "unpack it; put the files inside it into the raw folder")
    frames = []
    with Archive(path) as archive, Scratch("zip") as folder:
        for name in chosen:
            part = folder / file_name(name, "".join(PurePosixPath(name.lower()).suffixes[-2:]) if name.lower().endswith(".gz") else PurePosixPath(name.lower()).suffix)
            part.write_bytes(archive.read(name))
            try:
                frames.append(read(part, source, report))
            except BadInput as problem:
                raise BadInput(f"{where} > {name}", problem.found, problem.allowed, problem.next) from None
            finally:
                part.unlink()
    for name, frame in zip(chosen[1:], frames[1:], strict=True):
        if not set(frame.columns) & set(frames[0].columns):
            raise BadInput(where, f"its files are of different tables: {chosen[0]} and {name} share no column", "one table a source",
                           "set `settings: {members: \"<pattern>\"}`, one source for each table")
    if len(chosen) < len(names):
        report.notes.append(f"{path.name}: {len(chosen):,} of its {len(names):,} files are read")
    return one_table(frames, [f"{path.name} > {n}" for n in chosen], source, report)


def one_table(frames: Sequence[pd.DataFrame], names: Sequence[str], source: Source, report: ImportReport) -> pd.DataFrame:
    """Files of one table, one below another; a column that some lack is empty there, and told.

    Raises `BadInput` where a file lacks a column without which its rows say nothing: its export has other names, or is another.
    """
    if len(frames) == 1:
        return frames[0]
    frame = pd.concat(frames, ignore_index=True)
    for name, part in zip(names, frames, strict=True):
        missing = [c for c in frame.columns if c not in part]
        for canonical, column in source.columns.items():
            if column in missing and canonical in _NEEDED:
                raise BadInput(f"source {source.name!r}: {name}", f"the file has no column {column!r}, which is mapped as {canonical} and which other files of the source have",
                               "the same header in all files of a source", "export it with the same columns, or make it a source of its own with its own `columns`")
        if missing:
            report.notes.append(f"{name} has no column {', '.join(map(repr, missing[:5]))}; empty there")
    return frame
