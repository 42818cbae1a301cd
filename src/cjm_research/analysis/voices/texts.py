"""From a text to its words: what is taken out, what is a word, and which texts are long enough to have a theme."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from .function_words import WORDS

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

FEWEST_WORDS = 3  # below, a text is too short to have a theme
LONGEST = 20_000  # characters of a text that are read for its words
EMPTY, NOTHING, SHORT, SUBSTANTIAL = "empty", "says nothing", "too short", "substantial"
KINDS = (SUBSTANTIAL, SHORT, NOTHING, EMPTY)
_NOTHING_SAID = ("no none nothing n/a na nil ok okay nope nein nichts keine keiner kein non rien aucun nada ninguno ninguna não nao nenhum nenhuma niente nessuno geen niets nie brak нет ничего")
_NOTHING = frozenset(_NOTHING_SAID.split())
#: addresses, what was masked or struck out, and characters that are not seen
_OUT = re.compile(r"https?://\S{1,2000}|www\.\S{1,2000}|\S{1,100}@\S{1,100}|\[[^\[\]\n]{1,60}\]|\{[^{}\n]{1,60}\}|\b[xX]{2,}\b|[\u200b-\u200f\u202a-\u202e\u2060\ufeff\x00]")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")  # scripts that set no spaces between words


def cleaned(text: str) -> str:
    """A text without addresses, masked names and struck-out parts, in composed small letters."""
    return unicodedata.normalize("NFC", _OUT.sub(" ", html.unescape(text[:LONGEST]))).casefold().replace("’", "'")


def words_of(text: str, language: str | None = None) -> list[str]:
    """The words of a text that may make a theme, in order: without the words that its language is full of, and single letters.

    Chinese, Japanese and Thai, which set no spaces, give pairs of characters.
    """
    left_out = WORDS.get(language or "", frozenset())
    found: list[str] = []
    for word in _WORD.findall(cleaned(text)):
        if _UNSPACED.search(word):
            found += [word[i:i + 2] for i in range(max(1, len(word) - 1))]
        elif len(word) > 1 and word not in left_out:
            found.append(_plain(word))
    return found


def _plain(word: str) -> str:
    """A word as it is compared: without accents."""
    if word.isascii():
        return word
    return unicodedata.normalize("NFC", "".join(c for c in unicodedata.normalize("NFD", word) if not "\u0300" <= c <= "\u036f")) if word[0] < "\u0370" else word


def kind_of(text: str | None) -> str:
    """Whether a text is empty, says that there is nothing to say, is too short to have a theme, or is substantial."""
    if text is None or not text.strip():
        return EMPTY
    said = " ".join(cleaned(text).split()).strip(" .!-–—?")
    if not any(c.isalpha() for c in said) or said in _NOTHING:
        return NOTHING
    unspaced = len(_UNSPACED.findall(said))
    return SUBSTANTIAL if len(_WORD.findall(said)) >= FEWEST_WORDS or unspaced >= 2 * FEWEST_WORDS else SHORT


@dataclass(frozen=True)
class Terms:
    """How often each word, and each pair of neighbouring words, stands in each text.

    counts: texts × terms. names: the terms. flat, of_text: the single words of all texts one after the other, as numbers of terms, and whose they are.
    """

    counts: csr_matrix
    names: np.ndarray
    flat: np.ndarray
    of_text: np.ndarray


def terms_of(worded: Sequence[Sequence[str]], fewest: int | None = None) -> Terms:
    """Words and pairs of words of texts that are given as words; terms of too few texts, or of more than half of them, are left out.

    fewest: texts that a term must be in, default two, or one in a thousand where that is more.
    """
    from sklearn.feature_extraction.text import CountVectorizer

    n = len(worded)
    least = max(2, n // 1000) if fewest is None else fewest
    vectorizer = CountVectorizer(analyzer=_with_pairs, min_df=min(least, max(1, n)), max_df=0.5 if n >= 20 else 1.0, dtype=np.float64)
    try:
        counts = vectorizer.fit_transform(worded).tocsr()
    except ValueError:  # no term is left
        from scipy.sparse import csr_matrix as empty

        return Terms(empty((n, 0)), np.array([], dtype=object), np.array([], dtype=np.int64), np.array([], dtype=np.int64))
    known = vectorizer.vocabulary_
    flat = [(known[w], i) for i, text in enumerate(worded) for w in text if w in known]
    pairs = np.array(flat, dtype=np.int64).reshape(-1, 2)
    return Terms(counts, vectorizer.get_feature_names_out(), pairs[:, 0], pairs[:, 1])


def _with_pairs(text: Sequence[str]) -> list[str]:
    return [*text, *(f"{a} {b}" for a, b in pairwise(text))]
