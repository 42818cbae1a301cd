"""Small clients whose right values are known (`../shared/cases/map`), built and asked as a user would."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cjm_research.analysis.paths import paths
from cjm_research.build import build
from cjm_research.journey_map import journey_map
from cjm_research.params import Workspace
from cjm_research.results.result import Finding
from cjm_research.study import Study, open_study


@pytest.fixture
def place(shared: Path, tmp_path: Path) -> Workspace:
    cases = shared / "cases" / "map"
    if not cases.is_dir():
        pytest.skip("../shared has no cases/map")
    shutil.copytree(cases, tmp_path / "map")
    return Workspace(tmp_path / "map")


def opened(place: Workspace, name: str) -> Study:
    build(name, place)
    return open_study(name, place)


def counts(findings: list[Finding]) -> dict[tuple[str, str | None], tuple[int, int]]:
    return {(f.key, f.period): (f.estimate.n, f.estimate.base) for f in findings if f.estimate and f.channel is None and f.persona is None}


def test_where_nothing_changes_no_mark_is_set(place: Workspace) -> None:
    result = journey_map(opened(place, "halves"))
    assert len(result.facts["moves"]) >= 3 and {m["state"] for m in result.facts["moves"].values()} == {"same"}


def test_who_can_still_come_is_not_lost(place: Workspace) -> None:
    result = journey_map(opened(place, "m_censor"))
    found = counts(list(result.findings))
    assert found["reach:stage:Help", None] == (30, 100) and found["conversion:stage:Buy", None] == (30, 50)
    assert found["conversion:stage:Look", None] == (50, 50)
    said = {f.key: f.statement for f in result.findings if not (f.period or f.channel or f.persona)}
    assert said["conversion:stage:Look"].endswith("0 had gone on, 50 still can")
    assert "was not observed" in said["reach:touchpoint:Advice without a rule"]
    assert not any(f.lane == "pain" for f in result.findings), "the purchase is no pain, and nobody at Visit is lost"


def test_an_order_is_named_only_where_it_is_declared(place: Workspace) -> None:
    assert "→" not in " ".join(paths(opened(place, "ties")).sentences)
    settings = place.params / "ties.yaml"
    settings.write_text(settings.read_text().replace("event: event}", "event: event, sequence: order}"))
    declared = paths(opened(place, "ties"))
    assert declared["variants"]["path"].tolist() == ["start → middle → finish"] and declared["variants"]["n"].tolist() == [30]
