"""What is said of a persona's journey is what the map says, seen through the persona: who can still come is no one who stopped."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from cjm_research.analysis.personas import journeys
from cjm_research.journey_map import seen_as
from cjm_research.journey_map.stages import stage_metrics
from cjm_research.results.evidence import agrees, recompute
from cjm_research.study import Study
from tests.studies import make_study

DAY = pd.Timedelta(days=1)
START = pd.Timestamp("2026-01-01T08:00", tz="UTC")
PLACES = {"look": "Look", "buy": "Buy", "delivered": "Use", "ask": "Ask"}


def shop(folder: Path) -> Study:
    """Early: 30 look on days 0 to 29 and 20 of them buy ten days later. Late: 10 of those, and 20 who look on days 55 to 59, the last two days.

    The parcel is the company's event, and it alone lies on Use; 6 of the early ones send a ticket, which is the only contact of Ask.
    """
    rows = [(f"e{i}", "look", i) for i in range(30)] + [(f"e{i}", "buy", i + 10) for i in range(20)] + [(f"e{i}", "delivered", i + 12) for i in range(20)]
    rows += [(f"l{i}", "look", i) for i in range(10)] + [(f"l{i}", "buy", i + 10) for i in range(5)] + [(f"l{i}", "look", 55 + i % 5) for i in range(10, 30)]
    log = pd.DataFrame([{"interaction_id": f"i{k}", "customer_id": c, "event": e, "occurred_at": START + DAY * d, "source": "web", "stage": PLACES[e],
                         "touchpoint": PLACES[e] + " page", "channel": "web" if e == "look" else "app"} for k, (c, e, d) in enumerate(rows)])
    asked = pd.DataFrame([{"feedback_id": f"f{i}", "customer_id": f"e{i}", "published_at": START + DAY * (i + 20), "touchpoint": "Ask page", "stage": "Ask", "source": "tickets",
                           "text": "Where is it?"} for i in range(6)])
    people = pd.DataFrame([{"customer_id": c, "attributes": f'{{"kind": "{"early" if c[0] == "e" else "late"}"}}'} for c in [*(f"e{i}" for i in range(30)), *(f"l{i}" for i in range(30))]])
    journey = {"stages": [{"name": s, "touchpoints": [{"name": s + " page", **({"match": {"event": e}} if e != "ask" else {"feedback": ["tickets"]})}]}
                          for e, s in PLACES.items() if s != "Use"] + [{"name": "Use", "touchpoints": [{"name": "Use page", "match": {"event": "delivered"}}]}]}
    return make_study(folder, {"interactions": log, "feedback": asked, "customers": people}, journey=journey, timezone="UTC", personas={"attribute": "kind"}, privacy={"min_cell": 1})


def test_who_came_late_has_not_stopped(tmp_path: Path) -> None:
    study = shop(tmp_path)
    frame = journeys(study)["journey"].set_index(["persona", "measure", "what"])
    told = {p: (frame.loc[(p, "goes on to", "Look → Buy"), "n"], frame.loc[(p, "goes on to", "Look → Buy"), "base"]) for p in ("early", "late")}
    assert told == {"early": (20, 30), "late": (5, 10)}  # the other twenty looked less than ten days before the end
    assert (frame.loc[("early", "reaches", "Ask"), "n"], frame.loc[("early", "reaches", "Ask"), "base"]) == (6, 30)
    assert not any("Use" in str(what) for _, _, what in frame.index), "the parcel is no contact of the customer"


def test_the_map_through_a_persona_says_the_same(tmp_path: Path) -> None:
    study = shop(tmp_path)
    rows = journeys(study)["journey"]
    for persona in ("early", "late"):
        findings = {f.key: f for f in stage_metrics(seen_as(study, persona=persona)).findings if f.channel is None}
        for r in rows[(rows["persona"] == persona) & (rows["measure"] == "reaches")].to_dict("records"):
            e = findings[f"reach:stage:{r['what']}"].estimate
            assert e is not None and (e.n, e.base) == (r["n"], r["base"])
        for r in rows[(rows["persona"] == persona) & (rows["measure"] == "goes on to")].to_dict("records"):
            f = findings.get(f"next:stage:{r['key']}", findings[f"conversion:stage:{r['key']}"])
            assert f.estimate is not None and (f.estimate.n, f.estimate.base) == (r["n"], r["base"]), r["what"]


def test_findings_say_it_in_the_maps_words(tmp_path: Path) -> None:
    study = shop(tmp_path)
    for f in journeys(study).findings:
        assert f.estimate is not None
        assert agrees(f.estimate, *recompute(seen_as(study, persona=f.persona), f.evidence[0], f.estimate.unit))
