"""Interviews without a participant are told, each with its reason."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from cjm_research.clients import check_client
from cjm_research.log.talks import without_participant
from cjm_research.params import find_workspace
from cjm_research.study import open_study

TALKS = {
    "asked.txt": "Mara: how?\n\nMara: and?\n",
    "well.txt": "Mara: how?\nDelia: so.\nMara: and?\nDelia: no.\n",
    "plain.txt": "somebody talks\n\nand talks\n",
}


def test_interviews_without_a_participant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CJM_WORKSPACE", raising=False)
    raw = tmp_path / "data/raw/acme"
    raw.mkdir(parents=True)
    (tmp_path / "params").mkdir()
    for name, text in TALKS.items():
        (raw / name).write_text(text)
    source = {"name": "t", "kind": "transcripts", "files": "*.txt", "settings": {"interviewers": ["Mara"]}}
    (tmp_path / "params/_defaults.yaml").write_text("{}\n")
    (tmp_path / "params/acme.yaml").write_text(yaml.safe_dump({"client": "acme", "timezone": "UTC", "sources": [source]}))
    warnings = [w for w in check_client("acme", find_workspace(tmp_path)).warnings if "no participant" in w]
    assert len(warnings) == 2
    assert "(every turn is an interviewer's): asked;" in warnings[0] and "(speakers are not told apart): plain;" in warnings[1]
    study = open_study("acme", workspace=find_workspace(tmp_path))
    assert without_participant(study) == warnings
    study.close()
