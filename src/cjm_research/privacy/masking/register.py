"""Pseudonyms of masked words: numbered by kind in order of appearance, never given twice, kept in the vault."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

from ...errors import BadInput
from ...files import write_text_whole

_FORGOTTEN = "\0erased "  # no text holds a NUL, so no name meets the place of an erased one


class Register:
    """kind → key → number, on disk where a file is given. The file can undo the masking: it belongs into the vault."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.stand_in: Callable[[str], str] = str  # what is written for a key: a hash for those of erased persons
        self._used: set[tuple[str, str]] = set()
        self._numbers: dict[str, dict[str, int]] = {}
        if path is not None and path.is_file():
            try:
                self._numbers = json.loads(path.read_text(encoding="utf-8"))
            except ValueError as cause:
                raise BadInput(
                    str(path.name),
                    f"the register of pseudonyms is damaged ({cause})",
                    "a readable register of masked words",
                    "restore it from a backup; without it the pseudonyms of earlier reports change",
                ) from cause

    def label(self, kind: str, key: str) -> str:
        """The pseudonym, e.g. "Person 3"; the same for the same key in every build."""
        key, numbers = self.stand_in(key), self._numbers.setdefault(kind, {})
        self._used.add((kind, key))
        return f"{kind} {numbers.setdefault(key, len(numbers) + 1)}"

    def named(self, labels: Iterable[str]) -> list[str]:
        """Whom pseudonyms ("Person 3") stand for, in lower case."""
        wanted = set(labels)
        return [k for kind, numbers in self._numbers.items() for k, number in numbers.items()
                if f"{kind} {number}" in wanted and not k.startswith(_FORGOTTEN)]

    def forget(self, labels: Iterable[str]) -> int:
        """Forget whom pseudonyms ("Person 3") stand for; their numbers are not given again. Returns how many."""
        wanted = set(labels)
        return self._forget(lambda kind, _, number: f"{kind} {number}" in wanted)

    def forget_unused(self) -> int:
        """Forget every key that was not asked for since the register was read; numbers are not given again. Returns how many."""
        return self._forget(lambda kind, key, _: (kind, key) not in self._used)

    def _forget(self, chosen: Callable[[str, str, int], bool]) -> int:
        count = 0
        for kind, numbers in self._numbers.items():
            for key in [k for k, number in numbers.items() if not k.startswith(_FORGOTTEN) and chosen(kind, k, number)]:
                number = numbers.pop(key)
                numbers[f"{_FORGOTTEN}{number}"] = number
                count += 1
        return count

    def save(self) -> None:
        """Write the register, whole or not at all, readable for its owner only."""
        if self.path is None:
            return
        write_text_whole(self.path, json.dumps(self._numbers, ensure_ascii=False, indent=1, sort_keys=True))
