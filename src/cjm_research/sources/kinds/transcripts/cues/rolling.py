"""Roll-up captions: each cue shows the line before again, so that words stand in two or three cues and were said once."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

TOUCHING_S = 1.0  # a longer pause clears the screen
LEAST_SHARE = 0.45  # of neighbouring cues that repeat, for a file to be of rolling captions
LEAST_PAIRS = 2
FEWEST_WRAPPED = 2  # words of a line that was wrapped anew; one word alone comes back in speech
LONG = 3  # words that nobody repeats every other time


def repeated(cues: Sequence[tuple[float, float, Sequence[str]]]) -> list[int]:
    """How many words at the beginning of each cue (start, end, lines) stand in the cue before already; zeros where captions do not roll."""
    drops = [0] * len(cues)
    shown = [i for i, (_, _, lines) in enumerate(cues) if any(line.split() for line in lines)]
    fresh = longer = pairs = rows = 0
    for before, now in itertools.pairwise(shown):
        if cues[now][0] - cues[before][1] > TOUCHING_S:
            continue
        pairs += 1
        drops[now] = _overlap(cues[before][2], cues[now][2])
        said = sum(len(line.split()) for line in cues[now][2])
        fresh += 0 < drops[now] < said
        longer += drops[now] >= LONG
        rows += 2 <= drops[now] < said and len(cues[now][2]) > 1
    rolling = sum(d > 0 for d in drops)
    least = LEAST_PAIRS if pairs > LEAST_PAIRS or not rows else 1  # a file of two or three cues can show it once
    if rolling >= max(least, LEAST_SHARE * pairs) and (fresh or longer >= LEAST_SHARE * pairs):
        return drops
    return [0] * len(cues)


def _overlap(before: Sequence[str], now: Sequence[str]) -> int:
    """Words at the beginning of a cue that are the last lines, or all the words, of the one before, or at least `FEWEST_WRAPPED` of its last words.

    Live captions correct capitals and commas of a line that they show again, and wrap it anew.
    """
    said = [_plain(w) for line in now for w in line.split()]
    for i in range(len(before)):
        tail = [_plain(w) for line in before[i:] for w in line.split()]
        if tail and said[: len(tail)] == tail:
            return len(tail)
    last = [_plain(w) for line in before for w in line.split()]
    return next((n for n in range(min(len(last), len(said)), FEWEST_WRAPPED - 1, -1) if last[-n:] == said[:n]), 0)


def _plain(word: str) -> str:
    """A word without its capitals and the signs about it; signs alone stay."""
    return re.sub(r"^\W+|\W+$", "", word).casefold() or word
