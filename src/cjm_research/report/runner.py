"""Executes chapters, so many at a time, each in a kernel of its own."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Literal

from .execute import Execution, Kernel, execute_chapter
from .notebook import Chapter, Scalar

Isolation = Literal["auto", "fork", "process"]


class Runner:
    """A pool of chapter executions, shared by the reports of a batch.

    jobs: chapters at a time. isolation: "fork" forks kernels from a preloaded process, "process" starts ordinary
    ones, "auto" forks where that is safe and pays.
    """

    def __init__(self, jobs: int = 1, isolation: Isolation = "auto", chapters: int | None = None) -> None:
        self.jobs, self.isolation = max(1, jobs), isolation
        self._pool = ThreadPoolExecutor(self.jobs, thread_name_prefix="cjm-chapter")

    @property
    def kernel_kind(self) -> str:
        """How kernels are started: "fork" or "process"."""
        return "process"

    @property
    def provisioner(self) -> Any:
        """The provisioner class of forked kernels; None for ordinary ones."""
        return None

    def submit(self, chapter: Chapter, values: Mapping[str, Scalar], kernel: Kernel) -> Future[Execution]:
        """Execute a chapter when its turn comes."""
        return self._pool.submit(execute_chapter, chapter, values, kernel)

    def close(self) -> None:
        """Wait for nothing more; kernels still running are ended."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
