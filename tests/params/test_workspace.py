"""Which workspace a command or a notebook works on: what is named explicitly beats what the environment says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from cjm_research import open_study
from cjm_research.build import build
from cjm_research.params import Workspace, find_workspace
from cjm_research.pins import pin_run, release


def workspace(root: Path, event: str) -> Workspace:
    place = Workspace(root)
    place.raw("acme").mkdir(parents=True)
    (place.raw("acme") / "web.csv").write_text(f"user,at,what\nu1,2026-01-01 10:00,{event}\n")
    (root / "params").mkdir()
    source = {"name": "web", "kind": "events", "files": "web.csv", "columns": {"customer_id": "user", "occurred_at": "at", "event": "what"}}
    (root / "params" / "acme.yaml").write_text(yaml.safe_dump({"client": "acme", "title": event, "timezone": "UTC", "sources": [source]}))
    build("acme", place)
    return place


@pytest.fixture
def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Workspace, Workspace]:
    """Two workspaces with a client of one name; the environment names the first one and its params."""
    a, b = workspace(tmp_path / "a", "from-a"), workspace(tmp_path / "b", "from-b")
    monkeypatch.setenv("CJM_WORKSPACE", str(a.root))
    monkeypatch.setenv("CJM_PARAMS", str(a.params))
    return a, b


def read(place: object) -> tuple[str, str]:
    study = open_study("acme", place)  # type: ignore[arg-type]
    try:
        return study.params.title, str(study.scalar("SELECT event FROM interactions"))
    finally:
        study.close()


def test_a_named_workspace_beats_the_environment(both: tuple[Workspace, Workspace], monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = both
    assert read(None) == ("from-a", "from-a")
    for named in (b, b.root, str(b.root), b.root / "params" / "..", str(b.root / "data")[:-4]):
        assert read(named) == ("from-b", "from-b"), named
    monkeypatch.chdir(a.root)
    assert find_workspace(b.root).root == b.root.resolve() and find_workspace(b.root).params == b.root.resolve() / "params"
    assert find_workspace().root == a.root.resolve()
    monkeypatch.chdir(b.root)
    assert read("../b") == ("from-b", "from-b") and read(None) == ("from-a", "from-a")


def test_so_it_does_in_a_chapter_of_another_workspace(both: tuple[Workspace, Workspace], monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel of a report is told of its run's pin too; that one is for its own workspace and client."""
    a, b = both
    pinned = pin_run("acme", a)
    assert pinned.pin is not None
    monkeypatch.setenv("CJM_PIN", str(pinned.pin.folder))
    try:
        assert read(None) == ("from-a", "from-a") and read(b.root) == ("from-b", "from-b")
    finally:
        release(pinned)


def test_on_the_command_line(both: tuple[Workspace, Workspace]) -> None:
    _, b = both

    def cjm(*words: str) -> str:
        done = subprocess.run([sys.executable, "-m", "cjm_research", *words, "list"], env=dict(os.environ), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "from-a" in cjm() and "from-b" in cjm("--workspace", str(b.root)) and "from-b" in cjm("--params", str(b.params))
