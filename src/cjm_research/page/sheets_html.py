"""Persona sheets as HTML: one screen a persona, with all that is known of it on demand; one page a persona in print, with all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import cos, pi, sin
from typing import TYPE_CHECKING, Any

from .blocks import Sheets
from .figure_html import svg_image
from .numbering import Numbering
from .portraits import portrait_html
from .sheets_brief import STATUS, brief_html, linked_text, mapping, mark, said_by, voice_html

if TYPE_CHECKING:
    from ..results.result import Result

_TITLE = ("name", "persona", "title")
_OPENING = ("size", "share", "summary", "headline")
_KNOWN = {*_TITLE, *_OPENING, "number", "natural", "rule", "glyph", "sections", "empathy", "quotes", "counts"}
_EMPATHY = ("says", "thinks", "does", "feels")
TONES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a5195", "#808080")  # as the charts' palette
_RADIUS = 52.0  # of the glyph; its ring of the other customers lies at half
_QUOTES = 4  # shown at once; the others on demand
_DENSE = {"densest": 6_000, "dense": 4_800}  # characters above which A4 needs smaller print
_EACH = 20  # what a line takes besides its own
_NOTHING = "Nothing known yet"


def persona_sheets(result: Result, persona: str = "") -> Sheets:
    """The block of an answer of `analysis.personas.sheets`; persona: only this one."""
    items = result.facts["sheets"]
    return Sheets([i for i in items if not persona or i["name"] == persona])


def sheets_html(items: Sequence[Mapping[str, Any]], numbering: Numbering, links: Mapping[str, str]) -> str:
    """One card a persona; a line says its status where it is not backed by the data."""
    return f'<div class="sheets">{"".join(_sheet(item, numbering, links) for item in items)}</div>'


def _sheet(item: Mapping[str, Any], numbering: Numbering, links: Mapping[str, str]) -> str:
    title = next((str(item[k]) for k in _TITLE if item.get(k)), "Persona")
    anchor = numbering.anchor("persona", title)
    opening = "".join(f'<p class="{k}">{escape(str(item[k]))}</p>' for k in _OPENING if item.get(k))
    slice_note = '<p class="note">A slice of one cloud: its border is drawn, not found.</p>' if item.get("natural") is False else ""
    number = _whole(item.get("number")) - 1
    tone = f" tone{number % len(TONES) + 1}"
    head = f'<header>{portrait_html(title, numbering.portraits)}{_glyph(item, title, number)}<div><h3>{escape(title)}</h3>{opening}{slice_note}</div>{voice_html(item)}</header>'
    sections = mapping(item.get("sections"))
    body = "".join(_section(str(k), v, links) for k, v in sections.items() if v)
    body += "".join(_section(str(k), v, links) for k, v in item.items() if k not in _KNOWN and v)
    body += _section("how to recognise one", item["rule"], links) if item.get("rule") else ""
    rest = _counts(item) + _legend(item) + (f'<div class="lines">{body}</div>' if body else "") + _empathy(item, links) + _quotes(item)
    brief = brief_html(item, links)
    if brief:  # all of it waits on demand, and is what paper shows
        rest = f'{brief}<details class="whole"><summary>Everything known of {escape(title)}</summary>{rest}</details>'
    return f'<article class="sheet{tone}{_dense(item)}" id="{anchor}">{head}{rest}</article>'


def _dense(item: Mapping[str, Any]) -> str:
    """A class for smaller print where one page would not hold the sheet otherwise."""
    lines = [*mapping(item.get("sections")).values(), *mapping(item.get("empathy")).values()]
    flat = [line for group in lines if isinstance(group, (list, tuple)) for line in group]
    long = sum(_EACH + len(str(line.get("text") or "")) + len(str(line.get("evidence") or "")) if isinstance(line, Mapping) else _EACH + len(str(line))
               for line in flat)
    return next((f" {kind}" for kind, least in _DENSE.items() if long > least), "")


def _counts(item: Mapping[str, Any]) -> str:
    counts = mapping(item.get("counts"))
    said = [f"{_whole(counts.get(s))} {words}" for s, words in STATUS.items() if _whole(counts.get(s))]
    return f'<p class="note">Lines: {escape(", ".join(said))}</p>' if said else ""


def _section(name: str, value: Any, links: Mapping[str, str]) -> str:
    head = escape(name.replace("_", " ").capitalize())
    if isinstance(value, Mapping):
        pairs = "".join(f"<dt>{escape(str(k))}</dt><dd>{escape(str(v))}</dd>" for k, v in value.items())
        return f"<section><h4>{head}</h4><dl>{pairs}</dl></section>"
    if isinstance(value, (list, tuple)):
        return f"<section><h4>{head}</h4><ul>{''.join(_line(line, links) for line in value)}</ul></section>"
    return f"<section><h4>{head}</h4><p>{escape(str(value))}</p></section>"


def _line(line: Any, links: Mapping[str, str]) -> str:
    if not isinstance(line, Mapping):
        return f"<li>{escape(str(line))}</li>"
    evidence = f'<small>{escape(str(line["evidence"]))}</small>' if line.get("evidence") else ""
    return f"<li>{linked_text(line, links)}{mark(line)}{evidence}</li>"


def _empathy(item: Mapping[str, Any], links: Mapping[str, str]) -> str:
    """Says, thinks, does, feels, as a two by two; left out where nothing was said at all."""
    lines = mapping(item.get("empathy"))
    if not any(lines.get(k) for k in _EMPATHY):
        return ""
    cells = "".join(_section(k, lines[k], links) if lines.get(k) else f"<section><h4>{k.capitalize()}</h4><p class=\"note\">{_NOTHING}</p></section>"
                    for k in _EMPATHY)
    return f'<h4>Empathy map</h4><div class="empathy">{cells}</div>'


def _quotes(item: Mapping[str, Any]) -> str:
    quotes = [q for q in item.get("quotes") or [] if isinstance(q, Mapping)]
    if not quotes:
        return ""
    shown = [f"<blockquote><p>{escape(str(q.get('text') or ''))}</p><footer>{said_by(q)}</footer></blockquote>" for q in quotes]
    more = f"<details><summary>{len(shown) - _QUOTES} more</summary>{''.join(shown[_QUOTES:])}</details>" if len(shown) > _QUOTES else ""
    return f'<h4>In their words</h4><div class="quotes">{"".join(shown[:_QUOTES])}{more}</div>'


# --- the portrait: a glyph of data -------------------------------------------------------------------------------------


def _glyph(item: Mapping[str, Any], title: str, number: int) -> str:
    """A star with one ray a feature; the dashed ring is where all other customers lie. An image of its own, with
    colours that hold on light and dark paper."""
    rays = _rays(item)
    if len(rays) < 3:
        return ""
    tone = TONES[number % len(TONES)]
    points = [(cos(a), sin(a), r) for a, r in ((2 * pi * i / len(rays) - pi / 2, float(ray["position"]) * _RADIUS) for i, ray in enumerate(rays))]
    shape = " ".join(f"{x * r:.1f},{y * r:.1f}" for x, y, r in points)
    spokes = "".join(f'<path d="M0 0L{x * _RADIUS:.1f} {y * _RADIUS:.1f}"/>' for x, y, _ in points)
    dots = "".join(f'<circle cx="{x * r:.1f}" cy="{y * r:.1f}" r="2.4"/>' for x, y, r in points)
    numbers = "".join(f'<text x="{x * (_RADIUS + 6):.1f}" y="{y * (_RADIUS + 6) + 2.6:.1f}">{i + 1}</text>' for i, (x, y, _) in enumerate(points))
    svg = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-62 -62 124 124" width="132" height="132"><g stroke="#8a93a3" fill="none">'
           f'<g stroke-opacity=".4">{spokes}</g><circle r="{_RADIUS / 2:g}" stroke-dasharray="3 3"/></g><g fill="{tone}" stroke="{tone}">'
           f'<polygon points="{shape}" fill-opacity=".25" stroke-width="1.6" stroke-linejoin="round"/>{dots}</g>'
           f'<g fill="#7d8696" text-anchor="middle" font-family="sans-serif" font-size="7.5">{numbers}</g></svg>')
    alt = f"Portrait of {title} in data: " + "; ".join(f"{i + 1} {r.get('text') or r.get('label')}" for i, r in enumerate(rays))
    return f'<div class="glyph">{svg_image(svg, alt)}</div>'


def _legend(item: Mapping[str, Any]) -> str:
    rays = _rays(item)
    if len(rays) < 3:
        return ""
    lines = "".join(f"<li>{escape(str(r.get('text') or r.get('label') or ''))}</li>" for r in rays)
    return f'<details class="legend"><summary>Reading the portrait: outside the ring is more than the others</summary><ol>{lines}</ol></details>'


def _rays(item: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rays = item.get("glyph")
    if not isinstance(rays, (list, tuple)):
        return []
    return [r for r in rays if isinstance(r, Mapping) and isinstance(r.get("position"), (int, float)) and 0 <= r["position"] <= 1]


def _whole(value: Any) -> int:
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else 0
