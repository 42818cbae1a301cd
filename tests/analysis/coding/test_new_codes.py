"""Guest–Namey–Chen saturation: a hand-worked case, brute force over orders, the open data set's figures."""

from __future__ import annotations

import csv
import json
from itertools import permutations
from pathlib import Path

import pytest

from cjm_research.analysis.coding.new_codes import guest_namey_chen
from cjm_research.errors import BadInput, NotEnoughData

HAND = [
    ("A", {"a", "b"}),
    ("B", {"b", "c", "d"}),
    ("C", {"d"}),
    ("D", {"e"}),
    ("E", {"a"}),
    ("F", {"f"}),
    ("G", {"f", "a"}),
]


def by_brute_force(sets: list[set[str]], base: int, run: int, threshold: float) -> int | None:
    start = set().union(*sets[:base])
    for s in range(base, len(sets) - run + 1):
        before = set().union(*sets[:s])
        new = set().union(*sets[s : s + run]) - before
        if len(new) <= threshold * len(start):
            return s
    return None


def test_hand_worked() -> None:
    found = guest_namey_chen(HAND, base=3, run=2, threshold=0.2)
    assert found.base_codes == 4
    assert found.interviews["new_codes"].tolist() == [2, 2, 0, 1, 0, 1, 0]
    assert found.runs["ratio"].tolist() == [0.25, 0.25, 0.25]
    assert found.reached_at is None
    assert guest_namey_chen(HAND, base=3, run=2, threshold=0.25).reached_at == 3


def test_orders_by_brute_force() -> None:
    found = guest_namey_chen(HAND, base=3, run=2, threshold=0.2)
    reached = [by_brute_force([s for _, s in order], 3, 2, 0.2) for order in permutations(HAND)]
    assert found.every_order and found.orders == 5040
    assert found.share_of_orders == pytest.approx(sum(r is not None for r in reached) / len(reached))
    assert found.reached_at_over_orders == {k: reached.count(k) for k in sorted({r for r in reached if r is not None})}


def test_sampled_orders_are_seeded() -> None:
    many = [(str(i), {f"c{j}" for j in range(30) if (i * 7 + j * 3) % 5 == 0}) for i in range(9)]
    one, two = (guest_namey_chen(many, orders=200, seed=5) for _ in range(2))
    assert not one.every_order and one.orders == 200
    assert one.runs.equals(two.runs)


def test_pdpilot(shared: Path) -> None:
    """On the published segments: 76 codes (77 with a frequency, less 'Anonymize'), not saturated at n = 7."""
    found: dict[str, set[str]] = {f"P{i}": set() for i in range(1, 8)}
    folder = shared / "data" / "pdpilot_interviews"
    with (folder / "coded_segments.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["document"]].add(row["code_path"])
    result = guest_namey_chen(list(found.items()))
    assert result.codes == 76 and result.base_codes == 67
    assert result.interviews["new_codes"].tolist() == [28, 21, 5, 13, 3, 3, 3]
    assert result.runs["ratio"].tolist() == pytest.approx([6 / 67, 6 / 67])
    assert result.reached_at is None


def test_pdpilot_of_the_reference_page(shared: Path) -> None:
    """The page's 79 codes are those of the aligned file, where the PDF's line ends cut or lengthened some paths."""
    found: dict[str, set[str]] = {f"P{i}": set() for i in range(1, 8)}
    for row in json.loads((shared / "data" / "pdpilot_interviews" / "aligned_segments.json").read_text()):
        found[row["doc"]].add(row["code_path"])
    result = guest_namey_chen(list(found.items()))
    assert result.codes == 79 and result.base_codes == 64
    assert result.interviews["new_codes"].tolist() == [26, 22, 4, 12, 3, 5, 7]
    assert result.runs["ratio"].round(3).tolist() == [0.125, 0.188]
    assert result.reached_at is None


def test_too_few_and_bad_settings() -> None:
    with pytest.raises(NotEnoughData):
        guest_namey_chen(HAND[:5])
    with pytest.raises(BadInput):
        guest_namey_chen(HAND, base=0)
    with pytest.raises(NotEnoughData):
        guest_namey_chen([(str(i), set()) for i in range(6)])
    empty_base = guest_namey_chen([("x", {"a"}), ("1", set()), ("2", set()), ("3", set())], base=3, run=1)
    assert empty_base.reached_at == 3 and empty_base.share_of_orders == 0.75
