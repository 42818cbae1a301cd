"""Counts of few persons are not shown by segment: `privacy.min_cell`, decided here alone, for frames by `hide`.

A count tells of single persons in three ways: a group of few (the base), few of a group (the numerator), and all of a group but
few (the complement). None of a group and the whole group stay, since they single out nobody within it. The total of a table, less the
cells that are shown, tells of the hidden ones together; where that is one cell, or so few that it could not be shown, the smallest of the others is hidden too.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def countable(base: int, n: int | None, least: int) -> bool:
    """Whether a count of a segment may be shown: `n` of `base` persons; n is None where only the base is a count of persons."""
    if base < least:
        return False
    return n is None or all(part == 0 or part >= least for part in (n, base - n))


def hidden_cells(cells: Sequence[tuple[Hashable, int, int | None]], least: int, also: Sequence[bool] | None = None) -> list[bool]:
    """Which cells (table, base, n) are hidden. Cells of one table part the same persons; where what is hidden is one cell, or few
    together, the next smallest goes with it.

    also: cells that are hidden whatever they count. A cell without a base has nothing to hide, and nothing that could give another one back.
    """
    hidden = [base > 0 and (not countable(base, n, least) or bool(also is not None and also[i])) for i, (_, base, n) in enumerate(cells)]
    for table in dict.fromkeys(t for t, *_ in cells):
        own = [i for i, (t, base, _) in enumerate(cells) if t == table and base > 0]
        shown = sorted((i for i in own if not hidden[i]), key=lambda i: (_size(cells[i]), i))
        while shown and _given_back([cells[i] for i in own if hidden[i]], least):
            hidden[shown.pop(0)] = True
    return hidden


def _given_back(cells: Sequence[tuple[Hashable, int, int | None]], least: int) -> bool:
    """Whether a total would tell of few persons through what is hidden of it: a single cell, or cells that are few together."""
    counts = [n for *_, n in cells if n is not None]
    together = sum(counts) if len(counts) == len(cells) else None
    return len(cells) == 1 or (bool(cells) and not countable(sum(base for _, base, _ in cells), together, least))


def _size(cell: tuple[Hashable, int, int | None]) -> int:
    return cell[1] if cell[2] is None else cell[2] or cell[1]


def hide(frame: pd.DataFrame, least: int, *, table: Sequence[str], blank: Sequence[str] = (), among: Sequence[bool] | None = None, also: Sequence[bool] | None = None) -> pd.DataFrame:
    """A frame of estimates by segment without what tells of few persons: value and interval are empty, n is 0, `method` says why; a base that is too small is 0 too.

    table: columns whose values name one table: its lines part the same persons. blank: further columns to empty, as they give the numbers
    back. among: rows that are of segments (default: all). also: rows that are hidden for another reason, and count as such.
    """
    import pandas as pd

    rows = frame.to_dict("records")
    cells = [(tuple(str(r[c]) for c in table), int(r["base"]) if among is None or among[i] else 0, int(r["n"]) if r["unit"] == "share" else None) for i, r in enumerate(rows)]
    hidden = pd.Series(hidden_cells(cells, least, also), index=frame.index, dtype=bool)
    if not hidden.any():
        return frame
    out = frame.copy()
    for column in dict.fromkeys(("value", "low", "high", *blank)):
        if column in out:
            out[column] = pd.to_numeric(out[column].astype(object).mask(hidden, None))
    out.loc[hidden & (out["base"] < least), "base"] = 0
    out.loc[hidden, "n"] = 0
    out["method"] = out["method"].astype(object).mask(hidden, reason(least))
    return out


def reason(least: int) -> str:
    """Why a cell is empty."""
    return f"not shown: fewer than {least} persons, or a cell that would give such a one back"

