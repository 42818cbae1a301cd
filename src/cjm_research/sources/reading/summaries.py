"""Rows at the end of a table that sum it up (`Total`, `Average`, `Gesamt`): no records, whatever a spreadsheet appended them for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from ...params.schema import Source
    from ..contract import ImportReport

#: what stands in the place of an id or a time in such a row; compared without case and points
WORDS = frozenset((
    "total", "totals", "grand total", "grand totals", "subtotal", "sub-total", "overall", "all", "sum", "sums", "average", "averages", "avg", "mean", "means", "median", "std", "stdev",
    "count", "min", "max", "minimum", "maximum", "n", "n =", "∑", "σ", "ø", "gesamt", "gesamtsumme", "insgesamt", "summe", "zwischensumme", "durchschnitt", "mittelwert", "mittel", "anzahl",
    "moyenne", "somme", "total général", "ensemble", "médiane", "media", "promedio", "suma", "total general", "somma", "totale", "totaal", "gemiddelde", "som", "soma", "média", "razem", "suma końcowa"))
_SHORT = 3  # `n`, `all`, `max` may be ids where ids are as short
_MOST = 10  # rows


def without_summaries(frame: pd.DataFrame, source: Source, report: ImportReport, name: str) -> pd.DataFrame:
    """The rows of one file without those that sum it up, counted and named.

    They stand at the end, and a word for a summary stands under an id, a time or the first column, where it stands once; another cell
    holds a figure, since a row that says nothing of the others sums up nothing.
    """
    if not len(frame):
        return frame
    columns = suspected(frame, source)
    tail, whole = frame[columns].tail(_MOST), frame.tail(_MOST)
    found: list[str] = []
    for row in range(len(tail) - 1, -1, -1):
        cells = [(c, _fold(str(v))) for c, v in tail.iloc[row].items() if pd.notna(v)]
        word = next((str(tail.iloc[row][c]) for c, v in cells if v in WORDS and _alone(frame[c], v)), None)
        if word is None or not any(c.isdecimal() for v in whole.iloc[row].dropna() if str(v) != word for c in str(v)):
            break
        found.append(word)
    if not found:
        return frame
    report.drop("rows that sum up the others", len(found))
    report.notes.append(f"{name}: {'the last row sums' if len(found) == 1 else f'the last {len(found)} rows sum'} up the others ({', '.join(reversed(found))}) and "
                        f"{'is no record' if len(found) == 1 else 'are no records'}")
    return frame.iloc[: len(frame) - len(found)]


def is_word(value: object) -> bool:
    """Whether a cell is a word for a summary."""
    return _fold(str(value)) in WORDS


def suspected(frame: pd.DataFrame, source: Source) -> list[str]:
    """Where such words can stand: ids, times, keys, arms, and the first column unless it holds something else that is mapped."""
    mapped = [c for canonical, c in source.columns.items() if canonical.endswith(("_id", "_at")) or canonical == "variant"]
    keys = source.settings.get("keys")
    mapped += [str(c) for c in keys.values()] if isinstance(keys, dict) else []
    first = str(frame.columns[0])
    if first not in source.columns.values() and first not in [q.column for q in source.questions]:
        mapped.append(first)
    if "trials" in source.settings:
        mapped += [str(c) for c in frame.columns]
    return [c for c in dict.fromkeys(mapped) if c in frame]


def _alone(values: pd.Series, word: str) -> bool:
    """Whether a word is no value like the others: it stands once, and a short one only among longer ones or numbers."""
    rest = values.dropna().astype("string").str.strip().str.casefold()
    others = rest[rest.map(_fold) != word] if len(rest) <= _MOST * 100 else rest[rest != word]
    if len(rest) - len(others) != 1 or not len(others):
        return False
    return len(word) > _SHORT or not bool((others.str.fullmatch(r"[^\W\d]+").fillna(False) & (others.str.len() <= _SHORT)).any())


def _fold(text: str) -> str:
    return re.sub(r"[\s.:]+$", "", " ".join(text.split())).casefold()
