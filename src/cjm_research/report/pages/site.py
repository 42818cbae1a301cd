"""The site: `reports/index.html` lists clients and searches them, `reports/<client>/index.html` lists their runs."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import BadInput, WouldExposePerson
from ...page.answer_html import sentence
from ...params import Workspace
from ...privacy import Guard
from ...results import words
from ...shapes import Json
from ..record.guard import PATTERNS_ONLY, guard_of
from ..record.publish import latest_run, run_folders, write_whole
from ..record.receipt import Receipt, read_receipt
from ..record.run_data import DECISIONS
from ..record.why_different import reasons_to_differ
from ..record.withheld import from_before
from .frame import Brand, Page, render_page

if TYPE_CHECKING:
    from ...journey_map.changes import Change
    from ...results.result import Finding

ATTEMPT_FILE = "attempt.json"  # beside a client's runs: why the last attempt published nothing
RUNS_COMPARED = 10  # newest runs of a client that are compared with the one before
LINES_SHOWN = 40
SEARCHED = 1500  # sentences of a client that the list of all clients searches
SITE = Brand("Journey reports")


@dataclass(frozen=True)
class _Run:
    folder: Path
    receipt: Receipt


def build_site(workspace: Workspace, clients: Sequence[str] = ()) -> Path:
    """Renew the pages that list runs: those of `clients`, and the one of all clients. Returns the latter.

    They are made from the runs' folders alone, so a page that is missing or old is mended by calling this again. Raises
    `WouldExposePerson` where a page of a client would name a person (an earlier run may); that page is not written, and the
    list of all clients says of the client only that it has runs.
    """
    stopped: list[WouldExposePerson] = []
    workspace.reports.mkdir(parents=True, exist_ok=True)
    for client in dict.fromkeys(clients):
        folder = workspace.report(client)
        if not folder.is_dir():
            continue
        try:
            guard = _guard(client, workspace)
            with workspace.writing(client, "cjm report"):
                latest = latest_run(workspace.reports, client)
                if latest is not None:
                    write_whole(folder / "latest.txt", latest.name + "\n")
                text = client_page(workspace, client, guard)
                guard.check_files([(f"{client}/index.html", text.encode())])
                write_whole(folder / "index.html", text)
        except WouldExposePerson as problem:
            stopped.append(problem)
    index = workspace.reports / "index.html"
    with workspace.listing("cjm report"):
        text = index_page(workspace)
        PATTERNS_ONLY.check_files([("index.html", text.encode())])
        write_whole(index, text)
    if stopped:
        raise stopped[0]
    return index


def _guard(client: str, workspace: Workspace) -> Guard:
    try:
        return guard_of(client, workspace)
    except BadInput:  # the settings are what is wrong, and the page says so
        return PATTERNS_ONLY


def index_page(workspace: Workspace) -> str:
    """All clients: latest run, state, what was found; with a search over all of it."""
    rows = []
    for folder in sorted(p for p in workspace.reports.iterdir() if p.is_dir() and not p.name.startswith(".")):
        attempt, run = _attempt(folder), _latest(workspace, folder.name)
        if run is None and attempt is None:
            continue
        rows.append(_checked(_client_row(folder.name, run, attempt, len(run_folders(workspace.reports, folder.name))), workspace))
    return render_page("site", SITE, Page("All clients", "index.html"), rows=rows)


def _checked(row: Json, workspace: Workspace) -> Json:
    """The row, or without what a run and an attempt say where it names a person whom the client's vault knows (by now)."""
    try:
        _guard(row["client"], workspace).check_files([("index.html", json.dumps(row, ensure_ascii=False).encode())])
    except WouldExposePerson:
        again = f"What it says is not listed: it may name a person. Next: cjm report {row['client']} --force"
        return row | {"title": row["client"], "first": "", "silent": "", "lines": [], "hits": [], "problem": "", "withheld": again}
    return row


def _client_row(client: str, run: _Run | None, attempt: Json | None, runs: int) -> Json:
    row: Json = {"client": client, "title": client, "href": f"{client}/index.html", "runs": runs, "made": "",
                           "state": "no report", "css": "failed", "first": "", "silent": "", "lines": [], "hits": [], "problem": "", "status": "", "open": 0, "withheld": ""}
    if attempt is not None:
        row["problem"] = str(attempt.get("error", "")).splitlines()[0] if attempt.get("error") else ""
    if run is None:
        return row
    receipt, base = run.receipt, f"{client}/{run.folder.name}"
    failed = len(receipt.failed)
    first, silent, answers = _decided(run.folder)
    lines = [{"href": f"{base}/index.html#questions", "text": text} for text in answers]
    lines += [{"href": f"{base}/{c.name}.html#{h.anchor}", "text": h.text} for c in receipt.chapters for h in c.headlines]
    row |= {"title": receipt.title, "href": f"{base}/index.html", "made": _when(receipt), "status": receipt.status,
            "state": f"{failed} of {len(receipt.chapters)} chapters failed" if failed else "complete",
            "css": "failed" if failed else "ok", "first": first, "silent": silent, "lines": lines, "open": receipt.open_comments,
            "hits": _sentences(run.folder, base, {sentence(line["text"]) for line in lines}), "all": f"{client}/index.html"}
    return row


