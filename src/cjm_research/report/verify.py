"""`cjm verify`: recompute a run's hashes and execute its chapters again to confirm the numbers."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..coding_log import logs_sha256, read_logs
from ..errors import BadInput, CjmError, unknown
from ..page.blocks import MIME
from ..params import Params, Workspace, check_client_name, load_params, params_sha256
from ..pins import BUILD_FILE, pin_run, release
from ..results import words
from ..results.cache import code_sha256
from .execution.runner import Isolation, Runner
from .record.environment import versions
from .record.executed import whole
from .record.notebook import Chapter, known_chapters, read_chapter
from .record.own_answers import hand_on
from .record.plan import content_sha256
from .record.publish import run_folders
from .record.receipt import ChapterReceipt, Receipt, files_sha256, read_receipt

SHOWN = 5  # differing outputs named for a chapter


@dataclass
class Verification:
    """What came out.

    files: what of the run is no longer as its receipt says. data: what its numbers rest on that is another now (exports,
    tables, coding logs, settings, notebooks). code: code and versions that are others now. numbers: chapters that give other
    results now.
    """

    run: str
    files: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    confirmed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    executed: bool = False

    @property
    def inputs(self) -> list[str]:
        """All that has changed since the run."""
        return [*self.data, *self.code]

    @property
    def verdict(self) -> str:
        """"confirmed", or "not confirmed" and why.

        Confirmed: the run's files and all that its numbers rest on are as the receipt says, and every chapter gives the same
        again. Other code or versions that give the same results confirm them, too.
        """
        why = []
        if self.files:
            why.append("files of the run were changed or are missing")
        if self.data:
            why.append(f"{words.listing(self.data[:SHOWN])}{f' and {len(self.data) - SHOWN} more' if len(self.data) > SHOWN else ''} since the run, "
                       "so what is here now cannot confirm its numbers")
        if self.numbers:
            since = "; the code or the versions have changed since the run" if self.code and not self.data else ""
            why.append(f"{len(self.numbers)} of {len(self.numbers) + len(self.confirmed)} chapters give other results now{since}")
        elif self.executed and not self.confirmed:
            why.append("no chapter could be executed again")
        if why:
            return f"not confirmed: {'; '.join(why)}"
        return "confirmed, with other code or versions than the run's" if self.code and self.executed else "confirmed"

    @property
    def exit_code(self) -> int:
        """0 where the run is confirmed, else 1."""
        return 1 if self.verdict.startswith("not") else 0

    @property
    def lines(self) -> list[str]:
        """The verification in words."""
        out = [f"run {self.run}"]
        out += [f"  file: {text}" for text in self.files] or ["  files: all as the receipt says"]
        out += [f"  since then: {text}" for text in self.inputs]
        out += [f"  {text}" for text in (*self.numbers, *self.skipped)]
        if self.confirmed:
            out.append(f"  executed again, same results: {', '.join(self.confirmed)}")
        return [*out, f"  {self.verdict}"]


def verify_run(client: str, workspace: Workspace, run: str | None = None, *, execute: bool = True, jobs: int = 2,
               isolation: Isolation = "auto") -> Verification:
    """Check a published run against its receipt, then execute its chapters again and compare what they show.

    run: a run id; default the latest. execute: False only recomputes hashes. The cache of results is not used.
    Raises `BadInput` for an unknown client or run.
    """
    check_client_name(client)
    folders = {p.name: p for p in run_folders(workspace.reports, client)}
    if not folders:
        raise BadInput(f"client {client}", "it has no published run", "a published run", f"cjm report {client}")
    if run is not None and run not in folders:
        raise unknown(f"cjm verify {client}", "run", run, folders, "leave it out for the latest run")
    folder = folders[run] if run else list(folders.values())[-1]
    receipt = read_receipt(folder)
    try:
        place = pin_run(client, workspace)
    except BadInput as problem:
        return Verification(receipt.run, _files(folder, receipt), [f"the settings can no longer be read ({problem.found}), so they changed"])
    try:
        result = Verification(receipt.run, _files(folder, receipt), _data(receipt, place), _code(receipt), executed=execute)
        if execute:
            _execute(folder, receipt, place, jobs, isolation, result)
    finally:
        release(place)
    return result


def _files(folder: Path, receipt: Receipt) -> list[str]:
    now = files_sha256(folder)
    gone = [f"{name} is missing" for name in receipt.files if name not in now]
    return gone + [f"{name} was changed after the run" for name, sha in receipt.files.items() if name in now and now[name] != sha]


def _data(receipt: Receipt, workspace: Workspace) -> list[str]:
    """What the run's numbers rest on that is another now, each as "… changed"."""
    params = load_params(receipt.client, workspace)
    same = content_sha256(params) == receipt.content_sha256 if receipt.content_sha256 else params_sha256(params) == receipt.params_sha256
    out = [] if same else ["the settings changed"]
    out += _exports(receipt, params, workspace) + _tables(receipt, workspace)
    if logs_sha256(read_logs(workspace.codings(receipt.client))) != receipt.codings_sha256 and receipt.content_sha256:
        out.append("the coding logs changed")
    chapters = known_chapters(workspace)
    for chapter in receipt.chapters:
        path = chapters.get(chapter.name)
        if path is None or hashlib.sha256(path.read_bytes()).hexdigest() != chapter.notebook_sha256:
            out.append(f"the notebook {chapter.name} {'is gone' if path is None else 'changed'}")
    return out


