"""What stands in the lines of a talk and nobody said: headings of its parts, and remarks of whoever wrote it down.

Such lines stay in the words of the speaker before, since they may be words; they are listed with what was not taken as a
speaker's label, until the settings say what they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set

from . import labels
from .speakers import Known
from .styles import STAMP_ALONE
from .words import FUNCTION, PARTICLES, REMARKS

_REMARK = re.compile(r"^\s{0,9}[\[(*_]{0,3}(?P<word>[^\W\d_]{2,20})\s?[:：﹕]")
_ENDS = (".", "?", "!", "…", ",", ";", ":", "-", "–", "”", "\"", "。", "？", "！")
_MOST_WORDS, _LONGEST, _FEWEST_LETTERS = 8, 60, 4


def remarks(lines: Iterable[tuple[int, str]], known: Known) -> dict[str, tuple[int, ...]]:
    """The remarks among lines (number, text) that begin no turn: their word before the colon → its lines."""
    found: dict[str, tuple[int, ...]] = {}
    for number, line in lines:
        if (match := _REMARK.match(line)) and match["word"].casefold() in REMARKS and not _told(match["word"], known):
            found[match["word"]] = (*found.get(match["word"], ()), number)
    return found


def headings(lines: Sequence[str], begun: Set[int], first: int, known: Known) -> dict[str, tuple[int, ...]]:
    """What stands alone right before a turn, after the words of another, and looks like a heading → its lines, from 1.

    begun: the lines that turns begin in; first: the first of them.
    """
    found: dict[str, tuple[int, ...]] = {}
    for start in sorted(begun):
        at = start - 1
        while at > first and (not lines[at - 1].strip() or STAMP_ALONE.fullmatch(lines[at - 1])):
            at -= 1
        if at <= first or at in begun:
            continue
        line = lines[at - 1]
        title = line.strip().strip("#*_=~-–— \t")
        apart = not lines[at - 2].strip()
        if _heads(line.strip(), title, apart) and not _told(title, known):
            found[title] = (*found.get(title, ()), at)
    return found


def _heads(line: str, title: str, apart: bool) -> bool:
    """Whether a line looks like a heading; apart: whether a blank line stands before it."""
    words = title.split()
    if not words or len(title) > _LONGEST or len(words) > _MOST_WORDS or title.endswith(_ENDS):
        return False
    if line.startswith("#") or (title.isupper() and sum(c.isalpha() for c in title) >= _FEWEST_LETTERS and (apart or len(words) > 1)):
        return True
    if not apart:
        return False
    if labels.form(title) == "subject" or re.match(r"(?:\d{1,2}(?:\.\d{1,2}){0,3}[.)]?|[IVX]{1,5}[.)])\s+[^\W\d_]", title):
        return True
    small = [w for w in words if w[0].islower()]
    large = [w for w in words if not w[0].islower() and w.casefold() not in FUNCTION]
    return len(large) > 1 and words[0][0].isupper() and all(w in FUNCTION or w in PARTICLES for w in small)


def _told(label: str, known: Known) -> bool:
    return labels.folded(label) in known.never or known.name(label) is not None
