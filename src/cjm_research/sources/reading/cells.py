"""Cells that hold no value: words for "missing", cells that cannot be read, and the share of them that refuses a column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ...errors import BadInput

if TYPE_CHECKING:
    from ...params.schema import Source
    from ..contract import ImportReport

#: what tools write where there is no value; such cells are missing, counted in a note, and never a reason to refuse
MISSING_WORDS = frozenset((
    "na", "n/a", "n.a.", "#n/a", "nan", "nat", "null", "(null)", "<null>", "none", "nil", "\\n", "-", "--", "(not set)", "undefined", "missing",
    "0000-00-00", "0000-00-00 00:00:00"))
#: a column with more unreadable cells than this share of the given ones is refused, be it a single cell; params may declare another share (`settings.unreadable`)
MOST_UNREADABLE = 0.05
_SHOWN = 4


def says_missing(text: pd.Series) -> pd.Series:
    """Which cells are a word for "missing"; blanks and missing cells are not among them."""
    return text.str.strip().str.lower().isin(MISSING_WORDS).fillna(False).astype(bool)


def tell_unreadable(text: pd.Series, unread: pd.Series, where: str, report: ImportReport, *, what: str, allowed: str, next: str,
                    most: float | None = None) -> None:
    """Note the cells that were not read, by their commonest spellings.

    text: trimmed cells, blanks missing; unread: which of them gave no value. Raises `BadInput` where none but words for
    "missing" was read, and where more than a share cannot be: the declared one (`most`), else `MOST_UNREADABLE`.
    """
    if not unread.any():
        return
    missing = says_missing(text) & unread
    bad = unread & ~missing
    given = int((text.notna() & ~missing).sum())
    count = int(bad.sum())
    share = MOST_UNREADABLE if most is None else most
    if count and (count == given or count > share * given):
        first = bad.to_numpy().argmax()
        found = (f"not one of {given:,} values can be read as {what}" if count == given else
                 f"{count:,} of {given:,} values ({count / given:.0%}) cannot be read as {what}; at most {share:.0%} may")
        raise BadInput(where, f"{found}, e.g. {_listed(text[bad])}; the first is {row_of(text.index[first])}", allowed, next)
    if count:
        report.notes.append(f"{where}: {_values(count)} of {given:,} cannot be read as {what}: {_listed(text[bad])}; "
                            f"{'it counts' if count == 1 else 'they count'} as missing")
    if missing.any():
        number = int(missing.sum())
        report.notes.append(f"{where}: {_values(number)} {'says' if number == 1 else 'say'} that there is none ({_listed(text[missing])})")


def unreadable_share(source: Source) -> float | None:
    """The share of a column's cells that params let be unreadable; None where they say nothing. Raises `BadInput` for one that is no share."""
    share = source.settings.get("unreadable")
    if share is None:
        return None
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise BadInput(f"source {source.name!r}: settings.unreadable", f"{share!r} is not understood", "a share from 0 to 1, e.g. 0.1", "write it so, or leave unreadable out (one cell in twenty)")
    return float(share)


def row_of(index: object) -> str:
    """How a message names the row of a frame's index, counted from 1 without the header."""
    return f"in row {int(index) + 1:,}" if isinstance(index, int) or hasattr(index, "__index__") else f"in row {index}"


def _values(count: int) -> str:
    return "1 value" if count == 1 else f"{count:,} values"


def _listed(text: pd.Series) -> str:
    counts = text.str.slice(0, 40).value_counts()
    shown = ", ".join(f"{v!r} {n:,}×" for v, n in counts.head(_SHOWN).items())
    return shown + (", …" if len(counts) > _SHOWN else "")
