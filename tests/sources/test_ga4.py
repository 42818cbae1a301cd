"""GA4: the tiny export by hand, JSON against Parquet on the real sample, channels, and files that are no GA4 export."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cjm_research.engine import file_engine, literal
from cjm_research.errors import BadInput
from cjm_research.params.schema import Source
from cjm_research.sources import SOURCES
from cjm_research.sources.base import Context, SourceTables
from cjm_research.sources.ga4_schema import CHANNEL_SQL

from .helpers import read, tiny


def test_the_tiny_export_by_hand() -> None:
    delivered = tiny("ga4")
    rows = delivered.tables["interactions"].sort_values("occurred_at").reset_index(drop=True)
    assert rows["event"].tolist() == ["session_start", "view_item", "purchase", "page_view", "session_start"]
    assert rows["occurred_at"][0] == pd.Timestamp("2026-01-05 09:30", tz="UTC")
    assert rows["session_id"].tolist() == ["11.22|77", "11.22|77", "11.22|77", "u1|77", "33.44|77"]
    # who was logged in acted, on whatever device
    assert rows["key_type"].tolist() == ["ga_client_id", "ga_client_id", "user_id", "user_id", "ga_client_id"]
    assert rows["customer_key"].tolist() == ["11.22", "11.22", "u1", "u1", "33.44"]
    # the session's first tagged click counts for all of it, where the user first came from is kept beside
    assert [json.loads(p)["traffic_channel"] for p in rows["properties"]] == ["Email", "Email", "Email", "Organic Search", "Direct"]
    assert set(rows["channel"]) == {"web"}
    first = json.loads(rows["properties"][1])
    assert first == {"campaign": "(organic)", "country": "Austria", "device": "mobile", "event_date": "20260105", "items": 1, "medium": "organic",
                     "page_location": "https://shop.example/cart", "platform": "WEB", "session_campaign": "january", "session_medium": "email",
                     "session_source": "newsletter", "source": "google", "traffic_channel": "Email"}
    assert rows["value"].dropna().tolist() == [12.5]
    assert json.loads(rows["properties"][2])["transaction_id"] == "t1" and json.loads(rows["properties"][2])["quantity"] == 2
    pairs = delivered.same_person
    assert pairs is not None and pairs[["key_a", "key_b"]].to_numpy().tolist() == [["11.22", "u1"]]
    assert len(delivered.tables["customers"]) == 3
    assert any("events_intraday_20260105.json was not read" in n for n in delivered.report.notes)
    assert any("1 events have no user_pseudo_id but a user_id" in n for n in delivered.report.notes)


def test_settings() -> None:
    by_user = tiny("ga4", settings={"traffic": "first_user", "params": ["ga_session_id"], "keep_query": True, "deduplicate": False})
    rows = by_user.tables["interactions"].sort_values("occurred_at").reset_index(drop=True)
    assert [json.loads(p)["traffic_channel"] for p in rows["properties"]] == ["Organic Search"] * 5 + ["Direct"]
    assert json.loads(rows["properties"][0])["ga_session_id"] == "77"
    assert json.loads(rows["properties"][0])["page_location"].endswith("?email=anna@example.org#top")
    assert by_user.report.duplicates == 0
    kept = tiny("ga4", filter={"event": "purchase"})
    assert set(kept.tables["interactions"]["event"]) == {"purchase"}
    for wrong in ({"columns": {"event": "event_name"}}, {"constants": {"event": "x"}}):
        with pytest.raises(BadInput, match="nothing is mapped"):
            tiny("ga4", **wrong)


def test_json_equals_parquet(shared: Path) -> None:
    """The same 1,500 real events as BigQuery's JSON and as Parquet give the same rows."""
    folder = shared / "data" / "ga4_merch_store"

    def go(path: str, **options: Any) -> SourceTables:
        source = Source.model_validate({"name": "web", "kind": "ga4", "files": path} | options)
        return SOURCES["ga4"].read([folder / path], source, Context("c", None))

    lines = go("events_sample.ndjson.gz").tables["interactions"].drop(columns="interaction_id")
    users = [k.split("|")[0] for k in lines["customer_key"].unique()]
    whole = go("events_full_days.parquet", filter={"user_pseudo_id": users, "event_date": "20210114"}).tables["interactions"].drop(columns="interaction_id")
    order = list(lines.columns)
    both = lines.merge(whole.drop_duplicates(), on=order, how="left", indicator=True)
    assert (both["_merge"] == "both").all() and len(lines) == 1500
    console = go("events_raw_console.json")
    assert console.report.rows_read == 20 and console.tables["interactions"]["session_id"].notna().all()


@pytest.mark.parametrize(("source", "medium", "campaign", "channel"), [
    ("(direct)", "(none)", "(direct)", "Direct"), ("google", "organic", None, "Organic Search"), ("google", "cpc", None, "Paid Search"),
    ("www.bing.com", "cpc", None, "Paid Search"), ("m.facebook.com", "paid_social", None, "Paid Social"), ("instagram.com", "referral", None, "Organic Social"),
    ("t.co", "referral", None, "Organic Social"), ("youtube.com", "referral", None, "Organic Video"), ("newsletter", "email", None, "Email"),
    ("partner", "affiliate", None, "Affiliates"), ("blog.example", "referral", None, "Referral"), ("dsp", "cpm", None, "Display"), ("x", "sms", None, "SMS"),
    ("x", "web-push", None, "Mobile Push"), ("google", "cpc", "cross-network pmax", "Cross-network"), ("amazon.com", "cpc", None, "Paid Shopping"),
    ("someone", "cpc", None, "Paid Other"), ("(data deleted)", "(data deleted)", None, "Unassigned"), ("notgoogle-it.example", "cpc", None, "Paid Other"), (None, None, None, None)])
def test_channels(source: str | None, medium: str | None, campaign: str | None, channel: str | None) -> None:
    engine = file_engine()
    columns = ", ".join(f"CAST({literal(v)} AS VARCHAR) AS {n}" for n, v in (("source", source), ("medium", medium), ("campaign", campaign)))
    assert engine.scalar(f"SELECT {CHANNEL_SQL} FROM (SELECT {columns})") == channel
    engine.close()


def test_files_that_are_no_ga4_export(tmp_path: Path) -> None:
    for name, text, said in (("a.json", '{"user": "x"}\n', "no row has event_timestamp"), ("b.csv", "# ----\n# Start date: 20260101\nEvent name,Count\nx,1\n", "holds sums and no users"),
                             ("c.json", '{"event_timestamp": "1", "event_na', "cannot be read")):
        with pytest.raises(BadInput, match=said):
            read("ga4", tmp_path / name, {name: text})
    pd.DataFrame({"event_name": ["x"], "user": ["u"]}).to_parquet(tmp_path / "d.parquet")
    source = Source.model_validate({"name": "web", "kind": "ga4", "files": "d.parquet"})
    with pytest.raises(BadInput, match="has no column event_timestamp, event_params, user_pseudo_id") as told:
        SOURCES["ga4"].read([tmp_path / "d.parquet"], source, Context("c", None))
    assert "BigQuery export" in told.value.next
