"""Choices: several in a cell, a column each, and what is not melted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cjm_research.errors import BadInput

from ..helpers import read


def ask(tmp_path: Path, text: str, **question: Any) -> Any:
    return read("survey", tmp_path, {"x.csv": text}, columns={"response_id": "id"}, questions=[{"instrument": "choice", "id": "q"} | question])


def counted(found: Any) -> dict[str, int]:
    return found.tables["responses"]["answer"].value_counts().to_dict()


LISTED = 'id,u\n1,"Phone, e-mail"\n2,"Web shop, Store (city, centre)"\n3,Web shop\n4,"Web shop, by pigeon"\n'


def test_choices_with_commas(tmp_path: Path) -> None:
    found = ask(tmp_path, LISTED, column="u", separator=",", choices=["web shop", "Store (city, centre)", "Phone, e-mail"])
    assert counted(found) == {"web shop": 3, "Store (city, centre)": 1, "Phone, e-mail": 1, "by pigeon": 1}
    assert any("1 answers are none of the choices listed" in n and "'by pigeon' 1×" in n for n in found.report.notes)


def test_cut_choices_are_joined_beyond_doubt_or_refused(tmp_path: Path) -> None:
    found = ask(tmp_path, 'id,u\n1,"Phone, e-mail"\n2,"Web shop, Store (city, centre)"\n3,Web shop\n', column="u", separator=",")
    assert counted(found) == {"Web shop": 2, "Phone, e-mail": 1, "Store (city, centre)": 1}
    assert any("read as one choice each: 'Phone, e-mail', 'Store (city, centre)'" in n for n in found.report.notes)
    with pytest.raises(BadInput, match="'Phone' and 'Fax' occur in 'Phone, Fax' only") as told:
        ask(tmp_path, 'id,u\n1,"Phone, Fax"\n2,Web\n', column="u", separator=",")
    assert '`choices: ["Fax", "Phone", "Web"]`' in told.value.next
    assert counted(ask(tmp_path, 'id,u\n1,"1,3"\n2,"2,4"\n', column="u", separator=",")) == {"1": 1, "2": 1, "3": 1, "4": 1}
    assert counted(ask(tmp_path, "id,u\n1,Git;R\n2,NA\n", column="u", separator=";")) == {"Git": 1, "R": 1}


def test_spellings_are_joined_and_told(tmp_path: Path) -> None:
    found = ask(tmp_path, "id,u\n1,Never\n2,never\n3,Never\n4,Don’t know\n5,Don't know\n", column="u")
    assert counted(found)["Never"] == 3 and sorted(counted(found).values()) == [2, 3]
    assert any("'Never' from 'Never' 2×, 'never' 1×" in n for n in found.report.notes)


@pytest.mark.parametrize(("yes", "no"), [("True", "False"), ("1", "0"), ("1", ""), ("Yes", "No"), ("Ja", "Nein"), ("x", ""), ("✓", ""), ("Oui", "Non"), ("Checked", "Unchecked"), ("1.0", "0.0")])
def test_ticks_become_the_labels_of_their_columns(tmp_path: Path, yes: str, no: str) -> None:
    text = f"id,ch_price,ch_safety,ch_style\n1,{yes},{no},{yes}\n2,{yes},{yes},{no}\n3,{no},{no},{yes}\n4,{no},{no},{no}\n"
    found = ask(tmp_path, text, column="ch_*")
    assert counted(found) == {"price": 2, "safety": 1, "style": 2}
    went = found.report.answers["q"]
    assert went["kept"] == 5 and went["kept"] + went.get("not chosen", 0) + went.get("empty", 0) == went["cells"] == 12
    # zeros say that somebody was asked, blanks do not
    assert went.get("asked, none chosen", 0) == (1 if no else 0) and went.get("without any cell", 0) == (0 if no else 1)


@pytest.mark.parametrize(("header", "pattern", "labels"), [
    ("Which? [Web],Which? [Store]", "Which?*", {"Web", "Store"}), ("Q2. Which? - Web,Q2. Which? - Store - city", "Q2*", {"Web", "Store - city"}),
    ("used: Web,used: Store", "used*", {"Web", "Store"}), ("chWeb,chStore", "ch*", {"Web", "Store"}), ("a[SQ1]. Tools [Git],a[SQ2]. Tools [R]", "a[[]*", None),
    ("a[SQ1]. Tools [Git],a[SQ2]. Tools [R]", "a*", {"Git", "R"})])
def test_what_a_column_stands_for(tmp_path: Path, header: str, pattern: str, labels: set[str] | None) -> None:
    text = f"id,{header}\n1,1,\n2,,1\n"
    if labels is None:
        with pytest.raises(BadInput, match="unknown column"):
            ask(tmp_path, text, column=pattern)
    else:
        assert set(counted(ask(tmp_path, text, column=pattern))) == labels


def test_columns_without_names_need_labels(tmp_path: Path) -> None:
    text = "id,Q2_1,Q2_2\n1,1,\n2,,1\n"
    with pytest.raises(BadInput, match="but not what") as told:
        ask(tmp_path, text, column="Q2_*")
    assert "labels: {Q2_1:" in told.value.next
    assert counted(ask(tmp_path, text, column="Q2_*", labels={"Q2_1": "Web", "Q2_2": "Store"})) == {"Web": 1, "Store": 1}
    # with declared labels a column's one value is its tick, whatever its code
    assert counted(ask(tmp_path, "id,Q2_1,Q2_2\n1,1,\n2,1,2\n", column="Q2_*", labels={"Q2_1": "Web", "Q2_2": "Store"})) == {"Web": 2, "Store": 1}
    with pytest.raises(BadInput, match="'Q2_2' has no label"):
        ask(tmp_path, text, column="Q2_*", labels={"Q2_1": "Web"})


def test_own_texts_and_write_ins(tmp_path: Path) -> None:
    found = ask(tmp_path, "id,w - Web,w - Store,w - Other (please say)\n1,Web,,\n2,web,Store,by pigeon\n3,,,letter\n", column="w*")
    assert counted(found) == {"Web": 2, "Store": 1, "Other (please say)": 2}
    assert any("map the column with instrument: text" in n for n in found.report.notes)


@pytest.mark.parametrize("rows", [
    "1,Bio,,\n2,,Math,Git\n3,Bio,,Git\n",  # different questions, one value each
    "1,1,2,1\n2,2,1,1\n3,2,2,2\n",  # 1 yes, 2 no
    "1,4,5,4\n2,3,3,5\n3,4,4,4\n",  # a grid
    "1,red,small,Mon\n2,blue,large,Tue\n",  # three questions
    "1,True,False,maybe\n"])
def test_unlike_columns_are_not_melted(tmp_path: Path, rows: str) -> None:
    with pytest.raises(BadInput, match="not melted into one") as told:
        ask(tmp_path, f"id,c_1,c_2,c_3\n{rows}", column="c_*")
    assert told.value.allowed and "questions of their own" in told.value.next


def test_a_list_filled_from_the_left(tmp_path: Path) -> None:
    found = ask(tmp_path, "id,c_1,c_2\n1,14,5\n2,5,\n3,14,\n4,0,0\n", column="c_*", missing=[0])
    assert counted(found) == {"14": 2, "5": 2} and found.report.answers["q"]["declared missing"] == 2
    assert counted(ask(tmp_path, "id,c_1,c_2\n1,,Web\n2,Store,Web\n", column="c_*", choices=["Web", "Store"])) == {"Web": 2, "Store": 1}


def test_a_pattern_that_one_column_fits(tmp_path: Path) -> None:
    assert counted(ask(tmp_path, "id,c_1\n1,red\n2,blue\n", column="c_*")) == {"red": 1, "blue": 1}
    assert counted(ask(tmp_path, "id,c_web\n1,1\n2,0\n", column="c_*")) == {"web": 1}


def test_a_second_header_row_names_the_choices(tmp_path: Path) -> None:
    text = "id,Which did you use?,,Why?\n,Web - fast,Store,Open-Ended Response\n1,Web - fast,,cheap\n2,Web - fast,Store,\n"
    found = read("survey", tmp_path, {"x.csv": text}, columns={"response_id": "id"}, questions=[
        {"column": "Which did you use?", "id": "a", "instrument": "choice"}, {"column": "Why?", "id": "b", "instrument": "text"}])
    assert found.report.dropped == {"second header row": 1} and counted(found) == {"Web - fast": 2, "Store": 1, "cheap": 1}


QUALTRICS = ('RecordedDate,ResponseId,Finished,Q2_1,Q2_2,Q2_2_TEXT\nRecorded,ID,Finished,Which? - Selected Choice - Phone - urgent,Which? - Selected Choice - E-mail - urgent,'
             'Which? - E-mail - urgent - Text\n' + ",".join('"{""ImportId"":""' + x + '""}"' for x in "abcdef")
             + "\n2024-03-10 10:00:00,R_1,1,1,1,words\n2024-03-10 11:00:00,R_2,1,,1,\n")


def test_qualtrics_choices_with_dashes(tmp_path: Path) -> None:
    found = read("qualtrics", tmp_path, {"x.csv": QUALTRICS}, questions=[{"column": "Q2_*", "id": "q", "instrument": "choice"}])
    assert counted(found) == {"E-mail - urgent": 2, "Phone - urgent": 1} and set(found.tables["responses"]["question"]) == {"Which?"}
    assert any("Q2_2_TEXT holds what people wrote" in n for n in found.report.notes)


@pytest.mark.parametrize("rows", ["1,1,2,3\n2,2,1,3\n3,3,1,2\n", "1,1st,2nd,3rd\n2,2nd,1st,3rd\n", "1,Good,Bad,Ok\n2,Bad,Ok,Good\n3,Ok,Good,Bad\n"])
def test_rankings_and_grids_are_no_lists(tmp_path: Path, rows: str) -> None:
    for header in ("r_a,r_b,r_c", "r_1,r_2,r_3"):
        with pytest.raises(BadInput, match="not melted into one"):
            ask(tmp_path, f"id,{header}\n{rows}", column="r_*")


def test_codes_as_programs_write_them(tmp_path: Path) -> None:
    assert counted(ask(tmp_path, "id,w\n1,1.0\n2,02\n3,1\n", column="w", labels={1: "Phone", "2": "Mail"})) == {"Phone": 2, "Mail": 1}
