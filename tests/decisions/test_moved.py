"""What moved since a run: said where the map calls it a change, silent where nothing did."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cjm_research.decisions import Decisions, compose, since
from cjm_research.journey_map.changes import compare
from cjm_research.params import Workspace
from cjm_research.report.record.slips import GivenWrong, refuse_since
from cjm_research.results.result import Estimate, Finding
from cjm_research.stats.shares import share
from tests.decisions.made import leaves, params
from tests.decisions.words import faults


def going_on(n: int, base: int, k: int = 0, **more: Any) -> Finding:
    return Finding(f"going:{k}", f"go on: {n} of {base}", "metric", share(n, base), stage="Middle", lane="conversion", label="go on from here", **more)


def test_a_change_beyond_chance_is_said_in_whole_numbers_with_its_interval() -> None:
    told = since(compare([going_on(700, 1000)], [going_on(550, 1000)]), "2026-10-01")
    assert [m.lead for m in told] == ["Since the report of 2026-10-01:"] and told[0].text == "Middle: go on from here, 15 fewer of 100 (11 to 19)."
    assert told[0].finding == going_on(1, 2).id and not faults(f"{told[0].lead} {told[0].text}")
    assert "settings changed as well" in since(compare([going_on(700, 1000)], [going_on(550, 1000)]), "2026-10-01", settings=True)[0].text


@pytest.mark.parametrize("old, new", [
    (going_on(700, 1000), going_on(690, 1000)), (going_on(14, 18), going_on(3, 18)), (going_on(700, 1000, persona="Planner"), going_on(550, 1000, persona="Planner")),
    (replace(going_on(700, 1000), source="assumption"), replace(going_on(550, 1000), source="assumption")), (replace(going_on(700, 1000), lane=None), replace(going_on(550, 1000), lane=None))])
def test_chance_small_bases_parts_and_assumptions_are_not(old: Finding, new: Finding) -> None:
    assert since(compare([old], [new]), "2026-10-01") == []


def test_what_appears_or_only_grows_is_no_move() -> None:
    seen = [Finding("reach:stage:Middle", "seen", "metric", Estimate(float(n), n - 10.0, n + 10.0, n, n, "customers", "count"), stage="Middle", lane="reach", label="customers") for n in (500, 900)]
    assert since(compare([seen[0]], [seen[1], leaves("Counter", 50, 100)]), "2026-10-01") == []


def test_of_many_figures_that_do_not_change_hardly_ever_one_is_said() -> None:
    """Forty figures from one process, two deliveries of other customers: of 200 pairs of reports, at most one in ten says anything."""
    rng, said = np.random.default_rng(4), 0
    for _ in range(200):
        rates = rng.uniform(0.1, 0.9, 40)
        old, new = ([going_on(int(rng.binomial(400, p)), 400, k) for k, p in enumerate(rates)] for _ in range(2))
        said += bool(since(compare(old, new), "2026-10-01"))
    assert said <= 20


def test_decisions_keep_what_moved_as_plain_data() -> None:
    told = replace(compose([], params()), moved=tuple(since(compare([going_on(700, 1000)], [going_on(550, 1000)]), "2026-10-01")))
    assert Decisions.from_dict(told.to_dict()) == told and told.cited[-1] == going_on(1, 2).id and any("15 fewer of 100" in s for s in told.sentences)


def test_a_run_that_is_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "params").mkdir()
    with pytest.raises(GivenWrong, match="has no such run"):
        refuse_since("acme", Workspace(tmp_path), "20200101")
    refuse_since("acme", Workspace(tmp_path), None)
