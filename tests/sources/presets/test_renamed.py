"""Columns that a system writes under several names: both in one export are refused in words, by every reader that renames."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from cjm_research.errors import BadInput
from cjm_research.params.schema import Source
from cjm_research.sources import SOURCES
from cjm_research.sources.contract import Context

from .samples import SAMPLES

ID = '{"ImportId":"x"}'


def lines(folder: Path, *rows: list[str]) -> Path:
    with (path := folder / "e.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def read(kind: str, path: Path, **more: Any) -> Any:
    return SOURCES[kind].read([path], Source(name="x", kind=kind, files=path.name, **more), Context("c", None))


def test_google_forms_with_its_first_column_twice(tmp_path: Path) -> None:
    path = lines(tmp_path, ["Zeitstempel", "How was it?", "Timestamp"], ["27.08.2014 11:29:31", "good", "1"], ["28.08.2014 11:29:31", "bad", "2"])
    with pytest.raises(BadInput, match="columns 'Zeitstempel' and 'Timestamp' are both 'Timestamp'"):
        read("google_forms", path, **SAMPLES["google_forms"][3])


def test_limesurvey_with_a_short_and_a_long_name_of_one_column(tmp_path: Path) -> None:
    path = lines(tmp_path, ["id. Response ID", "submitdate. Date submitted", "submitdate", "G1Q1[SQ001]. Was it good?", "lastpage"], ["1", "2026-03-02 09:00:00", "2026-03-02 09:00:00", "yes", "3"])
    with pytest.raises(BadInput, match="are both 'submitdate'"):
        read("limesurvey", path, **SAMPLES["limesurvey"][3])


def test_surveymonkey_with_both_spellings_of_its_id(tmp_path: Path) -> None:
    file, content, _, more = SAMPLES["surveymonkey"]
    head, *rest = content.decode().splitlines()
    names = next(csv.reader([head]))
    assert "Respondent ID" in names or "RespondentID" in names
    other = "RespondentID" if "Respondent ID" in names else "Respondent ID"
    (path := tmp_path / file).write_text("\n".join([f"{head},{other}", *(f"{r},7" for r in rest)]) + "\n")
    with pytest.raises(BadInput, match="are both 'Respondent ID'"):
        read("surveymonkey", path, **more)


def test_qualtrics_of_old_with_one_name_of_two_columns(tmp_path: Path) -> None:
    path = lines(tmp_path, ["V1", "V2", "Q1"], ["ResponseID", "Response ID", "How was it?"], ["R_1", "R_2", "5"])
    with pytest.raises(BadInput, match="columns 'V1' and 'V2' are both 'ResponseId'"):
        read("qualtrics", path, questions=[{"column": "Q1", "id": "q", "instrument": "text"}])
