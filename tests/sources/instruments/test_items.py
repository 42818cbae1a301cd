"""Rankings, sums that are shared out, grids and quantities: values by hand, every cell accounted for, what is no order refused in words."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cjm_research.errors import BadInput
from cjm_research.sources.contract import SourceTables

from ..helpers import read


def ask(text: str, *questions: dict[str, Any], **more: Any) -> SourceTables:
    with tempfile.TemporaryDirectory() as folder:
        return read("survey", Path(folder), {"x.csv": text}, columns={"response_id": "id"}, questions=list(questions), **more)


def scores(tables: SourceTables) -> dict[str, dict[str, float | None]]:
    """Question → respondent → score; None: asked, without one."""
    out: dict[str, dict[str, float | None]] = {}
    for r in tables.tables["responses"].to_dict("records"):
        out.setdefault(str(r["question_id"]), {})[str(r["response_id"])] = None if pd.isna(r["score"]) else float(r["score"])
    return out


PLACES = {"prio_Price": {"1": 1, "2": 2}, "prio_Speed": {"1": 2, "2": 1}, "prio_Taste": {"1": 3, "2": None}}


@pytest.mark.parametrize(("text", "question"), [
    ("id,Price,Speed,Taste\n1,1,2,3\n2,2,1,\n3,,,\n", {"column": "Price .. Taste", "id": "prio"}),
    ("id,Q1 [Price],Q1 [Speed],Q1 [Taste]\n1,1st,2nd,3rd\n2,2.0,1.0,N/A\n3,,,\n", {"column": "Q1 [*]", "id": "prio"}),
    ("id,a,b,c\n1,1,2,3\n2,2,1,99\n3,,,\n", {"column": "a .. c", "id": "prio", "missing": [99], "labels": {"a": "Price", "b": "Speed", "c": "Taste"}}),
    ("id,r1,r2,r3\n1,Price,Speed,Taste\n2,Speed,price,\n3,,,\n", {"column": "r*", "id": "prio"}),
    ("id,r\n1,Price;Speed;Taste\n2,Speed;Price\n3,\n", {"column": "r", "separator": ";", "id": "prio"}),
    ("id,r\n1,\"Price, Speed, Taste\"\n2,\"Speed, Price\"\n3,\n", {"column": "r", "separator": ",", "choices": ["Price", "Speed", "Taste"], "id": "prio"}),
])
def test_a_ranking_in_every_layout(text: str, question: dict[str, Any]) -> None:
    found = ask(text, question | {"instrument": "ranking", "text": "What matters most?"})
    assert scores(found) == PLACES
    rows = found.tables["responses"]
    assert set(rows["question"]) == {f"What matters most? {i}" for i in ("Price", "Speed", "Taste")} and not rows["higher_is_better"].any()
    for went in found.report.answers.values():
        assert went["cells"] == 3 == sum(n for k, n in went.items() if k != "cells") and went["empty"] == 1


@pytest.mark.parametrize("cells", ["1,1,2", "1,3,", "2,3,", "0,1,2", "1,2,4", "1,2,x"])
def test_what_is_no_order_is_refused_and_said(cells: str) -> None:
    with pytest.raises(BadInput, match=r"no .*order|did not give an order|hold places, others words"):
        ask(f"id,a,b,c\n1,{cells}\n2,1,2,3\n", {"column": "a .. c", "id": "prio", "instrument": "ranking"})


def test_a_little_disorder_is_left_out_and_counted() -> None:
    text = "id,a,b\n" + "".join(f"{k},1,2\n" for k in range(200)) + "x,1,1\n"
    found = ask(text, {"column": "a .. b", "id": "p", "instrument": "ranking"})
    assert "x" not in scores(found)["p_a"] and found.report.answers["p_a"]["in no order"] == 1
    assert any("1 respondents did not give an order" in n for n in found.report.notes)


def test_a_sum_that_is_shared_out() -> None:
    text = "id,p_price,p_speed,p_taste\n1,60,40,\n2,100,0,0\n3,\"33,3\",\"33,3\",\"33,3\"\n4,,,\n"
    declared = ask(text, {"column": "p_*", "instrument": "points", "total": 100})
    assert scores(declared) == {"p_price": {"1": 60, "2": 100, "3": 33.3}, "p_speed": {"1": 40, "2": 0, "3": 33.3}, "p_taste": {"1": 0, "2": 0, "3": 33.3}}
    with pytest.raises(BadInput, match="different sums") as refused:
        ask(text.replace("60,40,", "60,30,"), {"column": "p_*", "instrument": "points"})
    assert "total: 100" in str(refused.value)
    with pytest.raises(BadInput, match="did not give points that make up 100"):
        ask(text.replace("60,40,", "60,30,"), {"column": "p_*", "instrument": "points", "total": 100})
    percent = ask("id,a,b\n1,60 %,40 %\n2,10%,90%\n", {"column": "a .. b", "id": "p", "instrument": "points"})
    assert scores(percent) == {"p_a": {"1": 60, "2": 10}, "p_b": {"1": 40, "2": 90}}


def test_a_grid_is_a_question_a_column() -> None:
    text = "id,g_price,g_speed\n1,5,4\n2,3 - ok,n/a\n3,,2\n"
    found = ask(text, {"column": "g_*", "instrument": "csat", "scale": [1, 5], "higher_is_better": True, "text": "How satisfied are you with"})
    assert scores(found) == {"g_price": {"1": 5, "2": 3}, "g_speed": {"1": 4, "3": 2}}
    assert set(found.tables["responses"]["question"]) == {"How satisfied are you with: price", "How satisfied are you with: speed"}
    named = ask(text, {"column": "g_price .. g_speed", "id": "sat", "instrument": "likert", "scale": [1, 5], "higher_is_better": True})
    assert set(scores(named)) == {"sat_g_price", "sat_g_speed"}
    with pytest.raises(BadInput, match="the id 'g_price' is given twice"):
        ask(text, {"column": "g_*", "instrument": "csat", "scale": [1, 5], "higher_is_better": True}, {"column": "id", "id": "g_price", "instrument": "text"})


@pytest.mark.parametrize(("column", "said"), [("g_speed .. g_price", "does not stand behind"), ("g_price .. g_sped", "g_sped"), ("g_price .. g_speed .. id", "more than a first and a last")])
def test_a_range_that_cannot_be_meant(column: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        ask("id,g_price,g_speed\n1,5,4\n", {"column": column, "id": "g", "instrument": "csat", "scale": [1, 5], "higher_is_better": True})


def test_quantities() -> None:
    text = "id,y\n1,\"1.200,5\"\n2,12 years\n3,n/a\n4,\n5,More than 20\n6,0\n7,99\n"
    found = ask(text, {"column": "y", "instrument": "number", "unit": "years", "labels": {"more than 20": 25}, "missing": [99]})
    assert scores(found)["y"] == {"1": 1200.5, "2": 12, "5": 25, "6": 0}
    assert found.report.answers["y"] == {"cells": 7, "scored": 4, "empty": 1, "declared missing": 1, "no-answer words": 1}
    with pytest.raises(BadInput, match=r"1 of 4 answers are no number, from 0 to 100"):
        ask(text, {"column": "y", "instrument": "number", "unit": "years", "labels": {"more than 20": 25}, "missing": [99], "scale": [0, 100]})
    with pytest.raises(BadInput, match="a few") as refused:
        ask("id,y\n1,a few\n2,3\n", {"column": "y", "instrument": "number"})
    assert "labels" in str(refused.value) and "missing" in str(refused.value)
    with pytest.raises(BadInput, match="decimals after"):
        ask("id,y\n1,1.25\n2,\"1,5\"\n", {"column": "y", "instrument": "number"})


@pytest.mark.parametrize(("question", "said"), [
    ({"instrument": "choice", "total": 100}, "total at a choice question"), ({"instrument": "choice", "unit": "years"}, "unit at a choice"),
    ({"instrument": "ranking", "scale": [1, 5]}, "scale or direction at a ranking"), ({"instrument": "number", "labels": {"many": "a lot"}}, "labels: 'many'"),
    ({"instrument": "likert", "scale": [1, 5], "column": "a .. b"}, "a range of columns without an id")])
def test_settings_of_another_instrument_are_refused(question: dict[str, Any], said: str) -> None:
    with pytest.raises(Exception, match=said):
        ask("id,a,b\n1,1,2\n", {"column": "a"} | question)


@settings(max_examples=40, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.lists(st.permutations([1, 2, 3, 4]).map(lambda p: p[:3] + [None]).filter(lambda p: sorted(x for x in p if x) == [1, 2, 3]) | st.permutations([1, 2, 3, 4]) | st.just([None] * 4),
                min_size=1, max_size=30))
def test_places_against_the_csv_module(rows: list[list[int | None]]) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([["id", "i_a", "i_b", "i_c", "i_d"], *([str(k), *("" if v is None else v for v in row)] for k, row in enumerate(rows, start=1))])
    text = out.getvalue()
    want: dict[str, dict[str, float | None]] = {}
    for row in csv.DictReader(io.StringIO(text)):
        cells = {c: row[c] for c in row if c != "id"}
        if any(cells.values()):
            for c, v in cells.items():
                want.setdefault(c, {})[row["id"]] = float(v) if v else None
    assert scores(ask(text, {"column": "i_*", "instrument": "ranking"})) == want
