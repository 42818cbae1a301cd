"""Surveys, feedback and deals in the forms in which tools export them, from the file to the answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from cjm_research.errors import BadInput

from .helpers import read

SEEN = "Which of the films have you seen? Please select all that apply."
#: as SurveyMonkey writes it: a question's name stands over its first column only, and a second header row holds the choices
EXPORT = (f'RespondentID,Have you seen any?,"{SEEN}",,,Please rank the films,,,How likely are you to recommend them?\n'
          ",Response,Comet I  Dawn,Comet II  Noon,Comet III  Night,Comet I  Dawn,Comet II  Noon,Comet III  Night,\n"
          "101,Yes,Comet I  Dawn,,Comet III  Night,3,2,1,10 - Extremely likely\n"
          "102,No,,,,,,,\n"
          "103,Yes,Comet I  Dawn,Comet II  Noon,,1,2,3,0 - Not at all likely\n")
COLUMNS = {"columns": {"response_id": "RespondentID"}}


def test_a_survey_with_blank_headers(tmp_path: Path) -> None:
    questions = [{"id": "any", "column": "Have you seen any?", "instrument": "choice"}, {"id": "seen", "column": SEEN, "instrument": "choice"},
                 {"id": "nps", "column": "How likely are you to recommend them?", "instrument": "nps"}]
    found = read("survey", tmp_path, {"s.csv": EXPORT}, questions=questions, **COLUMNS)
    answers = found.tables["responses"].groupby("question_id")["answer"].agg(sorted).to_dict()
    assert answers["any"] == ["No", "Yes", "Yes"] and answers["seen"] == ["Comet I  Dawn", "Comet I  Dawn", "Comet II  Noon", "Comet III  Night"]
    assert sorted(found.tables["responses"]["score"].dropna()) == [0, 10]
    assert found.report.rows_read == 4 and found.report.dropped == {"second header row": 1}


def test_a_ranking_is_no_set_of_ticks(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not ticks of one question"):
        read("survey", tmp_path, {"s.csv": EXPORT}, questions=[{"id": "rank", "column": "Please rank the films", "instrument": "choice"}], **COLUMNS)


@pytest.mark.parametrize("hint", ["sep=;\n", '"sep=;"\n', ""])
def test_the_hint_of_a_separator_is_no_row(tmp_path: Path, hint: str) -> None:
    found = read("survey", tmp_path, {"s.csv": f"{hint}id;q\n1;9\n2;8\n"}, questions=[{"column": "q", "instrument": "nps"}], columns={"response_id": "id"})
    assert found.tables["responses"]["score"].tolist() == [9, 8] and found.report.rows_read == 2


def test_a_half_is_no_answer_to_nps(tmp_path: Path) -> None:
    nps = {"questions": [{"column": "q", "instrument": "nps"}], "columns": {"response_id": "id"}}
    with pytest.raises(BadInput, match="1 of 3 answers are no number of the scale"):
        read("survey", tmp_path, {"s.csv": "id,q\n1,9.5\n2,8\n3,7\n"}, **nps)
    many = read("survey", tmp_path, {"s.csv": "id,q\n" + "".join(f"{i},9\n" for i in range(200)) + "x,8.5\n"}, **nps)
    assert len(many.tables["responses"]) == 200 and any("'8.5' 1×" in n for n in many.report.notes)


def test_ratings_of_feedback(tmp_path: Path) -> None:
    columns = {"feedback_id": "id", "published_at": "at", "text": "t", "rating": "r"}
    found = read("feedback", tmp_path, {"f.csv": "id,at,t,r\n1,2024-01-01,a,5 stars\n2,2024-01-02,b,4/5\n3,2024-01-03,c,★★★☆☆\n4,2024-01-03,d,9\n"}, columns=columns, settings={"unreadable": 0.3})
    assert found.tables["feedback"]["rating"].fillna(0).tolist() == [5, 4, 3, 0]
    assert any("1 value of 4 cannot be read as points of the scale 1…5: '9' 1×" in n for n in found.report.notes)


def test_flags_of_deals(tmp_path: Path) -> None:
    columns = {"deal_id": "id", "entered_at": "at", "stage": "s", "is_won": "w"}
    found = read("crm", tmp_path, {"c.csv": "id,at,s,w\nd1,2024-01-01,A,WAHR\nd2,2024-01-02,B,FALSCH\nd3,2024-01-03,B,Closed Won\n"}, columns=columns)
    assert found.tables["deals"]["is_won"].tolist() == [True, False, True]
    with pytest.raises(BadInput, match="'perhaps' says neither yes nor no"):
        read("crm", tmp_path, {"c.csv": "id,at,s,w\nd1,2024-01-01,A,perhaps\n"}, columns=columns)


def test_words_of_qualtrics_that_nobody_knows_are_told(tmp_path: Path) -> None:
    head = 'ResponseId,Status,Finished,Q1\nResponse ID,Status,Finished,How?\n"{""ImportId"":""_recordId""}","{""ImportId"":""status""}","{""ImportId"":""finished""}","{""ImportId"":""QID1""}"\n'
    rows = "R_1,0,True,9\nR_2,1.0,True,9\nR_3,Umfragevorschau,True,8\nR_4,IP Address,Falsch,7\nR_5,Spam,True,7\n"
    found = read("qualtrics", tmp_path, {"q.csv": head + rows}, questions=[{"column": "Q1", "instrument": "nps"}])
    assert found.tables["responses"]["score"].tolist() == [9, 8]
    assert found.report.dropped == {"survey preview": 1, "spam": 1, "not finished": 1} and any("'umfragevorschau' (1 rows)" in n for n in found.report.notes)


@pytest.mark.parametrize(("condition", "kept"), [({"v": {">": 1000}}, ["a"]), ({"v": {"<=": 900}}, ["b", "c"]), ({"ok": True}, ["a", "c"]), ({"at": {">=": "2024-01-02"}}, ["b", "c"])])
def test_filters_compare_what_cells_mean(tmp_path: Path, condition: dict, kept: list[str]) -> None:
    found = read("events", tmp_path, {"e.csv": "u;at;e;v;ok\na;2024-01-01;x;1.250,50;True\nb;2024-01-02;x;900,00;false\nc;2024-01-03;x;1,0;TRUE\n"},
                 columns={"customer_id": "u", "occurred_at": "at", "event": "e"}, filter=condition)
    assert found.tables["interactions"]["customer_key"].tolist() == kept


@pytest.mark.parametrize("condition", [{"v": {">": "1000"}}, {"day": {">=": "2024-01-01"}}])
def test_filters_compare_no_text_as_numbers_or_days(tmp_path: Path, condition: dict) -> None:
    with pytest.raises(BadInput):
        read("events", tmp_path, {"e.csv": "u;at;e;v;day\na;2024-01-01;x;5;31/12/2023\n"}, columns={"customer_id": "u", "occurred_at": "at", "event": "e"}, filter=condition)


@pytest.mark.parametrize(("cells", "order"), [(["2.0", "1.0"], [2, 1]), (["1709287200000000002", "1709287200000000001"], [1709287200000000002, 1709287200000000001]), (["1e3", "7"], [1000, 7])])
def test_places_of_events_keep_every_digit(tmp_path: Path, cells: list[str], order: list[int]) -> None:
    rows = "".join(f"a,2024-01-01,{i},{cell}\n" for i, cell in enumerate(cells))
    found = read("events", tmp_path, {"e.csv": "u,at,e,n\n" + rows}, columns={"customer_id": "u", "occurred_at": "at", "event": "e", "sequence": "n"})
    assert found.tables["interactions"]["sequence"].tolist() == order
    with pytest.raises(BadInput, match="no whole numbers"):
        read("events", tmp_path, {"e.csv": 'u,at,e,n\na,2024-01-01,x,"1,001"\n'}, columns={"customer_id": "u", "occurred_at": "at", "event": "e", "sequence": "n"})
