"""Means, lifts, ratios, covariates and quantiles against peers, simulation and their own promises."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cjm_research.errors import BadInput
from cjm_research.stats import means, quantiles, ratios
from cjm_research.stats.means import Sample

RNG = np.random.default_rng(6)
samples = st.builds(Sample, st.integers(2, 500), st.floats(-50, 50), st.floats(1e-3, 1e3))


def test_missing_values_are_refused_not_counted() -> None:
    with pytest.raises(BadInput, match="missing"):
        Sample.from_values([1.0, float("nan")])


@pytest.mark.parametrize("first", [Sample(0, None, None), Sample(1, 3.0, None), Sample(5, 2.0, 0.0)])
def test_too_little_is_said_in_words(first: Sample) -> None:
    second = Sample(5, 2.0, 0.0)
    for c in (means.mean_difference(first, second), means.relative_lift(first, second)):
        assert c.p is None and c.low is None and c.method.startswith("not computed")


def test_welch_with_a_null_equals_scipy_shifted() -> None:
    from scipy.stats import ttest_ind
    a, b = RNG.normal(3, 2, 40), RNG.normal(2, 1, 25)
    theirs = ttest_ind(a - .5, b, equal_var=False)
    ours = means.mean_difference(Sample.from_values(a.tolist()), Sample.from_values(b.tolist()), null=.5)
    assert ours.p == pytest.approx(theirs.pvalue, abs=1e-12) and ours.statistic == pytest.approx(theirs.statistic)


@settings(max_examples=300)
@given(samples, samples)
def test_relative_and_absolute_never_contradict(a: Sample, b: Sample) -> None:
    d, lift = means.mean_difference(a, b), means.relative_lift(a, b)
    assert d.p is not None and d.low is not None and d.high is not None
    if lift.low is None or lift.high is None or abs(d.p - .05) < 1e-7:
        return
    assert lift.p == d.p
    assert (lift.low > 0 or lift.high < 0) == (d.low > 0 or d.high < 0) == (d.p < .05)
    if d.p < .05:
        assert math.copysign(1, lift.low) == math.copysign(1, d.low)


def test_lift_of_a_negative_base_keeps_its_direction() -> None:
    c = means.relative_lift(Sample(100, -8.0, 4.0), Sample(100, -10.0, 4.0))
    assert c.value == pytest.approx(.2) and c.low is not None and 0 < c.low < .2


def test_fieller_solves_its_own_equation() -> None:
    limits = means.fieller(12.0, 1.0, 10.0, .5, .2, 2.0)
    assert limits is not None
    for r in limits:
        assert abs(12 - 10 * r) / math.sqrt(1 - 2 * r * .2 + r * r * .5) == pytest.approx(2.0)
    assert means.fieller(12.0, 1.0, .5, .5, 0.0, 2.0) is None


def test_non_inferiority_is_the_interval_against_the_margin() -> None:
    a, b = Sample(400, 10.0, 25.0), Sample(400, 10.2, 25.0)
    c = means.non_inferiority(a, b, 1.0)
    assert c.low is not None and c.p is not None and (c.low > -1.0) == (c.p < .025)
    down = means.non_inferiority(b, a, 1.0, higher_is_better=False)
    assert down.p == pytest.approx(c.p)
    with pytest.raises(BadInput):
        means.non_inferiority(a, b, -1.0)


def test_ancova_slope_and_error_against_regression() -> None:
    import statsmodels.api as sm
    n = 4000
    x = RNG.normal(10, 3, 2 * n)
    t = np.repeat([1, 0], n)
    y = 2 + .7 * x + .2 * t + RNG.normal(0, 1 + t, 2 * n)
    a = ratios.adjusted_difference(ratios.Pairs.from_values(y[t == 1].tolist(), x[t == 1].tolist()),
                                   ratios.Pairs.from_values(y[t == 0].tolist(), x[t == 0].tolist()))
    fit = sm.OLS(y, np.column_stack([np.ones(2 * n), t, x])).fit(cov_type="HC2")
    assert a.adjusted.value == pytest.approx(fit.params[1], abs=1e-10)
    assert a.theta[0] == pytest.approx(fit.params[2], abs=1e-10)
    assert a.adjusted.se == pytest.approx(fit.bse[1], rel=2e-3)
    assert a.variance_kept is not None and a.variance_kept < .5 and a.correlation and .7 < a.correlation < .9
    lin = sm.OLS(y, np.column_stack([np.ones(2 * n), t, x - x.mean(), t * (x - x.mean())])).fit(cov_type="HC2")
    by_arm = ratios.adjusted_difference(ratios.Pairs.from_values(y[t == 1].tolist(), x[t == 1].tolist()),
                                        ratios.Pairs.from_values(y[t == 0].tolist(), x[t == 0].tolist()), "by_arm")
    assert by_arm.adjusted.value == pytest.approx(lin.params[1], abs=1e-10)
    assert by_arm.adjusted.se == pytest.approx(lin.bse[1], rel=3e-3)


def test_a_covariate_that_does_not_vary_adjusts_nothing() -> None:
    a = ratios.Pairs(10, 1.0, 2.0, 1.0, 0.0, 0.0)
    found = ratios.adjusted_difference(a, a)
    assert found.adjusted == found.unadjusted and found.correlation is None


def test_unit_mismatch_and_its_remedy() -> None:
    """Users randomised, sessions counted: naive type-I near 14 %, delta method 5 % (reference, §2.2).

    Beta(1, 9) users have an intraclass correlation of 1/11; geometric sessions of mean 5 weigh 9 a session, so the
    design effect is 1 + 8/11 and the naive level 2Φ(−1.96/√(19/11)) = .136.
    """
    rng, runs, users = np.random.default_rng(14), 1500, 300
    naive = delta = 0
    for _ in range(runs):
        arms = []
        for _arm in range(2):
            p, sessions = rng.beta(1, 9, users), rng.geometric(.2, users)
            hits = rng.binomial(sessions, p)
            arms.append((hits, sessions))
        (h1, s1), (h2, s2) = arms
        p1, p2, q = h1.sum() / s1.sum(), h2.sum() / s2.sum(), (h1.sum() + h2.sum()) / (s1.sum() + s2.sum())
        naive += abs(p1 - p2) > 1.959964 * math.sqrt(q * (1 - q) * (1 / s1.sum() + 1 / s2.sum()))
        c = ratios.ratio_difference(ratios.Pairs.from_values(h1, s1), ratios.Pairs.from_values(h2, s2))
        delta += c.p is not None and c.p < .05
    assert abs(naive / runs - .136) < .027 and .035 < delta / runs < .065


def test_quantile_ranks_are_the_tightest_that_cover() -> None:
    from scipy.stats import binom
    assert quantiles.ranks(10, .5) == (2, (5, 6), 9)  # Conover 1999: X(2) to X(9), coverage .979
    for n, q in [(1, .5), (5, .5), (6, .5), (37, .9), (1000, .25)]:
        low, (a, b), high = quantiles.ranks(n, q)
        assert 1 <= a <= b <= min(n, a + 1)
        if low is not None:
            assert binom.cdf(low - 1, n, q) <= .025 < binom.cdf(low, n, q)
        else:
            assert binom.cdf(0, n, q) > .025
        if high is not None:
            assert binom.sf(high - 1, n, q) <= .025 < binom.sf(high - 2, n, q)
        else:
            assert binom.sf(n - 1, n, q) > .025


def test_quantiles_of_even_numbers_are_the_usual_ones() -> None:
    """Against the standard library's median and numpy's "averaged inverted cdf" (Hyndman & Fan's definition 2)."""
    assert quantiles.quantile([3_600.0, 864_000.0]).value == 433_800  # one hour and ten days: not "one hour"
    rng = np.random.default_rng(8)
    for n in range(1, 60):
        x = np.sort(rng.integers(0, 50, n).astype(float))
        assert quantiles.value_at(x) == statistics.median(x)
        for q in (.1, .25, .5, .75, .9):
            assert quantiles.value_at(x, q) == np.quantile(x, q, method="averaged_inverted_cdf"), (n, q)


def test_quantiles_of_nothing_and_of_ties() -> None:
    assert quantiles.quantile([], .5).value is None
    small = quantiles.quantile([3.0, 1.0, 2.0], .5)
    assert small.value == 2 and small.low is None and "too few" in small.method
    flat = quantiles.quantile([1.0] * 50)
    assert quantiles.quantile_difference(flat, flat).p is None
    with pytest.raises(BadInput):
        quantiles.quantile([1.0], 50)


def test_quantile_difference_covers() -> None:
    rng, hits = np.random.default_rng(3), 0
    for _ in range(400):
        a, b = rng.exponential(1, 300), rng.exponential(1, 300)
        c = quantiles.quantile_difference(quantiles.quantile(a.tolist()), quantiles.quantile(b.tolist()))
        hits += c.low is not None and c.high is not None and c.low <= 0 <= c.high
    assert hits / 400 > .93
