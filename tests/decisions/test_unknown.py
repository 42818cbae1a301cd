"""What page one says is not known."""

from __future__ import annotations

from cjm_research.decisions.told import Told
from cjm_research.decisions.unknown import unknown
from cjm_research.results import subjects as s
from cjm_research.results.result import Estimate, Finding
from tests.decisions.made import params, says, share

NOTHING = Estimate(None, None, None, 0, 0, "share", "by hand")


def lines(*findings: Finding) -> list[str]:
    return unknown(Told(list(findings), params()), None)


def reach(estimate: Estimate) -> Finding:
    return Finding("reach:stage:Middle", "not to be read", "metric", estimate if estimate.base else None, stage="Middle", lane="reach", subject=s.Reach("stage", "Middle"))


def onward(ordered: bool) -> Finding:
    return Finding("conversion:stage:Middle", "not to be read", "metric", share(5, 50) if ordered else None, stage="Middle", lane="conversion", subject=s.GoingOn("Middle", ordered=ordered))


def test_an_order_that_nobody_knows_is_said() -> None:
    said = "In which order customers come to the stages: the data give one time to all of it."
    assert said in lines(reach(share(50, 60)), onward(ordered=False), says("Counter", "queue", 5))
    assert said not in lines(reach(share(50, 60)), onward(ordered=True), says("Counter", "queue", 5))


def test_a_stage_that_nobody_could_be_seen_in_is_named_whatever_the_reason() -> None:
    said = "What customers do in Middle: the data hold nothing that they did there."
    assert said in lines(reach(NOTHING), says("Counter", "queue", 5))
    assert said not in lines(reach(share(50, 60)), says("Counter", "queue", 5))
