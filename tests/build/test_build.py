"""Tables from exports, step by step, on a client small enough to check by hand: two tools and two lists of persons."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from cjm_research.build import build, building, writing
from cjm_research.errors import BadInput, BadInputs, CjmError
from cjm_research.params import Workspace
from cjm_research.sources import SOURCES
from cjm_research.sources.contract import SourceKind
from cjm_research.study import Study, open_study

WEB = "cookie,mail,at,event,order\nk1,ann@x.org,2026-01-05 10:00,visit,\nk1,,2026-01-05 10:05,buy,o-1\nk2,,2026-01-06 09:00,visit,\nk3,cid@x.org,2026-01-07 09:00,visit,\n"
APP = "mail,at,event\nANN@x.org,2026-01-08 08:00,open\nbob@x.org,2026-01-08 09:00,open\ndee@x.org,2026-01-09 09:00,open\n"
CRM = "mail,agreed,plan,country\nann@x.org,yes,pro,AT\nann@x.org,yes,basic,DE\nbob@x.org,no,basic,\ndee@x.org,,,FR\n"
PANEL = "mail,country,team\nann@x.org,AA,red\ndee@x.org,AA,blue\n"
SOURCES_OF = [
    {"name": "web", "kind": "events", "files": "web.csv", "columns": {"customer_id": "cookie", "occurred_at": "at", "event": "event"},
     "settings": {"key_type": "cookie", "keys": {"email": "mail"}}},
    {"name": "app", "kind": "events", "files": "app.csv", "columns": {"customer_id": "mail", "occurred_at": "at", "event": "event"}, "settings": {"key_type": "email"}},
    {"name": "crm", "kind": "customers", "files": "crm.csv", "columns": {"customer_id": "mail", "consent": "agreed"},
     "settings": {"key_type": "email", "attributes": ["plan", "country"]}},
    {"name": "panel", "kind": "customers", "files": "panel.csv", "columns": {"customer_id": "mail"},
     "settings": {"key_type": "email", "attributes": ["country", "team"]}}]


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    raw = tmp_path / "data" / "raw" / "acme"
    raw.mkdir(parents=True)
    for name, text in (("web", WEB), ("app", APP), ("crm", CRM), ("panel", PANEL)):
        (raw / f"{name}.csv").write_text(text)
    write_params(tmp_path, SOURCES_OF)
    return Workspace(tmp_path)


def write_params(root: Path, sources: list[dict[str, Any]]) -> None:
    (root / "params").mkdir(exist_ok=True)
    (root / "params" / "acme.yaml").write_text(yaml.safe_dump({"client": "acme", "timezone": "UTC", "sources": sources}))


def customer_of(study: Study, event: str, day: str) -> str:
    return str(study.scalar("SELECT any_value(customer_id) FROM interactions WHERE event = ? AND CAST(occurred_at AS DATE) = CAST(? AS DATE)", [event, day]))


def test_one_person_over_two_tools_and_those_who_said_no_are_left_out(place: Workspace) -> None:
    report = build("acme", place)
    study = open_study("acme", place)
    assert customer_of(study, "visit", "2026-01-05") == customer_of(study, "open", "2026-01-08"), "the cookie's address is the app's"
    # k1 = ann, k2 unknown, k3 = cid; bob said no and dee nothing where the list asks, so their events are gone too
    assert report.tables["interactions"]["rows"] == 5 and report.tables["customers"]["rows"] == 3
    assert [n for n in report.notes if "consent" in n] == ["2 customers did not consent to analysis (1 of them gave no answer, which is no consent); all their records are left out"]
    assert any(n == "consent: 2 rows say yes, 1 no, 1 give no answer, which is no consent" for s in report.sources for n in s["notes"])
    rows = study.query("SELECT attributes, consent FROM customers WHERE attributes IS NOT NULL ORDER BY attributes")
    assert [json.loads(a) for a in rows["attributes"]] == [{"country": "AT", "plan": "pro", "team": "red"}], \
        "the first source that says something counts"
    assert "1 customer with attributes from several rows; of each the first given value counts, in the order of the sources" in report.notes
    assert rows["consent"].astype("object").where(rows["consent"].notna(), None).tolist() == [True]
    links = study.query("SELECT customer_id, count(*) AS n FROM identity_links GROUP BY ALL ORDER BY n DESC")
    assert links["customer_id"][0] == customer_of(study, "visit", "2026-01-05")


def test_nothing_of_the_exports_ids_is_in_the_tables(place: Workspace) -> None:
    build("acme", place)
    for table in place.tables("acme").rglob("*"):
        if table.is_file():
            content = table.read_bytes()
            assert not [raw for raw in (b"ann@", b"ANN@", b"cid@", b"dee@", b"bob@") if raw in content], table.name


def test_whom_an_earlier_version_erased_stays_erased(place: Workspace) -> None:
    build("acme", place)
    gone = customer_of(open_study("acme", place), "visit", "2026-01-05")
    (place.vault("acme") / "erased.txt").write_text(gone + "\n")
    build("acme", place)
    study = open_study("acme", place)
    assert study.scalar("SELECT count(*) FROM interactions WHERE event IN ('visit', 'buy', 'open')") == 2  # k2, cid
    assert not study.scalar("SELECT count(*) FROM customers WHERE customer_id = ?", [gone])


def test_only_what_changed_is_read_again(place: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    build("acme", place)
    read: list[str] = []

    def telling(kind: SourceKind) -> SourceKind:
        return replace(kind, read=lambda files, source, context: read.append(source.name) or kind.read(files, source, context))

    for name in ("events", "customers"):
        monkeypatch.setitem(SOURCES, name, telling(SOURCES[name]))
    assert not build("acme", place).changed and read == []
    with (place.raw("acme") / "app.csv").open("a") as file:
        file.write("eve@x.org,2026-01-09 10:00,open\n")
    assert build("acme", place).tables["interactions"]["rows"] == 6 and read == ["app"]


def test_a_build_cut_off_leaves_what_was_there(place: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    build("acme", place)
    before = {p: p.read_bytes() for p in place.tables("acme").rglob("*") if p.is_file()}
    with (place.raw("acme") / "app.csv").open("a") as file:
        file.write("eve@x.org,2026-01-09 10:00,open\n")

    def full(*_: Any) -> str:
        raise OSError("No space left on device")

    with monkeypatch.context() as broken, pytest.raises(CjmError, match="No space"):
        broken.setattr(writing, "_content_hash", full)
        build("acme", place)
    assert {p: p.read_bytes() for p in place.tables("acme").rglob("*") if p.is_file()} == before
    assert [p.name for p in place.tables("acme").parent.iterdir()] == ["acme"], "nothing half-written"
    assert build("acme", place).tables["interactions"]["rows"] == 6, "and it can be built afterwards"


def test_all_that_is_wrong_is_told_at_once(place: Workspace, tmp_path: Path) -> None:
    (place.raw("acme") / "web.csv").write_text("cookie,at\nk1,2026-01-05\n")
    (place.raw("acme") / "crm.csv").write_text("")
    with pytest.raises(BadInputs) as told:
        build("acme", place)
    words = str(told.value)
    assert "source 'web': settings.keys.email: unknown column 'mail'" in words and "crm.csv: the file is empty" in words and "app" not in words
    assert not place.tables("acme").exists()
    write_params(tmp_path, [{**SOURCES_OF[0], "kind": "event"}, {**SOURCES_OF[1], "files": "ap.csv"}])
    with pytest.raises(BadInputs) as told:
        build("acme", place)
    assert "'event'" in str(told.value) and "events" in str(told.value) and "ap.csv" in str(told.value)
    write_params(tmp_path, [])
    with pytest.raises(BadInput, match="no source is given"):
        build("acme", place)


@pytest.mark.parametrize("module", ["privacy/masking/patterns/contacts.py", "sources/kinds/events.py", "build/persons.py", "placing.py", "engine/log_index.py"])
def test_code_that_makes_the_tables_counts(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table rests on the code that made it: a change of any of it builds anew."""
    root = Path(building.__file__).parents[1]
    changed = root / module
    assert changed.is_file()
    before = building._code_sha256.__wrapped__()
    reads = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: reads(path) + (b"#" if path == changed else b""))
    assert building._code_sha256.__wrapped__() != before


