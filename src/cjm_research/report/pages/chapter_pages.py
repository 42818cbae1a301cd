"""The pages of a run's chapters, what each says first, and what findings are where."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...page.blocks import MIME
from ...page.evidence_html import MAP_PAGE
from ...page.numbering import finding_anchor
from ...page.wording import unbroken
from ...shapes import Json
from ..record.comments import Comment, remarks, told_cell
from ..record.plan import Plan
from ..record.receipt import State
from .chapter_html import Content, chapter_content
from .frame import Brand, Page, markup, render_page
from .glossary import words_used

HEADLINES = 3  # first sentences of a chapter shown on the page about the report; the chapter has them all
ABOUT, MAP, SUMMARY = "about.html", MAP_PAGE, "index.html"


@dataclass
class Drawn:
    """One chapter to be drawn: its executed notebook (None where it did not run) and how it went."""

    name: str
    title: str
    notebook: Any
    state: State
    reason: str = ""
    traceback: str = ""
    content: Content | None = None

    @property
    def href(self) -> str:
        """The address of its page."""
        return f"{self.name}.html"


def draw_chapters(chapters: Sequence[Drawn], code: bool = False, comments: Sequence[Comment] = (), portraits: Mapping[str, str] | None = None) -> dict[str, str]:
    """Draw the content of every chapter that ran; returns finding id → address.

    comments: shown at their findings and cells; portraits: persona → picture as a data address.

    What keeps a chapter from being published as it is (an image without alternative text, say) fails it.
    """
    links, on_map = finding_links(chapters), _on_map(chapters)
    for chapter in chapters:
        if chapter.notebook is None:
            continue
        chapter.content = content = chapter_content(chapter.notebook, _from_page(links, chapter.href), code, on_map, remarks(comments), portraits)
        chapter.title = content.title or chapter.title
        if content.problems and chapter.state != "failed":
            chapter.state, chapter.reason = "failed", "; ".join(dict.fromkeys(content.problems))
        elif chapter.state == "ok" and content.numbering.cards and not content.numbering.headlines:
            chapter.state = "no data"
    return links


def finding_links(chapters: Sequence[Drawn]) -> dict[str, str]:
    """Finding id → page and anchor of the first chapter that answers with it."""
    links: dict[str, str] = {}
    for chapter in _maps_last(chapters):
        for block in _blocks(chapter.notebook):
            for finding in (block.get("findings") or []) if block.get("kind") == "answer" else []:
                links.setdefault(str(finding.get("id")), f"{chapter.href}#{finding_anchor(str(finding.get('id')))}")
    return links


def _on_map(chapters: Sequence[Drawn]) -> frozenset[str]:
    """Ids of the findings that are entries of the map, which its page shows."""
    maps = (b for c in chapters for b in _blocks(c.notebook) if b.get("kind") == "map")
    return frozenset(str(f.get("id")) for b in maps for f in (b.get("data") or {}).get("findings") or [] if f.get("lane") and f.get("stage"))


def _maps_last(chapters: Sequence[Drawn]) -> list[Drawn]:
    """The chapters in their order, those with a map last: a map repeats what other chapters found, also those that come after it."""
    return sorted(chapters, key=lambda c: any(b.get("kind") == "map" for b in _blocks(c.notebook)))


def _blocks(notebook: Any) -> list[Mapping[str, Any]]:
    if notebook is None:
        return []
    found = [output.get("data", {}).get(MIME) for cell in notebook.cells for output in cell.get("outputs", [])]
    return [block for block in found if isinstance(block, Mapping)]


def _from_page(links: Mapping[str, str], href: str) -> dict[str, str]:
    """The links as seen from one of the pages: an anchor of its own needs no file."""
    return {k: v.removeprefix(href) if v.startswith(href + "#") else v for k, v in links.items()}


def chapter_page(chapter: Drawn, chapters: Sequence[Drawn], brand: Brand, comments: Sequence[Comment]) -> str:
    """The page of one chapter."""
    content = chapter.content
    failure = {"reason": chapter.reason, "traceback": chapter.traceback} if chapter.state == "failed" else None
    here = [comment_row(c, "") for c in comments if c.chapter == chapter.name]
    inner = [h for h in content.headings if h[0] == 2] if content else []
    page = Page(chapter.title, SUMMARY, ABOUT, navigation(chapters, chapter.name, inner))
    html = content.html if content else ""
    before, after = _beside(chapters, chapter)
    return render_page("chapter", brand, page, content=markup(html), failure=failure, comments=here, glossary=words_used(html),
                       missing=_missing(content) if content else [], before=before, after=after)


def _missing(content: Content) -> list[dict[str, str]]:
    """The parts of a chapter for which there are no data: the question, and what there is none of."""
    return [{"question": question, "found": found} for question, found in content.missing]


def _beside(chapters: Sequence[Drawn], chapter: Drawn) -> tuple[dict[str, str] | None, dict[str, str] | None]:
    """The chapters to read before and after one, as links."""
    read = linked(chapters)
    if chapter not in read:
        return None, None
    at = read.index(chapter)
    link = [{"title": c.title, "href": c.href} for c in read]
    return link[at - 1] if at else {"title": "Summary", "href": SUMMARY}, link[at + 1] if at + 1 < len(read) else {"title": "About this report", "href": ABOUT}


def linked(chapters: Sequence[Drawn]) -> list[Drawn]:
    """The chapters that pages lead to: all but those without data, which the page about the report names once."""
    return [c for c in chapters if c.state != "no data"]


def navigation(chapters: Sequence[Drawn], current: str, inner: Sequence[tuple[int, str, str]]) -> list[Json]:
    """The contents beside every page; the current page lists its own sections."""
    whole = [("The whole map", MAP, MAP)] if any(c.content and c.content.numbering.maps for c in chapters) else []
    items = [("Summary", SUMMARY, SUMMARY), *whole, *((c.title, c.href, c.name) for c in linked(chapters))]
    return [{"title": title, "href": href, "current": name == current, "inner": list(inner) if name == current else []}
            for title, href, name in items]


def findings_json(plan: Plan, chapters: Sequence[Drawn]) -> str:
    """`findings.json`: every finding of the report once, with chapter and anchor; equal runs give equal bytes."""
    seen: set[str] = set()
    found = []
    for chapter in _maps_last(chapters):
        for finding in chapter.content.numbering.findings if chapter.content else []:
            if finding.get("id") not in seen:
                seen.add(str(finding.get("id")))
                found.append({**finding, "chapter": chapter.name, "href": f"{chapter.href}#{finding['anchor']}"})
    return json.dumps({"schema_version": 1, "client": plan.client, "findings": found}, indent=1, ensure_ascii=False,
                      sort_keys=True) + "\n"


def said_by(chapters: Sequence[Drawn]) -> list[Json]:
    """What each chapter says first, for the page about the report. A sentence said twice is said once."""
    out = []
    for chapter in chapters:
        if chapter.content is None:
            continue
        first = {text: a for _, text, a in reversed(chapter.content.numbering.headlines) if text}
        lines = [{"href": f"{chapter.href}#{a}", "text": markup(unbroken(text))} for text, a in reversed(first.items())][:HEADLINES]
        if lines:
            out.append({"href": chapter.href, "title": chapter.title, "lines": lines})
    return out


def comment_row(comment: Comment, page: str, links: Mapping[str, str] | None = None) -> dict[str, str]:
    """A comment for a page. page: of its chapter, or empty; links: finding id → address, None where it is already told at the finding."""
    href = f"{page}#{comment.anchor}" if comment.anchor else page
    if links is not None and (comment.finding or comment.cell):
        href = links.get(comment.finding, "") if comment.finding else MAP
        place = f"to finding {comment.finding}" if comment.finding else f"to the map, {told_cell(comment.cell)}"
        text = comment.text if href else f"{comment.text} (about finding {comment.finding}, which this run does not have)"
        return {"author": comment.author, "date": comment.date, "status": comment.status, "text": text, "href": href, "place": place}
    return {"author": comment.author, "date": comment.date, "status": comment.status, "text": comment.text, "href": href,
            "place": "to the passage" if comment.anchor else "to the chapter"}


def map_reason(chapters: Sequence[Drawn]) -> str:
    for chapter in chapters:
        if "journey_map" in chapter.name and chapter.state != "ok":
            return f"its chapter {'has not enough data' if chapter.state == 'no data' else 'failed' if chapter.state == 'failed' else 'did not run'}"
    return ""
