"""Survey scores, recomputed by hand and by peers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from cjm_research.analysis.satisfaction import satisfaction
from cjm_research.errors import NotEnoughData
from cjm_research.results.evidence import agrees, recompute
from tests.studies import make_study


def responses(question: str, instrument: str, scores: list[float | None], low: float, high: float, up: bool | None = True, **more: object) -> pd.DataFrame:
    return pd.DataFrame([{"response_id": f"{question}{i}", "source": "survey", "question_id": question, "question": f"about {question}",
                          "instrument": instrument, "scale_min": low, "scale_max": high, "higher_is_better": up, "score": s,
                          "stage": "Buy", **more} for i, s in enumerate(scores)])


def test_scores_by_hand(tmp_path: Path) -> None:
    frame = pd.concat([
        responses("rec", "nps", [10, 9, 8, 7, 6, 0, 10, None], 0, 10),
        responses("shop", "csat", [5, 4, 3, 2, 1, 5], 1, 5),
        responses("easy", "ces", [7, 6, 5, 4, 1], 1, 7),
        responses("effort", "ces", [1, 2, 3, 5, 5], 1, 5, False),
        responses("mood", "likert", [1, 2, 3, 4], 1, 5),
    ])
    result = satisfaction(make_study(tmp_path, {"responses": frame}))
    scores = result["scores"].set_index("question_id")
    assert scores.loc["rec", "value"] == pytest.approx(100 * (3 - 2) / 7) and scores.loc["rec", "base"] == 7
    assert (scores.loc["shop", "n"], scores.loc["shop", "base"]) == (3, 6)
    low, high = proportion_confint(3, 6, method="wilson")
    assert (scores.loc["shop", "low"], scores.loc["shop", "high"]) == (pytest.approx(low), pytest.approx(high))
    assert scores.loc["easy", "n"] == 3  # 5, 6, 7 of 7
    assert scores.loc["effort", "n"] == 2  # 1 and 2 of 5: little effort
    assert scores.loc["mood", "value"] == 2.5
    assert any("fewer than 30" in c for c in result.caveats)


def test_last_answer_of_a_person_counts(tmp_path: Path) -> None:
    frame = responses("rec", "nps", [0, 10, 10], 0, 10)
    frame["customer_id"] = ["a", "a", "b"]
    frame["answered_at"] = pd.to_datetime(["2026-01-01", "2026-02-01", "2026-01-05"], utc=True)
    assert satisfaction(make_study(tmp_path, {"responses": frame}))["scores"]["value"].tolist() == [100]
    frame["wave"] = ["1", "2", "1"]
    assert satisfaction(make_study(tmp_path / "w", {"responses": frame}))["scores"]["base"].tolist() == [3]


def test_weights(tmp_path: Path) -> None:
    frame = responses("rec", "nps", [10, 0, 8], 0, 10)
    frame["weight"] = [2.0, 1.0, 1.0]
    study = make_study(tmp_path, {"responses": frame})
    assert satisfaction(study, weighted=True)["scores"]["value"].tolist() == [pytest.approx(100 * (2 - 1) / 4)]
    assert any("unweighted" in c for c in satisfaction(study).caveats)


def test_every_finding_follows_from_its_evidence(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    frame = pd.concat([responses("rec", "nps", list(rng.integers(0, 11, 50)), 0, 10), responses("it's", "csat", list(rng.integers(1, 6, 40)), 1, 5),
                       responses("effort", "ces", list(rng.integers(1, 6, 40)), 1, 5, False), responses("m", "likert", list(rng.integers(1, 6, 9)), 1, 5)])
    study = make_study(tmp_path, {"responses": frame})
    for finding in satisfaction(study).findings:
        value, n, base = recompute(study, finding.evidence[0], finding.estimate.unit)
        if finding.estimate.unit == "points":
            assert value == pytest.approx(finding.estimate.value) and base == finding.estimate.base
        else:
            assert agrees(finding.estimate, value, n, base), finding.statement


def test_nothing_scored_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotEnoughData):
        satisfaction(make_study(tmp_path, {}))
    text = responses("t", "text", [None], 0, 1)
    with pytest.raises(NotEnoughData):
        satisfaction(make_study(tmp_path / "t", {"responses": text}))


def test_no_question_is_lowest_where_their_intervals_overlap(tmp_path: Path) -> None:
    def first(low: list[float | None], high: list[float | None], name: str) -> str:
        frame = pd.concat([responses("till", "csat", low, 1, 5, touchpoint="Till"), responses("shelf", "csat", high, 1, 5, touchpoint="Shelf")])
        return satisfaction(make_study(tmp_path / name, {"responses": frame})).sentences[0]

    assert first([5.0, 1, 5, 1, 5, 1] * 5, [5.0, 1, 5, 1, 5, 5] * 5, "alike") == "No question stands out clearly in satisfaction."
    assert first([1.0] * 40, [5.0] * 40, "apart") == "Satisfaction is lowest with Till and highest with Shelf."


@pytest.mark.parametrize(("answers", "first"), [(6, "Satisfaction"), (25, "8 of 25")])
def test_a_small_survey_leads_nothing(tmp_path: Path, answers: int, first: str) -> None:
    """Of a survey of 60 and one that asks few to recommend: the score of the few leads only where so many may carry a headline."""
    frame = pd.concat([responses("shop", "csat", [5, 5, 5, 2] * 15, 1, 5).assign(source="visitors"), responses("rec", "nps", [10, 9, 5] * 8 + [5], 0, 10).head(answers).assign(source="a pilot")])
    told = satisfaction(make_study(tmp_path, {"responses": frame})).sentences
    if answers == 6:
        assert "about shop" in told[0] and "“visitors”" in told[0] and "“a pilot”" in " ".join(told[1:])
    else:
        assert "would recommend" in told[0] and told[1].startswith("The Net Promoter Score of the survey “a pilot” is")


def test_bands_of_a_group_tell_of_nobody(tmp_path: Path) -> None:
    """Of 40 who answer 2 are detractors: told of everybody, not of a persona or a half, and never one band that gives another back."""
    frame = responses("rec", "nps", [10] * 30 + [8] * 8 + [1] * 2, 0, 10)
    study = make_study(tmp_path, {"responses": frame.assign(customer_id=[f"c{k}" for k in range(40)])})
    whole, group = (satisfaction(s, of_group=g).findings[0] for s, g in ((study, False), (study, True)))
    assert whole.statement.endswith("75.0\u202f% promoters, 20.0\u202f% passives and 5.0\u202f% detractors") and whole.estimate == group.estimate
    persona = satisfaction(study.only("all", [f"c{k}" for k in range(40)])).findings[0]
    assert persona.statement == group.statement and "promoters" not in group.statement and "detractors" not in group.statement
    larger = satisfaction(make_study(tmp_path / "b", {"responses": responses("rec", "nps", [10] * 30 + [8] * 8 + [1] * 5, 0, 10)}), of_group=True).findings[0]
    assert "detractors" in larger.statement
