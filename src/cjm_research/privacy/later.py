"""Masking of what is written after a build (coders' memos, notes of imports): names, identifiers and erased persons as in the tables."""

from __future__ import annotations

from pathlib import Path

from .erased_words import ErasedWords
from .erasures import Erasures
from .masking import Masker, load_masker
from .release import Finder, Known, vault_identifiers


def later_masker(vault: Path, erasures: Erasures, in_fields: bool = False, pseudonymise: bool = True, finder: Finder | None = None) -> Masker | None:
    """The masker of the last build with the identifiers of the vault and what erased persons were called; None where nothing was masked.

    finder: of the same identifiers, where somebody made it already.
    """
    masker = load_masker(vault)
    if masker is not None:
        gone = ErasedWords(erasures)
        masker.register.stand_in = gone.stand_in
        if pseudonymise:
            masker.identifiers = (finder or Known(vault_identifiers(vault), gone=gone, in_fields=in_fields).whole()).spans
    return masker
