"""Tables as HTML: a caption with its number, heads with scope, values that sort by what they are."""

from __future__ import annotations

import re
from html import escape

from ..results import words
from ..shapes import Json
from .blocks import Table
from .numbering import Numbering
from .wording import for_readers, unbroken, worded

SORT_FROM = 3  # rows; a shorter table needs no sorting
PEEK, PEEK_SLACK = 10, 3  # rows of a long table that a page shows at once (page.js), and how many more are no reason to hide any


LONG = 60  # characters of a cell that gets a column of some width
_DAY = re.compile(r"\d{4}-\d\d-\d\d")  # stays on one line


def table_html(block: Table, numbering: Numbering) -> str:
    """A table block as a scrollable region with a captioned table.

    On a client's page a table that follows a figure or another table is folded: it holds the same numbers, or the finer ones.
    """
    label, anchor = numbering.table(block.caption)
    head = "".join(_head(column) for column in block.columns)
    body = "".join(_row(row, block.columns) for row in block.rows)
    told = for_readers(block.note) if numbering.readers else block.note
    note = f'<p class="note">{worded(told)}</p>' if told else ""
    same = f'<span class="same">{escape(block.same)}</span>' if block.same else ""
    sortable = " class=sortable" if len(block.rows) >= SORT_FROM else ""
    empty = "" if block.rows else f'<tr><td colspan="{max(1, len(block.columns))}">No rows.</td></tr>'
    numbering.shown += 1
    folded = numbering.readers and numbering.shown > 1  # the same numbers as the figure or table above it
    long = ' data-peek="1"' if numbering.readers and not folded and len(block.rows) > PEEK + PEEK_SLACK else ""
    caption = f'<b>{label}.</b> {unbroken(block.caption)}'
    named = f'<span class="named">{caption}</span>' if folded else caption  # on screen the disclosure says it
    whole = (f'<div class="scroll" tabindex="0" role="region" aria-labelledby="{anchor}-c"><table{sortable}{long}><caption><div id="{anchor}-c">{named}{same}</div></caption>'
             f"<thead><tr>{head}</tr></thead><tbody>{body}{empty}</tbody></table></div>{note}")
    if folded:
        size = words.some(len(block.rows), "rows")
        whole = f'<details class="numbers"><summary>{caption} <span class="note">({size})</span></summary>{whole}</details>'
    return f'<figure class="table" id="{anchor}">{whole}</figure>'


def _head(column: Json) -> str:
    align = " class=r" if column.get("align") == "right" else ""
    note = f' title="{escape(str(column["note"]), quote=True)}"' if column.get("note") else ""
    label = escape(str(column.get("label", "")))
    return f'<th scope="col"{align}{note}>{label}</th>' if label.strip() else "<td></td>"


def _row(row: list[Json], columns: list[Json]) -> str:
    return f"<tr>{''.join(_cell(i, cell, columns) for i, cell in enumerate(row))}</tr>"


def _cell(position: int, cell: Json, columns: list[Json]) -> str:
    text, sort = str(cell.get("text", "")), cell.get("sort")
    right = position < len(columns) and columns[position].get("align") == "right"
    marks = " class=r" if right else " class=d" if _DAY.match(text) else " class=t" if len(text) > LONG else ""
    if sort is not None and str(sort) != text:
        marks += f' data-s="{escape(str(sort), quote=True)}"'
    shown = escape(text)
    if cell.get("href", "").startswith(("#", "./")):
        shown = f'<a href="{escape(cell["href"], quote=True)}">{shown}</a>'
    return f'<th scope="row"{marks}>{shown}</th>' if position == 0 and text else f"<td{marks}>{shown}</td>"
