"""What changed between two runs, as a page of the site: the journey with its changes first, then every change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...journey_map.changes import Change, short
from ...params import Workspace
from ...privacy import Guard
from ...results import words
from ...results.lanes import BY_NAME, LANES
from ...shapes import Json
from ..record.compare import TITLES, Comparison
from ..record.guard import guard_of
from ..record.publish import write_whole
from ..record.withheld import WITHHELD
from .frame import Brand, Page, render_page

ROWS_SHOWN = 250  # of one table; the JSON has all
CELL_SHOWN = 3  # changes told in a cell of the journey
SIGNS = {"changed": "≠", "appeared": "+", "vanished": "−"}
NOTES = {
    "changed": "The interval of the difference leaves out 0, and still does when all figures compared are taken together (false discovery rate of 5 %); or two "
               "ranges of a rank share no place; or other words are said.",
    "appeared": "In the new run only.", "vanished": "In the old run only.",
    "moved": "What chance alone may do. Nothing should be concluded from these."}


def page_name(old: str, new: str) -> str:
    """The file's name beside a client's runs."""
    return f"changes_{old}_{new}.html"


def write_page(workspace: Workspace, found: Comparison, guard: Guard | None = None) -> Path:
    """Write the page of a comparison into the client's folder; returns its path.

    Raises `WouldExposePerson` where an identifier of a person would stand in it (guard: the client's).
    """
    path = workspace.report(found.client) / page_name(found.old, found.new)
    maps = [m for run in (found.new, found.old) for m in _maps(workspace.run(found.client, run))]
    labels = {i: text for m in reversed(maps) for i, text in (m.get("labels") or {}).items()}
    text = diff_page(found, [str(s["name"]) for m in maps for s in m["stages"]], labels)
    (guard or guard_of(found.client, workspace)).check_files([(f"{found.client}/{path.name}", text.encode())])
    write_whole(path, text)
    return path


def _maps(folder: Path) -> list[Json]:
    """The map of a run; none where it has none."""
    from ..record.run_data import blocks

    return [b["data"] for path in sorted(folder.glob("*journey_map*.ipynb")) for b in blocks(path) if b.get("kind") == "map"][:1]


def remove_orphans(folder: Path, runs: Sequence[str]) -> None:
    """Remove pages that compare a run which is no longer there."""
    kept = {page_name(a, b) for a in runs for b in runs}
    for path in folder.glob("changes_*.html"):
        if path.name not in kept:
            path.unlink()


def diff_page(found: Comparison, order: Sequence[str] = (), labels: Mapping[str, str] | None = None) -> str:
    """The page as HTML. It stands beside the client's runs and asks nothing of the network.

    order: the stages in theirs. labels: finding id → its words on the map.
    """
    groups = []
    for state, title in TITLES.items():
        for whole in (True, False):
            members = found.of(state, whole=whole)
            if members:
                about = "" if whole else ": personas, channels and halves of the period"
                groups.append({"id": state if whole else f"{state}-parts", "title": f"{title}{about}", "count": len(members), "note": NOTES[state] if whole else "",
                               "open": state != "moved" and whole, "rows": [_row(c, found) for c in members[:ROWS_SHOWN]], "more": max(0, len(members) - ROWS_SHOWN),
                               "numbers": state in ("changed", "moved")})
    stages, lanes = _journey(found, order, labels or {})
    return render_page("changes", Brand(found.title), Page(f"Changes of {found.client}", "../index.html"), client=found.client, old=found.old, new=found.new,
                       summary=found.summary, causes=found.causes, stages=stages, lanes=lanes, personas=_personas(found), groups=groups)


def _row(c: Change, found: Comparison) -> Json:
    f, d = c.finding, c.difference
    run = found.new if c.new else found.old
    unit = "valence" if f.kind == "emotion" else f.estimate.unit if f.estimate else ""
    lane = f.lane if f.cell else None
    place = [BY_NAME[lane].title if lane else "", f.stage, f.touchpoint, f.persona, f.channel, f.period and f"{f.period} half"]
    low = words.interval(d.low, d.high, _difference(unit)) if d else ""
    return {"where": " · ".join(dict.fromkeys(str(x) for x in place if x)) or f.kind, "what": f.statement, "note": c.note,
            "before": _figure(c.old, unit), "now": _figure(c.new, unit), "difference": short(c) if d else "", "interval": low, "anchor": f"c-{c.id}",
            "href": f"{run}/{f.chapter}.html#{f.anchor}" if f.chapter and f.anchor else f"{run}/index.html"}


def _difference(unit: str) -> str:
    return "share difference" if unit == "share" else unit


def _figure(f: Any, unit: str) -> str:
    if f is None or f.estimate is None or f.estimate.value is None:
        return ""
    e = f.estimate
    said, _, size = words.figure(e.value, e.low, e.high, e.n, e.base, unit)
    return f"{said} ({size})" if size else said


def _personas(found: Comparison) -> list[Json]:
    """Personas that came, went or differ in their share of the customers."""
    members = [c for c in found.of(*TITLES) if c.finding.kind == "persona"]
    return [{**_row(c, found), "where": c.finding.persona or c.finding.in_cell, "what": TITLES[c.state], "anchor": ""} for c in members]


def _journey(found: Comparison, order: Sequence[str], labels: Mapping[str, str]) -> tuple[list[str], list[Json]]:
    """The map with nothing but its changes: (stages, lanes with their cells), for all customers."""
    told = [c for c in found.of("changed", "appeared", "vanished", whole=True) if c.finding.cell]
    known = {c.finding.stage for c in found.changes if c.finding.cell}
    stages = [s for s in dict.fromkeys([*order, *(str(c.finding.stage) for c in told)]) if s in known]
    lanes = []
    for lane in LANES:
        cells = []
        for stage in stages:
            own = [c for c in told if c.finding.cell == (lane.name, stage)]
            items = [{"sign": SIGNS[c.state], "state": c.state, "text": _said(c, labels), "anchor": f"c-{c.id}"} for c in own[:CELL_SHOWN]]
            cells.append({"items": items, "more": len(own) - len(items)})
        if any(cell["items"] for cell in cells):
            lanes.append({"title": lane.title, "cells": cells})
    return stages, lanes


def _said(c: Change, labels: Mapping[str, str]) -> str:
    words_ = WITHHELD if c.finding.statement == WITHHELD else labels.get(c.id, c.finding.in_cell)
    words_ = words_ or str(c.finding.touchpoint or "")
    words_ = words_ if len(words_) <= 80 else words_[:78].rsplit(" ", 1)[0] + " …"
    return " ".join(x for x in (words_, short(c) if c.difference or c.ranks else "") if x) or short(c)
