"""Scores: direction, labels, what may stay unread, and the words of refusals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from cjm_research.errors import BadInput, BadInputs
from cjm_research.params.schema import Question

from ..helpers import read

CSAT = {"column": "q", "instrument": "csat", "scale": [1, 5], "higher_is_better": True}
NPS = {"column": "q", "instrument": "nps"}


def ask(tmp_path: Path, answers: list[str], question: dict[str, Any], **more: Any) -> Any:
    return read("survey", tmp_path, {"x.csv": "q\n" + "".join(f'"{a}"\n' for a in answers)}, questions=[question | more])


def scores(tmp_path: Path, answers: list[str], question: dict[str, Any], **more: Any) -> list[float]:
    return [float(s) for s in ask(tmp_path, answers, question, **more).tables["responses"].sort_values("response_id")["score"]]


def test_ends_with_words(tmp_path: Path) -> None:
    assert scores(tmp_path, ["Extremely likely - 10", "9", "Not at all likely - 0"], NPS) == [10, 9, 0]
    assert scores(tmp_path, ["Don’t agree", "Strongly\u00a0AGREE ", "Agree"], CSAT, labels={"Don't agree": 2, "Strongly agree": 5, "agree": 4}) == [2, 5, 4]


def test_what_cannot_be_read_is_refused_with_the_lines_that_map_it(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"2 of 10 answers are no number of the scale 0…10: 'Extremely likely' 1×, 'Not at all likely' 1×") as told:
        ask(tmp_path, ["Extremely likely", "Not at all likely", *"23456789"], NPS)
    assert '`labels: {"Extremely likely": 10, "Not at all likely": 0}`' in told.value.next and '`missing: [' in told.value.next
    with pytest.raises(BadInput, match=r"'11' 2×"):
        ask(tmp_path, ["11", "11", *["5"] * 50], NPS)
    assert len(scores(tmp_path, ["11", "11", *["5"] * 50], NPS, missing=[11])) == 50


def test_up_to_one_in_a_hundred_is_counted_and_listed(tmp_path: Path) -> None:
    found = ask(tmp_path, ["99", "soso", *["4"] * 198], CSAT)
    assert len(found.tables["responses"]) == 198
    assert found.report.answers["q"] == {"cells": 200, "scored": 198, "not on the scale": 1, "unreadable": 1}
    assert any("1 answers are not on the scale 1…5 and count as no answer ('99' 1×)" in n for n in found.report.notes)
    with pytest.raises(BadInput, match="3 of 200"):
        ask(tmp_path, ["99", "soso", "98", *["4"] * 197], CSAT)


def test_words_for_no_answer_are_no_scores(tmp_path: Path) -> None:
    found = ask(tmp_path, ["4", "N/A", "-", "Don’t know", "Weiß nicht", "Ne sais pas", "No sé"], CSAT)
    assert found.report.answers["q"] == {"cells": 7, "scored": 1, "no-answer words": 6}
    assert any("words that mean no answer: " in n and "'Weiß nicht' 1×" in n for n in found.report.notes)
    assert scores(tmp_path, ["4", "N/A"], CSAT, labels={"N/A": 3}) == [4, 3]  # declared beats the list


@pytest.mark.parametrize(("answers", "more", "higher"), [
    (["1 - Very satisfied", "5 - Very dissatisfied", "2"], {}, False), (["1 = sehr unzufrieden", "5 = sehr zufrieden"], {}, True),
    (["Satisfait", "2"], {"labels": {"Satisfait": 5}}, True), (["1", "2"], {"higher_is_better": False}, False)])
def test_words_say_the_direction(tmp_path: Path, answers: list[str], more: dict[str, Any], higher: bool) -> None:
    found = ask(tmp_path, answers, {"column": "q", "instrument": "csat", "scale": [1, 5]}, **more)
    assert found.tables["responses"]["higher_is_better"].tolist() == [higher] * len(answers) and not found.report.asks


@pytest.mark.parametrize("instrument", ["csat", "likert"])
def test_a_direction_that_nothing_says_is_asked(tmp_path: Path, instrument: str) -> None:
    found = ask(tmp_path, ["1", "1", "2", "9"], {"column": "q", "instrument": instrument, "scale": [1, 10]})
    assert found.tables["responses"]["higher_is_better"].isna().all()
    asked = found.report.asks
    assert len(asked) == 1 and "`higher_is_better: true` (10 is best) or `higher_is_better: false` (1 is best)" in asked[0]["next"]


def test_words_against_the_direction(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="the answers say the contrary: 'very satisfied' is 1"):
        ask(tmp_path, ["1 - Very satisfied", "2", "5"], CSAT)
    with pytest.raises(BadInput, match="recode the export") as told:
        ask(tmp_path, ["0 - Extremely likely", "10 - Not at all likely"], NPS)
    assert told.value.allowed
    with pytest.raises(BadInput, match="contradict each other"):
        ask(tmp_path, ["1 - Very satisfied", "5 - Very satisfied"], {"column": "q", "instrument": "csat", "scale": [1, 5]})
    # agreeing may be bad: words of agreement never contradict what is declared
    assert scores(tmp_path, ["1 - Strongly disagree", "5 - Strongly agree"], CSAT, higher_is_better=False) == [1, 5]
    with pytest.raises(BadInput, match="'5 - Good' stands for 5 in the export and for 4 under labels"):
        ask(tmp_path, ["5 - Good"], CSAT, labels={"Good": 4})


def test_all_questions_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadInputs) as told:
        read("survey", tmp_path, {"x.csv": "a,b\nx,y\n"}, questions=[CSAT | {"column": "a"}, CSAT | {"column": "b"}])
    assert "questions: a:" in told.value.text() and "questions: b:" in told.value.text()


@pytest.mark.parametrize("wrong", [
    {"instrument": "csat", "scale": [5, 1]}, {"instrument": "nps", "scale": [1, 5]}, {"instrument": "nps", "higher_is_better": False}, {"instrument": "ces", "scale": [1, 7]},
    {"instrument": "csat", "scale": [1, 5], "labels": {"good": 6}}, {"instrument": "csat", "scale": [1, 5], "labels": {"good": "best"}},
    {"instrument": "csat", "scale": [1, 5], "box": 5}, {"instrument": "likert", "scale": [1, 5], "box": 2}, {"instrument": "csat", "scale": [1, 5], "choices": ["a"]}])
def test_maps_that_cannot_be_meant(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Question.model_validate({"column": "q"} | wrong)
    assert Question.model_validate({"column": "q", "instrument": "choice", "labels": {1: "Web"}}).labels == {"1": "Web"}
