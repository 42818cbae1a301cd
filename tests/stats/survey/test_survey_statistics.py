"""Survey statistics against R's `survey` (reference values), hand-made cases and a simulated population."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from statsmodels.stats.proportion import proportions_ztest
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from cjm_research.errors import BadInput
from cjm_research.stats.shares import wilson
from cjm_research.stats.survey.columns import letters_of, mean_test, paired_shares, row_letters, share_test
from cjm_research.stats.survey.crosstabs import rao_scott
from cjm_research.stats.survey.design import Design, effective, korn_graubard, logit_interval, share_interval
from cjm_research.stats.survey.drivers import bootstrap, correlations, importance, relative_weights, shapley, variance_inflation
from cjm_research.stats.survey.weighting import evenness, rake


@pytest.fixture(scope="module")
def cases(shared: Path) -> dict[str, Any]:
    return {c["name"]: c for c in json.loads((shared / "oracles" / "surveys.json").read_text())}


def schools(shared: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(shared / "data" / "api_schools" / f"{name}.csv")


def plain(frame: pd.DataFrame) -> Design:
    return Design(frame["pw"])


def stratified(frame: pd.DataFrame) -> Design:
    return Design(frame["pw"], strata=frame["stype"], population=frame["fpc"])


def clustered(frame: pd.DataFrame) -> Design:
    return Design(frame["pw"], clusters=frame["dnum"], population=frame["fpc"])


@pytest.mark.parametrize(("case", "file", "made"), [("api_strat_mean_weights_only", "apistrat", plain), ("api_strat_mean", "apistrat", stratified),
                                                    ("api_clus1_mean", "apiclus1", clustered)])
def test_means_are_those_of_r(case: str, file: str, made: Any, shared: Path, cases: dict[str, Any]) -> None:
    frame, wanted = schools(shared, file), cases[case]["expected"]
    found = made(frame).mean(frame["api00"])
    assert (found.value, found.se, found.df) == pytest.approx((wanted["mean"], wanted["se"], wanted["df"]), rel=1e-8)
    assert found.interval() == pytest.approx((wanted["lower"], wanted["upper"]), abs=1e-6)


def test_total(shared: Path, cases: dict[str, Any]) -> None:
    frame, wanted = schools(shared, "apistrat"), cases["api_strat_total_enroll"]["expected"]
    found = stratified(frame).total(frame["enroll"])
    assert (found.value, found.se) == pytest.approx((wanted["total"], wanted["se"]), abs=0.5)


@pytest.mark.parametrize(("case", "made", "column"), [("svyciprop_strat_schwide", stratified, "sch.wide"), ("svyciprop_wonly_awards", plain, "awards")])
def test_shares_and_their_intervals(case: str, made: Any, column: str, shared: Path, cases: dict[str, Any]) -> None:
    frame, e = schools(shared, "apistrat"), cases[case]["expected"]
    found = made(frame).mean(frame[column] == "Yes")
    assert (found.value, found.se, found.df) == pytest.approx((e["share"], e["se"], e["df"]), abs=2e-6)
    assert logit_interval(found) == pytest.approx((e["logit_lower"], e["logit_upper"]), abs=2e-6)
    assert korn_graubard(found) == pytest.approx((e["beta_lower"], e["beta_upper"]), abs=2e-6)
    assert found.interval() == pytest.approx((e["wald_lower"], e["wald_upper"]), abs=2e-6)


@pytest.mark.parametrize(("case", "file", "made", "row"), [("svychisq_sch.wide_stype_clusters", "apiclus1", clustered, "sch.wide"),
                                                           ("svychisq_awards_stype_weights", "apistrat", plain, "awards")])
def test_rao_scott(case: str, file: str, made: Any, row: str, shared: Path, cases: dict[str, Any]) -> None:
    frame, e = schools(shared, file), cases[case]["expected"]
    found = rao_scott(made(frame), frame[row], frame["stype"])
    assert found is not None and found.order == 2
    assert (found.f, found.ndf, found.ddf, found.p) == pytest.approx((e["F"], e["ndf"], e["ddf"], e["p"]), rel=1e-5)
    assert found.chi2 == pytest.approx(e["pearson_weighted_scaled_to_n"], rel=1e-5)


def test_rao_scott_with_an_empty_cell_and_without_a_second_row() -> None:
    design = Design(np.ones(60))
    found = rao_scott(design, ["a", "a", "b"] * 20, ["x", "y", "x"] * 20)
    assert found is not None and found.order == 1 and 0 < found.p < 1
    assert rao_scott(design, ["a"] * 60, ["x", "y"] * 30) is None


def test_a_difference_is_of_one_design(shared: Path, cases: dict[str, Any]) -> None:
    frame, e = schools(shared, "apistrat"), cases["svyttest_api00_awards"]["expected"]
    yes = frame["awards"] == "Yes"
    found = plain(frame).difference(frame["api00"], yes, ~yes)
    assert (found.value, found.value / found.se, found.df) == pytest.approx((e["diff"], e["t"], e["df"]), abs=2e-6)
    assert found.interval() == pytest.approx((e["lower"], e["upper"]), abs=2e-6)


def test_net_score_is_a_mean(shared: Path, cases: dict[str, Any]) -> None:
    frame, e = schools(shared, "apistrat"), cases["weighted_nps_like"]["expected"]
    found = plain(frame).mean(np.select([frame["api00"] >= 700, frame["api00"] < 600], [100, -100], 0))
    assert (found.value, found.se) == pytest.approx((e["score"], e["se"]), abs=1e-6)


def test_effective_n_and_design_effects(shared: Path, cases: dict[str, Any]) -> None:
    frame, e = schools(shared, "apistrat"), cases["kish_neff_apistrat"]["expected"]
    found = evenness(frame["pw"])
    assert (found.n, found.effective, found.design_effect) == pytest.approx((200, e["n_eff"], e["deff_kish"]), abs=1e-6)
    assert effective(np.array([1.0, 1, 2, 4])) == pytest.approx(64 / 22)
    assert plain(frame).design_effect(frame["api00"]) == pytest.approx(cases["deff_apistrat"]["expected"]["weights_only_replace"], abs=1e-6)
    k = cases["deff_kigyo_replace"]
    small = Design(k["inputs"]["weights"])
    point = small.mean(k["inputs"]["y"])
    assert (point.value, point.se, small.design_effect(k["inputs"]["y"])) == pytest.approx((243.914, 48.752, 1.9741), abs=6e-4)


def test_quantiles(shared: Path, cases: dict[str, Any]) -> None:
    frame, e = schools(shared, "apistrat"), cases["svyquantile_median"]["expected"]
    assert [plain(frame).quantile(frame["api00"], q)[0] for q in (0.25, 0.5, 0.75)] == [e["q25"], e["median"], e["q75"]]
    assert list(stratified(frame).quantile(frame["api00"], 0.5)[1:]) == e["strat_ci_median"]


def test_raking_closes_the_margins_and_its_errors_rest_on_residuals(shared: Path, cases: dict[str, Any]) -> None:
    frame, case = schools(shared, "apiclus1"), cases["rake_apiclus1"]
    e = case["expected"]
    found = rake({c: frame[c] for c in ("stype", "sch.wide")}, case["inputs"]["margins"], start=frame["pw"])
    cell = (frame["stype"] + "|" + frame["sch.wide"]).map(e["weights"])
    assert found.weights == pytest.approx(cell.to_numpy(), abs=2e-5) and found.gap < 1e-8
    design = clustered(frame).calibrated(found.weights, found.margins)
    assert (design.mean(frame["api00"]).value, design.total(frame["enroll"]).value) == pytest.approx((e["mean_api00"], e["total_enroll"]), rel=1e-8)
    assert effective(found.weights) == pytest.approx(e["n_eff"], abs=1e-4)
    se = cases["rake_apiclus1_se"]["expected"]
    assert (design.mean(frame["api00"]).se, design.total(frame["enroll"]).se) == pytest.approx((se["se_mean_api00"], se["se_total_enroll"]), rel=1e-5)


def test_raking_a_published_table(cases: dict[str, Any]) -> None:
    case = cases["kalton_raking"]
    counts, people = pd.DataFrame(case["inputs"]["counts"]).T, pd.DataFrame(case["inputs"]["population"]).T
    rows, cols = np.repeat(counts.index, 3), np.tile(["b1", "b2", "b3"], 4)
    a, b = np.repeat(rows, counts.to_numpy().ravel()), np.repeat(cols, counts.to_numpy().ravel())
    found = rake({"a": pd.Series(a), "b": pd.Series(b)}, {"a": people.sum(axis=1).to_dict(), "b": dict(zip(["b1", "b2", "b3"], people.sum(), strict=True))})
    once = pd.DataFrame({"a": a, "b": b, "w": found.weights}).groupby(["a", "b"])["w"].first().unstack()
    assert once.to_numpy() == pytest.approx(np.array(list(case["expected"].values())), abs=0.0051)


def test_raking_refuses_in_words() -> None:
    who = {"sex": pd.Series(["f", "f", "m", "m"])}
    for targets, said in (({"f": 0.5, "m": 0.4, "x": 0.1}, "nobody in the sample is 'x'"), ({"f": 1.0}, "2 respondents are 'm'"), ({"f": 0.5, "m": 0.6}, "sum to 1.1")):
        with pytest.raises(BadInput, match=said):
            rake(who, {"sex": targets, "two": {"a": 1.0}} if said.startswith("sum") else {"sex": targets}, ) if not said.startswith("sum") else rake(
                {**who, "two": pd.Series(["a"] * 4)}, {"two": {"a": 1.0}, "sex": targets})
    with pytest.raises(BadInput, match="1 respondents have no value"):
        rake({"sex": pd.Series(["f", "m", None])}, {"sex": {"f": 0.5, "m": 0.5}})
    # two margins that no weights can close: everybody who is f is also a
    with pytest.raises(BadInput, match="off its target"):
        rake({"sex": pd.Series(["f", "m"]), "two": pd.Series(["a", "b"])}, {"sex": {"f": 0.5, "m": 0.5}, "two": {"a": 0.9, "b": 0.1}})


def test_bounds_hold_together_with_the_margins() -> None:
    rng = np.random.default_rng(3)
    a, b = pd.Series(rng.choice(["x", "y"], 400, p=[0.85, 0.15])), pd.Series(rng.choice(["u", "v"], 400))
    targets = {"a": {"x": 0.7, "y": 0.3}, "b": {"u": 0.4, "v": 0.6}}
    start = rng.uniform(0.2, 4, 400)
    free, bound = rake({"a": a, "b": b}, targets, start), rake({"a": a, "b": b}, targets, start, bounds=(0.4, 2.6))
    assert free.weights.max() > 2.6 and bound.weights.max() <= 2.6 + 1e-9 and bound.weights.min() >= 0.4 - 1e-9
    for of in (free, bound):
        assert of.weights[a == "y"].sum() / 400 == pytest.approx(0.3, abs=1e-7)
    with pytest.raises(BadInput, match="widen the bounds"):
        rake({"a": a, "b": b}, targets, start, bounds=(0.9, 1.1))


def test_designs_refuse_in_words() -> None:
    for weights in ([1, np.nan], [1, -1], [0, 0]):
        with pytest.raises(BadInput, match="survey weights"):
            Design(weights)
    with pytest.raises(BadInput, match="1 strata hold one respondent"):
        Design(np.ones(3), strata=["a", "a", "b"])


def test_equal_weights_are_no_weights_and_scaling_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    y, w = rng.integers(0, 2, 80).astype(float), rng.uniform(0.5, 3, 80)
    equal = Design(np.full(80, 7.0)).mean(y)
    assert equal.se == pytest.approx(y.std(ddof=1) / np.sqrt(80), rel=1e-12)
    low, high = wilson(y.sum(), 80)
    assert share_interval(equal)[:2] == pytest.approx((float(low), float(high)), abs=1e-12)
    one, seven = Design(w), Design(7 * w)
    assert (one.mean(y).value, one.mean(y).se, one.design_effect(y)) == pytest.approx((seven.mean(y).value, seven.mean(y).se, seven.design_effect(y)), rel=1e-12)


def test_weighted_variance_against_statsmodels() -> None:
    # a regression on a constant with White's errors (HC1) is the linearised mean
    rng = np.random.default_rng(5)
    y, w = rng.normal(size=200), rng.uniform(0.2, 4, 200)
    peer = sm.WLS(y, np.ones(200), weights=w).fit(cov_type="HC1")
    found = Design(w).mean(y)
    assert (found.value, found.se) == pytest.approx((float(peer.params[0]), float(peer.bse[0])), rel=1e-9)
    groups = rng.integers(0, 12, 200)
    peer = sm.WLS(y, np.ones(200), weights=w).fit(cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False})
    assert Design(w, clusters=groups).mean(y).se == pytest.approx(float(peer.bse[0]) * np.sqrt(12 / 11), rel=1e-9)


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5])
def test_intervals_cover_the_truth(share: float) -> None:
    """2,000 samples of 150 whose weights have a design effect of 1.5, drawn from a population whose share is known."""
    rng = np.random.default_rng(11)
    covered = 0
    for _ in range(2_000):
        w = rng.lognormal(0, np.sqrt(np.log(1.5)), 150)
        low, high, _ = share_interval(Design(w).mean(rng.random(150) < share))
        covered += low <= share <= high
    assert 0.935 <= covered / 2_000 <= 0.975


def test_letters_of_a_row(cases: dict[str, Any]) -> None:
    case = cases["letters_fleiss_none"]["inputs"]
    counts, bases = np.array(case["counts"]), np.array(case["bases"])
    p = np.full((4, 4), np.nan)
    for i in range(4):
        for j in range(i + 1, 4):
            found = share_test(counts[i] / bases[i], bases[i], counts[j] / bases[j], bases[j])
            assert found is not None
            assert found[1] == pytest.approx(proportions_ztest(counts[[i, j]], bases[[i, j]])[1])
            p[i, j] = found[1]
    for name, method in (("none", "none"), ("bonferroni", "bonferroni"), ("holm", "holm")):
        e = cases[f"letters_fleiss_{name}"]["expected"]
        letters, adjusted = row_letters(counts / bases, p, letters_of(4), method=method)
        assert letters == e["letters"]
        for pair, value in e["p"].items():
            assert adjusted["ABCD".index(pair[0]), "ABCD".index(pair[1])] == pytest.approx(value, abs=2e-6)
    assert letters_of(28)[-2:] == ["AA", "AB"]


def test_correlations_of_pairs_are_those_of_pandas() -> None:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.normal(size=(5_000, 4)) @ rng.normal(size=(4, 4)))
    frame = frame.mask(rng.random(frame.shape) < 0.3)
    assert correlations(frame.iloc[:, :3].to_numpy(), frame[3].to_numpy()) == pytest.approx(frame.corr().to_numpy(), abs=1e-9)
    # three pairs of different people that no data could have
    nan = np.nan
    x = np.array([[1, 1, nan], [2, 2, nan], [1, nan, 1], [2, nan, 2], [nan, 1, 2], [nan, 2, 1]] * 5, float)
    assert np.linalg.eigvalsh(correlations(x, np.arange(30.0))).min() > 0


def test_column_tests(cases: dict[str, Any]) -> None:
    assert share_test(12 / 18, 18, 7 / 14, 14) == pytest.approx((0.952303833, 0.340942914), abs=1e-8)
    e = cases["column_test_effective_base"]["expected"]
    assert share_test(0.42, 80, 0.3, 60, weighted=True) == pytest.approx((e["t"], e["p"]), abs=1e-9)
    e = cases["multiselect_two_items_same_people"]["expected"]
    assert paired_shares(31, 62, 38, 69) == pytest.approx((e["diff"], e["z_mcnemar"], e["p"]), abs=1e-6)
    e = cases["rse_wave_fixed_term"]["expected"]
    assert share_test(92 / 253, 253, 126 / 272, 272) == pytest.approx((e["z"], e["p"]), abs=1e-8)
    rng = np.random.default_rng(2)
    a, b = rng.normal(0, 1, 40), rng.normal(0.4, 2, 60)
    t, p, _ = CompareMeans(DescrStatsW(a), DescrStatsW(b)).ttest_ind(usevar="unequal")
    assert mean_test(a.mean(), a.var(ddof=1), 40, b.mean(), b.var(ddof=1), 60) == pytest.approx((t, p))
    assert share_test(0, 40, 0, 60) is None and mean_test(3, 0, 40, 3, 0, 60) is None


def test_columns_that_share_people_err_as_often_as_they_say() -> None:
    """Two overlapping columns of 200 people, 60 in both, nobody differs: the test must reject about 5 % of the time."""
    rng = np.random.default_rng(4)
    with_shared = without = 0
    for _ in range(3_000):
        y = rng.random(340) < 0.4
        a, b = y[:200], y[140:]
        with_shared += share_test(a.mean(), 200, b.mean(), 200, shared=60)[1] < 0.05  # type: ignore[index]
        without += share_test(a.mean(), 200, b.mean(), 200)[1] < 0.05  # type: ignore[index]
    assert 0.04 <= with_shared / 3_000 <= 0.06 and without / 3_000 < 0.035


def test_false_letters_of_a_row() -> None:
    """Four columns that do not differ: a row with any letter is rare under either correction."""
    rng, n = np.random.default_rng(9), 200
    wrong = {"bh": 0, "holm": 0, "none": 0}
    for _ in range(1_500):
        k = rng.binomial(n, 0.3, 4) / n
        p = np.full((4, 4), np.nan)
        for i in range(4):
            for j in range(i + 1, 4):
                p[i, j] = (share_test(k[i], n, k[j], n) or (0, 1))[1]
        for method in wrong:
            wrong[method] += any(row_letters(k, p, "ABCD", method=method)[0])  # type: ignore[arg-type]
    assert wrong["bh"] / 1_500 <= 0.06 and wrong["holm"] / 1_500 <= 0.06 and wrong["none"] / 1_500 > 0.12


def test_drivers(shared: Path, cases: dict[str, Any]) -> None:
    frame = schools(shared, "apistrat")
    names = ["ell", "meals", "mobility"]
    corr = correlations(frame[names].to_numpy(float), frame["api00"].to_numpy(float))
    e, j = cases["keydriver_shapley_r2"]["expected"], cases["keydriver_johnson_rw"]["expected"]
    assert shapley(corr) == pytest.approx([e[n] for n in names], abs=1e-8) and shapley(corr).sum() == pytest.approx(e["R2"])
    assert relative_weights(corr) == pytest.approx([j[n] for n in names], abs=1e-7)
    peer = sm.OLS(frame["ell"], sm.add_constant(frame[["meals", "mobility"]])).fit()
    assert variance_inflation(corr)[0] == pytest.approx(1 / (1 - peer.rsquared))


def test_weighted_drivers_are_a_weighted_regression_and_uncorrelated_ones_their_squares() -> None:
    rng = np.random.default_rng(8)
    x, w = rng.normal(size=(300, 3)), rng.uniform(0.3, 3, 300)
    y = x @ [1.0, 0.5, 0.0] + rng.normal(size=300)
    corr = correlations(x, y, w)
    assert shapley(corr).sum() == pytest.approx(sm.WLS(y, sm.add_constant(x), weights=w).fit().rsquared)
    free = np.eye(4)
    free[-1, :3] = free[:3, -1] = [0.6, 0.3, 0.0]
    assert shapley(free) == pytest.approx([0.36, 0.09, 0.0]) and relative_weights(free) == pytest.approx([0.36, 0.09, 0.0])
    low, high, used = bootstrap(x, y, w, rng, draws=200)
    found, method = importance(corr)
    found = found / found.sum()
    assert method == "Shapley" and used == 200 and (low <= found).all() and (found <= high).all() and low[0] > high[2]
    with pytest.raises(BadInput, match="column 2 does not vary"):
        correlations(np.column_stack([x[:, 0], np.ones(300)]), y)
