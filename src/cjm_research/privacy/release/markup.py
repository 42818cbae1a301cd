"""The texts of HTML, SVG and of the XML in office files: what is read, attributes, comments, scripts and styles."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from html import unescape

_PIECE = re.compile(
    r"<!--(?P<comment>.*?)(?:-->|\Z)|<!\[CDATA\[(?P<cdata>.*?)(?:\]\]>|\Z)"
    r"|<(?P<raw>script|style)\b(?P<rawattr>(?:[^>\"']|\"[^\"]*\"|'[^']*')*+)>(?P<code>.*?)(?:</(?P=raw)\s*>|\Z)"
    r"|<[/?!]?(?P<tag>[A-Za-z][\w:.-]*)(?P<attr>(?:[^>\"']|\"[^\"]*\"|'[^']*')*+)>",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"([\w:.-]+)\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'>]+)")


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_INLINE = _names("a abbr b bdi bdo cite code data del dfn em font i ins kbd mark q s samp small span strong sub sup time tspan u var wbr "
                 "r t rpr sz color rfont family scheme")
_OFFICE_BLOCKS = _names("p tc tr tbl br tab cr")  # of word processors and slides; their other elements lie within a line
#: attributes that hold shapes and places, never words
_SHAPES = _names("d points transform viewbox x y x1 x2 y1 y2 cx cy r rx ry dx dy width height stroke-width stroke-dasharray offset")
_SPLIT = "\0"  # where a tag stood within a line
_HASHES = re.compile(r"sha(?:256|384|512)-[A-Za-z0-9+/=]{40,}")
_CSS_ESCAPE = re.compile(r"\\([0-9A-Fa-f]{1,6})[ \t\n]?")


def markup_texts(text: str) -> Iterator[tuple[str, str]]:
    """(where, text): every stretch between blocks, and every attribute, comment, script and style."""
    lines = [m.start() for m in re.finditer("\n", text)]
    parts: list[str] = []
    start = end = 0

    def place(at: int) -> str:
        return f"line {bisect_right(lines, at) + 1}"

    for piece in _PIECE.finditer(text):
        parts.append(text[end:piece.start()])
        end = piece.end()
        if (cdata := piece["cdata"]) is not None:
            parts.append(cdata.replace("&", "&amp;"))
            continue
        name, here = (piece["raw"] or piece["tag"] or "").lower(), place(piece.start())
        if piece["comment"] is None and _inline(name):
            parts.append(_SPLIT)
        else:
            yield from ((place(start), found) for found in _block(parts))
            parts, start = [], piece.end()
        if piece["comment"] is not None:
            yield f"{here}, comment", piece["comment"]
        elif piece["code"] is not None:
            code = piece["code"]
            yield f"{here}, {name}", _CSS_ESCAPE.sub(lambda m: chr(min(int(m[1], 16), 0x10FFFF)), code) if name == "style" else code
        for attribute, value in _ATTRIBUTE.findall(piece["attr"] or piece["rawattr"] or ""):
            if attribute.lower() not in _SHAPES and len(value) > 3:
                shown = unescape(value[1:-1] if value[:1] in "\"'" else value)
                yield f"{here}, {attribute} of {name}", _HASHES.sub("", shown)
    parts.append(text[end:])
    yield from ((place(start), found) for found in _block(parts))


def _inline(name: str) -> bool:
    prefix, _, local = name.rpartition(":")
    return local not in _OFFICE_BLOCKS if prefix in ("a", "w") else name in _INLINE


def _block(parts: list[str]) -> Iterator[str]:
    """The text of a block: as it is read, and with a blank for every tag where that makes other words of it."""
    if not (joined := "".join(parts)).strip(" \t\r\n\0"):
        return
    joined = unescape(joined)
    whole = joined.replace(_SPLIT, "").strip()
    if whole:
        yield whole
        if re.search(rf"\w{_SPLIT}+\w", joined):
            yield joined.replace(_SPLIT, " ").strip()
