"""What erased persons were called, as salted hashes: others may still name them, and what others say is masked as before.

Their identifiers and names are on the list of erased persons word by word ("words") with the first word by itself ("first"),
so that a text is looked through with one hash a distinct word. A name of one word counts in the spelling given only ("name").
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from .erasures import Erasures
from .masking.names import forms, may_be_a_word
from .masking.roles import persons

MOST_WORDS = 6
_WORD = re.compile(r"[^\W_]+")


class ErasedWords:
    """Looks up what erased persons were called."""

    def __init__(self, erasures: Erasures) -> None:
        self._erasures = erasures
        self._known: dict[tuple[str, str], bool] = {}

    def __bool__(self) -> bool:
        return bool(self._erasures)

    def begins(self, word: str) -> bool:
        """Whether something that erased persons were called begins with a (folded) word."""
        return self._holds("first", word)

    def holds(self, words: Iterable[str]) -> bool:
        """Whether these (folded) words are what an erased person was called."""
        return self._holds("words", " ".join(words))

    def names(self, word: str) -> bool:
        """Whether a word is the name of an erased person, in this spelling."""
        return self._holds("name", word)

    def stand_in(self, key: str) -> str:
        """The hash that stands for a key of the register that names an erased person; any other key as it is."""
        words = _WORD.findall(key)
        if self and (self.holds(words) or any(self.names(w) for w in (key, key.title()))):
            return f"\0gone {self._erasures.hash('register', ' '.join(words))}"
        return key

    def _holds(self, kind: str, value: str) -> bool:
        found = self._known.get((kind, value))
        if found is None:
            found = self._known[kind, value] = bool(self._erasures) and self._erasures.holds(kind, [value])[0]
        return found


def remember_words(erasures: Erasures, identifiers: Iterable[str], labels: Iterable[str]) -> None:
    """Put what persons were called on the list. identifiers: folded; labels: of speakers, roles in them are left out."""
    names = {f for label in labels for name in persons(label) for f in forms(name)}
    words = [_WORD.findall(i) for i in identifiers] + [w for n in names if len(w := _WORD.findall(n.casefold())) > 1]
    hashes: set[str] = set()
    for found in words:
        if 0 < len(found) <= MOST_WORDS:
            hashes |= {erasures.hash("first", found[0]), erasures.hash("words", " ".join(found))}
    hashes |= {erasures.hash("name", n) for n in names if len(n) >= 3 and _WORD.fullmatch(n) and not may_be_a_word(n)}
    erasures.add(hashes)
