"""Which convention a source's positions follow, decided on evidence.

The standard counts Unicode code points; real exports count UTF-16 units, one or two positions per line
end, with or without the byte order mark. Positions are read under every convention; selections that
carry their quote decide by equality, others by how many ends fall on word boundaries. Without a clear
winner the file is refused with sample quotes, because a shifted quote is worse than none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import numpy.typing as npt

from cjm_research.errors import BadInput

from .model import Convention

CLEAR_LEAD = 0.1  # share of ends (or quotes) by which the best convention must lead the next
QUOTES_NEEDED = 0.5  # share of named selections equal to their name for names to count as quotes
BOUNDARIES_NEEDED = 0.7  # share of ends on word boundaries below which no convention is believed
JOINER = "\u200d"
EMOJI_PARTS = frozenset(
    "\ufe0e\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
)  # variation selectors, skin tones
FEW_SPANS = 5  # selections below which a share of boundaries says nothing against the only usual convention


@dataclass(frozen=True)
class RawText:
    """A text as stored: decoded, line ends untouched, byte order mark told apart."""

    stored: str
    had_bom: bool = False

    @property
    def canonical(self) -> str:
        """With LF line ends."""
        return self.stored.replace("\r\n", "\n").replace("\r", "\n")


@dataclass(frozen=True)
class RawSpan:
    """Stored positions and the name, which in some programs is the quote."""

    start: int
    end: int
    name: str | None = None


@dataclass(frozen=True)
class Reading:
    """The spans under one convention (None where a position is impossible) and how well they fit.

    quotes: selections that equal their name, blanks aside; exact: those that do to the letter. also: all conventions that give these spans.
    """

    convention: Convention
    spans: tuple[tuple[int, int] | None, ...]
    quotes: int
    exact: int
    boundaries: int
    also: frozenset[Convention] = frozenset()


def read_under(text: RawText, spans: Sequence[RawSpan], convention: Convention) -> tuple[tuple[int, int] | None, ...]:
    """The canonical spans of stored positions under a convention; None where one is impossible."""
    position = _positions(text, convention)
    found: list[tuple[int, int] | None] = []
    for span in spans:
        ends = np.array([span.start, span.end + convention.end_inclusive])
        at = np.searchsorted(position, ends)
        inside = (at < len(position)) & (ends >= position[0])
        if inside.all() and (position[at] == ends).all() and at[0] < at[1]:
            found.append((int(at[0]), int(at[1])))
        else:
            found.append(None)
    return tuple(found)


def detect(text: RawText, spans: Sequence[RawSpan], forced: Convention | None = None) -> Reading | list[Reading]:
    """The reading that the evidence supports, or, where none leads clearly, the rival readings.

    The caller may settle a tie with the project's other sources (`settle`) or refuse (`ambiguous`).
    """
    if forced:
        return _read(text, spans, forced)
    readings = _distinct([_read(text, spans, c) for c in _candidates(text, spans)])
    if len(readings) == 1:
        why = "no selection to test" if not spans else "every convention gives the same spans"
        return _because(readings[0], why, "none")
    return _by_quotes(readings, spans) or _by_boundaries(readings, spans, text)


def standard(text: RawText) -> Convention:
    """The convention of files this package wrote: code points, line ends as stored."""
    return Convention(line_end=2 if "\r\n" in text.stored else 1, evidence="written by this package", basis="origin")


def settle(rivals: Sequence[Reading], elsewhere: Sequence[frozenset[Convention]]) -> Reading | None:
    """The one rival that the project's other sources speak for, if they agree.

    elsewhere: for each source that was clear, the conventions that give its spans. A source whose conventions fit several rivals cannot tell them
    apart: a text without emoji says nothing about how emoji count.
    """
    fitting = [[r for r in rivals if r.also & known] for known in elsewhere]
    named = {r[0].convention: r[0] for r in fitting if len(r) == 1}
    return _because(next(iter(named.values())), "as in the project's other sources", "elsewhere") if len(named) == 1 else None


def ambiguous(text: RawText, spans: Sequence[RawSpan], rivals: Sequence[Reading], where: str) -> BadInput:
    """The refusal, with up to five sample quotes under each rival convention."""
    canonical, lines = text.canonical, []
    differing = [i for i in range(len(spans)) if len({r.spans[i] for r in rivals}) > 1][:5]
    for reading in rivals[:4]:
        samples = [canonical[slice(*at)] if (at := reading.spans[i]) else "(outside the text)" for i in differing]
        lines.append(f"{reading.convention.name}: " + " | ".join(repr(s[:40]) for s in samples))
    return BadInput(
        where,
        "its positions fit several ways of counting, none clearly better:\n    " + "\n    ".join(lines),
        "one clear convention",
        "look which line holds the coded quotes and name it in the source's settings, "
        "e.g. convention: {unit: utf-16, line_end: 2}",
    )


def _candidates(text: RawText, spans: Sequence[RawSpan]) -> list[Convention]:
    stored_width = 2 if "\r\n" in text.stored else 1
    boms = [False, True] if text.had_bom else [False]
    # Line ends as stored first: of readings that agree on every span the first names the convention.
    found = [
        Convention(u, w, b) for b, u, w in product(boms, ("code point", "utf-16"), (stored_width, 3 - stored_width))
    ]
    if any(s.name for s in spans):  # only quotes can tell an inclusive end from an exclusive one
        found += [replace(c, end_inclusive=True) for c in found]
    return found


def _positions(text: RawText, convention: Convention) -> npt.NDArray[np.int64]:
    """The stored position of each canonical code point, and of the end of the text."""
    characters = np.frombuffer(text.canonical.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    width = np.ones(len(characters), dtype=np.int64)
    if convention.unit == "utf-16":
        width[characters > 0xFFFF] = 2
    ends = characters == 0x0A
    if convention.line_end == 2 and "\r\n" in text.stored:  # mixed files: only a stored CRLF counts twice
        width[ends] = [len(end) for end in re.findall(r"\r\n|\r|\n", text.stored)]
    else:
        width[ends] = convention.line_end
    start = 1 if convention.bom else 0
    return np.concatenate([[start], start + np.cumsum(width)])


def _read(text: RawText, spans: Sequence[RawSpan], convention: Convention) -> Reading:
    canonical, read = text.canonical, read_under(text, spans, convention)
    named = [(canonical[slice(*at)], s.name) for s, at in zip(spans, read, strict=True) if at and s.name]
    quotes, exact = sum(_same(quote, name) for quote, name in named), sum(quote == name for quote, name in named)
    boundaries = sum(_starts_word(canonical, at[0]) + _ends_word(canonical, at[1]) for at in read if at)
    return Reading(convention, read, quotes, exact, boundaries, frozenset((convention,)))


def _distinct(readings: Sequence[Reading]) -> list[Reading]:
    """One reading for each different outcome; readings that place nothing are dropped if another places some."""
    seen: dict[tuple[tuple[int, int] | None, ...], Reading] = {}
    for reading in readings:
        first = seen.setdefault(reading.spans, reading)
        seen[reading.spans] = replace(first, also=first.also | reading.also)
    placed = [r for r in seen.values() if any(r.spans)]
    return placed or list(seen.values())[:1]


def _by_quotes(readings: Sequence[Reading], spans: Sequence[RawSpan]) -> Reading | None:
    named = sum(1 for s in spans if s.name)
    lead = max(1, CLEAR_LEAD * named)
    ranked = sorted(readings, key=lambda r: (-r.quotes, -r.exact))
    best, second = ranked[0], ranked[1]
    if not named or best.quotes < QUOTES_NEEDED * named:
        return None
    if best.quotes - second.quotes >= lead:
        told = f"{best.quotes} of {named} selections equal the quote they carry (next best: {second.quotes})"
    elif best.exact - max(r.exact for r in ranked[1:]) >= lead:  # a line end more or less is no other quote to the eye
        told = f"{best.exact} of {named} selections equal the quote they carry to the letter (next best: {max(r.exact for r in ranked[1:])})"
    else:
        return None
    return _because(best, told, "quotes")


def _by_boundaries(readings: Sequence[Reading], spans: Sequence[RawSpan], text: RawText) -> Reading | list[Reading]:
    # Only quotes are evidence enough for an inclusive end, or for CRLF counted where LF is stored.
    usual = [
        r
        for r in readings
        if not r.convention.end_inclusive and not (r.convention.line_end == 2 and "\r\n" not in text.stored)
    ]
    ends = 2 * len(spans)
    ranked = sorted(usual, key=lambda r: -r.boundaries)
    if not ranked:
        return list(readings)
    best, rivals = ranked[0], ranked[1:]
    second = rivals[0].boundaries if rivals else 0
    found = f"{best.boundaries} of {ends} ends on word boundaries"
    if not rivals and (best.boundaries >= BOUNDARIES_NEEDED * ends or len(spans) < FEW_SPANS):
        return _because(best, f"{found}; no other usual convention fits the text", "boundaries")
    # Two ends and a tenth: with a handful of selections one accidental boundary must not decide.
    if best.boundaries < BOUNDARIES_NEEDED * ends or best.boundaries - second < max(2, CLEAR_LEAD * ends):
        return ranked if rivals else list(readings)
    return _because(best, f"{found} (next best: {second})", "boundaries")


def _because(reading: Reading, evidence: str, basis: str) -> Reading:
    return replace(reading, convention=replace(reading.convention, evidence=evidence, basis=basis))


def _same(quote: str, name: str) -> bool:
    one, two = " ".join(quote.split()), " ".join(name.split())
    cut = two.rstrip("….")
    return one == two or (len(cut) < len(two) and len(cut) >= 10 and one.startswith(cut))


def _starts_word(text: str, at: int) -> bool:
    return not text[at].isspace() and _boundary(text, at)


def _ends_word(text: str, at: int) -> bool:
    return not text[at - 1].isspace() and _boundary(text, at)


def _boundary(text: str, at: int) -> bool:
    """Whether a person could have cut here: not inside a word, nor inside what is drawn as one character."""
    if not 0 < at < len(text):
        return True
    before, after = text[at - 1], text[at]
    inside = before == JOINER or after == JOINER or unicodedata.category(after) in ("Mn", "Me") or after in EMOJI_PARTS
    return not inside and not (_wordy(before) and _wordy(after))


def _wordy(character: str) -> bool:
    return character.isalnum() or character in "'’_"
