"""Counts of few persons are not shown by segment: `privacy.min_cell`, decided here alone.

A count tells of single persons in three ways: a group of few (the base), few of a group (the numerator), and all of a group but
few (the complement). None of a group and the whole group stay, since they single out nobody within it. Where one cell of a table
whose total is shown is hidden, the others give it back, so the smallest of them is hidden too.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence


def countable(base: int, n: int | None, least: int) -> bool:
    """Whether a count of a segment may be shown: `n` of `base` persons; n is None where only the base is a count of persons."""
    if base < least:
        return False
    return n is None or all(part == 0 or part >= least for part in (n, base - n))


def hidden_cells(cells: Sequence[tuple[Hashable, int, int | None]], least: int) -> list[bool]:
    """Which cells (table, base, n) are hidden. Cells of one table part the same persons; where only one of them would be, the next smallest goes with it.

    A cell without a base has nothing to hide, and nothing that could give another one back.
    """
    hidden = [base > 0 and not countable(base, n, least) for _, base, n in cells]
    for table in dict.fromkeys(t for t, *_ in cells):
        own = [i for i, (t, base, _) in enumerate(cells) if t == table and base > 0]
        if sum(hidden[i] for i in own) == 1 and len(own) > 1:
            hidden[min((i for i in own if not hidden[i]), key=lambda i: (_size(cells[i]), i))] = True
    return hidden


def _size(cell: tuple[Hashable, int, int | None]) -> int:
    return cell[1] if cell[2] is None else cell[2] or cell[1]


def reason(least: int) -> str:
    """Why a cell is empty."""
    return f"not shown: fewer than {least} persons, or a cell that would give such a one back"

