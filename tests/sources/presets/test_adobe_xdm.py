"""Experience events: two spellings of names, several identities, events without a type; the vendor's own examples."""

from __future__ import annotations

import json
from pathlib import Path

from cjm_research.params.schema import Source
from cjm_research.sources import SOURCES
from cjm_research.sources.contract import Context, SourceTables

from .samples import SAMPLES


def _read(path: Path) -> SourceTables:
    return SOURCES["adobe_xdm"].read([path], Source(name="x", kind="adobe_xdm", files=path.name), Context("acme", None))


def test_the_primary_identity_is_the_person_and_namespaces_are_not_pooled(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_bytes(SAMPLES["adobe_xdm"][1])
    delivered = _read(tmp_path / "x.jsonl")
    rows = delivered.tables["interactions"]
    assert rows["customer_key"].tolist() == ["Email:a@example.org", "ECID:2", "Loyalty:1"]
    assert rows["event"].tolist() == ["web.webpagedetails.pageViews", "commerce.purchases", "message.feedback.sent"] and rows["value"].tolist()[1] == 9.5
    assert str(rows["occurred_at"][1]) == "2026-03-02 10:00:00+00:00" and delivered.report.dropped == {"message that did not reach the customer": 1}


def test_the_vendors_examples_against_their_own_json(shared: Path) -> None:
    """Who has no identity or whose event nothing names is counted; the rest is worked out here by walking the objects."""
    path = shared / "data" / "adobe_xdm" / "experience_events.jsonl"
    objects = [json.loads(line.replace("xdm:", "")) for line in path.read_text().splitlines()]
    delivered = _read(path)
    assert delivered.report.rows_read == len(objects) == 21 and 21 == len(delivered.tables["interactions"]) + sum(delivered.report.dropped.values())
    without = sum(not any(i.get("id") for listed in o.get("identityMap", {}).values() for i in listed) and not any(i.get("id") for i in o.get("endUserIDs", {}).values()) for o in objects)
    assert delivered.report.null_ids == without == delivered.report.dropped["no customer id"]
    assert any(n.startswith("13 events name no type") for n in delivered.report.notes)
    ids = {f"{space}:{i['id']}" for o in objects for space, listed in o.get("identityMap", {}).items() for i in listed if i.get("id")}
    ids |= {f"{i['namespace']['code']}:{i['id']}" for o in objects for i in o.get("endUserIDs", {}).values() if i.get("id") and i.get("namespace", {}).get("code")}
    assert set(delivered.tables["interactions"]["customer_key"]) <= ids


def test_what_is_no_identity_is_nobody(tmp_path: Path) -> None:
    rows = [{"_id": str(i), "timestamp": "2026-03-02T09:00:00Z", "eventType": "a", "identityMap": {"ECID": ids}} for i, ids in enumerate([[{"id": "1"}], [], [{}], [{"id": ""}], "x", [7], [{"id": None}], [{"id": "2"}, {"id": "3", "primary": True}]])]
    (tmp_path / "x.jsonl").write_text("\n".join(map(json.dumps, rows)))
    delivered = _read(tmp_path / "x.jsonl")
    assert delivered.tables["interactions"]["customer_key"].tolist() == ["ECID:1", "ECID:3"] and delivered.report.null_ids == 6
