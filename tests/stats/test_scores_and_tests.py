"""Survey scores, multiplicity, ranks, planning, Bayes and survival against published and peer values."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import betaln

from cjm_research.errors import BadInput
from cjm_research.stats import bayes, multiplicity, power, ranks, scores, srm, survival
from cjm_research.stats.scores import Promoters


def test_nps_formula_by_hand() -> None:
    e = scores.nps(Promoters.from_counts(12, 5, 3))
    p, d, n = 12.75 / 23, 3.75 / 23, 23
    half = 1.959963985 * math.sqrt((p + d - (p - d) ** 2) / n)
    assert e.value == pytest.approx(45) and e.unit == "points" and e.base == 20
    assert e.low == pytest.approx(100 * (p - d - half)) and e.high == pytest.approx(100 * (p - d + half))


def test_nps_interval_covers_where_wald_does_not() -> None:
    """n = 20, P = .95, D = .01: Wald .63, adjusted .98 (reference, journey analytics §4.2)."""
    rng, truth = np.random.default_rng(20), 94.0
    hits = {"wald": 0, "adjusted_wald": 0}
    for promoters, detractors, _ in rng.multinomial(20, [.95, .01, .04], 3000):
        answers = Promoters.from_counts(int(promoters), int(20 - promoters - detractors), int(detractors))
        for method in hits:
            e = scores.nps(answers, method=method)  # type: ignore[arg-type]
            assert e.low is not None and e.high is not None
            hits[method] += e.low <= truth <= e.high
    assert hits["wald"] / 3000 < .70 and hits["adjusted_wald"] / 3000 > .95


def test_nps_edges_and_scale() -> None:
    assert scores.nps(Promoters.from_counts(0, 0, 0)).value is None
    one = scores.nps(Promoters.from_counts(1, 0, 0))
    assert one.low is not None and one.high is not None and one.low <= 100 <= one.high
    assert Promoters.from_answers({10: 3, 9: 1, 8: 2, 6: 1, 0: 1}) == Promoters.from_counts(4, 2, 2)
    with pytest.raises(BadInput, match="0 to 10"):
        Promoters.from_answers({11: 1})
    weighted = Promoters.from_weights(6.0, 2.0, 10.0, 20.0, 12)
    assert weighted.value == pytest.approx(40) and weighted.effective == pytest.approx(5)
    wide, narrow = scores.nps(weighted), scores.nps(Promoters.from_counts(6, 2, 2))
    assert wide.low is not None and narrow.low is not None and wide.low < narrow.low


def test_nps_difference_adds_variances() -> None:
    a, b = Promoters.from_counts(50, 30, 20), Promoters.from_counts(40, 30, 30)
    c = scores.nps_difference(a, b, method="wald")
    var = [(.7 - .3**2) / 100, (.7 - .1**2) / 100]
    assert c.value == pytest.approx(20) and c.se == pytest.approx(100 * math.sqrt(sum(var)))
    assert scores.nps_difference(a, Promoters.from_counts(0, 0, 0)).p is None


def test_csat_and_effort_with_direction() -> None:
    e = scores.csat({5: 30, 4: 20, 3: 10, 1: 5}, 5)
    assert e.n == 50 and e.base == 65 and e.value == pytest.approx(50 / 65)
    mean, easy = scores.ces({7: 4, 5: 3, 2: 3}, 7, higher_is_better=True)
    assert mean.value == pytest.approx(4.9) and easy.n == 7 and "at least 5" in easy.method
    _, reverse = scores.ces({1: 4, 2: 1, 5: 5}, 5, higher_is_better=False)
    assert reverse.n == 5 and "at most 2" in reverse.method
    with pytest.raises(BadInput, match="outside the scale"):
        scores.csat({0: 1}, 5)
    with pytest.raises(TypeError):
        scores.ces({1: 1}, 7)  # type: ignore[call-arg]
    assert scores.normalised(2, 1, 5, False) == 75 and scores.normalised(7, 1, 7, True) == 100


def test_tests_without_a_p_stay_without_one() -> None:
    assert multiplicity.adjust([.01, None, .04], "holm") == [pytest.approx(.02), None, pytest.approx(.04)]
    assert multiplicity.adjust([None], "bh") == [None]
    with pytest.raises(BadInput):
        multiplicity.adjust([1.2])


def test_adjusted_p_equal_statsmodels() -> None:
    from statsmodels.stats.multitest import multipletests
    rng = np.random.default_rng(4)
    for m in (1, 2, 7, 40):
        p = np.round(rng.random(m) ** 3, 2)  # ties included
        for ours, theirs in (("holm", "holm"), ("hochberg", "simes-hochberg"), ("bonferroni", "bonferroni"), ("bh", "fdr_bh"), ("by", "fdr_by")):
            assert multiplicity.adjust(p.tolist(), ours) == pytest.approx(multipletests(p, method=theirs)[1].tolist(), abs=1e-14)  # type: ignore[arg-type]


def test_kendall_w_of_a_textbook_table() -> None:
    # Siegel & Castellan 1988, §9.6: three judges rank six applicants, W = .16
    table = [[1, 6, 3, 2, 5, 4], [1, 5, 6, 4, 2, 3], [6, 3, 2, 5, 4, 1]]
    found = ranks.kendall_w(table)
    assert found.w == pytest.approx(.162, abs=5e-4)
    from scipy.stats import friedmanchisquare, spearmanr
    ties = [[1, 2, 2, 4, 5], [2, 2, 1, 3, 5], [1, 1, 3, 5, 5], [3, 1, 2, 2, 4]]
    w = ranks.kendall_w(ties)
    theirs = friedmanchisquare(*np.array(ties).T)
    assert w.chi2 == pytest.approx(theirs.statistic) and w.p == pytest.approx(theirs.pvalue)
    rho = [spearmanr(a, b).statistic for i, a in enumerate(table) for b in table[:i]]
    assert found.mean_correlation == pytest.approx(np.mean(rho))
    assert ranks.kendall_w([[1, 1], [2, 2]]).w is None


def test_srm_small_and_impossible() -> None:
    assert srm.srm([3, 4], [1, 1]).p is None
    with pytest.raises(BadInput):
        srm.srm([10], [1])


def test_planner_inverts_itself_and_agrees_with_statsmodels() -> None:
    from statsmodels.stats.power import TTestIndPower
    n = power.n_mean(.2, 1.0, .05, .8)
    assert power.power_mean(n, .2, 1.0) == pytest.approx(.8, abs=1e-9)
    assert n == pytest.approx(TTestIndPower().solve_power(.2, power=.8, alpha=.05), rel=1e-4)
    two = power.n_mean(.2, 1.0, ratio=2)
    assert two == pytest.approx(TTestIndPower().solve_power(.2, power=.8, alpha=.05, ratio=2), rel=1e-4)
    gap = power.mde_share(5000, .05)
    assert gap is not None and power.power_share(5000, .05 + gap, .05) == pytest.approx(.8, abs=1e-9)
    assert power.mde_share(3, .95) is None
    assert power.n_non_inferior(1.0, .1) == pytest.approx(power.n_mean_normal(.1, 1.0), rel=1e-12)
    assert power.design_effect(10, .05) == pytest.approx(1.45)
    for call in (lambda: power.n_mean(0, 1), lambda: power.n_share(.1, .1), lambda: power.n_share(5, .1)):
        with pytest.raises(BadInput):
            call()


def test_beta_posterior_against_the_exact_sum() -> None:
    """P(B > A) for whole parameters: Miller 2015's finite sum; the loss by simulation."""
    a1, b1, a2, b2 = 31, 471, 21, 481
    exact = sum(math.exp(betaln(a2 + i, b1 + b2) - math.log(b1 + i) - betaln(1 + i, b1) - betaln(a2, b2))
                for i in range(a1))
    assert bayes.beta_better(a1, b1, a2, b2) == pytest.approx(exact, abs=1e-9)
    assert bayes.beta_better(.5, .5, .5, .5) == pytest.approx(.5, abs=1e-6)
    post = bayes.beta_posterior(30, 500, 20, 500)
    assert post.better == pytest.approx(exact, abs=1e-9)
    rng = np.random.default_rng(8)
    gap = rng.beta(31, 471, 400_000) - rng.beta(21, 481, 400_000)
    assert post.loss_first == pytest.approx(np.maximum(-gap, 0).mean(), abs=3e-5)
    assert post.loss_second == pytest.approx(np.maximum(gap, 0).mean(), abs=1e-4)


