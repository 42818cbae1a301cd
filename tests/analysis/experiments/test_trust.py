"""Checks in their order, what withholds the verdict, and bad input answered in words."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cjm_research.analysis.experiments import evaluate
from cjm_research.analysis.experiments.verdict import signed
from cjm_research.errors import BadInput, CjmError, NotEnoughData

from .conftest import design, two_arms

RNG = np.random.default_rng(5)


@pytest.fixture(autouse=True)
def _seed() -> None:
    """The same data whatever ran before."""
    RNG.bit_generator.state = np.random.default_rng(5).bit_generator.state


DAY = pd.Timestamp("2024-03-04", tz="UTC")


def states(result: Any) -> dict[str, str]:
    return dict(zip(result.frames["checks"].check, result.frames["checks"].state))


def reason(result: Any, check: str) -> str:
    return str(result.frames["checks"].set_index("check").reason[check])


def daily(n: int, days: int, shift: float = 0.0, share: float = .5) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Units assigned evenly over days; a share of them to B."""
    variant = np.where(RNG.random(n) < share, "B", "A")
    at = DAY + pd.to_timedelta(np.arange(n) * days * 86400 // n, unit="s")
    assignments = pd.DataFrame({"experiment": "x", "unit_id": [f"u{i}" for i in range(n)], "variant": variant, "assigned_at": at})
    value = RNG.normal(0, 1, n) + shift * (variant == "B")
    return assignments, pd.DataFrame({"experiment": "x", "unit_id": assignments.unit_id, "metric": "m", "value": value, "period": "post"})


def no_nan(result: Any) -> None:
    """Nothing that is shown is NaN, infinite or a None written out."""
    for sentence in [*result.sentences, *result.caveats, *(f.statement for f in result.findings)]:
        assert "nan" not in sentence.lower().split() and "None" not in sentence and "inf " not in sentence.lower(), sentence
    for f in result.findings:
        assert all(x is None or math.isfinite(x) for x in (f.estimate.value, f.estimate.low, f.estimate.high))
    for frame in result.frames.values():
        for column in frame.select_dtypes("number"):
            assert not np.isinf(frame[column].astype(float)).any()
    json.dumps(result.facts, allow_nan=False)


def test_all_is_well(make: Any) -> None:
    assignments, measurements = daily(1400, 14)
    r = evaluate(make(design(hypothesis="h", planned_n=1400, mde=.2), assignments=assignments, measurements=measurements), "x")
    found = states(r)
    assert not set(found.values()) & {"fail"}, r.frames["checks"]
    assert found["whole weeks"] == found["looks"] == found["design stated"] == found["sample ratio by day"] == "pass"
    no_nan(r)


def test_not_pre_registered_is_stamped(make: Any) -> None:
    r = evaluate(make(design(), **dict(zip(("assignments", "measurements"), daily(200, 7)))), "x")
    assert states(r)["design stated"] == "warn" and reason(r, "design stated").startswith("not pre-registered")
    assert r.facts["pre_registered"] is False


def test_sample_ratio_mismatch_withholds_the_verdict(make: Any) -> None:
    assignments, measurements = daily(4000, 14, shift=.5, share=.56)
    r = evaluate(make(design(), assignments=assignments, measurements=measurements), "x")
    assert states(r)["sample ratio"] == "fail" and r.facts["verdicts"] == {"B": "withheld"}
    assert "its verdict is withheld" in r.sentences[0] and "p < .001" in r.sentences[0]
    assert r.findings[0].status == "partly" and r.frames["worth"].empty
    assert r.findings[0].statement.startswith("Verdict withheld on B") and "interval" not in r.findings[0].statement  # no effect is quoted of it
    assert not any("interval" in s and s.startswith("Withheld") for s in r.sentences)
    # the planned split decides, not an even one
    fine = evaluate(make(design(variants={"A": 44, "B": 56}), assignments=assignments, measurements=measurements), "x")
    assert states(fine)["sample ratio"] == "pass" and fine.facts["verdicts"] == {"B": "ship"}
    no_nan(r)


def test_mismatch_hidden_in_a_segment_or_a_day_is_found(make: Any) -> None:
    assignments, measurements = daily(4000, 14)
    phone = np.arange(4000) % 4 == 0
    assignments["properties"] = ['{"device": "phone"}' if p else '{"device": "desk"}' for p in phone]
    flip = (RNG.random(4000) < .45) & (assignments.variant == "A")
    other = (RNG.random(4000) < .16) & (assignments.variant == "B")
    assignments.loc[phone & flip, "variant"] = "B"
    assignments.loc[~phone & other, "variant"] = "A"
    r = evaluate(make(design(segments=["device"]), assignments=assignments, measurements=measurements), "x")
    assert states(r)["sample ratio"] in ("pass", "warn") and states(r)["sample ratio by device"] == "fail"
    assert "phone" in reason(r, "sample ratio by device")


def test_allocation_that_changes_between_days_is_flagged(make: Any) -> None:
    a, ma = daily(2000, 7, share=.1)
    b, mb = daily(2000, 7, share=.9)
    b["unit_id"] = mb["unit_id"] = "v" + b.unit_id
    b["assigned_at"] += pd.Timedelta(days=7)
    r = evaluate(make(design(), assignments=pd.concat([a, b]), measurements=pd.concat([ma, mb])), "x")
    assert states(r)["sample ratio"] in ("pass", "warn") and states(r)["stable allocation"] == "warn" and "Simpson" in reason(r, "stable allocation")
    assert states(r)["sample ratio by day"] == "fail"


def test_units_in_two_arms(make: Any) -> None:
    assignments, measurements = daily(2000, 14)
    few = assignments.iloc[:5].assign(variant=lambda f: np.where(f.variant == "A", "B", "A"))
    r = evaluate(make(design(), assignments=pd.concat([assignments, few, assignments.iloc[10:13]]), measurements=measurements), "x")
    assert states(r)["units in two arms"] == "warn" and reason(r, "units in two arms").startswith("5 units")
    assert states(r)["duplicates"] == "warn" and reason(r, "duplicates").startswith("3 repeated")
    assert r.frames["effects"].base[0] == 1995
    many = assignments.iloc[:100].assign(variant=lambda f: np.where(f.variant == "A", "B", "A"))
    r = evaluate(make(design(), assignments=pd.concat([assignments, many]), measurements=measurements), "x")
    assert states(r)["units in two arms"] == "fail" and r.facts["verdicts"]["B"] == "withheld"


def test_variant_not_planned_is_left_out_and_withholds(make: Any) -> None:
    assignments, measurements = daily(400, 14)
    assignments.loc[:19, "variant"] = "C"
    r = evaluate(make(design(), assignments=assignments, measurements=measurements), "x")
    assert states(r)["planned variants"] == "fail" and "(C)" in reason(r, "planned variants")
    assert r.frames["effects"].base[0] == 380 and r.facts["verdicts"]["B"] == "withheld"


def test_unequal_missing_values(make: Any) -> None:
    assignments, measurements = daily(2000, 14)
    lost = (assignments.variant == "B").to_numpy() & (RNG.random(2000) < .2)
    r = evaluate(make(design(), assignments=assignments, measurements=measurements[~lost]), "x")
    assert states(r)["missing values"] == "fail" and r.facts["verdicts"]["B"] == "withheld"
    zero = evaluate(make(design(metrics=[{"name": "m", "absent": "zero"}]), assignments=assignments, measurements=measurements[~lost]), "x")
    assert states(zero)["missing values"] == "pass" and zero.frames["effects"].base[0] == 2000
    value = measurements.value.where(~lost, 0)
    b = (assignments.variant == "B").to_numpy()
    assert zero.frames["effects"].value[0] == pytest.approx(value[b].mean() - value[~b].mean())


def test_arms_that_differed_before(make: Any) -> None:
    assignments, measurements = daily(1000, 14)
    before = measurements.assign(period="pre", value=RNG.normal(0, 1, 1000) + .5 * (assignments.variant == "B"))
    r = evaluate(make(design(), assignments=assignments, measurements=pd.concat([measurements, before])), "x")
    assert states(r)["balance before"] == "fail" and r.facts["verdicts"]["B"] == "withheld"


def test_naive_rows_of_a_cluster_are_corrected(make: Any) -> None:
    stores, weeks = 60, 4
    level = RNG.normal(50, 10, stores)
    rows = [(f"s{s}w{w}", f"s{s}", "AB"[s % 2], level[s] + RNG.normal(0, 2)) for s in range(stores) for w in range(weeks)]
    frame = pd.DataFrame(rows, columns=["unit_id", "cluster", "variant", "value"]).assign(experiment="x", metric="m", period="post")
    r = evaluate(make(design(unit="store week"), assignments=frame, measurements=frame), "x")
    e, s = r.frames["effects"].iloc[0], r.frames["sensitivity"].set_index("analysis")
    import statsmodels.api as sm
    fit = sm.OLS(frame.value, sm.add_constant((frame.variant == "B").astype(float))).fit(
        cov_type="cluster", cov_kwds={"groups": frame.cluster.astype("category").cat.codes})
    assert e.value == pytest.approx(fit.params.iloc[1]) and e.se == pytest.approx(fit.bse.iloc[1], rel=.02)
    naive = s.loc["clusters ignored (wrong, for comparison)"]
    assert (naive.high - naive.low) < .7 * (e.high - e.low)
    assert states(r)["unit of analysis"] == "pass" and "cluster-robust" in reason(r, "unit of analysis")


def test_a_customer_with_several_units_is_a_cluster(make: Any) -> None:
    n = 300
    frame = pd.DataFrame({"unit_id": [f"session{i}" for i in range(2 * n)], "customer_id": [f"c{i // 2}" for i in range(2 * n)],
                          "experiment": "x", "metric": "m", "period": "post"})
    frame["variant"] = np.where(np.arange(2 * n) // 2 % 2 == 0, "A", "B")
    frame["value"] = np.repeat(RNG.normal(0, 1, n), 2)
    r = evaluate(make(design(), assignments=frame, measurements=frame), "x")
    assert "300 customers" in reason(r, "unit of analysis")
    one = frame.groupby("customer_id").first()
    from scipy.stats import ttest_ind
    assert r.frames["effects"].p[0] == pytest.approx(ttest_ind(one.value[one.variant == "B"], one.value[one.variant == "A"], equal_var=False).pvalue, rel=.01)


def test_clusters_in_both_arms_pair_up(make: Any) -> None:
    stores = 80
    level = np.repeat(RNG.normal(50, 10, stores), 2)
    frame = pd.DataFrame({"unit_id": [f"u{i}" for i in range(2 * stores)], "cluster": [f"s{i // 2}" for i in range(2 * stores)],
                          "variant": ["A", "B"] * stores, "value": level + RNG.normal(0, 1, 2 * stores), "experiment": "x", "metric": "m", "period": "post"})
    r = evaluate(make(design(unit="visit"), assignments=frame, measurements=frame), "x")
    from scipy.stats import ttest_rel
    peer = ttest_rel(frame.value[1::2], frame.value[::2])
    e = r.frames["effects"].iloc[0]
    assert e.p == pytest.approx(peer.pvalue, rel=1e-6, abs=1e-12) and "both arms" in e.method
    assert states(r)["unit of analysis"] == "warn"


def test_too_good_to_be_true_and_skew(make: Any) -> None:
    assignments, measurements = two_arms(RNG.pareto(2.2, 200), RNG.pareto(2.2, 400) + 2)
    found = states(evaluate(make(design(variants={"A": 1, "B": 2}), assignments=assignments, measurements=measurements), "x"))
    assert found["too good to be true"] == "warn" and found["skewness"] == "warn"


def test_measured_before_assigned_and_outside_the_plan(make: Any) -> None:
    assignments, measurements = daily(200, 10)
    measurements["measured_at"] = DAY - pd.Timedelta(days=1)
    r = evaluate(make(design(start="2024-03-06", end="2024-03-12"), assignments=assignments, measurements=measurements), "x")
    words = reason(r, "timing")
    assert states(r)["timing"] == "warn" and "200 measurements lie before" in words and "before the start" in words and "after the end" in words
    assert states(r)["whole weeks"] == "warn"


@pytest.mark.parametrize("x,unit,words", [
    (.0123, "share difference", "+1.2 percentage points"), (-.0008, "share difference", "−0.08 percentage points"), (.07, "relative change", "+7.0\u202f%"),
    (-12.34, "points", "−12.3 points"), (.00734, "EUR", "+0.0073\u202fEUR"), (1234.5, "EUR", "+1,234\u202fEUR"), (-.5, "per unit", "−0.50"),
    (45.6, "customers", "+46"), (-90.0, "s", "−1.5\u202fmin"), (0.0, "score", "±0"), (None, "EUR", "–")])
def test_differences_in_words(x: float | None, unit: str, words: str) -> None:
    assert signed(x, unit) == words


# --- bad input, in words -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("first,second", [
    ([1.0, 2.0], [3.0, 4.0]), ([0.0] * 50, [0.0] * 50), ([5.0] * 30, [7.0] * 30), ([1.0], [2.0]), ([1.0, None], [None, 2.0]),
    ([-5.0, -4.0, -3.0] * 9, [-1.0, -2.0, -1.5] * 9), ([1e300, 2e300, 3e300], [1.0, 2.0, 3.0])])
