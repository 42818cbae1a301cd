"""Sample ratio, CUPED's slope and spending functions against values worked by hand or published, with nothing but this file."""

from __future__ import annotations

import math

import pytest

from cjm_research.errors import BadInput
from cjm_research.stats import ratios, sequential
from cjm_research.stats.srm import srm


def test_the_sample_ratio_by_hand() -> None:
    even = srm([60, 40], [1, 1])  # (10² + 10²) / 50
    assert even.chi2 == pytest.approx(4.0) and even.df == 1 and even.p == pytest.approx(math.erfc(math.sqrt(4.0 / 2)))
    three = srm([30, 30, 40], [2, 2, 2])  # (3.33² + 3.33² + 6.67²) / 33.33; two degrees of freedom: p = exp(−χ²/2)
    assert three.chi2 == pytest.approx(2.0) and three.df == 2 and three.p == pytest.approx(math.exp(-1.0))
    planned = srm([25, 75], [1, 3])
    assert planned.expected == (25.0, 75.0) and planned.chi2 == 0 and planned.p == 1


def test_the_sample_ratio_as_published() -> None:
    """Kohavi, Tang & Xu 2020, Trustworthy Online Controlled Experiments, chapter 3: 821,588 and 815,482 users, p = 1.8e-6."""
    found = srm([821_588, 815_482], [50, 50])
    assert found.p == pytest.approx(1.8e-6, rel=0.03)


#: x: (0, 1, 2) and (0, 2, 4); y: (0, 1, 2) and (10, 11, 12). Sums of squares within: xx 2 and 8, xy 2 and 4, all together xx 11.5, xy 21
FIRST = ratios.Pairs.from_values([0.0, 1.0, 2.0], [0.0, 1.0, 2.0])
SECOND = ratios.Pairs.from_values([10.0, 11.0, 12.0], [0.0, 2.0, 4.0])


@pytest.mark.parametrize(("theta", "slopes"), [("within", (6 / 10, 6 / 10)), ("by_arm", (2 / 2, 4 / 8)), ("total", (21 / 11.5, 21 / 11.5))])
def test_the_slope_of_the_adjustment_by_hand(theta: ratios.Theta, slopes: tuple[float, float]) -> None:
    found = ratios.adjusted_difference(FIRST, SECOND, theta)
    assert found.theta == pytest.approx(slopes)
    # each group's mean moves by its slope times the distance of its covariate from the common mean, 1.5
    expected = (1 - slopes[0] * (1 - 1.5)) - (11 - slopes[1] * (2 - 1.5))
    assert found.adjusted.value == pytest.approx(expected)


def test_each_spending_function_halfway() -> None:
    """Lan & DeMets 1983 (obf, pocock); Kim & DeMets 1987 (power); Hwang, Shih & DeCani 1990 (hsd), one side of 2.5 %."""
    at = 0.025
    assert sequential.spent(0.5, at, "obf") == pytest.approx(0.00152532, abs=1e-7)  # 2 − 2Φ(2.241403 · √2)
    assert sequential.spent(0.5, at, "pocock") == pytest.approx(at * math.log((1 + math.e) / 2))
    assert sequential.spent(0.5, at, "power", 3) == pytest.approx(at / 8)
    assert sequential.spent(0.5, at, "hsd", -4) == pytest.approx(at / (1 + math.e**2))  # (1 − e²)/(1 − e⁴) = 1/(1 + e²)
    assert sequential.spent(0.5, at, "hsd", 0) == pytest.approx(at / 2)
    with pytest.raises(BadInput):
        sequential.spent(0.5, at, "pocok")  # type: ignore[arg-type]
