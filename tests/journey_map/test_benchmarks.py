"""Equal to a benchmark: only within a margin that was named, and beyond doubt."""

from __future__ import annotations

import numpy as np

from cjm_research.journey_map.targets import _compared
from cjm_research.params.schema import Benchmark
from cjm_research.results.result import Estimate
from cjm_research.stats.shares import share


def against(e: Estimate, value: float, **more: object) -> str:
    return _compared(e, Benchmark.model_validate({"metric": "funnel:purchase", "value": value, "source": "a study", **more}))[0]


def test_equal_needs_a_margin_and_enough_customers() -> None:
    assert against(share(5000, 10_000), 0.5, margin=0.03) == "equal (within 3.0\u202fpp) to"
    assert against(share(5000, 10_000), 0.5) == "not distinct from", "without a margin nothing is equal"
    assert against(share(50, 100), 0.5, margin=0.03) == "not distinct from", "too few to say that it is equal"
    assert against(share(5000, 10_000), 0.5, margin=0.03, n=10_000) == "equal (within 3.0\u202fpp) to"
    assert against(share(5000, 10_000), 0.5, margin=0.03, n=100) == "not distinct from", "the benchmark itself rests on few"
    assert against(share(5300, 10_000), 0.5, margin=0.1) == "equal (within 10.0\u202fpp) to" and against(share(5300, 10_000), 0.5, margin=0.01) == "above"
    assert against(Estimate(31.0, 29.0, 33.0, 900, 900, "points", "by hand"), 30.0, unit="points", margin=5) == "equal (within 5.0) to"


def test_a_share_at_the_margin_is_hardly_ever_called_equal() -> None:
    rng = np.random.default_rng(8)
    said = sum(against(share(int(rng.binomial(2000, 0.55)), 2000), 0.5, margin=0.05).startswith("equal") for _ in range(2000))
    assert said / 2000 <= 0.035
    found = sum(against(share(int(rng.binomial(2000, 0.5)), 2000), 0.5, margin=0.05).startswith("equal") for _ in range(500))
    assert found / 500 >= 0.95
