"""The review list: words that masking left and that may still identify somebody, for a person to look through.

The list has a code made of its words. Whoever has looked through it writes the code into the params; new words make
another code, so that nobody vouches for what they have not seen.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..errors import WouldExposePerson

REVIEW = "masking_review.csv"  # in the vault: word, count, reason, context
MAY_IDENTIFY = "may still identify somebody"  # what the note of a build says of words that nobody has looked through


@dataclass(frozen=True)
class ReviewList:
    """What is to be looked through. words: how many; code: of the list as it is now."""

    words: int
    code: str


def review_list(vault_folder: Path) -> ReviewList:
    """The review list of the last build; without words where nothing uncertain was found or nothing masked."""
    path = vault_folder / REVIEW
    if not path.is_file():
        return ReviewList(0, "")
    with path.open(encoding="utf-8", newline="") as file:
        words = [row["word"] for row in csv.DictReader(file)]
    return ReviewList(len(words), review_code(words))


def review_code(words: Iterable[str]) -> str:
    """Ten letters and digits that stand for a set of words."""
    return hashlib.sha256("\n".join(sorted(set(words))).encode("utf-8", "surrogatepass")).hexdigest()[:10]


def check_reviewed(client: str, vault_folder: Path, reviewed: str | None) -> None:
    """Raise `WouldExposePerson` where words are left that nobody has looked through.

    reviewed: the code that the params give (`privacy.reviewed`).
    """
    found = review_list(vault_folder)
    if found.words and found.code != (reviewed or "").strip():
        since = "and nobody has looked through them" if not reviewed else "and the list has changed since somebody looked through it"
        words = "word" if found.words == 1 else "words"
        raise WouldExposePerson(
            f"report of {client}", f"{found.words:,} {words} in the texts may still identify somebody, {since}",
            "review.status: draft, or an approved report whose review list somebody has looked through",
            f"look through data/vault/{client}/{REVIEW}, put what names somebody into privacy.names or privacy.places and build again; "
            f"then set privacy.reviewed: {found.code} in params/{client}.yaml")
