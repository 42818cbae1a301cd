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
from cjm_research.errors import BadInput, CjmError
from cjm_research.files import plain_file_name
from cjm_research.params import Workspace, client_names, find_workspace
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


@pytest.mark.parametrize("name", ["con", "nul", "com1", "lpt9", "aux"])
def test_names_that_windows_keeps_for_devices(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="Windows keeps"):
        Workspace(tmp_path).tables(name)
    with pytest.raises(BadInput, match="Windows keeps"):
        plain_file_name(f"{name.upper()}.txt", "here", "name")
    assert Workspace(tmp_path).tables(f"{name}x").name == f"{name}x"


def test_a_clients_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    place = workspace(tmp_path / "w", "x")
    elsewhere = tmp_path / "elsewhere"
    for kind in ("vault", "tables", "codings"):
        folder = place.root / "data" / kind / "acme"
        moved = elsewhere / kind
        moved.parent.mkdir(exist_ok=True)
        if folder.exists():
            folder.rename(moved)
        else:
            moved.mkdir()
        before = sorted(moved.rglob("*"))
        folder.symlink_to(moved)
        with pytest.raises(CjmError, match=f"data/{kind}/acme is a link"):
            build("acme", place, force=True)
        assert sorted(moved.rglob("*")) == before
        folder.unlink()
        moved.rename(folder)
    home = place.root / "data" / "vault"
    home.rename(tmp_path / "other_disk")
    home.symlink_to(tmp_path / "other_disk")  # all vaults on another disk are the user's own doing
    assert build("acme", place, force=True).changed


def test_what_is_no_params_file_names_no_client(tmp_path: Path) -> None:
    (tmp_path / "params" / "folder.yaml").mkdir(parents=True)
    for name in ("._acme.yaml", ".hidden.yaml", "_defaults.yaml", "acme.yaml"):
        (tmp_path / "params" / name).write_text("")
    assert client_names(Workspace(tmp_path)) == ["acme"]
