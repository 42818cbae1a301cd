"""A transcript as parsed: canonical text, turns, and everything that did not fit."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .speakers import Known

MAX_BYTES = 64 * 2**20  # of one file; a three-hour transcript has less than 1 MB


@dataclass(frozen=True)
class Settings:
    """How a file is read where the file does not say.

    style: name of a text style instead of the vote; speakers: labels known beforehand (or name → aliases), which
    always count; encoding: where the file is neither UTF-8 nor marked; interviewers: labels of those who ask, known
    too; never: labels before a colon that are no speakers.
    """

    style: str | None = None
    speakers: Sequence[str] | Mapping[str, Sequence[str]] = ()
    encoding: str | None = None
    interviewers: Sequence[str] = ()
    never: Sequence[str] = ()

    def known(self) -> Known:
        """The declared speakers."""
        return Known(self.speakers, self.interviewers, self.never)


@dataclass(frozen=True)
class Turn:
    """One speaker's stretch: code points of the canonical text, end exclusive, without the label.

    `start_s`, `end_s`: seconds in the recording, None where the file has none.
    """

    start: int
    end: int
    speaker: str | None = None
    start_s: float | None = None
    end_s: float | None = None


@dataclass(frozen=True)
class Memo:
    """A remark of the file that nobody said (a NOTE block), with the line it stands on, from 1."""

    text: str
    line: int


@dataclass(frozen=True)
class Leftover:
    """Text of the file that belongs to no turn, with its line, from 1, and why."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True)
class Transcript:
    """A parsed transcript.

    text: canonical (LF, otherwise as stored); style: how turns were told apart; votes: turns that each style
    would have given, for confirmation; uncertain: what looks like a label and was not taken for a speaker, `doubtful`
    the same with its lines, from 1; joint: labels of several people; repeated: words of captions that were joined;
    notes: what else a reader should know; raw_sha256: of the file as delivered.
    """

    text: str
    turns: tuple[Turn, ...]
    style: str
    memos: tuple[Memo, ...] = ()
    leftovers: tuple[Leftover, ...] = ()
    votes: Mapping[str, int] = field(default_factory=dict)
    uncertain: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    raw_sha256: str = ""
    doubtful: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    joint: tuple[str, ...] = ()
    repeated: int = 0

    @property
    def sha256(self) -> str:
        """SHA-256 of the canonical text as UTF-8."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def speakers(self) -> dict[str, int]:
        """Turns by speaker, in order of appearance."""
        found: dict[str, int] = {}
        for turn in self.turns:
            if turn.speaker:
                found[turn.speaker] = found.get(turn.speaker, 0) + 1
        return found

    def first(self, count: int = 10) -> list[tuple[str | None, str]]:
        """The first turns as (speaker, words), to confirm that they were told apart rightly."""
        return [(t.speaker, self.text[t.start : t.end]) for t in self.turns[:count]]
