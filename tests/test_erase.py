"""`cjm erase` as a transaction: found in any spelling, killed anywhere and gone on with, nowhere left, never published again."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from cjm_research.build import build
from cjm_research.build.persons import customer_ids
from cjm_research.erasing import erase_persons, published, withdraw
from cjm_research.errors import BadInput
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
        (old.name, 1, True), (ahead.name, 1, True), (page.name, 1, True), ("codings", 1, True), (str(handed), 1, False)]
    withdraw("acme", place)
    assert not old.exists() and not ahead.exists() and not page.exists() and new.is_dir() and (mine / "x.txt").is_file()
    assert [p.name for p in (home / "codings").iterdir()] == ["mine.txt"]
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


# --- killed anywhere ------------------------------------------------------------------------------------------------

KILLER = """
import os, sys
n, words = int(sys.argv[1]), sys.argv[2:]
from pathlib import Path
from cjm_research.files import folders
seen = [0]
def counted(f):
    def call(*a, **k):
        seen[0] += 1
        if seen[0] == n: os.kill(os.getpid(), 9)
        out = f(*a, **k)
        seen[0] += 1
        if seen[0] == n: os.kill(os.getpid(), 9)
        return out
    return call
for name in ("replace", "rename", "unlink", "link"): setattr(os, name, counted(getattr(os, name)))
folders._exchange = counted(folders._exchange)
from cjm_research.params import Workspace
place = Workspace(Path(os.environ["PLACE"]))
if words[0] == "build":
    from cjm_research.build import build
    build("acme", place, force=True)
else:
    from cjm_research.erasing import erase_persons
    erase_persons("acme", words[1:], place)
print(seen[0])
"""


def killed_at(step: int, place: Workspace, *words: str) -> int | None:
    """Run a command that is killed at a step (a name on the disk changes); the number of steps where it was not."""
    done = subprocess.run([sys.executable, "-c", KILLER, str(step), *words], env={**os.environ, "PLACE": str(place.root)}, capture_output=True, text=True)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return int(done.stdout) if done.returncode == 0 else None


OLD, NEW = {"interactions": 5, "feedback": 2, "customers": 5}, {"interactions": 4, "feedback": 1, "customers": 4}


def check_whole(place: Workspace, erased: bool) -> None:
    """Old state or new state now; and the next command finishes what was begun."""
    assert counts(place) in (OLD, NEW)
    vault, built = Vault(place.vault("acme")), json.loads((place.tables("acme") / "build.json").read_text())
    assert vault.incomplete(built) == "", "the vault knows the identifiers of the tables that are there"
    begun = bool(Erasures(place.erasures("acme")).pending) or counts(place) == NEW
    if begun:  # the next command of any kind goes on with it
        build("acme", place)
    elif erased:
        erase_persons("acme", ["user2@tinymail.de"], place)
    assert counts(place) == (NEW if erased else OLD)
    assert not Erasures(place.erasures("acme")).pending
    if erased:
        assert len(Erasures(place.erasures("acme")).certificates()) == 1 and QUOTE not in kept(place)
        assert erase_persons("acme", ["user2@tinymail.de"], place).already


def steps_of(place: Workspace, copy: Path, *words: str) -> int:
    shutil.copytree(place.root, copy)
    steps = killed_at(-1, Workspace(copy), *words)
    assert steps
    return steps


@pytest.mark.slow
@pytest.mark.parametrize("command", ["build", "erase"])
def test_killed_at_a_step(command: str, place: Workspace, tmp_path_factory: pytest.TempPathFactory) -> None:
    words = ["build"] if command == "build" else ["erase", "User2@tinymail.de"]
    base = tmp_path_factory.mktemp("kill")
    steps = steps_of(place, base / "whole", *words)
    every = range(1, steps + 1)
    if not os.environ.get("CJM_FULL_KILLS"):  # `make kills` takes all of them
        every = sorted(random.Random(7).sample(list(every), 4))  # type: ignore[assignment]
    for step in every:
        copy = Workspace(base / f"at{step}")
        shutil.copytree(place.root, copy.root)
        assert killed_at(step, copy, *words) is None
        check_whole(copy, command == "erase")
        shutil.rmtree(copy.root)


@pytest.mark.slow
def test_killed_at_random_instants(place: Workspace, tmp_path_factory: pytest.TempPathFactory) -> None:
    base, seed = tmp_path_factory.mktemp("random"), int(os.environ.get("CJM_SEED", "7"))
    chance = random.Random(seed)
    print(f"seed {seed}")
    for number in range(int(os.environ.get("CJM_FULL_KILLS") or 2)):
        copy = Workspace(base / str(number))
        shutil.copytree(place.root, copy.root)
        process = subprocess.Popen([sys.executable, "-m", "cjm_research", "erase", "acme", "user2@tinymail.de"],
                                   env={**os.environ, "CJM_WORKSPACE": str(copy.root)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.5, 5.0))
        process.kill()
        process.wait()
        check_whole(copy, True)
        shutil.rmtree(copy.root)
