"""One report: plan, execute, draw, publish whole."""

from __future__ import annotations

import hashlib
import json
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

from ..analysis.experiments.design import sha256 as design_sha256
from ..errors import BadInput, CjmError
from ..params import Workspace, params_sha256
from ..pins import pin_run, release
from ..privacy import Guard, require_whole_vault
from ..privacy.erasures import Erasures
from ..results.cache import code_sha256
from .execution.fast_imports import skip_slow_imports
from .execution.usage import Usage
from .record.approval import approval_of
from .record.comments import is_open
from .record.environment import FIXED, commit, versions
from .record.own_answers import hand_on
from .record.plan import Plan, Task, check_request, content_sha256, plan_report
from .record.publish import check_writable, latest_run, next_sequence, sequence_of, staged
from .record.receipt import RECEIPT_FILE, ChapterReceipt, Headline, Receipt, TableReceipt, files_sha256, read_receipt
from .record.settings import settings_of
from .record.slips import refuse_given
from .record.withheld import from_before

DEFAULT_TIME_S = 1200.0
Progress = Callable[[str, str, str], None]  # (client, chapter, what: "start" | "ok" | "no data" | "failed" | "taken over" | "not run")


class Interrupted(CjmError):
    """The run was ended from outside before it was complete; nothing was published."""


@dataclass
class RunOutcome:
    """How a report went. state: published, or unchanged where the last run is still right."""

    client: str
    run: str
    folder: Path
    state: Literal["published", "unchanged"]
    receipt: Receipt
    seconds: float = 0.0

    @property
    def index(self) -> Path:
        """The first page."""
        return self.folder / "index.html"

    @property
    def chapters(self) -> list[ChapterReceipt]:
        """All chapters and how they went."""
        return self.receipt.chapters

    @property
    def exit_code(self) -> int:
        """0, or 1 where a chapter failed."""
        return 1 if self.receipt.failed else 0


@dataclass
class _Chapter:
    task: Task
    future: Future[Any] | None = None
    notebook: Any = None
    receipt: ChapterReceipt = field(init=False)
    traceback: str = ""
    refused: bool = False  # one of its questions refused in words what it was asked with

    def __post_init__(self) -> None:
        c = self.task.chapter
        self.receipt = ChapterReceipt(name=c.name, title=c.title, state="not run", key=self.task.key,
                                      notebook_sha256=c.sha256, values=self.task.values)


def run_report(client: str, workspace: Workspace, chapters: Sequence[str] | None = None, sets: Sequence[str] | None = None,
               jobs: int = 1, *, runner: Any = None, force: bool = False, code: bool = False,
               progress: Progress | None = None, site: bool = True, isolation: Any = "auto", since: str | None = None) -> RunOutcome:
    """Run a client's chapters and publish the report under `reports/<client>/<run>/`.

    chapters: only these (others are taken over from the last run where nothing they rest on has changed). sets:
    `NAME=VALUE` parameters. jobs: chapters at a time. force: execute even what is unchanged. code: pages and
    notebooks with the code open to the eye. runner: share one `Runner` between reports. isolation: see `Runner`. site: also renew the pages that list runs.
    since: the run that the first page and the map are held against; default: the last.
    Raises `BadInput` before anything runs, `CjmError` where the disk refuses, `WouldExposePerson` where an identifier of a
    person stands in what was written (nothing is published then). A failed chapter does not raise:
    it is shown in the report and the outcome's `exit_code` is 1.
    """
    skip_slow_imports()
    began, started = time.monotonic(), datetime.now(UTC)
    check_request(client, workspace, chapters, sets)
    pinned = workspace if workspace.pin and workspace.pin.client == client else pin_run(client, workspace)
    try:
        return _report(client, pinned, chapters, sets, jobs, runner, force, code, progress, site, isolation, began, started, since)
    finally:
        if pinned is not workspace:
            release(pinned)


def _report(client: str, workspace: Workspace, chapters: Sequence[str] | None, sets: Sequence[str] | None, jobs: int, runner: Any, force: bool,
            code: bool, progress: Progress | None, site: bool, isolation: Any, began: float, started: datetime, since: str | None = None) -> RunOutcome:
    from .pages.frame import brand_of
    from .record.comments import read_comments

    plan = plan_report(client, workspace, chapters, sets)
    brand, comments = brand_of(plan.params, workspace), read_comments(plan.params, workspace, [t.chapter.name for t in plan.tasks])
    key = hashlib.sha256(f"{plan.key}{code}{since or ''}".encode()).hexdigest()
    last = _last(workspace, client)
    if last and not force and last[1].report_key == key and all(c.state in ("ok", "no data") for c in last[1].chapters) and not from_before(last[0]):
        return RunOutcome(client, last[1].run, last[0], "unchanged", last[1], time.monotonic() - began)
    _check_nobody_erased(workspace, client, plan.build)
    require_whole_vault(client, workspace, plan.build)
    tell = progress or (lambda *_: None)
    check_writable(workspace.reports, client)
    done = _execute(plan, last, jobs, runner, force, tell, isolation)
    _check_nobody_erased(workspace, client, plan.build)  # its chapters say so, too, and are no slip of whoever typed the command
    refuse_given(plan, [(c.task.chapter, c.receipt.reason) for c in done if c.refused], sets)
    with workspace.writing(client, "cjm report"):
        _check_nobody_erased(workspace, client, plan.build)  # first: an erasure also takes the list of identifiers away
        require_whole_vault(client, workspace, plan.build)  # others may have built since
        guard = Guard.of(plan.params, workspace, (c.author for c in comments))
        run, last = _run_id(started, key, next_sequence(workspace.reports, client)), _last(workspace, client)
        with staged(workspace.reports, client, run, guard.check_folder) as folder:
            receipt = _write(folder, run, plan, done, brand, comments, code, key, started, began, jobs, workspace.run(client, since) if since else last[0] if last else None)
    if site:
        from .pages.site import build_site

        build_site(workspace, [client])
    return RunOutcome(client, run, workspace.run(client, run), "published", receipt, time.monotonic() - began)


