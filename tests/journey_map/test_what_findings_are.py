"""What the demo's map has published stays what it is: ids, lanes and labels of one finding of each kind, and a subject for all."""

from __future__ import annotations

from typing import Any

import pytest

from cjm_research.journey_map import journey_map
from cjm_research.results.cache import answered
from cjm_research.results.lanes import BY_NAME
from cjm_research.results.subjects import Code

pytestmark = pytest.mark.xdist_group("demo")
#: id → (key, lane, label, type of the subject), as first published
PUBLISHED: dict[str, tuple[str, str, str, str]] = {
    "F-11dc33ba84": ("stake:persona:Awareness", "stake", "up to, as often as persona Store loyalist", "Stake"),
    "F-a2e0c6be33": ("conversion:stage:Awareness", "conversion", "152 still can", "GoingOn"),
    "F-899aaa9553": ("reach:stage:Awareness", "reach", "", "Reach"),
    "F-6b4f0386e8": ("time:stage:Awareness", "time", "", "TimeOnward"),
    "F-d85a023a43": ("actions:Awareness:page_view", "actions", "page view", "Action"),
    "F-16ebd73bcc": ("reach:touchpoint:Product page", "touchpoints", "Product page", "Reach"),
    "F-bf898dd68e": ("funnel:online_purchase:loss:2", "pain", "never get from Product page to Basket", "FunnelStep"),
    "F-6cdda327f9": ("pain:behaviour:Product page", "pain", "stop at Product page", "Pain"),
    "F-483acb6dc3": ("satisfaction:nps:nps", "satisfaction", "NPS", "SurveyQuestion"),
    "F-7963c2a7c0": ("change:Tracking mails with a live map", "experiments", "Tracking mails with a live map", "ShippedChange"),
    "F-b8c46bbbba": ("emotion:stage:Consideration", "emotion", "", "Emotion"),
    "F-de3e2d20bf": ("theme:Pain points > No slot that fits", "pain", "No slot that fits", "Code"),
    "F-40747928a5": ("theme:Gains > Feels like good advice", "gain", "Feels like good advice", "Code"),
    "F-7e7fd4f9dd": ("theme:Needs > Delivery around my day", "needs", "Delivery around my day", "Code"),
    "F-0968d1a558": ("opportunity:How might we let people choose a delivery that fits their day?", "opportunities", "How might we let people choose a delivery that fits their day?", "Opportunity"),
    "F-27780f9b2b": ("funnel:lifecycle:conversion", "conversion", "Awareness → Loyalty", "FunnelStep"),
    "F-eceeb8d25c": ("funnel:lifecycle:step:2", "conversion", "Awareness → Consideration", "FunnelStep"),
    "F-48ed36e984": ("funnel:lifecycle:time:2", "time", "Awareness → Consideration", "FunnelStep"),
    "F-a5167d393b": ("assumption:thoughts:Everybody sells jackets. Who has been up there?", "needs", "Everybody sells jackets. Who has been up there?", "Assumption"),
    "F-b7f2ba1b89": ("backstage:Basket", "backstage", "Basket: owner: E-commerce, Price service, Shipping cost table", "Backstage"),
    "F-89edc767ec": ("backstage:assumption:Repair days are run by volunteers and are not in any system.", "backstage", "Repair days are run by volunteers and are not in any system.", "Assumption"),
    "F-835ec9a75d": ("future:assumption:actions:Sees on a map where the parcel is and moves it to a neighbour.", "actions", "Sees on a map where the parcel is and moves it to a neighbour.", "Assumption"),
    "F-f99288af56": ("future:assumption:gain:The slot I chose stays mine while I pay.", "gain", "The slot I chose stays mine while I pay.", "Assumption"),
    "F-17f120d594": ("assumption:emotion:It is calming that the boots are put aside.", "emotion", "It is calming that the boots are put aside. (+1)", "Assumption"),
}


def test_published_ids_lanes_and_labels_stay(demo: Any) -> None:
    result = answered(journey_map, demo)
    found = {f.id: f for f in result.findings}
    labels = result.facts["labels"]
    assert {i: (found[i].key, found[i].lane, labels[i], type(found[i].subject).__name__) for i in PUBLISHED if i in found} == PUBLISHED
    assert all(f.subject is not None and f.lane in BY_NAME for f in result.findings)
    assert {f"{f.lane}|{f.stage}" for f in result.findings} == set(result.facts["cells"])
    codes = [f for f in result.findings if isinstance(f.subject, Code)]
    assert codes and all(isinstance(f.subject, Code) and f.subject.path[-1] == labels[f.id] for f in codes)
