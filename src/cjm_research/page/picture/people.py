"""The personas as cards beside the picture: portrait, share, one line of story, one quote, the first need and the first pain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from ..numbering import slug
from ..portraits import portrait_html
from ..sheets_brief import lead_line, mark, voice_html

MARKS = "●■▲◆★"


def people_cards(data: Mapping[str, Any], sheets: Sequence[Mapping[str, Any]], portraits: Mapping[str, str], page: str) -> str:
    """The cards as HTML, empty where the map knows no persona.

    data: as of a `Map` block; sheets: items of the report's persona sheets; portraits: persona → data address; page: of the sheets, or empty.
    """
    known = {str(s.get("name")): s for s in sheets}
    cards = "".join(_card(str(p["name"]), k, known.get(str(p["name"]), {}), p, portraits, page) for k, p in enumerate(data.get("personas") or []))
    return f'<section class="folk" aria-labelledby="h-folk"><h2 id="h-folk">Who they are</h2><ul>{cards}</ul></section>' if cards else ""


def _card(name: str, k: int, sheet: Mapping[str, Any], known: Mapping[str, Any], portraits: Mapping[str, str], page: str) -> str:
    of = str(known.get("of") or "customers")
    size = str(sheet.get("size") or f"{known.get('size', 0):,} {of}").partition(" (")[0]
    title = f'<span aria-hidden="true">{MARKS[k % len(MARKS)]}</span> {escape(name)}'
    if page and sheet:
        title = f'<a href="{escape(page, quote=True)}#persona-{slug(name)}">{title}</a>'
    story = f'<p>{escape(str(sheet["summary"]))}.</p>' if sheet.get("summary") else ""
    lines = {**(sheet.get("sections") or {})}
    points = "".join(f'<li><b>{label}:</b> {escape(lead_line(line))}{mark(line)}</li>'
                     for label, key in (("Needs", "needs"), ("Hurts", "pains")) if (line := next(iter(lines.get(key) or ()), None)))
    return (f'<li class="p{k % 5 + 1}">{portrait_html(name, portraits)}<div><h3>{title}</h3><p class="mu">{escape(size)}</p></div>'
            f'<div class="rest">{story}{voice_html(sheet)}{f"<ul>{points}</ul>" if points else ""}</div></li>')