@pytest.mark.parametrize("kind", ["mean", "quantile", "time_to_event"])
def test_little_or_odd_data_give_words_and_no_nan(make: Any, first: Any, second: Any, kind: str) -> None:
    assignments, measurements = two_arms(first, second)
    try:
        r = evaluate(make(design(metrics=[{"name": "m", "kind": kind, "window": "3s" if kind == "time_to_event" else None}]), assignments=assignments, measurements=measurements), "x")
    except CjmError as error:
        assert "m" in str(error) and "nan" not in str(error)
        return
    no_nan(r)
    assert r.facts["verdicts"]["B"] in ("inconclusive", "ship", "do not ship", "withheld")


def test_negative_values_keep_their_direction(make: Any) -> None:
    assignments, measurements = two_arms(RNG.normal(-10, 1, 100), RNG.normal(-8, 1, 100))
    e = evaluate(make(design(), assignments=assignments, measurements=measurements), "x").frames["effects"].iloc[0]
    assert e.value > 0 and e.lift == pytest.approx(.2, abs=.05) and e.lift_low > 0


@pytest.mark.parametrize("kind,values,words", [
    ("proportion", [0, 1, 3.5], "other than 0 and 1"), ("nps", [0, 10, 99], "0 to 10"), ("csat", [1, 5, 9], "1 to 5"),
    ("time_to_event", [5, -3, 2], "negative times")])
