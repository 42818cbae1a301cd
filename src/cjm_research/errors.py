"""The errors a user can meet. Each says where, what was found, what is allowed and what to do next.

Only `NotEnoughData` may become a "not enough data" card in a report: absence and failure never
look alike. Everything else fails the command or the chapter.
"""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import os
import re
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path

LONGEST_PART = {"where": 300, "found": 900, "allowed": 700, "next": 500}  # characters of a message's parts
LONGEST_TEXT = 3_000  # of several problems told at once
MOST_PROBLEMS = 10  # told at once; more are counted
LONGEST_DETAILS = 200_000  # of a log file
_UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


class CjmError(Exception):
    """A problem told in words: `where` it is, what was `found`, what is `allowed`, what to do `next`."""

    exit_code = 1

    def __init__(self, where: str, found: str, allowed: str = "", next: str = "") -> None:
        self.where, self.found, self.allowed, self.next = where, found, allowed, next
        super().__init__(self.text())

    def text(self) -> str:
        """The whole message, one line a part; parts left empty are left out, long ones cut, unseen characters written out."""
        where, found, allowed, next_ = (shortened(getattr(self, part), longest) for part, longest in LONGEST_PART.items())
        lines = [f"{where}: {found}"]
        if allowed:
            lines.append(f"  allowed: {allowed}")
        if next_:
            lines.append(f"  next: {next_}")
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.text()

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows in the place of a traceback: the message, and which line of the cell asked.

        The steps in between are ours and help nobody.
        """
        here = os.path.dirname(os.path.abspath(__file__))
        own = [f for f in traceback.extract_tb(self.__traceback__) if not os.path.abspath(f.filename).startswith(here) and "site-packages" not in f.filename]
        asked = [f"line {own[-1].lineno}: {own[-1].line}"] if own and own[-1].line else []
        return [printable(self.text()), *map(printable, asked)]

    def __reduce__(self) -> tuple[type[CjmError], tuple[str, str, str, str]]:
        return type(self), (self.where, self.found, self.allowed, self.next)


class Stopped(KeyboardInterrupt):
    """Ctrl-C, or the square of a notebook, while something was computed: one line instead of all the steps it was in."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"{what}: stopped; nothing of it was kept")

    def _render_traceback_(self) -> list[str]:
        return [printable(str(self))]

    def __reduce__(self) -> tuple[type[Stopped], tuple[str]]:
        return type(self), (self.what,)


@contextlib.contextmanager
def stoppable(what: str) -> Iterator[None]:
    """Within, Ctrl-C ends in one line that says what was stopped."""
    try:
        yield
    except KeyboardInterrupt:
        raise Stopped(what) from None


class BadInput(CjmError):
    """What the user gave (a file, a setting, an argument) cannot be used as it is."""

    exit_code = 2


class BadInputs(BadInput):
    """Several `BadInput` at once, so that one run of `cjm check` tells everything; of many the first are shown."""

    def __init__(self, problems: Iterable[CjmError], more: int = 0) -> None:
        self.problems, self.more = list(problems), more
        first = self.problems[0]
        super().__init__(first.where, first.found, first.allowed, first.next)

    def text(self) -> str:
        told: list[str] = []
        for problem in self.problems[:MOST_PROBLEMS]:
            text = problem.text()
            if told and len(text) + sum(map(len, told)) > LONGEST_TEXT:
                break
            told.append(text)
        if more := len(self.problems) - len(told) + self.more:
            told.append(f"… and {more:,} more problem{'s' if more > 1 else ''}; mend these first and run the command again")
        return "\n".join(told)

    def __reduce__(self):  # type: ignore[no-untyped-def]
        return type(self), (self.problems, self.more)


class TablesGone(BadInput):
    """The tables of a study were taken away since it was opened, by an erasure; a study opened now has those of after it."""

    def __init__(self, client: str) -> None:
        self.client = client
        super().__init__(f"study of client {client}", "the tables it was opened on are gone: persons were erased since", "a study opened after the erasure",
                         f"open it again: open_study({client!r})")

    def __reduce__(self):  # type: ignore[no-untyped-def]
        return type(self), (self.client,)


