"""One lock a client: who writes takes it, who waits says for whom, and the system releases it when its holder dies."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ..errors import BadInput, CjmError
from ..shapes import Json

WAIT_S = 1800.0  # as long as a build may take; CJM_WAIT says otherwise
_EVERY_S = 0.2

#: locks that this process holds: (thread, path) → [descriptor, how often]
_held: dict[tuple[int, str], list[int]] = {}


class Busy(CjmError):
    """Another command works on the client and did not end in time; nothing was changed."""


@contextmanager
def locked(path: Path, what: str, command: str, say: Callable[[str], None] | None = None) -> Iterator[None]:
    """Hold the lock file alone. What this thread holds already it may take again.

    what: what is locked, in words ("client acme"). command: who takes it, for those who wait. say: told once when there is
    waiting; default: the error stream. Raises `Busy` after CJM_WAIT seconds, `CjmError` where the file cannot be made.
    """
    key = (threading.get_ident(), str(path))
    if key in _held:
        _held[key][1] += 1
        try:
            yield
        finally:
            _held[key][1] -= 1
        return
    descriptor = _open(path, what)
    try:
        _wait(descriptor, path, what, command, say)
        _held[key] = [descriptor, 1]
        try:
            yield
        finally:
            del _held[key]
            _unlock(descriptor)
    finally:
        os.close(descriptor)


def wait_s() -> float:
    """How long to wait for others. Raises `BadInput` where CJM_WAIT is no number of seconds."""
    given = os.environ.get("CJM_WAIT")
    if not given:
        return WAIT_S
    try:
        seconds = float(given)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 1e6:
        raise BadInput("CJM_WAIT", f"{given!r} is no number of seconds", "0 to 1,000,000", f"leave it out to wait up to {WAIT_S:.0f} s")
    return seconds


def _open(path: Path, what: str) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CjmError(what, f"its lock {'/'.join(path.parts[-3:])} cannot be opened: {error.strerror}", "a folder data/ that can be written to",
                       "check the permissions and the space of the disk, then run again") from error


def _wait(descriptor: int, path: Path, what: str, command: str, say: Callable[[str], None] | None) -> None:
    began, patience, told = time.monotonic(), wait_s(), ""
    while not _try_lock(descriptor):
        holder = _holder(path)
        if time.monotonic() - began >= patience:
            raise Busy(what, f"{holder} is still at work after {patience:.0f} s of waiting; nothing was changed", "one command that writes at a time",
                       "run it again when the other has ended, or wait longer with CJM_WAIT=<seconds>")
        if holder != told:
            (say or _to_stderr)(f"{what}: waiting for {holder}")
            told = holder
        time.sleep(_EVERY_S)
    about = {"command": command, "pid": os.getpid(), "host": socket.gethostname(), "since": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}
    raw = json.dumps(about).encode()
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, raw, 0)
    except OSError:
        pass  # a full disk: the lock holds, those who wait are told less


def _holder(path: Path) -> str:
    """Who holds it, in words."""
    try:
        about: Json = json.loads(path.read_text(encoding="utf-8"))
        host = "" if about["host"] == socket.gethostname() else f" on {about['host']}"
        return f"{about['command']} (pid {about['pid']}{host}, since {str(about['since'])[11:19]} UTC)"
    except (OSError, ValueError, KeyError, TypeError):
        return "another command"  # it has just begun


def _to_stderr(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if sys.platform == "win32":
    import msvcrt

    _FAR = 0x7FFF_0000  # a byte beyond the text, which stays readable

    def _try_lock(descriptor: int) -> bool:
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)

    def _forget() -> None:
        """In a forked child: a lock belongs to the process that took it; closing here does not release it there."""
        for descriptor, _ in _held.values():
            try:
                os.close(descriptor)
            except OSError:
                pass
        _held.clear()

    os.register_at_fork(after_in_child=_forget)
