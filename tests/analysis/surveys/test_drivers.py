"""Drivers: a simulated truth, peers, and what the map shows of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from cjm_research.analysis.surveys import survey_drivers
from cjm_research.errors import BadInput, NotEnoughData
from cjm_research.plots import surveys as charts
from cjm_research.results.evidence import agrees, recompute
from tests.analysis.surveys.made import scored
from tests.studies import make_study

JOURNEY = {"stages": [{"name": "Buy", "touchpoints": [{"name": t} for t in ("Till", "Shelf", "Door")]}]}


def simulated(n: int = 600, missing: float = 0.0, seed: int = 4) -> pd.DataFrame:
    """Recommendation made of the till (much), the shelf (some) and not of the door; the till is served badly, and asked the wrong way round."""
    rng = np.random.default_rng(seed)
    till, shelf, door = rng.normal(2.4, 1, n), rng.normal(4.2, 0.9, n), rng.normal(3.6, 1, n)
    rec = 5 + 1.6 * (till - 2.4) + 0.7 * (shelf - 4.2) + rng.normal(0, 1, n)
    weight = rng.uniform(0.5, 2, n).round(3).tolist()

    def on(x: np.ndarray, low: int, high: int) -> list[float | None]:
        gone = rng.random(n) < missing
        return [None if g else float(v) for v, g in zip(np.clip(x.round(), low, high), gone, strict=True)]

    place = {"stage": "Buy", "weight": weight}
    return pd.concat([scored("rec", "nps", on(rec, 0, 10), weight=weight, stage="Buy"),
                      scored("till", "csat", [None if v is None else 6 - v for v in on(till, 1, 5)], up=False, touchpoint="Till", **place),
                      scored("shelf", "csat", on(shelf, 1, 5), touchpoint="Shelf", **place), scored("door", "likert", on(door, 1, 5), touchpoint="Door", **place)])


def test_what_was_put_in_comes_out(tmp_path: Path) -> None:
    frame = simulated()
    study = make_study(tmp_path, {"responses": frame}, journey=JOURNEY)
    result = survey_drivers(study, draws=300)
    found = result["drivers"].set_index("question_id")
    assert found.index.tolist() == ["till", "shelf", "door"] and found["value"].sum() == pytest.approx(1)
    assert found.loc["till", "low"] > 0.6 and found.loc["door", "high"] < 0.05 and found.loc["till", "correlation"] > 0.5
    assert found.loc["till", "reading"] == "matters more than most, served worse than most" and found.loc["door", "reading"] == "matters less than most"
    wide = frame.pivot(index="response_id", columns="question_id", values="score")
    w = frame.drop_duplicates("response_id").set_index("response_id")["weight"].reindex(wide.index)
    peer = sm.WLS(wide["rec"], sm.add_constant(wide[["till", "shelf", "door"]]), weights=w).fit()
    assert result.facts["r2"] == pytest.approx(peer.rsquared, abs=1e-6) and result.facts["method"] == "Shapley" and result.facts["n"] == 600
    assert found.loc["till", "performance"] == pytest.approx(np.average(wide["till"], weights=w)) and found.loc["till", "position"] == pytest.approx((5 - np.average(wide["till"], weights=w)) / 4)
    assert "served worse than most: about till" in result.sentences[2]


def test_no_answer_is_named_where_none_stands_out(tmp_path: Path) -> None:
    rng = np.random.default_rng(11)
    frame = pd.concat([scored("rec", "nps", rng.integers(0, 11, 400).astype(float).tolist(), stage="Buy"),
                       *(scored(q, "csat", rng.integers(1, 6, 400).astype(float).tolist(), touchpoint=t, stage="Buy") for q, t in (("till", "Till"), ("shelf", "Shelf")))])
    chance = survey_drivers(make_study(tmp_path / "a", {"responses": frame}, journey=JOURNEY), draws=200).sentences[0]
    assert chance == "No answer goes together with recommendation clearly more than the others."
    real = survey_drivers(make_study(tmp_path / "b", {"responses": simulated()}, journey=JOURNEY), draws=200).sentences[0]
    assert real == "“about till” goes together with recommendation more than most answers do; that is no proof of an effect."


def test_the_map_shows_a_correlation_that_follows_from_its_rows(tmp_path: Path) -> None:
    frame = simulated(missing=0.2)
    frame = pd.concat([frame, frame[frame["response_id"] == "r00003"].assign(response_id="again", score=1.0, answered_at=pd.Timestamp("2026-01-01", tz="UTC"))])
    study = make_study(tmp_path, {"responses": frame}, journey=JOURNEY)
    result = survey_drivers(study, draws=50)
    assert len(result.findings) == 3 and {f.lane for f in result.findings} == {"drivers"}
    for f in result.findings:
        assert f.estimate is not None and agrees(f.estimate, *recompute(study, f.evidence[0], f.estimate.unit))
        assert f.estimate.value == pytest.approx(result["drivers"].set_index("question_id").loc[f.subject.question_id, "correlation"], abs=0.02)  # type: ignore[union-attr]
    last = frame.sort_values("answered_at", na_position="first").drop_duplicates(["customer_id", "question_id"], keep="last")
    wide, w = last.pivot(index="customer_id", columns="question_id", values="score"), last.groupby("customer_id")["weight"].first()
    both = wide[["shelf", "rec"]].dropna()
    cov = np.cov(both.T, aweights=w[both.index])
    shelf = next(f for f in result.findings if f.subject.question_id == "shelf")  # type: ignore[union-attr]
    assert shelf.estimate is not None and shelf.estimate.value == pytest.approx(cov[0, 1] / np.sqrt(cov[0, 0] * cov[1, 1])) and shelf.estimate.base == len(both)


def test_missing_answers_are_told(tmp_path: Path) -> None:
    result = survey_drivers(make_study(tmp_path, {"responses": simulated(missing=0.3)}, journey=JOURNEY), draws=50)
    assert not result.facts["listwise"] and any("answered everything" in c for c in result.caveats) and result["drivers"].iloc[0]["question_id"] == "till"
    frame = pd.concat([simulated(), scored("rare", "csat", [5 if i % 2 else 4 if i < 80 else None for i in range(80)] + [None] * 520, touchpoint="Door", stage="Buy"),
                       scored("same", "csat", [3] * 600, touchpoint="Door", stage="Buy")])
    left = survey_drivers(make_study(tmp_path / "b", {"responses": frame}, journey=JOURNEY), draws=20)["left_out"].set_index("question_id")
    assert left.loc["rare", "why"].startswith("fewer than 100") and left.loc["same", "why"] == "all gave the same answer"


def test_what_is_refused(tmp_path: Path) -> None:
    study = make_study(tmp_path, {"responses": simulated(80)}, journey=JOURNEY)
    with pytest.raises(NotEnoughData):
        survey_drivers(study)
    with pytest.raises(NotEnoughData):
        survey_drivers(study, outcome="other")
    with pytest.raises(BadInput, match="'window'"):
        survey_drivers(study, drivers=["window"])


def test_charts_say_what_they_show(tmp_path: Path) -> None:
    result = survey_drivers(make_study(tmp_path, {"responses": simulated()}, journey=JOURNEY), draws=50)
    assert "about till" in charts.drivers(result).alt and "about till" in charts.quadrants(result).alt


def test_a_must_and_a_delight_are_told_and_nothing_where_both_count_alike(tmp_path: Path) -> None:
    """Planted: slow delivery costs 3 points and fast delivery brings nothing, a gift brings 3 and its lack costs nothing, advice counts both ways."""
    rng = np.random.default_rng(5)
    n = 900
    delivery, gift, advice = (rng.integers(1, 6, n).astype(float) for _ in range(3))
    score = 5 - 3.0 * (delivery <= 2) + 3.0 * (gift >= 4) + 1.5 * ((advice >= 4).astype(float) - (advice <= 2)) + rng.normal(0, 0.8, n)
    tables = [scored("rec", "nps", np.clip(np.round(score), 0, 10).tolist()), *(scored(name, "csat", own.tolist(), touchpoint=name) for name, own in (("delivery", delivery), ("gift", gift), ("advice", advice)))]
    result = survey_drivers(make_study(tmp_path, {"responses": pd.concat(tables)}), draws=50)
    told = result["patterns"].set_index("question_id")
    assert told.loc["delivery", "reading"].endswith("(a must)") and told.loc["gift", "reading"].endswith("(a delight)") and told.loc["advice", "reading"] == "both count, neither clearly more"
    assert told.loc["delivery", "penalty"] == pytest.approx(-3, abs=0.4) and told.loc["gift", "reward"] == pytest.approx(3, abs=0.4)
    assert told.loc["delivery", ["bad", "middle", "good"]].tolist() == [int((delivery <= 2).sum()), int((delivery == 3).sum()), int((delivery >= 4).sum())]
    assert any("must not fail" in s and "delivery" in s for s in result.sentences) and any("delights" in s and "gift" in s for s in result.sentences)


def test_where_answers_say_nothing_there_is_no_must(tmp_path: Path) -> None:
    """Eight questions a survey: without a correction six of these thirty named one."""
    told = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        tables = [scored("rec", "nps", rng.integers(0, 11, 400).tolist()), *(scored(name, "csat", rng.integers(1, 6, 400).tolist(), touchpoint=name) for name in "abcdefgh")]
        told += any("(a " in r for r in survey_drivers(make_study(tmp_path / str(seed), {"responses": pd.concat(tables)}), draws=5)["patterns"]["reading"])
    assert told <= 4  # at most one in twenty, of which more than four of thirty are rarer than 2 in 100


def test_the_id_of_a_grid_stands_for_its_lines(tmp_path: Path) -> None:
    frame = simulated().replace({"question_id": {"till": "places_1", "shelf": "places_2"}})
    grid = [{"name": "survey", "kind": "survey", "files": "x.csv", "questions": [{"column": "rec", "instrument": "nps"}, {"column": "Q5_*", "id": "places", "instrument": "csat", "scale": [1, 5], "higher_is_better": True},
                                                                                 {"column": "door", "instrument": "likert", "scale": [1, 5], "higher_is_better": True}]}]
    study = make_study(tmp_path, {"responses": frame}, journey=JOURNEY, sources=grid, survey={"drivers": ["places"]})
    assert set(survey_drivers(study, draws=50)["drivers"]["question_id"]) == {"places_1", "places_2"}
    assert set(survey_drivers(study, drivers=["places", "door", "places_1"], draws=50)["drivers"]["question_id"]) == {"places_1", "places_2", "door"}
    with pytest.raises(BadInput, match="plces"):
        survey_drivers(study, drivers=["plces"])
