"""A published survey, from its files to the shares: bases are people who saw a question, and spellings of one answer are one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cjm_research.analysis.surveys import survey_answers
from cjm_research.errors import BadInput
from cjm_research.params.schema import Source
from cjm_research.results.result import Result
from cjm_research.sources import SOURCES
from cjm_research.sources.contract import Context
from cjm_research.stats.survey.weighting import evenness, rake
from tests.studies import make_study

AGREE = ["Strongly disagree", "Disagree", "Neither agree or disagree", "Agree", "Strongly Agree"]


@pytest.fixture(scope="module")
def cases(shared: Path) -> dict[str, Any]:
    return {c["name"]: c for c in json.loads((shared / "oracles" / "surveys.json").read_text())}


def asked(shared: Path, folder: Path, year: int, prefix: str, **question: Any) -> Result:
    """The answers to one question of a year's survey, read as delivered."""
    path = shared / "data" / "rse_survey" / f"uk_{year}.csv.gz"
    columns = [c for c in pd.read_csv(path, nrows=0).columns if c.startswith(prefix)]
    source = Source.model_validate({"name": "s", "kind": "survey", "files": path.name, "timezone": "UTC",
                                    "questions": [{"id": "q", "column": columns[0] if len(columns) == 1 else f"{prefix}*", **question}]})
    rows = SOURCES["survey"].read([path], source, Context("acme", "UTC")).tables["responses"]
    return survey_answers(make_study(folder, {"responses": rows.drop(columns=[c for c in rows if c in ("key_type", "customer_key")])}))


def test_the_base_of_several_answers_is_who_saw_the_question(shared: Path, cases: dict[str, Any], tmp_path: Path) -> None:
    e = cases["rse2017_multiselect_base"]["expected"]
    result = asked(shared, tmp_path, 2017, "tool4can", instrument="choice")
    rows = result["answers"].set_index("answer")
    assert set(rows["base"]) == {e["base"]} and int(rows["n"].sum()) == e["total_ticks"]
    assert {k: int(rows.loc[k, "n"]) for k in e["counts"]} == e["counts"]
    assert rows.loc["Python", "value"] == pytest.approx(e["python_share"], abs=1e-9)


def test_a_likert_item(shared: Path, cases: dict[str, Any], tmp_path: Path) -> None:
    e = cases["rse2016_likert"]["expected"]
    scale = {"scale": [1, 5], "higher_is_better": True, "labels": {a: k for k, a in enumerate(AGREE, start=1)}}
    rows = asked(shared, tmp_path / "box", 2016, "affSat1", instrument="csat", **scale)["answers"].set_index("answer")
    assert [int(rows.loc[str(k), "n"]) for k in range(1, 6)] == [e["counts"][a] for a in AGREE] and set(rows["base"]) == {e["n"]}
    assert rows.loc["satisfied", "value"] == pytest.approx(e["top2"], abs=1e-9)
    head = asked(shared, tmp_path / "mean", 2016, "affSat1", instrument="likert", **scale)["questions"].iloc[0]
    assert head["value"] == pytest.approx(e["mean"], abs=1e-9)


def test_spellings_of_one_answer_are_one(shared: Path, cases: dict[str, Any], tmp_path: Path) -> None:
    rows = asked(shared, tmp_path, 2016, "turnOver2", instrument="choice")["answers"].set_index("answer")
    e = cases["rse2016_trailing_space_codes"]["expected"]
    assert rows["n"].to_dict() == {"Sometimes": e["raw"]["Sometimes"], "Often": e["raw"]["Often"], "Never": e["never"]} | {
        k: n for k, n in rows["n"].items() if k not in ("Sometimes", "Often", "Never")}


def test_weights_that_bounds_would_leave_off_the_margins_are_refused(shared: Path, cases: dict[str, Any]) -> None:
    """Cutting these weights to [20, 40] breaks the margins, and nothing closes them again: said in words, never cut in silence."""
    frame, margins, trim = pd.read_csv(shared / "data" / "api_schools" / "apiclus1.csv"), cases["rake_apiclus1"]["inputs"]["margins"], cases["trim_apiclus1_raked"]
    mean = trim["expected"]["sum"] / len(frame)
    with pytest.raises(BadInput, match=r"stype: after 200 rounds the margin is still 0\.\d+ off its target"):
        rake({c: frame[c] for c in ("stype", "sch.wide")}, margins, start=frame["pw"], bounds=(trim["inputs"]["lower"] / mean, trim["inputs"]["upper"] / mean))


def test_kish_of_four(cases: dict[str, Any]) -> None:
    found, e = evenness(np.array(cases["kish_tiny"]["inputs"]["weights"], float)), cases["kish_tiny"]["expected"]
    assert (found.effective, found.design_effect) == pytest.approx((e["n_eff"], e["deff_kish"]), abs=1e-9)
