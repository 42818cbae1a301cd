"""Names that are written with composed letters here and with marks there ("ö", "o" and a mark) name the same file and the same person."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
import yaml

from cjm_research.build import build
from cjm_research.erasing import erase_persons
from cjm_research.params import Workspace
from cjm_research.study import open_study


def marks(text: str) -> str:
    return unicodedata.normalize("NFD", text)


@pytest.mark.parametrize("typed", ["jörg.k77", marks("jörg.k77"), "Kühn", marks("Kühn")])
def test_a_person_and_their_files_are_found_in_either_spelling(typed: str, tmp_path: Path) -> None:
    place = Workspace(tmp_path)
    raw = place.raw("acme")
    raw.mkdir(parents=True)
    (raw / marks("Käufe.csv")).write_text("user,at,what\n" + marks("jörg.k77") + ",2026-01-01,visit\nolga,2026-01-02,visit\n", encoding="utf-8")
    (raw / "later.csv").write_text("user,at,what\njörg.k77,2026-01-03,visit\n", encoding="utf-8")
    (raw / (marks("Kühn") + ".txt")).write_text("Interviewer: And?\nKühn: It was dear.\nInterviewer: Else?\nKühn: Nothing.\n", encoding="utf-8")
    columns = {"customer_id": "user", "occurred_at": "at", "event": "what"}
    sources = [{"name": "web", "kind": "events", "files": "Käufe.csv", "columns": columns}, {"name": "later", "kind": "events", "files": "later.csv", "columns": columns},
               {"name": "talks", "kind": "transcripts", "files": "K*hn.txt", "settings": {"interviewers": ["Interviewer"]}}]
    place.params.mkdir()
    (place.params / "acme.yaml").write_text(yaml.safe_dump({"client": "acme", "timezone": "UTC", "sources": sources}, allow_unicode=True), encoding="utf-8")
    build("acme", place)
    counted = "SELECT count(*), count(DISTINCT customer_id), (SELECT count(*) FROM documents) FROM interactions"
    study = open_study("acme", place)
    assert study.query(counted).iloc[0].tolist() == [3, 2, 1]  # one person by two spellings
    study.close()
    done = erase_persons("acme", [typed], place)
    study = open_study("acme", place)
    assert study.query(counted).iloc[0].tolist() == ([1, 1, 1] if "77" in typed else [3, 2, 0])
    study.close()
    assert done.certificate is not None and erase_persons("acme", [typed], place).already