def _decided(folder: Path) -> tuple[str, str, list[str]]:
    """(what to do first, why there is no such step, the answers to the client's questions) of a run; empty for a run of before there were any."""
    try:
        said = json.loads((folder / DECISIONS).read_text(encoding="utf-8"))
        return str(said["first"]["title"]) if said["first"] else "", str(said.get("silent") or ""), [f"{a['ask']} {a['lead']} {a['text']}" for a in said["answers"]]
    except (OSError, ValueError, KeyError, TypeError):
        return "", "", []


def _sentences(folder: Path, base: str, said: Collection[str]) -> list[tuple[str, str]]:
    """(address, sentence) of the run's findings for the search, those about all customers first; each sentence once."""
    if from_before(folder):
        return []  # somebody may have been erased since
    try:
        found = json.loads((folder / "findings.json").read_text(encoding="utf-8"))["findings"]
        found.sort(key=lambda f: bool(f.get("persona") or f.get("channel") or f.get("period")))
        told = {str(f["statement"]): f"{base}/{f['href']}" for f in reversed(found) if f.get("href") and sentence(str(f["statement"])) not in said}
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [(href, text) for text, href in reversed(told.items())][:SEARCHED]


def client_page(workspace: Workspace, client: str, guard: Guard = PATTERNS_ONLY) -> str:
    """A client's runs, newest first, each with what changed since the one before; writes the pages that tell it in full.

    guard: checks those pages. Raises `WouldExposePerson` as it does.
    """
    runs = [r for r in (_read(p) for p in run_folders(workspace.reports, client)) if r is not None]
    found: dict[str, list[Finding]] = {}
    newer: list[Finding] = []
    for r in reversed(runs[-RUNS_COMPARED - 1:] if len(runs) > 1 else []):
        newer = found[r.folder.name] = _findings(r, newer)
    rows = []
    for position in range(len(runs) - 1, -1, -1):
        run, before = runs[position], runs[position - 1] if position else None
        row = _run_row(run)
        if before is None:
            row["head"] = "First run"
        elif before.folder.name in found:
            from ...journey_map.changes import compare
            from ..record.compare import RAN, Comparison, in_both
            from .diff_page import page_name, write_page

            have = ({c.name for c in r.receipt.chapters if c.state in RAN} for r in (before, run))
            changes = compare(*in_both(found[before.folder.name], found[run.folder.name], *have))
            row["head"], row["lines"], row["more"] = _differences(before, run, changes)
            row["changes"] = page_name(before.folder.name, run.folder.name)
            if not (workspace.report(client) / row["changes"]).is_file():  # runs never change
                write_page(workspace, Comparison(client, run.receipt.title, before.folder.name, run.folder.name, changes, reasons_to_differ(before.receipt, run.receipt)), guard)
        rows.append(row)
    _tidy(workspace.report(client), runs)
    title = runs[-1].receipt.title if runs else client
    return render_page("client", Brand(title), Page(f"Runs of {client}", "../index.html"), client=client, rows=rows,
                       attempt=_attempt(workspace.report(client)))


def _tidy(folder: Path, runs: Sequence[_Run]) -> None:
    from .diff_page import remove_orphans

    if folder.is_dir():
        remove_orphans(folder, [r.folder.name for r in runs])


def _run_row(run: _Run) -> Json:
    receipt = run.receipt
    states = [c.state for c in receipt.chapters]
    counts = ", ".join(f"{states.count(s)} {s}" for s in ("ok", "no data", "failed", "not run") if s in states)
    return {"run": run.folder.name, "href": f"{run.folder.name}/index.html", "made": _when(receipt), "counts": counts,
            "css": "failed" if receipt.failed else "ok", "status": receipt.status, "open": receipt.open_comments, "head": "", "lines": [], "more": 0, "changes": ""}


def _differences(old: _Run, new: _Run, changes: Sequence[Change]) -> tuple[str, list[str], int]:
    """The difference in a line, its lines, and how many of them are left out."""
    from ..record.compare import TITLES

    groups = {state: [c for c in changes if c.state == state] for state in TITLES}
    told = ", ".join(f"{words.count(len(groups[s]))} {s}" for s in ("changed", "appeared", "vanished") if groups[s])
    lines = [*reasons_to_differ(old.receipt, new.receipt)]
    lines += [f"{TITLES[state]}: {c.statement}" for state, group in groups.items() if state != "moved" for c in group]
    lines += [f"{TITLES['moved']}: {len(groups['moved'])} findings."] if groups["moved"] else []
    head = f"Findings: {told}" if told else "No finding changed beyond its uncertainty"
    return head, lines[:LINES_SHOWN], max(0, len(lines) - LINES_SHOWN)


def _findings(run: _Run, newer: Sequence[Finding]) -> list[Finding]:
    from ..record.compare import read_findings

    try:
        return read_findings(run.folder, {f.statement for f in newer})
    except (OSError, ValueError, KeyError, TypeError):
        return []  # the files of an old run were taken away, or another version wrote them


def _latest(workspace: Workspace, client: str) -> _Run | None:
    for folder in reversed(run_folders(workspace.reports, client)):
        if (run := _read(folder)) is not None:
            return run
    return None


def _read(folder: Path) -> _Run | None:
    try:
        return _Run(folder, read_receipt(folder))
    except BadInput:
        return None  # a receipt of another version


def _attempt(folder: Path) -> Json | None:
    try:
        found = json.loads((folder / ATTEMPT_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _when(receipt: Receipt) -> str:
    return receipt.started_at[:16].replace("T", " ")
