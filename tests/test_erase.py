"""`cjm erase` as a transaction: found in any spelling, killed anywhere and gone on with, nowhere left, never published again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from cjm_research.build import build
from cjm_research.build.persons import customer_ids
from cjm_research.erasing import erase_persons, published, withdraw
from cjm_research.errors import BadInput
from cjm_research.owners import machine
from cjm_research.params import Workspace
from cjm_research.privacy import Vault
from cjm_research.privacy.erasures import Erasures
from cjm_research.study import open_study

QUOTE = "the parcel came with a dead wasp in it"


def sources(place: Workspace, *, crm: bool = True, extra: str = "") -> None:
    """Web by cookie, reviews by address, and a list that ties the two; params with or without the latter."""
    raw = place.raw("acme")
    raw.mkdir(parents=True, exist_ok=True)
    (place.root / "params").mkdir(exist_ok=True)
    (raw / "web.csv").write_text("cookie,at,what\n" + "".join(f"k{i},2026-01-0{i},visit\n" for i in range(1, 6)) + extra)
    (raw / "crm.csv").write_text("email,cookie\n" + "".join(f"user{i}@tinymail.de,k{i}\n" for i in range(1, 6)))
    (raw / "reviews.csv").write_text("email,at,words\nuser2@tinymail.de,2026-02-01," + QUOTE + "\nuser3@tinymail.de,2026-02-02,fine\n")
    listed: list[dict[str, Any]] = [
        {"name": "web", "kind": "events", "files": "web.csv", "settings": {"key_type": "cookie"}, "columns": {"customer_id": "cookie", "occurred_at": "at", "event": "what"}},
        {"name": "reviews", "kind": "feedback", "files": "reviews.csv", "settings": {"key_type": "email"},
         "columns": {"customer_id": "email", "published_at": "at", "text": "words"}},
        {"name": "crm", "kind": "customers", "files": "crm.csv", "settings": {"key_type": "email", "keys": {"cookie": "cookie"}}, "columns": {"customer_id": "email"}}]
    (place.root / "params" / "acme.yaml").write_text(yaml.safe_dump({"client": "acme", "timezone": "UTC", "sources": listed[:3 if crm else 2]}))


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path)
    sources(made)
    build("acme", made)
    return made


def counts(place: Workspace) -> dict[str, int]:
    study = open_study("acme", place)
    found = {t: study.row_counts[t] for t in ("interactions", "feedback", "customers")}
    study.close()
    return found


def kept(place: Workspace) -> str:
    """All that is kept of the client outside of its exports, as text."""
    files = [p for p in (place.root / "data").rglob("*") if p.is_file() and "raw" not in p.relative_to(place.root).parts]
    return "\n".join(pd.read_parquet(p).to_csv() if p.suffix == ".parquet" else p.read_text(errors="replace") for p in files)


@pytest.mark.parametrize("name", ["user2@tinymail.de", "User2@TinyMail.de", "  USER2@tinymail.DE ", "k2", "PSEUDONYM"])
def test_a_person_goes_from_everywhere_and_stays_away(name: str, place: Workspace) -> None:
    before = kept(place)
    assert QUOTE in before and "user2@tinymail.de" in before and "k2" in before
    if name == "PSEUDONYM":
        vault = Vault(place.vault("acme"))
        frame = customer_ids(pd.read_parquet(vault.folder / "identities.parquet"), vault)
        name = str(frame.loc[frame["key"] == "k2", "customer_id"].iloc[0])
    done = erase_persons("acme", [name], place)
    assert (done.customers, counts(place)) == (1, {"interactions": 4, "feedback": 1, "customers": 4})
    after = kept(place)
    assert QUOTE not in after and "user2@" not in after.lower() and not any(w == "k2" for w in after.replace('"', ",").replace("\n", ",").split(","))
    assert done.certificate is not None
    told = json.loads(done.certificate.read_text())
    assert told["customers"] == 1 and set(told["removed"]) >= {"data/tables", "data/vault", "data/cache", "data/codings"} and told["finished_at"]
    again = erase_persons("acme", ["USER2@tinymail.de"], place)
    assert again.certificate is None and again.already == ["USER2@tinymail.de"], "a second call says so"

    shutil.rmtree(place.vault("acme"))  # the list does not lie there
    sources(place, crm=False, extra="k2,2026-03-01,visit\n")  # nothing ties the cookie to the address any more
    build("acme", place)
    assert counts(place)["interactions"] == 4 and QUOTE not in kept(place)


@pytest.mark.parametrize("name", ["\ud83d", "user2\udcff@tinymail.de"])
def test_what_is_no_text_is_refused_before_anything_is_done(name: str, place: Workspace) -> None:
    with pytest.raises(BadInput, match="is no text in UTF-8") as told:
        erase_persons("acme", [name], place)
    assert told.value.allowed and told.value.next and not list(place.erasures("acme").glob("*"))


@pytest.mark.parametrize("names", [["user9@tinymail.de"], ["user2@tinymail.de", "nobody"], ["user2"]])
def test_nobody_of_that_name(names: list[str], place: Workspace) -> None:
    with pytest.raises(BadInput, match="nobody is named") as told:
        erase_persons("acme", names, place)
    assert told.value.exit_code == 2 and "cookie" in told.value.allowed and "email" in told.value.allowed and told.value.next
    assert counts(place)["interactions"] == 5 and not Erasures(place.erasures("acme"))


def test_others_who_share_what_was_theirs_stay(place: Workspace) -> None:
    erase_persons("acme", ["user2@tinymail.de"], place)
    (place.raw("acme") / "crm.csv").write_text("email,cookie\nuser1@tinymail.de,k1\nuser4@tinymail.de,k2\nuser4@tinymail.de,k4\n")
    build("acme", place)
    study = open_study("acme", place)
    assert study.row_counts["interactions"] == 4, "k2 was theirs and stays away; k4, now tied to it, is somebody else's"
    study.close()


def test_the_list_is_never_forgotten_in_silence(place: Workspace) -> None:
    erase_persons("acme", ["user2@tinymail.de"], place)
    path = place.erasures("acme") / "erased.json"
    assert "user2" not in path.read_text() and path.stat().st_mode & 0o77 == 0
    path.write_text("{")
    with pytest.raises(BadInput, match="who was left out for good"):
        build("acme", place, force=True)


def test_runs_from_before_are_listed_and_withdrawn(place: Workspace, tmp_path: Path) -> None:
    """By what was there when the erasure began, not by the clock: one run is dated after it, one was made after it under a clock set back."""
    from cjm_research.privacy.exported import note_export
    from cjm_research.report.record.withheld import from_before

    home = place.report("acme")

    def run(name: str, at: str) -> Path:
        (home / name).mkdir(parents=True)
        (home / name / "run.json").write_text(json.dumps({"run": name, "started_at": at}))
        return home / name

    old, ahead, mine = run("20200101T000000.000Z-1-aaaaaa", "2020-01-01T00:00:00Z"), run("20990101T000000.000Z-2-bbbbbb", "2099-01-01T00:00:00Z"), home / "notes"
    mine.mkdir()
    (mine / "x.txt").write_text("mine")
    (home / "codings").mkdir()
    (home / "codings" / "codings.csv").write_text(QUOTE)
    (home / "codings" / "mine.txt").write_text("mine")
    (home / "banner").mkdir()
    (home / "banner" / "banner.xlsx").write_text("tables")
    page = home / f"changes_{old.name}_{ahead.name}.html"
    page.write_text("changes")
    handed = tmp_path / "handed on"
    handed.mkdir()
    (handed / "map.xlsx").write_text("map")
    note_export(place.exports("acme"), old.name, [handed / "map.xlsx", handed / "gone.pdf"])
    assert published("acme", place) == []
    erase_persons("acme", ["user2@tinymail.de"], place)
    new = run("20190101T000000.000Z-3-cccccc", "2019-01-01T00:00:00Z")
    (handed / "later.xlsx").write_text("map")
    note_export(place.exports("acme"), new.name, [handed / "later.xlsx"])
    assert [from_before(r) for r in (old, ahead, new)] == [True, True, False]
    assert [(p.name, p.files, p.ours) for p in published("acme", place)] == [
        (old.name, 1, True), (ahead.name, 1, True), (page.name, 1, True), ("codings", 1, True), ("banner", 1, True), (str(handed), 1, False)]
    withdraw("acme", place)
    assert not old.exists() and not ahead.exists() and not page.exists() and new.is_dir() and (mine / "x.txt").is_file()
    assert [p.name for p in (home / "codings").iterdir()] == ["mine.txt"] and not list((home / "banner").iterdir())
    assert (handed / "map.xlsx").is_file(), "nothing is removed where we made no folder"
    assert [p.name for p in published("acme", place)] == [str(handed)]
    note_export(place.exports("acme"), new.name, [handed / "map.xlsx"])  # written again, without them
    assert published("acme", place) == []


def test_words_of_an_old_run_are_not_published_again(place: Workspace) -> None:
    from cjm_research.report.record.compare import read_findings, since_last_run
    from cjm_research.report.record.withheld import WITHHELD
    from cjm_research.results.result import Estimate, Evidence, Finding

    said = Finding("q:1", f"“{QUOTE}”", "quote", source="feedback", evidence=(Evidence("quote", "a quote", quote=QUOTE),))
    stays = Finding("q:2", "“fine”", "quote", source="feedback", evidence=(Evidence("quote", "a quote", quote="fine"),))
    number = Finding("n:1", "12 of 100 buy", "metric", Estimate(0.12, 0.1, 0.2, 12, 100, "share", "x"))
    old = place.report("acme") / "20200101T000000.000Z-a"
    old.mkdir(parents=True)
    (old / "findings.json").write_text(json.dumps([f.to_dict() for f in (said, stays, number)]))
    assert [v["statement"] for v in since_last_run(old, [stays.to_dict(), number.to_dict()])["vanished"]] == [said.statement], "nobody was erased yet"
    erase_persons("acme", ["user2@tinymail.de"], place)
    marks = since_last_run(old, [stays.to_dict(), number.to_dict()])
    assert [v["statement"] for v in marks["vanished"]] == [WITHHELD] and not marks["marks"]
    assert QUOTE not in json.dumps([f.to_dict() for f in read_findings(old)]) and "12 of 100 buy" in [f.statement for f in read_findings(old)]


@pytest.mark.parametrize("asked", [False, True], ids=["first asked afterwards", "asked before"])
def test_an_open_study_is_told_in_words(asked: bool, place: Workspace) -> None:
    study = open_study("acme", place)
    if asked:
        assert study.scalar("SELECT count(*) FROM interactions") == 5
    erase_persons("acme", ["user2@tinymail.de"], place)
    for ask in (lambda: study.query("SELECT * FROM interactions"), lambda: study.scalar("SELECT count(*) FROM feedback"),
                lambda: study.arrays("SELECT occurred_at FROM interactions"), lambda: study.engine.table("SELECT * FROM feedback"),
                lambda: study.with_params(timezone="UTC").scalar("SELECT count(*) FROM interactions")):
        with pytest.raises(BadInput, match="persons were erased since") as told:
            ask()
        assert "open_study('acme')" in told.value.next
    assert open_study("acme", place).scalar("SELECT count(*) FROM interactions") == 4


@pytest.mark.parametrize("name", ["k2", "K2 ", "PSEUDONYM"])
def test_settings_may_go_on_naming_an_erased_key(name: str, place: Workspace) -> None:
    if name == "PSEUDONYM":
        name = Vault(place.vault("acme")).pseudonym("cookie|k2", "k")
    path = place.params_file("acme")
    settings = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump({**settings, "identity": {"keep_apart": [name]}}))
    erase_persons("acme", ["k2"], place)
    build("acme", place, force=True)
    path.write_text(yaml.safe_dump({**settings, "identity": {"keep_apart": [name, "k77"]}}))
    with pytest.raises(BadInput, match="no key of the exports is 'k77'"):
        build("acme", place)


def test_what_a_killed_erasure_left_beside_its_certificate_goes_with_the_next_build(place: Workspace) -> None:
    erase_persons("acme", ["user2@tinymail.de"], place)
    left = place.erasures("acme") / "certificates" / f".cjm-file_{machine()}.{2**22 + 1}.1.abcdefgh"
    left.write_text("half a certificate")
    build("acme", place)
    assert not left.exists() and len(Erasures(place.erasures("acme")).certificates()) == 1