def test_normal_posterior_shrinks_and_flat_prior_is_the_p_value() -> None:
    flat = bayes.normal_posterior(2.0, 1.0, math.inf)
    assert flat.better == pytest.approx(.977249868) and flat.value == 2.0
    post = bayes.normal_posterior(2.0, 1.0, 1.0)
    assert post.value == pytest.approx(1.0) and post.sd == pytest.approx(math.sqrt(.5))
    draws = np.random.default_rng(1).normal(1, math.sqrt(.5), 400_000)
    assert post.loss_first == pytest.approx(np.maximum(-draws, 0).mean(), abs=1e-3)
    assert post.loss_second == pytest.approx(np.maximum(draws, 0).mean(), abs=3e-3)


MP = ([6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35],
      [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0])
PLACEBO = ([1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23], [1] * 21)


def test_leukaemia_trial() -> None:
    """Freireich 1963: log-rank 16.79, medians 23 and 8 (printed in every survival text)."""
    treated = survival.Times.from_values(MP[0], [bool(x) for x in MP[1]])
    placebo = survival.Times.from_values(PLACEBO[0], [True] * 21)
    found = survival.log_rank([treated, placebo])
    assert found and found[0] == pytest.approx(16.79, abs=5e-3) and found[1] == 1
    assert survival.time_quantile(treated).value == 23 and survival.time_quantile(treated).high is None
    median = survival.time_quantile(placebo)
    assert (median.value, median.low, median.high) == (8, 4, 11)  # R survfit, conf.type = "log-log"


