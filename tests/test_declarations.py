"""Declarations against live answers: the demo client, and a client that has settings and no data.

Every question of the list is asked. Frames asked are frames given, columns are those declared, and every value is of the unit
its column declares: no declaration can drift from its question.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cjm_research.errors import NotEnoughData
from cjm_research.params import Workspace
from cjm_research.questions import QUESTIONS, Question, question
from cjm_research.results.declared import Column, Frame
from cjm_research.results.result import Finding, Result
from cjm_research.study import BUILD_FILE, Study
from tests.studies import make_study

#: options under which a question gives every frame it declares, as cheaply as it can
OPTIONS: dict[str, dict[str, Any]] = {
    "funnel": {"compare": ["2026-04-01"], "attempts": True}, "paths": {"by": "touchpoint", "unit": "customer", "conversion": "purchase"},
    "retention": {"by": "attributes.preferred_channel"}, "attribution": {"conversion": "purchase", "draws": 20},
    "personas": {"bootstraps": 5, "replicas": 19, "max_segments": 4}, "agreement": {"samples": 50}, "saturation": {"orders": 50},
    "persona_expectations": {"draws": 50}, "survey_drivers": {"draws": 50},
}
CHECKPOINTS = pd.DataFrame([{"experiment": "e", "variant": "b", "metric": "m", "since": float(k), "n_control": 100 * k, "n_variant": 100 * k, "mean_control": 1.0,
                             "mean_variant": 1.1 + k / 10, "var_control": 1.0, "var_variant": 1.0} for k in (1, 2, 3)])
LISTED = [pytest.param(q, id=q.name) for q in QUESTIONS]


def ask(q: Question, study: Study) -> Result:
    options = dict(OPTIONS.get(q.name, {}))
    if q.named_in:
        options["name"] = getattr(study.params, q.named_in)[0].name
    if q.name == "funnel_by":
        options["members"] = study.query("SELECT DISTINCT customer_id, 'one' AS persona FROM interactions")
    if q.name == "experiment_looks" and not study.has("checkpoints") and study.has("interactions"):
        raise pytest.skip.Exception("the demo client has no aggregates")
    return q.answers(study, **options)


def faults_of(result: Result, frames: dict[str, Frame]) -> list[str]:
    found = []
    for name, frame in result.frames.items():
        found += [f"{name}: {fault}" for fault in frames[name].differences(frame)]
        key = [k for k in frames[name].key if k in frame.columns]
        if key and frame.duplicated(key).any():
            found.append(f"{name}: {key} do not tell rows apart")
        for column in frames[name].columns:
            if column.name in frame.columns and not ok(column, frame):
                found.append(f"{name}: {column.name} is no {column.unit}: {frame[column.name].dropna().unique()[:4]}")
    return found


def ok(column: Column, frame: pd.DataFrame) -> bool:
    """Whether the values of a column are of its unit."""
    values = frame[column.name].dropna()
    if values.empty:
        return True
    if column.unit in ("mixed", "list"):
        return True
    if column.unit == "text":
        return bool(values.map(lambda v: isinstance(v, str)).all())
    if column.unit == "boolean":
        return bool(values.map(lambda v: v in (True, False) and not isinstance(v, str)).all())
    if column.unit in ("time", "day"):
        return pd.api.types.is_datetime64_any_dtype(values) or bool(values.map(lambda v: pd.Timestamp(v).strftime("%Y-%m-%d") == v).all())
    numbers = pd.to_numeric(values)
    if column.unit == "count":
        return bool((numbers >= 0).all() and (numbers % 1 == 0).all())
    if column.unit in ("share", "p"):
        return bool(numbers.between(0, 1).all())
    if column.unit == "share difference":
        return bool(numbers.between(-1, 1).all())
    if column.unit == "s":
        return bool((numbers >= 0).all())
    if column.unit == "estimate" and "unit" in frame:
        shares = numbers[frame.loc[numbers.index, "unit"] == "share"]
        return bool(shares.between(0, 1).all())
    return True


WRITTEN = {"responses": pd.DataFrame([{"response_id": f"r{k}", "source": "poll", "question_id": "why", "question": "Why?", "instrument": "text", "answer": "too dear", "stage": "Buy"} for k in range(9)]),
           "codebook": pd.DataFrame([{"code_id": "cost", "name": "Cost", "path": "Cost", "kind": "pain", "valence": -1.0}]),
           "answer_codings": pd.DataFrame([{"coding_id": f"x{k}", "document_id": f"answer:poll:why:r{k}", "code_id": "cost", "coder": "ana", "start": 0, "end": 8, "quote": "too dear", "is_synthetic": False} for k in range(4)])}


CHOSEN = {"responses": pd.DataFrame([{"response_id": f"r{k}", "source": "poll", "question_id": "how", "question": "How?", "instrument": "choice", "answer": "ab"[k % 2], "stage": "Buy"} for k in range(9)])}


BEST = {"responses": pd.DataFrame([{"response_id": f"r{k}", "source": "poll", "question_id": f"md_{i}", "question": f"md: {i}", "instrument": "maxdiff", "score": b - w, "answer": f"best {b}, worst {w}, shown 2"}
                                    for k in range(9) for i, (b, w) in {"a": (1, 0), "b": (0, 1), "c": (1, 1)}.items()])}


@pytest.mark.parametrize("q", LISTED)
def test_answers_of_the_demo_client_are_as_declared(q: Question, demo: Study, tmp_path: Path) -> None:
    apart = {"experiment_looks": {"checkpoints": CHECKPOINTS}, "open_answers": WRITTEN, "survey_choices": CHOSEN, "survey_maxdiff": BEST}  # what the demo has none of
    study = make_study(tmp_path, apart[q.name], journey={"stages": [{"name": "Buy"}]}) if q.name in apart else demo
    result = ask(q, study)
    assert sorted(result.frames) == sorted(q.frames), "frames declared are frames given"
    assert faults_of(result, dict(q.frames)) == []
    assert unasked(q, result) == set(), "its line in QUESTIONS does not name this lane in lanes=, so that the map never asks it"


#: their findings are those of other questions, which the map asks
OF_OTHERS = {"journey_map", "persona_sheets", "funnels", "funnel_by", "shipped"}


def unasked(q: Question, result: Result) -> set[str]:
    """Lanes of cells that findings of the answer lie in and the question's line does not name."""
    return {f.lane for f in result.findings if f.lane and f.stage} - set(q.lanes) if q.name not in OF_OTHERS else set()


