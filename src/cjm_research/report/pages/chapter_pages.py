"""The pages of a run: chapters, summary with map, and what findings are where."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...page.blocks import MIME, Map
from ...page.numbering import Numbering, finding_anchor
from ...page.picture.strip import journey_picture
from ...page.render import render
from ...page.wording import unbroken
from ..record.comments import Comment
from ..record.plan import Plan
from ..record.receipt import State
from .chapter_html import Content, chapter_content
from .frame import Brand, Page, markup, render_page
from .glossary import words_used

HEADLINES = 3  # first sentences of a chapter shown in the summary; the chapter has them all
ABOUT, SUMMARY = "about.html", "index.html"


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


def draw_chapters(chapters: Sequence[Drawn], no_code: bool = False) -> dict[str, str]:
    """Draw the content of every chapter that ran; returns finding id → address.

    What keeps a chapter from being published as it is (an image without alternative text, say) fails it.
    """
    links = finding_links(chapters)
    for chapter in chapters:
        if chapter.notebook is None:
            continue
        chapter.content = content = chapter_content(chapter.notebook, _from_page(links, chapter.href), no_code)
        chapter.title = content.title or chapter.title
        if content.problems and chapter.state != "failed":
            chapter.state, chapter.reason = "failed", "; ".join(dict.fromkeys(content.problems))
        elif chapter.state == "ok" and content.numbering.cards and not content.numbering.headlines:
            chapter.state = "no data"
    return links


def finding_links(chapters: Sequence[Drawn]) -> dict[str, str]:
    """Finding id → page and anchor of the first chapter that answers with it."""
    links: dict[str, str] = {}
    for chapter in chapters:
        for block in _blocks(chapter.notebook):
            for finding in (block.get("findings") or []) if block.get("kind") == "answer" else []:
                links.setdefault(str(finding.get("id")), f"{chapter.href}#{finding_anchor(str(finding.get('id')))}")
    return links


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
    here = [_comment(c, "") for c in comments if c.chapter == chapter.name]
    inner = [h for h in content.headings if h[0] == 2] if content else []
    page = Page(chapter.title, SUMMARY, ABOUT, navigation(chapters, chapter.name, inner),
                ("map",) if content and content.numbering.maps else ())
    html = content.html if content else ""
    return render_page("chapter", brand, page, content=markup(html), failure=failure, comments=here, glossary=words_used(html))


def summary_page(plan: Plan, chapters: Sequence[Drawn], brand: Brand, comments: Sequence[Comment],
                 links: Mapping[str, str], last: Path | None = None) -> str:
    """The first page: what was found, the map, the chapters and their states. last: folder of the run before, for the map's marks."""
    summary, maps, pictures = [], [], []
    for chapter in chapters:
        if chapter.content is None:
            continue
        numbering = chapter.content.numbering
        first = {text: a for _, text, a in reversed(numbering.headlines) if text}  # a sentence said twice is said once here
        lines = [{"href": f"{chapter.href}#{a}", "text": markup(unbroken(text))} for text, a in reversed(first.items())][:HEADLINES]
        if lines:
            summary.append({"href": chapter.href, "title": chapter.title, "lines": lines})
        pictures += [markup(html) for data in numbering.maps if (html := journey_picture(data, links))]
        maps += [markup(render(Map(_marked(data, chapters, last)), Numbering(), dict(links))) for data in numbering.maps]
    problems = [{"href": c.href, "title": c.title, "reason": c.reason.splitlines()[0] if c.reason else ""}
                for c in chapters if c.state in ("failed", "not run")]
    review = plan.params.review
    page = Page("Summary", SUMMARY, ABOUT, navigation(chapters, SUMMARY, [(2, "What we found", "summary"),
                (2, "Journey map", "map"), (2, "Chapters", "chapters")]), ("map", "picture") if maps else ())
    return render_page(
        "summary", brand, page, objective=plan.params.objective, status=review.status,
        approved_on=review.approved_on, reviewers=review.reviewers, problems=problems, summary=summary, maps=maps, pictures=pictures,
        map_reason=_map_reason(chapters), chapters=[_row(c) for c in chapters],
        comments=[_comment(c, f"{c.chapter}.html" if c.chapter else "") for c in comments])


def _marked(data: dict[str, Any], chapters: Sequence[Drawn], last: Path | None) -> dict[str, Any]:
    """A map's data with what is other than in the run before."""
    if last is None:
        return data
    from ..record.compare import since_last_run

    found = [f for c in chapters if c.content for f in c.content.numbering.findings]
    changes = since_last_run(last, found, [c.name for c in chapters if c.state in ("ok", "no data")])
    day = f"{last.name[:4]}-{last.name[4:6]}-{last.name[6:8]}" if last.name[:8].isdigit() else last.name
    return {**data, "changes": {"since": day, **changes}} if changes["marks"] or changes["vanished"] else data


def navigation(chapters: Sequence[Drawn], current: str, inner: Sequence[tuple[int, str, str]]) -> list[dict[str, Any]]:
    """The contents beside every page; the current page lists its own sections."""
    items = [("Summary", SUMMARY, SUMMARY), *((c.title, c.href, c.name) for c in chapters)]
    return [{"title": title, "href": href, "current": name == current, "inner": list(inner) if name == current else []}
            for title, href, name in items]


def findings_json(plan: Plan, chapters: Sequence[Drawn]) -> str:
    """`findings.json`: every finding of the report once, with chapter and anchor; equal runs give equal bytes."""
    seen: set[str] = set()
    found = []
    for chapter in chapters:
        for finding in chapter.content.numbering.findings if chapter.content else []:
            if finding.get("id") not in seen:
                seen.add(str(finding.get("id")))
                found.append({**finding, "chapter": chapter.name, "href": f"{chapter.href}#{finding['anchor']}"})
    return json.dumps({"schema_version": 1, "client": plan.client, "findings": found}, indent=1, ensure_ascii=False,
                      sort_keys=True) + "\n"


def _row(chapter: Drawn) -> dict[str, Any]:
    numbering = chapter.content.numbering if chapter.content else Numbering()
    css = {"ok": "ok", "failed": "failed"}.get(chapter.state, "plain")
    return {"title": chapter.title, "href": chapter.href, "state": chapter.state, "css": css,
            "figures": numbering.figures, "tables": numbering.tables, "findings": len(numbering.findings)}


def _comment(comment: Comment, page: str) -> dict[str, str]:
    href = f"{page}#{comment.anchor}" if comment.anchor else page
    return {"author": comment.author, "date": comment.date, "status": comment.status, "text": comment.text, "href": href,
            "place": "to the passage" if comment.anchor else "to the chapter"}


def _map_reason(chapters: Sequence[Drawn]) -> str:
    for chapter in chapters:
        if "journey_map" in chapter.name and chapter.state != "ok":
            return f"its chapter {'has not enough data' if chapter.state == 'no data' else 'failed' if chapter.state == 'failed' else 'did not run'}"
    return ""
