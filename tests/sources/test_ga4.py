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
from cjm_research.sources.contract import Context, SourceTables
from cjm_research.sources.kinds.ga4_schema import CHANNEL_SQL

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
    assert [json.loads(p)["traffic_channel"] for p in rows["properties"]] == ["Email", "Email", "Email", "Direct", "Direct"]
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


DAY = 86_400_000_000


def event(at: int, name: str = "page_view", session: int = 1, user: str | None = "u1", params: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A row of the export. params: by key, a text, a float, or None for a value that was deleted."""
    told = [{"key": "ga_session_id", "value": {"int_value": str(session)}}]
    told += [{"key": k, "value": {"double_value": v} if isinstance(v, float) else {"string_value": v}} for k, v in (params or {}).items()]
    return {"event_timestamp": str(1_700_000_000_000_000 + at), "event_name": name, "user_pseudo_id": user, "event_params": told,
            "traffic_source": {"source": "google", "medium": "organic", "name": "(organic)"}, **more}


def rows_of(tmp_path: Path, *events: dict[str, Any], currency: str = "EUR", **settings: Any) -> tuple[list[dict[str, Any]], SourceTables]:
    """Interactions in the order of time, with their properties among them."""
    (tmp_path / "e.json").write_text("".join(json.dumps(e) + "\n" for e in events))
    source = Source.model_validate({"name": "web", "kind": "ga4", "files": "e.json", "settings": settings})
    delivered = SOURCES["ga4"].read([tmp_path / "e.json"], source, Context("c", None, currency))
    frame = delivered.tables["interactions"].sort_values("occurred_at", kind="stable")
    assert delivered.report.rows_read == len(frame) + sum(delivered.report.dropped.values())
    return [{**r, **json.loads(r["properties"])} for r in frame.to_dict("records")], delivered


def came(source: str | None = None, medium: str | None = None, campaign: str | None = None, gclid: str | None = None) -> dict[str, Any]:
    return {"collected_traffic_source": {"manual_source": source, "manual_medium": medium, "manual_campaign_name": campaign, "gclid": gclid}}


@pytest.mark.parametrize(("more", "expected"), [
    (came(gclid="Cj0"), ("google", "cpc", None)), (came("google", "organic", gclid="Cj0"), ("google", "cpc", None)),
    (came("google", "ppc", "sale", gclid="Cj0"), ("google", "ppc", "sale")), ({"params": {"gclid": "Cj0"}} | came(), ("google", "cpc", None)),
    ({"params": {"page_location": "https://x.example/?a=1&wbraid=Cj0#b"}} | came("x", "email"), ("google", "cpc", None)),
    (came("mail", "email", gclid="undefined"), ("mail", "email", None)),
    ({"session_traffic_source_last_click": {"google_ads_campaign": {"campaign_name": "brand"}}}, ("google", "cpc", "brand")),
    ({"session_traffic_source_last_click": {"manual_campaign": {"source": "a", "medium": "b"}, "cross_channel_campaign": {"source": "c", "medium": "d"}}}, ("c", "d", None))])
def test_a_click_id_is_google_ads(tmp_path: Path, more: dict[str, Any], expected: tuple[str | None, ...]) -> None:
    rows, _ = rows_of(tmp_path, event(0, **more))
    assert tuple(rows[0].get(f"session_{n}") for n in ("source", "medium", "campaign")) == expected


def test_visits_without_a_source(tmp_path: Path) -> None:
    """By hand: a first visit, a mail, a direct visit after it, one a hundred days later, and another browser of which only a later visit is there."""
    rows, delivered = rows_of(tmp_path, event(0, "first_visit"), event(1), event(DAY, session=2, **came("news", "email", "may")), event(2 * DAY, session=3),
                              event(102 * DAY, session=4), event(103 * DAY, session=5, **came("(direct)", "(none)")), event(104 * DAY, session=9, user="u2"),
                              event(105 * DAY, session=10, user="u3", params={"ga_session_number": "1"}))
    assert [r["traffic_channel"] for r in rows] == ["Organic Search", "Organic Search", "Email", "Email", "Direct", "Direct", "Direct", "Organic Search"]
    assert rows[3]["session_campaign"] == "may" and rows[4].get("session_campaign") is None and rows[4]["session_source"] == "(direct)"
    assert any("1 sessions without a source came from the same browser's latest source within 90 days" in n for n in delivered.report.notes)


def test_source_and_medium_are_of_one_touch(tmp_path: Path) -> None:
    rows, _ = rows_of(tmp_path, event(0, **came("partner.example")), event(1, **came("bing", "cpc")), event(2, session=2, **came(campaign="only")))
    told = [tuple(r.get(f"session_{n}") for n in ("source", "medium", "campaign")) for r in rows]
    assert told == [("partner.example", None, None)] * 2 + [(None, None, "only")]


def test_a_transaction_counts_once(tmp_path: Path) -> None:
    def buy(at: int, tid: str, amount: float, user: str = "u1", name: str = "purchase", **more: Any) -> dict[str, Any]:
        return event(at, name, user=user, params={"transaction_id": tid, "value": amount, "currency": "EUR"}, **more)

    events = [buy(5 * DAY, "T1", 50.0, session=7), buy(0, "T1", 50.0), buy(1, "T1", 60.0), buy(2, "T1", 50.0, user="server"), buy(3, "T1", 9.0, user="other shop"),
              buy(4, "T1", -50.0, name="refund"), buy(6, "undefined", 1.0), buy(7, "undefined", 1.0)]
    rows, delivered = rows_of(tmp_path, *events)
    assert [(r["event"], r["value"]) for r in rows] == [("purchase", 50.0), ("purchase", 9.0), ("refund", -50.0), ("purchase", 1.0), ("purchase", 1.0)]
    assert delivered.report.dropped == {"purchase with a transaction_id that an earlier one has": 3}
    assert any("3 purchases repeat the transaction_id" in n and "1 of them name another amount" in n for n in delivered.report.notes)
    assert len(rows_of(tmp_path, *events, deduplicate=False)[0]) == 8


def test_one_currency_a_column(tmp_path: Path) -> None:
    given = [event(0, params={"value": 12.5, "currency": "EUR"}, event_value_in_usd=13.7), event(1, params={"currency": "usd", "value": 20.0}),
             event(2, event_value_in_usd=3.0), event(3, params={"value": 4.0}), event(4, ecommerce={"purchase_revenue": 8.0, "purchase_revenue_in_usd": 9.0})]
    rows, delivered = rows_of(tmp_path, *given)
    assert [None if pd.isna(r["value"]) else r["value"] for r in rows] == [12.5, None, None, 4.0, 8.0]
    assert [(r.get("other_value"), r.get("currency")) for r in rows[:3]] == [(None, "EUR"), (20.0, "USD"), (3.0, "USD")]
    assert any("2 amounts are not in EUR (2 in US dollars (USD))" in n for n in delivered.report.notes)
    assert any("2 amounts name no currency and are taken as EUR" in n for n in delivered.report.notes)
    rows, _ = rows_of(tmp_path, *given, currency="USD")
    assert [None if pd.isna(r["value"]) else r["value"] for r in rows] == [None, 20.0, 3.0, 4.0, 8.0]
    # revenue that equals its dollars everywhere is in dollars, whatever the client counts in
    assert rows_of(tmp_path, event(0, ecommerce={"purchase_revenue": 8.0, "purchase_revenue_in_usd": 8.0}))[0][0]["other_value"] == 8.0


def test_ids_that_are_none_and_refused_storage(tmp_path: Path) -> None:
    rows, delivered = rows_of(tmp_path, *(event(k, user=f"b{k}", user_id=u) for k, u in enumerate(["null", "undefined", None, "u9"])),
                              event(5, user=None), event(6, privacy_info={"analytics_storage": "No"}), event(7, privacy_info={"analytics_storage": "Yes"}))
    assert [r["customer_key"] for r in rows] == ["b0", "b1", "b2", "u9", "u1"]
    assert delivered.report.dropped == {"no user id (consent refused)": 1, "analytics storage refused (privacy_info)": 1}
    assert any(n.startswith("2 events have a user_id that is a spelling of 'no id'") for n in delivered.report.notes)


def test_events_of_one_request_stand_as_they_happened(tmp_path: Path) -> None:
    places = [(1, 2, 3), (1, 2, 1), (1, 1, 9), (2, 1, 1)]
    rows, _ = rows_of(tmp_path, *(event(0, f"e{k}", batch_page_id=str(p), batch_ordering_id=str(o), batch_event_index=str(i)) for k, (p, o, i) in enumerate(places)))
    assert [r["event"] for r in sorted(rows, key=lambda r: r["sequence"])] == ["e2", "e1", "e0", "e3"]


def test_json_equals_parquet(shared: Path) -> None:
    """The same 1,500 real events as BigQuery's JSON and as Parquet give the same rows."""
    folder = shared / "data" / "ga4_merch_store"

    def go(path: str, **options: Any) -> SourceTables:
        source = Source.model_validate({"name": "web", "kind": "ga4", "files": path} | options)
        return SOURCES["ga4"].read([folder / path], source, Context("c", None))

    lines = go("events_sample.ndjson.gz").tables["interactions"].drop(columns="interaction_id")
    users = [k.split("|")[0] for k in lines["customer_key"].unique()]
    # of the same moments: a session that the sample cuts off would know more of where it came from
    micros = [int(t.value) // 1000 for t in lines["occurred_at"].unique()]
    whole = go("events_full_days.parquet", filter={"user_pseudo_id": users, "micros": micros}).tables["interactions"].drop(columns="interaction_id")
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


def test_an_older_export_lacks_newer_fields(tmp_path: Path) -> None:
    """Parquet of before 2023, with and without purchases: no collected_traffic_source, no batch ids, no currency."""
    given = [{"event_timestamp": 1_700_000_000_000_000 + k, "event_name": "purchase", "user_pseudo_id": "u1",
              "event_params": [{"key": "ga_session_id", "value": {"string_value": None, "int_value": 1, "double_value": None, "float_value": None}}]} for k in range(2)]
    for k, more in enumerate(({}, {"ecommerce": {"transaction_id": "t", "purchase_revenue": 5.0}})):
        pd.DataFrame([g | more for g in given]).to_parquet(tmp_path / f"{k}.parquet")
        source = Source.model_validate({"name": "web", "kind": "ga4", "files": f"{k}.parquet"})
        delivered = SOURCES["ga4"].read([tmp_path / f"{k}.parquet"], source, Context("c", None))
        assert len(delivered.tables["interactions"]) == 2 - k and delivered.tables["interactions"]["value"].sum() == 5.0 * k


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


PAGE = "https://shop.example/a?x=1"


@pytest.mark.parametrize(("params", "more", "expected", "channel"), [
    # parameters alone, as exports before 2023 have them
    ({"source": "newsletter", "medium": "email", "campaign": "spring"}, {}, ("newsletter", "email", "spring"), "Email"),
    ({"source": "partner"}, {}, ("partner", None, None), "Unassigned"),
    # the page's address, decoded; what stands after # is no tag
    ({"page_location": PAGE + "&utm_source=news%20letter&utm_medium=e+mail&utm_campaign=%C3%BCber#utm_source=z"}, {}, ("news letter", "e mail", "über"), "Email"),
    ({"page_location": PAGE + "&utm_source=a%ZZb&utm_medium=email"}, {}, ("a%ZZb", "email", None), "Email"),
    # one place each: the parameters have no campaign, and the address lends none
    ({"source": "bing", "medium": "cpc", "page_location": PAGE + "&utm_source=x&utm_medium=email&utm_campaign=c"}, {}, ("bing", "cpc", None), "Paid Search"),
    ({"source": "bing", "medium": "cpc"}, came("news", "email"), ("news", "email", None), "Email"),
    # click ids outweigh tags that are not of their network, and stay with those that are
    ({"source": "google", "medium": "organic", "campaign": "(organic)", "page_location": PAGE + "&gclid=Cj0"}, {}, ("google", "cpc", None), "Paid Search"),
    ({"source": "google", "medium": "cpc", "campaign": "brand", "page_location": PAGE + "&gbraid=Cj0"}, {}, ("google", "cpc", "brand"), "Paid Search"),
    ({"dclid": "D1"}, {}, ("dfa", "cpm", None), "Display"), ({"page_location": PAGE + "&dclid=D1&utm_campaign=c"}, {}, ("dfa", "cpm", "c"), "Display"),
    ({"dclid": "D1", "source": "dv360", "medium": "cpm", "campaign": "c"}, {}, ("dv360", "cpm", "c"), "Display"),
    ({}, {"collected_traffic_source": {"dclid": "D1"}}, ("dfa", "cpm", None), "Display"),
    ({"dclid": "D1", "gclid": "Cj0"}, {}, ("google", "cpc", None), "Paid Search"),
    # ids of others tell nothing
    ({"page_location": PAGE + "&fbclid=F&msclkid=M"}, {}, (None, None, None), "Organic Search"),
    # the shop is no referrer of itself
    ({"source": "pay.shop.example", "medium": "referral", "page_location": PAGE}, {}, ("google", "organic", "(organic)"), "Organic Search"),
    ({"source": "bank.example", "medium": "referral", "ignore_referrer": "true", "page_location": PAGE}, {}, ("google", "organic", "(organic)"), "Organic Search"),
    ({"source": "blog.example", "medium": "referral", "page_location": PAGE}, {}, ("blog.example", "referral", None), "Referral")])
def test_an_event_tells_its_source_at_one_place(tmp_path: Path, params: dict[str, str], more: dict[str, Any], expected: tuple[str | None, ...], channel: str) -> None:
    rows, delivered = rows_of(tmp_path, event(0, "page_view", params=params | {"ga_session_number": "1"}, **more))
    assert tuple(rows[0].get(f"session_{n}") for n in ("source", "medium", "campaign")) == expected and rows[0]["traffic_channel"] == channel
    says = [n for n in delivered.report.notes if "where users first came from" in n]
    by_field = bool(more) or "medium" in params
    assert len(says) == (not by_field)
    if says:
        assert ("but for 1 sessions" in says[0]) == (expected[0] is not None)


def test_visits_of_an_older_export(tmp_path: Path) -> None:
    """Parameters only: the last touch that was not direct is found as with newer fields, and a banner called `source` is no touch."""
    mail = {"source": "news", "medium": "email", "campaign": "may"}
    rows, delivered = rows_of(tmp_path, event(0, "session_start"), event(1, params=mail), event(2, "select_item", params={"source": "banner"}),
                              event(DAY, session=2, params={"source": "(direct)", "medium": "(none)", "campaign": "(direct)"}), event(99 * DAY, session=3),
                              event(99 * DAY + 1, "select_item", session=3, params={"source": "banner"}))
    assert [r["traffic_channel"] for r in rows] == ["Email"] * 4 + ["Direct"] * 2
    assert not any("where users first came from (traffic_source)" in n for n in delivered.report.notes)


def _buy(at: int, order: str | None, amount: float | None, user: str | None = "u1", name: str = "purchase", **params: Any) -> dict[str, Any]:
    return event(at, name, user=user, params={"currency": "EUR", **params}, ecommerce={"transaction_id": order, "purchase_revenue": amount})


def test_amounts_that_a_site_sent_as_text_are_read_or_told(tmp_path: Path) -> None:
    spelled = [("12,50", "EUR"), ("1.299,00 €", ""), ("free", "EUR"), ("−3,00", "Euro"), ("7,00", "$")]
    rows, delivered = rows_of(tmp_path, *(event(i, params={"value": v, "currency": c}) for i, (v, c) in enumerate(spelled)))
    assert [None if pd.isna(r["value"]) else float(r["value"]) for r in rows] == [12.5, 1299.0, None, -3.0, None]
    assert rows[4]["other_value"] == 7.0 and rows[4]["currency"] == "USD"
    assert any("1 texts are no numbers and count as missing ('free' 1×)" in n for n in delivered.report.notes)
    with pytest.raises(BadInput, match="may stand before decimals or between thousands"):
        rows_of(tmp_path, event(0, params={"value": "1,299", "currency": "EUR"}))
    assert float(rows_of(tmp_path, event(0, params={"value": "1,299", "currency": "EUR"}), decimal=",")[0][0]["value"]) == 1.299


def test_a_refund_is_below_zero(tmp_path: Path) -> None:
    returned = {**_buy(2, "t1", None, name="refund"), "ecommerce": {"transaction_id": "t1", "refund_value": 20.0, "refund_value_in_usd": 22.0}}
    rows, delivered = rows_of(tmp_path, _buy(0, "t1", 50.0), _buy(1, "t1", None, name="refund", value=5.0), returned, _buy(3, "t1", None, name="refund", value=-4.0))
    assert [float(r["value"]) for r in rows] == [50.0, -5.0, -20.0, -4.0]
    assert any("2 refunds give money back" in n for n in delivered.report.notes)


def test_a_transaction_counts_once_under_either_name_and_on_either_device(tmp_path: Path) -> None:
    phone = {**_buy(2, "t2", 40.0, user="phone"), "user_id": "ana"}
    server = {**_buy(3, "t2", 33.6, user="server"), "user_id": "ana"}  # without tax
    rows, delivered = rows_of(tmp_path, _buy(0, "t1", 50.0), _buy(1, "t1", 50.0, name="ecommerce_purchase"), phone, server, _buy(4, "t2", 12.0, user="other shop"))
    assert [float(r["value"]) for r in rows] == [50.0, 40.0, 12.0]
    assert delivered.report.dropped == {"purchase with a transaction_id that an earlier one has": 2}


@pytest.mark.parametrize("at", [1_709_287_200_000, 1_709_287_200])
def test_times_in_another_unit_than_microseconds_are_refused(tmp_path: Path, at: int) -> None:
    with pytest.raises(BadInput, match="microseconds since 1970"):
        rows_of(tmp_path, {**event(0), "event_timestamp": str(at)})


def test_ids_that_a_spreadsheet_cut_are_refused_and_floats_are_whole(tmp_path: Path) -> None:
    for name in ("user_id", "user_pseudo_id"):
        with pytest.raises(BadInput, match="have lost digits"):
            rows_of(tmp_path, {**event(0), name: "4.91235E+12"}, event(1))
    rows, _ = rows_of(tmp_path, {**event(0), "user_id": 77.0}, {**event(1), "user_id": 81.0}, {**event(2), "user_pseudo_id": "170.0"})
    assert [r["customer_key"] for r in rows] == ["77", "81", "170.0"]


def test_a_table_of_the_site_is_told_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / "export").write_text("# ------\n# Traffic acquisition\nSession source,Sessions\ngoogle,12\n")
    source = Source.model_validate({"name": "web", "kind": "ga4", "files": "export"})
    with pytest.raises(BadInput, match="tables of the GA4 site hold sums and no users"):
        SOURCES["ga4"].read([tmp_path / "export"], source, Context("acme", "UTC"))
