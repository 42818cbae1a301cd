"""Identifiers of the client's own customers in texts: those that are known, and those that look like them.

A key column whose values have one form ("BK123456") teaches that form; a number in a ticket that has it is taken for
a customer's, also where the customer is in no other export.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .roles import is_role

LEAST_DIGITS = 6  # of a known number; shorter ones cannot be told from amounts, and need a word such as "customer no."
_LEAST_KEYS = 5  # of a form, before it is believed
_LEAST_SHARE = 0.05  # of a key type's values
_TOKEN = re.compile(r"[\w@.+:/%-]+")
_RUNS = re.compile(r"(?P<digits>\d+)|(?P<letters>[^\W\d_]+)|(?P<other>[\W_]+)")
_HEX = re.compile(r"(?=[0-9a-fA-F-]*\d)[0-9a-fA-F]{8,64}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True)
class KnownIds:
    """Which identifiers are looked for in texts. keys: as they are; forms: patterns learnt from them."""

    keys: frozenset[str] = frozenset()
    forms: tuple[str, ...] = ()

    def find(self, text: str) -> list[tuple[int, int]]:
        """(start, end) of each occurrence, in reading order."""
        return sorted({*self._exact(text), *(m.span() for form in self.forms for m in re.finditer(form, text))})

    def _exact(self, text: str) -> Iterator[tuple[int, int]]:
        if self.keys:
            for m in _TOKEN.finditer(text):
                token = m[0].strip(".:/+%")
                start = m.start() + m[0].index(token)
                if token in self.keys or token.casefold() in self.keys:
                    yield start, start + len(token)
                elif any(c in token for c in ":/"):  # "user:4711-22" holds one too
                    yield from ((start + p.start(), start + p.end()) for p in re.finditer(r"[^:/]+", token) if p[0] in self.keys)


def known_ids(keys: Mapping[str, Iterable[str]]) -> KnownIds:
    """What to look for. keys: key type → raw identifiers of a client."""
    forms: list[str] = []
    found: set[str] = set()
    for values in keys.values():
        listed = [v for v in values if v]
        found.update(v for v in listed if _telling(v))
        forms += _forms(listed)
    return KnownIds(frozenset(found), tuple(dict.fromkeys(forms)))


def _telling(key: str) -> bool:
    """Whether a key can be told from ordinary words and numbers of a text."""
    if key.isdigit():
        return len(key) >= LEAST_DIGITS
    return len(key) >= 3 and not key.isspace() and not (key.isalpha() and is_role(key))


def _forms(keys: Sequence[str]) -> list[str]:
    """Patterns of the forms that many keys share."""
    if all(_HEX.fullmatch(k) for k in keys[:100]) and len(keys) >= _LEAST_KEYS:
        lengths = sorted({len(k) for k in keys})
        return [rf"(?<![\w-])(?=[0-9a-fA-F-]*\d)(?=[0-9a-fA-F-]*[a-fA-F])[0-9a-fA-F-]{{{lengths[0]},{lengths[-1]}}}(?![\w-])"] if lengths[0] >= 12 else []
    counts: Counter[tuple[str, ...]] = Counter()
    lengths_of: dict[tuple[str, ...], list[set[int]]] = defaultdict(list)
    for key in keys:
        parts = list(_RUNS.finditer(key))
        shape = tuple("\0" if p.lastgroup == "digits" else p[0] for p in parts)
        runs = [len(p[0]) for p in parts if p.lastgroup == "digits"]
        counts[shape] += 1
        seen = lengths_of[shape] or [set() for _ in runs]
        for have, length in zip(seen, runs, strict=True):
            have.add(length)
        lengths_of[shape] = seen
    return [form for shape, n in counts.items() if n >= max(_LEAST_KEYS, _LEAST_SHARE * len(keys)) and (form := _pattern(shape, lengths_of[shape]))]


def _pattern(shape: tuple[str, ...], lengths: Sequence[set[int]]) -> str:
    """The pattern of a form that is telling enough, else an empty one: letters or signs with four digits, or one length of eight and more."""
    least = sum(min(n) for n in lengths)
    plain = "".join(p for p in shape if p != "\0")
    if "@" in plain or not lengths or (least < 4 if plain else least < 8 or len(lengths[0]) > 1):
        return ""
    runs = iter(lengths)
    body = "".join(_run(next(runs)) if part == "\0" else re.escape(part) for part in shape)
    return rf"(?<![\w.,-]){body}(?![\w-]|[.,]\d)"


def _run(lengths: set[int]) -> str:
    low, high = min(lengths), max(lengths)
    return rf"\d{{{low}}}" if low == high else rf"\d{{{low},{high}}}"
