"""The demo's first page against the truth that its simulator knows, over several seeds; and a log in which nothing is to be found."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cjm_research.build import build
from cjm_research.decisions import Decisions, compose
from cjm_research.demo import write_demo
from cjm_research.params import Workspace
from cjm_research.study import open_study
from tests.studies import make_study

from .conftest import findings_of
from .made import params

PERSONAS = ("Trail planner", "Spontaneous weekender", "Store loyalist", "Bargain seeker")


#: the simulator's draws; CJM_SEEDS names others, so that many can be tried: CJM_SEEDS="1 2 3 4 5" pytest tests/decisions/test_truth.py
SEEDS = [int(seed) for seed in os.environ.get("CJM_SEEDS", "11 23").split()]


@pytest.fixture(scope="module", params=SEEDS)
def simulated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, root: Path) -> tuple[Any, Decisions]:
    """(truth, decisions) of another draw of the demo."""
    folder = tmp_path_factory.mktemp(f"seed{request.param}")
    shutil.copytree(root / "params", folder / "params")
    place = Workspace(folder)
    truth = write_demo(place.raw("demo"), seed=request.param)
    build("demo", place)
    study = open_study("demo", place)
    return truth, compose(findings_of(study), study.params)


def test_the_first_step_is_at_the_place_that_is_painful_by_design(simulated: tuple[Any, Decisions]) -> None:
    truth, said = simulated
    assert said.first is not None and said.first.touchpoint == truth.painful
    assert [r.source for r in said.first.why] == ["What people do", "What they answer", "What they say"]
    assert said.answers[0].lead == f"{truth.painful}:" and said.answers[0].certainty.dots == 3


def test_those_named_go_on_least_by_design(simulated: tuple[Any, Decisions]) -> None:
    """Expected share of those who come to decide who buy, by persona: whoever is named lies below whoever they are set against."""
    truth, said = simulated
    people = truth.people[truth.people["registered"]]
    expected = people.groupby("persona_name")["e_buys"].sum() / people.groupby("persona_name")["e_decides"].sum()
    answer = said.answers[1]
    named = [p for p in PERSONAS if p in answer.lead]
    against = [p for p in PERSONAS if p in answer.text]
    assert named and len(against) == 1 and all(expected[n] < expected[against[0]] for n in named)
    assert expected.idxmin() in named or min(expected[n] for n in named) - expected.min() < 0.05


def test_the_test_is_answered_as_the_simulator_made_it(simulated: tuple[Any, Decisions]) -> None:
    """The picker lets more finish by design; a draw of a test of this size may leave it open, and never says no."""
    truth, said = simulated
    assert truth.experiment["effects"]["converted"] > 0
    answer = said.answers[2]
    assert answer.lead == "Yes: replace the list of delivery slots with the slot picker." or (not answer.known and answer.needed)


STATIONARY = ("Door", "Shelf", "Counter", "Desk")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_where_nothing_differs_nothing_is_to_be_done_first(tmp_path: Path, seed: int) -> None:
    """Everybody visits places at random and is satisfied at random, everywhere alike: no step, no place and no group is invented."""
    rng = np.random.default_rng(seed)
    events, answers = [], []
    for k in range(600):
        for n, place in enumerate(rng.choice(STATIONARY, size=int(rng.integers(1, 8)))):
            events.append({"interaction_id": f"i{k}-{n}", "customer_id": f"c{k}", "event": f"at {place}", "occurred_at": pd.Timestamp("2026-01-05", tz="UTC")
                           + pd.Timedelta(days=float(rng.uniform(0, 120))), "source": "s", "touchpoint": place, "stage": "Middle"})
        if k % 2:
            answers += [{"response_id": f"r{k}", "customer_id": f"c{k}", "answered_at": pd.Timestamp("2026-05-01", tz="UTC"), "source": "q", "question_id": f"q{p}", "question": p,
                         "instrument": "csat", "scale_min": 1, "scale_max": 5, "higher_is_better": True, "score": int(rng.integers(1, 6)), "touchpoint": p, "stage": "Middle"}
                        for p in STATIONARY]
    stages = [{"name": "Middle", "touchpoints": [{"name": p, "match": {"event": f"at {p}"}, "questions": f"q{p}"} for p in STATIONARY]}]
    asked = [{"ask": "Where does it hurt?", "about": "pain_points"}, {"ask": "For whom?", "about": "personas"}]
    study = make_study(tmp_path, {"interactions": pd.DataFrame(events), "responses": pd.DataFrame(answers)}, journey={"stages": stages}, questions=asked)
    said = compose(findings_of(study, by_persona=False), study.params)
    assert said.first is None and said.then == () and said.silent
    assert [a.known for a in said.answers] == [False, False], said.answers


def test_params_of_these_tests_are_whole() -> None:
    assert params().people == "customers"
