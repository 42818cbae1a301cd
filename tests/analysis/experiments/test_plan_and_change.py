"""Planning before data, and changes that were shipped to everybody."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cjm_research.analysis.experiments import change, evaluate_change, plan, series, shipped
from cjm_research.errors import BadInput, NotEnoughData
from cjm_research.stats import power, sequential

from .conftest import design, two_arms


def test_plan_of_a_share_before_any_data(make: Any) -> None:
    spec = design(mde=.02, metrics=[{"name": "m", "kind": "proportion"}])
    r = plan(make(spec), "x", baseline=.1, per_day=500)
    row = r.frames["sizes"].set_index("effect").loc[.02]
    assert row.units == math.ceil(2 * power.n_share(.12, .1)) and row.days == math.ceil(row.units / 500) and row.weeks == math.ceil(row.days / 7)
    weeks = r.frames["durations"].set_index("weeks")
    assert weeks.mde[4] == pytest.approx(power.mde_share(500 * 14, .1)) and weeks.mde.is_monotonic_decreasing
    assert f"{row.units:,} customers" in r.sentences[1] and "+2.0 percentage points" in r.sentences[1]


def test_plan_counts_looks_clusters_and_variants(make: Any) -> None:
    base = plan(make(design(mde=1.0)), "x", baseline=10, sd=8, per_day=100).frames["sizes"].set_index("effect").units[1.0]
    assert base == math.ceil(2 * power.n_mean(1.0, 8))
    looks = plan(make(design(mde=1.0, method="lan_demets", looks=5)), "x", baseline=10, sd=8).frames["sizes"].set_index("effect").units[1.0]
    t = [.2, .4, .6, .8, 1.0]
    assert looks / base == pytest.approx(sequential.inflation(t, sequential.bounds(t)), rel=.01)
    clustered = plan(make(design(mde=1.0)), "x", baseline=10, sd=8, cluster_size=11, icc=.1).frames["sizes"].set_index("effect").units[1.0]
    assert clustered / base == pytest.approx(2.0, rel=.01)
    three = plan(make(design(mde=1.0, variants={"A": 1, "B": 1, "C": 1})), "x", baseline=10, sd=8).frames["sizes"].set_index("effect").units[1.0]
    assert three == math.ceil(3 * power.n_mean(1.0, 8, alpha=.025))
    skewed = plan(make(design(mde=1.0, variants={"A": 9, "B": 1})), "x", baseline=10, sd=8).frames["sizes"].set_index("effect").units[1.0]
    assert skewed == math.ceil(10 * power.n_mean(1.0, 8, ratio=9))


def test_plan_reads_its_level_from_the_data(make: Any) -> None:
    rng = np.random.default_rng(1)
    assignments, measurements = two_arms(rng.normal(20, 5, 400), rng.normal(20, 5, 400))
    r = plan(make(design(mde=.5), assignments=assignments, measurements=measurements), "x")
    assert r.facts["baseline"] == pytest.approx(measurements.value[:400].mean()) and "400 units of the control" in r.facts["source"]
    n, at = 300, pd.Timestamp("2024-01-01", tz="UTC")
    logs = pd.DataFrame({"customer_id": [f"c{i}" for i in range(n)], "event": "view", "occurred_at": at + pd.to_timedelta(np.arange(n), unit="h")})
    buys = logs.iloc[::3].assign(event="buy", occurred_at=lambda f: f.occurred_at + pd.Timedelta(hours=1))
    late = pd.DataFrame({"customer_id": ["z"], "event": ["view"], "occurred_at": [at + pd.Timedelta(days=60)]})
    log = pd.concat([logs, buys, late]).assign(source="s", interaction_id=lambda f: [str(i) for i in range(len(f))])
    spec = design(mde=.05, metrics=[{"name": "m", "kind": "proportion", "event": "buy", "window": "7d"}])
    r = plan(make(spec, interactions=log), "x")
    assert r.facts["baseline"] == pytest.approx(1 / 3) and r.facts["per_day"] == pytest.approx(301 / 60, rel=.01)


def test_plan_without_a_level_says_what_is_needed(make: Any) -> None:
    with pytest.raises(NotEnoughData, match="baseline"):
        plan(make(design(mde=1.0)), "x")
    with pytest.raises(BadInput, match="strictly between"):
        plan(make(design(metrics=[{"name": "m", "kind": "proportion"}])), "x", baseline=5)
    r = plan(make(design(metrics=[{"name": "m", "kind": "proportion"}])), "x", baseline=.05, per_day=100)
    assert r.frames["sizes"].empty and "mde" in r.caveats[0]


def log(series: dict[str, np.ndarray], start: str = "2024-01-01") -> pd.DataFrame:
    rows = []
    for event, counts in series.items():
        for d, k in enumerate(counts):
            at = pd.Timestamp(start, tz="UTC") + pd.Timedelta(days=d, hours=12)
            rows += [(f"{event}{d}-{i}", event, at) for i in range(int(k))]
    frame = pd.DataFrame(rows, columns=["customer_id", "event", "occurred_at"])
    return frame.assign(source="s", interaction_id=[str(i) for i in range(len(frame))])


def change_study(make: Any, jump: float, common: float = 0.0, control: str | None = None, days: int = 90, at: int = 60, seed: int = 3) -> Any:
    rng = np.random.default_rng(seed)
    week = np.array([0, 0, 0, 0, 4, 8, 6])[np.arange(days) % 7]
    noise = np.zeros(days)
    for d in range(1, days):
        noise[d] = .5 * noise[d - 1] + rng.normal(0, 2)
    after = np.arange(days) >= at
    buy = 40 + .05 * np.arange(days) + week + noise + jump * after + common * after
    other = 60 + week + rng.normal(0, 2, days) + 1.5 * common * after
    spec = {"name": "new form", "shipped_on": str((pd.Timestamp("2024-01-01") + pd.Timedelta(days=at)).date()), "metric": "event:buy"}
    if control:
        spec["control"] = control
    return make({"changes": [spec]}, interactions=log({"buy": buy.round(), "view": other.round()}))


def test_a_change_with_an_effect_is_seen_and_never_called_a_test(make: Any) -> None:
    r = evaluate_change(change_study(make, 8.0), "new form")
    e = r.frames["effects"].set_index("effect")
    assert e.low["average after"] < 8 < e.high["average after"] and e.p["average after"] < .01
    assert abs(e.value["level, AR(1) errors"] - 8) < 4
    assert r.facts["clear"] and "no A/B test" in r.sentences[1] and r.findings[0].kind == "metric" and r.findings[0].status == "partly"
    assert r.facts["placebo_share"] < .1 and "verdict" not in r.sentences[1].split("carries")[0]


def test_without_an_effect_no_movement_is_claimed(make: Any) -> None:
    claimed = [evaluate_change(change_study(make, 0.0, seed=s), "new form").facts["clear"] for s in range(10, 15)]
    assert sum(claimed) <= 1


def test_a_common_shock_is_told_by_the_control_series(make: Any) -> None:
    alone = evaluate_change(change_study(make, 0.0, common=10), "new form")
    assert alone.facts["clear"] and any("No control series" in c for c in alone.caveats)
    r = evaluate_change(change_study(make, 0.0, common=10, control="event:view"), "new form")
    e = r.frames["effects"].set_index("effect")
    assert e.p["the control series itself"] < .01 and abs(e.value["average after, minus control series"]) < abs(e.value["average after"]) / 2
    assert any("control series, customers a day with “view”, moved as well" in c for c in r.caveats)


def test_change_of_a_score_is_weighted_days_without_answers_left_out(make: Any) -> None:
    rng = np.random.default_rng(2)
    day = pd.date_range("2024-01-01", periods=80, freq="D", tz="UTC").delete([10, 11])
    at = np.repeat(day, 5)
    score = np.clip(np.round(rng.normal(6, 2, len(at)) + 2.0 * (at >= pd.Timestamp("2024-02-20", tz="UTC"))), 0, 10)
    answers = pd.DataFrame({"response_id": [str(i) for i in range(len(at))], "question_id": "q", "question": "?", "instrument": "nps",
                            "score": score, "answered_at": at})
    r = evaluate_change(make({"changes": [{"name": "c", "shipped_on": "2024-02-20", "metric": "nps"}]}, responses=answers), "c")
    assert r.findings[0].source == "survey" and r.findings[0].estimate.unit == "points" and r.findings[0].estimate.value > 20
    assert len(r.frames["series"]) == 76


def test_days_of_few_answers_weigh_little() -> None:
    """Weighted days are the same regression as every answer by itself, where a day's answers are alike."""
    rng = np.random.default_rng(9)
    day = pd.date_range("2024-01-01", periods=70, freq="D")
    frame = pd.DataFrame({"day": day, "value": rng.normal(20, 5, 70), "weight": rng.integers(1, 40, 70).astype(float)})
    at = pd.Timestamp("2024-02-15")
    each = frame.loc[frame.index.repeat(frame.weight.astype(int))].drop(columns="weight").reset_index(drop=True)
    found = [[f.value for f in change.segmented(x, at)] for x in (frame, each, frame.drop(columns="weight"))]
    # the average after is over days in one and over answers in the other
    assert found[0][:2] == pytest.approx(found[1][:2], abs=1e-9) and found[0][0] != pytest.approx(found[2][0], abs=1e-3)
    fitted, without = change.lines(frame, at)
    assert (fitted - without)[(day >= at)].mean() == pytest.approx(found[0][2], abs=1e-9)


