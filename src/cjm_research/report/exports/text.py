"""Text in pictures and slides: how wide it is, where it breaks, and what of it a file can hold.

Widths are those of DejaVu Sans, which comes with matplotlib and is wider than the fonts that office programs and
browsers put in its place: what fits here fits there.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from pathlib import Path
from typing import Any

#: how programs recognise what they would compute, also behind blanks and in full width
_FORMULA = re.compile(r"[\s\u200b\u2060\ufeff]*[=+\-@|%＝＋－＠％｜﹦﹢﹣﹫−]|[\t\r\n]")
ELLIPSIS = "…"
_FALLBACK_EM = {"W": 1.0, "F": 1.0}  # East Asian width → em; other characters that the font lacks count 0.7 em
_UNKNOWN_EM = 0.7
_LONG = 400  # characters of a word that are measured at once; no line holds as many
_BLANKS = re.compile("[^\\S\u00a0\u202f]+")  # no-break blanks stay: numbers keep their units


def is_formula(text: str) -> bool:
    """Whether a spreadsheet might compute a cell with this text."""
    return _FORMULA.match(text) is not None


def clean(text: Any, keep: str = "") -> str:
    """Text without characters that XML and office files cannot hold; white space becomes one blank.

    keep: white space that stays as it is. Marks and isolates of right-to-left text stay; overrides, which can only make
    text look like another, go.
    """
    if keep:
        return _cannot(keep).sub(" ", str(text)).strip()
    return _BLANKS.sub(" ", _cannot("").sub(" ", str(text))).strip()


@functools.cache
def _cannot(keep: str) -> re.Pattern[str]:
    """What is taken out: control characters but `keep`, halves of surrogate pairs, overrides of the writing direction."""
    controls = "".join(re.escape(chr(c)) for c in (*range(32), *range(0x7F, 0xA0)) if chr(c) not in keep)
    return re.compile(f"[{controls}\ud800-\udfff\ufffe\uffff\u202d\u202e]")


def width(text: str, size: float, bold: bool = False) -> float:
    """The width of one line in the unit of `size`."""
    return sum(_em(c, bold) for c in text) * size


def wrap(text: str, room: float, size: float, bold: bool = False, first: float | None = None, most: int | None = None) -> list[str]:
    """Lines of at most `room`. first: room of the first line, where something stands before it. most: stop after so many lines
    and one more. Very long words are broken."""
    lines: list[str] = []
    line, left = "", room if first is None else first
    for word in text.split(" "):
        if most is not None and len(lines) > most:
            return lines
        candidate = f"{line} {word}" if line else word
        if width(candidate, size, bold) <= left:
            line = candidate
            continue
        if line or left < room:
            lines.append(line)
            line, left = "", room
        while width(word[:_LONG], size, bold) > left and not (most is not None and len(lines) > most):
            cut = _fitting(word, left, size, bold)
            lines.append(word[:cut])
            word = word[cut:]
        line = word
    if line or not lines:
        lines.append(line)
    return lines


def clip(lines: list[str], most: int, room: float, size: float, bold: bool = False) -> list[str]:
    """The first `most` lines; an ellipsis says that there is more."""
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while last and width(last + " " + ELLIPSIS, size, bold) > room:
        last = last.rpartition(" ")[0] if " " in last else last[:-1]
    return [*lines[: most - 1], f"{last} {ELLIPSIS}".strip()]


def fold(text: str, room: float, size: float, bold: bool = False, *, first: float | None = None, most: int) -> tuple[list[str], str]:
    """Text as at most `most` lines, and as the paragraph they make: what a program that wraps by itself is given."""
    lines = wrap(text, room, size, bold, first, most)
    shown = clip(lines, most, room, size, bold)
    if len(shown) == len(lines) and shown == lines:
        return lines, text
    at = 0
    for line in lines[: most - 1]:
        at += len(line)
        at += 1 if text[at:at + 1] == " " else 0
    return shown, text[:at] + shown[-1]


def short(text: str, characters: int) -> str:
    """Text of at most so many characters, cut at a word."""
    if len(text) <= characters:
        return text
    return text[: characters - 2].rsplit(" ", 1)[0] + " " + ELLIPSIS


def _fitting(word: str, room: float, size: float, bold: bool) -> int:
    """How many characters of a word fit, at least one; a base is not parted from its combining marks."""
    used, cut = 0.0, 0
    for i, c in enumerate(word):
        used += _em(c, bold) * size
        if used > room and i and not unicodedata.combining(c):
            return max(1, cut)
        cut = i + 1
    return cut


@functools.lru_cache(maxsize=20_000)
def _em(c: str, bold: bool) -> float:
    if unicodedata.combining(c) or unicodedata.category(c) == "Cf":
        return 0.0
    font = _font(bold)
    if font.get_char_index(ord(c)) == 0:
        return _FALLBACK_EM.get(unicodedata.east_asian_width(c), _UNKNOWN_EM)
    from matplotlib.ft2font import LoadFlags

    return float(font.load_char(ord(c), LoadFlags.NO_HINTING | LoadFlags.NO_SCALE).horiAdvance / font.units_per_EM)


@functools.cache
def _font(bold: bool) -> Any:
    from matplotlib import get_data_path
    from matplotlib.ft2font import FT2Font

    return FT2Font(str(Path(get_data_path()) / "fonts" / "ttf" / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")))
