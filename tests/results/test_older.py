"""Findings of runs from before they carried lane, label and subject are read as those of today."""

from __future__ import annotations

from typing import Any

import pytest

from cjm_research.journey_map.changes import compare, rank_of
from cjm_research.results import subjects as s
from cjm_research.results.older import completed
from cjm_research.results.result import Evidence, Finding

#: as such a run wrote them: key, kind, source, statement, touchpoint → lane, label, subject
OLDER: list[tuple[str, str, str, str, str | None, str | None, str | None, s.Subject | None]] = [
    ("reach:stage:Buy", "metric", "behaviour", "40 % were seen at Buy", None, "reach", "", s.Reach("stage", "Buy")),
    ("reach:touchpoint:Till", "metric", "behaviour", "40 % were seen at Till", "Till", "touchpoints", "Till", s.Reach("touchpoint", "Till")),
    ("conversion:stage:Buy", "metric", "behaviour", "40 % went on", None, "conversion", "", s.GoingOn("Buy")),
    ("time:stage:Buy", "metric", "behaviour", "Median time", None, "time", "", s.TimeOnward("Buy")),
    ("actions:Buy:add_to:cart", "action", "behaviour", "add to: cart: 4 %", None, "actions", "add to: cart", s.Action("add_to:cart")),
    ("funnel:a:b:conversion", "metric", "behaviour", "Way: 4 % reach it", None, "conversion", None, s.FunnelStep("a:b", "Way", "conversion")),
    ("funnel:a:b:time:3", "metric", "behaviour", "Way: half do", None, "time", None, s.FunnelStep("a:b", "Way", "time", 3)),
    ("funnel:loss:step:2", "metric", "behaviour", "Way: 4 % go on", None, "conversion", None, s.FunnelStep("loss", "Way", "step", 2)),
    ("funnel:a:loss:2", "pain", "behaviour", "Way: 4 % never", None, "pain", None, s.FunnelStep("a", "Way", "loss", 2)),
    ("satisfaction:q:1:csat", "metric", "survey", "CSAT, How?: 4 %", "Till", "satisfaction", "CSAT Till", s.SurveyQuestion("q:1", "csat")),
    ("satisfaction:q:likert:weighted", "metric", "survey", "Rating: 4", None, "satisfaction", "rating weighted", s.SurveyQuestion("q", "likert", True)),
    ("feedback:low:Till", "pain", "feedback", "40 % are low", "Till", "pain", "low ratings of Till", s.LowRatings("Till")),
    ("feedback:low:Till", "metric", "feedback", "4 % are low", "Till", "satisfaction", "low ratings of Till", s.LowRatings("Till")),
    ("theme:Trouble > Slot lost", "pain", "interview", "Slot lost: 5 of 12", None, "pain", "Slot lost", s.Code(("Trouble", "Slot lost"))),
    ("emotion:touchpoint:Till", "emotion", "interview", "Mean valence", "Till", "emotion", "Till", s.Emotion("touchpoint", "Till")),
    ("pain:survey:Till", "pain", "survey", "Till: 4 % are not satisfied; rank 2 of 13 (90 % interval 1 to 4) by survey", "Till", "pain",
     "not satisfied with Till", s.Pain("survey", "Till", s.Rank(2, 1, 4, 13))),
    ("flag:Till", "pain", "behaviour", "Sources disagree. Till: among the worst in survey, praised in interviews", "Till", "pain",
     "Sources disagree: among the worst in survey, praised in interviews", s.Flag("Till")),
    ("stake:persona:Buy", "metric", "behaviour", "Going on from Buy as often as persona X (4 % instead of 3 %) would be worth", None, "stake",
     "as often as persona X", s.Stake("Buy", "persona")),
    ("opportunity:Hold", "opportunity", "assumption", "Hold (tested, owner Ann, RICE 1,50, rank 2 between 1 and 3, big bet, review 2026-07-01)", None,
     "opportunities", "Hold", s.Opportunity("Hold", "tested", "owner Ann", "RICE 1,50, rank 2 between 1 and 3", "big bet", "review 2026-07-01", s.Rank(2, 1, 3))),
    ("opportunity:proposed:Till", "opportunity", "survey", "How might we? (proposed: among the worst by a, b and c)", "Till", "opportunities",
     "How might we?", s.Opportunity("How might we?", "proposed: among the worst by a, b and c", proposed=True)),
    ("experiment:e:verdict:b", "experiment", "experiment", "b wins", None, "experiments", None, s.ExperimentEffect("e", "b")),
    ("change:Slots", "metric", "behaviour", "After Slots went live", None, "experiments", "Slots", s.ShippedChange("Slots", "")),
    ("target:q", "metric", "survey", "Till: below its target of 4; mean score 3", "Till", "metrics", "Till: below its target of 4", s.Target("q")),
    ("evidence:Buy", "quality", "assumption", "3 backed by data; from survey", None, "evidence", "3 backed by data", s.Backing("Buy")),
    ("assumption:thoughts:Why: so", "thought", "assumption", "Why: so", None, "needs", None, s.Assumption("thoughts", "Why: so")),
    ("future:backstage:assumption:By hand", "action", "assumption", "By hand", None, "backstage", None, s.Assumption("backstage", "By hand", True)),
    ("backstage:Till", "action", "assumption", "Till: owner: Ann", "Till", "backstage", None, s.Backstage("Till")),
    ("retention:Week 1", "metric", "behaviour", "4 % come back", None, None, None, s.Retention("Week 1")),
    ("personas:X", "persona", "behaviour", "X: 4 %", None, None, None, None),
]


