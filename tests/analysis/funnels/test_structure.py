"""Segments that cannot take a step are not compared there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from cjm_research.analysis.funnels import funnel
from tests.studies import interactions, make_study


def answer(folder: Path, *, crossing: int = 0, **step: Any) -> Any:
    """40 customers who visit online and 40 in the store; 20 of the former fill an online basket, and `crossing` of the latter do so later."""
    rows = [(f"o{k:02d}", e, f"2026-01-01T0{i}:00:00") for k in range(40) for i, e in enumerate(["visit", "basket"][:1 + (k < 20)])]
    rows += [(f"s{k:02d}", e, f"2026-01-01T0{i}:00:00") for k in range(40) for i, e in enumerate(["visit", "basket"][:1 + (k < crossing)])]
    log = interactions(*rows)
    log["channel"] = ["store" if c.startswith("s") and e == "visit" else "online" for c, e in zip(log["customer_id"], log["event"], strict=True)]
    log["properties"] = [f'{{"door": "{"back" if c.startswith("s") else "front"}"}}' for c in log["customer_id"]]
    assert isinstance(log, pd.DataFrame)
    steps = [{"name": "Visit", "event": "visit"}, {"name": "Basket", "event": "basket", **step}]
    study = make_study(folder, {"interactions": log}, privacy={"min_cell": 1}, funnels=[{"name": "f", "breakdown": ["channel", "properties.door"], "steps": steps}])
    return funnel(study, "f")


def test_a_step_that_never_happens_through_a_channel_is_no_comparison(tmp_path: Path) -> None:
    found = answer(tmp_path, crossing=4)
    assert set(found["comparison"]["by"]) == {"properties.door"}  # the same customers by what is no channel are compared: 4 of 40 did
    assert "Not compared by channel at 'Basket', which they cannot take: store." in found.caveats


def test_who_never_did_it_through_any_route_is_not_compared(tmp_path: Path) -> None:
    found = answer(tmp_path)
    assert found["comparison"].empty and not any(s.startswith("By ") for s in found.sentences)


def test_the_params_can_say_so(tmp_path: Path) -> None:
    found = answer(tmp_path, crossing=4, not_for={"properties.door": ["back"]})
    assert found["comparison"].empty
