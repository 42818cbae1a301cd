"""Text out of .docx files, as lines for the text styles to tell apart: all that a reader of the document sees, changes accepted.

The document library passes over what was inserted with changes tracked and over content controls, so paragraphs are read
here. What stands beside the text (comments, footnotes, headers, text boxes) is nobody's words and is counted in a note.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cjm_research.errors import BadInput

from ...reading.archives import Archive

MAX_PART_BYTES = 32 << 20  # of a part of a .docx; its tree takes some ten times that in memory
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_GONE = {f"{_W}del", f"{_W}moveFrom"}  # changes that took words out
_BOX, _COPY = f"{_W}txbxContent", "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_WRAPS = {f"{_W}{n}" for n in ("sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag")}
_SIGNS = {f"{_W}tab": "\t", f"{_W}ptab": "\t", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_BESIDE = {"comments": "comments", "footnotes": "footnotes", "endnotes": "endnotes", "header": "headers", "footer": "footers"}
_WORDS = re.compile(rb"<w:t(?:\s[^>]*)?>([^<]*)</w:t>")
_SHOWN = 3


def docx_text(path: Path, content: bytes) -> tuple[str, list[str]]:
    """Paragraphs and table rows in document order, a line each, cells separated by tabs; and notes on what is not in them."""
    beside = _checked(path)
    from docx import Document
    from docx.table import Table
    from docx.text.paragraph import Paragraph

    try:
        document = Document(io.BytesIO(content))
        lines: list[str] = []
        headings: list[str] = []
        for block in _blocks(document.element.body):
            if block.tag == f"{_W}tbl":
                lines += _rows(Table(block, document))
                continue
            lines.append(_text(block))
            if re.match("(?i)heading|title|überschrift", str(getattr(Paragraph(block, document).style, "name", "") or "")) and lines[-1].strip():
                headings.append(lines[-1].strip())
        return "\n".join(lines) + "\n", list(_notes(document.element.body, "".join(lines), headings, beside))
    except BadInput:
        raise
    except Exception as cause:  # the library raises whatever its parser meets; the file is to blame
        raise BadInput(
            path.name,
            f"is no readable Word document ({type(cause).__name__})",
            "an intact .docx",
            "open and save it again, or save it as .txt",
        ) from cause


def _checked(path: Path) -> dict[str, int]:
    """Words of the parts beside the text, by what they are. Raises `BadInput` for what would exhaust a reader."""
    beside: dict[str, int] = {}
    with Archive(path) as archive:  # refuses bombs before the document library unpacks anything
        for name in archive.names:
            if not name.endswith((".xml", ".rels")):
                continue
            part = archive.read(name)
            if re.search(rb"<!(DOCTYPE|ENTITY)", part):
                raise BadInput(path.name, f"{name} declares entities or a DTD", "a document as a word processor writes it",
                               "do not trust this file; ask its sender for a new one")
            if len(part) > MAX_PART_BYTES:
                raise BadInput(path.name, f"{name} has {len(part):,} bytes", f"at most {MAX_PART_BYTES:,}; a transcript of three hours has some five million",
                               "split the document, or save it as .txt")
            if wide := next((n for n in re.findall(rb'w:gridSpan[^>]{0,40}w:val="(\d+)"', part) if len(n) > 3), None):
                raise BadInput(path.name, f"a cell of a table spans {wide[:20].decode()} columns", "at most 999", "save the document as .txt")
            if (kind := re.fullmatch(r"word/(comments|footnotes|endnotes|header|footer)\d*\.xml", name)) and (
                    count := len(html.unescape(b" ".join(_WORDS.findall(part)).decode("utf-8", "replace")).split())):
                beside[_BESIDE[kind[1]]] = beside.get(_BESIDE[kind[1]], 0) + count
    return beside


def _blocks(parent: Any) -> Iterator[Any]:
    """Paragraphs and tables, also those inside of content controls and changes."""
    for child in parent.iterchildren():
        if child.tag in (f"{_W}p", f"{_W}tbl"):
            yield child
        elif child.tag in _WRAPS:
            yield from _blocks(child)


def _rows(table: Any) -> Iterator[str]:
    for row in table.rows:
        cells = row.cells
        # Merged cells appear once for each column they span.
        distinct = [c._tc for i, c in enumerate(cells) if i == 0 or c._tc is not cells[i - 1]._tc]
        yield "\t".join(" ".join(" ".join(_text(p) for p in cell.iter(f"{_W}p") if not _in_box(p, cell)).split()) for cell in distinct)


def _in_box(paragraph: Any, cell: Any) -> bool:
    return any(up.tag in (_BOX, _COPY) for up in paragraph.iterancestors() if up is not cell)


def _text(paragraph: Any) -> str:
    """What a paragraph shows: insertions and content controls too, deletions and text boxes not."""
    out: list[str] = []
    waiting = [paragraph]
    while waiting:  # not by recursion: a file may nest as deep as it likes
        one = waiting.pop()
        tag = one.tag
        if tag == f"{_W}t":
            out.append(one.text or "")
        elif tag in _SIGNS:
            out.append(_SIGNS[tag])
        elif tag == f"{_W}br":
            out.append("\n" if one.get(f"{_W}type") in (None, "textWrapping") else "")
        elif tag not in _GONE and tag not in (_BOX, _COPY, f"{_W}pPr", f"{_W}rPr"):
            waiting.extend(reversed([c for c in one.iterchildren() if isinstance(c.tag, str)]))
    return "".join(out)


def _notes(body: Any, read: str, headings: list[str], beside: dict[str, int]) -> Iterator[str]:
    if next(body.iter(f"{_W}ins", f"{_W}del", f"{_W}moveTo"), None) is not None:
        yield "the document holds tracked changes: it is read as if all were accepted"
    live = boxes = 0
    for words in body.iter(f"{_W}t"):
        around = {up.tag for up in words.iterancestors()}
        size = len("".join((words.text or "").split()))
        if _BOX in around:
            boxes += 0 if _COPY in around else size
        elif not around & {*_GONE, _COPY}:
            live += size
    if boxes:
        beside = {**beside, "text boxes": boxes}
    if beside:
        said = ", ".join(f"{what} ({count:,} {'characters' if what == 'text boxes' else 'words'})" for what, count in beside.items())
        yield f"not read, since it stands beside the text: {said}"
    if (left := live - len("".join(read.split()))) > 0:
        yield f"some {left:,} characters stand in parts of the document that are not read; save it as .txt and compare"
    if headings:
        shown = ", ".join(repr(h[:60]) for h in headings[:_SHOWN])
        yield f"{f'{len(headings):,} paragraphs have' if len(headings) > 1 else 'one paragraph has'} the style of a heading ({shown}{', …' if len(headings) > _SHOWN else ''}); what stands inside of a talk stays with the speaker before"
