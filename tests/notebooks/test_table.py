"""`table` and `show` in a chapter: which rows, whose names, and what stands where there is nothing to show."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from cjm_research.notebook import chapter
from cjm_research.results.result import Result
from cjm_research.errors import BadInput, NotEnoughData


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    out: list[Any] = []
    monkeypatch.setattr(chapter, "display_block", out.append)
    monkeypatch.setattr(chapter, "_say", out.append)
    return out


ANSWER = Result("Who?", {"steps": pd.DataFrame({"step": [1, 2, 3], "name": ["a", "b", "c"]}), "none": pd.DataFrame({"step": []})},
                facts={"compared": ["Buyers", "the others"]})


def test_rows_are_chosen_and_facts_named(shown: list[Any]) -> None:
    chapter.table(ANSWER, "steps", "{compared[0]} (first) against {compared[1]} (second)", ["name"], where="step > 1")
    block, = shown
    assert [r[0]["text"] for r in block.rows] == ["b", "c"] and block.caption == "Buyers (first) against the others (second)"


@pytest.mark.parametrize("frame", ["none", "steps"])
def test_a_table_without_rows(shown: list[Any], frame: str) -> None:
    chapter.table(ANSWER, frame, "x", where="step > 9", quiet=True)
    assert shown == []
    chapter.table(ANSWER, frame, "{absent}", where="step > 9", if_empty="Nobody is compared.")
    assert shown == ["Nobody is compared."]
    chapter.table(ANSWER, frame, "x", where="step > 9")
    assert shown[1].rows == []


def test_one_card_is_enough(shown: list[Any]) -> None:
    def chart(_: Result) -> None:
        raise NotEnoughData("cohorts", "no period is over")

    chapter.show(chart, ANSWER, quiet=True)
    assert shown == []
    chapter.show(chart, ANSWER)
    assert len(shown) == 1 and shown[0].title == "cohorts"


@pytest.mark.parametrize("caption", ["{absent}", "{", "{compared[7]}", "{compared.x}"])
def test_a_caption_that_names_no_fact_is_told(shown: list[Any], caption: str) -> None:
    with pytest.raises(BadInput, match="(?s)table: caption.*compared"):
        chapter.table(ANSWER, "steps", caption)
    assert shown == []
