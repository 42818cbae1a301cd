"""Each trap where it must be told, and its neighbour where it must not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cjm_research.analysis.traps import data_traps
from cjm_research.errors import NotEnoughData
from cjm_research.results.result import Result
from tests.studies import make_study

START = pd.Timestamp("2026-01-01T09:00", tz="UTC")


def people(folder: Path, columns: dict[str, list[Any]], *, events: list[tuple[int, str]] | None = None, **params: Any) -> Result:
    """Customers with these attributes, one a day; each visits on that day. events: further (customer, event)."""
    n = len(next(iter(columns.values())))
    seen = [START + pd.Timedelta(days=k) for k in range(n)]
    attributes = [json.dumps({c: v[k] for c, v in columns.items() if v[k] is not None}) for k in range(n)]
    customers = pd.DataFrame({"customer_id": [f"c{k:03}" for k in range(n)], "first_seen": seen, "attributes": attributes})
    rows = [{"interaction_id": f"v{k}", "customer_id": f"c{k:03}", "event": "visit", "occurred_at": seen[k], "source": "web"} for k in range(n)]
    rows += [{"interaction_id": f"e{i}", "customer_id": f"c{k:03}", "event": e, "occurred_at": seen[k] + pd.Timedelta(hours=1), "source": "web"} for i, (k, e) in enumerate(events or [])]
    return data_traps(make_study(folder, {"customers": customers, "interactions": pd.DataFrame(rows)}, **params))


def log(folder: Path, rows: list[dict[str, Any]], **columns: str) -> Result:
    frame = pd.DataFrame([{"source": "web", "event": "visit", **r} for r in rows])
    source = {"name": "web", "kind": "events", "files": "e.csv", "columns": {"customer_id": "who", "occurred_at": "at", "event": "what", **columns}}
    return data_traps(make_study(folder, {"interactions": frame}, sources=[source]))


def seen(result: Result, trap: str) -> list[str]:
    return result["traps"].query("trap == @trap")["column"].tolist()


def column(result: Result, name: str) -> dict[str, Any]:
    return result["columns"].set_index("column").loc[name].to_dict()


def shuffled(values: list[Any]) -> list[Any]:
    return [values[i] for i in np.random.default_rng(5).permutation(len(values))]


# --- duplicates --------------------------------------------------------------------------------------------------------------


def test_rows_that_differ_in_a_mapped_id_alone_are_duplicates(tmp_path: Path) -> None:
    rows = [{"interaction_id": str(k), "customer_id": f"c{k % 20}", "occurred_at": START + pd.Timedelta(minutes=k % 20)} for k in range(30)]
    result = log(tmp_path, rows, interaction_id="row")
    told = result["traps"].query("trap == 'duplicates'").iloc[0]
    assert (told["n"], told["base"], told["column"]) == (10, 30, "interaction_id") and "10 of 30 rows (33.3\u202f%)" in told["said"]


def test_rows_that_differ_in_a_row_number_alone_are_duplicates(tmp_path: Path) -> None:
    rows = [{"interaction_id": f"made{k}", "customer_id": f"c{k % 20}", "occurred_at": START + pd.Timedelta(minutes=k % 20), "properties": json.dumps({"nr": k})} for k in range(30)]
    assert seen(log(tmp_path, rows), "duplicates") == ["properties.nr"]


@pytest.mark.parametrize("differs", ["product", "minute", "day only", "made ids"])
def test_rows_that_are_different_events_are_no_duplicates(tmp_path: Path, differs: str) -> None:
    rows = []
    for k in range(30):
        at = START + pd.Timedelta(minutes=k if differs == "minute" else k % 20)
        rows.append({"interaction_id": str(k), "customer_id": f"c{k % 20}", "occurred_at": at.normalize() if differs == "day only" else at,
                     "properties": json.dumps({"product": f"p{k}"}) if differs == "product" else None})
    assert seen(log(tmp_path, rows, **({} if differs == "made ids" else {"interaction_id": "row"})), "duplicates") == []


# --- sentinels ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("values", [[999] * 70 + list(range(30)), [-1] * 70 + list(range(30)), ["unknown"] * 70 + ["a", "b", "c"] * 10, [99] * 10 + list(range(20, 80)) * 2],
                         ids=["nines", "minus", "word", "ninety-nine"])
def test_a_value_that_stands_for_none_is_told(tmp_path: Path, values: list[Any]) -> None:
    result = people(tmp_path, {"days": shuffled(values)})
    told = result["traps"].query("trap == 'sentinel'").iloc[0]
    assert told["column"] == "attributes.days" and told["n"] == values.count(values[0]) and told["base"] == len(values) and "missing" in told["next"]


@pytest.mark.parametrize("values", [[999] * 40 + [1299] * 40 + [100] * 20, [-1] * 40 + [0] * 30 + [1] * 30, [-1, -2, 3, 4] * 25, [99] * 10 + list(range(10, 99)), [999] + list(range(99))],
                         ids=["a price", "a scale", "below zero", "an age", "once"])
def test_a_value_that_is_one_is_not(tmp_path: Path, values: list[Any]) -> None:
    assert seen(people(tmp_path, {"x": shuffled(values)}), "sentinel") == []


# --- outcomes and leaks ------------------------------------------------------------------------------------------------------


def test_an_outcome_of_the_params_is_told(tmp_path: Path) -> None:
    values = {"left": shuffled(["yes", "no"] * 20), "plan": shuffled(["a", "b"] * 20)}
    outcome = {"name": "churn", "when": {"attributes.left": "yes"}, "by": ["attributes.plan"]}
    assert seen(people(tmp_path / "with", values, outcomes=[outcome]), "outcome") == ["attributes.left"]
    assert seen(people(tmp_path / "without", values), "outcome") == []


def test_a_column_that_tells_who_bought_is_a_leak(tmp_path: Path) -> None:
    bought = shuffled([True] * 20 + [False] * 40)
    reason = [f"reason {k}" if b else None for k, b in enumerate(bought)]  # filled in at the purchase alone
    events = [(k, "purchase") for k, b in enumerate(bought) if b]
    values = {"tier": ["gold" if b else "none" for b in bought], "reason": reason, "plan": shuffled(["a", "b", "c"] * 20)}
    result = people(tmp_path, values, events=events)
    assert seen(result, "leak") == ["attributes.reason, attributes.tier"]
    assert "'purchase'" in result["traps"].query("trap == 'leak'")["said"].iloc[0]


def test_what_goes_together_loosely_or_everybody_does_is_no_leak(tmp_path: Path) -> None:
    bought = shuffled([True] * 20 + [False] * 40)
    tier = ["gold" if b != (k % 10 == 0) else "none" for k, b in enumerate(bought)]  # nine in ten
    assert seen(people(tmp_path, {"tier": tier, "here": ["yes"] * 60}, events=[(k, "purchase") for k, b in enumerate(bought) if b]), "leak") == []


# --- the calendar ------------------------------------------------------------------------------------------------------------


def test_columns_that_follow_the_calendar_are_told(tmp_path: Path) -> None:
    values = {"number": [1000 + 3 * k for k in range(60)], "period": ["before"] * 30 + ["after"] * 30, "registered": [str((START + pd.Timedelta(days=k)).date()) for k in range(60)],
              "age": shuffled([20 + k for k in range(60)]), "region": shuffled(["north", "south"] * 30)}
    assert sorted(seen(people(tmp_path, values), "calendar")) == ["attributes.period", "attributes.registered"]  # a number is an id by its name
    renamed = {"batch_size" if k == "number" else k: v for k, v in values.items()}
    assert "attributes.batch_size" in seen(people(tmp_path / "renamed", renamed), "calendar")


def test_few_rows_show_no_course(tmp_path: Path) -> None:
    assert seen(people(tmp_path, {"x": list(range(20))}), "calendar") == []


# --- marked records and ids --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "value", "other"), [("IsDeleted", "true", "false"), ("deleted_at", "2026-01-05", None), ("MasterRecordId", "0031", None), ("merged_into", "c7", ""), ("status", "merged", "open")])
def test_records_marked_deleted_or_merged_are_told(tmp_path: Path, name: str, value: str, other: str | None) -> None:
    result = people(tmp_path, {name: [value] * 6 + [other] * 34})
    told = result["traps"].query("trap == 'marked'").iloc[0]
    assert (told["column"], told["n"], told["base"]) == (f"attributes.{name}", 6, 40)


@pytest.mark.parametrize(("name", "value"), [("IsDeleted", "false"), ("status", "active"), ("items_removed_count", "3"), ("emerged", "yes")])
def test_records_that_stand_are_not(tmp_path: Path, name: str, value: str) -> None:
    assert seen(people(tmp_path, {name: [value] * 40}), "marked") == []


@pytest.mark.parametrize(("ids", "told"), [(["s0"] * 40, True), (["s0"] * 25 + [f"s{k}" for k in range(15)], True), ([f"s{k}" for k in range(40)], False), (["s0"] * 19, False)])
def test_one_id_for_most_rows_is_told_and_not_shown(tmp_path: Path, ids: list[str], told: bool) -> None:
    rows = [{"interaction_id": f"i{k}", "customer_id": f"c{k}", "session_id": s, "occurred_at": START + pd.Timedelta(minutes=k)} for k, s in enumerate(ids)]
    result = log(tmp_path, rows)
    assert seen(result, "one id") == (["session_id"] if told else [])
    assert "s0" not in json.dumps(result.sentences + result.caveats) and not column(result, "session_id")["common"]


# --- the profile -------------------------------------------------------------------------------------------------------------


def test_a_column_in_figures_by_hand(tmp_path: Path) -> None:
    values = shuffled(["a"] * 25 + ["b"] * 9 + [None] * 6)
    got = column(people(tmp_path, {"plan": values, "spent": list(range(40))}), "attributes.plan")
    assert (got["rows"], got["missing"], got["distinct"], got["common"], got["common_rows"], got["common_share"]) == (40, 6, 2, "a", 25, 25 / 34)


def test_ends_are_those_that_enough_persons_share(tmp_path: Path) -> None:
    got = column(people(tmp_path, {"spent": list(range(40))}, privacy={"min_cell": 5}), "attributes.spent")
    assert (got["lowest"], got["highest"]) == ("4", "35") and got["trend"] == pytest.approx(1)


def test_the_trend_is_spearmans(tmp_path: Path) -> None:
    values = [int(v) for v in np.random.default_rng(8).integers(0, 9, 50) + np.arange(50) // 12]
    got = column(people(tmp_path, {"x": values}), "attributes.x")
    assert got["trend"] == pytest.approx(pd.Series(values).rank().corr(pd.Series(range(50)).rank()))


def test_nothing_of_few_persons_or_of_who_they_are_is_shown(tmp_path: Path) -> None:
    values: dict[str, list[Any]] = {"first_name": ["Ada"] * 30 + ["Bo"] * 10, "account_id": ["A1"] * 40, "note": [f"called on Monday about {k}" for k in range(40)],
                                    "vip": ["yes"] * 3 + [f"n{k % 19}" for k in range(37)], "almost": ["yes"] * 38 + [None] * 2}
    result = people(tmp_path, values)
    shown = result["columns"].to_json() + json.dumps(result.sentences + result.caveats) + result["traps"].to_json()
    assert not any(w in shown for w in ("Ada", "A1", "Monday", '"Bo"'))
    assert column(result, "attributes.vip")["common"] == ""
    assert pd.isna(column(result, "attributes.almost")["missing"])  # two persons


def test_nothing_to_look_at_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotEnoughData, match="no table of records"):
        data_traps(make_study(tmp_path, {}))