def test_changes_in_words(make: Any) -> None:
    with pytest.raises(BadInput, match="unknown change"):
        evaluate_change(make({"changes": []}), "x")
    store = make({"changes": [{"name": "c", "shipped_on": "2024-01-10", "metric": "event:buy"}, {"name": "d", "shipped_on": "2024-01-10", "metric": "visits"},
                              {"name": "e", "shipped_on": "2024-01-10", "metric": "event:never"}]}, interactions=log({"buy": np.full(40, 5)}))
    with pytest.raises(NotEnoughData, match="8 days before"):
        evaluate_change(store, "c")
    with pytest.raises(BadInput, match="kind of series"):
        evaluate_change(store, "d")
    with pytest.raises(NotEnoughData):
        evaluate_change(store, "e")


@pytest.mark.parametrize("metric, said", [("event:support_call", "customers a day with “support call”"), ("rate:view_item", "the share of customers with “view item”"),
                                          ("value:purchase", "the value a day of “purchase”"), ("nps", "NPS"), ("csat:slot", "CSAT of “slot”"), ("score:q_1", "the mean answer of “q_1”")])
def test_metrics_are_named_in_words(metric: str, said: str) -> None:
    assert series.in_words(metric) == said


def several(make: Any, jumps: list[float], seed: int = 3, days: int = 90) -> Any:
    """A study with a change a series."""
    rng = np.random.default_rng(seed)
    found = {}
    for k, jump in enumerate(jumps):
        noise = np.zeros(days)
        for d in range(1, days):
            noise[d] = .5 * noise[d - 1] + rng.normal(0, 2)
        found[f"e{k}"] = (40 + noise + jump * (np.arange(days) >= 60)).round()
    changes = [{"name": f"change {k}", "shipped_on": "2024-03-01", "metric": f"event:e{k}", "touchpoint": "Shop"} for k in range(len(jumps))]
    return make({"changes": changes, "journey": {"stages": [{"name": "Buy", "touchpoints": [{"name": "Shop"}]}]},
                 "opportunities": [{"name": "How might we sell more?", "touchpoint": "Shop", "status": "shipped"}]}, interactions=log(found))


