"""Customers and XES logs."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pandas as pd
import pytest

from cjm_research.errors import BadInput
from cjm_research.params.schema import Source
from cjm_research.sources import SOURCES
from cjm_research.sources.contract import Context

from .helpers import DATA, read, tiny


def test_the_tiny_contacts_by_hand() -> None:
    delivered = tiny("customers")
    rows = delivered.tables["customers"]
    assert rows[["key_type", "customer_key"]].to_numpy().tolist() == [["email", "anna@example.org"], ["email", "ben@example.org"], ["hubspot_contact", "53"]]
    assert rows["consent"].astype("object").where(rows["consent"].notna(), "-").tolist() == [True, False, "-"]
    assert json.loads(rows["attributes"][0]) == {"Country": "Germany", "Create Date": "2026-01-05 10:00", "Lifecycle Stage": "customer"}
    assert delivered.same_person is not None and len(delivered.same_person) == 2
    for private in ("Ash", "1234567"):
        assert private not in rows.to_json()


def test_attributes_by_name(tmp_path: Path) -> None:
    text = "id,seg,name\n1,pro,Anna\n2,,Ben\n"
    rows = read("customers", tmp_path, {"x.csv": text}, columns={"customer_id": "id"}, settings={"attributes": {"segment": "seg"}}).tables["customers"]
    assert rows["attributes"].fillna("-").tolist() == ['{"segment":"pro"}', "-"]


def test_the_tiny_log_by_hand() -> None:
    delivered = tiny("xes")
    rows = delivered.tables["interactions"]
    assert rows[["customer_key", "event"]].to_numpy().tolist() == [["17", "received & read"], ["17", "assess"], ["18", "received"]]
    assert [t.isoformat() for t in rows["occurred_at"]] == ["2026-01-05T09:00:00+00:00", "2026-01-05T11:00:00+00:00", "2026-01-06T11:00:00+00:00"]
    assert json.loads(rows["properties"][0]) == {"lifecycle": "COMPLETE", "resource": "112"} and set(rows["key_type"]) == {"claim"}
    assert delivered.tables["customers"].set_index("customer_key")["attributes"].fillna("-").to_dict() == {"17": '{"AMOUNT":"20000"}', "18": "-"}
    everything = tiny("xes", settings={"unreadable": 0.5}).report
    assert everything.rows_kept["interactions"] == 4 and everything.dropped == {"trace has no concept:name": 1, "no readable time": 1}


def test_logs_packed_and_hostile(tmp_path: Path) -> None:
    raw = (DATA / "xes" / "log.xes").read_bytes()
    source = Source(name="s", kind="xes", files="x", settings={"unreadable": 0.5})
    read_ = lambda path: SOURCES["xes"].read([path], source, Context("c", "UTC"))  # noqa: E731
    packed = tmp_path / "log.xes.gz"
    packed.write_bytes(gzip.compress(raw))
    pd.testing.assert_frame_equal(read_(packed).tables["customers"], read_(DATA / "xes" / "log.xes").tables["customers"])
    bomb = b'<?xml version="1.0"?><!DOCTYPE log [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><log><trace><string key="concept:name" value="&b;"/></trace></log>'
    outside = b'<?xml version="1.0"?><!DOCTYPE log SYSTEM "file:///etc/passwd"><log/>'
    for name, content, said in (("bomb", bomb, "document type or entities"), ("outside", outside, "document type or entities"), ("html", b"<html></html>", "this is a web page"),
                                ("cut", raw[:600], "not well-formed XML"), ("deep", b"<log>" + b"<list>" * 200, "nested deeper"), ("gz", gzip.compress(raw)[:80], "damaged or cut off")):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(BadInput, match=said):
            read_(path)


def test_names_may_follow_events(tmp_path: Path) -> None:
    log = ('<log><trace><event><string key="concept:name" value="a"/><date key="time:timestamp" value="2026-01-05T10:00:00"/></event>'
           '<string key="concept:name" value="late"/></trace></log>')
    rows = read("xes", tmp_path, {"x.xes": log}).tables["interactions"]
    assert rows["customer_key"].tolist() == ["late"]
    with pytest.raises(BadInput, match="nothing is mapped"):
        read("xes", tmp_path, {"x.xes": log}, columns={"event": "concept:name"})
