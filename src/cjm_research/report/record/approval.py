"""Whether a report is approved: an approval holds for the numbers that were looked at, and for no others."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ...errors import BadInput
from ...journey_map.changes import compare
from ...params.schema import Review
from .compare import TITLES, as_finding, in_both, ran, read_findings
from .publish import run_folders
from .receipt import letters, read_receipt

CODE = 12  # letters of the code that an approval names
SHOWN = 3  # changes told in full
_DIGITS = 12  # what differs behind them is the machine's rounding


@dataclass(frozen=True)
class Approval:
    """How a run stands. code: what an approval of its numbers names; why: why an approval in the params does not hold; changes: what is other since."""

    status: Literal["draft", "approved"]
    code: str
    why: str = ""
    changes: tuple[str, ...] = ()


def numbers_code(findings: Iterable[Mapping[str, Any]]) -> str:
    """The code of a run's numbers: equal numbers of equal findings give equal codes, in whatever order and words."""
    told = sorted({json.dumps([str(f.get("id")), *_figures(f.get("estimate"))]) for f in findings})
    return letters("\n".join(told), CODE)


def _figures(e: Mapping[str, Any] | None) -> list[Any]:
    if not e:
        return []
    return [*(None if e.get(k) is None else f"{float(e[k]):.{_DIGITS}g}" for k in ("value", "low", "high")), e.get("n"), e.get("base"), e.get("unit")]


def approval_of(review: Review, findings: Iterable[Mapping[str, Any]], home: Path, chapters: Collection[str] | None = None) -> Approval:
    """Hold an approval of the params against the numbers of a new run. home: folder of the client's runs, where the approved one is looked for."""
    found = list(findings)
    code = numbers_code(found)
    if review.status != "approved":
        return Approval("draft", code)
    if not review.numbers:
        return Approval("draft", code, f"Draft: the approval names no numbers. To approve these, write review.numbers: {code} into the settings.")
    if review.numbers == code:
        return Approval("approved", code)
    on = f" on {review.approved_on}" if review.approved_on else ""
    before = next((p for p in reversed(run_folders(home.parent, home.name)) if _code(p) == review.numbers), None)
    why = f"Draft again: what was approved{on} are the numbers {review.numbers}; these are {code}."
    if before is None:
        return Approval("draft", code, f"{why} The approved run is no longer there, so what changed cannot be told.")
    return Approval("draft", code, why, tuple(_changes(before, found, chapters)))


def _code(folder: Path) -> str:
    try:
        return read_receipt(folder).numbers
    except BadInput:
        return ""


def _changes(before: Path, found: Iterable[Mapping[str, Any]], chapters: Collection[str] | None) -> list[str]:
    """What is other than in the approved run: how much, and the first of what changed beyond its uncertainty."""
    new = [as_finding(f) for f in found if {"key", "statement", "kind"} <= f.keys()]
    try:
        changes = compare(*in_both(read_findings(before, {f.statement for f in new}), new, ran(before), chapters))
    except (OSError, ValueError, KeyError, TypeError):
        return [f"Run {before.name} was approved; its findings cannot be read."]
    counts = {state: sum(c.state == state for c in changes) for state in TITLES}
    told = [f"{TITLES[s]}: {n}." for s, n in counts.items() if n]
    first = sorted((c for c in changes if c.state in ("changed", "appeared", "vanished")), key=lambda c: not c.whole)
    return [f"Since run {before.name}. {' '.join(told) or 'Only digits behind those shown differ.'}", *(f"{TITLES[c.state]}: {c.statement}" for c in first[:SHOWN])]