@pytest.mark.parametrize(("answers", "kept"), [
    ({"a": "Ja", "b": "NEIN", "c": " Oui. ", "d": "opted out", "e": "Sí", "f": "não", "g": "はい", "h": ""}, "aceg"),
    ({"a": "1", "b": "0", "c": "TRUE", "d": "Off", "e": "granted", "f": "N/A", "g": "x", "h": "withdrawn"}, "aceg")])
def test_consent_is_read_by_a_table_and_no_answer_is_none(tmp_path: Path, answers: dict[str, str], kept: str) -> None:
    raw = tmp_path / "data" / "raw" / "acme"
    raw.mkdir(parents=True)
    (raw / "p.csv").write_text("id,ok\n" + "".join(f'{k},"{v}"\n' for k, v in answers.items()))
    (raw / "e.csv").write_text("id,at,event\n" + "".join(f"{k},2026-01-01,x\n" for k in [*answers, "stranger"]))
    people = {"name": "p", "kind": "customers", "files": "p.csv", "columns": {"customer_id": "id", "consent": "ok"}}
    events = {"name": "e", "kind": "events", "files": "e.csv", "columns": {"customer_id": "id", "occurred_at": "at", "event": "event"}}
    write_params(tmp_path, [people, events])
    build("acme", Workspace(tmp_path))
    assert open_study("acme", Workspace(tmp_path)).row_counts["interactions"] == len(kept) + 1, "who is in no list was not asked"
    # a no in any row outweighs every yes; words that nobody knows are refused until params say what they mean
    (raw / "p.csv").write_text("id,ok\na,yes\na,no\nb,perhaps\n")
    with pytest.raises(BadInputs, match="the answer 'perhaps' is unknown") as told:
        build("acme", Workspace(tmp_path))
    assert "consent_values: {'perhaps': yes}} where it agrees, {'perhaps': no}" in told.value.problems[0].text()
    write_params(tmp_path, [people | {"settings": {"consent_values": {"perhaps": "yes"}}}, events])
    build("acme", Workspace(tmp_path))
    assert open_study("acme", Workspace(tmp_path)).scalar("SELECT count(*) FROM customers WHERE consent") == 1


