"""The page "About this report": the receipt for readers. The only page that tells of time and machine."""

from __future__ import annotations

from collections.abc import Sequence

from ...results import words
from ...shapes import Json
from ..record.receipt import Receipt
from .chapter_pages import ABOUT, SUMMARY, Drawn, navigation, said_by
from .frame import Brand, Page, render_page

_SHOWN_HASH = 16


def about_page(receipt: Receipt, chapters: Sequence[Drawn], brand: Brand) -> str:
    """The page of a run's receipt."""
    commit = receipt.commit.get("commit")
    dirty = " with uncommitted changes" if receipt.commit.get("dirty") else ""
    facts = [
        ("Run", receipt.run), ("Made", receipt.started_at.replace("T", " ").replace("Z", " UTC")),
        ("Took", words.duration(receipt.seconds)), ("Client", receipt.client),
        ("Commit", f"{commit}{dirty}" if commit else "not under version control"),
        ("Settings (SHA-256)", receipt.params_sha256), ("Code (SHA-256)", receipt.code_sha256),
        ("Numbers", f"{receipt.numbers} (to approve them: review.status: approved, review.numbers: {receipt.numbers})"),
        ("Platform", receipt.platform),
        ("Seeds", ", ".join(f"{k} {v}" for k, v in receipt.seeds.items()) or "none"),
        ("To check", f"cjm verify {receipt.client}/{receipt.run}"),
    ]
    tables = [_chapters(receipt), _tables(receipt)]
    tables += [_inputs(receipt)] if receipt.inputs else []
    tables.append({"id": "versions", "title": "Versions", "text": "", "head": [("Package", False), ("Version", False)],
                   "rows": list(receipt.versions.items())})
    tables = [t for t in tables if t["rows"]]
    warnings = [{"title": f"{c.title}: {len(c.warnings)}", "text": "\n\n".join(c.warnings)} for c in receipt.chapters if c.warnings]
    page = Page("About this report", SUMMARY, ABOUT, navigation(chapters, ABOUT, []))
    return render_page("about", brand, page, facts=facts, tables=tables, warnings=warnings, said=said_by(chapters), absent=_absent(chapters))


def _absent(chapters: Sequence[Drawn]) -> list[dict[str, str]]:
    """The chapters without data: no page leads to them, this one names them."""
    absent = (c for c in chapters if c.state == "no data")
    return [{"title": c.title, "found": c.content.missing[0][1] if c.content and c.content.missing else ""} for c in absent]


def _chapters(receipt: Receipt) -> Json:
    rows = [(c.title, c.state, f"taken over from {c.taken_from}" if c.taken_from else c.reason.splitlines()[0] if c.reason else "",
             words.duration(c.seconds), "–" if c.cpu_s is None else f"{c.cpu_s:.1f}",
             "–" if c.memory_mb is None else words.count(c.memory_mb),
             ", ".join(f"{k} = {v!r}" for k, v in c.values.items())) for c in receipt.chapters if c.state != "no data"]
    return {"id": "states", "title": "Chapters", "text": "", "rows": rows, "head": [
        ("Chapter", False), ("State", False), ("Note", False), ("Time", True), ("CPU s", True), ("Memory, MB", True), ("Values", False)]}


def _tables(receipt: Receipt) -> Json:
    rows = [(name, words.count(t.rows), (t.sha256 or "")[:_SHOWN_HASH]) for name, t in receipt.tables.items() if t.rows]
    return {"id": "tables", "title": "Tables", "text": "Rows of each table the chapters read.", "rows": rows,
            "head": [("Table", False), ("Rows", True), ("SHA-256, first digits", False)]}


def _inputs(receipt: Receipt) -> Json:
    rows = [(name, sha256[:_SHOWN_HASH]) for name, sha256 in receipt.inputs.items()]
    return {"id": "inputs", "title": "Files", "text": "The exports the tables were built from.", "rows": rows,
            "head": [("Source and file", False), ("SHA-256, first digits", False)]}
