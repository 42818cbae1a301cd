"""Customers' ids that are words of the exports leave events and categories as they are; ids that are persons do not."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
import yaml

from cjm_research.build import build
from cjm_research.errors import WouldExposePerson
from cjm_research.params import Workspace, load_params
from cjm_research.privacy import Guard
from cjm_research.study import open_study

Rows = list[tuple[str, str, str, str]]  # user, event, plan, page
OTHERS = [f"U-{n:04d}" for n in range(6)]


def client(root: Path, rows: Rows, **more: Any) -> Workspace:
    raw = root / "data" / "raw" / "acme"
    raw.mkdir(parents=True)
    with (raw / "log.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["user", "at", "event", "plan", "page"], *([u, f"2026-01-01T10:{n:02d}:00Z", e, p, g] for n, (u, e, p, g) in enumerate(rows))])
    (root / "params").mkdir()
    (root / "params" / "_defaults.yaml").write_text("title: x\n")
    (root / "params" / "acme.yaml").write_text(yaml.safe_dump({"client": "acme", "timezone": "UTC", "privacy": {"min_cell": 1}, "sources": [
        {"name": "web", "kind": "events", "files": "log.csv", "columns": {"customer_id": "user", "occurred_at": "at", "event": "event"}}]} | more))
    return Workspace(root)


def built(place: Workspace) -> tuple[set[str], set[str], set[str], list[str]]:
    """Events, plans and pages of the tables, and the notes of the build."""
    notes = build("acme", place).notes
    study = open_study("acme", place)
    frame = study.query("SELECT event, properties->>'plan' AS plan, properties->>'page' AS page FROM interactions")
    study.close()
    return set(frame["event"]), set(frame["plan"].dropna()), set(frame["page"].dropna()), notes


def test_events_and_categories_of_many_stay_though_customers_are_called_so(tmp_path: Path) -> None:
    words = ["second", "open", "home", "basket", "add_to_cart"]
    rows: Rows = [(u, e, "basket", "/home") for u in OTHERS for e in ("open", "second visit", "view home", "basket", "add_to_cart")]
    rows += [(w, "open", f"plan {u}", "/") for w, u in zip(words, OTHERS, strict=False)]
    place = client(tmp_path, rows)
    events, plans, pages, notes = built(place)
    assert events == {"open", "second visit", "view home", "basket", "add_to_cart"} and pages == {"/home", "/"}
    assert "basket" in plans and not any("U-00" in p for p in plans)
    told = [n for n in notes if "identifiers are words" in n]
    assert told and told[0].startswith("5 ") and "interactions.event" in told[0] and "common_words.csv" in told[0]
    assert {line.split(",")[0] for line in (place.vault("acme") / "common_words.csv").read_text().splitlines()[1:]} == set(words)
    Guard.of(load_params("acme", place), place).check_files([("a.html", b"<p>The second visit: open the basket at home</p>")])


def test_a_persons_id_in_an_event_or_category_of_few_is_replaced(tmp_path: Path) -> None:
    rows: Rows = [(u, "open", "basic", "/") for u in OTHERS]
    rows += [("wolfgang", "hello wolfgang", "wolfgang", "/"), (OTHERS[0], "hello wolfgang", "basic", "/"), (OTHERS[1], "hello wolfgang", "basic", "/")]
    place = client(tmp_path, rows)  # two others use it: that is no vocabulary
    events, plans, _, notes = built(place)
    assert not any("wolfgang" in v for v in events | plans) and len(events) == 2
    assert not any("are words" in n or "is a word" in n for n in notes)
    with pytest.raises(WouldExposePerson):
        Guard.of(load_params("acme", place), place).check_files([("a.html", b"<p>said wolfgang</p>")])


def test_a_property_that_lists_persons_is_no_vocabulary(tmp_path: Path) -> None:
    """Who was invited by whom: many customers name one, and all that they name are identifiers."""
    rows: Rows = [(u, "open", "wolfgang", f"/users/{'hannelore'}/feed") for u in OTHERS]
    rows += [("wolfgang", "open", "hannelore", "/"), ("hannelore", "open", OTHERS[0], "/")]
    events, plans, pages, _ = built(client(tmp_path, rows))
    assert events == {"open"} and not any(p in ("wolfgang", "hannelore", OTHERS[0]) for p in plans)
    assert not any("hannelore" in p for p in pages)  # a path that names a person, however many look at it


def test_numbers_and_mixed_ids_are_never_vocabulary(tmp_path: Path) -> None:
    rows: Rows = [(u, "user_1042", "48296698", "/") for u in OTHERS] + [("user_1042", "open", "x", "/"), ("48296698", "open", "x", "/")]
    events, plans, _, _ = built(client(tmp_path, rows))
    assert "user_1042" not in events and "48296698" not in plans


def test_what_params_name_is_vocabulary_and_names_have_the_last_word(tmp_path: Path) -> None:
    rows: Rows = [("basket", "basket", "-", "/"), (OTHERS[0], "basket", "-", "/"), (OTHERS[0], "open", "-", "/")]
    funnel = {"name": "buy", "steps": [{"name": "a", "event": "basket"}, {"name": "b", "event": "open"}]}
    assert built(client(tmp_path / "a", rows))[0] != {"basket", "open"}  # one other customer: too few
    assert built(client(tmp_path / "b", rows, funnels=[funnel]))[0] == {"basket", "open"}
    assert "basket" not in built(client(tmp_path / "c", rows, funnels=[funnel], privacy={"names": ["basket"]}))[0]


def test_a_word_to_keep_stays_within_a_value_too(tmp_path: Path) -> None:
    rows: Rows = [("basket", "basket full", "-", "/"), (OTHERS[0], "open", "-", "/")]
    assert "basket full" in built(client(tmp_path, rows, privacy={"keep": ["basket"]}))[0]


def test_words_of_our_own_pages_stop_no_release(tmp_path: Path) -> None:
    place = client(tmp_path, [(w, "open", "-", "/") for w in ("median", "wilson", "wolfgang")])
    build("acme", place)
    guard = Guard.of(load_params("acme", place), place)
    guard.check_files([("a.html", b"<p>The median with Wilson's interval</p>")])
    with pytest.raises(WouldExposePerson):
        guard.check_files([("a.html", b"<p>Wolfgang</p>")])
