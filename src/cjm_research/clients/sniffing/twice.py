"""Sources of one folder that hold the same rows: the same export twice, as two files or in two formats. Each row counts once."""

from __future__ import annotations

import pandas as pd

from .kinds import Recognised
from .trial import Trial

#: table → what tells one of its rows from another; ids that a reader makes are left out
_ROWS = {"interactions": ("customer_key", "event", "occurred_at"), "feedback": ("published_at", "text", "label", "rating"), "documents": ("text_sha256",),
         "deals": ("deal_id", "stage", "entered_at"), "responses": ("response_id", "question_id", "answered_at", "answer", "score")}
#: table → columns of which one must be filled, for a row to be told from others at all
_TELLING = {"interactions": ("customer_key",), "feedback": ("text", "published_at"), "documents": ("text_sha256",), "deals": ("deal_id",), "responses": ("answered_at",)}
_FEWEST = 3
_MOST_OF = 0.9  # of the smaller source's rows


def mark_repeated(trials: list[tuple[Recognised, Trial]]) -> None:
    """Say of each source whose rows nearly all stand in an earlier one, or in a proven one, that they do."""
    kept: list[tuple[Trial, dict[str, set[int]]]] = []
    for _, read in sorted(trials, key=lambda t: not t[0].proven):  # a stable sort: proven ones first
        rows = _rows(read)
        for other, seen in kept:
            if rows and (shared := rows.keys() & seen.keys()) and all(_same(rows[t], seen[t]) for t in shared) and rows.keys() <= seen.keys():
                read.again = str(other.source["name"])
                break
        else:
            kept.append((read, rows))


def _rows(read: Trial) -> dict[str, set[int]]:
    tables = read.delivered.tables if read.delivered is not None else {}
    return {name: _hashes(tables[name], columns, _TELLING[name]) for name, columns in _ROWS.items() if name in tables and len(tables[name])}


def _hashes(table: pd.DataFrame, columns: tuple[str, ...], telling: tuple[str, ...]) -> set[int]:
    told = table[table[[c for c in telling if c in table]].notna().any(axis=1)]
    return set(pd.util.hash_pandas_object(told[[c for c in columns if c in table]].astype("string"), index=False))


def _same(rows: set[int], seen: set[int]) -> bool:
    return len(rows) >= _FEWEST and len(rows & seen) >= _MOST_OF * len(rows)
