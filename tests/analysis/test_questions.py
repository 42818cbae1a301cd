"""The contract of every question: absence is said, numbers are whole, findings rest on evidence, results can be kept."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cjm_research.analysis import coding, experiments, funnels, personas
from cjm_research.analysis.attribution import attribution
from cjm_research.analysis.feedback import feedback
from cjm_research.analysis.health import data_health
from cjm_research.analysis.paths import paths
from cjm_research.analysis.retention import retention
from cjm_research.analysis.satisfaction import satisfaction
from cjm_research.analysis.traps import data_traps
from cjm_research.errors import NotEnoughData
from cjm_research.journey_map import journey_map, pain_points, stage_metrics
from cjm_research.results.cache import _plain
from cjm_research.results.result import ESTIMATE_COLUMNS, Result
from tests.studies import make_study

pytestmark = pytest.mark.xdist_group("demo")

# question → its options on the demo client
QUESTIONS: dict[Callable[..., Result], dict[str, Any]] = {
    data_health: {}, data_traps: {}, satisfaction: {}, feedback: {}, stage_metrics: {}, pain_points: {}, retention: {}, paths: {},
    funnels.funnel: {"name": "online_purchase"}, funnels.funnels: {}, attribution: {"conversion": "purchase"},
    coding.progress: {}, coding.themes: {}, coding.emotion: {}, coding.quotes: {}, coding.agreement: {}, coding.saturation: {},
    personas.personas: {}, personas.journeys: {}, personas.expectations: {}, personas.sheets: {},
    experiments.evaluate: {"name": "slot_picker"}, experiments.plan: {"name": "slot_picker"}, experiments.overview: {},
    experiments.evaluate_change: {"name": "Tracking mails with a live map"}, journey_map: {"by_persona": False},
}
ids = [q.__name__ for q in QUESTIONS]


@pytest.mark.parametrize("question", [q for q in QUESTIONS if q is not data_health], ids=[q.__name__ for q in QUESTIONS if q is not data_health])
def test_absence_is_said(question: Callable[..., Result], tmp_path: Path, demo: Any) -> None:
    """A client with the demo's settings and no data at all."""
    settings = json.loads(demo.params.model_dump_json(exclude_unset=True))
    for name in ("client", "sources"):
        settings.pop(name, None)
    # hand-written persona lines are an answer in themselves
    settings["personas"] = {**settings.get("personas", {}), "names": []}
    settings["journey"] = {**settings["journey"], "assumptions": []}
    with pytest.raises(NotEnoughData) as said:
        question(make_study(tmp_path, {}, **settings), **QUESTIONS[question])
    assert said.value.found and "nan" not in said.value.text().split()


@pytest.mark.parametrize("question", list(QUESTIONS), ids=ids)
def test_numbers_are_whole_and_findings_rest_on_evidence(question: Callable[..., Result], demo: Any) -> None:
    result = question(demo, **QUESTIONS[question])
    assert result.question.endswith("?") or result.question
    assert result.sentences and all(s.strip() for s in result.sentences)
    for text in [*result.sentences, *result.caveats]:
        assert "nan" not in text.lower().replace("\u202f", " ").split() and "None" not in text.split(), text
    for name, frame in result.frames.items():
        for column in frame.select_dtypes(["object", "string"]):
            assert not frame[column].isin(["nan", "NaN", "None", "NaT", "<NA>"]).any(), f"{name}.{column} shows what a frame calls absent"
        if {"value", "low", "high"} <= set(frame.columns) and "unit" in frame:
            assert set(ESTIMATE_COLUMNS) <= set(frame.columns), name
    for finding in result.findings:
        assert finding.evidence or finding.kind in ("quality", "persona"), finding.key
        json.dumps(finding.to_dict(), allow_nan=False)  # what a frame calls nan is no number and no place
        e = finding.estimate
        if e is not None and e.value is not None:
            assert math.isfinite(e.value) and e.method and e.unit and e.base >= 0, finding.key
            if e.low is not None and e.high is not None and e.unit in ("share", "points"):
                assert e.low - 1e-9 <= e.value <= e.high + 1e-9, finding.key
    assert len({f.id for f in result.findings}) == len(result.findings), "ids of findings are unique"


@pytest.mark.parametrize("question", [satisfaction, stage_metrics, coding.themes, funnels.funnel], ids=lambda q: q.__name__)
def test_results_can_be_kept(question: Callable[..., Result], demo: Any) -> None:
    result = question(demo, **QUESTIONS[question])
    again = Result.from_meta(json.loads(json.dumps(result.meta(), default=_plain)), result.frames)
    assert again.findings == result.findings and again.sentences == result.sentences and again.facts == json.loads(json.dumps(result.facts, default=_plain))
