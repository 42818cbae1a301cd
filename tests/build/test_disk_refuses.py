"""A disk that is full or read-only, and files in the place of folders: one message of four parts, and the old state whole.

The system's refusal is played at every step of a command (whoever runs the tests, root too); a small disk in memory is added where
the tests may mount one.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cjm_research.build import build
from cjm_research.command import cli
from cjm_research.erasing import erase_persons
from cjm_research.errors import CjmError
from cjm_research.files.private import KINDS
from cjm_research.params import Workspace
from tests.killing_builds import NEW, OLD
from tests.test_erase import QUOTE, counts, kept, sources

Command = Callable[[Workspace], Any]
COMMANDS: dict[str, Command] = {
    "build": lambda place: build("acme", place, force=True),
    "erase": lambda place: erase_persons("acme", ["user2@tinymail.de"], place)}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = Workspace(tmp_path_factory.mktemp("built"))
    sources(place)
    build("acme", place)
    return place.root


@pytest.fixture
def place(built: Path, tmp_path: Path) -> Workspace:
    shutil.copytree(built, tmp_path / "w")
    return Workspace(tmp_path / "w")


def is_whole_message(problem: CjmError, *words: str) -> None:
    said = problem.text()
    assert problem.where and problem.allowed and problem.next and said.count("next: ") == 1, said
    assert all(w in said for w in words), said
    assert ".cjm" not in said and str(Path.home()) not in said and problem.exit_code == 1


@contextmanager
def refusing(place: Workspace, at: int, number: int) -> Iterator[list[int]]:
    """Let the system refuse from the `at`-th change of the disk below the workspace on: making, writing, renaming."""
    seen, patch = [0], pytest.MonkeyPatch()

    def guarded(plain: Callable[..., Any], writes: Callable[..., bool]) -> Callable[..., Any]:
        def call(*arguments: Any, **more: Any) -> Any:
            if writes(*arguments, **more):
                seen[0] += 1
                if seen[0] >= at:
                    raise OSError(number, os.strerror(number), os.fspath(arguments[0]))
            return plain(*arguments, **more)
        return call

    def inside(path: Any, *_: Any, **__: Any) -> bool:
        return isinstance(path, (str, os.PathLike)) and Path(os.fspath(path)).is_relative_to(place.root) and "locks" not in Path(path).parts

    def opened(path: Any, mode: str = "r", *rest: Any, **more: Any) -> bool:
        return inside(path) and any(c in mode for c in "wax+")

    for name in ("mkdir", "rename", "replace", "link"):
        patch.setattr(os, name, guarded(getattr(os, name), inside))
    patch.setattr(Path, "write_text", guarded(Path.write_text, inside))
    patch.setattr(Path, "open", guarded(Path.open, opened))
    from cjm_research.engine.duck import Engine
    from cjm_research.files import folders

    patch.setattr(Engine, "copy_to", guarded_copy(Engine.copy_to, seen, at, number))
    patch.setattr(folders, "_exchange", guarded(folders._exchange, inside))
    try:
        yield seen
    finally:
        patch.undo()


def guarded_copy(plain: Callable[..., Any], seen: list[int], at: int, number: int) -> Callable[..., Any]:
    def call(self: Any, sql: str, path: Path, **more: Any) -> Any:
        import duckdb

        seen[0] += 1
        if seen[0] >= at:  # the engine has errors of its own
            raise duckdb.IOException(f'Could not write file "{path}": {os.strerror(number)}')
        return plain(self, sql, path, **more)
    return call


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
@pytest.mark.parametrize("command", list(COMMANDS))
def test_a_refusal_at_any_step(command: str, number: int, place: Workspace, tmp_path: Path) -> None:
    whole = Workspace(tmp_path / "whole")
    shutil.copytree(place.root, whole.root)
    with refusing(whole, 10**9, number) as seen:
        COMMANDS[command](whole)
    assert seen[0] > 12
    steps = range(1, seen[0] + 1) if os.environ.get("CJM_FULL_KILLS") else sorted({1, 4, seen[0] // 2, seen[0] - 3} if number == errno.ENOSPC else {2})
    told = 0
    for at in steps:
        copy = Workspace(tmp_path / str(at))
        shutil.copytree(place.root, copy.root)
        with refusing(copy, at, number):
            try:
                COMMANDS[command](copy)
            except CjmError as problem:
                told += 1
                is_whole_message(problem, os.strerror(number), "whole")
        assert counts(copy) in (OLD, NEW), at
        assert command == "erase" or counts(copy) == OLD
        COMMANDS[command](copy)
        assert counts(copy) == (NEW if command == "erase" else OLD) and (command == "build" or QUOTE not in kept(copy))
        assert not list(copy.root.rglob(".cjm-*")), at
        shutil.rmtree(copy.root)
    assert told >= len(steps) - 1  # what is removed last may need no disk


@pytest.mark.parametrize(("command", "kb"), [("build", 4), ("build", 60), ("erase", 30)])
def test_a_small_disk(command: str, kb: int, place: Workspace, tmp_path: Path) -> None:
    """On a disk in memory where one can be mounted; elsewhere the steps above stand alone."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if sys.platform != "linux" or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk], capture_output=True).returncode:
        return
    try:
        shutil.copytree(place.root, disk / "w")
        copy, used = Workspace(disk / "w"), shutil.disk_usage(disk).used // 1024
        subprocess.run(["mount", "-o", f"remount,size={used + kb}k", disk], check=True)
        with pytest.raises(CjmError) as problem:
            COMMANDS[command](copy)
        is_whole_message(problem.value, "No space left on device", "whole")
        assert counts(copy) == OLD and not list(copy.root.rglob(".cjm-*"))
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        COMMANDS[command](copy)
        assert counts(copy) == (NEW if command == "erase" else OLD)
    finally:
        subprocess.run(["umount", "-l", disk], check=False)


