"""Caps: pairs are complete before anything is capped, missing stays missing, and a cap is for outliers only."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cjm_research.analysis.experiments import evaluate
from cjm_research.stats.means import Sample, relative_lift

from .conftest import design, two_arms


def effect(result: Any, metric: str = "m") -> Any:
    return result["effects"].set_index("metric").loc[metric]


def check(result: Any, name: str = "caps") -> Any:
    return result["checks"].set_index("check").loc[name]


def measured(*metrics: tuple[str, list[float | None], list[float | None]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    arms, frames = None, []
    for name, first, second in metrics:
        arms, values = two_arms(first, second, name)
        frames.append(values)
    assert arms is not None
    return arms, pd.concat(frames)


def test_missing_stays_missing_under_a_cap(make: Any) -> None:
    first, second = [*range(1, 101), *[None] * 50], [*range(2, 102), *[None] * 50]
    arms, values = two_arms(first, second)
    found = effect(evaluate(make(design(metrics=[{"name": "m", "winsorise": 0.99}]), assignments=arms, measurements=values), "x"))
    cap = np.quantile([x for x in [*first, *second] if x is not None], 0.99)
    want = np.minimum(np.arange(2, 102), cap).mean() - np.minimum(np.arange(1, 101), cap).mean()
    assert found["value"] == pytest.approx(want) and (found["n"], found["base"]) == (100, 200)


def ratio(make: Any, quantile: float, top: tuple[Any, Any], bottom: tuple[Any, Any]) -> Any:
    arms, values = measured(("y", *top), ("d", *bottom))
    metric = {"name": "r", "kind": "ratio", "numerator": "y", "denominator": "d", "winsorise": quantile}
    return evaluate(make(design(primary="r", metrics=[metric]), assignments=arms, measurements=values), "x")


def test_a_ratio_is_capped_on_both_sides(make: Any) -> None:
    top = [2000.0, *[20.0] * 199, *[0.0] * 800]
    bottom = [100.0, *[1.0] * 199, *[0.0] * 800]
    found = effect(ratio(make, 0.99, (top, top), (bottom, bottom)), "r")
    assert (found["control_value"], found["variant_value"]) == (pytest.approx(20), pytest.approx(20))


def test_pairs_are_complete_before_they_are_capped(make: Any) -> None:
    rng = np.random.default_rng(1)
    d = [rng.integers(90, 110, 40).astype(float).tolist() for _ in range(2)]
    y = [[round(r * x) if k % 2 else None for k, x in enumerate(part)] for r, part in zip((0.2, 0.25), d, strict=True)]
    result = ratio(make, 0.9, (y[0], y[1]), (d[0], d[1]))
    whole = [sum(a for a in part if a is not None) / sum(b for a, b in zip(part, below, strict=True) if a is not None) for part, below in zip(y, d, strict=True)]
    found = effect(result, "r")
    assert found["value"] == pytest.approx(whole[1] - whole[0]) and found["base"] == 40 and result["arms"]["missing"].tolist() == [20, 20]


@pytest.mark.parametrize("role", ["primary", "guardrail", "secondary"])
def test_a_cap_that_takes_the_values_themselves_is_not_used(make: Any, role: str) -> None:
    some = [(20.0 + k % 7) if k % 50 == 0 else 0.0 for k in range(1000)]
    more = [(20.0 + k % 7) if k % 30 == 0 else 0.0 for k in range(1000)]
    arms, values = measured(("m", some, more), ("other", some, some))
    metrics = [{"name": "m", "winsorise": 0.95, "margin": 1.0}, {"name": "other"}]
    said = {"primary": {"primary": "m"}, "guardrail": {"primary": "other", "guardrails": ["m"]}, "secondary": {"primary": "other"}}[role]
    result = evaluate(make(design(metrics=metrics, **said), assignments=arms, measurements=values), "x")
    assert effect(result)["value"] == pytest.approx(np.mean(more) - np.mean(some)) and effect(result)["cap"] is None
    assert check(result)["state"] == "warn" and f"m ({role}) is shown without its cap" in check(result)["reason"] and "is 0 and would leave nothing" in check(result)["reason"]
    assert any("cap" in c for c in result.caveats)


def test_a_cap_of_many_values_is_not_used(make: Any) -> None:
    arms, values = two_arms(list(range(1, 101)), list(range(1, 101)))
    result = evaluate(make(design(metrics=[{"name": "m", "winsorise": 0.9}]), assignments=arms, measurements=values), "x")
    assert "would change 20 of 200 values other than 0, more than 5 %" in check(result)["reason"]
    assert effect(result)["value"] == 0 and "capped at the 90.0% quantile" in result["sensitivity"]["analysis"].tolist()


def test_an_absent_relative_change_has_no_value() -> None:
    assert relative_lift(Sample(1, 5.0, None), Sample(1, 3.0, None)).value is None
    assert relative_lift(Sample(0, None, None), Sample(1, 3.0, None)).value is None


def test_every_cap_is_told_with_its_threshold_and_what_it_changes(make: Any) -> None:
    """A ratio is capped on both sides, and a metric whose cap is not used does not silence the others."""
    rng = np.random.default_rng(5)
    top, bottom = ([rng.integers(1, 400, 200).astype(float).tolist() for _ in range(2)] for _ in range(2))
    few = [0.0] * 195 + [1.0] * 5
    arms, values = measured(("y", *top), ("d", *bottom), ("m", few, few))
    metrics = [{"name": "r", "kind": "ratio", "numerator": "y", "denominator": "d", "winsorise": 0.98}, {"name": "y", "winsorise": 0.98}, {"name": "m", "winsorise": 0.9}]
    result = evaluate(make(design(primary="r", metrics=metrics), assignments=arms, measurements=values), "x")
    said = check(result)["reason"]
    caps = {side: f"{np.quantile(np.concatenate(values), 0.98):,.6g}" for side, values in (("y", top), ("d", bottom))}
    assert check(result)["state"] == "warn" and "m (secondary) is shown without its cap" in said
    assert f"r: y above {caps['y']} and d above {caps['d']} count as that, without the cap B" in said and f"y: values above {caps['y']} count as that, without the cap B" in said
