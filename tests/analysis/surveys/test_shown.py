"""Every question is shown somewhere, and it is said where; what people wrote."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from cjm_research.analysis.surveys import survey_answers
from cjm_research.analysis.surveys.shown import where_shown
from tests.analysis.surveys.made import chosen, scored, wrote
from tests.studies import make_study

QUESTIONS = [{"column": "tools", "instrument": "choice"}, {"column": "mood", "instrument": "csat", "scale": [1, 5], "higher_is_better": True}, {"column": "why", "instrument": "text"},
             {"column": "gone", "instrument": "choice", "text": "Asked of nobody"}]
SETTINGS = {"sources": [{"name": "survey", "kind": "survey", "files": "x.csv", "questions": QUESTIONS}], "journey": {"stages": [{"name": "Use", "touchpoints": [{"name": "Desk", "questions": ["mood"]}]}]}}


def test_of_each_question_it_is_said_where_the_report_shows_it(tmp_path: Path) -> None:
    mood = scored("mood", "csat", [5, 4, 1], stage="Use", touchpoint="Desk")
    frame = pd.concat([chosen("tools", ["a", "b", "a"]), mood, wrote("why", ["It is slow", None, "Too dear"])])
    study = make_study(tmp_path, {"responses": frame}, **SETTINGS)
    found = {r["question_id"]: r for r in where_shown(study, ["35_survey", "60_journey_map"])}
    assert {k: r["shown"] for k, r in found.items()} == {
        "tools": ["35_survey: shares"], "mood": ["35_survey: score and distribution", "map: satisfaction, Desk"], "why": ["35_survey: what people wrote"], "gone": []}
    assert {k: r["answered"] for k, r in found.items()} == {"tools": 3, "mood": 3, "why": 2, "gone": 0} and "nobody answered" in found["gone"]["why"]
    without = {r["question_id"]: r for r in where_shown(study, ["60_journey_map"])}
    assert without["mood"]["shown"] == ["map: satisfaction, Desk"] and without["tools"]["shown"] == [] and "add 35_survey" in without["tools"]["why"]
    # what is said is what is made: each question with answers is in the chapter's frames
    result = survey_answers(study)
    assert set(result["answers"]["question_id"]) == {"tools", "mood"} and set(result["written"]["question_id"]) == {"why"}
    assert where_shown(make_study(tmp_path / "empty", {}), ["35_survey"]) == []


def test_words_that_several_wrote_are_counted_and_others_are_examples(tmp_path: Path) -> None:
    texts = ["Too slow.", "too  slow", "Too slow", "too slow", "too slow", "Parking is far away", "parking is far away.", "no", None, "  "]
    written = survey_answers(make_study(tmp_path, {"responses": wrote("why", texts)}))["written"]
    alike, examples = written[~written["example"].astype(bool)], written[written["example"].astype(bool)]
    assert alike[["answer", "n", "base"]].to_numpy().tolist() == [["too slow", 5, 8]]  # eight wrote anything; blanks are nothing
    assert [a.casefold().rstrip(".") for a in examples["answer"]] == ["parking is far away", "no"] and examples["value"].isna().all()  # two are fewer than min_cell; short answers come last
    two = survey_answers(make_study(tmp_path / "two", {"responses": wrote("why", texts)}, privacy={"min_cell": 2}))["written"]
    assert two["n"].tolist()[:2] == [5, 2] and two[["n", "base"]].iloc[2].isna().all() and two["value"].tolist()[:2] == pytest.approx([5 / 8, 2 / 8])
