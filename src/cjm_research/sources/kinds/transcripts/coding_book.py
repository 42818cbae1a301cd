"""The table of codes beside tables of codings: its names, its tree, and its published numbers of codings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ....errors import BadInput
from ...contract import ImportReport
from ...reading.coding_tables import CodeRow, paths_from_parents, split_path
from ...reading.numbers.single import number, whole
from ...reading.tabular import column_of, read_table

if TYPE_CHECKING:
    from ....params.schema import Source

_CODE_DEFAULTS: Mapping[str, tuple[str, ...]] = {
    "code": ("path", "code_path", "code", "name", "Code"),
    "code_key": ("id", "code_id"),
    "parent": ("parent_id", "parent"),
    "memo": ("memo", "Memo", "description", "definition"),
    "kind": ("kind",),
    "valence": ("valence",),
    "guessed": ("guessed",),
    "color": ("color", "colour"),
    "frequency": ("frequency", "Frequency", "count"),
}


def names_in(book: Path, source: Source, separator: str) -> frozenset[str]:
    """Names and paths that a codebook lists, to tell a name with a semicolon from two codes."""
    frame = read_table(book, source, ImportReport(source.name, source.kind))
    column = source.columns.get("codebook_code") or first_of(frame, _CODE_DEFAULTS["code"])
    if column is None or column not in frame:
        return frozenset()
    listed = [str(v).strip() for v in frame[column].dropna()]
    return frozenset({*listed, *(p for v in listed for p in split_path(v, separator))})


def read_codebook(path: Path, source: Source, report: ImportReport, separator: str, used: list[CodeRow]) -> list[CodeRow]:
    """The codes of the codebook file. A bare name stands for the one used path that ends in it."""
    where = f"source {source.name!r}: {path.name}"
    frame = read_table(path, source, report)
    report.files.append(path.name)
    mapped = source.model_copy(
        update={
            "columns": {k.removeprefix("codebook_"): v for k, v in source.columns.items() if k.startswith("codebook_")},
            "constants": {},
        }
    )
    columns = {
        name: column_of(frame, mapped, name, report, required=name == "code", default=first_of(frame, defaults))
        for name, defaults in _CODE_DEFAULTS.items()
    }

    def value(name: str, i: Any) -> str | None:
        column = columns[name]
        return None if column is None or pd.isna(column[i]) or str(column[i]).strip() == "" else str(column[i]).strip()

    ends: dict[str, set[tuple[str, ...]]] = {}
    for row in used:
        for depth in range(1, len(row.path) + 1):
            ends.setdefault(row.path[depth - 1], set()).add(row.path[:depth])
    tree: dict[str, tuple[str, ...]] = {}
    if columns["parent"] is not None:
        key = "code_key" if columns["code_key"] is not None else "code"
        tree = paths_from_parents(
            {value(key, i) or "": (value("code", i) or "", value("parent", i)) for i in frame.index}, where
        )
    counts = Counter(row.path for row in used)
    rows, differing = [], []
    for i in frame.index:
        name = value("code", i)
        if name is None:
            continue
        if tree:
            code_path = tree[value("code_key" if columns["code_key"] is not None else "code", i) or ""]
        else:
            code_path = split_path(name, separator)
            if len(code_path) == 1 and len(ends.get(name, ())) == 1:
                code_path = next(iter(ends[name]))
        rows.append(
            CodeRow(
                code_path,
                kind=value("kind", i),
                valence=_number(value("valence", i), where),
                memo=value("memo", i),
                color=value("color", i),
                guessed=value("guessed", i),
            )
        )
        said = value("frequency", i)
        frequency = None if said is None else whole(said)
        if said is not None and frequency is None:
            differing.append(f"{name}: {said[:20]!r} is no number")
        elif frequency is not None and frequency != counts[code_path]:
            differing.append(f"{name}: {frequency:,} in the codebook, {counts[code_path]:,} codings")
    if differing:
        report.notes.append(
            f"{len(differing)} codes have another frequency in the codebook than codings here: "
            + "; ".join(differing[:5])
        )
    return rows


def first_of(frame: pd.DataFrame, names: Sequence[str]) -> str | None:
    """The first of these names that the table has."""
    return next((n for n in names if n in frame), None)


def _number(text: str | None, where: str) -> float | None:
    if text is None or (value := number(text)) is not None:
        return None if text is None else value
    raise BadInput(f"{where}: valence", f"{text[:40]!r}", "a number from -2 to 2", "correct the codebook")