@pytest.mark.parametrize(("key", "kind", "source", "statement", "touchpoint", "lane", "label", "subject"), OLDER, ids=lambda x: x if isinstance(x, str) else "")
def test_an_older_finding_is_read(key: str, kind: str, source: str, statement: str, touchpoint: str | None, lane: str | None, label: str | None,
                                  subject: s.Subject | None) -> None:
    status = "assumed" if source == "assumption" else "backed"
    older = {"id": "F-1", "key": key, "kind": kind, "source": source, "statement": statement, "touchpoint": touchpoint, "stage": "Buy", "status": status}
    found = Finding.from_dict(older)
    assert (found.lane, found.label, found.subject) == (lane, label, subject)
    assert Finding.from_dict(found.to_dict()) == found, "and stays what it is"


def test_an_older_quote_is_labelled_with_what_was_said() -> None:
    quote = Evidence("quote", "passage", quote="“So slow”")
    data: dict[str, Any] = {"key": "quote:c1", "kind": "quote", "source": "interview", "statement": "“So …” (P1)", "stage": "Buy", "evidence": [quote.__dict__]}
    found = Finding.from_dict(data)
    assert (found.lane, found.label, found.subject) == ("quotes", "“So slow”", s.Quote("c1"))


def test_what_carries_its_lane_is_left_as_it_is() -> None:
    data = Finding("reach:stage:Buy", "said", "metric", stage="Buy", lane="time").to_dict()
    assert completed(data) is data and Finding.from_dict(data).lane == "time"


def test_ranks_of_an_older_run_are_compared_with_those_of_a_new_one() -> None:
    text = "Till: 4 % are not satisfied; rank 1 of 13 by survey"
    older = Finding.from_dict({"key": "pain:survey:Till", "kind": "pain", "source": "survey", "statement": text, "stage": "Buy", "touchpoint": "Till"})
    now = Finding("pain:survey:Till", text, "pain", stage="Buy", touchpoint="Till", source="survey", lane="pain", subject=s.Pain("survey", "Till", s.Rank(6, 4, 7, 13)))
    assert rank_of(older) == s.Rank(1, 1, 1, 13) and compare([older], [now])[0].state == "changed"
