"""`cjm diff`: what appeared, vanished or changed between two published runs, as text, as JSON and as a page."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...errors import BadInput, NotEnoughData, unknown
from ...journey_map.changes import Change, State, compare, since
from ...params import Workspace, check_client_name, client_names
from ...results import words
from ...results.result import Finding
from ...shapes import Json
from .publish import run_folders

FINDINGS = "findings.json"
TITLES: dict[State, str] = {"changed": "Changed beyond its uncertainty", "appeared": "Appeared", "vanished": "Vanished",
                            "moved": "Different within its uncertainty"}
RAN = ("ok", "no data")  # states of chapters that ran
SHOWN = 40  # lines of a group printed; the JSON and the page have more
VERSION = 1


@dataclass(frozen=True)
class Comparison:
    """Two runs of a client compared. causes: why their numbers may differ, as their receipts tell."""

    client: str
    title: str
    old: str
    new: str
    changes: list[Change] = field(repr=False)
    causes: list[str] = field(default_factory=list)

    def of(self, *states: State, whole: bool | None = None) -> list[Change]:
        """The changes of these states; whole: only those about all customers, or only the others."""
        return [c for c in self.changes if c.state in states and (whole is None or c.whole == whole)]

    @property
    def summary(self) -> str:
        """The comparison in one sentence."""
        parts = []
        for state, verb in (("changed", "changed beyond uncertainty"), ("appeared", "appeared"), ("vanished", "vanished")):
            whole, part = len(self.of(state, whole=True)), len(self.of(state, whole=False))  # type: ignore[arg-type]
            if whole or part:
                parts.append(f"{words.count(whole + part)} {verb}" + (f" ({words.count(part)} of them about a persona, channel or half of the period)" if part else ""))
        rest = f"{words.count(len(self.of('moved')))} differ within their uncertainty, {words.count(len(self.of('same')))} are the same"
        return (f"Of {words.count(len(self.changes))} findings {words.listing(parts)}; {rest}." if parts
                else f"Nothing changed beyond its uncertainty, appeared or vanished: of {words.count(len(self.changes))} findings {rest}.")


def runs_of(client: str, workspace: Workspace) -> list[str]:
    """The published runs of a client, oldest first."""
    return [p.name for p in run_folders(workspace.reports, check_client_name(client), FINDINGS)]


def read_findings(folder: Path, said: Collection[str] = ()) -> list[Finding]:
    """The findings of a published run. Of one from before an erasure, words of persons are left out, but what a newer run says as well (`said`)."""
    from .withheld import from_before, withheld

    data = json.loads((folder / FINDINGS).read_text(encoding="utf-8"))
    items = data["findings"] if isinstance(data, dict) else data
    found = [as_finding(f) for f in items]
    return withheld(found, said) if from_before(folder) else found


def as_finding(data: Mapping[str, Any]) -> Finding:
    """A finding as `findings.json` or a map's data holds it; what the report added to it is left out."""
    return Finding.from_dict({k: v for k, v in data.items() if k in _FIELDS})


_FIELDS = set(Finding.__dataclass_fields__)


def in_both(old: Sequence[Finding], new: Sequence[Finding], old_ran: Collection[str] | None,
            new_ran: Collection[str] | None) -> tuple[list[Finding], list[Finding]]:
    """The findings that both runs could have: what only one of them has is left out where the other did not run its chapter.

    old_ran, new_ran: names of the chapters that ran; None: not known, nothing is left out. A finding that names no chapter stays.
    """
    before, after = {f.id for f in old}, {f.id for f in new}
    return ([f for f in old if f.id in after or new_ran is None or f.chapter is None or f.chapter in new_ran],
            [f for f in new if f.id in before or old_ran is None or f.chapter is None or f.chapter in old_ran])


def ran(folder: Path) -> set[str] | None:
    """The chapters of a published run that ran; None where its receipt cannot be read."""
    from .receipt import read_receipt

    try:
        return {c.name for c in read_receipt(folder).chapters if c.state in RAN}
    except BadInput:
        return None


def changes_since(last: Path, findings: Sequence[Mapping[str, Any]], chapters: Collection[str] | None = None) -> list[Change]:
    """What is other than in a run before, as `compare` tells it; none where the files of that run cannot be read. Arguments as of `since_last_run`."""
    try:
        new = [as_finding(f) for f in findings]
        return compare(*in_both(read_findings(last, {f.statement for f in new}), new, ran(last), chapters))
    except (OSError, ValueError, KeyError, TypeError):
        return []


def day_of(run: str) -> str:
    """The day of a run, as its name tells it."""
    return f"{run[:4]}-{run[4:6]}-{run[6:8]}" if run[:8].isdigit() else run


def since_last_run(last: Path, findings: Sequence[Mapping[str, Any]], chapters: Collection[str] | None = None) -> Json:
    """What a map being drawn marks as other than in the run before; see `analysis.changes.since`.

    last: folder of the run before. findings: all findings of the new run, as `Finding.to_dict`; more keys do no harm. chapters:
    those of the new run that ran; None: all. No marks where the files of the old run cannot be read.
    """
    try:
        new = [as_finding(f) for f in findings]
        return since(*in_both(read_findings(last, {f.statement for f in new}), new, ran(last), chapters))
    except (OSError, ValueError, KeyError, TypeError):
        return {"marks": {}, "vanished": []}  # another version wrote the old run, or its files were taken away


def compare_runs(client: str, workspace: Workspace, runs: Sequence[str] = ()) -> Comparison:
    """Two runs compared; the last two where none are named, a named one and the last where one is.

    Raises `BadInput` for an unknown client or run and where findings cannot be read, `NotEnoughData` where there are not two runs.
    """
    known = runs_of(client, workspace)
    if not known and client not in client_names(workspace):
        raise unknown("cjm diff", "client", client, client_names(workspace), "cjm list")
    if len(runs) > 2:
        raise BadInput(f"cjm diff {client}", f"{len(runs)} runs are named", "two at most", "name two, or none for the last two")
    for run in runs:
        if run not in known:
            raise unknown(f"cjm diff {client}", "run", run, known, "cjm list shows the latest run")
    if len(runs) == 1:
        runs = [runs[0], known[-1]] if runs[0] != known[-1] else known[-2:]
    chosen = list(runs) if len(runs) == 2 else known[-2:]
    if len(chosen) < 2:
        raise NotEnoughData(f"cjm diff {client}", f"{len(known)} published run(s)", "two runs", f"cjm report {client}")
    found: list[list[Finding]] = []
    for run in reversed(chosen):
        try:
            found.insert(0, read_findings(workspace.run(client, run), {f.statement for f in found[0]} if found else ()))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadInput(f"cjm diff {client}", f"{FINDINGS} of run {run} cannot be read: {error}", "a run of this version",
                           f"cjm report {client} --force") from None
    both = in_both(*found, *(ran(workspace.run(client, run)) for run in chosen))
    return Comparison(client, *_told(client, workspace, chosen), compare(*both), _causes([workspace.run(client, run) for run in chosen]))


def _told(client: str, workspace: Workspace, chosen: Sequence[str]) -> tuple[str, str, str]:
    """(title of the client's report, old run, new run)."""
    from .receipt import read_receipt

    try:
        title = read_receipt(workspace.run(client, chosen[1])).title
    except BadInput:
        title = client
    return title, chosen[0], chosen[1]


def _causes(chosen: Sequence[Path]) -> list[str]:
    from .receipt import read_receipt
    from .why_different import reasons_to_differ

    try:
        return reasons_to_differ(*(read_receipt(run) for run in chosen))
    except BadInput:
        return []  # a receipt of another version