def test_values_that_contradict_their_kind(make: Any, kind: str, values: list[float], words: str) -> None:
    assignments, measurements = two_arms(values, values)
    with pytest.raises(BadInput, match=words):
        evaluate(make(design(metrics=[{"name": "m", "kind": kind, "scale": [1, 5], "window": "9s" if kind == "time_to_event" else None}]), assignments=assignments, measurements=measurements), "x")


def test_names_that_do_not_exist(make: Any) -> None:
    assignments, measurements = two_arms([1.0, 2, 3], [2.0, 3, 4], "revenue")
    store = make(design(primary="revenu", metrics=[{"name": "revenu"}]), assignments=assignments, measurements=measurements)
    with pytest.raises(BadInput, match="Did you mean 'revenue'"):
        evaluate(store, "x")
    with pytest.raises(BadInput, match="unknown experiment 'y'"):
        evaluate(store, "y")
    with pytest.raises(BadInput, match="unknown metric"):
        evaluate(store, "x", metrics=["nothing"])
    no_ratio = design(metrics=[{"name": "m", "kind": "ratio"}])
    with pytest.raises(BadInput, match="numerator and denominator"):
        evaluate(make(no_ratio, assignments=assignments, measurements=measurements), "x")
    with pytest.raises(BadInput, match="unknown funnel"):
        evaluate(make(design(metrics=[{"name": "m", "kind": "proportion", "funnel": "f"}]), assignments=assignments, measurements=measurements), "x")


