"""What a user can get wrong is told before a kernel starts; papermill alone would warn or run it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cjm_research.errors import BadInput, BadInputs
from cjm_research.report.record.notebook import Parameter, check_value, parse_value, read_parameters
from cjm_research.report.record.plan import plan_report

from .workspace import ANSWER, notebook, workspace

KNOBS = 'client = "demo"\nwindow_days = 30\nshare = 0.5\nstrict = False\npersona: str | None = None\n'


def test_the_parameters_cell_is_read_without_running_it() -> None:
    found = read_parameters('"""Knobs."""\n# a comment\n' + KNOBS, "x")
    assert {n: (p.kind, p.optional, p.default) for n, p in found.items()} == {
        "client": ("str", False, "demo"), "window_days": ("int", False, 30), "share": ("float", False, 0.5),
        "strict": ("bool", False, False), "persona": ("str", True, None)}


@pytest.mark.parametrize("line", ["import os", "x = os.getcwd()", "x, y = 1, 2", "x = [1]", "x = y = 1", "print(1)", "def f(): pass",
                                  "x = b'1'", "x: list = None", "x += 1", "x = 1e999", "x = (", "a.b = 1", "x: int = 'a'"])
def test_what_is_no_plain_value_is_refused_with_its_line(line: str) -> None:
    with pytest.raises(BadInput, match="line 2"):
        read_parameters(f'client = "demo"\n{line}\n', "10_x.ipynb")


@pytest.mark.parametrize(("kind", "given", "kept"), [
    ("float", 3, 3.0), ("int", 3, 3), ("int", 3.0, None), ("int", True, None), ("bool", 1, None), ("str", 5, None), ("bool", True, True),
    ("float", float("nan"), None), ("str", None, None), ("int", "3", None)])
def test_values_are_of_the_declared_kind(kind: str, given: object, kept: object) -> None:
    parameter = Parameter("x", kind, False, None)
    if kept is None:
        with pytest.raises(BadInput, match="x is"):
            check_value(parameter, given, "here")
    else:
        assert check_value(parameter, given, "here") == kept


@given(st.text(max_size=30))
def test_any_text_of_the_command_line_is_a_value_or_an_error_in_words(text: str) -> None:
    for kind in ("str", "int", "float", "bool", None):
        try:
            value = parse_value(Parameter("x", kind, False, None), text, "--set")
        except BadInput:
            continue
        assert kind is None or type(value).__name__ == kind


def test_values_come_from_params_and_command_line(tmp_path: Path) -> None:
    made = {"10_a": notebook("A", ANSWER, parameters=KNOBS), "20_b": notebook("B", ANSWER)}
    place = workspace(tmp_path, made, {"demo": {"chapter_params": {"a": {"window_days": 7, "persona": "P"}}}})
    plan = plan_report("demo", place, sets=["window_days=14", "20.client=demo"])
    assert plan.tasks[0].values == {"client": "demo", "window_days": 14, "persona": "P"}
    assert [t.chapter.title for t in plan.tasks] == ["A", "B"]


@pytest.mark.parametrize(("options", "said"), [
    ({"chapters": ["funel"]}, "Did you mean '40_funnel'?"), ({"sets": ["windowdays=3"]}, "Did you mean 'window_days'?"),
    ({"sets": ["window_days=x"]}, "a whole number"), ({"sets": ["nonsense"]}, "NAME=VALUE"), ({"sets": ["client=other"]}, "cjm report other"),
    ({"sets": ["x=1\nimport os"]}, "unknown parameter 'x'"), ({"sets": ["class=1"]}, "not a name")])
def test_mistakes_on_the_command_line(tmp_path: Path, options: dict[str, list[str]], said: str) -> None:
    place = workspace(tmp_path, {"40_funnel": notebook("F", ANSWER, parameters=KNOBS)})
    with pytest.raises(BadInput) as told:
        plan_report("demo", place, **options)
    assert said in told.value.text() and told.value.exit_code == 2


@pytest.mark.parametrize(("params", "said"), [
    ({"chapters": ["40_funnel", "55_tests"]}, "unknown chapter '55_tests'"), ({"chapter_params": {"funnel": {"windw_days": 3}}}, "window_days"),
    ({"chapter_params": {"funnel": {"strict": "yes"}}}, "strict is 'yes', a str")])
def test_mistakes_in_params(tmp_path: Path, params: dict[str, object], said: str) -> None:
    place = workspace(tmp_path, {"40_funnel": notebook("F", ANSWER, parameters=KNOBS)}, {"demo": params})
    with pytest.raises(BadInput) as told:
        plan_report("demo", place)
    assert said in told.value.text() and "params/demo.yaml" in told.value.text()


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    place = workspace(tmp_path, {"40_funnel": notebook("F", ANSWER, parameters=KNOBS)})
    with pytest.raises(BadInputs) as told:
        plan_report("demo", place, sets=["window_days=x", "shre=1"])
    assert "window_days" in told.value.text() and "shre" in told.value.text()


@pytest.mark.parametrize("client", ["../demo", "/etc/passwd", "Demo", "demo\n", "", "dem"])
def test_a_client_is_a_plain_known_name(tmp_path: Path, client: str) -> None:
    place = workspace(tmp_path, {"40_funnel": notebook("F", ANSWER)})
    with pytest.raises(BadInput, match="client"):
        plan_report(client, place)
    assert not (tmp_path / "reports").exists()


def test_tables_not_built_and_notebooks_not_readable_are_told(tmp_path: Path) -> None:
    place = workspace(tmp_path, {"40_funnel": notebook("F", ANSWER)})
    (place.notebooks / "40_funnel.ipynb").write_text("{}")
    with pytest.raises(BadInput, match="not readable as a notebook"):
        plan_report("demo", place)
    place = workspace(tmp_path, {"40_funnel": notebook("F", ANSWER)})
    (place.tables("demo") / "build.json").unlink()
    with pytest.raises(BadInput, match="cjm build demo"):
        plan_report("demo", place)


def test_the_key_changes_with_what_a_chapter_rests_on_and_with_nothing_else(tmp_path: Path) -> None:
    made = {"40_funnel": notebook("F", ANSWER, parameters=KNOBS)}
    key = plan_report("demo", workspace(tmp_path, made)).tasks[0].key
    assert plan_report("demo", workspace(tmp_path, made)).tasks[0].key == key
    assert plan_report("demo", workspace(tmp_path, made, {"demo": {"review": {"status": "approved"}}})).tasks[0].key == key
    others = [plan_report("demo", workspace(tmp_path, made), sets=["share=0.7"]).tasks[0].key,
              plan_report("demo", workspace(tmp_path, made, {"demo": {"timezone": "Europe/Berlin"}})).tasks[0].key,
              plan_report("demo", workspace(tmp_path, {"40_funnel": notebook("F", ANSWER, "1", parameters=KNOBS)})).tasks[0].key]
    place = workspace(tmp_path, made)
    (place.tables("demo") / "build.json").write_text('{"tables": {"interactions": {"rows": 1, "sha256": "1"}}}')
    others.append(plan_report("demo", place).tasks[0].key)
    assert len({key, *others}) == 5
