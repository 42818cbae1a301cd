"""BG/NBD, Gamma–Gamma and scores of predictions: published fits, hand-worked pairs, known parameters found again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.metrics import brier_score_loss, roc_auc_score

from cjm_research.errors import BadInput, NotEnoughData
from cjm_research.stats.lifetime import fit_buying, fit_spending
from cjm_research.stats.prediction import auc, auc_estimate, better, lift, net_benefit, reliability, scores


def test_cdnow(shared: Any, oracle: Any) -> None:
    cases = {c["name"]: c for c in oracle("outlook")}
    d = pd.read_csv(shared / "data" / "cdnow" / "cdnow_rfm_with_spend.csv")
    fit, want = fit_buying(d["x"], d["t_x"], d["T"]), cases["cdnow_bgnbd_mle"]
    for name in ("r", "alpha", "a", "b"):
        assert getattr(fit, name) == pytest.approx(want["expected"][name], abs=want["tolerance"]["params"])
    assert fit.loglik == pytest.approx(want["expected"]["loglik"], abs=want["tolerance"]["loglik"])
    repeat = d[d["x"] > 0]
    spent, want = fit_spending(repeat["x"], repeat["zbar"]), cases["cdnow_gamma_gamma"]
    for name in ("p", "q", "gamma"):
        assert getattr(spent, name) == pytest.approx(want["expected"][name], abs=want["tolerance"][name])
    ahead = fit.expected(d["x"], d["t_x"], d["T"], 39)
    want = cases["cdnow_holdout"]["expected"]
    assert ahead.sum() == pytest.approx(want["sum_expected"], abs=0.2)
    assert ahead[d["x"] == 0].mean() == pytest.approx(want["zero_class_expected_mean"], abs=5e-4)


def test_parameters_of_simulated_customers_are_found_again() -> None:
    rng, rows = np.random.default_rng(6), []
    for _ in range(3000):
        rate, leave, end = rng.gamma(0.8, 1 / 6), rng.beta(1.2, 2.5), rng.uniform(27, 39)
        t, x, last = 0.0, 0, 0.0
        while True:
            t += rng.exponential(1 / rate)
            if t > end:
                break
            x, last = x + 1, t
            if rng.random() < leave:
                break
        rows.append((x, last, end))
    fit = fit_buying(*np.array(rows).T)
    assert fit.r / fit.alpha == pytest.approx(0.8 / 6, rel=0.15), "the mean rate"
    assert fit.a / (fit.a + fit.b) == pytest.approx(1.2 / 3.7, rel=0.15), "the mean chance to leave"


def test_histories_that_cannot_be_are_refused_and_no_repeats_are_not_enough() -> None:
    with pytest.raises(BadInput, match="histories that cannot be"):
        fit_buying([1], [9.0], [4.0])
    with pytest.raises(NotEnoughData, match="nobody bought twice"):
        fit_buying([0, 0], [0, 0], [4.0, 5.0])
    with pytest.raises(BadInput, match="nothing or less"):
        fit_spending([1, 2], [3.0, -1.0])


Y, P = [0, 0, 1, 1, 0, 1, 1, 0, 1, 0], [0.1, 0.3, 0.35, 0.8, 0.4, 0.65, 0.9, 0.2, 0.5, 0.55]


def test_scores_by_hand_and_by_a_peer() -> None:
    found = scores(Y, P)
    assert found.auc == pytest.approx(22 / 25) == roc_auc_score(Y, P)
    assert found.brier == pytest.approx(0.14475) == brier_score_loss(Y, P) and found.log_loss == pytest.approx(0.4496769, abs=1e-6)
    assert auc([1, 0], [0.5, 0.5]) == 0.5
    # at one half: 5 chosen of whom 4 rightly
    assert net_benefit(Y, P, 0.5) == pytest.approx((4 - 1) / 10)
    with pytest.raises(BadInput, match="outcomes other than 0 and 1"):
        scores([2], [0.5])


def test_calibration_tells_right_chances_from_extreme_and_shifted_ones() -> None:
    rng = np.random.default_rng(8)
    z = rng.normal(-1, 1.2, 20_000)
    y = (rng.random(20_000) < expit(z)).astype(float)
    right = scores(y, expit(z))
    assert right.slope == pytest.approx(1, abs=0.1) and right.intercept == pytest.approx(0, abs=0.1) and right.ece < 0.015
    assert scores(y, expit(2 * z)).slope == pytest.approx(0.5, abs=0.05)
    assert scores(y, expit(z - 1)).intercept == pytest.approx(1, abs=0.1)
    assert better(y, expit(z), np.full(len(y), y.mean()))[1] > 0


def test_the_interval_of_an_auc_of_noise_holds_one_half_nineteen_times_in_twenty() -> None:
    rng, held = np.random.default_rng(9), 0
    for _ in range(400):
        e = auc_estimate((rng.random(150) < 0.3).astype(float), rng.random(150))
        held += e.low <= 0.5 <= e.high  # type: ignore[operator]
    assert 0.92 <= held / 400 <= 0.98


def test_the_calibration_curve_is_that_of_a_peer_and_lift_is_worked_by_hand() -> None:
    from sklearn.calibration import calibration_curve

    rng = np.random.default_rng(12)
    p = rng.random(4000)
    y = (rng.random(4000) < p**1.5).astype(float)
    bins, (happened, predicted) = reliability(y, p), calibration_curve(y, p, n_bins=10, strategy="quantile")
    assert [b[0] for b in bins] == pytest.approx(list(predicted)) and [b[1].value for b in bins] == pytest.approx(list(happened))
    # two of ten: both happened, of five that did
    found = lift(Y, P, top=0.2)
    assert found.value == pytest.approx(1.0 / 0.5) and found.low <= found.value <= found.high  # type: ignore[operator]
    assert lift([0, 1, 0, 1], [0.5] * 4, top=0.25).value == pytest.approx(1), "all alike: as often as everybody"
    assert lift([0, 0], [0.1, 0.2]).value is None


def test_the_interval_of_a_lift_holds_it_and_noise_is_not_said_to_lift() -> None:
    rng, held = np.random.default_rng(13), 0
    for _ in range(60):
        e = lift((rng.random(500) < 0.3).astype(float), rng.random(500), draws=200)
        held += e.low <= 1 <= e.high  # type: ignore[operator]
    assert held >= 53
