"""`segment`: the truth is found again, clouds are answered "none", and bad input is answered in words."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.metrics import adjusted_rand_score

from cjm_research.analysis.personas import segment
from cjm_research.analysis.personas.methods import METHODS
from cjm_research.demo.people import draw_people
from cjm_research.errors import BadInput, NotEnoughData

from .populations import CLOUDS, numbers, shoppers

QUICK = {"max_segments": 5, "bootstraps": 6}


def test_the_demo_clients_personas_are_found_again_over_seeds() -> None:
    """Customers drawn anew by the demo's own simulation, with the features its params name; benchmarks/personas_null.py has 12 seeds."""
    scores, chosen = [], []
    for seed in range(4):
        people = draw_people(np.random.default_rng(seed), 300)
        frame = people[["age", "outdoor_days", "yearly_budget_eur", "price_focus", "research_hours", "preferred_channel"]]
        found = segment(frame, seed=seed, **QUICK)  # type: ignore[arg-type]
        assert found.natural
        chosen.append(found.k)
        scores.append(adjusted_rand_score(people["persona"], found.labels))
    assert chosen == [4, 4, 4, 4]
    low = np.mean(scores) - 3.182 * np.std(scores, ddof=1) / math.sqrt(len(scores))  # Student's t with 3 degrees of freedom
    assert low > 0.9


def test_overlapping_segments_are_found_nearly_as_well_as_with_the_answer_known() -> None:
    rng = np.random.default_rng(11)
    truth = rng.integers(0, 3, 500)
    x = np.array([[0, 0, 0], [3.6, 0, 0], [0, 3.6, 3.6]])[truth] + rng.standard_normal((500, 3))
    found = segment(numbers(x), **QUICK)  # type: ignore[arg-type]
    known = QuadraticDiscriminantAnalysis().fit(x, truth).predict(x)
    assert found.k == 3
    assert adjusted_rand_score(truth, found.labels) > adjusted_rand_score(truth, known) - 0.05


@pytest.mark.parametrize("name", CLOUDS)
def test_one_cloud_is_answered_no_natural_segments(name: str) -> None:
    """One of each kind here; benchmarks/personas_null.py draws hundreds and gives the rate with its interval."""
    found = segment(CLOUDS[name](np.random.default_rng(21), 300), max_segments=3, bootstraps=4)
    assert found.k == 1 and not found.natural and set(found.labels) == {0}
    assert found.why


def test_the_same_seed_gives_the_same_answer_and_rows_may_be_shuffled() -> None:
    frame, _ = shoppers(np.random.default_rng(3), 300)
    options = {"segments": 4, "max_segments": 4, "bootstraps": 3, "replicas": 5}
    one, two = segment(frame, **options), segment(frame, **options)  # type: ignore[arg-type]
    assert np.array_equal(one.labels, two.labels)
    pd.testing.assert_frame_equal(one.frames["candidates"], two.frames["candidates"])
    order = np.random.default_rng(4).permutation(len(frame))
    mixed = segment(frame.iloc[order].reset_index(drop=True), **options)  # type: ignore[arg-type]
    assert adjusted_rand_score(one.labels[order], mixed.labels) > 0.98
    scaled = frame.assign(age=1000 - 12 * frame["age"])  # reversed and on another scale
    assert adjusted_rand_score(one.labels, segment(scaled, **options).labels) > 0.98  # type: ignore[arg-type]


def test_slices_that_were_asked_for_are_called_slices() -> None:
    found = segment(CLOUDS["correlated"](np.random.default_rng(5), 300), segments=3, max_segments=3, bootstraps=4)
    assert found.k == 3 and not found.natural and found.fixed
    assert any("slices of one cloud" in c for c in found.caveats)
    sizes = found.frames["segments"]
    assert sizes["n"].tolist() == sorted(np.bincount(found.labels).tolist(), reverse=True) and sizes["n"].sum() == 300
    assert (sizes["low"] <= sizes["value"]).all() and (sizes["value"] <= sizes["high"]).all()


def test_new_customers_are_assigned_like_the_old_ones_and_empty_rows_are_not_typed() -> None:
    frame, _ = shoppers(np.random.default_rng(6), 300)
    frame.loc[:4, ["age", "spend", "focus"]] = np.nan
    found = segment(frame, segments=4, max_segments=4, bootstraps=3, replicas=5)
    assert (found.labels[:5] == -1).all() and (found.labels[5:] >= 0).all()
    assert any("5 of 300 customers are not typed" in c for c in found.caveats)
    assert np.array_equal(found.assign(frame.iloc[5:]), found.labels[5:])
    with pytest.raises(BadInput, match="lacks age"):
        found.assign(frame.drop(columns="age"))


def test_large_frames_are_fitted_on_a_sample_and_assigned_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    from cjm_research.analysis.personas import segment as function  # the function shadows its module

    module = __import__(function.__module__, fromlist=["FIT_ROWS"])
    monkeypatch.setattr(module, "FIT_ROWS", 400)
    frame, truth = shoppers(np.random.default_rng(7), 3_000)
    found = segment(frame, segments=4, max_segments=4, bootstraps=3, replicas=5)
    assert adjusted_rand_score(truth, found.labels) > 0.85
    assert any("random 400 of 3,000" in c for c in found.caveats)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_can_be_asked_for(method: str) -> None:
    frame, truth = shoppers(np.random.default_rng(8), 240, 3)
    found = segment(frame, method=method, segments=3, max_segments=3, bootstraps=2, replicas=5)
    assert adjusted_rand_score(truth, found.labels) > 0.55
    assert METHODS[method].title not in set(found.frames["methods"]["method"])


def test_bad_input_is_answered_in_words() -> None:
    frame, _ = shoppers(np.random.default_rng(9), 100)
    with pytest.raises(BadInput, match="8 segments asked of 5 customers"):
        segment(frame.head(5), segments=8)
    with pytest.raises(NotEnoughData, match="12 customers"):
        segment(frame.head(12))
    useless = pd.DataFrame({"a": [None] * 50, "b": [1] * 50, "c": [f"2024-01-{1 + i % 28:02d}" for i in range(50)]})
    said = r"no feature can be used .*a: no value at all.*b: the same value.*c: holds dates as text"
    with pytest.raises(BadInput, match=said):
        segment(useless, features=["a", "b", "c"])
    with pytest.raises(NotEnoughData, match=said):  # nothing was asked for, there is just nothing
        segment(useless)
    with pytest.raises(NotEnoughData, match="no feature can be used"):
        segment(pd.DataFrame({"only": ["one category"] * 60}))
    with pytest.raises(BadInput, match="only 2 different customers"):
        segment(pd.DataFrame({"flag": ["yes", "no"] * 30}), segments=3)
    with pytest.raises(BadInput, match=r"unknown feature 'agee'.*Did you mean 'age'"):
        segment(frame, features=["agee"])
    with pytest.raises(BadInput, match="unknown method"):
        segment(frame, method="dbscan")
    with pytest.raises(BadInput, match="0 segments"):
        segment(frame, segments=0)
    with pytest.raises(NotEnoughData):
        rng = np.random.default_rng(1)  # everybody has one of three features, nobody more
        segment(pd.DataFrame({c: np.where(np.arange(60) % 3 == i, rng.normal(size=60), np.nan) for i, c in enumerate("xyz")}))


def test_a_single_flag_makes_no_natural_segments() -> None:
    found = segment(pd.DataFrame({"flag": ["yes", "no", "no"] * 40}), bootstraps=3)
    assert found.k == 1 and not found.natural
