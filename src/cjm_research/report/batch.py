"""Reports of many clients: build, run, go on after failures, and say at the end how all went."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from ..errors import CjmError
from ..params import Workspace
from .execution.runner import Isolation, Runner
from .one_client import ClientOutcome, report_client
from .pages.site import build_site
from .progress import Display, display_for, duration, summary_table
from .record.journal import Journal
from .record.publish import refusals
from .record.slips import refuse_slips

SITE_EVERY_S = 20.0


@dataclass
class BatchOutcome:
    """How a batch went."""

    clients: dict[str, ClientOutcome] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def exit_code(self) -> int:
        """0, or 1 where any client or chapter failed; a single client's own error keeps its code."""
        if len(self.clients) == 1:
            return next(iter(self.clients.values())).exit_code
        return 1 if any(c.exit_code for c in self.clients.values()) else 0

    def table(self) -> str:
        """The summary: one line a client, failures last."""
        ordered = sorted(self.clients.values(), key=lambda c: (c.exit_code != 0, c.client))
        return summary_table([(c.client, c.state, _counts(c), duration(c.seconds), c.note) for c in ordered],
                             ("client", "state", "chapters", "time", "note"))


def _counts(client: ClientOutcome) -> str:
    if client.report is None:
        return ""
    states = [c.state for c in client.report.chapters]
    return ", ".join(f"{states.count(s)} {s}" for s in ("ok", "no data", "failed", "not run") if s in states)


def run_batch(clients: Sequence[str], workspace: Workspace, *, only: Sequence[str] | None = None, jobs: int = 2,
              sets: Sequence[str] | None = None, resume: bool = False, limit: int | None = None, force: bool = False,
              code: bool = False, isolation: Isolation = "auto", build: bool = True, cluster: str | None = None, since: str | None = None,
              display: Display | None = None) -> BatchOutcome:
    """Build and report clients; one that fails is explained and does not stop the others.

    only, sets, force, code: as in `run_report`. jobs: chapters at a time, over all clients. resume: leave out
    what an interrupted batch with the same options has done. limit: at most so many clients. build: renew the
    tables first where exports changed. cluster: address of a Dask scheduler to fan out to (extra `dask`). since: the run that first page and map are held against; default: each client's last.
    Raises `GivenWrong` for an `only` or `sets` that a client cannot use, before anything is built or written.
    Publishes each report whole as soon as it is complete; an interrupted batch leaves old or new, never half.
    """
    began = time.monotonic()
    names = list(dict.fromkeys(clients))[:limit]
    refuse_slips(names, workspace, only, sets)
    options = {"only": list(only or ()), "sets": list(sets or ()), "force": force, "code": code, **({"since": since} if since else {})}
    if len(names) == 1 and not resume and not cluster:
        return _single(names[0], workspace, options, jobs, isolation, build, display or display_for(names))
    journal = Journal(workspace.reports, options, resume)
    outcome = BatchOutcome({n: ClientOutcome(n, resumed=True) for n in names if n in journal.done})
    todo = [n for n in names if n not in journal.done]
    site = _SiteKeeper(workspace)
    shown = display or display_for(todo)

    def done(result: ClientOutcome) -> None:
        outcome.clients[result.client] = result
        journal.note(result.client, result.exit_code == 0)
        site.changed(result.client)
        shown.client(result.client, _told(result))

    with shown:
        if cluster:
            from .cluster import run_on_dask

            run_on_dask(cluster, todo, workspace, options, build, done)
        else:
            _run_here(todo, workspace, options, jobs, isolation, build, shown, done)
    problem = site.finish()
    journal.close(names)
    outcome.clients = {n: outcome.clients[n] for n in names}
    outcome.seconds = time.monotonic() - began
    print(outcome.table())
    if problem:
        shown.say(f"cjm: {problem}")
    print(workspace.reports / "index.html")
    return outcome


def _run_here(todo: Sequence[str], workspace: Workspace, options: dict[str, Any], jobs: int, isolation: Isolation, build: bool,
              shown: Display, done: Callable[[ClientOutcome], None]) -> None:
    """Clients in threads, their chapters in the runner's kernels; one client more than jobs keeps these busy."""
    with Runner(jobs, isolation) as runner, ThreadPoolExecutor(jobs + 1, thread_name_prefix="cjm-client") as pool:
        waiting = list(todo)
        running: set[Future[ClientOutcome]] = set()
        try:
            while waiting or running:
                while waiting and len(running) <= jobs:
                    running.add(pool.submit(report_client, waiting.pop(0), workspace, options, build, runner, shown))
                ended, running = wait(running, return_when=FIRST_COMPLETED)
                for future in ended:
                    done(future.result())
        except BaseException:
            runner.close(stop=True)  # else the pools would wait for kernels that nobody wants any more
            raise


def _single(client: str, workspace: Workspace, options: dict[str, Any], jobs: int, isolation: Isolation, build: bool,
            shown: Display) -> BatchOutcome:
    began = time.monotonic()
    with shown:
        result = report_client(client, workspace, options, build, None, shown, jobs, isolation, surprise=True)
    problem = _SiteKeeper(workspace).finish([client])
    if result.report is None:
        shown.say(f"cjm: {result.error}")  # one message: what kept the report kept the pages about it, too
    else:
        if problem:
            shown.say(f"cjm: {problem}")
        for chapter in result.report.receipt.failed:
            shown.say(f"{client}: {chapter.name} failed: {chapter.reason}")
        print(result.report.index)
    return BatchOutcome({client: result}, time.monotonic() - began)


def _told(result: ClientOutcome) -> str:
    text = f"{result.state} in {duration(result.seconds)}"
    return f"{text}; {result.note}" if result.note else text


class _SiteKeeper:
    """Renews the pages that list runs, of a long batch now and then."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace, self._last = workspace, time.monotonic()
        self._changed: list[str] = []

    def changed(self, client: str) -> None:
        self._changed.append(client)
        if time.monotonic() - self._last > SITE_EVERY_S:
            self.finish()

    def finish(self, clients: Sequence[str] = ()) -> str:
        """Renew the pages; returns why they could not be, or an empty text. The reports themselves are published by then."""
        try:
            with refusals("pages that list runs", self._workspace.reports, "reports are published and their folders whole; the next report renews these pages"):
                build_site(self._workspace, [*self._changed, *clients])
        except CjmError as problem:
            return problem.text()
        finally:
            self._changed, self._last = [], time.monotonic()
        return ""

