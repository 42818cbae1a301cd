"""tea-tasting 1.14 on the same rows: two implementations, one answer to nine digits, where both define the same thing.

It comes with the test extra and is imported plainly: without it these tests fail, they are never skipped.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import tea_tasting as tt

from cjm_research.analysis.experiments import evaluate
from cjm_research.stats import power, share_differences, srm

from .conftest import design


@pytest.fixture
def rows() -> pd.DataFrame:
    rng, n = np.random.default_rng(114), 900
    variant = np.repeat([0, 1], [430, 470])
    before = rng.gamma(3, 2, n)
    sessions = 1 + rng.poisson(3, n)
    return pd.DataFrame({"unit_id": [f"u{i}" for i in range(n)], "variant": variant, "before": before,
                         "m": before * .6 + rng.gamma(2, 2, n) + .3 * variant, "orders": rng.binomial(sessions, .2 + .03 * variant),
                         "sessions": sessions, "hit": (rng.random(n) < .1 + .04 * variant).astype(int)})


def ours(make: Any, rows: pd.DataFrame, metrics: list[dict[str, Any]], before: bool = False) -> pd.Series:
    frames = [pd.DataFrame({"experiment": "x", "unit_id": rows.unit_id, "metric": c, "value": rows[c], "period": "post"})
              for c in ("m", "orders", "sessions", "hit")]
    if before:
        frames.append(pd.DataFrame({"experiment": "x", "unit_id": rows.unit_id, "metric": "m", "value": rows.before, "period": "pre"}))
    assigned = pd.DataFrame({"experiment": "x", "unit_id": rows.unit_id, "variant": rows.variant.map({0: "A", 1: "B"})})
    store = make(design(primary=metrics[0]["name"], metrics=metrics), assignments=assigned, measurements=pd.concat(frames))
    r = evaluate(store, "x")
    return r.frames["effects"].iloc[0], r


def test_welch(make: Any, rows: pd.DataFrame) -> None:
    e, _ = ours(make, rows, [{"name": "m"}])
    t = tt.Experiment(m=tt.Mean("m", equal_var=False, use_t=True)).analyze(rows)["m"]
    assert [e.value, e.low, e.high, e.p, e.control_value, e.variant_value] == pytest.approx(
        [t.effect_size, t.effect_size_ci_lower, t.effect_size_ci_upper, t.pvalue, t.control, t.treatment], abs=1e-9)
    assert e.lift == pytest.approx(t.rel_effect_size, abs=1e-9)


def test_ratio(make: Any, rows: pd.DataFrame) -> None:
    e, _ = ours(make, rows, [{"name": "r", "kind": "ratio", "numerator": "orders", "denominator": "sessions"}])
    t = tt.Experiment(r=tt.RatioOfMeans("orders", "sessions", equal_var=False, use_t=True)).analyze(rows)["r"]
    assert [e.value, e.low, e.high, e.p] == pytest.approx([t.effect_size, t.effect_size_ci_lower, t.effect_size_ci_upper, t.pvalue], abs=1e-9)


def test_cuped_with_the_pooled_slope(make: Any, rows: pd.DataFrame) -> None:
    _, r = ours(make, rows, [{"name": "m"}], before=True)
    e = r.frames["sensitivity"].set_index("analysis").loc["pooled slope"]
    t = tt.Experiment(m=tt.Mean("m", covariate="before", equal_var=False, use_t=True)).analyze(rows)["m"]
    assert [e.value, e.low, e.high, e.p] == pytest.approx([t.effect_size, t.effect_size_ci_lower, t.effect_size_ci_upper, t.pvalue], abs=1e-9)


def test_the_documented_difference_on_missing_rows(rows: pd.DataFrame) -> None:
    """Kept as a record of why the peer is a test's second opinion, not a dependency (reference, §0.3)."""
    half = rows.assign(m=rows.m.where(np.arange(len(rows)) % 2 == 0))
    metric = tt.Experiment(m=tt.Mean("m", equal_var=False))
    assert metric.analyze(half)["m"].pvalue != pytest.approx(metric.analyze(half.dropna())["m"].pvalue, rel=.01)


def test_three_arms_corrected_together(make: Any, rows: pd.DataFrame) -> None:
    """Two variants, two secondary metrics: each Welch's p, and Benjamini–Hochberg over the four."""
    three = rows.assign(variant=np.arange(len(rows)) % 3, second=rows.before + rows.variant)
    frames = [pd.DataFrame({"experiment": "x", "unit_id": three.unit_id, "metric": c, "value": three[c], "period": "post"})
              for c in ("m", "second", "sessions")]
    assigned = pd.DataFrame({"experiment": "x", "unit_id": three.unit_id, "variant": three.variant.map(dict(enumerate("ABC")))})
    spec = design(variants={"A": 1, "B": 1, "C": 1}, primary="sessions", metrics=[{"name": n} for n in ("sessions", "m", "second")])
    e = evaluate(make(spec, assignments=assigned, measurements=pd.concat(frames)), "x").frames["effects"].set_index(["metric", "variant"])
    metrics = {n: tt.Mean(n, equal_var=False, use_t=True) for n in ("m", "second")}
    theirs = tt.Experiment(metrics).analyze(three, control=0, all_variants=True)
    corrected = tt.adjust_fdr({k: v for k, v in theirs.items() if k[0] == 0}, tuple(metrics)).to_pandas()
    found = {(r.metric, "BC"[k]): r for k, pair in enumerate(sorted(set(corrected.comparison))) for r in corrected[corrected.comparison == pair].itertuples()}
    assert len(found) == 4
    for key, t in found.items():
        assert [e.p[key], e.p_adjusted[key]] == pytest.approx([float(t.pvalue), float(t.pvalue_adj)], abs=1e-9)


def test_shares_by_the_pooled_z(rows: pd.DataFrame) -> None:
    t = tt.Experiment(h=tt.Proportion("hit", method="norm", correction=False, equal_var=True)).analyze(rows)["h"]
    hits, n = rows.groupby("variant").hit.sum(), rows.groupby("variant").hit.size()
    ours = share_differences.share_difference(int(hits[1]), int(n[1]), int(hits[0]), int(n[0]), method="mee")
    assert [ours.value, ours.p] == pytest.approx([t.effect_size, t.pvalue], abs=1e-9)


@pytest.mark.parametrize("weights", [(1, 1), (1, 2), (9, 1)])
def test_sample_ratio(rows: pd.DataFrame, weights: tuple[int, int]) -> None:
    t = tt.Experiment(s=tt.SampleRatio({0: weights[0], 1: weights[1]}, method="norm", correction=False)).analyze(rows)["s"]
    assert srm.srm(rows.groupby("variant").size().tolist(), weights).p == pytest.approx(t.pvalue, abs=1e-9)


def test_power_of_a_mean(rows: pd.DataFrame) -> None:
    """The non-central t; they count rejections on the wrong side too, as R's power.t.test does with `strict`."""
    found = tt.Mean("m", n_obs=900, rel_effect_size=.05, use_t=True, equal_var=True, ratio=1).solve_power(rows, "power")[0]
    assert power.power_mean(450, .05 * rows.m.mean(), rows.m.std(), .05, strict=True) == pytest.approx(found.power, abs=1e-9)