class Unforeseen(BadInput):
    """What no reader foresaw. `report` tells equal faults by one id; `details` holds the traceback, for the log only."""

    def __init__(self, where: str, found: str, allowed: str, next: str, report: str = "", details: str = "") -> None:
        super().__init__(where, found, allowed, next)
        self.report, self.details = report, details

    def __reduce__(self):  # type: ignore[no-untyped-def, override]
        return type(self), (self.where, self.found, self.allowed, self.next, self.report, self.details)


class NotEnoughData(CjmError):
    """The client has not (enough of) the data a question needs. A normal state, shown as a card."""

    exit_code = 0


class WouldExposePerson(CjmError):
    """What is about to be written could identify a person; nothing was written."""

    exit_code = 3


def unforeseen(where: str, error: BaseException, what: str, allowed: str, next: str) -> Unforeseen:
    """The message for an error that nobody foresaw: its kind, its first line and a report id that equal faults share."""
    frames = [f"{frame.filename}:{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    report = hashlib.sha256("\n".join([type(error).__name__, *frames]).encode()).hexdigest()[:8]
    said = first_line(str(error))
    details = "".join(traceback.format_exception(error))
    return Unforeseen(where, f"{what} ({type(error).__name__}{': ' if said else ''}{shortened(said, 160)}; report {report})", allowed,
                      f"{next}; the details lie in data/logs/{report}.txt", report, details)


def first_line(text: str) -> str:
    """The first line of a text that has words."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def keep_details(problem: CjmError, folder: Path) -> CjmError:
    """Write the details of what nobody foresaw into a folder that only its owner can read; returns the problem."""
    for one in problem.problems if isinstance(problem, BadInputs) else [problem]:
        if isinstance(one, Unforeseen) and one.details:
            with contextlib.suppress(OSError):  # a full or read-only disk must not hide the message
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                file = os.open(folder / f"{one.report}.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                with open(file, "w", encoding="utf-8", errors="backslashreplace") as out:
                    out.write(one.details[:LONGEST_DETAILS])
    return problem


def shortened(text: str, longest: int) -> str:
    """The text on at most so many characters: of a list the first entries and how many more, else both ends.

    Characters that are not seen or would steer a terminal are written out, as `\\x1b`.
    """
    return _UNSEEN.sub(lambda m: m[0].encode("unicode_escape").decode(), _cut(str(text), longest))


def _cut(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    entries = text.split(", ")
    if len(entries) > 5:
        kept, room = 0, longest - 20
        while kept < len(entries) and (room := room - len(entries[kept]) - 2) >= 0:
            kept += 1
        if kept > 2:
            return ", ".join(entries[:kept]) + f", … and {len(entries) - kept:,} more"
    end = longest // 4
    return f"{text[: longest - end - 3]} … {text[-end:]}"


#: what a terminal obeys or hides: control characters, overrides of the writing direction, halves of surrogate pairs
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def printable(text: object) -> str:
    """Text as a terminal may show it: what it would obey stands as an escape ("\\x1b"); tabs and ends of lines stay."""
    return _UNPRINTABLE.sub(lambda m: m[0].encode("unicode_escape").decode(), str(text))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` Did you mean 'x'?` for the nearest of `known`, or an empty string."""
    if len(word) > 120:  # no name; the comparison takes the product of the lengths
        return ""
    near = difflib.get_close_matches(word, [k for k in map(str, known) if len(k) <= 120][:2_000], n=1, cutoff=0.6)
    return f" Did you mean {near[0]!r}?" if near else ""


def unknown(where: str, what: str, word: str, known: Iterable[str], next: str = "") -> BadInput:
    """`BadInput` for a `word` that is none of the `known` names of a `what`."""
    names = sorted(str(k) for k in known)
    listed = ", ".join(names) if names else "none is defined yet"
    return BadInput(where, f"unknown {what} {word!r}.{did_you_mean(word, names)}", listed, next)
