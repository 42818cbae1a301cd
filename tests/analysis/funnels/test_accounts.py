"""Accounts as what a funnel counts: an account's log is that of its customers together, in the order of time."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from cjm_research.analysis.funnels import funnel, funnel_by
from cjm_research.build import build
from cjm_research.errors import BadInput, NotEnoughData
from cjm_research.params import Workspace
from cjm_research.results.evidence import fingerprint
from cjm_research.study import Study, open_study

CONTACTS = "id,account_id\nc1,A\nc2,A\nc3,B\nc4,B\nc5,C\nc6,\n"
# A: c1 views, c2 buys later: through. B: c3 buys before c4 views: not. C: views only. c6 has no account
EVENTS = "who,when,event\nc1,2026-01-01,view\nc2,2026-01-03,buy\nc3,2026-01-01,buy\nc4,2026-01-02,view\nc5,2026-01-02,view\nc6,2026-01-01,view\nc6,2026-01-02,buy\n"
STEPS = [{"name": "View", "event": "view"}, {"name": "Buy", "event": "buy"}]


def made(place: Path, contacts: str = CONTACTS) -> Study:
    (place / "data/raw/b").mkdir(parents=True)
    (place / "data/raw/b/contacts.csv").write_text(contacts)
    (place / "data/raw/b/ev.csv").write_text(EVENTS)
    (place / "params").mkdir()
    (place / "params/b.yaml").write_text(yaml.safe_dump({
        "client": "b", "timezone": "UTC", "funnels": [{"name": "f", "unit": "account", "steps": STEPS}],
        "sources": [{"name": "contacts", "kind": "customers", "files": "contacts.csv", "columns": {"customer_id": "id"},
                     "settings": {"key_type": "contact", "keys": {"account": "account_id"}}},
                    {"name": "ev", "kind": "events", "files": "ev.csv", "columns": {"customer_id": "who", "occurred_at": "when", "event": "event"},
                     "settings": {"key_type": "contact"}}]}, sort_keys=False))
    build("b", Workspace(place))
    return open_study("b", Workspace(place))


def test_an_account_passes_by_any_of_its_customers(tmp_path: Path) -> None:
    study = made(tmp_path)
    found = funnel(study, "f")
    assert found["steps"][["n", "base"]].to_numpy().tolist() == [[3, 3], [1, 3]]
    assert "3 accounts" in found.sentences[1] and found.facts["unit"] == "account"
    assert dict(zip(found["customers"]["id"], found["customers"]["state"], strict=True)) == {"A": "completed", "B": "dropped", "C": "dropped"}
    assert any("2 events belong to no account" in c for c in found.caveats) and not any("session" in c for c in found.caveats)
    first = found.findings[0]
    assert "1 of 3 accounts who entered" in first.statement
    proof = first.evidence[0]
    assert proof.sql and fingerprint(study, proof.sql) == (proof.rows, proof.rows_sha256), "the statement gives the same accounts back"
    # by customers only c6 comes through, of five who view
    people = funnel(study, "f", unit="customer")["steps"]
    assert people[["n", "base"]].to_numpy().tolist() == [[4, 4], [1, 4]]


def test_strict_order_looks_at_all_of_the_account(tmp_path: Path) -> None:
    study = made(tmp_path)
    assert funnel(study, "f", order="strict")["steps"]["n"].tolist() == [3, 1]


def test_what_accounts_cannot_say_is_refused(tmp_path: Path) -> None:
    study = made(tmp_path)
    with pytest.raises(BadInput, match="accounts are counted"):
        funnel(study, "f", breakdown="attributes.account")
    with pytest.raises(BadInput, match="counts accounts"):
        funnel_by(study, "f", study.query("SELECT customer_id, 'x' AS persona FROM customers"))
    none = made(tmp_path / "none", "id,account_id\nc1,\n")
    with pytest.raises(NotEnoughData, match="no customer has the attribute 'account'"):
        funnel(none, "f")
