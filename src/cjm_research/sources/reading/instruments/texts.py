"""Answers as texts: which spellings are the same answer, and which words say that there is none."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import pandas as pd

from ..numbers.single import number

_SIGNS = str.maketrans({**dict.fromkeys("’‘‛ʼʹ′`´＇", "'"), **dict.fromkeys("“”„‟″«»", '"'), **dict.fromkeys("‐‑‒–—―−﹣－", "-")})
_TAG = re.compile(r"</?[a-z][^<>]*>", re.I)

#: cells that say nothing, whatever was asked; counted apart from empty ones and named in a note
NOTHING = ("na", "n/a", "n.a", "#n/a", "#na", "nan", "null", "(null)", "<na>", "-", "--", "---", "blank", "(blank)", "no answer", "no response", "missing",
           "keine antwort", "pas de réponse", "sin respuesta", "#null", "#value", "#ref")
#: answers to a question with a scale that are no point of it
NO_OPINION = ("don't know", "do not know", "i don't know", "dk", "don't know / no answer", "not sure", "unsure", "no opinion", "not applicable", "does not apply",
              "prefer not to say", "prefer not to answer", "refused", "can't say", "cannot say", "no experience", "not used", "never used", "did not use",
              "weiß nicht", "weiss nicht", "ich weiß nicht", "keine angabe", "k. a", "k.a", "keine meinung", "trifft nicht auf mich zu", "nicht genutzt", "nicht anwendbar",
              "ne sais pas", "je ne sais pas", "nsp", "sans avis", "sans opinion", "non applicable", "sans objet", "pas concerné",
              "no sé", "no sabe", "no lo sé", "no contesta", "ns/nc", "sin opinión", "no aplica", "no procede",
              "non so", "weet niet", "niet van toepassing", "não sei", "não se aplica")


def fold(text: str) -> str:
    """The form in which spellings of one answer are equal: letter case, blanks, apostrophes, dashes, marks and entities."""
    if "&" in text:
        text = html.unescape(text)
    text = _TAG.sub("", text).translate(_SIGNS)
    # superscripts and circled digits would become digits of the number beside them
    text = unicodedata.normalize("NFC" if any(unicodedata.category(c) == "No" for c in text) else "NFKC", text)
    text = "".join(c for c in text if unicodedata.category(c) != "Cf")
    text = " ".join(text.split()).casefold().strip("*_ ")
    return re.sub(r"(?<=\w)\s*[.!:;,]+$", "", text)


def folded(text: pd.Series) -> pd.Series:
    """`fold` of every text; missing stays missing."""
    known = {str(v): fold(str(v)) for v in text.dropna().unique()}
    return text.map(known).astype("string")


_NOTHING, _NO_OPINION = frozenset(map(fold, NOTHING)), frozenset(map(fold, NO_OPINION))
_WHOLE = re.compile(r"([+-]?)0*(\d+)(?:[.,]0+)?")
V = TypeVar("V")


def code(key: str) -> str:
    """A folded code without what programs add to it: `1.0`, `1,0` and `01` are `1`."""
    found = _WHOLE.fullmatch(key)
    return ("-" if found[1] == "-" else "") + found[2] if found else key


def by_code(mapping: Mapping[object, V]) -> Callable[[str], V | None]:
    """What a text stands for in a map of codes: by its own spelling first, else by the number that it is, where one code alone is that number."""
    own = {fold(str(k)): v for k, v in mapping.items()}
    numbers: dict[str, list[V]] = {}
    for key, value in own.items():
        numbers.setdefault(code(key), []).append(value)

    def of(text: str) -> V | None:
        key = fold(text)
        same = numbers.get(code(key), [])
        return own[key] if key in own else same[0] if len(same) == 1 else None

    return of


def says_nothing(keys: pd.Series) -> pd.Series:
    """Where a folded cell is a placeholder for no answer."""
    return keys.isin(_NOTHING).fillna(False).astype(bool)


def no_opinion(keys: pd.Series) -> pd.Series:
    """Where a folded cell says that somebody has no score to give."""
    return keys.isin(_NO_OPINION).fillna(False).astype(bool)


def declared(keys: pd.Series, missing: Iterable[str | float | int]) -> pd.Series:
    """Where a folded cell is one of the values that params declare as no answer; numbers by value."""
    words = {fold(str(m)) for m in missing}
    numbers = {n for w in words if (n := number(w)) is not None}
    same = keys.isin(words)
    if numbers:
        same |= keys.isin([str(k) for k in keys.dropna().unique() if number(str(k)) in numbers])
    return same.fillna(False).astype(bool)


def parted(text: pd.Series, missing: Iterable[str | float | int], known: pd.Series) -> tuple[pd.Series, pd.Series, pd.Series, pd.Series]:
    """Where cells are empty, declared as no answer, words that say so, and answers. known: cells that stand for something by `labels`."""
    keys, empty = folded(text), text.isna()
    gone = declared(keys, missing) & ~empty
    silent = (says_nothing(keys) | no_opinion(keys)) & ~empty & ~gone & ~known
    return empty, gone, silent, ~(empty | gone | silent)


def listed(text: pd.Series, most: int = 20) -> str:
    """`'Extremely likely' 5×, 'Likely' 1×`: distinct values by how often they occur, then by spelling."""
    counts = sorted(text.value_counts().items(), key=lambda c: (-c[1], str(c[0])))
    shown = ", ".join(f"{str(v)[:60]!r} {n:,}×" for v, n in counts[:most])
    return shown + (f" and {len(counts) - most:,} more" if len(counts) > most else "")
