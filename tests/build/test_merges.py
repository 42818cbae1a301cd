"""The list of merges: who was tied to whom, where, why not, and a line that undoes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from cjm_research.build import build
from cjm_research.build.merges import MERGES
from cjm_research.erasing import erase_persons
from cjm_research.params import Workspace
from cjm_research.study import open_study

ROWS = "id,mail,dev,at,event\nu1,=a@x.de,d1,2026-01-01T10:00:00Z,buy\nu2,b@x.de,d1,2026-01-02T10:00:00Z,buy\n,c@x.de,d2,2026-01-03T10:00:00Z,view\n"
PARAMS: dict[str, Any] = {"client": "c", "timezone": "UTC", "sources": [
    {"name": "web", "kind": "events", "files": "e.csv", "columns": {"customer_id": "id", "occurred_at": "at", "event": "event"},
     "settings": {"key_type": "user", "keys": {"email": "mail", "device": "dev"}}}]}


def test_the_list_says_what_was_tied_and_its_line_undoes_it(tmp_path: Path) -> None:
    (tmp_path / "data/raw/c").mkdir(parents=True)
    (tmp_path / "data/raw/c/e.csv").write_text(ROWS)
    (tmp_path / "params").mkdir()
    (tmp_path / "params/c.yaml").write_text(yaml.safe_dump(PARAMS, sort_keys=False))
    place = Workspace(tmp_path)
    report = build("c", place)
    # tied: u1 and u2 to their addresses, c@x.de to d2; d1 stands beside two persons, with their ids and their addresses
    assert report.merges == {"same row of web": 3} == build("c", place).merges
    found = pd.read_csv(place.vault("c") / MERGES, dtype=str)
    assert found["tied"].value_counts().to_dict() == {"yes": 3, "no": 4}
    assert set(found.loc[found["tied"] == "no", "why_not"]) == {"stands beside several persons: ties nobody"}
    one = found[(found["key_a"] == "u1") & (found["key_type_b"] == "email")].iloc[0]
    assert one["key_b"] == "'=a@x.de" and one["where"] == "same row of web" and one["tied"] == "yes"
    study = open_study("c", place)
    links = study.query("SELECT customer_id, key_type FROM identity_links")
    assert set(links.loc[links["customer_id"] == one["customer_id"], "key_type"]) == {"user", "email"}
    study.close()
    (tmp_path / "params/c.yaml").write_text(yaml.safe_dump({**PARAMS, **yaml.safe_load(one["undo"])}, sort_keys=False))
    assert build("c", place).merges == {"same row of web": 2}, "the line of the list keeps the address apart"
    again = pd.read_csv(place.vault("c") / MERGES, dtype=str)
    assert again.loc[(again["key_a"] == "u1") & (again["key_type_b"] == "email"), "why_not"].tolist() == ["kept apart by the params"]
    erase_persons("c", ["u2"], place)
    left = pd.read_csv(place.vault("c") / MERGES, dtype=str)
    assert not left[["key_a", "key_b"]].isin(["u2"]).any().any(), "of erased persons nothing is listed"  # a pseudonym may hold these letters


def test_without_pairs_the_list_is_empty(tmp_path: Path) -> None:
    (tmp_path / "data/raw/c").mkdir(parents=True)
    (tmp_path / "data/raw/c/e.csv").write_text(ROWS)
    (tmp_path / "params").mkdir()
    plain = {**PARAMS["sources"][0], "settings": {"key_type": "user"}}
    (tmp_path / "params/c.yaml").write_text(yaml.safe_dump({**PARAMS, "sources": [plain]}, sort_keys=False))
    assert build("c", Workspace(tmp_path)).merges == {}
    assert len(pd.read_csv(Workspace(tmp_path).vault("c") / MERGES)) == 0


def test_keys_that_need_quotation_marks_stand_in_the_list_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "data/raw/c").mkdir(parents=True)
    (tmp_path / "data/raw/c/e.csv").write_text('id,mail,dev,at,event\n"u,1","o""hara@x.de",d1,2026-01-01T10:00:00Z,buy\nu2,b@x.de,,2026-01-02T10:00:00Z,buy\n')
    (tmp_path / "params").mkdir()
    (tmp_path / "params/c.yaml").write_text(yaml.safe_dump(PARAMS, sort_keys=False))
    build("c", Workspace(tmp_path))
    found = pd.read_csv(Workspace(tmp_path).vault("c") / MERGES, dtype=str)
    # equal customers stand together, all in the order of the columns
    assert found["tied"].tolist() == ["yes"] * 4
    assert {*found["key_a"], *found["key_b"]} == {"u,1", 'o"hara@x.de', "d1", "u2", "b@x.de"}
    assert found["undo"].str.fullmatch(r"identity: \{keep_apart: \[k_[a-z2-7]{13}\]\}").all()