@pytest.mark.parametrize("command", list(COMMANDS))
def test_a_disk_that_is_read_only(command: str, place: Workspace) -> None:
    """Mounted so where that is possible; elsewhere the steps above stand alone."""
    if sys.platform != "linux" or subprocess.run(["mount", "--bind", place.root, place.root], capture_output=True).returncode:
        return
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", place.root], check=True)
        with pytest.raises(CjmError) as problem:
            COMMANDS[command](place)
        is_whole_message(problem.value, "Read-only file system")
        assert counts(place) == OLD, "who reads needs no disk that can be written to"
    finally:
        subprocess.run(["umount", "-l", place.root], check=False)


KINDS_AND_MORE = ["data", *(f"data/{kind}" for kind in KINDS), "data/tables/acme", "data/vault/acme", "data/cache/acme", "data/erasures/acme"]


@pytest.mark.parametrize(("way", "command"), [*((way, "erase") for way in KINDS_AND_MORE), ("data/tables", "build"), ("data/vault", "check"), ("data/pins", "report"),
                                              ("reports", "build"), ("reports", "erase"), ("reports", "report")])
def test_a_file_in_the_place_of_a_folder(way: str, command: str, place: Workspace, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    if way == "data":
        shutil.move(place.root / "data", place.root / "data_before")
    elif (place.root / way).is_dir():
        shutil.rmtree(place.root / way)
    (place.root / way).write_text("somebody's")
    monkeypatch.setenv("CJM_WORKSPACE", str(place.root))
    monkeypatch.setattr(sys, "argv", ["cjm", command, "acme", *(["user2@tinymail.de"] if command == "erase" else [])])
    code = 0
    try:
        cli.main()
    except SystemExit as end:
        code = int(end.code or 0)
    said = "".join(capfd.readouterr())
    assert (place.root / way).read_text() == "somebody's" and "Traceback" not in said and str(place.root) not in said
    if way == "reports" and command != "report":
        assert code == 0
        return
    assert code in (1, 2) and said.count("next: ") == 1 and said.count("allowed: ") == 1 and way.split("/")[-1] in said, said
