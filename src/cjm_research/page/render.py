"""Blocks as HTML: for the published report, and self-contained for JupyterLab.

All text of a block is plain text and is escaped here; this module is the only place that turns blocks into
markup, so that notebook and report show the same.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from ..shapes import Json
from .answer_html import answer_html, sentence
from .blocks import Answer, Block, Card, Figure, Map, Quotes, Sheets, Table
from .evidence_html import MAP_PAGE
from .figure_html import svg_image
from .map_html import map_html
from .numbering import Numbering
from .sheets_html import sheets_html
from .table_html import table_html
from .wording import for_readers, unbroken, worded

ASSETS = Path(__file__).parent / "assets"


def render(block: Block, numbering: Numbering, links: dict[str, str] | None = None) -> str:
    """A block as HTML of a report's page.

    numbering: of the page, counts figures and tables and collects findings. links: finding id → address, for
    blocks that point at findings of other chapters.
    """
    return _RENDERERS[type(block)](block, numbering, links or {})


def notebook_html(block: Block) -> str:
    """A block as HTML that needs nothing else: what JupyterLab shows, drawn as the report draws it."""
    return f'<style>{notebook_css(isinstance(block, Map))}</style><div class="cjm">{render(block, _Unnumbered())}</div>'


def widget_html(blocks: Sequence[Block]) -> str:
    """Blocks one below the other, for a widget that has `notebook_css` already and is of the class `cjm`."""
    numbering = _Unnumbered()
    return "".join(render(block, numbering) for block in blocks)


class _Unnumbered(Numbering):
    """In a notebook a figure does not know how many came before it."""

    def _captioned(self, label: str, prefix: str, caption: str) -> tuple[str, str]:
        return label.split()[0], self.anchor(prefix, caption)


@functools.cache
def notebook_css(with_map: bool = False) -> str:
    """The part of the style sheet that blocks need, for use inside JupyterLab."""
    names = ("blocks.css", "map.css") if with_map else ("blocks.css",)
    return "\n".join((ASSETS / name).read_text(encoding="utf-8") for name in names)


def _answer(block: Answer, numbering: Numbering, links: dict[str, str]) -> str:
    return answer_html(block, numbering)


def _card(block: Card, numbering: Numbering, links: dict[str, str]) -> str:
    numbering.cards.append(block.title)
    rows: tuple[tuple[str, str], ...] = (("Found", block.found), ("Needed", block.allowed), ("Next", block.next))
    if numbering.readers:  # what to do about it is for whoever sets up the client
        rows = (("Found", block.found), ("Needed", for_readers(block.allowed)))
    parts = [f'<p class="kicker">Not enough data</p><p class="lead">{worded(block.title)}</p>']
    parts += [f"<p>{name}: {worded(text)}{'' if text.endswith('.') else '.'}</p>" for name, text in rows if text]
    return f'<div class="card" role="note">{"".join(parts)}</div>'


def _figure(block: Figure, numbering: Numbering, links: dict[str, str]) -> str:
    label, anchor = numbering.figure(block.caption)
    numbering.shown += 1
    title = f'<p class="says">{unbroken(sentence(block.title))}</p>' if block.title else ""
    return (f'<figure class="chart" id="{anchor}"><figcaption id="{anchor}-c">{title}<p><b>{label}.</b> {unbroken(block.caption)}</p></figcaption>'
            f'<div class="scroll" tabindex="0" role="region" aria-labelledby="{anchor}-c">{svg_image(block.svg, block.alt)}</div></figure>')


def _table(block: Table, numbering: Numbering, links: dict[str, str]) -> str:
    return table_html(block, numbering)


def _quotes(block: Quotes, numbering: Numbering, links: dict[str, str]) -> str:
    anchor = numbering.anchor("quotes", block.caption)
    items = "".join(_quote(item, numbering, links) for item in block.items)
    return f'<figure class="quotes" id="{anchor}"><figcaption>{escape(block.caption)}</figcaption>{items}</figure>'


def _quote(item: Json, numbering: Numbering, links: dict[str, str]) -> str:
    by = " · ".join(escape(str(item[k])) for k in ("who", "where", "code") if item.get(k))
    anchor = f' id="{numbering.anchor("q", str(item["anchor"]))}"' if item.get("anchor") else ""
    href = links.get(str(item.get("finding") or ""))
    source = f' <a href="{escape(href, quote=True)}">evidence</a>' if href else ""
    return f"<blockquote{anchor}><p>{escape(str(item.get('text', '')))}</p><footer>{by}{source}</footer></blockquote>"


def _map(block: Map, numbering: Numbering, links: dict[str, str]) -> str:
    numbering.maps.append(block.data)
    if numbering.readers:  # a page of its own shows it
        return f'<p class="whole"><a href="{MAP_PAGE}">See the whole map</a></p>'
    # JupyterLab runs no script of ours in an output; the widget `MapViewer` is the map with its controls there
    return map_html({**block.data, "remarks": numbering.remarks}, links, scripted=not isinstance(numbering, _Unnumbered))


def _sheets(block: Sheets, numbering: Numbering, links: dict[str, str]) -> str:
    return sheets_html(block.items, numbering, links)


_RENDERERS: dict[type[Block], Callable[[Any, Numbering, dict[str, str]], str]] = {
    Answer: _answer, Card: _card, Figure: _figure, Table: _table, Quotes: _quotes, Map: _map, Sheets: _sheets,
}
