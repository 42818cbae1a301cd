"""`table` and `show` in a chapter: which rows, whose names, and what stands where there is nothing to show."""

from __future__ import annotations

import ast
import json
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from cjm_research.notebook import chapter
from cjm_research.results.declared import Frame, count, text
from cjm_research.results.result import Result
from cjm_research.errors import BadInput, NotEnoughData


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    out: list[Any] = []
    monkeypatch.setattr(chapter, "display_block", out.append)
    monkeypatch.setattr(chapter, "say", out.append)
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


def test_options_that_a_question_or_chart_has_not_are_refused(shown: list[Any]) -> None:
    def question(study: Any, *, window: str | None = None) -> Result:
        raise AssertionError("not asked")

    def chart(result: Result, most: int = 8) -> None:
        raise AssertionError("not drawn")

    with pytest.raises(BadInput, match=r"ask question: unknown option 'windw'\. Did you mean 'window'\?"):
        chapter.ask(question, None, windw=None)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match=r"show chart: unknown option 'mots'\. Did you mean 'most'\?"):
        chapter.show(chart, ANSWER, mots=3)
    assert shown == []


def test_headings_come_from_the_declaration_with_the_facts_they_name(shown: list[Any]) -> None:
    frame = Frame("steps", "Steps of {who}", (text("name", "Step"), count("step", "Number, {unit}")), shown=("step", "name"), if_empty="No step.")
    answer = Result("Who?", dict(ANSWER.frames), facts={"who": "Buyers", "unit": "EUR"}, declared={"steps": frame, "none": replace(frame, name="none")})
    chapter.table(answer, "steps")
    block, = shown
    assert (block.caption, [c["label"] for c in block.columns]) == ("Steps of Buyers", ["Number, EUR", "Step"])
    chapter.table(answer, "none")
    assert shown[1] == "No step."
    with pytest.raises(BadInput, match=r"(?s)unknown column 'nmae'\. Did you mean 'name'\?"):
        chapter.table(answer, "steps", columns=["nmae"])
    with pytest.raises(BadInput, match=r"(?s)unknown frame 'stpes'\. Did you mean 'steps'\?"):
        chapter.table(answer, "stpes")
    with pytest.raises(BadInput, match=r"(?s)table steps: where: unknown column 'stp'\. Did you mean 'step'\?"):
        chapter.table(answer, "steps", where="stp > 1")


def test_no_chapter_writes_a_heading(root: Any) -> None:
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] != "code":
                continue
            for call in ast.walk(ast.parse("".join(cell["source"]))):
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "table":
                    written = [a for a in [*call.args, *(k.value for k in call.keywords)] if isinstance(a, ast.Dict)]
                    assert not written, f"{path.name}: {ast.unparse(call)[:80]}: headings stand in the question's declaration"
