"""Finding a coded quote again in a text: exactly, but for spacing, or by its letters and digits."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Literal

LEAST_LETTERS = 8  # a shorter quote is too common to be found by letters alone


@dataclass(frozen=True)
class Place:
    """Where a quote stands: code points, end exclusive. `count`: how often it occurs; `how` it was found."""

    start: int
    end: int
    count: int
    how: Literal["exact", "spacing", "letters"]


class Locator:
    """Finds quotes in one text; its normalised forms are made once."""

    def __init__(self, text: str) -> None:
        self.text = text

    def find(self, quote: str, near: int | None = None) -> Place | None:
        """The quote's place: the occurrence nearest to `near`, else the first. None where it does not occur.

        Line wraps and page breaks of the export the quote came from are forgiven: whitespace first, then
        everything but letters and digits.
        """
        core = quote.strip()
        if not core:
            return None
        if at := _all(self.text, core):
            start = _nearest(at, near)
            return Place(start, start + len(core), len(at), "exact")
        return self._find_in(self._spaced, " ".join(core.split()), near, "spacing") or self._by_letters(core, near)

    def _by_letters(self, core: str, near: int | None) -> Place | None:
        letters = "".join(c for c, _ in _letters(core))
        found = self._find_in(self._lettered, letters, near, "letters") if len(letters) >= LEAST_LETTERS else None
        if found is None:
            return None
        # Take the signs at the quote's own ends along: “I gave up.” begins and ends with signs.
        first = next(i for i, c in enumerate(core) if c.isalnum())
        last = len(core) - next(i for i, c in enumerate(reversed(core)) if c.isalnum())
        start, end = found.start, found.end
        for sign in reversed(core[:first]):
            if not start or not _like(self.text[start - 1], sign):
                break
            start -= 1
        for sign in core[last:]:
            if end == len(self.text) or not _like(self.text[end], sign):
                break
            end += 1
        return Place(start, end, found.count, "letters")

    def _find_in(
        self, form: tuple[str, list[int]], wanted: str, near: int | None, how: Literal["spacing", "letters"]
    ) -> Place | None:
        normal, back = form
        at = _all(normal, wanted)
        if not at:
            return None
        first = _nearest([back[i] for i in at], near)
        i = next(i for i in at if back[i] == first)
        return Place(first, back[i + len(wanted) - 1] + 1, len(at), how)

    @functools.cached_property
    def _spaced(self) -> tuple[str, list[int]]:
        kept = [
            (c if not c.isspace() else " ", i)
            for i, c in enumerate(self.text)
            if not c.isspace() or (i and not self.text[i - 1].isspace())
        ]
        return "".join(c for c, _ in kept), [i for _, i in kept]

    @functools.cached_property
    def _lettered(self) -> tuple[str, list[int]]:
        kept = _letters(self.text)
        return "".join(c for c, _ in kept), [i for _, i in kept]


def _like(one: str, two: str) -> bool:
    return one == two or any(one in signs and two in signs for signs in ('"“”„«»', "'’‘‚`", "-–—"))


def _letters(text: str) -> list[tuple[str, int]]:
    """Letters and digits, upper and lower case not told apart, with their positions."""
    return [(folded, i) for i, c in enumerate(text) if c.isalnum() for folded in c.casefold()]


def _all(text: str, wanted: str) -> list[int]:
    found, at = [], text.find(wanted)
    while at >= 0:
        found.append(at)
        at = text.find(wanted, at + 1)
    return found


def _nearest(places: list[int], near: int | None) -> int:
    return places[0] if near is None else min(places, key=lambda p: abs(p - near))
