"""Choices at their touchpoint: bases are people who were shown the question, numbers follow from rows, few people are not told."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from cjm_research.analysis.surveys import survey_choices
from cjm_research.analysis.surveys.shown import where_shown
from cjm_research.errors import NotEnoughData
from cjm_research.journey_map import journey_map
from cjm_research.params.schema import LeastEvidence
from cjm_research.results import policy
from cjm_research.results.evidence import agrees, recompute
from cjm_research.stats.shares import wilson
from tests.analysis.surveys.made import chosen
from tests.journey_map.recount import disagreements
from tests.studies import interactions, make_study

JOURNEY = {"stages": [{"name": "Buy", "touchpoints": [{"name": "Till"}]}, {"name": "Use", "match": [{"event": "open"}], "touchpoints": []}]}
SOURCES = [{"name": "survey", "kind": "survey", "files": "x.csv", "questions": [
    {"column": "how", "instrument": "choice", "touchpoint": "Till"}, {"column": "what_*", "id": "what", "instrument": "choice", "stage": "Use"}, {"column": "who", "instrument": "choice"}]}]


def _rows(n: int = 12) -> pd.DataFrame:
    how = chosen("how", ["card"] * (n - 4) + ["cash"] * 3 + [None], touchpoint="Till", stage="Buy")
    what = chosen("what", [["a", "b"], ["a"], ["b"], ["a", "b", "c"]] + [["a"]] * (n - 4), stage="Use")
    nothing = pd.DataFrame([{"response_id": "z", "customer_id": "z", "source": "survey", "question_id": "what", "question": "which what", "instrument": "choice", "answer": None, "stage": "Use"}])
    return pd.concat([how, what, nothing, chosen("who", ["me"] * n)], ignore_index=True)


def test_shares_are_of_people_who_were_shown_the_question(tmp_path: Path) -> None:
    study = make_study(tmp_path, {"responses": _rows()}, journey=JOURNEY, sources=SOURCES)
    found = survey_choices(study)
    table = found["choices"].set_index(["question_id", "answer"])[["n", "base"]].to_dict("index")
    # the base of several answers is twelve who ticked and one who said no to all, never the ticks
    assert table == {("how", "card"): {"n": 8, "base": 11}, ("how", "cash"): {"n": 3, "base": 11}, ("what", "a"): {"n": 11, "base": 13}, ("what", "b"): {"n": 3, "base": 13}, ("what", "c"): {"n": 1, "base": 13}}
    assert {(f.lane, f.touchpoint, f.stage, f.label) for f in found.findings} == {("answers", "Till", "Buy", "card – which how"), ("answers", "Till", "Buy", "cash – which how"),
                                                                                 *(("answers", None, "Use", f"{x} – which what") for x in "abc")}
    for f in found.findings:
        assert f.estimate is not None and agrees(f.estimate, *recompute(study, f.evidence[0], "share")), f
        assert (f.estimate.low, f.estimate.high) == pytest.approx(tuple(float(v) for v in wilson(f.estimate.n, f.estimate.base)))
    assert found.sentences == ["2 questions with choices lie on the map."]  # of thirteen nothing is a headline
    with policy.following(LeastEvidence(headline_from=12)):
        assert survey_choices(study).sentences[0] == "At “Use”, 11 of 13 respondents choose “a”."
    shown = {r["question_id"]: r["shown"] for r in where_shown(study, ["60_journey_map"])}
    assert shown == {"how": ["map: answers (under everything), Till"], "what": ["map: answers (under everything), Use"], "who": []}


def test_who_answered_twice_counts_by_the_last_answer_and_the_map_counts_alike(tmp_path: Path) -> None:
    again = chosen("how", ["cash"], touchpoint="Till", stage="Buy", answered_at=pd.Timestamp("2026-02-01", tz="UTC")).assign(response_id="later")
    study = make_study(tmp_path, {"responses": pd.concat([_rows().assign(answered_at=pd.Timestamp("2026-01-01", tz="UTC")), again], ignore_index=True),
                                  "interactions": interactions(*((f"c{i:05d}", "open", "2026-01-02", "Use") for i in range(12)))}, journey=JOURNEY, sources=SOURCES)
    assert survey_choices(study)["choices"].set_index("answer").loc["card", ["n", "base"]].tolist() == [7, 11]
    findings = [f for f in journey_map(study).findings if f.lane == "answers"]
    done, wrong = disagreements(study, findings, {})
    assert wrong == [] and done == {"answers": 5}
    # the journey's rules may place a question that names nothing itself
    unsaid = [{**SOURCES[0], "questions": [{k: v for k, v in q.items() if k not in ("touchpoint", "stage")} for q in SOURCES[0]["questions"]]}]  # type: ignore[attr-defined]
    assert sum(f.lane == "answers" for f in journey_map(study.with_params(sources=unsaid)).findings) == 5


def test_few_people_of_a_group_are_not_told(tmp_path: Path) -> None:
    study = make_study(tmp_path, {"responses": _rows(40)}, journey=JOURNEY, sources=SOURCES, privacy={"min_cell": 3})
    assert len(survey_choices(study)["choices"]) == 5
    group = survey_choices(study.only("all", [f"c{i:05d}" for i in range(40)]))
    # all but one chose a, and one chose c: either tells of that one
    assert group["choices"]["answer"].tolist() == ["card", "cash", "b"] and "2 answers are not shown" in " ".join(group.caveats)
    with pytest.raises(NotEnoughData, match="fewer than 5"):
        survey_choices(study.with_params(privacy={"min_cell": 5}).only("all", [f"c{i:05d}" for i in range(40)]))


def test_without_a_place_nothing_lies_on_the_map(tmp_path: Path) -> None:
    study = make_study(tmp_path, {"responses": chosen("who", ["me", "you"])}, journey=JOURNEY)
    with pytest.raises(NotEnoughData, match="names a touchpoint"):
        survey_choices(study)
