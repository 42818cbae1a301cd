"""The lint of words: what a sentence for a client may not be. Its rules are those of docs/writing.md."""

from __future__ import annotations

import re
from collections.abc import Iterable

MOST_WORDS = 25
MOST_POINTS = 6
JARGON = ("jaccard", "replica", "replicas", "cloud", "unit", "units", "coding", "codings", "finding", "findings", "params", "row", "rows", "rice", "krippendorff", "wilson",
          "bootstrap", "silhouette", "kendall", "p-value", "significant", "null", "nan", "valence")
_RAW = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b|\b(?:event|csat|ces|funnel|attributes|properties):\S|\b(?:attributes|properties)\.\w|F-[0-9a-f]{6}|\bNone\b(?! of\b)")  # in small letters none is a word
_DECIMAL_SHARE = re.compile(r"\d\.\d+\s*%|\d\.\d+ of 100?\b|\bp [=<] ")
_PLURAL = re.compile(r"(?<![\d,.])1 (?!of\b|in\b|more\b|fewer\b|to\b)([a-z]+s)\b")
_SINGULAR = re.compile(r"\b(?:[2-9]|\d{2,}) (customer|passenger|person|applicant|buyer|visitor|lead|participant|answer|source|group)\b")


def faults(sentence: str, given: Iterable[str] = ()) -> list[str]:
    """What is wrong with a sentence, in words. given: names that clients or tools chose (codes, touchpoints), which stay as they are."""
    found = []
    plain = re.sub(r"“[^”]*”", "“…”", sentence)  # what somebody said, and what coders called it, is theirs
    for name in sorted(given, key=len, reverse=True):
        plain = plain.replace(name, "…")
    for one in re.split(r"(?<=[.!?;])\s+", plain):
        if (n := len(one.split())) > MOST_WORDS:
            found.append(f"{n} words")
    words = re.findall(r"[a-z-]+", plain.lower())
    found += [f"jargon: {w}" for w in words if w in JARGON]
    found += [f"a raw name: {m}" for m in _RAW.findall(plain)]
    found += [f"false digits: {m}" for m in _DECIMAL_SHARE.findall(plain)]
    found += [f"plural after one: {m}" for m in _PLURAL.findall(plain)]
    found += [f"singular after several: {m}" for m in _SINGULAR.findall(plain)]
    if plain.count(" to ") and len(re.findall(r"\([^)]*\d to [^)]*\)", plain)) > 1:
        found.append("two intervals")
    if "  " in plain or " ." in plain or " ," in plain or '"' in plain or re.search(r"\.\.(?!\.)|[?!]\.", plain):
        found.append("spacing or straight quotes")
    return found