def test_times_without_an_end_of_observation_are_refused(make: Any) -> None:
    assignments, measurements = two_arms([1.0, 2, None, 4], [2.0, 3, 4, None])
    with pytest.raises(BadInput, match="how long units were observed"):
        evaluate(make(design(metrics=[{"name": "m", "kind": "time_to_event"}]), assignments=assignments, measurements=measurements), "x")


def test_a_secondary_metric_without_data_says_so(make: Any) -> None:
    assignments, measurements = two_arms([1.0, 2, 3], [2.0, 3, 4])
    r = evaluate(make(design(metrics=[{"name": "m"}, {"name": "later"}]), assignments=assignments, measurements=measurements), "x")
    row = r.frames["effects"].set_index("metric").loc["later"]
    assert pd.isna(row.value) and "a group is empty" in row.method
    no_nan(r)


def test_arms_that_are_not_there(make: Any) -> None:
    assignments, measurements = two_arms([1.0, 2, 3], [2.0, 3, 4])
    with pytest.raises(BadInput, match=r"1 planned arm\(s\) only"):
        evaluate(make(design(), assignments=assignments[assignments.variant == "A"], measurements=measurements), "x")
    with pytest.raises(BadInput, match="variants in the data: A, B"):
        evaluate(make(design(control="a", variants={"a": 1, "b": 1}), assignments=assignments, measurements=measurements), "x")
    with pytest.raises(BadInput, match="control 'C' has no units"):
        evaluate(make(design(control="C", variants={"A": 1, "B": 1, "C": 1}), assignments=assignments, measurements=measurements), "x")
    with pytest.raises(NotEnoughData, match="no unit is assigned"):
        evaluate(make(design(), assignments=assignments.iloc[:0]), "x")
    with pytest.raises(NotEnoughData, match="no unit has a value"):
        evaluate(make(design(), assignments=assignments, measurements=measurements.assign(value=np.nan)), "x")


