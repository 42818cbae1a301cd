"""The cache answers only what it can know: own code, options of any kind, and the tables an answer has read."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cjm_research.results.cache import answered
from cjm_research.results.identity import Unknowable, identity
from cjm_research.results.result import Result
from cjm_research.study import Study
from tests.studies import interactions, make_study

CELL = """
from cjm_research.results.result import Result
def counted(study, least=0):
    return Result("How many?", facts={"n": int(study.scalar("SELECT count(*) FROM interactions")) + RIGHT})
"""


@pytest.fixture
def study(tmp_path: Path) -> Study:
    feedback = pd.DataFrame({"feedback_id": ["f1"], "source": ["x"], "text": ["good"]})
    return make_study(tmp_path, {"interactions": interactions(("a", "view", "2026-01-01"), ("b", "view", "2026-01-02")), "feedback": feedback})


def cell(source: str, **names: Any) -> Callable[..., Result]:
    """The function `counted` as a notebook's cell defines it."""
    namespace = {"__name__": "__main__", **names}
    exec(compile(source, "<cell>", "exec"), namespace)
    return namespace["counted"]


def kept(study: Study) -> list[Path]:
    return sorted(study.workspace.cache(study.client).glob("*/reads.json"))


def test_a_function_edited_in_a_cell_is_asked_anew(study: Study) -> None:
    assert answered(cell(CELL.replace("RIGHT", "0")), study).facts["n"] == 2
    assert answered(cell(CELL.replace("RIGHT", "5")), study).facts["n"] == 7
    assert answered(cell(CELL.replace("RIGHT", "0")), study).facts["n"] == 2
    assert len(kept(study)) == 2  # the third was taken from the first


@pytest.mark.parametrize("change", ["global", "helper", "helper's global", "closure", "default", "keyword default", "nested function", "frame", "own module"])
def test_what_a_function_rests_on_is_part_of_it(study: Study, change: str) -> None:
    def made(value: int) -> Callable[..., Result]:
        if change == "global":
            return cell(CELL.replace("RIGHT", "EXTRA"), EXTRA=value)
        if change == "frame":
            return cell(CELL.replace("RIGHT", "int(FRAME['x'].sum())"), FRAME=pd.DataFrame({"x": [0] * 5000 + [value] + [0] * 5000}))
        if change == "helper":
            return cell(CELL.replace("RIGHT", "extra()") + f"def extra(): return {value}\n")
        if change == "helper's global":
            return cell(CELL.replace("RIGHT", "extra()") + "def extra(): return further()\ndef further(): return EXTRA\n", EXTRA=value)
        if change == "closure":
            return cell("def make(extra):\n    " + CELL.replace("RIGHT", "extra").replace("\n", "\n    ") + f"\n    return counted\ncounted = make({value})")
        if change == "default":
            return cell(CELL.replace("least=0", f"least={value}").replace("RIGHT", "least"))
        if change == "keyword default":
            return cell(CELL.replace("least=0", f"*, least={value}").replace("RIGHT", "least"))
        if change == "own module":
            module = ModuleType("helpers")
            module.__file__ = "/home/somebody/helpers.py"
            exec(f"def extra(): return {value}", vars(module))
            return cell(CELL.replace("RIGHT", "helpers.extra()"), helpers=module)
        return cell(CELL.replace("RIGHT", f"(lambda: {value})()"))

    assert [answered(made(v), study).facts["n"] for v in (3, 4, 3)] == [5, 6, 5]
    assert len(kept(study)) == 2


@pytest.mark.parametrize("reached", ["int(open(PATH).read())", "len(pd.read_csv(PATH, header=None)) * int(pd.read_csv(PATH, header=None).iloc[0, 0])",
                                     "int(study.scalar(\"SELECT sum(column0) FROM read_csv('\" + PATH + \"')\"))",
                                     "int(study.scalar(\"SELECT sum(column0) FROM '\" + PATH + \"'\"))", "int(helper.value)"])
def test_what_reaches_beyond_the_tables_is_computed_each_time(study: Study, tmp_path: Path, reached: str) -> None:
    path = tmp_path / "extra.csv"

    class Helper:
        value = 3

    question = cell(CELL.replace("RIGHT", reached), PATH=str(path), pd=pd, helper=Helper)
    for value in (3, 4):
        Helper.value = value
        path.write_text(f"{value}\n")
        assert answered(question, study).facts["n"] == 2 + value
    assert not kept(study)


def test_a_frame_registered_elsewhere_is_no_table(study: Study) -> None:
    question = cell(CELL.replace("RIGHT", "int(study.scalar('SELECT sum(x) FROM mine'))"))
    for value in (1, 2):
        study.engine.register("mine", pd.DataFrame({"x": [value]}))
        assert answered(question, study).facts["n"] == 2 + value


def test_two_functions_of_one_name_do_not_share(study: Study) -> None:
    first = cell("def counted(study):\n    return Result('?', facts={'n': 1935})", Result=Result)
    second = cell("def counted(study):\n    return Result('?', facts={'n': 935})", Result=Result)
    assert [answered(q, study).facts["n"] for q in (first, second, first)] == [1935, 935, 1935]


