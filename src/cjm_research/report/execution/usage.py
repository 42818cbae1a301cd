"""What a kernel uses, and the watch that ends it at its limits."""

from __future__ import annotations

import contextlib
import math
import os
import signal
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..record.environment import MARK

POLL_S = 0.2
CHILDREN_EVERY = 5  # polls; looking for child processes is dearer than looking at one




@dataclass
class Usage:
    """CPU seconds and peak memory of a chapter's kernel with its children, in MB; None where it cannot be read."""

    cpu_s: float | None = None
    memory_mb: float | None = None


class Watches:
    """The kernels that run now, so that an interrupted batch can end them all."""

    def __init__(self) -> None:
        self._lock, self._stopped = threading.Lock(), ""
        self._running: set[Watch] = set()

    @contextlib.contextmanager
    def noted(self, watch: Watch) -> Iterator[None]:
        """Note a kernel while it runs."""
        with self._lock:
            self._running.add(watch)
            if self._stopped:
                watch.stop(self._stopped)
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(watch)

    def stop_all(self, reason: str) -> None:
        """End what runs and what starts from now on."""
        with self._lock:
            self._stopped = reason
            for watch in self._running:
                watch.stop(reason)


class Watch:
    """Polls a kernel's process and kills it at its time or memory limit; `stopped` then says why.

    A limit for a whole chapter has to be kept from outside: papermill's timeout is for one cell, and a kernel
    that hangs in native code answers nobody. Memory is what is resident without files mapped, so that a forked
    kernel and an ordinary one are measured alike.
    """

    def __init__(self, manager: Any, time_s: float, memory_mb: int | None) -> None:
        self._manager, self._time_s, self._memory_mb = manager, time_s, memory_mb
        self.usage, self.stopped, self.kind = Usage(), "", "process"
        self._pid: int | None = None
        self._deadline = math.inf  # set when the kernel is there: waiting for it is no fault of the chapter
        self._process: Any = None
        self._children: list[Any] = []
        self.seen: dict[int, Any] = {}  # every process of the chapter that was ever looked at, the kernel's own included
        self._polls = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="cjm-watch", daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        exact = getattr(self._process, "cpu_s", None)  # of a forked kernel, as the system counted it
        if exact is not None:
            self.usage.cpu_s = exact
        if self.usage.cpu_s is not None:
            self.usage.cpu_s = round(self.usage.cpu_s, 3)
        if self.usage.memory_mb is not None:
            self.usage.memory_mb = round(self.usage.memory_mb, 1)

    def _watch(self) -> None:
        while not self._ended.wait(POLL_S):
            memory = self.measure()
            if self._memory_mb and memory and memory > self._memory_mb:
                self.stop(f"The chapter passed its memory limit of {self._memory_mb:,} MB (limits.chapter_memory_mb).")
            elif time.monotonic() > self._deadline:
                self.stop(f"The chapter passed its time limit of {self._time_s:g} s (limits.chapter_time).")
            elif self.stopped:
                self.stop(self.stopped)  # it may have started after it was told to stop

    def measure(self) -> float | None:
        """Take a sample: memory now in MB; the usage keeps the highest values."""
        import psutil

        if not self._found():
            return None
        try:
            process = psutil.Process(self._pid)
            if self._polls % CHILDREN_EVERY == 0:
                self._look(process)
            self._polls += 1
            tree = [process, *(c for c in self._children if c.is_running())]
            memory = sum(_own(p) for p in tree) / 1e6
            times = [p.cpu_times() for p in tree]
        except psutil.Error:
            return None
        self.usage.memory_mb = max(self.usage.memory_mb or 0.0, memory)
        self.usage.cpu_s = max(self.usage.cpu_s or 0.0, sum(t.user + t.system for t in times))
        return memory

    def _found(self) -> bool:
        provisioner = self._manager.provisioner
        if self._pid is None and provisioner is not None and provisioner.pid:
            self._pid, self._process = provisioner.pid, provisioner.process
            self.kind = getattr(provisioner, "kind", "process")
            self._deadline = time.monotonic() + self._time_s
        return self._pid is not None

    def _look(self, process: Any) -> None:
        """Note the processes below the kernel: also those that left its group, since it adopts them (`kernel_main`)."""
        self._children = process.children(recursive=True)
        self.seen.setdefault(process.pid, process)
        for child in self._children:
            self.seen.setdefault(child.pid, child)

    def look(self) -> None:
        """Note what the chapter has started, while its kernel still is there."""
        import psutil

        if self._found():
            with contextlib.suppress(psutil.Error):
                self._look(psutil.Process(self._pid))

    def stop(self, reason: str) -> None:
        """End the kernel and its children; the reason is the chapter's."""
        import psutil

        self.stopped = self.stopped or reason
        if not self._found():
            return
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(self._pid)
            self._look(process)
            for p in [*self._children, process]:
                with contextlib.suppress(psutil.Error):
                    p.kill()

    def end_all(self, mark: str) -> None:
        """End what the chapter started and left running: its process group, what was seen below its kernel, and what bears its mark."""
        if self._pid is not None and hasattr(os, "killpg"):
            with contextlib.suppress(OSError):
                os.killpg(self._pid, signal.SIGKILL)
        end_processes([*self.seen.values()])
        end_marked(mark)


def _own(process: Any) -> float:
    """Resident bytes of a process without mapped files."""
    info = process.memory_info()
    return float(info.rss - getattr(info, "shared", 0))


def end_processes(processes: Iterable[Any]) -> None:
    """End processes and all below them, whatever group or session they are in; one whose number was given away again is not touched."""
    import psutil

    for process in processes:
        with contextlib.suppress(psutil.Error):
            if not process.is_running():  # compares the time of its start, too
                continue
            for one in [*process.children(recursive=True), process]:
                with contextlib.suppress(psutil.Error):
                    one.kill()


def end_marked(mark: str) -> int:
    """End the processes of this user whose environment bears the mark; returns how many.

    A daemon leaves group, session and parent, and keeps the environment it inherited. What started with another one is found
    below its kernel only.
    """
    import psutil

    count = 0
    for _ in range(5):  # what forks while it is looked at is found in the next round
        found = [p for p in _others() if _mark_of(p) == mark]
        for process in found:
            with contextlib.suppress(psutil.Error):
                process.kill()
                count += 1
        if not found:
            break
        psutil.wait_procs(found, timeout=2)
    return count


def end_abandoned() -> int:
    """End what chapters of killed reports left running; returns how many."""
    import psutil

    from ...owners import is_abandoned

    count = 0
    for process in _others():
        mark = _mark_of(process)
        if mark and is_abandoned(Path(mark)):
            with contextlib.suppress(psutil.Error):
                process.kill()
                count += 1
    return count


def _others() -> Iterator[Any]:
    import psutil

    own = os.getpid()
    user = os.getuid() if hasattr(os, "getuid") else None
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.pid != own and (user is None or process.uids().real == user):
                yield process


def _mark_of(process: Any) -> str:
    import psutil

    try:
        return str(process.environ().get(MARK, ""))
    except (psutil.Error, OSError, UnicodeError):
        return ""