def test_hostile_names_stay_data(make: Any) -> None:
    name, arm = "m'; DROP TABLE x; --", "B' OR '1'='1"
    assignments, measurements = two_arms(RNG.normal(0, 1, 60), RNG.normal(1, 1, 60), name)
    assignments["variant"] = assignments["variant"].replace("B", arm)
    spec = design(variants={"A": 1, arm: 1}, primary=name, metrics=[{"name": name}], segments=["x\"y'"])
    r = evaluate(make(spec, assignments=assignments, measurements=measurements), "x")
    assert list(r.facts["verdicts"]) == [arm]


def test_units_in_order_and_in_disorder_are_the_same_units(make: Any) -> None:
    """Sorted rows with one a unit are taken as they are, any others are grouped first: one answer."""
    assignments, measurements = daily(900, 14)
    assignments = assignments.assign(properties='{"device": "a"}').sort_values("unit_id")
    spec = design(segments=["device"])
    results = [evaluate(make(spec, assignments=a, measurements=measurements), "x") for a in (
        assignments, assignments.sample(frac=1, random_state=1), pd.concat([assignments, assignments.tail(5)]))]
    for frame in ("effects", "looks", "segments", "arms"):
        for other in results[1:]:
            pd.testing.assert_frame_equal(results[0].frames[frame], other.frames[frame], rtol=1e-12)
    assert [states(r)["duplicates"] for r in results] == ["pass", "pass", "warn"]
    assert "5 repeated assignments" in reason(results[2], "duplicates")


def test_a_unit_missing_and_another_twice_is_seen(make: Any) -> None:
    """The secondary metrics' one pass answers only where every unit has exactly one value."""
    assignments, measurements = two_arms(RNG.normal(0, 1, 60), RNG.normal(0, 1, 60))
    other = measurements.assign(metric="k")
    wrong = other.copy()
    wrong.loc[wrong.index[3], "unit_id"] = wrong.unit_id.iloc[4]
    spec = design(metrics=[{"name": "m"}, {"name": "k"}])
    sure = evaluate(make(spec, assignments=assignments, measurements=pd.concat([measurements, other])), "x")["effects"].set_index("metric")
    odd = evaluate(make(spec, assignments=assignments, measurements=pd.concat([measurements, wrong])), "x")["effects"].set_index("metric")
    assert sure.base["k"] == 120 and odd.base["k"] == 119
    assert odd.control_value["k"] == pytest.approx(wrong[wrong.unit_id.str.startswith("A")].groupby("unit_id").value.sum().mean())
