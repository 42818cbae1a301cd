"""Funnels against published figures: PostHog's breakdown cases, GA4, BPI Challenge 2012, Olist."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cjm_research.analysis.funnels import funnel
from cjm_research.analysis.funnels.definition import define
from cjm_research.analysis.funnels.segments import split_by
from cjm_research.analysis.funnels.walking import walk_funnel
from cjm_research.engine.duck import connect
from cjm_research.log.events import NONE
from tests.studies import make_study


def counts(segment: Any) -> list[int]:
    return segment.passage.chains.take(segment.which).reached.sum(axis=0).tolist()


def breakdown_study(folder: Path, case: dict[str, Any], order: str):
    frame = pd.DataFrame(case["events"], columns=["customer_id", "event", "occurred_at", "browser"])
    frame["occurred_at"] = pd.to_datetime(frame["occurred_at"], utc=True)
    frame["properties"] = [None if pd.isna(b) else json.dumps({"browser": b}) for b in frame.pop("browser")]
    frame = frame.assign(interaction_id=[f"i{i}" for i in range(len(frame))], source="x")
    f = case["funnel"]
    steps = [{"name": f"{k}: {s}", "event": s} for k, s in enumerate(f["steps"])]
    return make_study(folder, {"interactions": frame}, funnels=[{"name": "f", "order": order, "window": f"{f['window_seconds']}s", "steps": steps}])


def test_breakdowns_of_the_published_cases(oracle, tmp_path):
    checked = 0
    for case in oracle("funnel_cases")["breakdown_cases"]:
        for order in ["ordered", *case.get("also_asserted_for_order", [])]:
            study = breakdown_study(tmp_path / f"{case['name']}-{order}", case, order)
            w = walk_funnel(study, define(study, "f"))
            way = case["breakdown"]
            at = {"first_touch": "first", "last_touch": "last", "all_events": "all"}.get(way["attribution"]) or f"step:{w.definition.steps[way['step']].name}"
            split = split_by(w, "properties.browser", at, most=100)
            found = {("" if s.name == NONE else s.name): s for s in split.segments}
            assert {k: counts(s) for k, s in found.items()} == case["expected_by_value"], case["name"]
            for value, seconds in case.get("expected_avg_seconds_last_step_by_value", {}).items():
                times = found[value].passage.chains.take(found[value].which).times
                assert np.mean(np.diff(times[:, -2:], axis=1)) / 1e6 == seconds
            checked += 1
    assert checked >= 4


@pytest.fixture(scope="module")
def ga4(shared, tmp_path_factory):
    """GA4 as its export gives it: sessions unique by user, session number and day; first-user source."""
    frame = connect().execute(f"""SELECT CAST(row_number() OVER () AS VARCHAR) AS interaction_id, user_pseudo_id AS customer_id,
        make_timestamptz(event_timestamp) AS occurred_at, 'ga4' AS source, event_name AS event,
        user_pseudo_id || '|' || CAST(list_filter(event_params, lambda x: x.key = 'ga_session_id')[1].value.int_value AS VARCHAR) || '|' || event_date AS session_id,
        CAST(to_json({{'row': event_date || '|' || traffic_source.name || '|' || traffic_source.source || '|' || traffic_source.medium}}) AS VARCHAR) AS properties
        FROM '{shared / "data/ga4_merch_store/events_full_days.parquet"}'""").df()
    found = [{"name": e, "unit": "session", "order": "unordered", "steps": [{"name": "Visit", "event": "session_start"}, {"name": "Goal", "event": e}]}
             for e in ("add_to_cart", "begin_checkout", "purchase")]
    ordered = {"name": "ordered", "unit": "session", "steps": [{"name": e, "event": e} for e in ("session_start", "add_to_cart", "purchase")]}
    return make_study(tmp_path_factory.mktemp("ga4"), {"interactions": frame}, funnels=[*found, ordered])


def test_ga4_published_funnel(ga4, shared):
    published = pd.read_csv(shared / "data/ga4_merch_store/published_bigquery_funnel.csv")
    published.index = published["event_date"].str.replace("-", "") + "|" + published["campaign"] + "|" + published["source"] + "|" + published["medium"]
    totals = {}
    for event, column in (("add_to_cart", "visit_to_cart"), ("begin_checkout", "visit_to_checkout"), ("purchase", "visit_to_purchase")):
        w = walk_funnel(ga4, define(ga4, event))
        # the published shares are of sessions with the event to sessions with a session_start, not of a funnel
        visits, goals = (np.isin(w.chains.u, rows.u) for rows in w.steps)
        rows = {s.name: (int(visits[s.which].sum()), int(goals[s.which].sum())) for s in split_by(w, "properties.row", most=10_000).segments}
        for name, row in published.iterrows():
            visited, reached = rows[name]
            assert visited == row["sessions_start_count"], name
            assert 100 * reached / visited == pytest.approx(row[column]), (name, column)
        totals[event] = int(goals.sum())
        assert int(visits.sum()) == 14_320
    assert totals == {"add_to_cart": 579, "begin_checkout": 240, "purchase": 123}


def test_ga4_sessions_end_half_an_hour_after_their_last_event(ga4):
    answer = funnel(ga4, "ordered")
    assert answer["steps"]["base"].iloc[0] == 14_320
    people = answer["customers"].set_index("id")
    last = ga4.query("SELECT session_id AS id, max(occurred_at) AS last FROM interactions GROUP BY 1").set_index("id")["last"]
    young = last > last.max() - pd.Timedelta(minutes=30)
    assert people.index[people["state"] == "pending"].tolist() == people.index[young[people.index] & (people["state"] != "completed")].tolist()
    assert 0 < answer.facts["pending"] < 100


STAGES = ["A_SUBMITTED", "A_PARTLYSUBMITTED", "A_PREACCEPTED", "A_ACCEPTED", "A_FINALIZED"]


@pytest.fixture(scope="module")
def loans(shared, tmp_path_factory):
    raw = pd.read_csv(shared / "data/bpic2012_loans/bpic2012_events.csv.gz")
    raw.columns = [c.lower() for c in raw.columns]
    case, activity, time = raw.columns[0], raw.columns[1], next(c for c in raw.columns if "time" in c)
    frame = pd.DataFrame({"interaction_id": [f"i{i}" for i in range(len(raw))], "customer_id": raw[case].astype(str),
                          "occurred_at": pd.to_datetime(raw[time], utc=True, format="ISO8601"), "source": "xes", "event": raw[activity]})
    frame = frame[raw["lifecycle"] == "COMPLETE"] if "lifecycle" in raw else frame
    steps = [{"name": s, "event": s} for s in STAGES]
    single = [{"name": s, "steps": [{"name": "Submitted", "event": "A_SUBMITTED"}, {"name": s, "event": s}]}
              for s in ("O_SENT", "O_SENT_BACK", "A_APPROVED", "A_REGISTERED", "A_ACTIVATED", "A_DECLINED", "A_CANCELLED")]
    return make_study(tmp_path_factory.mktemp("loans"), {"interactions": frame}, funnels=[{"name": "loan", "steps": steps}, *single])


def test_loan_stages(loans):
    assert funnel(loans, "loan")["steps"]["n"].tolist() == [13_087, 13_087, 7_367, 5_113, 5_015]
    reached = {name: int(funnel(loans, name, customers=False)["steps"]["n"].iloc[1]) for name in
               ("O_SENT", "O_SENT_BACK", "A_APPROVED", "A_REGISTERED", "A_ACTIVATED", "A_DECLINED", "A_CANCELLED")}
    assert reached == {"O_SENT": 5_015, "O_SENT_BACK": 3_254, "A_APPROVED": 2_246, "A_REGISTERED": 2_246, "A_ACTIVATED": 2_246,
                       "A_DECLINED": 7_635, "A_CANCELLED": 2_807}


def test_olist_orders_and_deals(shared, tmp_path):
    folder = shared / "data/olist_marketplace"
    orders = pd.read_csv(folder / "olist_orders_dataset.csv.gz")
    stages = {"purchase": "order_purchase_timestamp", "approved": "order_approved_at", "carrier": "order_delivered_carrier_date",
              "delivered": "order_delivered_customer_date"}
    parts = [pd.DataFrame({"customer_id": orders["order_id"], "event": e, "occurred_at": pd.to_datetime(orders[c], utc=True)}) for e, c in stages.items()]
    leads = pd.read_csv(folder / "olist_marketing_qualified_leads_dataset.csv.gz")
    deals = pd.read_csv(folder / "olist_closed_deals_dataset.csv.gz")
    origin = [None if pd.isna(o) else json.dumps({"origin": o}) for o in leads["origin"]]
    parts.append(pd.DataFrame({"customer_id": leads["mql_id"], "event": "lead", "occurred_at": pd.to_datetime(leads["first_contact_date"], utc=True),
                               "properties": origin}))
    parts.append(pd.DataFrame({"customer_id": deals["mql_id"], "event": "deal", "occurred_at": pd.to_datetime(deals["won_date"], utc=True)}))
    frame = pd.concat(parts).dropna(subset=["occurred_at"])
    frame = frame.assign(interaction_id=[f"i{i}" for i in range(len(frame))], source="olist")
    # the published counts are of orders that have a date, whatever its order
    pairs = [{"name": e, "order": "unordered", "steps": [{"name": "a", "event": "purchase"}, {"name": "b", "event": e}]} for e in list(stages)[1:]]
    won = {"name": "won", "order": "unordered", "steps": [{"name": "Lead", "event": "lead"}, {"name": "Deal", "event": "deal"}]}
    study = make_study(tmp_path, {"interactions": frame}, funnels=[*pairs, won])
    assert [int(funnel(study, e, customers=False)["steps"]["n"].iloc[1]) for e in list(stages)[1:]] == [20_823, 20_493, 20_253]
    # one deal is dated before its lead; an ordered funnel has 841
    assert int(funnel(study, "won", order="ordered")["steps"]["n"].iloc[1]) == 841
    answer = funnel(study, "won", breakdown="properties.origin")
    last = answer["steps"].iloc[1]
    assert (last["n"], last["base"]) == (842, 8_000)
    by = answer["breakdown"][answer["breakdown"]["step"] == 2].set_index("segment")[["n", "base"]]
    assert by.loc["paid search"].tolist() == [195, 1_586] and by.loc["organic search"].tolist() == [271, 2_296]
    assert by.loc["direct traffic"].tolist() == [56, 499] and by.loc["referral"].tolist() == [24, 284]