def _last(workspace: Workspace, client: str) -> tuple[Path, Receipt] | None:
    folder = latest_run(workspace.reports, client)
    try:
        return (folder, read_receipt(folder)) if folder else None
    except BadInput:
        return None  # written by another version: run anew


def _run_id(started: datetime, key: str, sequence: int) -> str:
    """UTC time to the millisecond, the count of the client's runs, and a short hash."""
    return f"{started:%Y%m%dT%H%M%S}.{started.microsecond // 1000:03d}Z-{sequence}-{key[:6]}"


def _check_nobody_erased(workspace: Workspace, client: str, build: Mapping[str, Any]) -> None:
    """Raise where somebody was erased since the tables of the run were built: it would publish them."""
    if str(build.get("erasures", "")) != Erasures(workspace.erasures(client)).sha256:
        raise CjmError(f"report of {client}", "persons were erased since its tables were built, so what it found is not published",
                       "a run that began after an erasure", f"cjm report {client}")


def _execute(plan: Plan, last: tuple[Path, Receipt] | None, jobs: int, runner: Any, force: bool, tell: Progress,
             isolation: Any) -> list[_Chapter]:
    chapters = [_Chapter(t) for t in plan.tasks]
    defining = [t.chapter.name for t in plan.tasks if t.chapter.own_questions]
    whole = last is not None and all((before := last[1].chapter(name)) is not None and before.state in ("ok", "no data") for name in defining)
    todo = [c for c in chapters if not ((whole or c.task.chapter.own_questions) and _take_over(c, last, plan, force, tell)) and c.task.chapter.name in plan.asked]
    for c in chapters:
        if c.notebook is None and c not in todo:
            c.receipt.reason = "not asked for, and its inputs have changed since the last run"
            tell(plan.client, c.receipt.name, "not run")
    if todo and runner is None:
        from .execution.runner import Runner

        with Runner(jobs, isolation, chapters=len(todo)) as own:
            _run_in_order(plan, chapters, todo, own, tell)
    elif todo:
        _run_in_order(plan, chapters, todo, runner, tell)
    return chapters


def _run_in_order(plan: Plan, chapters: list[_Chapter], todo: list[_Chapter], runner: Any, tell: Progress) -> None:
    """Run first the chapters that define own questions, then the others, which find the answers in the run's pin."""
    defining = [c for c in chapters if c.task.chapter.own_questions]
    _run_all(plan, [c for c in todo if c in defining], runner, tell)
    if defining and plan.workspace.pin:
        hand_on(plan.workspace.pin.folder, [(c.task.chapter, c.notebook, c.receipt.state) for c in defining])
    _run_all(plan, [c for c in todo if c not in defining], runner, tell)


def _take_over(chapter: _Chapter, last: tuple[Path, Receipt] | None, plan: Plan, force: bool, tell: Progress) -> bool:
    """Take the last run's notebook where nothing it rests on has changed."""
    if last is None or (force and chapter.task.chapter.name in plan.asked):
        return False
    before = last[1].chapter(chapter.task.chapter.name)
    path = last[0] / f"{chapter.task.chapter.name}.ipynb"
    if before is None or before.key != chapter.task.key or before.state not in ("ok", "no data"):
        return False
    from .record.executed import read

    try:
        raw = path.read_bytes()
        if last[1].files.get(path.name) != hashlib.sha256(raw).hexdigest():
            return False  # edited since
        chapter.notebook = read(raw.decode())
    except (OSError, ValueError):
        return False
    chapter.receipt = before.model_copy(update={"taken_from": before.taken_from or last[1].run})
    tell(plan.client, before.name, "taken over")
    return True


