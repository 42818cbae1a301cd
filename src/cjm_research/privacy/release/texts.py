"""Every text that a published file holds: what is read, what is hover text or metadata, and what an archive hides.

Pictures of text are not read. Numbers of JSON and of sheets are numbers: only those with nine digits or more are given as texts.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote_to_bytes

from .markup import markup_texts

Text = tuple[str, str]  # (where in the file, the text)
MAX_DEPTH = 6  # archives in archives; ours have two
LONG_NUMBER = 9  # digits from which a number is an identifier rather than a count
_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"RIFF")
_DATA_ADDRESS = re.compile(r"(data:(?:[a-z]+/[a-z0-9.+-]+)?(?:;[a-z0-9-]+=[^;,\s\"']*)*(?:;base64)?),([^\"'\s)<>]*)", re.IGNORECASE)


class Unreadable(ValueError):
    """A file cannot be looked through, so it cannot be said to be free of identifiers."""


def texts_of(name: str, raw: bytes, seen: set[str] | None = None, depth: int = 0) -> Iterator[Text]:
    """(where, text) of everything in a file; of archives and office files every part. Raises `Unreadable`.

    seen: strings of JSON that need not be told again; what is told is added.
    """
    seen = set() if seen is None else seen
    if depth > MAX_DEPTH:
        raise Unreadable(f"{name}: archives lie in archives, more than {MAX_DEPTH} deep")
    yield "its name", PurePosixPath(name).name
    if raw.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        yield from _zip_texts(name, raw, seen, depth)
    elif raw.startswith(b"\x1f\x8b"):
        yield from _within("its content", texts_of(name.removesuffix(".gz"), gzip.decompress(raw), seen, depth + 1))
    elif raw.startswith(b"%PDF"):
        from .pdf import pdf_texts

        try:
            yield from pdf_texts(raw)
        except Exception as cause:
            raise Unreadable(f"{name}: the PDF cannot be read ({type(cause).__name__})") from cause
    elif raw.startswith(b"PAR1"):
        from .parquet import parquet_texts

        try:
            yield from parquet_texts(raw, LONG_NUMBER)
        except Exception as cause:
            raise Unreadable(f"{name}: the Parquet file cannot be read ({type(cause).__name__})") from cause
    elif raw.startswith(_SIGNATURES):
        yield from image_texts(raw)
    else:
        yield from written_texts(name, _decoded(raw), seen)


def written_texts(name: str, text: str, seen: set[str] | None = None) -> Iterator[Text]:
    """The texts of a text file: JSON and markup are taken apart, everything else goes line by line."""
    start = text.lstrip()[:1]
    if start in ("{", "[") and (data := _json(text)) is not None:
        yield from json_texts(data, seen)
    elif start == "<":
        yield from _marked_up(text, seen, numbers=not name.endswith((".xml", ".rels", ".vml")))
    else:
        yield from ((f"line {n}", line) for n, line in enumerate(text.splitlines(), 1) if line.strip())
        yield from _addresses(text)


def json_texts(data: Any, seen: set[str] | None = None) -> Iterator[Text]:
    """Keys and values of JSON with the path that leads to them; embedded pictures, pages and JSON are taken apart."""
    told = set() if seen is None else seen
    stack: list[tuple[str, str, Any]] = [("", "", data)]
    while stack:
        path, key, value = stack.pop()
        if isinstance(value, dict):
            for k, child in value.items():
                inner = f"{path}.{k}" if path else str(k)
                if k not in told:
                    told.add(k)
                    yield inner, str(k)
                stack.append((inner, str(k), child))
        elif isinstance(value, list):
            if value and all(isinstance(v, str) for v in value) and (key in ("source", "text") or key.startswith(("text/", "image/"))):
                value = ["".join(value)]  # a notebook keeps the lines of one text
            stack.extend((f"{path}[{i}]", key, child) for i, child in enumerate(value))
        elif isinstance(value, str) and value not in told:
            told.add(value)
            yield from _string(path, key, value)
        elif isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10 ** (LONG_NUMBER - 1):
            yield path, str(value)


def _string(path: str, key: str, value: str) -> Iterator[Text]:
    if key.startswith("image/") and key != "image/svg+xml" and (raw := _base64(value)) is not None:
        yield from _within(path, image_texts(raw))
        return
    if "<" in value and ">" in value:
        yield from _within(path, _marked_up(value))
    else:
        yield path, value
        yield from _within(path, _addresses(value))


def _marked_up(text: str, seen: set[str] | None = None, numbers: bool = True) -> Iterator[Text]:
    for where, found in markup_texts(text):
        if not numbers and found.isdigit() and len(found) < LONG_NUMBER:
            continue  # the cells of a sheet are numbers, or places in the list of its texts
        if where.endswith(" script") and (data := _json(found)) is not None:
            yield from _within(where, json_texts(data, seen))
        elif found.startswith("data:") and " of " in where:
            yield from _within(where, _embedded(*found.partition(",")[::2]))
        else:
            yield where, _DATA_ADDRESS.sub("", found) if "data:" in found else found
            yield from _within(where, _addresses(found))


def _addresses(text: str) -> Iterator[Text]:
    """What `data:` addresses in a text hold."""
    if "data:" not in text:
        return
    for found in _DATA_ADDRESS.finditer(text):
        yield from _embedded(found[1], found[2])


def _embedded(head: str, content: str) -> Iterator[Text]:
    raw = _base64(content) if head.endswith(";base64") else unquote_to_bytes(content)
    if raw:
        yield from _within("embedded file", image_texts(raw) if raw.startswith(_SIGNATURES) else written_texts("", _decoded(raw)))


def image_texts(raw: bytes) -> Iterator[Text]:
    """What a picture says about itself: text, EXIF and XMP parts; its pixels are left out."""
    if raw.startswith(b"\x89PNG"):
        for kind, data in _png_chunks(raw):
            if kind == b"zTXt":
                head, _, packed = data.partition(b"\0")
                data = head + b"\n" + _inflated(packed[1:])
            elif kind == b"iTXt":
                head, _, rest = data.partition(b"\0")
                parts = rest[2:].split(b"\0", 2)
                data = head + b"\n" + (_inflated(parts[-1]) if rest[:1] == b"\1" else parts[-1])
            elif kind not in (b"tEXt", b"eXIf"):
                continue
            yield from _printable(f"the picture's {kind.decode('ascii')} part", data)
    elif raw.startswith(b"\xff\xd8"):
        at = 2
        while at + 4 <= len(raw) and raw[at] == 0xFF and raw[at + 1] not in (0xD9, 0xDA):
            size = struct.unpack(">H", raw[at + 2:at + 4])[0]
            if raw[at + 1] == 0xFE or 0xE0 <= raw[at + 1] <= 0xEF:
                yield from _printable("the picture's metadata", raw[at + 4:at + 2 + size])
            at += 2 + size
    elif raw.startswith((b"GIF8", b"RIFF")):
        yield from _printable("the picture", raw)
    else:
        yield from written_texts("", _decoded(raw))


def _png_chunks(raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at + 8 <= len(raw):
        size = struct.unpack(">I", raw[at:at + 4])[0]
        yield raw[at + 4:at + 8], raw[at + 8:at + 8 + size]
        at += 12 + size
    if at < len(raw):
        yield b"tEXt", raw[at:]


def _printable(where: str, data: bytes) -> Iterator[Text]:
    for found in re.findall(rb"[\x20-\x7e\x80-\xff]{3,}", data):
        yield where, found.decode("utf-8", "replace")


def _zip_texts(name: str, raw: bytes, seen: set[str], depth: int) -> Iterator[Text]:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            if archive.comment:
                yield "the archive's comment", archive.comment.decode("utf-8", "replace")
            for entry in archive.infolist():
                if entry.comment:
                    yield f"{entry.filename}: comment", entry.comment.decode("utf-8", "replace")
                yield entry.filename, entry.filename
                if not entry.is_dir():
                    yield from _within(entry.filename, texts_of(entry.filename, archive.read(entry), seen, depth + 1))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as cause:
        raise Unreadable(f"{name}: the archive cannot be read ({type(cause).__name__})") from cause


def _within(outer: str, texts: Iterator[Text]) -> Iterator[Text]:
    return ((f"{outer}, {where}", text) for where, text in texts)


def _decoded(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _base64(text: str) -> bytes | None:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def _inflated(packed: bytes) -> bytes:
    try:
        return zlib.decompress(packed)
    except zlib.error:
        return packed