@pytest.mark.filterwarnings("ignore::RuntimeWarning:statsmodels")
def test_kaplan_meier_and_log_rank_equal_statsmodels() -> None:
    from statsmodels.duration.survfunc import SurvfuncRight, survdiff
    rng = np.random.default_rng(5)
    t = np.minimum(rng.exponential(5, 300), rng.uniform(0, 9, 300)).round(1)
    event, group = rng.random(300) < .7, rng.integers(0, 3, 300)
    curve = survival.kaplan_meier(survival.Times.from_values(t, event))
    peer = SurvfuncRight(t, event.astype(int))
    assert curve["time"].to_list() == list(peer.surv_times)
    assert curve["open"].to_numpy() == pytest.approx(peer.surv_prob)
    low, high = peer.quantile_ci(.5, method="cloglog")
    ours = survival.time_quantile(survival.Times.from_values(t, event))
    assert ours.low == pytest.approx(low) and (ours.high == pytest.approx(high) or not math.isfinite(high))
    chi2, p = survdiff(t, event.astype(int), group)
    found = survival.log_rank([survival.Times.from_values(t[group == g], event[group == g]) for g in range(3)])
    assert found and found[0] == pytest.approx(chi2) and found[2] == pytest.approx(p)


def test_survival_edges() -> None:
    none = survival.Times.from_values([3.0, 4.0], [False, False])
    assert survival.time_quantile(none).value is None and survival.kaplan_meier(none).empty
    assert survival.log_rank([none, none]) is None
    assert survival.converted_by(none, 10).value == 0.0
    everyone = survival.Times.from_values([1.0, 2.0], [True, True])
    assert survival.converted_by(everyone, 5).value == 1.0
    with pytest.raises(BadInput):
        survival.Times.from_values([-1.0], [True])
