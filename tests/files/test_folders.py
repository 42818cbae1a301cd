"""Folders that we make: nothing else is ever removed; what killed processes left goes with the next run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cjm_research.errors import BadInput
from cjm_research.files import Scratch, put_in_place, remove_abandoned, remove_folder, remove_scratch, scratch_folder
from cjm_research.files import folders as module
from cjm_research.owners import machine


def precious(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "thesis.txt").write_text("years of work")
    return folder


@pytest.mark.parametrize("name", ["victim", ".cjm-x", "cjm-12-ab", "..", "report.2026.11", "cjm-tables-a-1-abcdefgh"])
def test_other_names_are_not_removed(name: str, tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    precious(inner / "victim")
    with pytest.raises(BadInput, match="was not made by cjm"):
        remove_scratch(inner / name)
    assert (inner / "victim" / "thesis.txt").is_file()


def test_a_folder_without_our_file_is_not_removed_or_replaced(tmp_path: Path) -> None:
    victim = precious(tmp_path / "victim")
    with pytest.raises(BadInput, match=r"there is no build\.json in it"):
        remove_folder(victim, "build.json")
    new = scratch_folder("tables", tmp_path)
    with pytest.raises(BadInput, match="was not made by cjm"):
        put_in_place(new, victim, "build.json")
    assert (victim / "thesis.txt").read_text() == "years of work"


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    victim = precious(tmp_path / "victim")
    (victim / "build.json").write_text("{}")
    link = tmp_path / "link"
    link.symlink_to(victim)
    with pytest.raises(BadInput, match="it is a link"):
        remove_folder(link, "build.json")
    assert (victim / "thesis.txt").is_file()


@pytest.mark.parametrize("exchange", [True, False])
def test_a_folder_is_replaced_whole(exchange: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not exchange:
        monkeypatch.setattr(module, "_exchange", lambda *_: False)
    for content in ("one", "two"):
        new = scratch_folder("tables", tmp_path)
        (new / "build.json").write_text(content)
        put_in_place(new, tmp_path / "acme", "build.json")
        assert [p.name for p in tmp_path.iterdir()] == ["acme"] and (tmp_path / "acme" / "build.json").read_text() == content


def test_what_killed_processes_left_is_removed_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = ("import os, sys; from pathlib import Path; from cjm_research.files import Scratch, scratch_folder\n"
            "made = scratch_folder('tables', Path(sys.argv[1])); (made / 'x').write_text('x'); s = Scratch('pdf')\n"
            "print(made.name, s.path.name); sys.stdout.flush(); os.kill(os.getpid(), 9)")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    left = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True).stdout.split()
    mine = scratch_folder("tables", tmp_path)
    others = tmp_path / re.sub(re.escape(machine()), "another-machine", left[0])  # another machine's
    others.mkdir()
    precious(tmp_path / "victim")
    assert {p.name for p in tmp_path.iterdir()} == {*left, mine.name, others.name, "victim"}
    assert remove_abandoned(tmp_path) == 2
    assert {p.name for p in tmp_path.iterdir()} == {mine.name, others.name, "victim"}


def test_scratch_is_unique_and_gone_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.tempfile, "tempdir", str(tmp_path))
    with Scratch("pdf") as a, Scratch("pdf") as b:
        assert a != b and str(os.getpid()) in a.name and a.stat().st_mode & 0o77 == 0
    assert not list(tmp_path.iterdir())
