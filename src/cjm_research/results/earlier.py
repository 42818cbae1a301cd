"""What earlier reports of a client said: how often an experiment was looked at before."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from ..engine import reads
from .older import subject_of
from .subjects import ExperimentEffect

if TYPE_CHECKING:
    from ..study import Study


def earlier_reports(study: Study, name: str) -> list[dict[str, Any]]:
    """Earlier reports of this client that showed the experiment on other data: run, units, value.

    Read from `reports/<client>/<run>/findings.json`; the same data reported again is no further look.
    """
    study.note(f"earlier reports:{name}")
    return _found(study, name)


def _found(study: Study, name: str) -> list[dict[str, Any]]:
    folder = study.workspace.report(study.client)
    found: dict[tuple[Any, Any], dict[str, Any]] = {}
    if not folder.is_dir():
        return []
    for path in sorted(folder.glob("*/findings.json")):
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
