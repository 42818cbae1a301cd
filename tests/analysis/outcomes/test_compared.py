"""Outcomes by a property of the journey, on orders few enough to work by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from scipy.stats import ttest_ind

from cjm_research.analysis.outcomes import comparison
from cjm_research.errors import BadInput, NotEnoughData
from cjm_research.results.evidence import recompute
from tests.studies import make_study

ORDERS = {  # order → (delivered at, promised, score)
    "o1": ("2026-03-02T12:00", "2026-03-03", 5), "o2": ("2026-03-04T12:00", "2026-03-03", 1), "o3": ("2026-03-02T12:00", "2026-03-03", 4),
    "o4": ("2026-03-09T12:00", "2026-03-03", 2), "o5": ("2026-03-01T12:00", "2026-03-03", 4), "o6": (None, "2026-03-03", 1), "o7": ("2026-03-01T12:00", None, 1),
    "o8": ("2026-03-08T12:00", "2026-03-03", None)}
LATE = {"name": "late", "unit": "session", "outcome": {"event": "review", "value": "properties.score", "scale": [1, 5]},
        "when": {"event": "delivered", "after": "properties.promised"}, "with_it": "late orders", "without_it": "orders on time", "touchpoint": "Delivery"}
JOURNEY = {"stages": [{"name": "After", "touchpoints": [{"name": "Delivery", "match": {"event": "delivered"}}]}]}


def events() -> pd.DataFrame:
    rows = []
    for order, (delivered, promised, score) in ORDERS.items():
        base = {"customer_id": f"c{order}", "session_id": order, "source": "shop", "stage": "After"}
        rows.append({**base, "event": "ordered", "occurred_at": pd.Timestamp("2026-02-20", tz="UTC"), "properties": None})
        if delivered:
            told = json.dumps({"promised": promised} if promised else {})
            rows.append({**base, "event": "delivered", "occurred_at": pd.Timestamp(delivered, tz="UTC"), "properties": told})
        if score is not None:
            rows.append({**base, "event": "review", "occurred_at": pd.Timestamp("2026-03-12", tz="UTC"), "properties": json.dumps({"score": score})})
    return pd.DataFrame([{"interaction_id": f"i{k}", **r} for k, r in enumerate(rows)])


def study(folder: Path, *stated: dict[str, Any], **more: Any) -> Any:
    return make_study(folder, {"interactions": events()}, journey=JOURNEY, comparisons=list(stated), privacy={"min_cell": 1}, **more)


def test_late_orders_against_orders_on_time(tmp_path: Path) -> None:
    """Late: o2 (1), o4 (2). On time: o1 (5), o3 (4), o5 (4). Without delivery, promise or review an order is of neither kind."""
    s = study(tmp_path, LATE)
    answer = comparison(s, "late")
    assert answer.groups.to_dict("list") == {"group": ["late orders", "orders on time"], "level": [1.5, pytest.approx(13 / 3)], "n": [2, 3]}
    f = answer.findings[0]
    oracle = ttest_ind([1, 2], [5, 4, 4], equal_var=False)
    assert f.estimate is not None and f.estimate.value == pytest.approx(1.5 - 13 / 3) and answer.facts["p"] == pytest.approx(oracle.pvalue)
    assert (f.subject.counts, f.subject.scale, f.touchpoint, f.stage, f.status) == ((2, 3), 5.0, "Delivery", "After", "partly")  # type: ignore[union-attr]
    value, n, base = recompute(s, f.evidence[0], f.estimate.unit)
    assert value == pytest.approx(f.estimate.value) and n == base == f.estimate.n == 5


@pytest.mark.parametrize(("zone", "late"), [("UTC", {"a"}), ("America/Los_Angeles", set()), ("Asia/Tokyo", {"a", "b"})])
def test_a_promise_without_a_zone_is_of_the_clients_zone(tmp_path: Path, zone: str, late: set[str]) -> None:
    """Promised by 3 March 00:00: that is 08:00 UTC in Los Angeles and 2 March 15:00 UTC in Tokyo. a came at 01:00 on 3 March, b at 23:00 on 2 March."""
    rows = []
    for who, at in (("a", "2026-03-03T01:00"), ("b", "2026-03-02T23:00"), ("c", "2026-03-01T00:00"), ("d", "2026-03-01T00:00"), ("x", "2026-03-09T00:00"), ("y", "2026-03-09T00:00")):
        rows += [{"session_id": who, "event": "delivered", "occurred_at": pd.Timestamp(at, tz="UTC"), "properties": json.dumps({"promised": "2026-03-03"})},
                 {"session_id": who, "event": "review", "occurred_at": pd.Timestamp("2026-03-12", tz="UTC"), "properties": json.dumps({"score": 3})}]
    frame = pd.DataFrame([{"interaction_id": f"i{k}", "customer_id": r["session_id"], "source": "s", "stage": "After", **r} for k, r in enumerate(rows)])
    s = make_study(tmp_path, {"interactions": frame}, journey=JOURNEY, comparisons=[LATE], timezone=zone, privacy={"min_cell": 1})
    assert comparison(s, "late").facts["counts"] == [2 + len(late), 4 - len(late)]


def test_what_took_long_and_whether_something_happened(tmp_path: Path) -> None:
    """Ordered on 20 February: more than ten days to delivery are o2, o4 and o8; whether they wrote a review: 2 of 3, of the others 4 of 4."""
    slow = {"name": "slow", "unit": "session", "outcome": {"event": "review"}, "when": {"event": "delivered", "since": "ordered", "longer_than": "11d"},
            "with_it": "slow orders", "without_it": "quick orders"}
    answer = comparison(study(tmp_path, slow), "slow")
    assert answer.facts["counts"] == [3, 4] and answer.facts["levels"] == [pytest.approx(2 / 3), 1.0]


def test_an_event_that_others_simply_lack(tmp_path: Path) -> None:
    """Delivered at all: seven orders, of which o8 has no review; o6 was never delivered and has one."""
    stated = {"name": "came", "unit": "session", "outcome": {"event": "review", "value": "properties.score"}, "when": {"event": "delivered"},
              "with_it": "orders that came", "without_it": "orders that did not"}
    with pytest.raises(NotEnoughData, match="orders that did not: 1 with an outcome"):
        comparison(study(tmp_path, stated), "came")


def test_an_unknown_name_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="Did you mean 'late'"):
        comparison(study(tmp_path, LATE), "lat")
