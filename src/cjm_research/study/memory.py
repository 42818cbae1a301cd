"""What was made of a study once and is kept while it is open: the one memo that questions use."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from ..engine import reads

Kept = TypeVar("Kept")


class Memory:
    """Key → what was made, and what was read for it."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, tuple[Any, reads.Reads]] = {}

    def take(self, key: Hashable, make: Callable[[], Kept]) -> Kept:
        """What is kept under a key, made at first use; what was read for it is noted again each time.

        No lock is held while it is made, since what makes it may ask from threads of its own: two that come at once make it
        twice, and both get the first.
        """
        if key in self._kept:
            found, read = self._kept[key]
            reads.note_all(read.states)
            if read.unknown:
                reads.note_unknown(read.unknown)
            return found  # type: ignore[no-any-return]
        with reads.recorded() as read:
            made = make()
        return self._kept.setdefault(key, (made, read))[0]  # type: ignore[no-any-return]

    def forget(self, *tables: str) -> None:
        """Drop what rests on tables."""
        self._kept = {key: kept for key, kept in self._kept.items() if not set(tables) & set(kept[1].states)}
