"""Published and recomputed reference values, each by the function that claims the method."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cjm_research.stats import (
    anytime,
    means,
    multiplicity,
    power,
    ratios,
    sequential,
    share_differences,
    shares,
    srm,
)

FILE = Path(__file__).resolve().parents[3] / "shared" / "oracles" / "experiment_cases.json"
CASES: list[dict[str, Any]] = json.loads(FILE.read_text()) if FILE.exists() else []
Answer = dict[str, Any]


def interval(c: Any) -> Answer:
    return {"lower": c.low, "upper": c.high}


def wilson(x: int, n: int, conf: float) -> Answer:
    low, high = shares.wilson(x, n, conf)
    one = shares.share(x, n, conf)
    assert (one.low, one.high) == (float(low), float(high))
    return interval(one)


def clopper(x: int, n: int, conf: float) -> Answer:
    return interval(shares.share(x, n, conf, "clopper_pearson"))


def difference(method: Any) -> Callable[..., Answer]:
    return lambda x1, n1, x2, n2: interval(share_differences.share_difference(x1, n1, x2, n2, method=method))


def katz(x1: int, n1: int, x2: int, n2: int) -> Answer:
    return interval(share_differences.share_ratio(x1, n1, x2, n2, method="katz"))


def equal_shares(x: list[int], n: list[int]) -> Answer:
    found = shares.shares_equal(x, n)
    assert found
    return {"p": found[2]}


def welch(group1: list[float], group2: list[float]) -> Answer:
    c = means.mean_difference(means.Sample.from_values(group1), means.Sample.from_values(group2))
    return {"t": c.statistic, "df": c.df, "p": c.p, "ci": [c.low, c.high]}


def sums(sum_a: float, sumsq_a: float, n_a: int, sum_b: float, sumsq_b: float, n_b: int) -> tuple[Any, Any]:
    return means.Sample.from_sums(n_b, sum_b, sumsq_b), means.Sample.from_sums(n_a, sum_a, sumsq_a)


def welch_sums(**inputs: Any) -> Answer:
    c = means.mean_difference(*sums(**inputs))
    return {"diff": c.value, "se": c.se, "p": c.p, **interval(c)}


def lift_sums(**inputs: Any) -> Answer:
    c = means.relative_lift(*sums(**inputs), method="delta")
    return {"lift": c.value, "se": c.se, "p": c.p, **interval(c)}


def lift_shares(x_a: int, n_a: int, x_b: int, n_b: int) -> Answer:
    c = share_differences.share_lift(x_b, n_b, x_a, n_a, method="delta")
    return {"lift": c.value, "se": c.se, "p": c.p, **interval(c)}


def ratio(num_c: list[float], den_c: list[float], num_t: list[float], den_t: list[float]) -> Answer:
    t, c = ratios.Pairs.from_values(num_t, den_t), ratios.Pairs.from_values(num_c, den_c)
    d = ratios.ratio_difference(t, c)
    return {"ratio_c": ratios.ratio(c).value, "ratio_t": ratios.ratio(t).value, "diff": d.value, "se": d.se, "p": d.p,
            **interval(d)}


def cuped(theta: Any) -> Callable[..., Answer]:
    def run(variant: list[int], pre: list[float], post: list[float]) -> Answer:
        v, x, y = np.array(variant), np.array(pre), np.array(post)
        a = ratios.adjusted_difference(
            ratios.Pairs.from_values(y[v == 1].tolist(), x[v == 1].tolist()),
            ratios.Pairs.from_values(y[v == 0].tolist(), x[v == 0].tolist()), theta)
        return {"theta_within": a.theta[0], "theta_total": a.theta[0], "diff_unadjusted": a.unadjusted.value,
                "diff_cuped": a.adjusted.value, "p": a.adjusted.p, **interval(a.adjusted)}
    return run


def split(counts: list[int], weights: list[float]) -> Answer:
    s = srm.srm(counts, weights)
    return {"chi2": s.chi2, "p": s.p}


def adjusted(p: list[float], alpha: float = 0.05) -> Answer:
    holm = multiplicity.adjust(p, "holm")
    answer: Answer = {"bh": multiplicity.adjust(p, "bh"), "by": multiplicity.adjust(p, "by")}
    for name in ("bonferroni", "hochberg", "holm"):
        answer[name] = sum(multiplicity.rejected(p, alpha, name))  # type: ignore[arg-type]
    return answer | {"adj": holm, "reject": [int(x) for x in multiplicity.rejected(p, alpha, "holm")]}


def bh(p: list[float], alpha: float) -> Answer:
    return {"adj": multiplicity.adjust(p, "bh"), "n_reject": sum(multiplicity.rejected(p, alpha, "bh"))}


def asymptotic(alpha: float, N_star: float, **inputs: Any) -> Answer:
    lift = means.relative_lift(*sums(**inputs), method="delta")
    assert lift.value is not None and lift.se is not None
    c = anytime.confidence_sequence(lift.value, lift.se, inputs["n_a"] + inputs["n_b"], N_star, alpha)
    return {"lift": c.value, "se": c.se, "p": c.p, **interval(c)}


def mixture(sides: int) -> Callable[..., Answer]:
    def run(v_opt: float, alpha_opt: float, v: float, s: float, alpha: float) -> Answer:
        rho = anytime.mixture_rho(v_opt, alpha_opt, sides)
        return {"rho": rho, "log_mixture": anytime.mixture_log(s, v, rho, sides),
                "bound": anytime.mixture_bound(v, rho, alpha, sides)}
    return run


def spending(kind: Any) -> Callable[..., Answer]:
    return lambda t, alpha: {"z": list(sequential.bounds(t, alpha, kind))}


def power_spending(t: list[float], alpha_one_sided: float, rho: float) -> Answer:
    return {"z": list(sequential.bounds(t, 2 * alpha_one_sided, "power", 2, rho))}


HOW: dict[str, Callable[..., Answer]] = {
    "wilson": wilson, "clopper_pearson": clopper, "newcombe_diff": difference("newcombe"),
    "miettinen_nurminen_diff": difference("miettinen_nurminen"), "mee_diff": difference("mee"),
    "agresti_caffo_diff": difference("agresti_caffo"), "katz_log_ratio": katz, "r_prop_test": equal_shares,
    "welch_student": welch, "welch_from_sums": welch_sums, "delta_relative_lift": lift_sums,
    "proportion_relative_lift": lift_shares, "ratio_metric_delta": ratio, "cuped_micro_ancova": cuped("within"),
    "cuped_micro_total": cuped("total"),
    "r_power_t_n20": lambda n, delta, sd, alpha: {"power": power.power_mean(n, delta, sd, alpha)},
    "r_power_t_power": lambda power_, delta, sd, alpha: {"n": power.n_mean(delta, sd, alpha, power_)},
    "r_power_prop_n": lambda p1, p2, power_, alpha: {"n": power.n_share(p1, p2, alpha, power_)},
    "r_power_prop_power": lambda p1, p2, n, alpha: {"power": power.power_share(n, p1, p2, alpha)},
    "evan_miller": lambda p1, p2, power_, alpha: {"n": power.n_share(p1, p2, alpha, power_, null_variance="base")},
    "one_sample_prop": lambda p0, p1, power_, alpha: {"n": power.whole_units(power.n_share_one(p0, p1, alpha, power_))},
    "fleiss_cc": lambda p1, p2, power_, alpha: {
        "n_uncorrected": power.n_share(p1, p2, alpha, power_),
        "n_cc": power.n_share(p1, p2, alpha, power_, continuity=True)},
    "lehr_rule": lambda sd, delta: {"n_exact": power.n_mean_normal(delta, sd)},
    "srm": split, "bh_1995_adjusted": bh, "bh_1995_bonferroni": adjusted, "holm": adjusted, "tea_tasting": adjusted,
    "pocock_constants": lambda K, alpha: {"C": [sequential.pocock(k, alpha) for k in K]},
    "obf_constants": lambda K, alpha: {"C": [sequential.obrien_fleming(k, alpha) for k in K]},
    "landemets_obf": spending("obf"), "landemets_pocock": spending("pocock"), "power_spending": power_spending,
    "armitage": lambda looks: {"alpha": [sequential.repeated_error(k) for k in looks]},
    "howard_normal_mixture_one_sided": mixture(1), "howard_normal_mixture": mixture(2), "asympcs": asymptotic,
}


@pytest.mark.skipif(not CASES, reason="the folder ../shared with the oracles is not here")
@pytest.mark.parametrize("case", CASES, ids=[c["name"] for c in CASES])
def test_reference_value(case: dict[str, Any]) -> None:
    how = HOW[max((k for k in HOW if case["name"].startswith(k)), key=len)]
    # `power` is also a module here
    answer = how(**{("power_" if k == "power" and "power_" in how.__code__.co_varnames else k): v
                    for k, v in case["inputs"].items()})
    for name, expected in case["expected"].items():
        found = answer[name]
        assert found is not None and np.all(np.isfinite(np.asarray(found, float)))
        assert np.allclose(found, expected, rtol=0, atol=max(case["tolerance"], 1e-12)), (name, found, expected)


@pytest.mark.parametrize("row", [  # Newcombe 1998, Stat Med 17:873, Table II, method 10
    (56, 70, 48, 80, .0524, .3339), (9, 10, 3, 10, .1705, .8090), (6, 7, 2, 7, .0582, .8062),
    (5, 56, 0, 29, -.0381, .1926), (0, 10, 0, 20, -.1611, .2775), (0, 10, 0, 10, -.2775, .2775),
    (10, 10, 0, 20, .6791, 1.0), (10, 10, 0, 10, .6075, 1.0)])
def test_newcombe_table(row: tuple[int, int, int, int, float, float]) -> None:
    c = share_differences.share_difference(*row[:4])
    assert c.low == pytest.approx(row[4], abs=5.1e-5) and c.high == pytest.approx(row[5], abs=5.1e-5)


def test_miettinen_nurminen_printed_beside() -> None:
    c = share_differences.share_difference(9, 10, 3, 10, method="miettinen_nurminen")
    assert c.low == pytest.approx(.1700, abs=5.1e-5) and c.high == pytest.approx(.8406, abs=5.1e-5)


def test_naive_peeking_of_the_reference_setting() -> None:
    assert sequential.repeated_error(14) == pytest.approx(.2196, abs=1e-4)
    assert sequential.repeated_error(28) == pytest.approx(.2747, abs=1e-4)
    assert math.isclose(sequential.repeated_error(1), .05, abs_tol=1e-12)
