"""Tables as HTML: a caption with its number, heads with scope, values that sort by what they are."""

from __future__ import annotations

from html import escape
from typing import Any

from .blocks import Table
from .numbering import Numbering
from .wording import unbroken, worded

SORT_FROM = 3  # rows; a shorter table needs no sorting


def table_html(block: Table, numbering: Numbering) -> str:
    """A table block as a scrollable region with a captioned table."""
    label, anchor = numbering.table(block.caption)
    head = "".join(_head(column) for column in block.columns)
    body = "".join(_row(row, block.columns) for row in block.rows)
    note = f'<p class="note">{worded(block.note)}</p>' if block.note else ""
    same = f'<span class="same">{escape(block.same)}</span>' if block.same else ""
    sortable = " class=sortable" if len(block.rows) >= SORT_FROM else ""
    empty = "" if block.rows else f'<tr><td colspan="{max(1, len(block.columns))}">No rows.</td></tr>'
    return (f'<figure class="table" id="{anchor}"><div class="scroll" tabindex="0" role="region"'
            f' aria-labelledby="{anchor}-c"><table{sortable}><caption><div id="{anchor}-c"><b>{label}.</b>'
            f" {unbroken(block.caption)}{same}</div></caption><thead><tr>{head}</tr></thead><tbody>{body}{empty}</tbody></table></div>"
            f"{note}</figure>")


def _head(column: dict[str, Any]) -> str:
    align = " class=r" if column.get("align") == "right" else ""
    note = f' title="{escape(str(column["note"]), quote=True)}"' if column.get("note") else ""
    label = escape(str(column.get("label", "")))
    return f'<th scope="col"{align}{note}>{label}</th>' if label.strip() else "<td></td>"


def _row(row: list[dict[str, Any]], columns: list[dict[str, Any]]) -> str:
    return f"<tr>{''.join(_cell(i, cell, columns) for i, cell in enumerate(row))}</tr>"


def _cell(position: int, cell: dict[str, Any], columns: list[dict[str, Any]]) -> str:
    text, sort = str(cell.get("text", "")), cell.get("sort")
    right = position < len(columns) and columns[position].get("align") == "right"
    marks = " class=r" if right else ""
    if sort is not None and str(sort) != text:
        marks += f' data-s="{escape(str(sort), quote=True)}"'
    shown = escape(text)
    if cell.get("href", "").startswith(("#", "./")):
        shown = f'<a href="{escape(cell["href"], quote=True)}">{shown}</a>'
    return f'<th scope="row"{marks}>{shown}</th>' if position == 0 and text else f"<td{marks}>{shown}</td>"
