"""Which language a text is in, or that it does not say: by script, then by the words that a language is full of.

A guess costs more than an abstention: a text in another language than its neighbours makes a theme of its own articles. So a short text, and one whose words
two languages share, is of no known language.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from .function_words import WORDS

LETTERS = 20  # of the Latin alphabet, below which a text does not say its language
OTHER_LETTERS = 8  # of another alphabet, which says most by itself
HITS, MARGIN = 2, 2  # words of the language at least, and how many more than of the next
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SCRIPTS = {"HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko", "CJK": "zh", "GREEK": "el", "HEBREW": "he", "ARABIC": "ar", "THAI": "th", "DEVANAGARI": "hi"}
_CYRILLIC = (("uk", "іїєґ"), ("be", "ў"), ("sr", "јљњћђџ"), ("mk", "ѓќѕ"), ("ru", "ыэё"))


def language_of(text: str, allowed: Iterable[str] = ()) -> str | None:
    """ISO 639-1 code of a text's language, None where it cannot be told. allowed: the languages that can occur; empty: any."""
    among = frozenset(allowed)
    folded = unicodedata.normalize("NFC", text).casefold()
    letters = [c for c in folded if c.isalpha()]
    scripts = Counter(unicodedata.name(c, "?").split(" ")[0].split("-")[0] for c in letters[:400])
    found = scripts.most_common(1)
    if not found or found[0][1] < 0.6 * sum(scripts.values()):
        return _one_of("ja", among) if {"HIRAGANA", "KATAKANA"} & scripts.keys() and "CJK" in scripts else None
    script = found[0][0]
    if script == "CJK" and {"HIRAGANA", "KATAKANA"} & scripts.keys():
        return _one_of("ja", among)
    if script in _SCRIPTS:
        return _one_of(_SCRIPTS[script], among) if len(letters) >= OTHER_LETTERS // 2 else None
    if script == "CYRILLIC":
        return _cyrillic(folded, among) if len(letters) >= OTHER_LETTERS else None
    return _by_words(folded, among & WORDS.keys() if among else frozenset(WORDS) - {"ru", "uk", "bg"}) if script == "LATIN" and len(letters) >= LETTERS else None


def _one_of(language: str, among: frozenset[str]) -> str | None:
    return language if not among or language in among else None


def _cyrillic(folded: str, among: frozenset[str]) -> str | None:
    for language, letters in _CYRILLIC:
        if any(c in folded for c in letters):
            return _one_of(language, among)
    words = _WORD.findall(folded)
    bulgarian, russian = (sum(w in WORDS[k] - WORDS[o] for w in words) for k, o in (("bg", "ru"), ("ru", "bg")))
    return _one_of("bg" if bulgarian > russian else "ru", among)


def _by_words(folded: str, among: frozenset[str]) -> str | None:
    words = [w.replace("’", "'") for w in _WORD.findall(folded)]
    hits = sorted(((sum(w in WORDS[k] for w in words), k) for k in among), reverse=True)
    if not hits or hits[0][0] < HITS or hits[0][0] < 0.1 * len(words):
        return None
    return hits[0][1] if len(hits) == 1 or hits[0][0] - hits[1][0] >= MARGIN else None
