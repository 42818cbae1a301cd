"""`cjm diff`: what appeared, vanished or changed between two published runs, as text, JSON and a page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..analysis.changes import Change, compare, since
from ..analysis.result import Finding
from ..errors import NotEnoughData, unknown
from ..params import Workspace, check_client_name, client_names

FINDINGS = "findings.json"
TITLES = {"changed": "Changed beyond its uncertainty", "appeared": "Appeared", "vanished": "Vanished", "moved": "Different within its uncertainty"}
SHOWN = 40  # lines of a group printed; the JSON has all


def runs_of(client: str, workspace: Workspace) -> list[str]:
    """The published runs of a client, oldest first."""
    folder = workspace.reports / check_client_name(client)
    return sorted(p.name for p in folder.iterdir() if not p.name.startswith(".") and (p / FINDINGS).is_file()) if folder.is_dir() else []


def read_findings(folder: Path) -> list[Finding]:
    """The findings of a published run."""
    data = json.loads((folder / FINDINGS).read_text(encoding="utf-8"))
    items = data["findings"] if isinstance(data, dict) else data
    return [as_finding(f) for f in items]


def as_finding(data: Mapping[str, Any]) -> Finding:
    """A finding as `findings.json` or a map's data holds it; what the report added to it is left out."""
    return Finding.from_dict({k: v for k, v in data.items() if k in _FIELDS})


_FIELDS = set(Finding.__dataclass_fields__)


def since_last_run(last: Path, findings: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What a map being drawn marks as other than in the run before; see `analysis.changes.since`.

    last: folder of the run before. findings: all findings of the new run, as `Finding.to_dict`; more keys do no harm. No marks
    where the files of the old run cannot be read.
    """
    try:
        return since(read_findings(last), [as_finding(f) for f in findings])
    except (OSError, ValueError, KeyError, TypeError):
        return {"marks": {}, "vanished": []}  # another version wrote the old run, or its files were taken away


def compare_runs(client: str, workspace: Workspace, runs: Sequence[str] = ()) -> tuple[str, str, list[Change]]:
    """(old run, new run, changes); the last two runs where none are named.

    Raises `BadInput` for an unknown run and `NotEnoughData` where there are not two.
    """
    known = runs_of(client, workspace)
    if not known and client not in client_names(workspace):
        raise unknown("cjm diff", "client", client, client_names(workspace), "cjm list")
    for run in runs:
        if run not in known:
            raise unknown(f"cjm diff {client}", "run", run, known)
    if len(runs) == 1:
        runs = [runs[0], known[-1]] if runs[0] != known[-1] else known[-2:]
    chosen = list(runs) if len(runs) == 2 else known[-2:]
    if len(chosen) < 2:
        raise NotEnoughData(f"cjm diff {client}", f"{len(known)} published run(s)", "two runs", f"cjm report {client}")
    old, new = (read_findings(workspace.reports / client / run) for run in chosen)
    return chosen[0], chosen[1], compare(old, new)


def diff_command(client: str, workspace: Workspace, runs: Sequence[str], as_json: bool = False) -> str:
    """What `cjm diff` prints."""
    old, new, changes = compare_runs(client, workspace, runs)
    if as_json:
        return json.dumps({"client": client, "old": old, "new": new, "changes": [c.to_dict() for c in changes if c.state != "same"]}, ensure_ascii=False, indent=1)
    lines = [f"{client}: {old} → {new}"]
    for state, title in TITLES.items():
        group = [c for c in changes if c.state == state]
        lines.append(f"{title}: {len(group)}")
        lines += [f"  {c.statement}" for c in group[:SHOWN]]
        if len(group) > SHOWN:
            lines.append(f"  … and {len(group) - SHOWN} more (--json has all)")
    lines.append(f"The same: {sum(c.state == 'same' for c in changes)}")
    return "\n".join(lines)
