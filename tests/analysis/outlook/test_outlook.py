"""The outlook on made-up shops: what must be predicted is, and where nothing can be told that is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cjm_research.analysis.outlook import customer_value, endings, return_outlook, sales
from cjm_research.analysis.outlook.split import Cut, _logistic, at_cut, cuts_of, judged
from cjm_research.errors import BadInput, NotEnoughData
from cjm_research.stats.prediction import auc, scores
from tests.studies import make_study

START = pd.Timestamp("2025-01-06")


def shop(rows: list[tuple[str, float, float]]) -> pd.DataFrame:
    """Interactions of purchases from (customer, day, value)."""
    return pd.DataFrame([{"interaction_id": f"i{k}", "customer_id": c, "event": "buy", "source": "till", "channel": "web", "stage": "Buy", "value": v,
                          "occurred_at": (START + pd.Timedelta(days=d, hours=12)).tz_localize("UTC")} for k, (c, d, v) in enumerate(rows)])


def customers(rng: np.random.Generator, n: int, days: int, leave: float = 0.12, rate: tuple[float, float] = (1.0, 25.0), stop: int | None = None) -> list[tuple[str, float, float]]:
    """Customers who come at any time of the first two thirds, buy at rates of their own and leave after a purchase with a chance."""
    rows = []
    for k in range(n):
        own, day, price = rng.gamma(rate[0], 1 / rate[1]), float(rng.uniform(0, days)), rng.gamma(4, 10)
        while day < (min(days, stop) if stop else days):
            rows.append((f"c{k}", day, float(rng.gamma(5, price / 5))))
            if rng.random() < leave:
                break
            day += rng.exponential(1 / own) + 1
    return rows


def made(folder: Path, rows: list[tuple[str, float, float]], **params: Any) -> Any:
    return make_study(folder, {"interactions": shop(rows)}, returns=["buy"], journey={"stages": [{"name": "Buy", "touchpoints": [{"name": "Till", "match": {"event": "buy"}}]}]}, **params)


def test_sales_by_hand(tmp_path: Path) -> None:
    rows = [("a", 0, 10.0), ("a", 0, 5.0), ("a", 10, 20.0), ("b", 1, 40.0), ("c", 2, 25.0), ("c", 90, 5.0), ("d", 99, 30.0), ("a", 20, -8.0)]
    result = sales(made(tmp_path, rows, currency="USD"), horizon_days=30)
    figures = result["figures"].set_index("what")
    assert result.facts["purchases"] == 7 and result.facts["buyers"] == 4  # two vouchers of one day are one purchase; the day of a refund is one
    assert figures.loc["revenue", "value"] == pytest.approx(135) and figures.loc["revenue", "unit"] == "USD"
    assert figures.loc["spend a buyer", "value"] == pytest.approx(135 / 4)
    again = figures.loc["bought again within 30 days"]
    assert (again["n"], again["base"]) == (1, 3), "a did, b did not, c came back too late; d is too young"
    assert figures.loc["revenue from the tenth of buyers who spend most", "value"] == pytest.approx(40 / 135)
    assert any("1 refund of" in c for c in result.caveats)


def test_without_an_event_of_purchase_it_is_said_what_is_missing(tmp_path: Path) -> None:
    study = make_study(tmp_path, {"interactions": shop([("a", 0, 1.0)])})
    for question in (sales, return_outlook, customer_value):
        with pytest.raises(NotEnoughData, match="by which events customers come back"):
            question(study)


def test_features_know_nothing_from_after_the_cut() -> None:
    frame = pd.DataFrame({"id": ["a", "a", "b", "b", "c"], "day": pd.to_datetime(["2025-01-01", "2025-01-31", "2025-01-10", "2025-03-01", "2025-02-02"]), "spend": [10.0, 30, 5, 1000, 1]})
    one = at_cut(frame, pd.Timestamp("2025-01-31"), pd.Timestamp("2025-03-02"))
    assert one.features.index.tolist() == ["a", "b"], "c was not there yet"
    assert one.outcome.to_dict() == {"a": 0.0, "b": 1.0}
    assert one.features.loc["b", "mean spend (log)"] == pytest.approx(np.log1p(5)) and one.features.loc["a", "days since the last purchase (log)"] == 0
    assert one.features.loc["a", "repeat purchases (log)"] == pytest.approx(np.log(2))


def test_outcomes_that_overlap_the_next_cut_are_refused() -> None:
    frame = pd.DataFrame({"id": ["a"], "day": [START], "spend": [1.0]})
    first, second = at_cut(frame, START, START + pd.Timedelta(days=40)), at_cut(frame, START + pd.Timedelta(days=30), START + pd.Timedelta(days=60))
    with pytest.raises(BadInput, match="known before the next cut"):
        judged(first, second)
    assert [c.cut for c in cuts_of(frame, START, START + pd.Timedelta(days=100), 30)] == [START + pd.Timedelta(days=d) for d in (40, 70)], "history of a horizon before the first"


def test_cdnow_a_good_order_with_a_wrong_level_is_ranks_and_a_random_split_hides_it(shared: Path, oracle: Any) -> None:
    want = next(c["expected"] for c in oracle("outlook") if c["name"] == "churn_time_split_cdnow")
    raw = pd.read_csv(shared / "data" / "cdnow" / "cdnow_sample.txt.gz", sep=r"\s+", header=None, names=["all", "id", "day", "cds", "spend"], dtype={"day": str})
    raw["day"] = pd.to_datetime(raw["day"], format="%Y%m%d")
    frame = raw.groupby(["id", "day"], as_index=False)["spend"].sum()
    train, test = at_cut(frame, pd.Timestamp("1997-06-30"), pd.Timestamp("1997-12-31")), at_cut(frame, pd.Timestamp("1997-12-31"), pd.Timestamp("1998-06-30"))
    p, _ = _logistic(train, test, list(train.features))
    found = scores(test.outcome, p)
    assert (len(test.outcome), round(train.outcome.mean(), 5)) == (want["n"], want["train_rate"])
    assert found.auc == pytest.approx(want["auc"], abs=0.003) and found.brier == pytest.approx(want["brier"], abs=0.002)
    for name, key in (("mean_p", "mean_p"), ("ece", "ece10"), ("slope", "calibration_slope")):
        assert getattr(found, name) == pytest.approx(want[key], abs=0.01)
    # the intercept beside a slope of its own
    assert auc(test.outcome, -test.features["days since the last purchase (log)"]) == pytest.approx(want["auc_recency_only"], abs=0.01)
    said = judged(train, test)
    assert said.state == "ranks" and "on average where" in said.why
    assert said.random_ece < 0.05 < said.scores.ece


def test_chances_that_hold_are_shown_and_calibrated(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    known = [(f"{c}", d, v) for c, d, v in customers(rng, 6000, 720)]
    result = return_outlook(made(tmp_path, known), horizon_days=90)
    assert result.facts["state"] == "chances", result.sentences
    assert result.facts["slope"] == pytest.approx(1, abs=0.2) and result.facts["auc"] > 0.6
    curve, card = result["calibration"], result["card"].set_index("item")["says"]
    assert len(curve) == 10 and curve["predicted"].is_monotonic_increasing
    # a logistic curve is not how these customers are made: its highest chances are too high, and that is said
    assert curve["predicted"].iloc[-1] > curve["high"].iloc[-1] and any("single groups did not all" in c for c in result.caveats)
    assert card["Fit for"].startswith("Chances") and str(result["cuts"]["end"].iloc[-1]) in card["Judged on"] and "single customer" in card["Not fit for"]
    top = result["test"].set_index("what").loc["lift of the tenth most likely"]
    assert 1 < top["low"] < top["value"] < top["high"]
    groups = result["groups"]
    assert groups["value"].is_monotonic_increasing and (groups["predicted"] - groups["value"]).abs().max() < 0.1


def test_where_nothing_tells_customers_apart_it_is_not_worth_predicting(tmp_path: Path) -> None:
    """Everybody buys at one rate that nothing of the past tells of."""
    rng, rows = np.random.default_rng(5), []
    for k in range(900):
        rows += [(f"c{k}", float(d), 10.0) for d in range(300) if rng.random() < 0.012]
    result = return_outlook(made(tmp_path, rows), horizon_days=60)
    assert result.facts["state"] == "nothing" and result.sentences[0].startswith("Not worth predicting")
    assert result["groups"]["predicted"].isna().all()
    assert result["card"].set_index("item")["says"]["Fit for"].startswith("None")
    top = result["test"].set_index("what").loc["lift of the tenth most likely"]
    assert top["low"] <= 1 <= top["high"]


def test_a_planted_leak_is_named_and_not_used() -> None:
    rng = np.random.default_rng(7)
    frame = pd.DataFrame(customers(rng, 1500, 400), columns=["id", "day", "spend"])
    frame["day"] = START + pd.to_timedelta(frame["day"].astype(int), unit="D")
    cuts = cuts_of(frame, START, START + pd.Timedelta(days=400), 100)
    leaky = [Cut(c.cut, c.end, c.features.assign(account_closed=1 - c.outcome + 0.01 * rng.random(len(c.outcome))), c.outcome) for c in cuts]
    found, plain = judged(leaky[0], leaky[-1]), judged(cuts[0], cuts[-1])
    assert found.leaks == ("account_closed",) and "account_closed" not in found.weights
    assert found.scores.auc == pytest.approx(plain.scores.auc) and plain.leaks == ()


def test_too_few_who_come_back_is_not_enough_data(tmp_path: Path) -> None:
    with pytest.raises(NotEnoughData, match="bought again after"):
        return_outlook(made(tmp_path, [(f"c{k}", float(k % 200), 5.0) for k in range(400)]), horizon_days=40)


def test_value_is_forecast_where_the_model_held(tmp_path: Path) -> None:
    result = customer_value(made(tmp_path, customers(np.random.default_rng(11), 1500, 500, leave=0.2)))
    assert result.facts["fits"] and abs(result.facts["miss"]) <= 0.2
    worth = result["worth"]
    assert worth["value"].is_monotonic_increasing and (worth["low"] <= worth["value"]).all() and (worth["value"] <= worth["high"]).all()
    assert worth["of_all"].sum() == pytest.approx(1)


def test_a_shop_that_loses_everybody_at_once_does_not_fit(tmp_path: Path) -> None:
    rows = customers(np.random.default_rng(12), 1500, 500, leave=0.1, stop=260)
    result = customer_value(made(tmp_path, [*rows, ("late", 499.0, 1.0)]))
    assert result.facts["fits"] is False and result["worth"].empty
    assert result.sentences[0].startswith("The model does not fit")


def test_groups_that_miss_by_chance_alone_are_not_called_off() -> None:
    from cjm_research.analysis.outlook.returning import _worst_group
    from cjm_research.results.result import estimates_frame
    from cjm_research.stats.prediction import reliability

    rng, said = np.random.default_rng(21), 0
    for _ in range(100):
        p = rng.random(1000)
        y = (rng.random(1000) < p).astype(float)
        said += bool(_worst_group(estimates_frame([({"bin": k, "predicted": m}, e) for k, (m, e) in enumerate(reliability(y, p))])))
    assert said <= 10


# --- how journeys end ----------------------------------------------------------------------------------------------------


def loans(seed: int, n: int = 900, slower: float = 1.0, days: int = 200) -> pd.DataFrame:
    """Applications that are approved (a tenth a fortnight), cancelled (a twentieth a fortnight) or open; those through the branch are approved `slower` times as slowly."""
    rng, rows = np.random.default_rng(seed), []
    for k in range(n):
        channel = "branch" if k % 2 else "web"
        begun, first, second = rng.uniform(0, days), rng.exponential(20 * (slower if channel == "branch" else 1)), rng.exponential(40)
        rows.append((f"c{k}", "apply", begun, channel))
        at, event = min((first, "approved"), (second, "cancelled"))
        if begun + at < days:
            rows.append((f"c{k}", event, begun + at, channel))
    rows.append(("last", "apply", float(days), "web"))
    return pd.DataFrame([{"interaction_id": f"i{i}", "customer_id": c, "event": e, "source": "bank", "channel": ch, "occurred_at": (START + pd.Timedelta(days=d)).tz_localize("UTC")} for i, (c, e, d, ch) in enumerate(rows)])


def bank(folder: Path, frame: pd.DataFrame, **params: Any) -> Any:
    return make_study(folder, {"interactions": frame}, journey={"stages": [{"name": "Apply"}], "ends": ["approved", "cancelled"]}, **params)


def test_competing_ends_are_those_that_were_made_and_add_up(tmp_path: Path) -> None:
    gone, held, found = 1 - np.exp(-30 * (1 / 20 + 1 / 40)), 0, []
    for seed in range(3, 9):
        result = endings(bank(tmp_path / str(seed), loans(seed)), days=30)
        rows = result["ends"].set_index("end")
        truth = {end: hazard / (1 / 20 + 1 / 40) * gone for end, hazard in (("approved", 1 / 20), ("cancelled", 1 / 40))}
        held += sum(rows.low[end] <= x <= rows.high[end] for end, x in truth.items())
        found.append([rows.value[end] - x for end, x in truth.items()])
        assert rows.base["approved"] == 901, "open journeys are in the base"
    assert held >= 10 and np.abs(np.mean(found, axis=0)).max() < 0.02
    assert rows["value"].sum() == pytest.approx(1), "all ends and what is open"
    assert result.sentences[0].startswith("Within 30 days ") and "are still open" in result.sentences[0]
    assert len(result.findings) == 2 and result.findings[0].estimate is not None and result.findings[0].evidence[0].rows == 901


def test_groups_that_end_alike_are_not_told_apart_and_slower_ones_are(tmp_path: Path) -> None:
    said = 0
    for seed in range(8):
        said += any("different speed" in s for s in endings(bank(tmp_path / str(seed), loans(seed, 300)), days=30, by="channel").sentences)
    assert said <= 1
    slow = endings(bank(tmp_path / "slow", loans(1, 900, slower=3)), days=30, by="channel")
    assert any("approved comes at different speed" in s.lower() and "of web" in s for s in slow.sentences)
    assert set(slow["groups"]["group"]) == {"web", "branch"}


def test_without_ends_the_first_purchase_is_one_and_who_begins_with_it_is_left_out(tmp_path: Path) -> None:
    frame = loans(5, 200).replace({"event": {"approved": "buy", "cancelled": "look"}})
    first = frame.head(1).assign(interaction_id="x", customer_id="at once", event="buy")
    result = endings(make_study(tmp_path / "a", {"interactions": pd.concat([frame, first])}, returns=["buy"]))
    assert result.facts["ends"] == ["buy"] and any("first seen at the end itself" in c for c in result.caveats)
    with pytest.raises(NotEnoughData, match="with an event before the end"):
        endings(make_study(tmp_path / "b", {"interactions": first}, returns=["buy"]))
    with pytest.raises(NotEnoughData, match="no event after which nothing follows"):
        endings(make_study(tmp_path / "c", {"interactions": frame}))
    with pytest.raises(BadInput, match="channel or attributes"):
        endings(bank(tmp_path / "d", loans(5, 60)), by="colour")
