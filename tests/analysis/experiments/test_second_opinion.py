"""tea-tasting 1.14 on the same rows: two implementations, one answer to nine digits, where both define the same thing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cjm_research.analysis.experiments import evaluate

from .conftest import design

tt = pytest.importorskip("tea_tasting")


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
