"""The number in an answer such as `10 - Extremely likely` or `Extremely likely (10)`, and the words beside it.

A number is taken only where nothing else can be meant: one number, a separator or brackets, and words without digits.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from .texts import fold

_NUMBER = r"[+-]?\d{1,4}(?:[.,]\d{1,2})?"
_PLAIN = r"\d{1,4}(?:[.,]\d{1,2})?"
_BETWEEN = r"(?:->|=>|→|[-=:.|/,;)\]]+)"
_ONLY = re.compile(_NUMBER)
_OF = re.compile(rf"({_PLAIN})\s*(?:/|out of|of|von|sur|de|su|van)\s*({_PLAIN})(?: [^\W\d]+)?")
_POINTS = re.compile(rf"({_NUMBER})\s*(?:stars?|sterne?n?|points?|punkte?n?|pts?|étoiles?|estrellas?|puntos?)")
_STARS = re.compile(r"([★⭐\ufe0f]+)(☆*)")
_LEADING = re.compile(rf"[(\[]?({_NUMBER})(?:[)\]]\s*{_BETWEEN}?|\s*{_BETWEEN}|(?P<bare>))\s*(?(bare)(?<=\s))(\D*[^\W\d]\D*)")
_TRAILING = re.compile(rf"(\D*[^\W\d][^\d(\[]*?)(?:\s*{_BETWEEN}?\s*[(\[]({_NUMBER})[)\]]|\s*{_BETWEEN}\s*({_PLAIN})|\s+({_NUMBER}))")
_MONTH_NAMES = "jan feb mar apr may jun jul aug sep sept oct nov dec mär mai okt dez janv févr avr juin juil août déc ene abr ago dic"  # Excel makes 2-Jan of 1-2
_MONTHS = frozenset(_MONTH_NAMES.split())


@dataclass(frozen=True)
class Answer:
    """A number, the folded words beside it, and whether nothing but a blank stands between."""

    number: float
    words: str = ""
    bare: bool = False


def plain(text: str) -> bool:
    """Whether a text is a number and nothing else."""
    return bool(_ONLY.fullmatch(fold(text)))


def answer(key: str, low: float, high: float) -> Answer | None:
    """What a folded answer says on the scale low…high, or None where it says no number for certain."""
    if _ONLY.fullmatch(key):
        return Answer(_value(key))
    if found := _OF.fullmatch(key):
        return Answer(_value(found[1])) if _value(found[2]) == high else None
    if found := _POINTS.fullmatch(key):
        return Answer(_value(found[1]))
    if found := _STARS.fullmatch(key):
        full = len(found[1].replace("\ufe0f", ""))
        return Answer(float(full)) if not found[2] or full + len(found[2]) == high else None
    return _with_words(key, low)


def _with_words(key: str, low: float) -> Answer | None:
    if both := re.fullmatch(rf"({_PLAIN})(\b.*\D)\b({_PLAIN})[)\]]?", key):  # the number stands on both sides
        key = f"{both[1]}{both[2].rstrip(' ([-:=')}" if _value(both[1]) == _value(both[3]) else key
    if found := _LEADING.fullmatch(key):
        number, words, bare = found[1], found[3], found["bare"] is not None
    elif found := _TRAILING.fullmatch(key):
        number, words, bare = found[2] or found[3] or found[4], found[1], found[4] is not None
        # `very bad -2` is the point −2 of a scale that has one, else a dash before 2
        if found[3] is not None and low < 0 and re.search(r"\s-" + re.escape(found[3]) + "$", key):
            number = "-" + found[3]
    else:
        return None
    words = words.strip(" ()[]-:=.,;/|>")
    return None if not words or words in _MONTHS else Answer(_value(number), words, bare)


def _value(text: str) -> float:
    return float(text.replace(",", "."))


def answers(texts: Iterable[str], low: float, high: float) -> dict[str, Answer]:
    """What each distinct text says, by text; those that say no number are left out.

    With nothing but a blank between (`2 hours`), words that stand with several numbers are a unit of something else,
    not the name of a point.
    """
    found = {t: a for t in texts if (a := answer(fold(t), low, high)) is not None}
    numbers: dict[str, set[float]] = defaultdict(set)
    for a in found.values():
        if a.bare:
            numbers[a.words].add(a.number)
    return {t: a for t, a in found.items() if not a.bare or len(numbers[a.words]) == 1}
