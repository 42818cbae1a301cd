"""Control charts: the textbook's limits from published data, and the share of steady points outside of frozen ones, by simulation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cjm_research.errors import BadInput
from cjm_research.stats.control import BEYOND, Baseline, baseline, false_alarms, individuals, laney_sigma, outside, p_chart


def test_single_values_by_hand() -> None:
    # ranges 2, 3, 2, 3, 6, 2, 3, 4, 3, 1, 14, 15, 1: mean 59 / 13
    x = [10, 12, 9, 11, 14, 8, 10, 13, 9, 12, 11, 25, 10, 9]
    found = individuals(x)
    assert found.center == pytest.approx(163 / 14) and found.sigma == pytest.approx(59 / 13 / 1.128)
    assert (found.lower, found.upper) == (pytest.approx(-0.427519, abs=2e-5), pytest.approx(23.713234, abs=2e-5))


def test_published_charts(shared: Any, oracle: Any) -> None:
    cases = {c["name"]: c["expected"] for c in oracle("outlook")}
    juice = pd.read_csv(shared / "data" / "series" / "orangejuice.txt", sep=r"\s+")
    juice = juice[juice["trial"].astype(str).str.upper() == "TRUE"]
    center, lower, upper = p_chart(juice["D"], juice["size"])
    want = cases["p_chart_orangejuice"]
    share = (juice["D"] / juice["size"]).to_numpy()
    assert center == pytest.approx(want["center"], abs=2e-6)
    assert (lower[0], upper[0]) == (pytest.approx(want["lcl"], abs=2e-6), pytest.approx(want["ucl"], abs=2e-6))
    assert [int(i) + 1 for i in np.flatnonzero((share < lower) | (share > upper))] == want["beyond"]
    assert laney_sigma(juice["D"], juice["size"]) == pytest.approx(want["laney_sigma_z"], abs=2e-5)


def test_wide_bases_alone_make_a_plain_share_chart_alarm_and_laneys_does_not() -> None:
    rng = np.random.default_rng(4)
    n = np.full(60, 20_000)
    k = rng.binomial(n, np.clip(0.2 + 0.01 * rng.standard_normal(60), 0, 1))
    _, low, high = p_chart(k, n)
    assert ((k / n < low) | (k / n > high)).mean() > 0.2
    _, low, high = p_chart(k, n, laney_sigma(k, n))
    assert ((k / n < low) | (k / n > high)).mean() < 0.05


@pytest.mark.parametrize(("n", "rho"), [(12, 0.0), (20, 0.0), (60, 0.0), (60, 0.5)])
def test_one_steady_point_in_370_lies_outside_of_a_frozen_baseline(n: int, rho: float) -> None:
    """Another simulation than the product's: series by series through `baseline` and `outside`."""
    rng, beyond, total = np.random.default_rng(7), 0, 0
    for _ in range(3000):
        e, x = rng.standard_normal(n + 20), np.zeros(n + 20)
        x[0] = e[0]
        for t in range(1, n + 20):
            x[t] = rho * x[t - 1] + np.sqrt(1 - rho**2) * e[t]
        beyond += outside(baseline(5 + 2 * x[:n]), 5 + 2 * x[n:], runs=False).count("beyond")
        total += 20
    assert 0.4 * BEYOND < beyond / total < 2 * BEYOND, beyond / total
    expected, _ = false_alarms(n, 20, rho, False)
    assert beyond / 3000 == pytest.approx(expected, abs=0.025), "what is stated is what happens"


def test_textbook_limits_on_a_short_baseline_and_on_followers_alarm_too_often() -> None:
    """What the widening is for: the plain 3 sigma of moving ranges on values that follow each other."""
    rng, beyond = np.random.default_rng(3), 0
    for _ in range(300):
        x = np.zeros(80)
        for t in range(1, 80):
            x[t] = 0.6 * x[t - 1] + rng.standard_normal()
        plain = individuals(x[20:40])
        beyond += int(((x[40:] < plain.lower) | (x[40:] > plain.upper)).sum())
    assert beyond / (300 * 40) > 10 * BEYOND


def test_a_shift_of_two_sigma_is_found_within_eight_points_mostly() -> None:
    rng, found = np.random.default_rng(11), 0
    for _ in range(500):
        x = rng.standard_normal(68)
        x[60:] += 2
        found += any(outside(baseline(x[:60]), x[60:]))
    assert found / 500 >= 0.8


def test_rules() -> None:
    frozen = Baseline(0.0, 1.0, 0.0, 10_000)
    assert outside(frozen, [0.1] * 7 + [-0.1] + [4.0]) == [""] * 8 + ["beyond"]
    assert outside(frozen, [0.1] * 9) == [""] * 7 + ["run", "run"]
    assert outside(frozen, [0.1] * 9, runs=False) == [""] * 9
    assert outside(Baseline(0.0, 1.0, 0.5, 10_000), [0.1] * 9) == [""] * 9, "values that follow each other run by themselves"
    assert frozen.width == pytest.approx(3.0, abs=0.01)
    assert frozen.p(3.0) == pytest.approx(0.0027, abs=0.0001)


def test_what_has_no_number_is_refused() -> None:
    with pytest.raises(BadInput, match="points, 1 of them no numbers"):
        individuals([1.0, float("nan"), 3.0])
