"""Doing work in a forked child that is killed before its n-th change of the disk, or after a time.

The parent is warm (everything is imported), so a trial costs what the work costs. `watch()` must be called once before.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cjm_research.files import folders

CHANGES = {"os.rename", "os.mkdir", "os.rmdir", "os.remove", "os.link", "os.symlink", "os.truncate"}
_state: dict[str, Any] = {"at": None, "count": 0, "root": ""}


@dataclass(frozen=True)
class Ended:
    """How a child ended. code: 0, a signal, or the negative exit code; steps: changes of the disk; said: what the work returned."""

    code: int
    steps: int = 0
    said: Any = None

    @property
    def killed(self) -> bool:
        """Whether it was killed before it was done."""
        return self.code == signal.SIGKILL


def watch() -> None:
    """Count changes of the disk from now on, in children of `in_child` only."""
    sys.addaudithook(_watch)
    exchange = folders._exchange

    def counted(a: Path, b: Path) -> bool:  # a call of the system that no audit event tells
        _step()
        done = exchange(a, b)
        _step()
        return done

    folders._exchange = counted


def _step() -> None:
    if not _state["root"]:
        return
    _state["count"] += 1
    if _state["count"] == _state["at"]:
        os.kill(os.getpid(), signal.SIGKILL)


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Counts changes below the workspace and the temporary folder; the n-th is not made any more."""
    if not _state["root"]:
        return
    if event == "open":
        path, _, flags = arguments
        if not (flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)):
            return
    elif event in CHANGES:
        path = arguments[0]
    else:
        return
    if isinstance(path, (str, bytes, os.PathLike)) and os.fsdecode(path).startswith((_state["root"], tempfile.gettempdir())):
        _step()


def in_child(work: Callable[[], Any], root: Path, at: int | None = None, after: float | None = None) -> Ended:
    """Do work in a forked child, killed before its `at`-th change or after some seconds; what it returns must be plain (JSON)."""
    answer = root / f"answer-{os.getpid()}"
    answer.unlink(missing_ok=True)
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            quiet = os.open(os.devnull, os.O_WRONLY)
            os.dup2(quiet, 1)
            if not os.environ.get("KILLING_LOUD"):
                os.dup2(quiet, 2)
            _state.update(at=at, count=0, root=str(root))
            said = work()
            _state["root"] = ""
            answer.write_text(json.dumps([_state["count"], said]))
            code = 0
        except BaseException:
            _state["root"] = ""
            traceback.print_exc()
            answer.write_text(json.dumps([_state["count"], traceback.format_exc(limit=-2)[-600:]]))
        finally:
            os._exit(code)
    if after is not None:
        time.sleep(after)
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    _, status = os.waitpid(pid, 0)
    steps, said = json.loads(answer.read_text()) if answer.is_file() and not os.WIFSIGNALED(status) else (0, None)
    answer.unlink(missing_ok=True)
    return Ended(os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status), steps, said)


def warmed(work: Callable[[], Any], root: Path) -> Ended:
    """Do work in a child first, and import here what it imported: later children start with it."""

    def telling() -> list[str]:
        work()
        return list(sys.modules)

    ended = in_child(telling, root)
    if ended.code == 0:
        for name in ended.said:
            with contextlib.suppress(Exception):  # what is no module by itself
                importlib.import_module(name)
    return ended


def quick_folder() -> str | None:
    """Where trials lie: in memory where the system has such a place, since a disk is waited for at every step."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
