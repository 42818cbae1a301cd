"""What few persons can be told from: the base, those counted, those left, and the totals around a hidden cell."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cjm_research.analysis.funnels import funnel
from cjm_research.privacy.small_counts import countable, hidden_cells, hide, reason
from tests.studies import interactions, make_study


@pytest.mark.parametrize(("n", "base", "shown"), [(2, 10, False), (1, 5, False), (8, 10, False), (5, 10, True), (0, 10, True), (10, 10, True), (4, 4, False), (None, 4, False), (None, 5, True)])
def test_numerator_complement_and_base(n: int | None, base: int, shown: bool) -> None:
    assert countable(base, n, 5) is shown


def test_a_total_gives_no_hidden_cell_back() -> None:
    cells = [("t", 50, 20), ("t", 40, 2), ("t", 30, 12), ("u", 40, 2)]
    assert hidden_cells(cells, 5) == [False, True, True, True]
    assert hidden_cells([("t", 50, 2), ("t", 40, 3), ("t", 30, 12)], 5) == [True, True, False]
    assert hidden_cells([("t", 50, 2), ("t", 40, 2), ("t", 30, 12), ("t", 30, 14)], 5) == [True, True, True, False]  # 2 and 2 are 4 together
    assert hidden_cells([("t", 3, None), ("t", 1, None), ("t", 30, None)], 5) == [True, True, True] and hidden_cells([("t", 3, None), ("t", 2, None), ("t", 30, None)], 5) == [True, True, False]
    assert hidden_cells([("t", 50, 2), ("t", 0, 0)], 5) == [True, False]
    # whatever is shown, with the total known: never exactly one unknown
    for ns in itertools.product((0, 1, 2, 7, 9, 18, 19, 20), repeat=4):
        hidden = [n for n, h in zip(ns, hidden_cells([("t", 20, n) for n in ns], 5), strict=True) if h]
        assert len(hidden) != 1 and (len(hidden) in (0, 4) or countable(20 * len(hidden), sum(hidden), 5))
    assert hidden_cells([("t", 9, 2), ("t", 9, 0)], 1) == [False, False]


def test_frames_are_emptied_where_few_would_be_told() -> None:
    rows = [("x", "a", 2, 40), ("x", "b", 20, 40), ("x", "c", 30, 40), ("y", "a", 10, 40), ("y", "b", 12, 40)]
    frame = pd.DataFrame([{"what": t, "who": g, "value": n / base, "low": 0.1, "high": 0.9, "n": n, "base": base, "unit": "share", "method": "Wilson", "more": n} for t, g, n, base in rows])
    told = hide(frame, 5, table=["what"], blank=["more"])
    assert told["value"].isna().tolist() == told["more"].isna().tolist() == [True, True, False, False, False]
    assert told["n"].tolist() == [0, 0, 30, 10, 12] and told["method"].iloc[0] == reason(5) and frame["n"].iloc[0] == 2
    assert hide(frame, 1, table=["what"]) is frame
    # only some rows are of groups, and some are hidden for another reason
    assert hide(frame, 5, table=["what"], among=[False] * 5) is frame
    assert hide(frame, 5, table=["what"], also=[False, False, False, False, True])["value"].isna().tolist() == [True, True, False, True, True]


def test_no_segment_of_a_funnel_tells_of_few(tmp_path: Path) -> None:
    """Two plans and three steps: 20 and 30 enter; 18 and 12 get to the second step, 3 and 7 to the third."""
    counts = {"free": (20, 18, 3), "pro": (30, 12, 7)}
    rows = [(f"{plan}{c}", f"s{k}", f"2026-01-01T0{k}:00") for plan, ns in counts.items() for k, n in enumerate(ns) for c in range(n)]
    people = pd.DataFrame([{"customer_id": f"{plan}{c}", "attributes": f'{{"plan": "{plan}"}}'} for plan, ns in counts.items() for c in range(ns[0])])
    more: dict[str, Any] = {"funnels": [{"name": "f", "steps": [{"name": f"S{k}", "event": f"s{k}"} for k in range(3)], "breakdown": "attributes.plan"}]}
    open_ = funnel(make_study(tmp_path / "a", {"interactions": interactions(*rows), "customers": people}, privacy={"min_cell": 1}, **more), "f")["breakdown"]
    told = funnel(make_study(tmp_path / "b", {"interactions": interactions(*rows), "customers": people}, **more), "f")
    shown = told["breakdown"].set_index(["segment", "step"])
    assert open_.set_index(["segment", "step"])["n"].to_dict() == {(p, k + 1): n for p, ns in counts.items() for k, n in enumerate(ns)}
    # 2 of 20 did not get to the second step, 3 got to the third: hidden, and of the other plan too, which the total would give back
    assert shown["value"].isna().to_dict() == {(p, k): k > 1 for p in counts for k in (1, 2, 3)}
    assert shown[["previous", "dropped", "pending", "of_previous"]].isna().all(axis=1).to_dict() == {(p, k): k > 1 for p in counts for k in (1, 2, 3)}
    assert told["comparison"].empty and not any("plan" in s for s in told.sentences)
