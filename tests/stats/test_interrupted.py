"""Segmented regression: nominal where neighbours resemble each other, where the t-test on days is not; a peer's numbers; a published series."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from cjm_research.errors import BadInput
from cjm_research.stats.interrupted import Regression, counts_shift


def series(rng: np.random.Generator, n: int, rho: float) -> Any:
    x, e = np.zeros(n + 60), rng.normal(size=n + 60)
    for t in range(1, n + 60):
        x[t] = rho * x[t - 1] + e[t]
    return x[60:]


def terms(n: int, at: int) -> Any:
    t = np.arange(n) - at
    post = (t >= 0).astype(float)
    days = [(np.arange(n) % 7 == d).astype(float) for d in range(1, 7)]
    return np.column_stack([np.ones(n), t / 7, post, post * t / 7, *days])


LEVEL = np.eye(10)[2]


def made(y: Any, at: int, **more: Any) -> Regression:
    n = len(y)
    return Regression(np.asarray(y, float), terms(n, at), more.get("gap", np.ones(n)), more.get("weights", np.ones(n)))


@pytest.mark.parametrize("rho", [0.0, 0.5])
def test_steady_series_are_called_moved_as_often_as_stated_where_the_t_test_on_days_is_not(rho: float) -> None:
    """`experiments.md`: at most 8 % at 5 % for AR(1) of .5 and 60 days. Newey–West with Student's t does not keep it, and a bare t-test neither."""
    rng, n, at, draws = np.random.default_rng(1), 60, 40, 140
    ours = second = textbook = bare = 0
    for _ in range(draws):
        y = series(rng, n, rho)
        fit = made(y, at)
        ours += fit.shift(LEVEL).p < 0.05  # type: ignore[operator]
        second += fit.autoregressive(LEVEL).p < 0.05  # type: ignore[operator]
        value, se = fit.newey_west(LEVEL)
        textbook += 2 * stats.t.sf(abs(value / se), fit.df) < 0.05
        bare += stats.ttest_ind(y[:at], y[at:]).pvalue < 0.05
    assert ours / draws <= 0.08 and second / draws <= 0.08
    assert textbook / draws > 0.1, "the errors of the textbook are too small at this length"
    if rho:
        assert bare / draws > 0.15


def test_a_shift_is_found_and_its_interval_holds_it() -> None:
    rng, held, found = np.random.default_rng(3), 0, 0
    for _ in range(60):
        y = series(rng, 90, 0.4) + 5 * (np.arange(90) >= 60)
        s = made(y, 60).shift(LEVEL)
        assert s.low is not None and s.high is not None and s.p is not None
        held, found = held + (s.low < 5 < s.high), found + (s.p < 0.05)
    assert held >= 53 and found >= 55


def test_errors_are_those_of_a_peer_and_weights_count() -> None:
    rng = np.random.default_rng(4)
    y, weights = rng.normal(10, 2, 70), rng.integers(1, 30, 70).astype(float)
    fit = made(y, 45, weights=weights)
    peer = sm.WLS(y, fit.x, weights=weights).fit(cov_type="HAC", cov_kwds={"maxlags": 7, "use_correction": True})
    assert fit.newey_west(LEVEL) == pytest.approx((peer.params[2], peer.bse[2]))
    # at no autocorrelation generalised least squares is weighted least squares
    _, beta, cov = fit._at(0.0)
    plain = sm.WLS(y, fit.x, weights=weights).fit()
    assert beta == pytest.approx(plain.params) and np.diag(cov) ** 0.5 == pytest.approx(plain.bse)


def test_the_autocorrelation_that_is_likely_is_the_one_that_was_made() -> None:
    from cjm_research.stats.interrupted import _RHO

    rng = np.random.default_rng(5)
    for rho in (0.0, 0.6):
        means = [float(made(series(rng, 120, rho), 80).likely @ _RHO) for _ in range(20)]
        assert np.mean(means) == pytest.approx(rho, abs=0.1)


def test_missing_days_count_as_distance() -> None:
    """With every second day missing, neighbours resemble each other by the square."""
    from cjm_research.stats.interrupted import _RHO

    rng = np.random.default_rng(6)
    found = []
    for _ in range(20):
        y = series(rng, 240, 0.7)[::2]
        found.append(float(Regression(y, terms(120, 80)[:, :4], np.r_[1.0, np.full(119, 2.0)], np.ones(120)).likely @ np.abs(_RHO)))
    assert np.mean(found) == pytest.approx(0.7, abs=0.1)


def test_a_series_that_does_not_vary_has_no_p_and_what_is_no_series_is_refused() -> None:
    s = made(np.full(60, 7.0), 40).shift(LEVEL)
    assert (s.low, s.high, s.p) == (None, None, None) and s.value == pytest.approx(0, abs=1e-9)
    assert made(np.full(60, 7.0), 40).autoregressive(LEVEL).p is None
    with pytest.raises(BadInput, match="segmented regression"):
        made(np.r_[np.full(59, 7.0), np.nan], 40)
    with pytest.raises(BadInput, match="more terms than days"):
        Regression(np.ones(4), np.ones((4, 3)) * np.arange(3), np.ones(4), np.zeros(4))


def test_sicily(shared: Path, oracle: Any) -> None:
    """Acute coronary events in Sicily before and after the ban on smoking (Lopez Bernal et al. 2017)."""
    want = {c["name"]: c for c in oracle("outlook")}
    d = pd.read_csv(shared / "data" / "series" / "sicily.csv")
    x = np.column_stack([np.ones(len(d)), d["smokban"], d["time"]])
    plain, wide = (counts_shift(d["aces"], x, np.eye(3)[1], exposure=d["stdpop"], quasi=q) for q in (False, True))
    e = want["its_sicily_poisson"]["expected"]
    assert (plain.value, plain.low, plain.high) == pytest.approx((e["rr"], e["lower"], e["upper"]), abs=2e-6)
    e = want["its_sicily_quasipoisson"]["expected"]
    assert (wide.low, wide.high) == pytest.approx((e["lower"], e["upper"]), abs=2e-5) and wide.dispersion == pytest.approx(e["dispersion"], abs=2e-5)
