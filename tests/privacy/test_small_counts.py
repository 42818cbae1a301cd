"""What few persons can be told from: the base, those counted, those left, and the totals around a hidden cell."""

from __future__ import annotations

import itertools

import pytest

from cjm_research.privacy.small_counts import countable, hidden_cells


@pytest.mark.parametrize(("n", "base", "shown"), [(2, 10, False), (1, 5, False), (8, 10, False), (5, 10, True), (0, 10, True), (10, 10, True), (4, 4, False), (None, 4, False), (None, 5, True)])
def test_numerator_complement_and_base(n: int | None, base: int, shown: bool) -> None:
    assert countable(base, n, 5) is shown


def test_a_total_gives_no_hidden_cell_back() -> None:
    cells = [("t", 50, 20), ("t", 40, 2), ("t", 30, 12), ("u", 40, 2)]
    assert hidden_cells(cells, 5) == [False, True, True, True]
    assert hidden_cells([("t", 50, 2), ("t", 40, 3), ("t", 30, 12)], 5) == [True, True, False]
    assert hidden_cells([("t", 50, 2), ("t", 0, 0)], 5) == [True, False]
    # whatever is shown, with the total known: never exactly one unknown
    for ns in itertools.product((0, 2, 7, 9, 20), repeat=3):
        assert sum(hidden_cells([("t", 20, n) for n in ns], 5)) != 1
    assert hidden_cells([("t", 9, 2), ("t", 9, 0)], 1) == [False, False]
