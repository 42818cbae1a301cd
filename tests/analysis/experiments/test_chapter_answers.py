"""What the chapter shows beside the verdict: the design, guardrails, adjusted and plain, the best variant, all that was tried."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cjm_research.analysis.experiments import evaluate, overview, plan, stated
from cjm_research.errors import NotEnoughData
from cjm_research.plots import experiments as charts
from cjm_research.results.words import p_value

from .conftest import design, two_arms

RNG = np.random.default_rng(61)


def three_arms(shifts: tuple[float, float, float], n: int = 400) -> tuple[pd.DataFrame, pd.DataFrame]:
    noise = np.random.default_rng(3).normal(5, 1, n)  # the same in all arms, so that differences are those of the shifts
    rows = [(f"{v}{i}", v, x + shift) for v, shift in zip("ABC", shifts) for i, x in enumerate(noise)]
    frame = pd.DataFrame(rows, columns=["unit_id", "variant", "value"]).assign(experiment="x", metric="m", period="post")
    return frame[["experiment", "unit_id", "variant"]], frame[["experiment", "unit_id", "metric", "value", "period"]]


@pytest.mark.parametrize("p,said", [(6.6e-78, "p < .001"), (.00099, "p < .001"), (.001, "p = .001"), (.0324, "p = .032"), (.9999, "p = 1"),
                                    (1.0, "p = 1"), (None, "no p-value"), (float("nan"), "no p-value")])
def test_p_in_words(p: float | None, said: str) -> None:
    assert p_value(p) == said


def test_the_design_is_told_before_there_are_data(make: Any) -> None:
    empty = make(design(hypothesis="h", planned_n=64000, mde=.01, primary="hit", guardrails=["m"],
                        metrics=[{"name": "hit", "kind": "proportion"}, {"name": "m", "margin": .3, "unit": "EUR"}]))
    r = stated(empty, "x")
    said = r["design"].set_index("item").value
    assert r.facts["pre_registered"] and said["smallest effect that matters"] == "1.0 pp".replace(" ", "\u202f")
    assert said["planned units"] == "64,000" and said["guardrails"] == "m (at most 0.30\u202fEUR worse)"
    bare = stated(make(design()), "x")
    assert bare.sentences[0].startswith("Not pre-registered: the hypothesis, the planned size or end and the smallest effect that matters of x are")
    with pytest.raises(NotEnoughData, match="how long it must run"):
        evaluate(empty, "x")
    found = plan(empty, "x", baseline=.1, per_day=300)
    assert found["sizes"]["units"].iloc[2] == pytest.approx(2 * 14751, rel=.001) and found["durations"]["value"].notna().all()
    with pytest.raises(NotEnoughData, match="baseline: 0.12"):
        plan(empty, "x")


def test_guardrails_against_their_margins(make: Any) -> None:
    assignments, m = two_arms(RNG.normal(5, 1, 500), RNG.normal(5, 1, 500))
    spec = design(primary="m", guardrails=["g", "r", "bare"], metrics=[
        {"name": "m"}, {"name": "g", "margin": .5}, {"name": "r", "margin": .01, "margin_kind": "relative"}, {"name": "bare"}])
    rows = pd.concat([m, *(m.assign(metric=name) for name in ("g", "r", "bare"))])
    r = evaluate(make(spec, assignments=assignments, measurements=rows), "x")
    found, e = r["guardrails"].set_index("metric"), r["effects"].set_index("metric")
    assert found.state.to_dict() == {"g": "unharmed", "r": "not shown", "bare": "no margin stated"}
    assert found.margin.to_dict() == {"g": "0.50 worse", "r": "1.0\u202f% worse", "bare": "none"}
    # one-sided at alpha/2: the interval held against the margin is the two-sided one at 1 − alpha
    assert [found.low["g"], found.high["g"]] == pytest.approx([e.low["g"], e.high["g"]], abs=1e-12)
    assert found.unit["r"] == "relative change" and found.value["r"] == pytest.approx(e.lift["r"])
    a, b = (m.value[m.unit_id.str.startswith(x)] for x in "AB")
    assert found.p["g"] == pytest.approx(stats.ttest_ind(b + .5, a, equal_var=False, alternative="greater").pvalue, abs=1e-9)


def test_adjusted_and_plain_stand_beside_each_other(make: Any) -> None:
    before = RNG.normal(5, 1, 600)
    assignments, m = two_arms(before[:300] + RNG.normal(0, .5, 300), before[300:] + RNG.normal(.1, .5, 300))
    pre = two_arms(before[:300], before[300:], period="pre")[1]
    r = evaluate(make(design(), assignments=assignments, measurements=pd.concat([m, pre])), "x")
    both, e = r["adjusted"].set_index("analysis"), r["effects"].iloc[0]
    assert list(both.index) == ["adjusted for m before", "as it is"]
    assert both.value.tolist() == [e.value, e.plain_value] and both.p.tolist() == [e.p, e.plain_p]
    saved = both.variance_saved_share["adjusted for m before"]
    assert saved == pytest.approx(1 - (e.se / ((e.plain_high - e.plain_low) / (e.high - e.low) * e.se)) ** 2, abs=.01) and .6 < saved < .95


def test_the_best_of_several_winners_is_named(make: Any) -> None:
    spec = design(variants={"A": 1, "B": 1, "C": 1})
    for shifts, said in (((0, .4, 1.5), "take C: it beats B as well (+1.1"), ((0, 1.0, 1.01), "cannot be told apart; choose by what they cost")):
        assignments, measurements = three_arms(shifts)
        r = evaluate(make(spec, assignments=assignments, measurements=measurements), "x")
        assert set(r.facts["verdicts"].values()) == {"ship"} and any(said in s for s in r.sentences), r.sentences
    fewer = design(variants={"A": 1, "B": 1, "C": 1}, metrics=[{"name": "m", "higher_is_better": False}])
    assignments, measurements = three_arms((0, -.4, -1.5))
    r = evaluate(make(fewer, assignments=assignments, measurements=measurements), "x")
    assert any("take C: it beats B as well (−1.1" in s for s in r.sentences)


def test_a_metric_nobody_measured_is_told(make: Any) -> None:
    assignments, m = two_arms(RNG.normal(5, 1, 50), RNG.normal(5, 1, 50))
    spec = design(metrics=[{"name": "m"}, {"name": "spendd"}])
    r = evaluate(make(spec, assignments=assignments, measurements=pd.concat([m, m.assign(metric="spend")])), "x")
    checks = r["checks"].set_index("check")
    assert checks.state["missing values of other metrics"] == "warn"
    assert "no measurement is called 'spendd'. Did you mean 'spend'?" in checks.reason["missing values of other metrics"]
    assert "spendd" not in checks.reason["skewness"]


def test_a_metric_that_is_the_same_for_all_is_told(make: Any) -> None:
    assignments, m = two_arms([0.0] * 40, [0.0] * 40)
    checks = evaluate(make(design(), assignments=assignments, measurements=m), "x")["checks"].set_index("check")
    assert checks.state["outliers"] == "warn" and "m is 0 for every unit" in checks.reason["outliers"]


def test_clusters_are_counted_in_the_headline(make: Any) -> None:
    assignments, m = two_arms(RNG.normal(5, 1, 120), RNG.normal(5, 1, 120))
    assignments["cluster"] = [f"{u[0]}{int(u[1:]) // 4}" for u in assignments.unit_id]
    r = evaluate(make(design(), assignments=assignments, measurements=m), "x")
    assert "240 customers in 60 clusters" in r.sentences[1]


def test_everything_that_was_tried(make: Any) -> None:
    days = pd.date_range("2026-01-01", periods=60, tz="UTC")
    visits = pd.DataFrame([(f"i{d}-{k}", f"c{k}", t, "web", "visit") for d, t in enumerate(days) for k in range(8 + (d >= 40) * 5 + d % 3)],
                          columns=["interaction_id", "customer_id", "occurred_at", "source", "event"])
    assignments, m = two_arms(RNG.normal(5, 1, 200), RNG.normal(6, 1, 200))
    params = {"experiments": [design(title="First"), design(name="later")],
              "changes": [{"name": "New page", "shipped_on": "2026-02-10", "metric": "event:visit"}],
              "opportunities": [{"name": "How might we …", "experiment": "x"}]}
    store = make(params, assignments=assignments, measurements=m, interactions=visits)
    r = overview(store)
    found = r["overview"]
    assert found[["name", "verdict"]].values.tolist() == [["First", "ship"], ["later", "no data yet"], ["New page", "moved"]]
    assert found.opportunity[0] == "How might we …" and found.value[2] == pytest.approx(5, abs=.5)
    assert r.sentences[0].startswith("2 A/B tests and 1 change to everybody, by variant: ")
    with pytest.raises(NotEnoughData):
        overview(make({"experiments": []}, client="none"))
    with pytest.raises(NotEnoughData, match="no data yet of First and later"):
        overview(make({"experiments": params["experiments"]}, client="early"))


def test_charts_of_days_and_of_a_change(make: Any) -> None:
    from cjm_research.analysis.experiments import evaluate_change

    days = pd.date_range("2026-01-01", periods=60, tz="UTC")
    visits = pd.DataFrame([(f"i{d}-{k}", f"c{k}", t, "web", "visit") for d, t in enumerate(days) for k in range(8 + (d >= 40) * 5 + d % 3)],
                          columns=["interaction_id", "customer_id", "occurred_at", "source", "event"])
    store = make({"changes": [{"name": "New page", "shipped_on": "2026-02-10", "metric": "event:visit"}]}, interactions=visits)
    answer = evaluate_change(store, "New page")
    drawn, days_after = charts.series(answer), answer["series"][answer["series"].after]
    assert (days_after.fitted - days_after.expected).mean() == pytest.approx(answer["effects"].value[0], abs=1e-9)
    assert "on average after 2026-02-10, where" in drawn.alt and drawn.svg().startswith("<svg")
    start = pd.Timestamp("2026-03-02", tz="UTC")
    assignments, _ = two_arms(range(60), range(60))
    assignments["assigned_at"] = start
    rows = pd.DataFrame([("x", u, "m", RNG.normal(3 + (v == "B"), .5), "post", start + pd.Timedelta(days=d, hours=1))
                         for u, v in zip(assignments.unit_id, assignments.variant) for d in range(8)],
                        columns=["experiment", "unit_id", "metric", "value", "period", "measured_at"])
    shown = charts.over_days(evaluate(make(design(), assignments=assignments, measurements=rows), "x"))
    assert shown.alt.startswith("Effect by days since exposure: B ") and shown.svg().startswith("<svg")
