"""Persona sheets in a spreadsheet: one worksheet for all, a line a row, with status and evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...shapes import Row
from .sheet import Book, Column

LINE = (Column("persona", 22), Column("section", 20), Column("line", 80, True), Column("status", 10), Column("evidence", 50, True), Column("finding", 14))
_KNOWN = {"name", "number", "natural", "glyph", "counts", "sections", "empathy", "quotes"}


def write(book: Book, sheets: Sequence[Mapping[str, Any]]) -> None:
    """Add the worksheet `Personas`. sheets: items of the report's block of persona sheets."""
    book.table("Personas", LINE, (row for sheet in sheets for row in _rows(sheet)), freeze=2)


def _rows(sheet: Mapping[str, Any]) -> Iterator[Row]:
    name = str(sheet.get("name") or "Persona")

    def row(section: str, line: Any) -> Row:
        found = line if isinstance(line, Mapping) else {"text": line}
        text = found.get("text") or found.get("statement") or ""
        return {"persona": name, "section": section.replace("_", " "), "line": text, "status": found.get("status"), "evidence": found.get("evidence"),
                "finding": found.get("finding")}

    for key, value in sheet.items():
        if key not in _KNOWN and value:
            yield from (row(key, line) for line in _lines(value))
    for group in ("sections", "empathy"):
        for key, lines in (sheet.get(group) or {}).items():
            yield from (row(key if group == "sections" else f"empathy: {key}", line) for line in _lines(lines))
    for quote in sheet.get("quotes") or ():
        yield {"persona": name, "section": "quote", "line": f"“{str(quote.get('text') or '').strip('“”')}”", "evidence": quote.get("where") or quote.get("who")}
    for ray in sheet.get("glyph") or ():
        yield row("portrait", ray)


def _lines(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return [f"{k}: {v}" for k, v in value.items()]
    return list(value) if isinstance(value, (list, tuple)) else [value]