def test_options_count_whole(study: Study) -> None:
    def asked(value: Any) -> Result:
        return answered(total, study, given=value)

    long = np.zeros(5_000)
    other = long.copy()
    other[2_500] = 1  # what a print leaves out
    assert (asked(long).facts["n"], asked(other).facts["n"]) == (0, 1)
    assert (asked(pd.DataFrame({"x": long})).facts["n"], asked(pd.DataFrame({"x": other})).facts["n"]) == (0, 1)
    assert (asked([1, 2]).facts["n"], asked((1, 5)).facts["n"], asked({1: 7}).facts["n"]) == (3, 6, 1)
    assert len(kept(study)) == 7


def total(study: Study, given: Any) -> Result:
    return Result("?", facts={"n": float(np.sum(np.asarray(list(given) if isinstance(given, dict) else given)))})


DIFFERENT: dict[str, list[Any]] = {
    "types": [1, 1.0, True, "1", b"1", None, [1], (1,), {1}, {"a": 1}],
    "frames": [pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]}), pd.DataFrame({"a": [1.0]}), pd.DataFrame({"a": [1]}, index=[7]), pd.DataFrame({"a": ["1"]}),
               pd.DataFrame({"a": pd.array([1], "Int64")}), pd.DataFrame({"a": pd.Categorical(["x"])}), pd.DataFrame({"a": pd.Categorical(["x"], ["x", "y"])})],
    "arrays": [np.array([1, 2]), np.array([[1], [2]]), np.array([1, 2], "int32"), np.array([2, 1]), np.array(["1", 2], object)],
    "functions": [lambda x: x, lambda x: x + 1, lambda y: y, functools.partial(max, 1), functools.partial(max, 2), max, min],
}


@pytest.mark.parametrize("kind", DIFFERENT)
def test_different_values_differ_and_equal_ones_do_not(kind: str) -> None:
    values = DIFFERENT[kind]
    assert len({identity(v) for v in values}) == len(values)
    assert [identity(v) for v in values] == [identity(v) for v in values]


def test_an_unknown_kind_is_not_guessed() -> None:
    with pytest.raises(Unknowable, match="Own"):
        identity(type("Own", (), {})())


# --- tables ----------------------------------------------------------------------------------------------------------


def inner(study: Study) -> Result:
    calls.append("inner")
    return Result("?", facts={"n": int(study.scalar("SELECT count(*) FROM feedback"))})


def outer(study: Study) -> Result:
    calls.append("outer")
    return Result("?", facts={"n": answered(inner, study).facts["n"]})


def steps(study: Study) -> Result:
    calls.append("steps")
    study.need("interactions")
    return Result("?", facts={"n": 1})


calls: list[str] = []


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls made; the functions count as this package's own, whose code is known."""
    monkeypatch.setattr("cjm_research.results.identity.is_ours", lambda f: f.__module__ == __name__)
    calls.clear()
    return calls


def test_answers_are_kept_by_the_tables_they_read(study: Study, counting: list[str]) -> None:
    def ask_all(build: dict[str, Any]) -> list[str]:
        counting.clear()
        fresh = Study(study.params, study.workspace, build)
        for question in (outer, steps):
            answered(question, fresh)
        return list(counting)

    build = json.loads(json.dumps(study.build))
    assert ask_all(build) == ["outer", "inner", "steps"]
    assert ask_all(build) == []
    build["tables"]["feedback"]["sha256"] = "other"
    assert ask_all(build) == ["outer", "inner"]  # the outer one has read all that the inner one read
    build["tables"]["interactions"]["sha256"] = "other"
    assert ask_all(build) == ["steps"]
    build["tables"]["deals"] = {"rows": 1, "sha256": "new"}
    assert ask_all(build) == []
    states = [set(json.loads(p.read_text())) for p in kept(study)]
    assert {"interactions"} in states and {"feedback"} in states and all(len(s) == 1 for s in states)


def test_an_inner_answer_from_the_cache_counts_as_read(study: Study, counting: list[str]) -> None:
    answered(inner, study)
    answered(outer, study)
    assert counting == ["inner", "outer"]
    build = json.loads(json.dumps(study.build))
    build["tables"]["feedback"]["sha256"] = "other"
    answered(outer, Study(study.params, study.workspace, build))
    assert counting == ["inner", "outer", "outer", "inner"]


def test_a_question_over_two_clients_is_not_kept(study: Study, tmp_path: Path, counting: list[str]) -> None:
    other = make_study(tmp_path / "other", {"interactions": interactions(("z", "view", "2026-01-01"))}, client="second")

    def both(first: Study) -> Result:
        return Result("?", facts={"n": first.scalar("SELECT count(*) FROM interactions") + other.scalar("SELECT count(*) FROM interactions")})

    both.__module__ = "elsewhere"
    assert answered(both, study).facts["n"] == 3
    assert not kept(study)
