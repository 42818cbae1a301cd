"""The page of queries: what each number was counted with, so that whoever has the tables can count again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...page.evidence_html import QUERIES_PAGE, query_anchor
from ...results import words
from .chapter_pages import ABOUT, SUMMARY, Drawn, navigation
from .frame import Brand, Page, render_page


def queries_page(chapters: Sequence[Drawn], brand: Brand) -> str:
    """The page: each query once, with the findings that rest on it."""
    found: dict[str, dict[str, Any]] = {}
    for chapter in chapters:
        for finding in chapter.content.numbering.findings if chapter.content else []:
            for evidence in finding.get("evidence") or ():
                if not evidence.get("sql"):
                    continue
                sql = str(evidence["sql"])
                rows = evidence.get("rows")
                entry = found.setdefault(query_anchor(sql), {
                    "anchor": query_anchor(sql), "sql": sql, "definition": str(evidence.get("definition") or ""), "findings": [],
                    "rows": "" if rows is None else f"{words.some(rows, 'rows')} of {evidence.get('table') or 'the tables'}"})
                entry["findings"].append({"href": f"{chapter.href}#{finding['anchor']}", "text": str(finding.get("statement", ""))})
    page = Page("Queries", SUMMARY, ABOUT, navigation(chapters, QUERIES_PAGE, []))
    return render_page("queries", brand, page, queries=list(found.values()))


__all__ = ["QUERIES_PAGE", "queries_page"]
