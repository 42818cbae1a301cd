"""Looks: planned, unplanned, believed; and what each may conclude."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cjm_research.analysis.experiments import checkpoints, earlier_reports, evaluate
from cjm_research.analysis.experiments.looks import planned_shares
from cjm_research.errors import BadInput
from cjm_research.params.schema import Experiment
from cjm_research.stats import anytime, bayes, sequential

from .conftest import design

DAY = pd.Timestamp("2024-03-04", tz="UTC")


def data(n: int, days: int, shift: float, seed: int = 1) -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    variant = np.where(np.arange(n) % 2 == 0, "A", "B")
    at = DAY + pd.to_timedelta(np.arange(n) * days * 86400 // n, unit="s")
    value = rng.normal(0, 1, n) + shift * (variant == "B")
    frame = pd.DataFrame({"experiment": "x", "unit_id": [f"u{i}" for i in range(n)], "variant": variant, "assigned_at": at,
                          "metric": "m", "value": value, "period": "post"})
    return {"assignments": frame, "measurements": frame}


def test_fixed_design_waits_for_its_end(make: Any) -> None:
    small = evaluate(make(design(planned_n=4000, mde=.2), **data(1000, 7, .1)), "x")
    assert small.facts["verdicts"]["B"] == "too early" and "25%" in small.sentences[1]
    whole = evaluate(make(design(planned_n=1000, mde=.2), **data(1000, 7, .3)), "x")
    assert whole.facts["verdicts"]["B"] == "ship" and "Welch" in whole.frames["verdicts"].method[0]
    # an effect so clear that the interval valid at any time excludes 0 may be called early
    clear = evaluate(make(design(planned_n=4000), **data(1000, 7, 1.0)), "x")
    assert clear.facts["verdicts"]["B"] == "ship" and "confidence sequence" in clear.frames["verdicts"].method[0]


def test_excluded_and_open_effects_are_told_apart(make: Any) -> None:
    nothing = evaluate(make(design(planned_n=4000, mde=.5), **data(4000, 14, 0)), "x")
    assert nothing.facts["verdicts"]["B"] == "do not ship" and "is excluded" in nothing.sentences[1]
    wide = evaluate(make(design(planned_n=200, mde=.1), **data(200, 14, .05)), "x")
    assert wide.facts["verdicts"]["B"] == "inconclusive" and "units would detect" in wide.sentences[1]
    need = (1.959964 + .841621) ** 2 * 4 / .1**2
    told = int(wide.sentences[1].split("about ")[1].split(" units")[0].replace(",", ""))
    assert told == pytest.approx(need, rel=.15)


def test_lan_demets_uses_the_bound_of_this_look(make: Any) -> None:
    r = evaluate(make(design(planned_n=1000, looks=5, method="lan_demets"), **data(600, 9, .2)), "x")
    v, e = r.frames["verdicts"].iloc[0], r.frames["effects"].iloc[0]
    bound = sequential.bounds([.2, .4, .6])[-1]
    assert bound == pytest.approx(2.680, abs=6e-4)
    assert v.low == pytest.approx(e.value - bound * e.se) and "bound 2.680" in v.method
    assert r.facts["verdicts"]["B"] == ("ship" if e.value > bound * e.se else "too early")
    history = r.frames["looks"]
    assert history.planned.sum() == 3 and history.bound.dropna().iloc[-1] == pytest.approx(2.680, abs=.01)
    last = evaluate(make(design(planned_n=600, looks=[.5, 1], method="lan_demets"), **data(600, 9, 0)), "x")
    assert last.facts["verdicts"]["B"] == "inconclusive" and "look 2 of 2 at 100%" in last.frames["verdicts"].method[0]


def test_several_variants_share_alpha_under_looks(make: Any) -> None:
    tables = data(900, 9, 0)
    frame = tables["assignments"].assign(variant=np.array(["A", "B", "C"])[np.arange(900) % 3])
    r = evaluate(make(design(variants={"A": 1, "B": 1, "C": 1}, planned_n=900, looks=3, method="lan_demets"), assignments=frame, measurements=frame), "x")
    assert (r.frames["verdicts"].conf == .975).all()


def test_unplanned_looks_get_a_sequence(make: Any) -> None:
    r = evaluate(make(design(method="asympcs", planned_n=1000), **data(800, 8, .1)), "x")
    v, e = r.frames["verdicts"].iloc[0], r.frames["effects"].iloc[0]
    assert v.high - v.value == pytest.approx(e.se * anytime.widening(800, anytime.rho_for(1000)))
    assert v.low < e.low
    h = r.frames["looks"]
    assert len(h) == 8 and h.iloc[-1].value == pytest.approx(e.value) and (h.anytime_low < h.low).all()
    assert h.units.is_monotonic_increasing and h.units.iloc[-1] == 800


def test_history_is_each_days_own_answer(make: Any) -> None:
    tables = data(700, 7, .3)
    h = evaluate(make(design(), **tables), "x").frames["looks"]
    frame = tables["assignments"]
    seen = frame[frame.assigned_at < DAY + pd.Timedelta(days=3)]
    from scipy.stats import ttest_ind
    peer = ttest_ind(seen.value[seen.variant == "B"], seen.value[seen.variant == "A"], equal_var=False)
    assert h.naive_p.iloc[2] == pytest.approx(peer.pvalue, rel=1e-9)


def test_earlier_reports_on_other_data_are_looks(make: Any, tmp_path: Any) -> None:
    store = make(design(), **data(500, 7, .2))
    first = evaluate(store, "x")
    assert earlier_reports(store, "x") == []
    for run, base in ((".cjm-run_vm.1.2.abcdef", 301), ("r1", 300), ("r2", 300), ("r3", first.findings[0].estimate.base)):
        folder = store.workspace.reports / store.client / run
        folder.mkdir(parents=True)
        finding = first.findings[0].to_dict()
        finding["estimate"]["base"] = base
        finding["estimate"]["value"] = finding["estimate"]["value"] if run == "r3" else .1
        (folder / "findings.json").write_text(json.dumps({"findings": [finding]}))
    (store.workspace.reports / store.client / "broken").mkdir()
    (store.workspace.reports / store.client / "broken" / "findings.json").write_text("{")
    seen = earlier_reports(store, "x")
    assert len(seen) == 2  # the same data reported twice is one look
    again = evaluate(store, "x")
    assert evaluate(store, "x", earlier=()).sentences == first.sentences
    # r3 showed the present data
    assert again.facts["earlier_reports"] == 1
    assert "1 earlier report" in again.frames["checks"].set_index("check").reason["looks"]
    assert "confidence sequence" in again.frames["verdicts"].method[0]
    assert again.frames["verdicts"].low[0] < first.frames["verdicts"].low[0]


def test_bayes_states_its_prior_or_refuses(make: Any) -> None:
    tables = data(1000, 7, .2)
    with pytest.raises(BadInput, match="no prior is stated"):
        evaluate(make(design(method="bayes"), **tables), "x")
    r = evaluate(make(design(method="bayes", prior_sd=.1), **tables), "x")
    v, e = r.frames["verdicts"].iloc[0], r.frames["effects"].iloc[0]
    post = bayes.normal_posterior(e.value, e.se, .1)
    assert v.value == pytest.approx(post.value) and v.low == pytest.approx(post.low) and "prior normal" in v.method
    assert r.facts["posterior"]["B"]["better"] == pytest.approx(post.better)
    assert any("better with a probability" in s for s in r.sentences)


def test_planned_shares() -> None:
    base = {"name": "x", "control": "A", "variants": {"A": 1, "B": 1}, "primary": "m", "metrics": [{"name": "m"}]}
    shares = lambda looks: planned_shares(Experiment.model_validate({**base, "looks": looks}))
    assert shares(4) == [.25, .5, .75, 1] and shares([.5]) == [.5, 1] and shares(None) == [1]
    for bad in (0, [0, .5], [.5, 1.5], [.5, .5]):
        with pytest.raises((BadInput, ValueError)):  # some are refused with the params already
            shares(bad)


def test_level_of_whole_reports_under_peeking(make: Any) -> None:
    """Fourteen daily looks without an effect: naive 22 %, the sequence below 5 %, through the frames a reader sees."""
    naive = spent = sequence = 0
    runs = 60
    rng = np.random.default_rng(44)
    rows = []
    for run in range(runs):
        z = np.cumsum(rng.normal(0, math.sqrt(2 / 100), 14) * 100)
        for k in range(1, 15):
            rows.append((run, k, 100 * k, 100 * k, 0.0, z[k - 1] / (100 * k), 1.0, 1.0))
    frame = pd.DataFrame(rows, columns=["series", "time", "n_control", "n_variant", "mean_control", "mean_variant", "var_control", "var_variant"])
    _, found = checkpoints.read(frame, planned=True)
    naive, spent, sequence = found.naive_ever.mean(), found.bound_crossed.mean(), found.anytime_ever.mean()
    assert .08 < naive < .40 and spent < .13 and sequence < .09 and naive > spent