def _code(receipt: Receipt) -> list[str]:
    """The code and the versions that are others now."""
    now = versions()
    out = ["the code of cjm-research changed"] if code_sha256() != receipt.code_sha256 else []
    return out + [f"{name} is {now.get(name, 'gone')}, was {was}" for name, was in receipt.versions.items() if now.get(name) != was]


def _exports(receipt: Receipt, params: Params, workspace: Workspace) -> list[str]:
    """Exports that are no longer what the tables were built from. They are told by content: names are masked in the receipt."""
    from ..build.reading import input_hashes

    if not receipt.inputs:
        return []
    try:
        now = Counter(input_hashes(params, workspace).values())
    except (CjmError, OSError):
        return ["exports are missing or their files changed"]
    then = Counter(receipt.inputs.values())
    gone = then - now
    out = [f"the export {name} changed" for name, sha in receipt.inputs.items() if sha in gone]
    more = (now - then).total() - len(out)
    return out + ([f"the exports changed ({more} more than then)"] if more > 0 else [])


def _tables(receipt: Receipt, workspace: Workspace) -> list[str]:
    """Tables whose content, counted from the files themselves, is no longer what the receipt says."""
    from ..build.writing import file_content_hash

    folder = workspace.tables(receipt.client)
    try:
        built = json.loads((folder / BUILD_FILE).read_text(encoding="utf-8"))["tables"]
    except (OSError, ValueError, KeyError):
        return ["the tables are gone or changed"]
    out = []
    for name in sorted(receipt.tables.keys() | built.keys()):
        then = receipt.tables[name].sha256 if name in receipt.tables else None
        now, path = built.get(name, {}).get("sha256"), folder / f"{name}.parquet"
        if now == then and path.is_file():
            now = file_content_hash(path)
        if now != then:
            out.append(f"the table {name} changed")
    return out


def _execute(folder: Path, receipt: Receipt, workspace: Workspace, jobs: int, isolation: Isolation, result: Verification) -> None:
    from .execution.execute import Kernel

    paths = known_chapters(workspace)
    todo = []
    for chapter in receipt.chapters:
        if chapter.state not in ("ok", "no data"):
            result.skipped.append(f"{chapter.name}: {chapter.state} in the run, not executed again")
        elif chapter.name not in paths:
            result.numbers.append(f"{chapter.name}: its notebook is gone")
        else:
            todo.append(chapter)
    with Runner(jobs, isolation, chapters=len(todo)) as runner:
        kernel = Kernel(workspace.root, workspace.params_folder, provisioner=runner.provisioner, cache=False,
                        pin=workspace.pin.folder if workspace.pin else None)
        read = {c.name: read_chapter(paths[c.name]) for c in todo}
        defining = [c for c in todo if read[c.name].own_questions]
        answered: list[tuple[Chapter, Any, str]] = [(read_chapter(paths[c.name]), None, c.state) for c in receipt.chapters if c not in todo and c.name in paths]
        for batch in (defining, [c for c in todo if c not in defining]):  # as the run did
            for chapter, future in [(c, runner.submit(read[c.name], c.values, kernel)) for c in batch]:
                done = future.result()
                answered.append((read[chapter.name], done.notebook, "ok" if done.ok else "failed"))
                problem = done.reason.splitlines()[0] if not done.ok else _difference(folder, chapter, done.notebook)
                if problem:
                    result.numbers.append(f"{chapter.name}: {problem}")
                else:
                    result.confirmed.append(chapter.name)
            if batch is defining and defining and workspace.pin:
                hand_on(workspace.pin.folder, answered)


def _difference(folder: Path, chapter: ChapterReceipt, notebook: Any) -> str:
    """What the chapter shows now that it did not show then; empty where all is the same."""
    try:
        before = whole(json.loads((folder / f"{chapter.name}.ipynb").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return "its executed notebook cannot be read"
    then, now = _shown(before), _shown(notebook)
    if then == now:
        return ""
    places = [f"output {i + 1}: {_told(a, b)}" for i, (a, b) in enumerate(zip(then, now, strict=False)) if a != b]
    if len(then) != len(now):
        places.append(f"{len(now)} outputs, {len(then)} in the run")
    return "; ".join(places[:SHOWN]) + (f" and {len(places) - SHOWN} more" if len(places) > SHOWN else "")


def _shown(notebook: Any) -> list[Any]:
    """What a reader sees of a notebook: blocks, and other outputs that are no warnings."""
    found: list[Any] = []
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            if output["output_type"] == "stream" and output.get("name") == "stderr":
                continue
            data = output.get("data", {})
            found.append(data[MIME] if MIME in data else {k: _joined(v) for k, v in data.items()} or _joined(output.get("text", "")))
    return json.loads(json.dumps(found))  # type: ignore[no-any-return]


def _joined(value: Any) -> Any:
    return "".join(value) if isinstance(value, list) else value


def _told(then: Any, now: Any) -> str:
    """Where two outputs differ, in words."""
    if isinstance(then, dict) and isinstance(now, dict) and then.get("kind") == now.get("kind") == "answer":
        pairs: Sequence[tuple[Any, Any]] = list(zip(then.get("sentences", []), now.get("sentences", []), strict=False))
        for a, b in pairs:
            if a != b:
                return f"now {b!r}, was {a!r}"
    kind = then.get("kind", "output") if isinstance(then, dict) else "output"
    return f"the {kind} is another"
