"""The first worksheet: what the first page says, and the journey as a chart that can be edited."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...decisions import Decisions, Step
from ..record.run_data import RunData
from .sheet import Book, Chart, Said
from .view import MapView

#: what the chart shows: the first that is known of two stages; lane, its title, unit of its values
SERIES = (("reach", "Share that reaches the stage", "share"), ("satisfaction", "Satisfied in the stage", "share"), ("emotion", "Mean feeling, −2 to +2", "score"))


def write(book: Book, data: RunData, view: MapView | None) -> None:
    """Add the worksheet `Summary`."""
    lines = list(_lines(data.decisions)) if data.decisions else []
    book.summary("Summary", data.title, lines, _chart(view) if view else None)


def _lines(says: Decisions) -> Iterator[Said]:
    if says.first:
        yield Said("Do first", says.first.title, strong=True)
        yield from _step(says.first)
    else:
        yield Said("Do first", says.silent)
    for a in says.answers:
        yield Said(a.ask, f"{a.lead} {a.text} {a.needed}".strip())
        yield Said("", f"{a.certainty.drawn} {a.certainty.words}", muted=True)
    for k, s in enumerate(says.then, start=2):
        yield Said(f"Then ({k})", s.title, strong=True)
        yield Said("", s.says)
        yield Said("", " · ".join(x for x in (f"{s.certainty.drawn} {s.certainty.words}", s.owner) if x), muted=True)
    for k, line in enumerate(says.unknown):
        yield Said("" if k else "What we do not know", line)


def _step(first: Step) -> Iterator[Said]:
    for k, r in enumerate(first.why):
        yield Said("" if k else "Why", f"{r.value} {r.of} {r.says}")
    if first.worth:
        yield Said("What it is worth", f"{first.worth} {first.worth_says}".strip())
    yield Said("How sure", f"{first.certainty.drawn} {first.certainty.words}. {first.sure} {first.warning}".strip())
    if first.owner or first.review:
        yield Said("Owner and review", " · ".join(x for x in (first.owner, first.review) if x))


def _chart(view: MapView) -> Chart | None:
    """The stages with a number each; None where no lane has one in two stages."""
    for lane, title, unit in SERIES:
        rows: list[tuple[str, float]] = []
        for stage in view.stages:
            found = next((e for f in view.findings(lane, stage["name"]) if not f.get("touchpoint") and (e := _value(f, unit)) is not None), None)
            if found is not None:
                rows.append((str(stage["name"]), found))
        if len(rows) > 1:
            return Chart(title, rows, unit)
    return None


def _value(f: Any, unit: str) -> float | None:
    e = f.get("estimate") or {}
    value = e.get("value")
    return float(value) if value is not None and e.get("unit") == unit and value == value else None
