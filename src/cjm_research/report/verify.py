"""`cjm verify`: recompute a run's hashes and execute its chapters again to confirm the numbers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..analysis.cache import code_sha256
from ..errors import BadInput, unknown
from ..page.blocks import MIME
from ..params import Workspace, check_client_name, load_params, params_sha256
from ..study import BUILD_FILE
from .environment import versions
from .notebook import list_chapters, read_chapter
from .publish import run_folders
from .receipt import ChapterReceipt, Receipt, files_sha256, read_receipt
from .runner import Isolation, Runner

SHOWN = 5  # differing outputs named for a chapter


@dataclass
class Verification:
    """What came out. files, inputs: what is no longer as the receipt says. numbers: chapters that give others now."""

    run: str
    files: list[str] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    confirmed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 where the files are as they were and every chapter gives the same again, else 1."""
        return 1 if self.files or self.numbers else 0

    @property
    def lines(self) -> list[str]:
        """The verification in words."""
        out = [f"run {self.run}"]
        out += [f"  file: {text}" for text in self.files] or ["  files: all as the receipt says"]
        out += [f"  since then: {text}" for text in self.inputs]
        out += [f"  {text}" for text in (*self.numbers, *self.skipped)]
        if self.confirmed:
            out.append(f"  executed again, same results: {', '.join(self.confirmed)}")
        verdict = "confirmed" if not self.exit_code else "not confirmed"
        return [*out, f"  {verdict}"]


def verify_run(client: str, workspace: Workspace, run: str | None = None, *, execute: bool = True, jobs: int = 2,
               isolation: Isolation = "auto") -> Verification:
    """Check a published run against its receipt, then execute its chapters again and compare what they show.

    run: a run id; default the latest. execute: False only recomputes hashes. The cache of results is not used.
    Raises `BadInput` for an unknown client or run.
    """
    check_client_name(client)
    folders = {p.name: p for p in run_folders(workspace.reports, client)}
    if not folders:
        raise BadInput(f"client {client}", "it has no published run", "", f"cjm report {client}")
    if run is not None and run not in folders:
        raise unknown(f"cjm verify {client}", "run", run, folders)
    folder = folders[run] if run else list(folders.values())[-1]
    receipt = read_receipt(folder)
    result = Verification(receipt.run, _files(folder, receipt), _inputs(receipt, workspace))
    if execute:
        _execute(folder, receipt, workspace, jobs, isolation, result)
    return result


def _files(folder: Path, receipt: Receipt) -> list[str]:
    now = files_sha256(folder)
    gone = [f"{name} is missing" for name in receipt.files if name not in now]
    return gone + [f"{name} was changed after the run" for name, sha in receipt.files.items() if name in now and now[name] != sha]


def _inputs(receipt: Receipt, workspace: Workspace) -> list[str]:
    """What the run rested on that is no longer the same: then other numbers are no wonder."""
    out = []
    try:
        if params_sha256(load_params(receipt.client, workspace)) != receipt.params_sha256:
            out.append("the settings changed")
    except BadInput as problem:
        out.append(f"the settings cannot be read: {problem.found}")
    out += ["the code of cjm-research changed"] if code_sha256() != receipt.code_sha256 else []
    now = versions()
    out += [f"{name} is {now.get(name, 'gone')}, was {was}" for name, was in receipt.versions.items() if now.get(name) != was]
    out += _tables(receipt, workspace)
    chapters = {p.stem: p for p in list_chapters(workspace.notebooks)}
    for chapter in receipt.chapters:
        path = chapters.get(chapter.name)
        if path is None or hashlib.sha256(path.read_bytes()).hexdigest() != chapter.notebook_sha256:
            out.append(f"the notebook {chapter.name} {'is gone' if path is None else 'changed'}")
    return out


def _tables(receipt: Receipt, workspace: Workspace) -> list[str]:
    try:
        built = json.loads((workspace.tables(receipt.client) / BUILD_FILE).read_text(encoding="utf-8"))["tables"]
    except (OSError, ValueError, KeyError):
        return ["the tables are gone"]
    names = sorted(receipt.tables.keys() | built.keys())
    return [f"the table {n} changed" for n in names
            if (receipt.tables[n].sha256 if n in receipt.tables else None) != built.get(n, {}).get("sha256")]


def _execute(folder: Path, receipt: Receipt, workspace: Workspace, jobs: int, isolation: Isolation, result: Verification) -> None:
    from .execute import Kernel

    paths = {p.stem: p for p in list_chapters(workspace.notebooks)}
    todo = []
    for chapter in receipt.chapters:
        if chapter.state not in ("ok", "no data"):
            result.skipped.append(f"{chapter.name}: {chapter.state} in the run, not executed again")
        elif chapter.name not in paths:
            result.numbers.append(f"{chapter.name}: its notebook is gone")
        else:
            todo.append(chapter)
    with Runner(jobs, isolation, chapters=len(todo)) as runner:
        kernel = Kernel(workspace.root, workspace.params_folder, provisioner=runner.provisioner, cache=False)
        futures = [(c, runner.submit(read_chapter(paths[c.name]), c.values, kernel)) for c in todo]
        for chapter, future in futures:
            done = future.result()
            problem = done.reason.splitlines()[0] if not done.ok else _difference(folder, chapter, done.notebook)
            if problem:
                result.numbers.append(f"{chapter.name}: {problem}")
            else:
                result.confirmed.append(chapter.name)


def _difference(folder: Path, chapter: ChapterReceipt, notebook: Any) -> str:
    """What the chapter shows now that it did not show then; empty where all is the same."""
    try:
        before = json.loads((folder / f"{chapter.name}.ipynb").read_text(encoding="utf-8"))
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
