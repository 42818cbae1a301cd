"""Planned and unplanned looks: exact recursions, and simulation where the recursion itself is in question."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from cjm_research.errors import BadInput
from cjm_research.stats import anytime, sequential

LOOKS = [i / 14 for i in range(1, 15)]


def test_two_looks_against_the_bivariate_normal() -> None:
    t, z = [.3, 1.0], [2.5, 2.0]
    found = sequential.crossing(t, z)
    r = math.sqrt(.3)
    inside = multivariate_normal([0, 0], [[1, r], [r, 1]]).cdf([2.5, 2.0], lower_limit=[-2.5, -2.0])
    assert found.total == pytest.approx(1 - inside, abs=1e-5)
    assert found.upper[0] == pytest.approx(norm.sf(2.5), abs=1e-12)


def test_level_and_power_of_the_reference_setting() -> None:
    """14 daily looks, d = .056, 5,000 an arm: fixed .793, Lan–DeMets .777, mean stop 3,821 (reference, §6)."""
    z = sequential.bounds(LOOKS, .05, "obf")
    assert sequential.crossing(LOOKS, z).total == pytest.approx(.05, abs=1e-9)
    drift = .056 / math.sqrt(2 / 5000)
    fixed = norm.sf(1.959964 - drift)
    assert fixed == pytest.approx(.7995, abs=.001)
    power = sequential.power_of(LOOKS, z, drift)
    assert power >= .77 and power < fixed
    assert sequential.expected_information(LOOKS, z, drift) * 5000 == pytest.approx(3821, abs=60)


def test_cumulative_spending_used_per_look_is_wrong_as_published() -> None:
    """A shipped tool spends the cumulative O'Brien–Fleming error at each look: 6.1, 7.2, 7.9 % (reference, §0.5)."""
    for looks, expected in ((5, .061), (14, .072), (28, .079)):
        t = [i / looks for i in range(1, looks + 1)]
        wrong = [float(norm.isf(max(1e-300, sequential.spent(x, .05, "obf") / 2))) for x in t]
        assert sequential.crossing(t, wrong).total == pytest.approx(expected, abs=1.5e-3)


def test_unequal_and_early_stops() -> None:
    t = [.001, .5, .5001, .9]
    z = sequential.bounds(t, .05, "obf")
    assert math.isinf(z[0])
    assert sequential.crossing(t, z).total == pytest.approx(2 * sequential.spent(.9, .025, "obf"), abs=1e-7)
    assert sequential.bounds([1.0])[0] == pytest.approx(1.959964, abs=1e-6)
    assert sequential.bounds([1.0], sides=1)[0] == pytest.approx(1.644854, abs=1e-6)
    for bad in ([], [0, 1], [.5, .4], [.5, 1.2]):
        with pytest.raises(BadInput):
            sequential.bounds(bad)


def test_spending_families_end_at_alpha() -> None:
    for kind in ("obf", "pocock", "power", "hsd"):
        assert sequential.spent(1, .025, kind) == .025 and sequential.spent(0, .025, kind) == 0  # type: ignore[arg-type]
        steps = [sequential.spent(x, .025, kind) for x in np.linspace(.05, 1, 20)]  # type: ignore[arg-type]
        assert all(b > a for a, b in zip(steps, steps[1:], strict=False))


def test_stagewise_p_and_inflation() -> None:
    z = sequential.bounds(LOOKS)
    # stopping exactly on the last bound is p = alpha; at the first look it is the plain p
    assert sequential.stagewise_p(LOOKS, z, z[-1]) == pytest.approx(.05, abs=1e-9)
    assert sequential.stagewise_p(LOOKS[:1], z[:1], 2.0) == pytest.approx(2 * norm.sf(2.0))
    assert 1.0 < sequential.inflation(LOOKS, z) < 1.06
    five = [.2, .4, .6, .8, 1.0]
    # Jennison & Turnbull 2000, Table 2.2: Pocock, five looks, power .8: 1.229
    assert sequential.inflation(five, [sequential.pocock(5)] * 5) == pytest.approx(1.229, abs=1.5e-3)


def test_confidence_sequence_level_and_coverage() -> None:
    """14 looks and continuous: type-I at most .05, coverage at least .95 (reference, §6)."""
    rng, n = np.random.default_rng(2), 2000
    looks = np.unique(np.concatenate([np.arange(n // 14, n + 1, n // 14), np.arange(100, n + 1, 5)]))
    rho = anytime.rho_for(2 * n)
    widths = np.array([anytime.widening(2 * k, rho) for k in looks])
    miss = 0
    for _ in range(400):
        gap = np.cumsum(rng.standard_normal(n) - rng.standard_normal(n))
        z = gap[looks - 1] / np.sqrt(2 * looks)
        miss += bool((np.abs(z) > widths).any())
    assert miss / 400 <= .05


def test_sequence_is_the_mixture_test_and_its_p() -> None:
    rho, n, se = anytime.rho_for(1000), 800, .1
    c = anytime.confidence_sequence(.5, se, n, 1000)
    m = anytime.msprt(.5, se, rho * math.sqrt(n) * se)
    assert c.low == pytest.approx(m.low) and c.p == pytest.approx(m.p)
    edge = se * anytime.widening(n, rho)
    assert anytime.anytime_p(edge / se, n, rho) == pytest.approx(.05)
    assert anytime.rho_for(1000) == pytest.approx(math.sqrt((-2 * math.log(.05) + math.log(1 - 2 * math.log(.05))) / 1000))
