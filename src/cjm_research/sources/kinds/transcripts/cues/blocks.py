"""Cues out of the lines of a WebVTT or SRT file, or of a document that holds such lines; what is no cue is counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from ..model import Leftover, Memo
from ..text import seconds

_STAMP = r"(?:\d{1,4}:)?\d{1,2}:\d{1,2}(?:[.,]\d{1,3})?"
TIMING = re.compile(rf"^\s*({_STAMP})(?:\s*-->\s*|,(?=\d{{1,2}}:\d\d:\d\d\.\d{{3}}\s*$))({_STAMP})(?:\s|$)")
_NUMBER = re.compile(r"\s*\d+\s*")


@dataclass(frozen=True)
class Cue:
    """One cue: its line from 1, its id, its times in seconds, and its lines of words as stored."""

    line: int
    id: str
    start_s: float
    end_s: float
    lines: tuple[str, ...]

    @property
    def payload(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)


@dataclass
class Blocks:
    """What a file is made of."""

    cues: list[Cue]
    memos: list[Memo]
    leftovers: list[Leftover]
    notes: list[str]


def read_blocks(text: str, kind: str) -> Blocks:
    """Cues and what is none. kind: webvtt, srt, or lines (a document in which lines of times stand above the words)."""
    if kind == "lines":
        return _timed_lines(text)
    found = Blocks([], [], [], [])
    skipped: Counter[str] = Counter()
    added = 0
    for number, block in _split(text, blank_is_empty=kind == "webvtt"):
        head = block[0].strip()
        if kind == "webvtt" and number == 1 and head.startswith("WEBVTT"):
            rest = "\n".join([head[6:].strip(" -"), *block[1:]]).strip()
            if not any(TIMING.match(line) for line in block):
                found.memos += [Memo(rest, number)] if rest else []
                continue
        if kind == "webvtt" and re.match(r"NOTE(\s|$)", head):
            found.memos.append(Memo("\n".join([head[4:].strip(), *block[1:]]).strip(), number))
            continue
        if kind == "webvtt" and re.fullmatch(r"STYLE|REGION", head):
            skipped[head] += 1
            continue
        at = next((i for i, line in enumerate(block) if TIMING.match(line)), None)
        if at is None and kind == "srt" and found.cues:  # subtitles have no rule for blank lines within a cue
            last = found.cues.pop()
            found.cues.append(Cue(last.line, last.id, last.start_s, last.end_s, (*last.lines, *block)))
            added += 1
            continue
        if at is None:
            found.leftovers.append(Leftover(number, "\n".join(block), "a block without times"))
            continue
        before = [(number + i, line) for i, line in enumerate(block[: max(0, at - 1)]) if line.strip() and line.strip() != "WEBVTT"]
        found.leftovers += [Leftover(n, line, "a line before a cue's times") for n, line in before]
        found.cues += _cues(number, block, at)
    found.notes += [f"{n} {what} blocks carry no words" for what, n in skipped.items()]
    if added:
        found.notes.append(f"{added} blocks without times follow a cue after a blank line; they are read as its words")
    return found


def _cues(number: int, block: list[str], at: int) -> Iterator[Cue]:
    """The cues of a block. One may follow another without a blank line; its id is then the last line of the payload before."""
    starts = [i for i in range(at, len(block)) if TIMING.match(block[i])]
    for i, start in enumerate(starts):
        last = i + 1 == len(starts)
        until = len(block) if last else starts[i + 1]
        taken = not last and until - 1 > start and _is_id(block, until - 1)
        own = start > 0 and (i == 0 or _is_id(block, start) or _is_id(block, start - 1))
        times = TIMING.match(block[start])
        assert times is not None
        name = block[start - 1].strip() if own and (i == 0 or _is_id(block, start - 1)) else ""
        lines = tuple(line for line in block[start + 1 : until - taken] if line.strip())
        yield Cue(number + start, name, seconds(times[1]), seconds(times[2]), lines)


def _is_id(block: list[str], i: int) -> bool:
    """Whether the line before a cue's times is its id: a number, or a line below one that looks blank."""
    return bool(_NUMBER.fullmatch(block[i])) or (bool(block[i].strip()) and i > 0 and not block[i - 1].strip())


def _timed_lines(text: str) -> Blocks:
    """Cues of a document: all lines from one line of times to the next; the numbers of a pasted subtitle file are no words."""
    found = Blocks([], [], [], [])
    lines = text.split("\n")
    starts = [i for i, line in enumerate(lines) if TIMING.match(line)]
    first = starts[0] if starts else len(lines)
    numbered = sum(_numbers(lines, i) for i in starts) > len(starts) / 2
    found.leftovers = [Leftover(i + 1, line, "before the first times") for i, line in enumerate(lines[:first])
                       if line.strip() and line.strip() != "WEBVTT" and not (numbered and i >= first - 2 and _NUMBER.fullmatch(line))]
    for i, until in zip(starts, [*starts[1:], len(lines)], strict=True):
        times = TIMING.match(lines[i])
        assert times is not None
        said = [line for line in lines[i + 1 : until] if line.strip()]
        if numbered and until < len(lines) and said and _NUMBER.fullmatch(said[-1]):
            said.pop()
        found.cues.append(Cue(i + 1, "", seconds(times[1]), seconds(times[2]), tuple(said)))
    return found


def _numbers(lines: list[str], i: int) -> bool:
    above = next((line for line in reversed(lines[:i]) if line.strip()), "")
    return bool(_NUMBER.fullmatch(above))


def _split(text: str, blank_is_empty: bool) -> Iterator[tuple[int, list[str]]]:
    """Blocks between blank lines, with the number of their first line. In WebVTT a line of spaces is a line of words."""
    block: list[str] = []
    start = 1
    for number, line in enumerate([*text.split("\n"), ""], 1):
        if line.strip() or (blank_is_empty and line and block):
            if not block:
                start = number
            block.append(line)
        elif block:
            yield start, block
            block = []
