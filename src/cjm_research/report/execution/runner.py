"""Executes chapters, so many at a time, each in a kernel of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Literal

from ..record.notebook import Chapter, Scalar
from .execute import Execution, Kernel, execute_chapter
from .fork_provisioner import NAME, can_fork, close_fork_server, fork_server
from .kernels import LOCAL
from .usage import Watches, end_abandoned

Isolation = Literal["auto", "fork", "process"]
FORK_FROM = 2  # chapters; preloading costs as much as starting one ordinary kernel and its imports


class Runner:
    """A pool of chapter executions, shared by the reports of a batch.

    jobs: chapters at a time. isolation: "fork" forks kernels from a preloaded process, "process" starts ordinary
    ones, "auto" forks where that is possible and pays. chapters: how many are to come, where that is known.
    """

    def __init__(self, jobs: int = 1, isolation: Isolation = "auto", chapters: int | None = None) -> None:
        self.jobs = max(1, jobs)
        pays = isolation == "fork" or (isolation == "auto" and (chapters is None or chapters >= FORK_FROM))
        self.provisioner = NAME if pays and can_fork() else LOCAL
        self.stopped = False
        end_abandoned()  # what reports that were killed left running
        self._watches = Watches()
        self._pool = ThreadPoolExecutor(self.jobs, thread_name_prefix="cjm-chapter")

    def submit(self, chapter: Chapter, values: Mapping[str, Scalar], kernel: Kernel,
               started: Callable[[], None] | None = None) -> Future[Execution]:
        """Execute a chapter when its turn comes; `started` is called then."""
        if self.provisioner == NAME:
            fork_server()  # starts to preload at the first chapter; a batch where nothing changed needs none

        def execute() -> Execution:
            if started is not None:
                started()
            return execute_chapter(chapter, values, kernel, self._watches)

        return self._pool.submit(execute)

    def close(self, stop: bool = False) -> None:
        """Wait for what runs and end the preloaded process. stop: end what runs, too."""
        if stop:
            self.stopped = True
            self._watches.stop_all("The run was interrupted.")
        self._pool.shutdown(wait=True, cancel_futures=stop)
        if self.provisioner == NAME:
            close_fork_server()

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.close(stop=kind is not None)
