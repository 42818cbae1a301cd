"""The run as a spreadsheet: what the first page says, the map, its cells, all findings, their evidence, personas and opportunities on sheets.

Text from data is written as text: nothing becomes a formula or a link, not even when a reader edits the cell and
leaves it again (Excel's quote prefix).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...files import scratch_file
from ...page.colour import readable
from ...results import policy, words
from ...shapes import Row
from ..record.run_data import RunData
from . import spreadsheet_personas, spreadsheet_summary
from .layout import ACCENT
from .sheet import Book, Column
from .text import clean
from .view import Entry, MapView

DURATIONS = (("days", 86_400), ("hours", 3600), ("minutes", 60))  # from two of a unit on it is read in that unit
MAP_ENTRIES = 10  # entries of a cell on the sheet Map; more make rows that no screen shows whole

_FIGURE = (*(Column(name, 12, unit="estimate") for name in ("value", "low", "high")), Column("n", 10), Column("base", 10), Column("unit", 12), Column("interval", 22))
FINDING = (Column("stage", 16), Column("touchpoint", 18), Column("channel", 10), Column("persona", 18), Column("period", 10), Column("kind", 11),
           Column("statement", 70, True), *_FIGURE, Column("method", 34, True), Column("source", 12), Column("status", 10), Column("caveats", 34, True),
           Column("evidence", 9), Column("chapter", 18), Column("id", 14))
CELL = (Column("lane", 18), Column("stage", 16), Column("place", 7), Column("label", 36, True), Column("touchpoint", 18), Column("channel", 10),
        Column("persona", 18), Column("period", 10), Column("state", 9), *_FIGURE, Column("change", 26, True), Column("statement", 70, True),
        Column("method", 34, True), Column("source", 12), Column("status", 10), Column("caveats", 34, True), Column("id", 14))
EVIDENCE = (Column("finding", 14), Column("number", 8), Column("kind", 11), Column("definition", 60, True), Column("table", 14), Column("rows", 10), Column("rows_sha256", 20, True, False),
            Column("sql", 60, True, False), Column("document_id", 18, True, False), Column("start", 9), Column("end", 9), Column("speaker", 12), Column("quote", 60, True), Column("text_sha256", 20, True, False))
OPPORTUNITY = (Column("rank", 6), Column("opportunity", 60, True), Column("details", 50, True), Column("stage", 16), Column("touchpoint", 18), Column("persona", 18),
               Column("status", 10), Column("came of it", 60, True), Column("id", 14))
ABOUT = (("Summary", "what to do first, the questions answered, what is not known, and the journey as a chart"), ("Map", "stages × lanes, all customers; the entries of a cell one below the other"),
         ("Cells", "every entry of the map, one a row: also those of personas, channels, halves of the period and the future state"),
         ("Opportunities", "ranked, with what came of them"), ("Personas", "persona by persona, line by line, with status and evidence"),
         ("Findings", "every finding of all chapters"), ("Evidence", "what each finding rests on: rows counted and hashed with their query, or a quote in its document"))
MEANINGS = (("value, low, high", "the estimate and its 95 % interval, in `unit`: share is 0 to 1 (shown as per cent); durations are in minutes, hours or days; points are NPS from −100 to 100"),
            ("n, base", "for shares the people counted and the people they are counted of; else the answers, customers or participants behind the figure"),
            ("period", "previous or current half of the study's period; empty: the whole"), ("change", "against the half of the period before"),
            ("status", "backed by data; partly: from few or unsolicited voices; assumed: written by hand, without data"))


def write(data: RunData, target: Path) -> Path:
    """Write `journey_map.xlsx`; returns its path. A run without a map has its findings and their evidence."""
    path = target / "journey_map.xlsx"
    temporary = scratch_file(path)
    book = Book(temporary, data.title, f"client {data.client}, run {data.run}", readable(data.look.colour or ACCENT, "#ffffff"))
    view = MapView(data.map) if data.map is not None else None
    if data.decisions is not None or view is not None:
        spreadsheet_summary.write(book, data, view)
    _about(book, data, view)
    if view is not None:
        _map(book, data, view)
        book.table("Cells", CELL, _cells(view), freeze=3)
        book.table("Opportunities", OPPORTUNITY, _opportunities(view), freeze=2)
    if data.sheets:
        spreadsheet_personas.write(book, data.sheets)
    book.table("Findings", FINDING, (_finding(f) for f in data.findings), freeze=2)
    known = {f["id"]: f for f in [*data.findings, *(view.by_id.values() if view else ())]}
    book.table("Evidence", EVIDENCE, _evidence(list(known.values())), freeze=1)
    book.close()
    temporary.replace(path)
    return path


def _about(book: Book, data: RunData, view: MapView | None) -> None:
    rows: list[tuple[str, str]] = [("Client", data.client), ("Run", data.run)]
    if view is not None:
        own = [f for f in view.by_id.values() if not (f.get("persona") or f.get("channel") or f.get("period"))]
        rows += [("Stages", f"{len(view.stages)}"), ("Entries", f"{len(own):,} about all customers, {len(view.by_id):,} in all")]
        rows += [(f"Half of the period: {p['name']}", str(p.get("label") or "")) for p in view.data.get("periods") or ()]
    book.text_page("About", data.title, [("This file", rows), ("Sheets", ABOUT), ("Columns", MEANINGS),
                                         ("Lanes", [(lane["title"], lane["meaning"]) for lane in view.lanes] if view else []),
                                         ("No data for", [(name, "the exports hold none of it, or not enough") for name in view.without_data()] if view else [])])


def _map(book: Book, data: RunData, view: MapView) -> None:
    rows = [[lane["title"], *(_cell(view.entries(lane, s["name"])) for s in view.stages)] for lane in view.used()]
    book.matrix("Map", data.title, [s["name"] for s in view.stages], rows, goals=[s.get("goal") or "" for s in view.stages])


def _cell(entries: Sequence[Entry]) -> str:
    more = [f"and {len(entries) - MAP_ENTRIES} more: sheet Cells"] if len(entries) > MAP_ENTRIES else []
    return "\n".join([*("• " + e.text for e in entries[:MAP_ENTRIES]), *more]) or "no data"


def _cells(view: MapView) -> list[Row]:
    """Every entry of the map in the order of lanes, stages and importance."""
    out = []
    moves, tags = view.data.get("moves") or {}, view.data.get("tags") or {}
    for lane in view.lanes:
        for stage in view.stages:
            ids = [i for i in view.data["cells"].get(f"{lane['name']}|{stage['name']}", []) if i in view.by_id]
            for place, fid in enumerate(ids, start=1):
                f = view.by_id[fid]
                out.append({**_finding(f), "lane": lane["title"], "stage": stage["name"], "place": place, "label": view.entry(f, lane["name"]).label,
                            "persona": f.get("persona") or (tags.get(fid) or {}).get("persona") or "", "state": "future" if fid in view.future else "current",
                            "change": (moves.get(fid) or {}).get("text") or ""})
    return out


def _finding(f: Mapping[str, Any]) -> Row:
    e = f.get("estimate") or {}
    figure = _readable({k: e.get(k) for k in ("value", "low", "high", "n", "base", "unit", "method")})
    said, inside, _ = words.figure(e.get("value"), e.get("low"), e.get("high"), e.get("n") or 0, e.get("base") or 0, MapView.unit(f))
    if policy.counts_only(e.get("unit"), e.get("base")):
        figure |= {"value": said, "low": None, "high": None}
    return {**f, **figure, "interval": inside, "caveats": "; ".join(map(str, f.get("caveats") or ())),
            "evidence": len(f.get("evidence") or ())}


def _readable(figure: Row) -> Row:
    """A duration in the unit in which it is read; everything else as it is."""
    if figure["unit"] != "s" or figure["value"] is None:
        return figure
    name, seconds = next(((n, s) for n, s in DURATIONS if abs(figure["value"]) >= 2 * s), ("seconds", 1))
    return {**figure, "unit": name, **{k: None if figure[k] is None else figure[k] / seconds for k in ("value", "low", "high")}}


def _evidence(findings: Sequence[Mapping[str, Any]]) -> list[Row]:
    return [{**e, "finding": f["id"], "number": n} for f in findings for n, e in enumerate(f.get("evidence") or (), start=1)]


def _opportunities(view: MapView) -> list[Row]:
    links = view.data.get("links") or {}
    found = [f for f in view.data["findings"] if f["kind"] == "opportunity" and f.get("stage")]
    out = []
    for rank, f in enumerate(found, start=1):
        entry = view.entry(f, "opportunities")
        came = "\n".join(clean(view.by_id[i]["statement"]) for i in links.get(f["id"], []) if i in view.by_id)
        out.append({**f, "rank": rank, "opportunity": entry.label, "details": entry.small, "came of it": came})
    return out