def test_a_lane_that_the_list_does_not_name_is_seen() -> None:
    q = Question("refunds", "Who asks for a refund?", "analysis.refunds:refunds", lanes=("pain",))
    result = Result("Who?", findings=[Finding(lane, "said", "metric", stage="Buy", lane=lane) for lane in ("pain", "needs")])
    assert unasked(q, result) == {"needs"} and unasked(replace(q, lanes=("pain", "needs")), result) == set()


@pytest.fixture(scope="module")
def without_data(demo: Study, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The demo client's settings and no row of anything."""
    return Study(demo.params, Workspace(tmp_path_factory.mktemp("empty")), {"tables": {}, "sources": [], "notes": []})


@pytest.mark.parametrize("q", LISTED)
def test_a_client_without_data(q: Question, without_data: Study) -> None:
    try:
        result = ask(q, without_data)
    except NotEnoughData:
        return
    assert not (q.needs or q.needs_any), "it answers without the tables that it is said to need"
    assert faults_of(result, dict(q.frames)) == []


def part_of(demo: Study, folder: Path, keep: set[str]) -> Study:
    """The demo client with these tables only."""
    place = Workspace(folder)
    target = place.tables("demo")
    target.mkdir(parents=True)
    for file in demo.folder.iterdir():
        if file.suffix == ".parquet" and file.stem.removesuffix("_by_event") in keep:
            (target / file.name).symlink_to(file)
    tables = {name: t for name, t in demo.build["tables"].items() if name.removesuffix("_by_event") in keep}
    (target / BUILD_FILE).write_text(json.dumps({**demo.build, "tables": tables}))
    return Study(demo.params, place, {**demo.build, "tables": tables})


NEEDED = [pytest.param(q, {t}, id=f"{q.name}-{t}") for q in QUESTIONS for t in q.needs if t != "checkpoints"]
NEEDED += [pytest.param(q, set(q.needs_any), id=f"{q.name}-any") for q in QUESTIONS if q.needs_any]


@pytest.mark.parametrize(("q", "absent"), NEEDED)
def test_without_a_table_it_needs_a_question_has_not_enough_data(q: Question, absent: set[str], demo: Study, tmp_path: Path) -> None:
    study = part_of(demo, tmp_path, set(demo.row_counts) - absent)
    with pytest.raises(NotEnoughData):
        ask(q, study)


# checkpoints and answer_codings the demo has none of
#: what these look at besides is said by params (metrics, features of the personas, attributes or events of outcomes, places of choice questions), not by the question; one source of pain is enough only at two touchpoints
FREE = ("experiment", "funnel_by", "personas", "persona_journeys", "persona_expectations", "stakes", "pain_points", "outcomes", "survey_choices", "survey_maxdiff")
ENOUGH = [pytest.param(q, {*q.needs, *((t,) if t else ())}, id=f"{q.name}-{t or 'needed'}") for q in QUESTIONS
          if (q.needs or q.needs_any) and q.name not in FREE and not {"checkpoints", "answer_codings"} & set(q.needs) for t in (q.needs_any or ("",))]


@pytest.mark.parametrize(("q", "present"), ENOUGH)
def test_the_tables_a_question_needs_are_enough(q: Question, present: set[str], demo: Study, tmp_path: Path) -> None:
    assert ask(q, part_of(demo, tmp_path, present)).question


def test_the_list_says_for_each_question_what_it_needs_or_why_not() -> None:
    assert {q.name for q in QUESTIONS if not (q.needs or q.needs_any)} == {
        "data_health", "persona_sheets", "experiment_design", "experiment_plan", "change", "shipped", "experiments", "opportunities", "journey_map"}
    assert question("pain_points").needs_any


@pytest.mark.parametrize(("unit", "good", "bad"), [
    ("share", [0, 0.5, 1], [1.2]), ("p", [0.05], [-0.1]), ("count", [0, 3.0], [2.5]), ("count", [1], [-1]), ("s", [0.0, 90.5], [-1.0]), ("boolean", [True], ["yes"]),
    ("text", ["a"], [1]), ("day", ["2026-01-31"], ["31.1.2026"]), ("share difference", [-0.3], [-1.3])])
def test_units_are_told_apart(unit: str, good: list[Any], bad: list[Any]) -> None:
    column = Column("x", "X", unit)
    assert ok(column, pd.DataFrame({"x": good})) and not ok(column, pd.DataFrame({"x": bad}))
