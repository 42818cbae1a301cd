"""What earlier reports of a client said: how often an experiment was looked at before, and what its design stated then."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
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
    """The first run that knew the data of an experiment, if its design was another then or not yet in the params; empty where the first had this very design.

    design: the hash that receipts keep. A run knew the data where it had read the assignments as they are now, or showed what the
    experiment had done on other assignments; one from before the test began did not. What was stated first stays so, whatever was
    tried in between. Runs whose receipts know no designs, or hash them in another way, accuse nobody.
    """
    study.note(f"earlier designs:{design}:{name}")
    return _other_design(study, f"{design}:{name}")


def _other_design(study: Study, which: str) -> str:
    """The first run that knew the data, where it had another design than `<hash>:<experiment>`."""
    design, _, name = which.partition(":")
    first = next(iter(_designs(study, name, design[:1])), None)
    return "" if first is None or first[1] == design else first[0]


def _designs(study: Study, name: str, how: str) -> list[tuple[str, str]]:
    """(run, hash of the design it had, or "") of the runs that knew the experiment's data, oldest first. how: the first letter of hashes that can be compared."""
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
        if known and not known.startswith(how):
            continue
        if (read and read == study.state("assignments")) or (known and any(_effects(path.with_name("findings.json"), name))):
            out.append((int(receipt.get("sequence") or 0), path.parent.name, known))
    return [(run, known) for _, run, known in sorted(out)]


def _of_runs(folder: Path, name: str) -> list[Path]:
    """A file of every published run; one that is being written, or was when its process was killed, is none."""
    return sorted(path for path in folder.glob(f"*/{name}") if not path.parent.name.startswith(".")) if folder.is_dir() else []


def _found(study: Study, name: str) -> list[Json]:
    folder = study.workspace.report(study.client)
    found: dict[tuple[Any, Any], Json] = {}
    for path in _of_runs(folder, "findings.json"):
        for e in _effects(path, name):
            found[e.get("base"), e.get("value")] = {"run": path.parent.name, "units": e.get("base"), "value": e.get("value")}
    return list(found.values())


def _effects(path: Path, name: str) -> Iterator[Json]:
    """The estimates of an experiment's effects in a file of findings; none where it cannot be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    listed = content.get("findings", []) if isinstance(content, dict) else content
    for finding in listed if isinstance(listed, list) else []:
        subject = subject_of(finding) if isinstance(finding, dict) else None
        if isinstance(subject, ExperimentEffect) and subject.experiment == name:
            yield finding.get("estimate") or {}


def _state(study: Study, name: str) -> str:
    seen = sorted(str((r["units"], r["value"])) for r in _found(study, name))  # the same data reported again is no further look
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()


reads.STATES["earlier reports"] = _state
reads.STATES["earlier designs"] = _other_design
