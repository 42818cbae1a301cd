"""One persona on one page of paper: who it is, its own words, needs, pains and goals, and its journey beside that of all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from ...page.portraits import portrait_html
from .text import clean, short
from .view import MARKS, MapView

SECTIONS = (("needs", "Needs"), ("pains", "Pains"), ("goals", "Goals"), ("gains", "What helps"), ("expectations", "Expects"), ("channels", "Channels"))
MOST_LINES, MOST_STAGES, LONGEST = 4, 12, 140
_RANK = {"backed": 0, "partly": 1, "assumed": 2}
FIGURES = (("reach", "Reach"), ("conversion", "Going on"), ("emotion", "Feeling, −2 to +2"))


def persona_page(sheet: Mapping[str, Any], view: MapView | None, portraits: Mapping[str, str]) -> str:
    """The page as HTML. sheet: an item of the report's persona sheets; portraits: persona → data address."""
    name = str(sheet["name"])
    summary = f'<p class="story">{_text(sheet["summary"])}</p>' if sheet.get("summary") else ""
    size = f'<p class="note">{_text(sheet["size"])}</p>' if sheet.get("size") else ""
    said = next((str(q.get("text") or "") for q in sheet.get("quotes") or () if isinstance(q, Mapping)), "")
    quote = f"<blockquote><p>“{_text(said).strip('“”')}”</p></blockquote>" if said else ""
    rule = sheet.get("rule") or ()
    rules = [rule] if isinstance(rule, str) else list(rule)
    known = f"<h2>How to recognise one</h2><ul>{''.join(f'<li>{_text(r)}</li>' for r in rules[:3])}</ul>" if rules else ""
    return (f'<div class="brief person">{portrait_html(name, portraits)}<h1>{_text(name, 70)}</h1>{size}{summary}{quote}<div class="needs">{"".join(_sections(sheet))}</div>'
            f"{_journey(view, name) if view else ''}{known}</div>")


def _text(text: Any, longest: int = 2 * LONGEST) -> str:
    return escape(short(clean(text), longest))


def _sections(sheet: Mapping[str, Any]) -> Iterator[str]:
    given = sheet.get("sections")
    sections = given if isinstance(given, Mapping) else {}
    for key, title in SECTIONS:
        lines = [x if isinstance(x, Mapping) else {"text": x} for x in sections.get(key) or ()]
        lines = sorted((x for x in lines if x.get("text")), key=lambda x: _RANK.get(str(x.get("status") or ""), 3))
        if lines:
            items = "".join(f"<li>{escape(short(clean(x['text']), LONGEST))}{_mark(x)}</li>" for x in lines[:MOST_LINES])
            yield f"<section><h2>{title}</h2><ul>{items}</ul></section>"


def _mark(line: Mapping[str, Any]) -> str:
    """Only what the data do not back says so."""
    mark = MARKS.get(str(line.get("status") or ""), "")
    return f" <small>({mark})</small>" if mark else ""


def _journey(view: MapView, name: str) -> str:
    """Reach, going on and feeling, stage by stage, beside those of all; empty where nothing is known of the persona."""
    rows = []
    for stage in view.stages[:MOST_STAGES]:
        cells = [_pair(view, lane, str(stage["name"]), name) for lane, _ in FIGURES]
        if any(cells):
            figures = "".join(f"<td>{c or '–'}</td>" for c in cells)
            rows.append(f'<tr><th scope="row">{_text(stage["name"], 60)}</th>{figures}</tr>')
    if not rows:
        return ""
    heads = "".join(f'<th scope="col">{title}</th>' for _, title in FIGURES)
    return f'<h2>Along the journey</h2><table><thead><tr><th scope="col">Stage</th>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table>'


def _pair(view: MapView, lane: str, stage: str, name: str) -> str:
    own, every = (next((e for e in view.entries(view.lane(lane), stage, who) if e.value and not e.finding.get("touchpoint")), None) for who in (name, None))
    if own is None:
        return ""
    beside = f" <small>all {escape(every.value)}</small>" if every else ""
    return f"<b>{escape(own.value)}</b>{beside}"
