"""Columns of another file of the same export, added by a key."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ...engine import file_engine
from ...errors import BadInput, unknown
from ..contract import ImportReport, find_files
from ..frozen import receipt_path
from .cells import unreadable_share
from .numbers import to_numbers
from .numbers.currencies import declared_currency
from .numbers.spelling import spell

if TYPE_CHECKING:
    from ...params.schema import Join, Source

ReadTable = Callable[[Path, "Source", ImportReport], pd.DataFrame]
_AGGREGATE = re.compile(r"^(sum|min|max|count|first)\((.+)\)$")


def join_files(join: Join, source: Source, raw: Path) -> list[Path]:
    """The files a join reads. Raises `BadInput` where there is none or one lies outside the raw folder."""
    return find_files(source.model_copy(update={"files": join.files}), raw)


def input_files(source: Source, raw: Path) -> list[Path]:
    """Every file a source reads, those of its joins and the receipt of fetched rows included. Raises `BadInput` like `find_files`."""
    files = find_files(source, raw)
    receipts = [receipt_path(p) for p in files] if source.database else []
    return sorted({*files, *receipts, *(p for j in source.joins for p in join_files(j, source, raw))})


def raw_folder(files: Sequence[Path], source: Source) -> Path:
    """The client's raw folder: what is left of a file's path without the part its pattern stands for."""
    patterns = [source.files] if isinstance(source.files, str) else list(source.files)
    for pattern in patterns:
        parts = Path(pattern).parts
        if "**" not in parts and len(files[0].parents) >= len(parts):
            root = files[0].parents[len(parts) - 1]
            if files[0] in root.glob(pattern):
                return root
    return files[0].parent


def joined(frame: pd.DataFrame, join: Join, source: Source, raw: Path, report: ImportReport, read: ReadTable) -> pd.DataFrame:
    """The frame with the join's columns; rows without a partner keep empty ones and are counted in a note.

    Columns may be aggregates: sum, min, max, count or first (in file order) of a column there. Raises `BadInput`
    for unknown columns and for a key that occurs several times there without an aggregate.
    """
    where = f"source {source.name!r}: joins {join.files!r}"
    there_source = source.model_copy(update={"settings": {}})
    other = pd.concat([read(p, there_source, ImportReport(source.name, "join")) for p in join_files(join, source, raw)],
                      ignore_index=True)
    keys = {join.by: join.by} if isinstance(join.by, str) else dict(join.by)
    wanted = {c: c for c in join.columns} if isinstance(join.columns, list) else dict(join.columns)
    for here, there in keys.items():
        if here not in frame:
            raise unknown(where, "column", here, frame.columns, "correct the join")
        if there not in other:
            raise unknown(where, "column of the joined file", there, other.columns, "correct the join")
    if clash := [new for new in wanted if new in frame]:
        raise BadInput(where, f"the column {clash[0]!r} is there already", "another name", f"columns: {{{clash[0]}_2: {wanted[clash[0]]}}}")
    parts, aggregated = _parts(wanted, other, where)
    other = _typed(wanted, other, source, where, report)
    repeated = other.duplicated(list(keys.values())) & other[list(keys.values())].notna().all(axis=1)
    if not aggregated and repeated.any():
        raise BadInput(where, f"the key {', '.join(keys.values())} occurs more than once in the joined file", "one row a key",
                       "join on a unique key, or take sum(column), min(column), max(column), first(column), count(column)")
    engine = file_engine()
    engine.register("here", frame[list(keys)].reset_index(names="__row"))
    engine.register("there", other.reset_index(names="__order"))
    there_keys = ", ".join(_name(t) for t in keys.values())
    group = f" GROUP BY {there_keys}" if aggregated else ""
    on = " AND ".join(f"here.{_name(h)} = j.{_name(t)}" for h, t in keys.items())
    added = ", ".join(f"j.{_name(n)}" for n in wanted)
    out = engine.query(f"SELECT {added}, j.__there IS NOT NULL AS __found FROM here "
                       f"LEFT JOIN (SELECT {there_keys}, {', '.join(parts)}, {'any_value(1)' if aggregated else '1'} AS __there FROM there{group}) j "
                       f"ON {on} ORDER BY here.__row")
    engine.close()
    if missing := int((~out["__found"].astype(bool)).sum()):
        report.notes.append(f"{missing:,} rows have no partner in {join.files}")
    return frame.assign(**{n: out[n].set_axis(frame.index) for n in wanted})


def _parts(wanted: dict[str, str], other: pd.DataFrame, where: str) -> tuple[list[str], bool]:
    parts, plain, aggregated = [], [], False
    for new, expression in wanted.items():
        match = _AGGREGATE.match(expression) if expression not in other else None
        column = match[2] if match else expression
        if column not in other:
            raise unknown(where, "column of the joined file", column, other.columns, "correct the join")
        if not match:
            plain.append(column)
            parts.append(f"{_name(column)} AS {_name(new)}")
            continue
        aggregated = True
        if match[1] == "sum":
            parts.append(f"sum({_name(column)}) AS {_name(new)}")
        elif match[1] == "first":
            parts.append(f"first({_name(column)} ORDER BY __order) AS {_name(new)}")
        else:
            parts.append(f"{match[1]}({_name(column)}) AS {_name(new)}")
    if aggregated and plain:
        raise BadInput(where, f"the column {plain[0]!r} has no aggregate while others have", "an aggregate for each",
                       f"first({plain[0]})")
    return parts, aggregated


def _typed(wanted: dict[str, str], other: pd.DataFrame, source: Source, where: str, report: ImportReport) -> pd.DataFrame:
    """With the columns that are summed or compared as numbers. As text "9" is more than "10", so that only numbers, days
    in ISO 8601 and words are compared; raises `BadInput` for other texts that begin with a digit.
    """
    for expression in wanted.values():
        match = _AGGREGATE.match(expression) if expression not in other else None
        if match is None or match[1] not in ("sum", "min", "max") or not pd.api.types.is_string_dtype(other[match[2]]):
            continue
        column, text = match[2], other[match[2]].astype("string").str.strip()
        given = text[text.notna() & (text != "")]
        numeric = match[1] == "sum" or all(spell(cell) is not None for cell in given.unique())
        if numeric and len(given):
            other = other.assign(**{column: to_numbers(text, f"{where}: {expression}", report, source.settings.get("decimal"), negative=source.settings.get("negative"),
                                                       currency=declared_currency(source), most=unreadable_share(source))})
        elif numeric:
            other = other.assign(**{column: pd.Series(pd.NA, index=other.index, dtype="Float64")})
        elif not given.str.match(r"\d{4}-\d{2}-\d{2}").all() and given.str.match(r"[-+(]?\d").any():
            raise BadInput(f"{where}: {expression}", f"values such as {given[given.str.match(r'[-+(]?[0-9]')].iloc[0]!r} cannot be compared as text",
                           "numbers, days in ISO 8601 (2026-01-31), or words", "take first(column), or export the column in ISO 8601")
    return other


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'
