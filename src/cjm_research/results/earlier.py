"""What earlier reports of a client said: how often an experiment was looked at before, and what its design stated then."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..engine import reads
from ..shapes import Json
from .older import subject_of
from .subjects import ExperimentEffect

if TYPE_CHECKING:
    from ..study import Study


def earlier_reports(study: Study, name: str) -> list[Json]:
    """Earlier reports of this client that showed the experiment on other data: run, units, value.

    Read from `reports/<client>/<run>/findings.json`; the same data reported again is no further look.
    """
    study.note(f"earlier reports:{name}")
    return _found(study, name)


def reported_with_another_design(study: Study, name: str, design: str) -> str:
    """The first run that had read the assignments of an experiment while its design was another, or not yet in the params; empty where there is none.

    design: the hash that receipts keep. Of other assignments only runs count whose design was another: they showed the experiment,
    too. Runs whose receipts know no designs accuse nobody.
    """
    study.note(f"earlier designs:{design}:{name}")
    return _other_design(study, f"{design}:{name}")


def _other_design(study: Study, which: str) -> str:
    """The first run with another design than `<hash>:<experiment>`; runs that had this very design change nothing."""
    design, _, name = which.partition(":")
    return next((run for run, known in _designs(study, name) if known != design), "")


def _designs(study: Study, name: str) -> list[tuple[str, str]]:
    """(run, hash of the design it had) of the runs that had a design of the experiment or had read its present data, oldest first."""
    folder, out = study.workspace.report(study.client), []
    for path in _of_runs(folder, "run.json"):
        try:
            receipt = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if not isinstance(receipt, dict) or "designs" not in receipt:
            continue
        known = str(receipt["designs"].get(name, ""))
        read = ((receipt.get("tables") or {}).get("assignments") or {}).get("sha256")
        if known or (read and read == study.state("assignments")):
            out.append((int(receipt.get("sequence") or 0), path.parent.name, known))
    return [(run, known) for _, run, known in sorted(out)]


def _of_runs(folder: Path, name: str) -> list[Path]:
    """A file of every published run; one that is being written, or was when its process was killed, is none."""
    return sorted(path for path in folder.glob(f"*/{name}") if not path.parent.name.startswith(".")) if folder.is_dir() else []


def _found(study: Study, name: str) -> list[Json]:
    folder = study.workspace.report(study.client)
    found: dict[tuple[Any, Any], Json] = {}
    for path in _of_runs(folder, "findings.json"):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        listed = content.get("findings", []) if isinstance(content, dict) else content
        for finding in listed if isinstance(listed, list) else []:
            subject = subject_of(finding) if isinstance(finding, dict) else None
            if isinstance(subject, ExperimentEffect) and subject.experiment == name:
                e = finding.get("estimate") or {}
                found[e.get("base"), e.get("value")] = {"run": path.parent.name, "units": e.get("base"), "value": e.get("value")}
    return list(found.values())


def _state(study: Study, name: str) -> str:
    seen = sorted(str((r["units"], r["value"])) for r in _found(study, name))  # the same data reported again is no further look
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()


reads.STATES["earlier reports"] = _state
reads.STATES["earlier designs"] = _other_design
