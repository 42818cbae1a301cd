"""Waves: independent ones, the same people, and questions that changed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cjm_research.analysis.surveys import survey_waves
from cjm_research.errors import NotEnoughData
from tests.analysis.surveys.made import chosen, scored
from tests.studies import make_study


def wave(name: str, scores: list[float], people: str, **more: object) -> pd.DataFrame:
    frame = scored("mood", "likert", scores, wave=name, answered_at=pd.Timestamp(f"{name}-06-01", tz="UTC"))
    return frame.assign(response_id=name + frame["response_id"], customer_id=people + frame["customer_id"], **more)


def test_waves_of_different_people(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    one, two = rng.integers(1, 5, 120).astype(float).tolist(), rng.integers(2, 6, 90).astype(float).tolist()
    frame = survey_waves(make_study(tmp_path, {"responses": pd.concat([wave("2025", one, "x"), wave("2026", two, "y")])}))["waves"]
    assert frame["wave"].tolist() == ["2025", "2026"] and frame["base"].tolist() == [120, 90] and frame["how"].tolist() == ["", "independent waves"]
    last = frame.iloc[1]
    assert last["change"] == pytest.approx(np.mean(two) - np.mean(one)) and last["compared"] == "2025"
    # linearised: each wave's squared error with n, not n − 1, times N/(N − 1)
    se = np.sqrt((np.var(one) / 120 + np.var(two) / 90) * 210 / 209)
    assert last["p"] == pytest.approx(2 * stats.t.sf(abs(last["change"] / se), 208), rel=1e-6)
    assert abs(np.log(last["p"] / stats.ttest_ind(two, one, equal_var=False).pvalue)) < 0.5


def test_the_same_people_are_paired(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    one = rng.integers(1, 5, 60).astype(float)
    two = np.clip(one + (rng.random(60) < 0.4), 1, 5)
    frame = survey_waves(make_study(tmp_path, {"responses": pd.concat([wave("2025", one.tolist(), "x"), wave("2026", two.tolist(), "x")])}))["waves"]
    last = frame.iloc[1]
    assert last["how"] == "the same 60 people" and last["p"] == pytest.approx(stats.ttest_rel(two, one).pvalue)


def test_a_question_that_changed_is_not_compared(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    scores = rng.integers(1, 6, 80).astype(float).tolist()
    frame = pd.concat([wave("2025", scores, "x"), wave("2026", scores, "y", question="about another mood")])
    result = survey_waves(make_study(tmp_path, {"responses": frame}))
    assert result["waves"]["change"].isna().all() and any("its wording changed" in c for c in result.caveats)


def test_fixed_term_contracts_of_two_waves(shared: Path, tmp_path: Path) -> None:
    """A published pair of surveys: 126 of 272 against 92 of 253, whose test is known."""
    parts = []
    for year in ("2016", "2017"):
        raw = pd.read_csv(shared / "data" / "rse_survey" / f"uk_{year}.csv.gz", low_memory=False)
        column = next(c for c in raw.columns if c.startswith("currentEmp10"))
        answers = raw[column].dropna().astype(str).str.strip().tolist()
        frame = chosen("contract", answers, wave=year, answered_at=pd.Timestamp(f"{year}-06-01", tz="UTC"))
        parts.append(frame.assign(response_id=year + frame["response_id"], customer_id=year + frame["customer_id"]))
    frame = survey_waves(make_study(tmp_path, {"responses": pd.concat(parts)}))["waves"]
    row = frame[(frame["answer"] == "Fixed term") & (frame["wave"] == "2017")].iloc[0]
    before = frame[(frame["answer"] == "Fixed term") & (frame["wave"] == "2016")].iloc[0]
    assert (before["n"], before["base"], row["n"], row["base"]) == (126, 272, 92, 253) and row["change"] == pytest.approx(-0.09959893048)


def test_one_wave_is_none(tmp_path: Path) -> None:
    with pytest.raises(NotEnoughData):
        survey_waves(make_study(tmp_path, {"responses": scored("rec", "nps", [1, 2, 3])}))
