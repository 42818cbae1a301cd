"""Declarations: what they refuse, how a frame may differ from one, and options compared with the signature."""

from __future__ import annotations

import pandas as pd
import pytest

from cjm_research.errors import BadInput
from cjm_research.results.declared import Column, Frame, check_answer, check_options, count, declares, estimate, frames_of, interval, share, text
from cjm_research.results.result import Result

STEPS = Frame("steps", "Steps", (text("name", "Step"), *estimate(), share("of_previous", "Of step before"), interval("of_previous"), count("odd", "Odd", internal=True)), key=("name",))
ROW = {"name": "a", "value": 0.5, "low": 0.4, "high": 0.6, "n": 5, "base": 10, "unit": "share", "method": "Wilson", "of_previous": 0.5}


@declares(STEPS)
def steps(study: object, name: str, *, window: str | None = None) -> Result:
    return Result("?", {"steps": pd.DataFrame([ROW])})


def test_a_frame_as_declared_does_not_differ() -> None:
    assert STEPS.differences(pd.DataFrame([ROW])) == []
    assert STEPS.differences(pd.DataFrame([{**ROW, "of_previous_low": 0.4, "of_previous_high": 0.6, "odd": 1}])) == [], "ends and inner columns may be there"
    assert STEPS.differences(pd.DataFrame()) == [], "nothing at all"


def test_columns_too_many_and_too_few_are_named() -> None:
    frame = pd.DataFrame([{**ROW, "extra": 1}]).drop(columns="n")
    assert STEPS.differences(frame) == ["column extra is not declared", "declared column n is absent"]


def test_an_answer_otherwise_than_declared_is_a_fault_of_the_question() -> None:
    check_answer(steps, Result("?", {"steps": pd.DataFrame([ROW])}))
    with pytest.raises(ValueError, match="steps answers otherwise than it declares: frame steps: column extra is not declared; frame more: it is not declared"):
        check_answer(steps, Result("?", {"steps": pd.DataFrame([{**ROW, "extra": 1}]), "more": pd.DataFrame()}))
    check_answer(lambda study: Result("?"), Result("?", {"mine": pd.DataFrame({"x": [1]})}))  # nothing declared, nothing checked
    assert dict(frames_of(steps)) == {"steps": STEPS}


@pytest.mark.parametrize(("columns", "more"), [
    ((text("a", "A"), text("a", "B")), {}), ((text("a", "A"),), {"key": ("b",)}), ((text("a", "A"),), {"shown": ("b",)}), ((interval("a"),), {})])
def test_a_declaration_that_names_no_column_of_its_own_is_refused(columns: tuple[Column, ...], more: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(ValueError, match="frame f"):
        Frame("f", "F", columns, **more)


def test_a_unit_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="unit 'percent' is none of"):
        Column("a", "A", "percent")


def test_an_option_that_is_none_is_refused_with_the_nearest_and_the_list() -> None:
    check_options(steps, {"name": "x", "window": "3d"}, "ask")
    with pytest.raises(BadInput, match=r"(?s)ask steps: unknown option 'windwo'\. Did you mean 'window'\?.*allowed: name, persona, window"):
        check_options(steps, {"name": "x", "windwo": "3d"}, "ask", ("persona",))
    with pytest.raises(BadInput, match="ask steps: name not given"):
        check_options(steps, {}, "ask")
    with pytest.raises(BadInput, match="unknown option 'study'"):  # it is asked of the study; that is no option
        check_options(steps, {"name": "x", "study": 1}, "ask")


def test_a_question_that_takes_any_option_says_itself_which() -> None:
    def free(study: object, **options: object) -> None: ...

    check_options(free, {"anything": 1}, "ask")
