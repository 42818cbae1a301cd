"""The texts of a PDF: its pages, and every string of its objects (metadata, outline, alternative texts, notes, addresses)."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from ...files import pdf_warnings

LAID_OUT = "as laid out"  # ends the place of texts in which what stands side by side may be two cells of a table
#: numbers that are written with blanks beyond doubt: with a country (no decimal: "+20.4 335 2026" is a score, a count and a year), in brackets, an area and one number, cards, IBANs
_WRITTEN = re.compile(
    r"\+ ?(?!\d+\.\d{1,2} )\d[\d ()/.-]{6,}|\(0\d[\d ()/.-]{5,}|(?<!\w)(?<!\d[.,])(?:0\d{2,5} \d{5,8}|\d{4}(?: \d{4}){3})(?!\w|[.,]\d)|\b[A-Z]{2}\d\d(?: [\dA-Z]{4})+")
_BETWEEN_CELLS = re.compile(r"(?<=\d)-? (?=[\d(+])")


def pdf_texts(raw: bytes) -> Iterator[tuple[str, str]]:
    """(where, text) of a PDF.

    A page has no cells: "1,095 724 371" are three columns. So numbers are cut at blanks, unless they are written so beyond
    doubt; as they lie on the page they are given with a place that ends in `LAID_OUT`.
    """
    with pdf_warnings():
        yield from _texts(raw)


def _texts(raw: bytes) -> Iterator[tuple[str, str]]:
    from pypdf import PdfReader
    from pypdf.generic import IndirectObject

    reader = PdfReader(io.BytesIO(raw))
    for key, value in (reader.metadata or {}).items():
        yield f"metadata {key}", str(value)
    for number, page in enumerate(reader.pages, 1):
        text = page.extract_text()
        for line in text.splitlines():
            if line.strip():
                cut = _in_cells(line)
                yield f"page {number}", cut
                if cut != line:
                    yield f"page {number}, {LAID_OUT}", line
        # the whole too, as a line's end may cut an identifier in two; numbers of different lines make no phone number
        yield f"page {number}, {LAID_OUT}", " ".join(text.split())
    for number in range(1, int(reader.trailer.get("/Size", 0))):
        try:
            item = reader.get_object(IndirectObject(number, 0, reader))
        except Exception:  # noqa: S112 - a number without an object
            continue
        yield from ((f"object {number}", text) for text in _strings(item))


def _in_cells(line: str) -> str:
    """A line whose numbers that stand side by side are told apart."""
    parts, at = [], 0
    for written in _WRITTEN.finditer(line):
        parts += [_BETWEEN_CELLS.sub(" | ", line[at:written.start()]), written[0]]
        at = written.end()
    return "".join([*parts, _BETWEEN_CELLS.sub(" | ", line[at:])])


def _strings(item: Any) -> Iterator[str]:
    """The strings of one object; what it refers to is an object of its own."""
    from pypdf.generic import ArrayObject, DictionaryObject, StreamObject, TextStringObject

    stack = [item]
    while stack:
        value = stack.pop()
        if isinstance(value, TextStringObject):
            yield str(value)
        elif isinstance(value, DictionaryObject):
            if isinstance(value, StreamObject) and value.get("/Type") in ("/Metadata", "/EmbeddedFile"):
                yield value.get_data().decode("utf-8", "replace")
            stack.extend(value.values())
        elif isinstance(value, ArrayObject):
            stack.extend(value)
