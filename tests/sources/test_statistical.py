"""Files of SPSS and Stata: codes, labels, wordings and what is declared as missing, as the program that wrote them knows them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cjm_research.errors import BadInput, CjmError
from cjm_research.sources.contract import ImportReport, SourceTables
from cjm_research.sources.reading.statistical import is_statistical, read_labelled, read_statistical

from .helpers import read

FRAME = pd.DataFrame({"id": ["a", "b", "c", "d"], "sat": [1.0, 5.0, 98.0, 3.0], "sex": [1.0, 2.0, 2.0, None], "years": [1.5, 20.0, 99.0, 3.0], "t1": [1.0, 0.0, 1.0, 0.0], "t2": [0.0, 0.0, 1.0, 1.0],
                      "day": pd.to_datetime(["2026-01-02", "2026-03-04", None, "2026-05-06"]), "city": ["Köln", "", "Łódź", "Paris"]})
WORDINGS = {"sat": "How satisfied are you?", "sex": "Sex", "t1": "Used: app", "t2": "Used: shop"}
LABELS = {"sat": {1.0: "Very bad", 5.0: "Very good", 98.0: "Don't know"}, "sex": {1.0: "female", 2.0: "male"}, "t1": {0.0: "no", 1.0: "yes"}, "t2": {0.0: "no", 1.0: "yes"}}


@pytest.fixture
def sav(tmp_path: Path) -> Path:
    path = tmp_path / "wave.sav"
    pyreadstat.write_sav(FRAME, str(path), column_labels=WORDINGS, variable_value_labels=LABELS, missing_ranges={"sat": [98], "years": [{"lo": 97, "hi": 99}]})
    return path


def ask(path: Path, *questions: dict[str, Any], **more: Any) -> SourceTables:
    return read("survey", path.parent / "raw", {path.name: path.read_bytes()}, columns={"response_id": "id", **more.pop("columns", {})}, questions=list(questions), **more)


def test_a_survey_of_spss(sav: Path) -> None:
    found = ask(sav, {"column": "sat", "instrument": "csat", "scale": [1, 5]}, {"column": "years", "instrument": "number"}, {"column": "t*", "id": "used", "instrument": "choice"},
                {"column": "city", "instrument": "text"}, columns={"answered_at": "day"}, settings={"attributes": ["sex"]})
    rows = found.tables["responses"]
    by = {q: dict(zip(part["response_id"], part["score"].astype(object).where(part["score"].notna(), part["answer"]), strict=True)) for q, part in rows.groupby("question_id")}
    assert by["sat"] == {"a": 1.0, "b": 5.0, "d": 3.0} and by["years"] == {"a": 1.5, "b": 20.0, "d": 3.0} and by["city"] == {"a": "Köln", "c": "Łódź", "d": "Paris"}
    assert sorted(rows.loc[rows["question_id"] == "used", ["response_id", "answer"]].dropna().itertuples(index=False, name=None)) == [("a", "app"), ("c", "app"), ("c", "shop"), ("d", "shop")]
    sat = rows[rows["question_id"] == "sat"].iloc[0]
    assert sat["question"] == "How satisfied are you?" and bool(sat["higher_is_better"])  # as the file's own labels say
    assert str(sat["answered_at"])[:10] == "2026-01-02"
    assert any("sat: \"Don't know\" 1×" in n and "years: '99' 1×" in n for n in found.report.notes)
    people = found.tables["customers"].set_index("customer_key")["attributes"]
    assert [('"female"' in a, '"male"' in a) for a in people.head(3)] == [(True, False), (False, True), (False, True)]
    assert found.report.answers["sat"] == {"cells": 4, "scored": 3, "empty": 1}


def test_other_kinds_read_labels(sav: Path) -> None:
    frame = read_statistical(sav, report := ImportReport("s", "customers"), "here")
    assert frame["sex"].tolist()[:3] == ["female", "male", "male"] and frame["sex"].isna().tolist() == [False, False, False, True]
    assert frame["sat"].tolist()[:2] == ["1", "5"] and frame["t1"].tolist() == ["yes", "no", "yes", "no"]  # 3 has no label: the scale keeps its codes
    assert frame["day"].tolist()[0] == "2026-01-02 00:00:00" and frame["city"].isna().tolist() == [False, True, False, False]
    assert any("SPSS: 4 rows, 8 variables" in n for n in report.notes)


def test_stata(tmp_path: Path) -> None:
    path = tmp_path / "wave.dta"
    pyreadstat.write_dta(FRAME.assign(sex=FRAME["sex"].fillna(2)), str(path), column_labels=WORDINGS, variable_value_labels={k: {int(c): v for c, v in of.items()} for k, of in LABELS.items()})
    assert is_statistical(path)
    found = read_labelled(path, ImportReport("s", "survey"), "here")
    assert found.by_labels("sex").tolist() == ["female", "male", "male", "male"] and found.wordings["sat"] == "How satisfied are you?"
    assert found.codes_with_labels("sat").tolist() == ["1 - Very bad", "5 - Very good", "98 - Don't know", "3"]
    old = tmp_path / "old.dta"
    FRAME.drop(columns=["day", "city"]).to_stata(old, version=114, write_index=False)
    assert is_statistical(old) and read_labelled(old, ImportReport("s", "survey"), "here").codes["years"].tolist() == ["1.5", "20", "99", "3"]


def test_values_agree_with_pandas(sav: Path) -> None:
    codes = read_labelled(sav, ImportReport("s", "survey"), "here").codes
    plain = pyreadstat.read_sav(str(sav))[0]  # user-missing values are missing there
    for column in ("sat", "sex", "years", "t1", "t2"):
        pd.testing.assert_series_equal(codes[column].astype("Float64").astype(float), plain[column], check_dtype=False)


@settings(max_examples=12, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.data())
def test_a_damaged_file_is_one_message(sav: Path, data: st.DataObject) -> None:
    raw = bytearray(sav.read_bytes())
    if data.draw(st.booleans()):
        raw = raw[: data.draw(st.integers(16, len(raw) - 1))]
    for _ in range(data.draw(st.integers(0, 4))):
        raw[data.draw(st.integers(12, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path = sav.parent / "bad.sav"
    path.write_bytes(raw)
    try:
        read_labelled(path, ImportReport("s", "survey"), "here")
    except CjmError as problem:
        assert "whole .sav" in str(problem)


def test_without_the_extra_it_is_said(sav: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(BadInput, match="pyreadstat is not installed"):
        read_labelled(sav, ImportReport("s", "survey"), "here")