def _run_all(plan: Plan, todo: list[_Chapter], runner: Any, tell: Progress) -> None:
    from .execution.execute import Kernel

    limits = plan.params.limits
    time_s = _seconds(limits.chapter_time) or DEFAULT_TIME_S
    kernel = Kernel(plan.workspace.root, plan.workspace.params_folder, time_s, limits.chapter_memory_mb, runner.provisioner,
                    pin=plan.workspace.pin.folder if plan.workspace.pin else None)
    for c in todo:
        c.future = runner.submit(c.task.chapter, c.task.values, kernel, partial(tell, plan.client, c.receipt.name, "start"))
    for c in todo:
        assert c.future is not None
        try:
            done = c.future.result()
        except CancelledError:
            raise Interrupted(f"report of {plan.client}", "interrupted") from None
        if runner.stopped:
            raise Interrupted(f"report of {plan.client}", "interrupted")  # a chapter cut off is nothing to publish
        usage: Usage = done.usage
        c.notebook, c.traceback, c.refused = done.notebook, done.traceback, done.refused
        c.receipt = c.receipt.model_copy(update={
            "state": "ok" if done.ok else "failed", "reason": done.reason, "seconds": round(done.seconds, 3),
            "cpu_s": usage.cpu_s, "memory_mb": usage.memory_mb, "kernel": done.kernel, "warnings": done.warnings})
        tell(plan.client, c.receipt.name, c.receipt.state)


def _seconds(value: Any) -> float | None:
    return None if value is None else float(value.total_seconds()) if hasattr(value, "total_seconds") else float(value)


def _settings_changed(before: Path | None, plan: Plan) -> bool:
    """Whether the settings that numbers rest on are others than in a run before."""
    try:
        return before is not None and read_receipt(before).content_sha256 not in ("", content_sha256(plan.params))
    except BadInput:
        return False


def _write(folder: Path, run: str, plan: Plan, chapters: list[_Chapter], brand: Any, comments: Any, code: bool, key: str,
           started: datetime, began: float, jobs: int, last: Path | None = None) -> Receipt:
    from .pages.about import about_page
    from .pages.chapter_pages import ABOUT, MAP, SUMMARY, Drawn, chapter_page, draw_chapters, findings_json
    from .pages.first_page import decisions_of, first_page
    from .pages.map_page import map_page
    from .pages.published import published_notebook
    from .pages.queries import QUERIES_PAGE, queries_page
    from .record.executed import written
    from .record.run_data import DECISIONS

    drawn = [Drawn(c.receipt.name, c.receipt.title, c.notebook, c.receipt.state, c.receipt.reason, c.traceback) for c in chapters]
    links = draw_chapters(drawn, code, comments, brand.portraits)
    whole_findings = findings_json(plan, drawn)
    approval = approval_of(plan.params.review, json.loads(whole_findings)["findings"], folder.parent, [d.name for d in drawn if d.state in ("ok", "no data")])
    brand = replace(brand, status=approval.status)
    for c, d in zip(chapters, drawn, strict=True):
        numbering = d.content.numbering if d.content else None
        c.receipt = c.receipt.model_copy(update={
            "title": d.title, "state": d.state, "reason": d.reason, "figures": numbering.figures if numbering else 0,
            "tables": numbering.tables if numbering else 0, "findings": len(numbering.findings) if numbering else 0,
            "headlines": [Headline(text=t, anchor=a) for _, t, a in numbering.headlines if t] if numbering else []})
        (folder / d.href).write_text(chapter_page(d, drawn, brand, comments), encoding="utf-8")
        if c.notebook is not None:
            (folder / f"{d.name}.ipynb").write_text(written(published_notebook(c.notebook, code)), encoding="utf-8")
    decisions = decisions_of(plan.params, drawn, last, _settings_changed(last, plan))
    (folder / SUMMARY).write_text(first_page(plan, drawn, brand, comments, links, decisions, approval), encoding="utf-8")
    if (whole := map_page(drawn, brand, links, last, comments, plan.params.objective or "")) is not None:
        (folder / MAP).write_text(whole, encoding="utf-8")
    (folder / DECISIONS).write_text(json.dumps(decisions.to_dict(), indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
    (folder / QUERIES_PAGE).write_text(queries_page(drawn, brand), encoding="utf-8")
    (folder / "findings.json").write_text(whole_findings, encoding="utf-8")
    tables = {name: TableReceipt(rows=int(t.get("rows", 0)), sha256=t.get("sha256")) for name, t in plan.build.get("tables", {}).items()}
    receipt = Receipt(
        run=run, sequence=sequence_of(run), client=plan.client, title=plan.params.title, status=approval.status, numbers=approval.code,
        open_comments=sum(is_open(c) for c in comments), settings=settings_of(plan.params),
        report_key=key, started_at=f"{started:%Y-%m-%dT%H:%M:%SZ}",
        seconds=round(time.monotonic() - began, 3), jobs=jobs, params_sha256=params_sha256(plan.params), tables=tables,
        content_sha256=content_sha256(plan.params), codings_sha256=plan.codings_sha256,
        inputs=dict(plan.build.get("inputs", {})), seeds={"personas": plan.params.personas.seed},
        designs={e.name: design_sha256(e) for e in plan.params.experiments}, versions=versions(),
        platform=f"{platform.system()} {platform.machine()}", commit=commit(plan.workspace.root), code_sha256=code_sha256(),
        environment=dict(FIXED), chapters=[c.receipt for c in chapters], files=files_sha256(folder))
    (folder / ABOUT).write_text(about_page(receipt, drawn, brand), encoding="utf-8")
    (folder / RECEIPT_FILE).write_text(receipt.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return receipt
