"""Surveys and Qualtrics: scores by hand, traps of scales and codes, headers, attributes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cjm_research.errors import BadInput

from .helpers import read, tiny


def by_question(frame: pd.DataFrame) -> dict[str, list[tuple[str, Any, Any]]]:
    rows = frame.sort_values(["question_id", "response_id", "answer"])
    return {q: [(r, a, None if pd.isna(s) else s) for r, a, s in zip(g["response_id"], g["answer"], g["score"], strict=True)]
            for q, g in rows.groupby("question_id")}


def test_the_tiny_survey_by_hand() -> None:
    delivered = tiny("survey")
    assert by_question(delivered.tables["responses"]) == {
        "nps": [("1", "10", 10), ("3", "6", 6), ("4", "9", 9)],  # 11 is a code
        "aufwand": [("1", "1", 1), ("2", "5", 5), ("4", "2", 2)],
        "zufrieden": [("1", "sehr zufrieden", 5), ("2", "unzufrieden", 1), ("3", "3", 3)],  # 7: does not apply
        "kanal": [("1", "Filiale", None), ("1", "Web", None), ("2", "Web", None), ("3", "Filiale", None)],
        "gruende": [("1", "Auswahl", None), ("1", "Preis", None), ("2", "Preis", None)],
        "kommentar": [("1", "Gut", None), ("3", "Zu\nlangsam", None)],
    }
    rows = delivered.tables["responses"].drop_duplicates(["question_id", "response_id"]).set_index(["question_id", "response_id"]).sort_index()
    assert not rows.loc[("aufwand", "1"), "higher_is_better"]
    assert rows.loc[("nps", "1"), ["scale_min", "scale_max", "higher_is_better"]].tolist() == [0, 10, True]
    assert pd.isna(rows.loc[("kanal", "2"), "higher_is_better"])
    assert rows.loc[("nps", "4"), ["wave", "weight", "customer_key"]].tolist() == ["2", 1, "anna@example.org"]
    assert pd.isna(rows.loc[("nps", "3"), "weight"]) and pd.isna(rows.loc[("nps", "3"), "customer_key"])
    people = delivered.tables["customers"].set_index("customer_key")["attributes"].map(json.loads).to_dict()
    assert people == {"anna@example.org": {"alter": "unter 30"}, "ben@example.org": {"alter": "über 30"}}
    notes = " | ".join(delivered.report.notes)
    assert "no answer: nps 1, aufwand 1, zufrieden 1, kanal 1, gruende 2, kommentar 2" in notes
    assert "1 respondents have no weight" in notes


def ask(tmp_path: Path, text: str, *questions: dict[str, Any], **options: Any) -> Any:
    return read("survey", tmp_path, {"x.csv": text}, questions=list(questions), **options)


def test_answers_in_words(tmp_path: Path) -> None:
    text = "q\n10 - Extremely likely\n0 = not at all\nDon't know\n 7 \n9.0\n"
    rows = ask(tmp_path, text, {"column": "q", "instrument": "nps", "missing": ["don't KNOW"]}).tables["responses"]
    assert rows["score"].tolist() == [10, 0, 7, 9] and rows["answer"][0] == "10 - Extremely likely"
    # labels win over the digits of a code
    coded = ask(tmp_path, "q\n1\n2\n", {"column": "q", "instrument": "csat", "scale": [1, 5], "labels": {"1": 5, "2": 1}}).tables["responses"]
    assert coded["score"].tolist() == [5, 1]


def test_a_wrong_scale_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"3 of 4 answers are no number of the scale 1…5: '80' 2×, '95' 1×") as told:
        ask(tmp_path, "q\n80\n80\n95\n5\n", {"column": "q", "instrument": "csat", "scale": [1, 5]})
    assert "correct column and scale" in told.value.next
    with pytest.raises(BadInput, match="'happy' 1×"):
        ask(tmp_path, "q\nhappy\n", {"column": "q", "instrument": "csat", "scale": [1, 5]})
    report = ask(tmp_path, "q\n" + "\n".join(str(1 + i % 10) for i in range(200)) + "\n", {"column": "q", "instrument": "nps"}).report
    assert any("was it asked from 1 to 10" in n for n in report.notes)


@pytest.mark.parametrize(("questions", "said"), [
    ([], "no question is mapped"),
    ([{"column": "nope", "instrument": "text"}], "unknown column 'nope'"),
    ([{"column": "no*", "instrument": "choice"}], r"unknown column 'no\*'"),
    ([{"column": "q1", "id": "a", "instrument": "text"}, {"column": "q2", "id": "a", "instrument": "text"}], "the id 'a' is given twice")])
def test_wrong_maps(tmp_path: Path, questions: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        ask(tmp_path, "q1,q2\n1,2\n", *questions)


def test_a_column_named_with_a_star_is_itself(tmp_path: Path) -> None:
    rows = ask(tmp_path, "q*,qa\n1,2\n", {"column": "q*", "instrument": "text"}).tables["responses"]
    assert rows["answer"].tolist() == ["1"]


def test_respondents_become_customers_where_they_are_described(tmp_path: Path) -> None:
    question = {"column": "q", "instrument": "text"}
    plain = ask(tmp_path, "id,q,age\n1,a,30\n2,b,40\n", question, columns={"response_id": "id"})
    assert "customers" not in plain.tables and plain.tables["responses"]["customer_key"].isna().all()
    described = ask(tmp_path, "id,q,age\n1,a,30\n2,b,40\n", question, columns={"response_id": "id"}, settings={"attributes": ["age"]})
    assert described.tables["responses"]["customer_key"].tolist() == ["s:1", "s:2"]
    assert described.tables["customers"]["key_type"].unique().tolist() == ["respondent"]


def test_consent_is_never_guessed(tmp_path: Path) -> None:
    params: dict[str, Any] = {"columns": {"response_id": "id", "consent": "ok"}}
    question = {"column": "q", "instrument": "text"}
    agreed = ask(tmp_path, "id,q,ok\n1,a,Yes\n2,b,nein\n3,c,\n", question, **params).tables["customers"]["consent"]
    assert agreed.astype("object").where(agreed.notna(), "-").tolist() == [True, False, "-"]
    words = "id,q,ok\n1,a,✓\n2,b,✗\n3,c,I agree\n4,d,I do not agree.\n5,e,Ich stimme zu\n6,f,nicht einverstanden\n"
    agreed = ask(tmp_path, words, question, **params).tables["customers"]["consent"]
    assert agreed.tolist() == [True, False, True, False, True, False]
    with pytest.raises(BadInput, match="columns.consent: the answer 'maybe' is unknown"):
        ask(tmp_path, "id,q,ok\n1,a,maybe\n", question, **params)


def test_negative_weights_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="weights are negative"):
        ask(tmp_path, "q,w\n1,-1\n", {"column": "q", "instrument": "text"}, columns={"weight": "w"})


# --- Qualtrics --------------------------------------------------------------------------------------------------------


def test_the_tiny_qualtrics_by_hand() -> None:
    delivered = tiny("qualtrics")
    assert by_question(delivered.tables["responses"]) == {
        "nps": [("R_1", "10", 10), ("R_2", "3", 3), ("R_6", "7", 7)],
        "used": [("R_1", "App", None), ("R_1", "Web", None), ("R_2", "Web", None)],  # the header names what 1 stands for
        "Q3": [("R_1", "4 - satisfied", 4), ("R_2", "2", 2), ("R_6", "1", 1)],
        "Q4": [("R_1", 'Good, "really"', None), ("R_6", "offline", None)],
    }
    rows = delivered.tables["responses"].drop_duplicates(["question_id", "response_id"]).set_index(["question_id", "response_id"])
    assert rows.loc[("nps", "R_1"), "question"] == "Wie wahrscheinlich empfehlen Sie uns?"
    assert rows.loc[("used", "R_1"), "question"] == "Was nutzten Sie?"
    # Denver in January is UTC−7; the export says its zone itself
    assert rows.loc[("nps", "R_1"), "answered_at"] == pd.Timestamp("2026-01-05 15:05:01", tz="UTC")
    assert "anna@example.org" not in delivered.tables["responses"].to_json()


def test_qualtrics_settings() -> None:
    everybody = tiny("qualtrics", settings={"keep_unfinished": True, "attributes": ["segment"]})
    assert everybody.report.rows_kept["respondents"] == 4 and "not finished" not in everybody.report.dropped
    declared = tiny("qualtrics", timezone="UTC")
    assert declared.tables["responses"]["answered_at"].max() == pd.Timestamp("2026-01-05 13:05:01", tz="UTC")
    with pytest.raises(BadInput, match="Q1_NPS_GROUP holds groups") as told:
        tiny("qualtrics", questions=[{"column": "Q1_NPS_GROUP", "instrument": "nps"}])
    assert told.value.allowed == "Q1"


LEGACY = ("V1,V2,V3,V4,V5,V6,V7,V8,V9,V10,Q1,Q2,LocationLatitude,\n"
          "ResponseID,ResponseSet,Name,ExternalDataReference,EmailAddress,IPAddress,Status,StartDate,EndDate,Finished,Choice?,Free text,LocationLatitude,\n"
          "R_a,Default,Anonymous,k1,,192.0.2.1,0,2017-07-18 08:28:09,2017-07-18 08:28:48,1,2,Hello!,47.1,\n"
          "R_b,Default,Anonymous,k2,,192.0.2.1,1,2017-07-18 08:28:09,2017-07-18 08:28:48,1,2,Preview,47.1,\n")


def test_legacy_headers(tmp_path: Path) -> None:
    delivered = read("qualtrics", tmp_path, {"x.csv": LEGACY}, columns={"customer_id": "ExternalReference"},
                     questions=[{"column": "Q1", "instrument": "choice"}, {"column": "Q2", "instrument": "text"}])
    rows = delivered.tables["responses"]
    assert rows["response_id"].tolist() == ["R_a", "R_a"] and rows["customer_key"].tolist() == ["k1", "k1"]
    assert rows["question"].tolist() == ["Choice?", "Free text"] and rows["answered_at"][0] == pd.Timestamp("2017-07-18 08:28:48", tz="UTC")
    assert delivered.report.dropped == {"survey preview": 1} and delivered.report.rows_read == 2


def test_files_without_their_headers(tmp_path: Path) -> None:
    for text in ("StartDate,Q1\n2017-07-18 08:28:09,2\n", "StartDate,Q1\n"):
        with pytest.raises(BadInput, match="header row|ImportId are missing") as told:
            read("qualtrics", tmp_path, {"x.csv": text}, questions=[{"column": "Q1", "instrument": "text"}])
        assert "kind: survey" in told.value.next
