"""The texts of a PDF: its pages, and every string of its objects (metadata, outline, alternative texts, notes, addresses)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any


def pdf_texts(raw: bytes) -> Iterator[tuple[str, str]]:
    """(where, text) of a PDF."""
    from pypdf import PdfReader
    from pypdf.generic import IndirectObject

    reader = PdfReader(io.BytesIO(raw))
    for key, value in (reader.metadata or {}).items():
        yield f"metadata {key}", str(value)
    for number, page in enumerate(reader.pages, 1):
        text = page.extract_text()
        yield from ((f"page {number}", line) for line in text.splitlines() if line.strip())
        yield f"page {number}", " ".join(text.split())  # what a line's end cuts in two
    for number in range(1, int(reader.trailer.get("/Size", 0))):
        try:
            item = reader.get_object(IndirectObject(number, 0, reader))
        except Exception:  # noqa: S112 - a number without an object
            continue
        yield from ((f"object {number}", text) for text in _strings(item))


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
