"""Finding a quote's place again when the text was changed after coding.

Order of evidence (W3C Web Annotation Data Model 2017, text quote selector): the quote itself, told apart by
its context; the quote but for white space; what now stands between its two contexts. Nothing is guessed: two
places that fit equally well are none.
"""

from __future__ import annotations

import re

from .events import CONTEXT

MIN_CONTEXT = 12  # characters a context must have to place a changed quote on its own
SHORT = 20  # characters of a quote below which its text alone ("Yes.") says little about the place
SHORT_CONTEXT = 6  # characters of context that must then agree
MAX_GROWTH = 64  # characters a quote may have grown (a masked name, a correction) and still be the same passage


def context(text: str, start: int, end: int) -> tuple[str, str]:
    """Up to 32 characters before and after a span."""
    return text[max(0, start - CONTEXT):start], text[end:end + CONTEXT]


def relocate(text: str, quote: str, before: str, after: str) -> tuple[int, int] | None:
    """The span (code points, end exclusive) of a quote in a changed text, or None where that is not certain."""
    exact = [(m.start(), m.start() + len(quote)) for m in re.finditer(f"(?={re.escape(quote)})", text)] if quote else []
    if exact:
        return _best(text, exact, before, after)
    words = quote.split()
    if words:
        loose = [m.span() for m in re.finditer(r"\s+".join(map(re.escape, words)), text)]
        if loose:
            return _best(text, loose, before, after)
    return _between(text, len(quote), before, after)


def _best(text: str, spans: list[tuple[int, int]], before: str, after: str) -> tuple[int, int] | None:
    fits = [(_common_end(text[:s], before) + _common_start(text[e:e + CONTEXT], after), (s, e)) for s, e in spans]
    fits.sort(reverse=True)
    fit, (start, end) = fits[0]
    alone = len(fits) == 1 or fit > fits[1][0]
    placed = end - start >= SHORT or fit >= min(SHORT_CONTEXT, len(before) + len(after))
    return (start, end) if alone and placed else None


def _between(text: str, length: int, before: str, after: str) -> tuple[int, int] | None:
    if len(before) < MIN_CONTEXT or len(after) < MIN_CONTEXT or text.count(before) != 1:
        return None
    start = text.index(before) + len(before)
    limit = start + 2 * length + MAX_GROWTH + len(after)
    end = text.find(after, start, limit)
    return (start, end) if end > start and text.count(after, start, limit) == 1 else None


def _common_start(one: str, two: str) -> int:
    return next((i for i, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))


def _common_end(one: str, two: str) -> int:
    return _common_start(one[-CONTEXT:][::-1], two[::-1])
