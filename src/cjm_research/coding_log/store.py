"""One coder's log file: lines are only ever appended, whole, under a lock, and on the disk before anything else.

Readers need no lock: a line without its end is either being written or was torn by a crash, and is told, not
guessed. Two processes of one coder take turns; two coders have two files.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ..errors import BadInput
from .events import Event, new_id, parse

_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_DEVICES = {"con", "prn", "aux", "nul", *(f"{d}{i}" for d in ("com", "lpt") for i in range(1, 10))}
MAX_CODER = 80
SUFFIX = ".jsonl"


@dataclass
class Problem:
    """Something in a log that could not be used: `where` (file and line, or what), why, and in whose log."""

    where: str
    found: str
    coder: str | None = None


def log_path(folder: Path, coder: str) -> Path:
    """The file of a coder. Names that are no plain file names get a hash, so that no two coders share a file.

    Raises `BadInput` for an empty or overlong name.
    """
    name = unicodedata.normalize("NFC", coder).strip()
    if not name or len(name) > MAX_CODER or any(unicodedata.category(c) in ("Cc", "Cs") for c in name):
        raise BadInput("coder", f"{coder[:MAX_CODER]!r} is not a coder's name",
                       f"a name or initials, up to {MAX_CODER} characters", 'e.g. coder="ana"')
    if _PLAIN.fullmatch(name) and name not in _DEVICES:
        return folder / f"{name}{SUFFIX}"
    slug = re.sub(r"[^a-z0-9]+", "-", unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower())
    # a plain name never holds a tilde, so the hashed names cannot meet it
    return folder / f"{slug.strip('-')[:40] or 'coder'}~{hashlib.sha256(name.encode()).hexdigest()[:8]}{SUFFIX}"


@dataclass
class LogFile:
    """The events of one file, kept in memory; `refresh` reads what was appended since."""

    path: Path
    events: list[Event] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    _offset: int = 0
    _lines: int = 0
    _torn: bytes = b""
    _digest: Any = field(default_factory=hashlib.sha256)
    _inode: int = -1
    _descriptor: int = -1  # open only inside `writing`

    @property
    def coder(self) -> str | None:
        """Whose log it is, once it has an event."""
        return self.events[0].coder if self.events else None

    @property
    def empty(self) -> bool:
        """Whether nothing was ever written."""
        return not self._offset and not self._torn

    @property
    def sha256(self) -> str:
        """A hash of the file's content as read."""
        whole = self._digest.copy()
        whole.update(self._torn)
        return str(whole.hexdigest())

    def refresh(self) -> None:
        """Read what was appended since the last time."""
        try:
            with self.path.open("rb") as file:
                about = os.fstat(file.fileno())
                if about.st_size < self._offset or about.st_ino != self._inode:  # another file by now: begin anew
                    self.events, self.problems, self._digest = [], [], hashlib.sha256()
                    self._offset = self._lines = 0
                    self._inode = about.st_ino
                file.seek(self._offset)
                data = file.read()
        except FileNotFoundError:
            return
        end = data.rfind(b"\n") + 1
        whole, rest = data[:end], data[end:]
        if whole:
            for line in whole[:-1].split(b"\n"):
                self._take(line)
            self._offset += len(whole)
            self._digest.update(whole)
        self._torn = rest

    def _take(self, line: bytes) -> None:
        self._lines += 1
        if not line.strip():
            return
        event = parse(line)
        where = f"{self.path.name}, line {self._lines}"
        if isinstance(event, str):
            self.problems.append(Problem(where, f"{event}; the line is kept in the file and left out here"))
        elif self.events and event.coder != self.events[0].coder:
            self.problems.append(Problem(where, f"by {event.coder!r} in the log of {self.events[0].coder!r}; left out"))
        else:
            if self.events and event.at < self.events[-1].at:  # a clock set back must not reorder what was done
                event = replace(event, at=self.events[-1].at)
            self.events.append(event)

    def all_problems(self) -> list[Problem]:
        """What could not be read, with a torn last line."""
        problems = list(self.problems)
        if self._torn.strip():
            words = f"torn after {len(self._torn)} bytes, the rest was never written"
            problems.append(Problem(f"{self.path.name}, last line", words))
        return [replace(p, coder=self.coder) for p in problems]

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the file alone and up to date; inside, `append` is safe. Creates the file."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        while True:
            new = not self.path.exists()
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
            try:
                with _locked(descriptor):
                    if not _is_at(descriptor, self.path):
                        continue  # replaced while we waited (`erase_documents`): lock the new one
                    if new:
                        _sync_folder(self.path.parent)
                    self.refresh()
                    self._descriptor = descriptor
                    try:
                        yield
                    finally:
                        self._descriptor = -1
                    return
            finally:
                os.close(descriptor)

    def append(self, coder: str, steps: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Event]:
        """Write events as one step to undo and return them; only inside `writing`. On the disk when it returns."""
        now = datetime.now(UTC)
        if self.events:
            now = max(now, self.events[-1].at + timedelta(microseconds=1))
        group = new_id()
        events = [Event(new_id(), name, coder, now + timedelta(microseconds=i), group, dict(fields))
                  for i, (name, fields) in enumerate(steps)]
        data = b"".join(event.line() for event in events)
        if self._torn:
            # ends the torn line, which nobody was told is saved: it stays in the file, unreadable and reported
            data = b" (torn)\n" + data
        before = os.fstat(self._descriptor).st_size
        try:
            _write(self._descriptor, data)
            os.fsync(self._descriptor)
        except OSError:
            # a full disk may have taken half a line: take it back while the file is still ours alone
            os.ftruncate(self._descriptor, before)
            raise
        self.refresh()
        return events


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data):]


@contextmanager
def _locked(descriptor: int) -> Iterator[None]:
    """Hold the open file alone; other processes and other openings in this process wait."""
    if sys.platform == "win32":
        import msvcrt

        far = 0x7FFF_0000  # a byte beyond any log: locked bytes could not be read by others
        os.lseek(descriptor, far, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
        try:
            yield
        finally:
            os.lseek(descriptor, far, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":
        return  # folders cannot be opened there
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
