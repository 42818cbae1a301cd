"""What a kernel uses, and the watch that ends it at its limits."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

POLL_S = 0.2


@dataclass
class Usage:
    """CPU seconds and peak memory of a chapter's kernel with its children, in MB; None where it cannot be read."""

    cpu_s: float | None = None
    memory_mb: float | None = None


class Watch:
    """Polls a kernel's process and kills it at its time or memory limit; `stopped` then says why.

    A limit for a whole chapter has to be kept from outside: papermill's timeout is for one cell, and a kernel
    that hangs in native code answers nobody.
    """

    def __init__(self, manager: Any, time_s: float, memory_mb: int | None) -> None:
        self._manager, self._time_s, self._memory_mb = manager, time_s, memory_mb
        self.usage, self.stopped = Usage(), ""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="cjm-watch", daemon=True)

    def __enter__(self) -> Watch:
        self._deadline = time.monotonic() + self._time_s
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(POLL_S):
            pid = getattr(self._manager.provisioner, "pid", None)
            if pid is None:
                continue
            memory = self._measure(pid)
            if self._memory_mb and memory and memory > self._memory_mb:
                self._stop(pid, f"The chapter passed its memory limit of {self._memory_mb:,} MB (limits.chapter_memory_mb).")
            elif time.monotonic() > self._deadline:
                self._stop(pid, f"The chapter passed its time limit of {self._time_s:g} s (limits.chapter_time).")

    def _measure(self, pid: int) -> float | None:
        import psutil

        try:
            process = psutil.Process(pid)
            tree = [process, *process.children(recursive=True)]
            memory = sum(_private(p) for p in tree) / 1e6
            times = [p.cpu_times() for p in tree]
        except psutil.Error:
            return None
        self.usage.memory_mb = max(self.usage.memory_mb or 0.0, memory)
        self.usage.cpu_s = max(self.usage.cpu_s or 0.0, sum(t.user + t.system for t in times))
        return memory

    def _stop(self, pid: int, reason: str) -> None:
        import psutil

        self.stopped = self.stopped or reason
        try:
            process = psutil.Process(pid)
            for p in [*process.children(recursive=True), process]:
                p.kill()
        except psutil.Error:
            pass


def _private(process: Any) -> float:
    """Resident bytes of a process that are its own: a forked kernel shares the rest."""
    info = process.memory_info()
    return float(info.rss - getattr(info, "shared", 0))
