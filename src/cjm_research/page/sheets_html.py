"""Persona sheets as HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from .numbering import Numbering

_TITLE = ("name", "persona", "title")
_OPENING = ("summary", "headline", "share", "size")


def sheets_html(items: Sequence[Mapping[str, Any]], numbering: Numbering, links: Mapping[str, str]) -> str:
    """One card a persona; lists become sections, each line with its status where it has one."""
    return f'<div class="sheets">{"".join(_sheet(item, numbering, links) for item in items)}</div>'


def _sheet(item: Mapping[str, Any], numbering: Numbering, links: Mapping[str, str]) -> str:
    title = next((str(item[k]) for k in _TITLE if item.get(k)), "Persona")
    anchor = numbering.anchor("persona", title)
    opening = "".join(f"<p>{escape(str(item[k]))}</p>" for k in _OPENING if item.get(k))
    rest = "".join(_section(str(k), v, links) for k, v in item.items() if k not in (*_TITLE, *_OPENING) and v)
    return f'<article class="sheet" id="{anchor}"><h3>{escape(title)}</h3>{opening}{rest}</article>'


def _section(name: str, value: Any, links: Mapping[str, str]) -> str:
    head = escape(name.replace("_", " ").capitalize())
    if isinstance(value, Mapping):
        pairs = "".join(f"<dt>{escape(str(k))}</dt><dd>{escape(str(v))}</dd>" for k, v in value.items())
        return f"<h4>{head}</h4><dl>{pairs}</dl>"
    if isinstance(value, (list, tuple)):
        return f"<h4>{head}</h4><ul>{''.join(_line(line, links) for line in value)}</ul>"
    return f"<p><b>{head}</b> {escape(str(value))}</p>"


def _line(line: Any, links: Mapping[str, str]) -> str:
    if not isinstance(line, Mapping):
        return f"<li>{escape(str(line))}</li>"
    text = escape(str(line.get("text") or line.get("statement") or ""))
    status = f' <span class="status {escape(str(line["status"]), quote=True)}">{escape(str(line["status"]))}</span>' if line.get("status") else ""
    href = links.get(str(line.get("finding") or ""))
    if href:
        text = f'<a href="{escape(href, quote=True)}">{text}</a>'
    return f"<li>{text}{status}</li>"
