"""The reference has every public name, with what a caller must know of it."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path
from typing import Any

import pytest

import cjm_research
from cjm_research import plots
from cjm_research.command.reference import is_defined, public_names, reference_pages
from cjm_research.notebook.listing import Listing
from cjm_research.questions import QUESTIONS, question
from cjm_research.results.result import Result
from cjm_research.study import Study

ROOT = Path(__file__).resolve().parents[2]
MENU = [getattr(cjm_research, n) for n in ("ask", "open_coder", "open_studies", "open_study", "show", "table")]
METHODS = [getattr(cls, n) for cls, names in ((Study, "only query arrays scalar rows has need where_sql refresh with_params close sql question share mean"),
                                              (Result, "to_frame to_excel"), (Listing, "to_frame")) for n in names.split()]


def named() -> set[str]:
    """What the pages that lie in docs/reference name."""
    return {m for p in (ROOT / "docs" / "reference").glob("*.md") for m in re.findall(r"^::: (\S+)$", p.read_text(), re.MULTILINE)}


def test_every_public_name_stands_in_the_reference_and_is_there() -> None:
    assert set(public_names()) == named() and all(map(is_defined, named())) and not is_defined("cjm_research.study.Studdy")
    menu = {f"{getattr(cjm_research, n).__module__}.{n}" for n in cjm_research.__all__ if inspect.isfunction(getattr(cjm_research, n))}
    assert menu <= named() and len(menu) == 6
    assert {f"{q.answers.__module__}.{q.answers.__qualname__}" for q in QUESTIONS} <= named()
    assert set(dir(cjm_research)) <= {*cjm_research.__all__}


def test_every_chart_of_the_package_stands_in_it() -> None:
    pages = "\n".join(reference_pages().values())
    for module in dir(plots):
        drawing = importlib.import_module(f"cjm_research.plots.{module}")
        listed = {c.partition(":")[2] for q in QUESTIONS for c in q.charts if c.startswith(f"plots.{module}:")}
        assert listed and all(f"::: cjm_research.plots.{module}.{name}" in pages and hasattr(drawing, name) for name in listed)


@pytest.mark.parametrize("thing", [*MENU, *METHODS, question], ids=lambda t: t.__qualname__)
def test_a_public_function_tells_arguments_result_and_an_example(thing: Any) -> None:
    doc, signature = inspect.getdoc(thing) or "", inspect.signature(thing)
    for parameter in list(signature.parameters.values()):
        if parameter.name != "self":
            star = {parameter.VAR_POSITIONAL: "\\*", parameter.VAR_KEYWORD: "\\*\\*"}.get(parameter.kind, "")
            assert re.search(rf"^    {star}{parameter.name}: ", doc, re.MULTILINE), f"{thing.__qualname__} does not explain {parameter.name}"
    assert "Example:\n    >>> " in doc
    assert ("Returns:" in doc) == (signature.return_annotation != "None")


@pytest.mark.parametrize("q", QUESTIONS, ids=lambda q: q.name)
def test_a_question_names_its_frames_and_has_an_example(q: Any) -> None:
    assert inspect.getdoc(q.answers), q.name
    page = reference_pages()["docs/reference/questions.md"]
    called = re.search(rf"^study\.ask\.{q.name}\((.*)\)$", page, re.MULTILINE)
    assert called is not None
    needed = [o for o, p in q.options.items() if p.default is p.empty and p.kind is not p.VAR_KEYWORD]
    assert len([a for a in called[1].split(", ") if a]) == len(needed), "its example gives what it needs"
