"""How much a caveat weighs: a note, a limit, or what must be settled first. It is a text all the same, and is told where texts are told.

A plain text among the caveats of an answer is a limit: it changes how the answer is read. A `Note` says how something was counted and
stands behind "How this was counted". A `Blocker` must be settled before anybody uses the figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class Note(str):
    """How something was counted or left out, as it was meant to be."""

    __slots__ = ()


class Blocker(str):
    """What must be settled before the figures are used."""

    __slots__ = ()


_KINDS: dict[str, type[str]] = {"note": Note, "blocker": Blocker}


def weight(caveat: str) -> str:
    """Name what a caveat is: note, limit or blocker."""
    return next((name for name, kind in _KINDS.items() if isinstance(caveat, kind)), "limit")


def of_weight(caveats: Sequence[str], name: str) -> list[str]:
    """Take the caveats of one weight, as plain texts."""
    return [str(c) for c in caveats if weight(c) == name]


def like(caveat: str, text: str) -> str:
    """Give a text the weight of a caveat: the same said of something, or with more words."""
    kind = _KINDS.get(weight(caveat))
    return kind(text) if kind else text


def to_plain(caveats: Sequence[str]) -> list[Any]:
    """Write caveats as plain values; a limit is its text."""
    return [str(c) if weight(c) == "limit" else {weight(c): str(c)} for c in caveats]


def from_plain(values: Sequence[Any]) -> list[str]:
    """Read what `to_plain` gave."""
    return [v if isinstance(v, str) else _KINDS[next(iter(v))](next(iter(v.values()))) for v in values]
