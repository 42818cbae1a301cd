"""What the words before a colon look like: a name, perhaps a label, a subject of talk, or speech ("So: …", "10:30")."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from cjm_research.privacy.masking.roles import folded, people, role

from .words import FUNCTION, HEADINGS, PARTICLES, SPEECH, TOPICS

MAX_LABEL = 63  # characters of an undeclared label seen once; longer "names" are mostly sentences (the rule of a common coding program)
MAX_WORDS = 6

#: a role; a name by its capitals or its script; words that may be a label ("delia k", "user_17"); a subject; speech
Form = Literal["role", "name", "label", "subject", "speech"]

__all__ = ["MAX_LABEL", "Form", "clean", "folded", "form", "people", "possible", "role"]


def clean(label: str) -> str:
    """The label without markup, invisible signs, doubled spaces and the signs around it."""
    seen = "".join(c for c in label if c != "*" and (unicodedata.category(c) != "Cf" or c == "\u200d"))
    return re.sub(r"\s+", " ", seen).strip(" \t>-–—•_")


def form(label: str) -> Form:
    """What a cleaned label looks like by itself. Nothing but a declaration makes a subject or speech a speaker."""
    if not label or _is_sentence(label):
        return "speech"
    if outer := re.sub(r"\s*\([^)]*\)\s*", " ", label).strip():
        label = outer  # what stands in parentheses says more of somebody and may be long
    parts = people(label)
    if len(parts) > 1:
        forms = {form(part) for part in parts}
        return next((f for f in ("speech", "subject", "label", "name") if f in forms), "role")
    first, plain = label.split()[0].casefold().rstrip("."), label.casefold()
    if plain in SPEECH or (first in SPEECH and not role(label) and not _capitals(label)):
        return "speech"
    if role(label):
        return "role"
    if plain in TOPICS or (re.fullmatch(r"(?:\d+\.? )?\w+(?: (?:no\.? ?)?(?:\d+[a-z]?|[ivx]+|[a-z]))?", plain) and HEADINGS & {*plain.split()}):
        return "subject"
    if not any(c.isalpha() for c in label):
        return "label" if _pictures(label) or re.fullmatch(r"\+?\(?\d[\d ()/-]*", label) else "speech"
    words = label.replace(",", " ").split()
    if not words or len(words) > MAX_WORDS:
        return "label" if words and words[0][0].isupper() else "speech"
    small = [w for w in words if w[0].islower() and w.casefold() not in PARTICLES]
    if any(w.casefold().strip("'’") in FUNCTION for w in words if w[0].islower() and (len(small) > 0 or len(words) == 1)):
        return "speech"
    if small or first in SPEECH or words[0][0].isdigit() or words[0][0] in "_@#" or re.search(r"[=/\\{}_@]", label):
        return "label"
    return "name"


def possible(label: str) -> bool:
    """Whether the words could be a label at all, undeclared."""
    return form(label) != "speech"


def _capitals(label: str) -> bool:
    """Two words or more, all capitalised: "So Yeon Kim" is somebody, "So it was" is not."""
    words = label.split()
    return len(words) > 1 and all(w[0].isupper() for w in words)


def _is_sentence(label: str) -> bool:
    if re.search(r"[?!;…“”]|\.\.|://|\d:\d", label) or label.count('"') % 2:
        return True
    words = label.split()
    ends = [w for w in words if w.endswith(".") and len(w.rstrip(".")) > 2 and w[:-1].casefold() not in ("prof", "med", "phil", "nat", "rer", "jur", "herr", "frau", "mrs", "ing", "dipl", "dra", "sra", "mme", "dott", "drs")]
    return bool(ends) and len(words) > 1  # the end of a sentence, not an initial


def _pictures(label: str) -> bool:
    return any(unicodedata.category(c) in ("So", "Sk") for c in label)