def test_an_account_is_a_property_and_a_merge_is_undone_by_the_params(tmp_path: Path) -> None:
    raw = tmp_path / "data" / "raw" / "acme"
    raw.mkdir(parents=True)
    (raw / "p.csv").write_text("id,account_id,mail\nC1,A1,x@x.org\nC2,A1,y@x.org\nC3,A1,\nC4,A2,\n")
    (raw / "e.csv").write_text("who,account,mail,at,event\nC1,A1,,2026-01-01,call\nC2,A1,,2026-01-02,call\n,A1,,2026-01-03,call\n,,x@x.org,2026-01-04,mail\n")
    people = {"name": "p", "kind": "customers", "files": "p.csv", "columns": {"customer_id": "id"}, "settings": {"key_type": "contact", "keys": {"account": "account_id", "email": "mail"}}}
    events = {"name": "e", "kind": "events", "files": "e.csv", "columns": {"customer_id": "who", "occurred_at": "at", "event": "event"},
              "settings": {"key_type": "contact", "keys": {"account": "account", "email": "mail"}}}
    write_params(tmp_path, [people, events])
    report = build("acme", Workspace(tmp_path))
    study = open_study("acme", Workspace(tmp_path))
    assert study.row_counts["customers"] == 4 and study.row_counts["interactions"] == 3
    assert report.sources[1]["dropped"] == {"no customer id": 1}, "an account is nobody"
    assert study.query("SELECT attributes->>'account' AS a, count(*) AS n FROM customers GROUP BY 1 ORDER BY 1")["n"].tolist() == [3, 1]
    assert study.query("SELECT DISTINCT properties->>'account' AS a FROM interactions WHERE event = 'call'")["a"].tolist() == ["A1"]
    link = study.query("SELECT DISTINCT key_pseudonym, reason FROM identity_links WHERE key_type = 'email' AND customer_id IN (SELECT customer_id FROM interactions WHERE event = 'mail')")
    assert link["reason"].tolist() == ["same row of p"]
    for name in ("X@x.org", str(link["key_pseudonym"][0])):
        (tmp_path / "params" / "acme.yaml").write_text(yaml.safe_dump({"client": "acme", "timezone": "UTC", "sources": [people, events], "identity": {"keep_apart": [name]}}))
        build("acme", Workspace(tmp_path))
        assert open_study("acme", Workspace(tmp_path)).row_counts["customers"] == 5
    (tmp_path / "params" / "acme.yaml").write_text(yaml.safe_dump({"client": "acme", "timezone": "UTC", "sources": [people, events], "identity": {"keep_apart": ["nobody"]}}))
    with pytest.raises(BadInput, match="no key of the exports is 'nobody'"):
        build("acme", Workspace(tmp_path))
