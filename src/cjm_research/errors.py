"""The errors a user can meet. Each says where, what was found, what is allowed and what to do next.

Only `NotEnoughData` may become a "not enough data" card in a report: absence and failure never
look alike. Everything else fails the command or the chapter.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class CjmError(Exception):
    """A problem told in words: `where` it is, what was `found`, what is `allowed`, what to do `next`."""

    exit_code = 1

    def __init__(self, where: str, found: str, allowed: str = "", next: str = "") -> None:
        self.where, self.found, self.allowed, self.next = where, found, allowed, next
        super().__init__(self.text())

    def text(self) -> str:
        """The whole message, one line a part; parts left empty are left out."""
        lines = [f"{self.where}: {self.found}"]
        if self.allowed:
            lines.append(f"  allowed: {self.allowed}")
        if self.next:
            lines.append(f"  next: {self.next}")
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.text()

    def __reduce__(self) -> tuple[type[CjmError], tuple[str, str, str, str]]:
        return type(self), (self.where, self.found, self.allowed, self.next)


class BadInput(CjmError):
    """What the user gave (a file, a setting, an argument) cannot be used as it is."""

    exit_code = 2


class BadInputs(BadInput):
    """Several `BadInput` at once, so that one run of `cjm check` tells everything."""

    def __init__(self, problems: Iterable[CjmError]) -> None:
        self.problems = list(problems)
        first = self.problems[0]
        super().__init__(first.where, first.found, first.allowed, first.next)

    def text(self) -> str:
        return "\n".join(CjmError.text(problem) for problem in self.problems)

    def __reduce__(self):  # type: ignore[no-untyped-def]
        return type(self), (self.problems,)


class NotEnoughData(CjmError):
    """The client has not (enough of) the data a question needs. A normal state, shown as a card."""

    exit_code = 0


class WouldExposePerson(CjmError):
    """What is about to be written could identify a person; nothing was written."""

    exit_code = 3


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` Did you mean 'x'?` for the nearest of `known`, or an empty string."""
    near = difflib.get_close_matches(word, [str(k) for k in known], n=1, cutoff=0.6)
    return f" Did you mean {near[0]!r}?" if near else ""


def unknown(where: str, what: str, word: str, known: Iterable[str], next: str = "") -> BadInput:
    """`BadInput` for a `word` that is none of the `known` names of a `what`."""
    names = sorted(str(k) for k in known)
    listed = ", ".join(names) if names else "none is defined yet"
    return BadInput(where, f"unknown {what} {word!r}.{did_you_mean(word, names)}", listed, next)
