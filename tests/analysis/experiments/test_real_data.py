"""Real experiments: Hillstrom's e-mail (three arms), fast food (four weeks a store), ASOS (checkpoints)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cjm_research.analysis.experiments import checkpoints, evaluate

from .conftest import design


def long(frame: pd.DataFrame, metrics: dict[str, str], period: str = "post") -> pd.DataFrame:
    return pd.concat([pd.DataFrame({"experiment": "x", "unit_id": frame.unit_id, "metric": name, "value": frame[column], "period": period})
                      for name, column in metrics.items()])


@pytest.fixture
def hillstrom(shared: Path) -> pd.DataFrame:
    frame = pd.read_csv(shared / "data/experiments/hillstrom.csv.gz")
    return frame.assign(unit_id=[f"c{i}" for i in range(len(frame))], experiment="x", variant=frame.segment,
                        properties=[f'{{"channel": "{c}", "newbie": {n}}}' for c, n in zip(frame.channel, frame.newbie)])


HILLSTROM = design(
    control="No E-Mail", variants={"No E-Mail": 1, "Mens E-Mail": 1, "Womens E-Mail": 1}, primary="visit", segments=["channel", "newbie"],
    metrics=[{"name": "visit", "kind": "proportion", "covariate": "history"}, {"name": "conversion", "kind": "proportion"},
             {"name": "spend", "unit": "USD", "covariate": "history"}])


def test_hillstrom(make: Any, hillstrom: pd.DataFrame) -> None:
    rows = pd.concat([long(hillstrom, {"visit": "visit", "conversion": "conversion", "spend": "spend"}),
                      long(hillstrom, {"history": "history"}, "pre")])
    r = evaluate(make(HILLSTROM, assignments=hillstrom, measurements=rows), "x")
    e = r.frames["effects"].set_index(["metric", "variant"])
    # rates as published: 18.28 / 15.14 / 10.62 %, 1.25 / .88 / .57 %, 1.42 / 1.08 / .65
    assert e.loc[("visit", "Mens E-Mail"), ["variant_value", "control_value"]].tolist() == pytest.approx([.1828, .1062], abs=5e-5)
    assert e.variant_value["visit", "Womens E-Mail"] == pytest.approx(.1514, abs=5e-5)
    assert e.variant_value["conversion"].tolist() == pytest.approx([.0125, .0088], abs=5e-5)
    assert e.variant_value["spend"].tolist() == pytest.approx([1.42, 1.08], abs=5e-3) and e.control_value["spend"].iloc[0] == pytest.approx(.65, abs=5e-3)
    checks = r.frames["checks"].set_index("check")
    assert "joint χ² = 0.20, p = .904" in checks.reason["sample ratio"] and checks.state["balance before"] == "pass"
    assert (r.frames["segments"].interaction_p_adjusted > .05).all()
    spend = hillstrom[hillstrom.segment == "Mens E-Mail"].spend
    none = hillstrom[hillstrom.segment == "No E-Mail"].spend
    assert e.plain_value["spend", "Mens E-Mail"] == pytest.approx(spend.mean() - none.mean(), abs=1e-12)
    assert set(r.facts["verdicts"].values()) == {"ship"}


def test_a_a_on_real_data(make: Any, hillstrom: pd.DataFrame) -> None:
    """The control arm split at random many times: 5 % significant, also for spend, which nine in a thousand have."""
    none = hillstrom[hillstrom.segment == "No E-Mail"]
    from cjm_research.stats import means, share_differences
    rng, runs = np.random.default_rng(8), 400
    hits = {"visit": 0, "spend": 0}
    for _ in range(runs):
        half = rng.random(len(none)) < .5
        v = none.visit.to_numpy()
        c = share_differences.share_difference(int(v[half].sum()), int(half.sum()), int(v[~half].sum()), int((~half).sum()), method="miettinen_nurminen")
        s = none.spend.to_numpy()
        m = means.mean_difference(means.Sample.from_values(s[half]), means.Sample.from_values(s[~half]))
        hits["visit"] += c.p < .05
        hits["spend"] += m.p < .05
    assert all(.02 < h / runs < .085 for h in hits.values()), hits


@pytest.fixture
def fastfood(shared: Path) -> pd.DataFrame:
    frame = pd.read_csv(shared / "data/experiments/fastfood_marketing_campaign.csv")
    return frame.assign(unit_id=[f"r{i}" for i in range(len(frame))], cluster="store " + frame.LocationID.astype(str), experiment="x",
                        variant="P" + frame.Promotion.astype(str))


def test_fastfood_weeks_are_no_units(make: Any, fastfood: pd.DataFrame) -> None:
    spec = design(unit="store", control="P1", variants={"P1": 1, "P2": 1, "P3": 1}, primary="sales", metrics=[{"name": "sales"}])
    r = evaluate(make(spec, assignments=fastfood, measurements=long(fastfood, {"sales": "SalesInThousands"})), "x")
    e = r.frames["effects"].set_index("variant")
    assert [e.control_value["P2"], *e.variant_value] == pytest.approx([58.10, 47.33, 55.36], abs=5e-3)
    # 1.70 iid against 3.21 clustered by store (reference, §2.2)
    assert e.se["P2"] == pytest.approx(3.21, abs=.06)
    s = r.frames["sensitivity"].set_index(["variant", "analysis"])
    naive = s.loc[("P2", "clusters ignored (wrong, for comparison)")]
    import statsmodels.api as sm
    from scipy.stats import ttest_ind
    sales = {v: g.SalesInThousands for v, g in fastfood.groupby("variant")}
    low, high = ttest_ind(sales["P2"], sales["P1"], equal_var=False).confidence_interval()
    assert (naive.low, naive.high) == (pytest.approx(low), pytest.approx(high))
    x = sm.add_constant(pd.get_dummies(fastfood.variant, dtype=float)[["P2", "P3"]])
    plain = sm.OLS(fastfood.SalesInThousands, x).fit()
    robust = plain.get_robustcov_results("cluster", groups=fastfood.LocationID)
    assert plain.bse["P2"] == pytest.approx(1.70, abs=.005) and robust.bse[1] == pytest.approx(3.21, abs=.005)
    assert e.se["P2"] == pytest.approx(robust.bse[1], rel=.02)
    assert "cluster-robust" in e.method["P2"] and "137" in r.frames["checks"].set_index("check").reason["unit of analysis"]
    # the naive test would call P3 significant; stores do not
    assert s.p["P3", "clusters ignored (wrong, for comparison)"] > .05 or e.p["P3"] > s.p["P3", "clusters ignored (wrong, for comparison)"]


def test_fastfood_stores_as_units_agree_with_clusters(make: Any, fastfood: pd.DataFrame) -> None:
    stores = fastfood.assign(unit_id=fastfood.cluster, cluster=None)
    spec = design(unit="store", control="P1", variants={"P1": 1, "P2": 1, "P3": 1}, primary="sales", metrics=[{"name": "sales", "aggregate": "mean"}])
    assigned = stores[["experiment", "unit_id", "variant"]].drop_duplicates()
    e = evaluate(make(spec, assignments=assigned, measurements=long(stores, {"sales": "SalesInThousands"})), "x").frames["effects"].set_index("variant")
    assert e.value["P2"] == pytest.approx(47.33 - 58.10, abs=.01) and e.se["P2"] == pytest.approx(3.21, abs=.06) and e.base["P2"] == 90


def test_asos_checkpoints(shared: Path) -> None:
    a = pd.read_parquet(shared / "data/experiments/asos_digital_experiments.parquet")
    series = a.experiment_id + "/" + a.variant_id.astype(str) + "/" + a.metric_id.astype(str)
    frame = pd.DataFrame({"series": series, "time": a.time_since_start, "n_control": a.count_c, "n_variant": a.count_t, "mean_control": a.mean_c,
                          "mean_variant": a.mean_t, "var_control": a.variance_c, "var_variant": a.variance_t})
    looks, found = checkpoints.read(frame)
    # 381 series: 59 % significant at some checkpoint, 28 % at the last, 31.5 % faded, the sequence 28 % (reference, §2.2)
    assert len(found) == 381
    assert found.naive_ever.mean() == pytest.approx(.59, abs=.005) and found.naive_last.mean() == pytest.approx(.28, abs=.005)
    assert found.faded.mean() == pytest.approx(.315, abs=.0005) and found.anytime_ever.mean() == pytest.approx(.28, abs=.005)
    assert len(looks) > 20_000 and not looks.drop(columns="bound").isna().any().any()
