"""CRM: collapsed stages, footers and ids of Salesforce, HubSpot's history, dates by column."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from cjm_research.errors import BadInput
from cjm_research.sources.contract import ImportReport
from cjm_research.sources.kinds.crm import salesforce_ids

from .helpers import read, tiny


def test_the_tiny_history_by_hand() -> None:
    delivered = tiny("crm")
    rows = delivered.tables["deals"]
    assert rows[["deal_id", "stage"]].to_numpy().tolist() == [
        ["006Ax000001abcDIAQ", "Prospecting"], ["006Ax000001abcDIAQ", "Negotiation"], ["006Ax000001abcDIAQ", "Closed Won"],
        ["006Ax000002bcdEIAQ", "Prospecting"], ["006Ax000002bcdEIAQ", "Closed Lost"], ["006Ax000003cdeFIAQ", "Prospecting"]]
    assert rows["amount"].fillna(0).tolist() == [1500, 1500, 1400, 0, 0, 200]  # the last amount given in the stage
    assert rows["is_won"].tolist() == [False, False, True, False, False, False]
    assert rows["is_closed"].tolist() == [False, False, True, False, True, False]
    assert rows["entered_at"][1] == pd.Timestamp("2026-01-20 18:30", tz="UTC")  # 1:30 PM in New York
    mirrored = delivered.tables["interactions"]
    assert mirrored["event"].tolist() == ["deal: Prospecting", "deal: Negotiation", "deal: Closed Won", "deal: Prospecting"]
    assert mirrored["value"].fillna(0).tolist() == [0, 0, 1400, 0]  # an amount counts once
    assert any("footer" in n for n in delivered.report.notes)


def checksum(short: str) -> str:
    """Salesforce's rule, written out: the capitals of five characters as bits of a number, lowest first."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    return short + "".join(letters[int("".join("1" if c.isupper() else "0" for c in reversed(short[i: i + 5])), 2)] for i in (0, 5, 10))


def test_salesforce_ids() -> None:
    # the example of Salesforce's own documentation of the rule
    assert checksum("00570000001ZwTi") == "00570000001ZwTiAAK"
    mixed = pd.Series(["00570000001ZwTi", "00570000001ZwTiAAK", "006Ax000001abcD", None], dtype="string")
    report = ImportReport("s", "crm")
    assert salesforce_ids(mixed, report).fillna("-").tolist() == ["00570000001ZwTiAAK", "00570000001ZwTiAAK", checksum("006Ax000001abcD"), "-"]
    assert report.notes == ["2 ids of 15 characters were completed to Salesforce's 18"]
    alone = pd.Series(["00570000001ZwTi", "abc"], dtype="string")
    assert salesforce_ids(alone, report).tolist() == alone.tolist()


def test_hubspot_property_history(tmp_path: Path) -> None:
    text = ("deal_id,name,value,timestamp,_fivetran_synced\n7,dealstage,appointment,2026-01-05 10:00:00.819,x\n7,amount,100,2026-01-05 10:00:00,x\n"
            "7,dealstage,closedwon,2026-01-09 10:00:00,x\n8,dealstage,appointment,2026-01-05 11:00:00,x\n")
    delivered = read("crm", tmp_path, {"h.csv": text}, filter={"name": "dealstage"},
                     columns={"deal_id": "deal_id", "stage": "value", "entered_at": "timestamp"},
                     settings={"stage_labels": {"closedwon": "Closed won", "appointment": "Appointment"}, "won": ["Closed won"]})
    rows = delivered.tables["deals"]
    assert rows["stage"].tolist() == ["Appointment", "Closed won", "Appointment"] and rows["is_won"].tolist() == [False, True, False]
    assert "interactions" not in delivered.tables and delivered.report.null_ids == 3
    assert delivered.report.dropped == {"filtered by params": 1} and rows["properties"].isna().all()


def test_dates_by_column(tmp_path: Path) -> None:
    text = "lead,first,won,origin\na,2026-01-05,2026-02-01,paid\nb,2026-01-06,,organic\nc,,,organic\n"
    params = {"columns": {"deal_id": "lead", "customer_id": "lead"}, "settings": {"stage_columns": {"first": "lead", "won": "won"}, "won": ["won"]}}
    delivered = read("crm", tmp_path, {"x.csv": text}, **params)
    assert delivered.tables["deals"][["deal_id", "stage"]].to_numpy().tolist() == [["a", "lead"], ["a", "won"], ["b", "lead"]]
    assert delivered.tables["interactions"]["properties"].map(json.loads).tolist() == [{"origin": "paid"}, {"origin": "paid"}, {"origin": "organic"}]
    assert delivered.report.dropped == {"no readable time": 1}
    with pytest.raises(BadInput, match="deal 'a' stands in several rows"):
        read("crm", tmp_path, {"x.csv": text + "a,2026-01-05,,paid\n"}, **params)


def test_a_stage_entered_again_counts_again(tmp_path: Path) -> None:
    text = "d,s,t\n1,A,2026-01-01\n1,B,2026-01-02\n1,A,2026-01-03\n1,A,2026-01-04\n2,A,2026-01-01\n"
    rows = read("crm", tmp_path, {"x.csv": text}, columns={"deal_id": "d", "stage": "s", "entered_at": "t"}).tables["deals"]
    assert rows[["deal_id", "stage"]].to_numpy().tolist() == [["1", "A"], ["1", "B"], ["1", "A"], ["2", "A"]]


def test_accounts_as_customers_are_told(tmp_path: Path) -> None:
    """Beside a source of contacts each account would be one more customer: that is said, and what to do."""
    text = "deal,stage,at,account\nd1,Won,2026-01-02,a1\nd2,Won,2026-01-03,a2\n"
    columns = {"deal_id": "deal", "stage": "stage", "entered_at": "at", "customer_id": "account"}
    told = read("crm", tmp_path / "a", {"x.csv": text}, columns=columns, settings={"key_type": "account"}).report.notes
    assert [n for n in told if "'account' is of a group" in n and "settings.keys" in n]
    plain = read("crm", tmp_path / "b", {"x.csv": text.replace("account", "customer")}, columns=columns | {"customer_id": "customer"}).report.notes
    assert not [n for n in plain if "of a group" in n]
