"""A spreadsheet of an answer passes the release check, and erasures know of it."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from cjm_research.build import build
from cjm_research.erasing import erase_persons, published
from cjm_research.errors import CjmError, WouldExposePerson
from cjm_research.params import Workspace
from cjm_research.results.cache import answered
from cjm_research.results.result import Result
from cjm_research.study import Study, open_study
from tests.test_erase import sources


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path)
    sources(made)
    build("acme", made)
    return made


def words(study: Study, word: str = "fine") -> Result:
    return Result("What do they say?", {"texts": pd.DataFrame({"n": [int(study.scalar("SELECT count(*) FROM feedback"))], "text": [word]})})


def test_an_answer_that_names_somebody_is_not_written(place: Workspace, tmp_path: Path) -> None:
    study = open_study("acme", place)
    assert openpyxl.load_workbook(answered(words, study).to_excel(tmp_path / "fine.xlsx"))["texts"]["B2"].value == "fine"
    for word in ("asked by user3%40tinymail.de there", "USER3@tinymail.de", "call +49 171 5550123"):
        with pytest.raises(WouldExposePerson) as caught:
            answered(words, study, word=word).to_excel(tmp_path / "named.xlsx")
        assert word.lower() not in str(caught.value).lower() and caught.value.exit_code == 3
    with pytest.raises(WouldExposePerson):
        Result("Own?", {"texts": pd.DataFrame({"text": ["mail ana@firma.de"]})}).to_excel(tmp_path / "named.xlsx")
    study.close()
    assert sorted(p.name for p in tmp_path.glob("*.xlsx")) == ["fine.xlsx"]


def test_what_was_written_before_an_erasure_is_listed_and_not_written_again(place: Workspace, tmp_path: Path) -> None:
    study = open_study("acme", place)
    answer = answered(words, study)
    answer.to_excel(tmp_path / "before.xlsx")
    erase_persons("acme", ["user2@tinymail.de"], place)
    with pytest.raises(CjmError, match="erased since") as caught:
        answer.to_excel(tmp_path / "again.xlsx")
    assert "open_study" in caught.value.next and not (tmp_path / "again.xlsx").exists()
    assert [(p.folder, p.ours) for p in published("acme", place)] == [(tmp_path, False)]
    assert answered(words, open_study("acme", place)).to_excel(tmp_path / "after.xlsx").is_file()
