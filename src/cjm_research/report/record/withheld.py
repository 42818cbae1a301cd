"""Words of persons in runs from before an erasure: what compares runs does not publish them again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from ...errors import WouldExposePerson
from ...params import Workspace
from ...privacy.erasures import Erasures
from ...results.result import Finding

WITHHELD = "words of a run from before persons were erased; not shown"
_QUOTES = "\"“”„«»‹›‘’"


def from_before(folder: Path) -> bool:
    """Whether a run is from before the client's last erasure; a run whose receipt cannot be read counts as such."""
    return Erasures(Workspace(folder.parents[2]).erasures(folder.parent.name)).is_before(folder)


def refuse_from_before(client: str, folder: Path) -> None:
    """Raise `WouldExposePerson` for a run from before an erasure: what is made of it may show persons who were erased."""
    if from_before(folder):
        raise WouldExposePerson(
            f"cjm export {client}", f"the run {folder.name} is from before persons were erased, and may show them", "a run of tables built without them",
            f"cjm erase {client} --published withdraw removes it; cjm report {client} makes one without them")


def withheld(findings: Sequence[Finding], said: Collection[str]) -> list[Finding]:
    """Findings of an old run without words of persons, but those that a newer run says as well (`said`)."""
    return [replace(f, statement=WITHHELD, label=None, subject=None, evidence=(), caveats=()) if _quotes(f) and f.statement not in said else f for f in findings]


def _quotes(f: Finding) -> bool:
    """Whether somebody's words may stand in a finding."""
    return (f.kind in ("quote", "thought") or f.source in ("interview", "feedback") or any(e.quote or e.kind == "quote" for e in f.evidence)
            or any(c in f.statement for c in _QUOTES))
