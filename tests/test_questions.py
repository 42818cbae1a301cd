"""The list of questions: complete, lazy, and every name in it resolves."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from cjm_research.errors import BadInput
from cjm_research.questions import QUESTIONS, Question, question, resolve
from cjm_research.results.lanes import BY_NAME
from cjm_research.tables import TABLES
from tests.studies import interactions, make_study


def functions(folder: Path, returns: str, first: str) -> set[str]:
    """"file:function" of the public functions of a folder that return this and whose first parameter is named so."""
    found = set()
    for path in folder.rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if (isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and node.returns is not None
                    and ast.unparse(node.returns) == returns and node.args.args and node.args.args[0].arg == first):
                found.add(f"{path.name}:{node.name}")
    return found


def listed(names: list[str]) -> set[str]:
    return {f"{Path(str(sys.modules[f.__module__].__file__)).name}:{f.__name__}" for f in map(resolve, names)}


def test_every_public_question_is_in_the_list(root: Path) -> None:
    package = root / "src" / "cjm_research"
    public = functions(package / "analysis", "Result", "study") | functions(package / "journey_map", "Result", "study")
    known = listed([q.function for q in QUESTIONS])
    assert public - known == set(), "a question that is in no line of QUESTIONS (src/cjm_research/questions.py)"
    assert known - public == set()


def test_every_chart_belongs_to_a_question(root: Path) -> None:
    named = [c for q in QUESTIONS for c in q.charts]
    assert functions(root / "src" / "cjm_research" / "plots", "Chart", "result") - listed(named) == set(), "a chart that no question of QUESTIONS names in charts="
    assert all(callable(resolve(c)) for c in named)


def test_names_are_told_apart_and_tables_and_lanes_are_known() -> None:
    assert len({q.name for q in QUESTIONS}) == len(QUESTIONS) == len({q.function for q in QUESTIONS})
    assert {t for q in QUESTIONS for t in (*q.needs, *q.needs_any)} <= set(TABLES)
    assert {lane for q in QUESTIONS for lane in q.lanes} - set(BY_NAME) == set(), "a lane that is no row of LANES (src/cjm_research/results/lanes.py)"
    assert all(q.asks.endswith("?") and q.asks[0].isupper() for q in QUESTIONS)


def test_the_map_asks_every_question_that_names_a_lane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cjm_research.journey_map import compose

    assert compose._BY_HAND - {q.name for q in QUESTIONS if q.lanes} == set(), "asked for the map, but its line in QUESTIONS names no lane"
    new = Question("refunds", "Who asks for a refund?", "analysis.satisfaction:satisfaction", lanes=("pain",))
    monkeypatch.setattr(compose, "QUESTIONS", (*QUESTIONS, new))
    study = make_study(tmp_path, {"interactions": interactions(("a", "x", "2026-01-01"))})
    asked = [name for name, _ in compose._questions(study, {})]
    assert asked.count("refunds") == 1 and len(set(asked)) == len(asked)


def test_a_question_by_a_name_that_is_not_listed_is_refused_with_the_nearest() -> None:
    assert question("funnel").answers.__name__ == "funnel"
    with pytest.raises(BadInput, match=r"unknown question 'funel'\. Did you mean 'funnel'\?"):
        question("funel")


def test_options_are_the_parameters_after_the_study() -> None:
    assert list(question("satisfaction").options) == ["weighted", "of_group"]
    assert question("funnel").options["window"].default is None


def test_reading_the_list_imports_no_question() -> None:
    code = "import sys; import cjm_research.questions; print(sorted({'pandas', 'numpy', 'duckdb'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
