"""Where the system lets nobody write: every command says so in one message of four parts, and leaves the old state whole.

The limit of a file's size stands for a full disk: it needs no rights and holds for whatever writes, libraries too. `tests/build/test_disk_refuses.py`
refuses at each step of builds and erasures.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cjm_research.command import cli
from cjm_research.params import Workspace
from tests import meeting
from tests.killing_builds import NEW, OLD
from tests.test_erase import counts

resource = pytest.importorskip("resource", reason="limits of a process are Unix's")
COMMANDS = {**meeting.COMMANDS, "init": ["init", "../fresh"]}
#: what may have nothing to write where nothing changed, or tells it otherwise (`check --json`)
READS = ("list", "check", "json", "verify", "withdraw", "diff")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A client with tables and two reports, whose chapters are answered without kernels."""
    patch = pytest.MonkeyPatch()
    for module, name in ((meeting.run_module, "_execute"), (meeting.verify_module, "_execute"), (meeting.lab, "run_lab")):
        patch.setattr(module, name, getattr(module, name))
    patch.setenv("CJM_WORKSPACE", "")
    patch.setattr(sys, "argv", [])
    patch.chdir(Path.cwd())
    meeting.stand_in()
    place = Workspace(tmp_path_factory.mktemp("base"))
    meeting.prepare(place)
    yield place.root
    patch.undo()


def limited(name: str, place: Workspace, limit: int | None) -> tuple[int, str]:
    """The exit code of a command, and what it said, in a child whose files may have so many bytes."""
    ours, theirs = os.pipe()
    if (pid := os.fork()) == 0:
        code, said = 99, io.StringIO()
        try:
            os.environ["CJM_WORKSPACE"] = str(place.root)
            os.chdir(place.root)
            sys.argv = ["cjm", *COMMANDS[name]]
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                if limit is not None:
                    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
                try:
                    cli.main()
                    code = 0
                except SystemExit as end:
                    code = int(end.code or 0)
                except BaseException as error:
                    said.write(f"Traceback: {error!r}")
        finally:
            os.write(theirs, json.dumps([code, said.getvalue()[-8_000:]]).encode())
            os._exit(0)
    os.close(theirs)
    with os.fdopen(ours, encoding="utf-8") as answer:
        told = answer.read()
    os.waitpid(pid, 0)
    code, said = json.loads(told)
    return int(code), str(said)


def runs(place: Workspace) -> list[str]:
    return sorted(p.name for p in (place.reports / "acme").iterdir() if p.is_dir())


@pytest.mark.slow
@pytest.mark.parametrize(("name", "limit"), [*((name, 0) for name in COMMANDS), *((name, 1_500) for name in ("build", "report", "export", "erase"))])
def test_no_room(name: str, limit: int, base: Path, tmp_path: Path) -> None:
    place = Workspace(tmp_path / "w")
    shutil.copytree(base, place.root)
    before = runs(place)
    code, said = limited(name, place, limit)
    assert "Traceback" not in said and "report id" not in said, said
    if name not in READS:
        assert code == 1 and said.count("next: ") == said.count("allowed: ") == 1 and os.strerror(27) in said, said
    assert counts(place) in (OLD, NEW) and (name == "erase" or counts(place) == OLD) and runs(place) == before
    assert not [*(tmp_path / "fresh").glob("*"), *place.params.glob("other.yaml"), *(place.root / "out").glob("*"), *place.notebooks.glob("*baskets*"), *place.root.glob("alerts.json")]
    code, said = limited(name, place, None)
    assert code in {"watch": (0, 4, 5), "verify": (1,)}.get(name, (0,)), said
    assert counts(place) == (NEW if name == "erase" else OLD) and not list(place.root.rglob(".cjm-*"))
