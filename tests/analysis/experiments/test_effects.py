"""Effects of every kind of metric, recomputed from the rows by another way."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cjm_research.analysis.experiments import evaluate
from cjm_research.results.cache import answered
from cjm_research.results.evidence import agrees, fingerprint, recompute
from cjm_research.stats import quantiles, scores, share_differences

from .conftest import design, two_arms

RNG = np.random.default_rng(11)


@pytest.fixture(autouse=True)
def _seed() -> None:
    """The same data whatever ran before."""
    RNG.bit_generator.state = np.random.default_rng(11).bit_generator.state


def effect(result: Any, metric: str = "m", variant: str = "B") -> pd.Series:
    frame = result.frames["effects"]
    return frame[(frame.metric == metric) & (frame.variant == variant)].iloc[0]


def test_mean_is_welch_and_names_what_it_rests_on(make: Any) -> None:
    a, b = RNG.normal(10, 3, 300), RNG.normal(11, 4, 250)
    assignments, measurements = two_arms(a, b)
    r = evaluate(make(design(metrics=[{"name": "m", "unit": "EUR"}]), assignments=assignments, measurements=measurements), "x")
    e, peer = effect(r), stats.ttest_ind(b, a, equal_var=False)
    assert e.p == pytest.approx(peer.pvalue, abs=1e-12)
    low, high = peer.confidence_interval()
    assert (e.low, e.high) == (pytest.approx(low), pytest.approx(high))
    assert (e.n, e.base, e.unit) == (250, 550, "EUR") and "Welch" in e.method
    assert e.lift == pytest.approx(b.mean() / a.mean() - 1)
    assert (e.lift_low > 0) == (e.low > 0)
    assert r.sentences[1].startswith("Ship B in x: m +") and "550 customers" in r.sentences[1]


def test_proportion_is_the_score_interval(make: Any) -> None:
    a, b = [1] * 40 + [0] * 160, [1] * 66 + [0] * 134
    assignments, measurements = two_arms(a, b)
    r = evaluate(make(design(metrics=[{"name": "m", "kind": "proportion"}]), assignments=assignments, measurements=measurements), "x")
    e, peer = effect(r), share_differences.share_difference(66, 200, 40, 200, method="miettinen_nurminen")
    assert (e.value, e.low, e.high, e.p) == (peer.value, peer.low, peer.high, peer.p)
    assert e.unit == "share difference" and "percentage points" in r.sentences[1]
    assert set(r.frames["sensitivity"].analysis) >= {"as planned", "Newcombe hybrid score", "Agresti–Caffo", "Wald"}


def test_several_rows_of_a_unit_are_one_value(make: Any) -> None:
    assignments, measurements = two_arms([1.0, 2.0, 3.0, 4.0], [2.0, 4.0, 6.0, 9.0])
    twice = pd.concat([measurements, measurements])
    e = effect(evaluate(make(design(), assignments=assignments, measurements=twice), "x"))
    assert e.n == 4 and e.value == pytest.approx(2 * (21 - 10) / 4)
    mean = design(metrics=[{"name": "m", "aggregate": "mean"}])
    assert effect(evaluate(make(mean, assignments=assignments, measurements=twice), "x")).value == pytest.approx(11 / 4)


def test_missing_values_are_not_counted_where_a_peer_counts_them(make: Any) -> None:
    """tea-tasting 1.14 divides by all rows; Welch on the observed ones is right (reference, §0.3)."""
    a, b = RNG.normal(0, 1, 400), RNG.normal(.25, 1, 400)
    a[::2], b[::2] = np.nan, np.nan
    assignments, measurements = two_arms(a, b)
    e = effect(evaluate(make(design(), assignments=assignments, measurements=measurements), "x"))
    right = stats.ttest_ind(b[1::2], a[1::2], equal_var=False).pvalue
    assert e.p == pytest.approx(right, abs=1e-12) and e.n == 200
    import tea_tasting as tt

    rows = pd.DataFrame({"variant": [0] * 400 + [1] * 400, "m": np.concatenate([a, b])})
    theirs = tt.Experiment(m=tt.Mean("m", equal_var=False)).analyze(rows)["m"].pvalue
    assert theirs < right / 2


def test_covariate_adjusts_and_is_shown_beside_the_plain_effect(make: Any) -> None:
    n = 500
    before = RNG.normal(50, 10, 2 * n)
    after = before + RNG.normal(0, 3, 2 * n) + np.repeat([0, .8], n)
    assignments, post = two_arms(after[:n], after[n:])
    _, pre = two_arms(before[:n], before[n:], period="pre")
    # a unit without a value before is kept: its covariate counts as the mean
    r = evaluate(make(design(), assignments=assignments, measurements=pd.concat([post, pre.iloc[:-1]])), "x")
    import statsmodels.api as sm
    x = np.append(before[:-1], before[:-1].mean())
    fit = sm.OLS(after, np.column_stack([np.ones(2 * n), np.repeat([0, 1], n), x])).fit(cov_type="HC2")
    e = effect(r)
    assert e.value == pytest.approx(fit.params[1], abs=1e-9) and e.se == pytest.approx(fit.bse[1], rel=.01)
    assert e.plain_value == pytest.approx(after[n:].mean() - after[:n].mean())
    assert e.variance_kept < .2 and e.correlation > .9 and e.n == n
    assert (e.lift_low > 0) == (e.low > 0)


def test_ratio_by_the_delta_method(make: Any) -> None:
    orders, revenue = RNG.poisson(3, 400) + 1, RNG.gamma(2, 20, 400)
    assignments, top = two_arms(revenue[:200], revenue[200:], "revenue")
    _, bottom = two_arms(orders[:200], orders[200:], "orders")
    spec = design(primary="value", metrics=[{"name": "value", "kind": "ratio", "numerator": "revenue", "denominator": "orders", "unit": "EUR"}])
    r = evaluate(make(spec, assignments=assignments, measurements=pd.concat([top, bottom])), "x")
    e = effect(r, "value")
    a, b = revenue[:200].sum() / orders[:200].sum(), revenue[200:].sum() / orders[200:].sum()
    assert e.value == pytest.approx(b - a) and e.control_value == pytest.approx(a)
    resid = [revenue[:200] - a * orders[:200], revenue[200:] - b * orders[200:]]
    se = math.sqrt(sum(x.var(ddof=1) / 200 / m**2 for x, m in zip(resid, (orders[:200].mean(), orders[200:].mean()))))
    assert e.se == pytest.approx(se, rel=1e-9)


def test_survey_scores_are_those_of_the_survey_module(make: Any) -> None:
    a, b = RNG.integers(0, 11, 120), np.minimum(10, RNG.integers(2, 12, 130))
    assignments, measurements = two_arms(a, b)
    store = make(design(metrics=[{"name": "m", "kind": "nps"}]), assignments=assignments, measurements=measurements)
    e = effect(evaluate(store, "x"))
    count = lambda v: scores.Promoters.from_answers(dict(zip(*(x.tolist() for x in np.unique(v, return_counts=True)))))
    peer = scores.nps_difference(count(b), count(a))
    assert e.value == pytest.approx(peer.value) and e.low == pytest.approx(peer.low) and e.p == pytest.approx(peer.p) and e.unit == "points"
    stars, more = np.arange(90) % 5 + 1, np.arange(90) % 3 + 3
    assignments, measurements = two_arms(stars, more)
    e = effect(evaluate(make(design(metrics=[{"name": "m", "kind": "csat", "scale": [1, 5]}]), assignments=assignments,
                             measurements=measurements), "x"))
    assert e.control_value == pytest.approx((stars >= 4).mean()) and e.variant_value == pytest.approx((more >= 4).mean())
    low_effort = design(metrics=[{"name": "m", "kind": "ces", "scale": [1, 5], "higher_is_better": False}])
    r = evaluate(make(low_effort, assignments=assignments, measurements=measurements), "x")
    assert effect(r).value == pytest.approx(more.mean() - stars.mean()) and r.facts["verdicts"]["B"] == "do not ship"


def test_quantile_reads_order_statistics_in_the_engine(make: Any) -> None:
    a, b = RNG.exponential(5, 301), RNG.exponential(7, 256)
    assignments, measurements = two_arms(a, b)
    e = effect(evaluate(make(design(metrics=[{"name": "m", "kind": "quantile", "quantile": .9}]), assignments=assignments,
                             measurements=measurements), "x"))
    one, two = quantiles.quantile(b.tolist(), .9), quantiles.quantile(a.tolist(), .9)
    peer = quantiles.quantile_difference(one, two)
    assert (e.value, e.low, e.high) == (pytest.approx(peer.value), pytest.approx(peer.low), pytest.approx(peer.high))
    assert e.control_value == pytest.approx(two.value)


def test_winsorising_uses_one_threshold_for_all_arms(make: Any) -> None:
    a, b = RNG.pareto(1.5, 400), RNG.pareto(1.5, 400)
    assignments, measurements = two_arms(a, b)
    r = evaluate(make(design(metrics=[{"name": "m", "winsorise": .95}]), assignments=assignments, measurements=measurements), "x")
    cap = np.quantile(np.concatenate([a, b]), .95)
    e = effect(r)
    assert e.cap == pytest.approx(cap) and e.value == pytest.approx(np.minimum(b, cap).mean() - np.minimum(a, cap).mean())
    table = r.frames["sensitivity"].set_index("analysis").value
    assert table["without the cap"] == pytest.approx(b.mean() - a.mean())


@pytest.mark.parametrize("spoil", ["nothing", "missing", "twice", "unknown unit", "infinite"])
def test_secondary_metrics_in_one_pass_and_otherwise_are_the_same(make: Any, spoil: str) -> None:
    a, b = RNG.normal(10, 3, 80), RNG.normal(11, 3, 70)
    assignments, rows = two_arms(a, b, "other")
    expected = rows.set_index("unit_id").value
    if spoil == "missing":
        rows = rows.drop([3, 100])
        expected = expected.drop(["A3", "B20"])
    elif spoil == "twice":
        # as many rows as units, but not one each
        rows = pd.concat([rows.drop([3]), rows.iloc[[5]]])
        expected = expected.drop("A3")
        expected["A5"] *= 2
    elif spoil == "unknown unit":
        rows = pd.concat([rows, rows.iloc[[0]].assign(unit_id="nobody")])
    elif spoil == "infinite":
        rows.loc[0, "value"] = np.inf
        expected = expected.drop("A0")
    primary = two_arms([1.0] * 40 + [0.0] * 40, [0.0] * 70)[1]
    store = make(design(metrics=[{"name": "m"}, {"name": "other"}]), assignments=assignments, measurements=pd.concat([primary, rows]))
    e = effect(evaluate(store, "x"), "other")
    first, second = (expected[expected.index.str.startswith(v)] for v in "BA")
    assert e.p == pytest.approx(stats.ttest_ind(first, second, equal_var=False).pvalue, rel=1e-9) and e.base == len(expected)


def test_families_are_named_and_corrected(make: Any) -> None:
    n, frames, assigned = 150, [], None
    for metric, shift in (("m", .4), ("s1", .25), ("s2", .2), ("g", 0.0)):
        values = {v: RNG.normal(s, 1, n) for v, s in (("A", 0), ("B", shift), ("C", shift / 2))}
        frames += [pd.DataFrame({"experiment": "x", "unit_id": [f"{v}{i}" for i in range(n)], "metric": metric, "value": y,
                                 "period": "post", "variant": v}) for v, y in values.items()]
    rows = pd.concat(frames)
    assigned = rows[["experiment", "unit_id", "variant"]].drop_duplicates()
    spec = design(variants={"A": 1, "B": 1, "C": 1}, guardrails=["g"],
                  metrics=[{"name": k} for k in ("m", "s1", "s2")] + [{"name": "g", "margin": .5}])
    e = evaluate(make(spec, assignments=assigned, measurements=rows), "x").frames["effects"]
    from statsmodels.stats.multitest import multipletests
    primary, secondary = e[e.role == "primary"], e[e.role == "secondary"]
    assert primary.p_adjusted.tolist() == pytest.approx(multipletests(primary.p, method="holm")[1].tolist())
    assert secondary.p_adjusted.tolist() == pytest.approx(multipletests(secondary.p, method="fdr_bh")[1].tolist())
    assert e[e.role == "guardrail"].p_adjusted.isna().all() and set(e[e.role == "guardrail"].guard) == {"unharmed"}


@pytest.mark.parametrize("kind", ["absolute", "relative"])
def test_guardrail_is_an_interval_against_its_margin(make: Any, kind: str) -> None:
    load = RNG.normal(10, 2, 800)
    assignments, measurements = two_arms(load[:400], load[400:] + .9, "latency")
    _, primary = two_arms(RNG.normal(0, 1, 400), RNG.normal(1, 1, 400))
    rows = pd.concat([primary, measurements])
    for margin, state in ((2.0, "worse within the margin"), (.3, "harmed"), (.9, "not shown")):
        spec = design(guardrails=["latency"], metrics=[{"name": "m"}, {
            "name": "latency", "higher_is_better": False, "margin": margin / (10 if kind == "relative" else 1), "margin_kind": kind}])
        r = evaluate(make(spec, assignments=assignments, measurements=rows), "x")
        e = effect(r, "latency")
        assert e.guard == state
        assert (e.guard_p < .025) == (state == "worse within the margin")
        wanted = {"worse within the margin": "ship", "harmed": "do not ship", "not shown": "inconclusive"}[state]
        assert r.facts["verdicts"]["B"] == wanted


def interactions(rows: list[tuple[str, str, str, float | None]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["customer_id", "event", "occurred_at", "value"])
    return frame.assign(interaction_id=[f"i{i}" for i in range(len(frame))], source="s", touchpoint=None,
                        occurred_at=pd.to_datetime(frame["occurred_at"], utc=True, format="ISO8601"))


def test_metrics_straight_from_interactions(make: Any) -> None:
    day = "2024-03-01T00:00:00Z"
    assignments = pd.DataFrame({"experiment": "x", "unit_id": list("abcdefgh"), "customer_id": list("abcdefgh"),
                                "variant": list("AAAABBBB"), "assigned_at": pd.Timestamp(day)})
    rows = [("a", "buy", "2024-03-02", 10.0), ("a", "buy", "2024-03-03", 5.0), ("b", "buy", "2024-02-28", 99.0),
            ("c", "buy", "2024-03-20", 99.0), ("e", "buy", "2024-03-02", 20.0), ("f", "view", "2024-03-02", None),
            ("f", "buy", "2024-03-04", 30.0), ("g", "buy", "2024-03-02", 2.0), ("z", "end", "2024-04-01", None)]
    spec = design(primary="bought", metrics=[
        {"name": "bought", "kind": "proportion", "event": "buy", "window": "7d"},
        {"name": "orders", "event": "buy", "window": "7d"}, {"name": "money", "event": "buy", "window": "7d", "counts": "value"},
        {"name": "per order", "kind": "ratio", "numerator": "money", "denominator": "orders"},
        {"name": "viewed then bought", "kind": "proportion", "funnel": "f", "step": "buy", "window": "7d"},
        {"name": "time", "kind": "time_to_event", "event": "buy", "window": "7d"}])
    funnel = {"name": "f", "steps": [{"name": "view", "event": "view"}, {"name": "buy", "event": "buy"}]}
    r = evaluate(make({"experiments": [spec], "funnels": [funnel]}, assignments=assignments, interactions=interactions(rows)), "x")
    values = {m: (effect(r, m).control_value, effect(r, m).variant_value) for m in r.frames["effects"].metric}
    assert values == {"bought": (.25, .75), "orders": (.5, .75), "money": (15 / 4, 52 / 4), "per order": (7.5, 52 / 3),
                      "viewed then bought": (0.0, .25), "time": (.25, .75)}
    # b bought in the week before: the same window before adjusts
    assert effect(r, "bought").adjusted_for == "bought before"


def test_units_within_their_window_are_pending_not_failed(make: Any) -> None:
    at = ["2024-03-01"] * 4 + ["2024-03-29"] * 4
    assignments = pd.DataFrame({"experiment": "x", "unit_id": list("abcdefgh"), "customer_id": list("abcdefgh"),
                                "variant": list("AABBAABB"), "assigned_at": pd.to_datetime(at, utc=True)})
    rows = [("a", "buy", "2024-03-02", None), ("c", "buy", "2024-03-02", None), ("e", "buy", "2024-03-29T12:00", None), ("z", "end", "2024-03-31", None)]
    spec = design(primary="bought", metrics=[{"name": "bought", "kind": "proportion", "event": "buy", "window": "7d"}])
    r = evaluate(make(spec, assignments=assignments, interactions=interactions(rows)), "x")
    arms = r.frames["arms"].set_index("variant")
    assert arms.pending.tolist() == [2, 2] and arms.observed.tolist() == [2, 2]
    assert "still within their window" in r.frames["checks"].set_index("check").reason["matured units"]


def test_time_to_event_uses_open_cases(make: Any) -> None:
    n = 400
    t = np.concatenate([RNG.exponential(20, n), RNG.exponential(12, n)])
    value = np.where(t < 30, t, np.nan)
    assignments, measurements = two_arms(value[:n], value[n:])
    spec = design(metrics=[{"name": "m", "kind": "time_to_event", "window": "30s"}])
    r = evaluate(make(spec, assignments=assignments, measurements=measurements), "x")
    e = effect(r)
    assert e.control_value == pytest.approx((t[:n] < 30).mean()) and e.variant_value == pytest.approx((t[n:] < 30).mean())
    curve = r.frames["sensitivity"].set_index("analysis")
    from statsmodels.duration.survfunc import survdiff
    peer = survdiff(np.minimum(t, 30), (t < 30).astype(int), np.repeat([0, 1], n))[1]
    assert curve.p["whole curve"] == pytest.approx(peer, rel=.05)


def test_answers_from_responses(make: Any) -> None:
    assignments = pd.DataFrame({"experiment": "x", "unit_id": list("abcd"), "customer_id": list("abcd"), "variant": list("AABB"),
                                "assigned_at": pd.Timestamp("2024-03-01", tz="UTC")})
    responses = pd.DataFrame({"response_id": list("123456"), "customer_id": list("aabbcd"), "question_id": "q", "question": "?",
                              "instrument": "csat", "score": [1, 5, 4, 2, 5, 5],
                              "answered_at": pd.to_datetime(["2024-02-01", "2024-03-02", "2024-03-03", "2024-03-09", "2024-03-04", "2024-03-05"], utc=True)})
    spec = design(primary="s", metrics=[{"name": "s", "kind": "csat", "question": "q", "scale": [1, 5]}])
    e = effect(evaluate(make(spec, assignments=assignments, responses=responses), "x"), "s")
    assert (e.control_value, e.variant_value) == (1.0, 1.0) and e.n == 2


def test_segments_test_the_interaction_first(make: Any) -> None:
    n = 600
    device = np.where(RNG.random(2 * n) < .5, "phone", "desk \"top\"")
    y = RNG.normal(0, 1, 2 * n) + np.where(device == "phone", np.repeat([0, 1], n), 0)
    assignments, measurements = two_arms(y[:n], y[n:])
    assignments["properties"] = [json.dumps({"de.vice": d}) for d in device]
    r = evaluate(make(design(segments=["de.vice"]), assignments=assignments, measurements=measurements), "x")
    s = r.frames["segments"]
    assert set(s.level) == {"phone", 'desk "top"'} and (s.interaction_p_adjusted < 1e-6).all()
    phone = s[s.level == "phone"].iloc[0]
    part = np.repeat([False, True], n) & (device == "phone")
    other = np.repeat([True, False], n) & (device == "phone")
    assert phone.value == pytest.approx(y[part].mean() - y[other].mean())


def test_novelty_is_seen_in_days_since_exposure(make: Any) -> None:
    n, days = 200, 14
    rows = []
    for i in range(2 * n):
        variant = "B" if i >= n else "A"
        for d in range(days):
            fading = .8 if variant == "B" and d < 7 else 0.0
            rows.append((f"u{i}", variant, RNG.normal(1 + fading, 1), pd.Timestamp("2024-03-01", tz="UTC") + pd.Timedelta(days=d, hours=5)))
    frame = pd.DataFrame(rows, columns=["unit_id", "variant", "value", "measured_at"]).assign(experiment="x", metric="m", period="post")
    assignments = frame[["experiment", "unit_id", "variant"]].drop_duplicates().assign(assigned_at=pd.Timestamp("2024-03-01", tz="UTC"))
    r = evaluate(make(design(), assignments=assignments, measurements=frame), "x")
    shift = r.facts["over_time"][0]
    assert shift["value"] == pytest.approx(-.8, abs=.15) and shift["p"] < 1e-6
    by_day = r.frames["over_time"].set_index("day").value
    half = shift["first_days"]
    assert by_day.loc[:half - 1].mean() > .6 and abs(by_day.loc[7:].mean()) < .2
    assert any("changes with time since exposure" in s for s in r.sentences)


def test_triggered_effect_and_its_dilution(make: Any) -> None:
    n = 500
    saw = RNG.random(2 * n) < .3
    y = RNG.normal(0, 1, 2 * n) + np.where(saw, np.repeat([0, 1], n), 0)
    assignments, measurements = two_arms(y[:n], y[n:])
    _, trigger = two_arms(saw[:n].astype(float), saw[n:].astype(float), "saw")
    r = evaluate(make(design(trigger="saw"), assignments=assignments, measurements=pd.concat([measurements, trigger])), "x")
    t = r.frames["triggered"].set_index("what")
    late, early = saw & np.repeat([False, True], n), saw & np.repeat([True, False], n)
    assert t.value["triggered units"] == pytest.approx(y[late].mean() - y[early].mean())
    assert t.value["diluted over all units"] == pytest.approx(t.value["triggered units"] * saw.mean())
    assert t.trusted.all()


def test_answers_survive_the_cache(make: Any) -> None:
    assignments, measurements = two_arms(RNG.normal(0, 1, 50), RNG.normal(0, 1, 50))
    store = make(design(segments=["a"]), assignments=assignments, measurements=measurements)
    fresh, kept = answered(evaluate, store, name="x"), answered(evaluate, store, name="x")
    assert kept.sentences == fresh.sentences and kept.facts == json.loads(json.dumps(fresh.facts))
    assert list(kept.frames) == list(fresh.frames)
    assert kept.findings[0].id == fresh.findings[0].id and kept.findings[0].kind == "experiment"


def test_nothing_is_left_in_the_engine(make: Any) -> None:
    assignments, measurements = two_arms(RNG.normal(0, 1, 50), RNG.normal(0, 1, 50))
    store = make(design(), assignments=assignments, measurements=measurements)
    evaluate(store, "x")
    assert store.query("SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'experiment_%'").empty


@pytest.mark.parametrize("spec,covariate", [
    ({}, False), ({"kind": "proportion"}, False), ({"absent": "zero"}, False), ({}, True)])
def test_the_verdicts_number_follows_from_its_rows(make: Any, spec: dict[str, Any], covariate: bool) -> None:
    n = 120
    before = RNG.normal(5, 1, 2 * n)
    after = (RNG.random(2 * n) < .4).astype(float) if spec.get("kind") else before + RNG.normal(0, 1, 2 * n)
    assignments, rows = two_arms(after[:n], after[n:])
    two = assignments.iloc[:3].assign(variant="B")
    rows = rows.iloc[7:]
    if covariate:
        rows = pd.concat([rows, two_arms(before[:n], before[n:], period="pre")[1].iloc[:-9]])
    store = make(design(metrics=[{"name": "m", **spec}], touchpoint="t"), assignments=pd.concat([assignments, two]), measurements=rows)
    finding = evaluate(store, "x").findings[0]
    evidence = finding.evidence[0]
    assert fingerprint(store, evidence.sql) == (evidence.rows, evidence.rows_sha256)
    assert agrees(finding.estimate, *recompute(store, evidence, finding.estimate.unit))
    assert evidence.rows == finding.estimate.base
