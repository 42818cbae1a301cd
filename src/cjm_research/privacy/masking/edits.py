"""What masking changed in a text, and where spans of the old text lie in the new one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True)
class Edit:
    """One replacement: code points of the original text, end exclusive, and what stands there now."""

    start: int
    end: int
    replacement: str
    kind: str
    original: str


@dataclass(frozen=True)
class Masked:
    """A masked text with its edits in order; they do not overlap."""

    text: str
    edits: tuple[Edit, ...]

    def move(self, start: int, end: int) -> tuple[int, int]:
        """Where a span of the original lies now. A span that cuts into a replaced stretch takes the whole of it."""
        starts = [e.start for e in self.edits]
        shifts = [0, *accumulate(len(e.replacement) - (e.end - e.start) for e in self.edits)]

        def at(position: int, is_end: bool) -> int:
            i = bisect_right(starts, position - is_end) - 1
            if i < 0:
                return position
            edit = self.edits[i]
            if position - is_end < edit.end:  # inside the replaced stretch
                new = edit.start + shifts[i]
                return new + len(edit.replacement) if is_end else new
            return position + shifts[i + 1]

        return at(start, False), max(at(end, True), at(start, False))


def apply_edits(text: str, found: Iterable[Edit]) -> Masked:
    """The text with its edits applied; of overlapping ones the first in reading order stays, then the longest."""
    kept: list[Edit] = []
    for edit in sorted(found, key=lambda e: (e.start, -(e.end - e.start))):
        if not kept or edit.start >= kept[-1].end:
            kept.append(edit)
    parts, at = [], 0
    for edit in kept:
        parts += [text[at : edit.start], edit.replacement]
        at = edit.end
    return Masked("".join([*parts, text[at:]]), tuple(kept))
