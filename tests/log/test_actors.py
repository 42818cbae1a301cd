"""Events have actors: by hand, with the parcel's own events and mails sent, and with what the params say."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from cjm_research.analysis.attribution import attribution
from cjm_research.analysis.paths import paths
from cjm_research.analysis.retention import retention
from cjm_research.log.actors import did_sql, known_company, not_done
from cjm_research.log.events import events_of
from cjm_research.results.evidence import agrees, recompute
from tests.studies import interactions, make_study

ROWS = [(f"c{i}", e, d) for i in range(30) for e, d in (("order", "2024-03-01"), ("handed to carrier", "2024-03-02"), ("delivered", "2024-03-10"))]
AGAIN = [("c0", "order", "2024-03-12"), ("c1", "order", "2024-03-12"), ("z", "look", "2024-05-01")]


def study_of(tmp_path, rows=(*ROWS, *AGAIN), **settings):
    return make_study(tmp_path, {"interactions": interactions(*rows)}, privacy={"min_cell": 1}, **settings)


def test_a_parcel_does_not_come_back(tmp_path):
    study = study_of(tmp_path, returns="order")
    answer = retention(study)
    assert answer["curve"].loc[0, ["n", "base"]].tolist() == [2, 30]
    assert any("'delivered' and 'handed to carrier'" in c for c in answer.caveats)
    (finding,) = answer.findings
    assert agrees(finding.estimate, *recompute(study, finding.evidence[0], "share"))
    with_them = retention(study_of(tmp_path / "b", returns="order", actors={"customer": ["delivered", "handed to carrier"]}), back=["delivered", "order"])
    assert with_them["curve"].loc[0, "n"] == 30


def test_without_a_named_return_there_is_no_headline(tmp_path):
    answer = retention(study_of(tmp_path))
    assert answer["curve"].loc[0, "n"] == 2, "the two who ordered again, not the parcels"
    assert not answer.findings and answer.sentences == ["Whether customers come back is not said: no event is named by which they do."]
    assert any("`returns:`" in c for c in answer.caveats)


def test_paths_are_what_customers_did(tmp_path):
    answer = paths(study_of(tmp_path), unit="customer", by="event")
    assert set(answer["nodes"]["node"]) == {"order", "look"}
    own = paths(study_of(tmp_path / "b", actors={"customer": "delivered", "system": [{"event": "look"}]}), unit="customer", by="event")
    assert set(own["nodes"]["node"]) == {"order", "delivered"}


@pytest.mark.parametrize("name, company", [("Email Sent", True), ("email_delivered", True), ("Received Email", True), ("out_for_delivery", True), ("In Transit", True),
                                           ("Email Opened", False), ("delivery slot chosen", False), ("order placed", False), ("shipping address", False)])
def test_names_that_tools_are_known_for(name, company):
    assert bool(known_company([name])) == company


def test_opens_by_proxies_are_a_systems(tmp_path):
    frame = interactions(("a", "Email Opened", "2024-03-01"), ("b", "Email Opened", "2024-03-01"), ("c", "Email Opened", "2024-03-01"))
    frame["properties"] = [json.dumps(p) for p in ({"sg_machine_open": True}, {"user_agent": "Mozilla GoogleImageProxy"}, {"user_agent": "Safari"})]
    study = make_study(tmp_path, {"interactions": frame})
    did = study.query(f"SELECT customer_id FROM interactions WHERE {did_sql(study, events_of(study))}")["customer_id"].tolist()
    assert did == ["c"] and not_done(study, events_of(study)) == ["Email Opened"]


def test_the_conversions_own_touchpoint_is_no_touch(tmp_path):
    def at(customer, event, day, channel, touchpoint):
        return {"customer_id": customer, "event": event, "occurred_at": pd.Timestamp(day, tz="UTC"), "channel": channel, "touchpoint": touchpoint, "source": "s"}

    rows = [at(f"c{i}", *r) for i in range(20) for r in (("visit", "2024-03-01", "web", "Site"), ("mail sent", "2024-03-02", "mail", "Mailing"), ("greeting", "2024-03-03 09:00", "store", "Till"),
                                                        ("order", "2024-03-03 10:00", "store", "Till"))]
    frame = pd.DataFrame([*rows, at("z", "visit", "2024-05-01", "web", "Site")])
    frame["interaction_id"] = [f"i{k}" for k in range(len(frame))]
    study = make_study(tmp_path, {"interactions": frame}, privacy={"min_cell": 1})
    credits = attribution(study, "order", models=["last"], draws=0)
    assert credits["credits"][["touch", "value"]].to_numpy().tolist() == [["web", 1.0]]
    assert any("at Till, its own touchpoint" in c for c in credits.caveats)
    declared = make_study(tmp_path / "b", {"interactions": frame}, privacy={"min_cell": 1}, no_touches=["visit"], actors={"customer": "mail sent"})
    assert attribution(declared, "order", models=["last"], draws=0)["credits"]["touch"].tolist() == ["mail"]
    named = attribution(study, "order", models=["same_touch"], touch_events=["order", "visit"], draws=0)["credits"].set_index("touch")["value"]
    assert named["store"] == 1.0, "what is named is a touch"
    for events, circular in ((["order", "visit"], "“order” belongs"), (["greeting", "order"], "“greeting” and “order” belong"), (["visit", "mail sent"], "")):
        told = attribution(study, "order", models=["last"], touch_events=events, draws=0)
        assert (told.sentences[0] == f"Part of the credit is circular: {circular} to 'order' itself.") == bool(circular)
        assert any("at its own touchpoint" in c for c in told.caveats) == bool(circular)
