"""Several codes in one cell of a table, as coding programs write them: a line each (ATLAS.ti), after semicolons, or as a JSON list.

A line end cannot be in a code's name, so it always parts two codes. A semicolon, comma or bar can be: where the table
itself does not show which it is, it is asked.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from ...errors import BadInput

NONE = "none"
_BULLET = re.compile(r"^[●○•◦▪■□]\s*")
_MANY = re.compile(r"(?:codes|tags|labels|nodes|themes|keywords|kodes?|schlagw(?:ö|oe)rter|códigos|etiquetas|étiquettes|codici)\b", re.IGNORECASE)


def codes_of(cells: Sequence[str | None], header: str, book: Collection[str], declared: str | None, where: str) -> tuple[list[tuple[str, ...]], str | None]:
    """The codes of each cell, and a note where semicolons were taken to part them.

    header: the column's name; book: names and paths of a codebook, if there is one; declared: the separator by the
    settings, "none" where a cell is one code. Raises `BadInput` where a sign may part codes or belong to a name.
    """
    if declared and declared.casefold() == NONE:
        return [((" ".join(c.split()),) if c and c.strip() else ()) for c in cells], None
    lines = [_lines(c) for c in cells]
    if declared and declared not in ("\n", "\\n", "newline"):
        return [_unique(p for line in found for p in line.split(declared)) for found in lines], None
    if declared or any(len(found) > 1 for found in lines):  # the program parts codes by lines, so that other signs belong to names
        return [_unique(found) for found in lines], None
    note = None
    for sign in (";", ",", "|"):
        held = [line for found in lines for line in found if sign in line and line not in book]
        if not held:
            continue
        parts = [[p.strip() for p in line.split(sign) if p.strip()] for line in held]
        alone = {line for found in lines for line in found if sign not in line} | set(book)
        often = Counter(p for pieces in parts for p in set(pieces))
        shown = sum(any(p in alone or often[p] > 1 for p in pieces) for pieces in parts if len(pieces) > 1)
        if sign == ";" and (shown or _MANY.search(header)):
            lines = [[p for line in found for p in ([line] if line in book else line.split(sign))] for found in lines]
            note = f"{len(held):,} cells of {header!r} hold several codes after semicolons, e.g. {held[0][:60]!r}; `code_separator: none` reads each as one"
        elif sign == ";" or _MANY.search(header) or all(p in alone for pieces in parts for p in pieces):
            raise BadInput(
                f"{where}: column {header!r}",
                f"{len(held):,} cells hold a {sign!r}, e.g. {held[0][:60]!r}: one code of that name, or several",
                "settings.code_separator: the sign between two codes of a cell, or none",
                f"set code_separator: \"{sign}\" where these are several codes, code_separator: none where it belongs to the name",
            )
    return [_unique(found) for found in lines], note


def _lines(cell: str | None) -> list[str]:
    if not cell or not cell.strip():
        return []
    if cell.lstrip().startswith("["):
        try:
            held = json.loads(cell)
        except ValueError:
            held = None
        if isinstance(held, list) and all(isinstance(h, str) for h in held):
            return [_BULLET.sub("", h.strip()) for h in held if h.strip()]
    return [_BULLET.sub("", line.strip()).rstrip(";").strip() for line in cell.splitlines() if line.strip()]


def _unique(parts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(p.strip() for p in parts if p.strip()))