def test_all_changes_together_and_what_the_first_page_says(make: Any) -> None:
    from cjm_research.decisions import compose

    study = several(make, [12.0, 0.0])
    r = shipped(study)
    rows = r["changes"].set_index("name")
    assert rows.state.to_dict() == {"change 0": "moved", "change 1": "did not clearly move"} and r.facts["moved"] == ["change 0"]
    assert rows.opportunity["change 0"] == "How might we sell more?" and rows.p_adjusted["change 0"] >= rows.p["change 0"]
    assert r.sentences[0].startswith("Something moved after change 0, which is no proof") and "+" in r.sentences[1]
    page = compose(r.findings, study.params)
    assert [m.lead for m in page.moved] == ["After change 0:"] and "went up by" in page.moved[0].text and "does not prove why" in page.moved[0].text


def test_where_nothing_moved_the_first_page_says_nothing_of_it(make: Any) -> None:
    from cjm_research.decisions import compose

    none = several(make, [0.0], seed=5)
    none, study = shipped(none), none
    assert none.facts["moved"] == [] and none.sentences[0] == "Nothing clearly moved after the one change that went to everybody."
    assert compose(none.findings, study.params).moved == ()


def test_what_moved_with_its_control_is_not_on_the_first_page(make: Any) -> None:
    from cjm_research.decisions import compose

    study = change_study(make, 0.0, common=10, control="event:view")
    r = shipped(study)
    assert r["changes"].state.iloc[0] in ("moved, but not against its control", "did not clearly move") and compose(r.findings, study.params).moved == ()


def test_what_moved_against_its_control_is_on_the_first_page(make: Any) -> None:
    from cjm_research.decisions import compose

    held = change_study(make, 25.0, control="event:view")
    page = compose(shipped(held).findings, held.params)
    assert len(page.moved) == 1 and page.moved[0].certainty.dots == 2 and "held against its control series" in page.moved[0].text


def test_without_changes_or_days_nothing_is_told_of_what_was_shipped(make: Any) -> None:
    with pytest.raises(NotEnoughData, match="no change is named"):
        shipped(make({"changes": []}))
    with pytest.raises(NotEnoughData, match="none of 1 change can be told"):
        shipped(make({"changes": [{"name": "c", "shipped_on": "2024-01-10", "metric": "event:buy"}]}, interactions=log({"buy": np.full(40, 5)})))
