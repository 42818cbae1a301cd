"""`cjm new CLIENT --from FOLDER` for a client that exists: what differs is told, nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from cjm_research.clients.new import compared, new_from
from cjm_research.clients.sniffing import propose
from cjm_research.command.setting_up import set_up
from cjm_research.params import Workspace
from cjm_research.workspaces import make_workspace
from tests.sources.presets.samples import SAMPLES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "log.csv").write_bytes(SAMPLES["event_log"][1])
    return tmp_path / "x"


@pytest.fixture
def place(tmp_path: Path, folder: Path) -> Workspace:
    make_workspace(tmp_path / "w")
    place = Workspace(tmp_path / "w")
    new_from("acme", place, folder, propose(folder), {})
    return place


def test_the_same_folder_differs_in_nothing(place: Workspace, folder: Path) -> None:
    assert compared("acme", place, folder).lines == []
    assert compared("acme", place, place.raw("acme")).lines == []


def test_changed_new_and_gone_files_are_told_and_nothing_is_written(place: Workspace, folder: Path) -> None:
    params, raw = place.params_file("acme").read_bytes(), (place.raw("acme") / "log.csv").read_bytes()
    (folder / "log.csv").write_bytes(SAMPLES["event_log"][1].replace(b"org:resource", b"org:group"))
    (folder / "a.jsonl").write_bytes(SAMPLES["mixpanel"][1])
    found = compared("acme", place, folder)
    assert found.lines == ["log.csv: changed, without org:resource, with new org:group; log reads it", "a.jsonl: new; mixpanel, which no source reads yet"]
    assert yaml.safe_load("sources:\n" + found.addition) == {"sources": [{"name": "a", "kind": "mixpanel", "files": "a.jsonl"}]}
    told: list[str] = []
    set_up("acme", place, folder, asking=True, say=told.append)
    assert "as they were" in told[-1] and any("kind: mixpanel" in t for t in told)
    (folder / "log.csv").unlink()
    assert "log.csv: not in this folder; log reads it from the raw folder" in compared("acme", place, folder).lines
    assert place.params_file("acme").read_bytes() == params and (place.raw("acme") / "log.csv").read_bytes() == raw
    assert not (place.raw("acme") / "a.jsonl").exists()


def test_a_file_that_a_pattern_will_take_is_said_so_and_names_stay_apart(place: Workspace, folder: Path) -> None:
    path = place.params_file("acme")
    path.write_text(path.read_text().replace("files: log.csv", "files: log*.csv").replace("name: log", "name: a"))
    (folder / "log_2.csv").write_bytes(SAMPLES["event_log"][1].replace(b"7,", b"8,"))
    (folder / "a.jsonl").write_bytes(SAMPLES["mixpanel"][1])
    found = compared("acme", place, folder)
    assert "log_2.csv: new; a reads it once it lies in the raw folder" in found.lines
    assert [s["name"] for s in yaml.safe_load("sources:\n" + found.addition)["sources"]] == ["a_2"]
