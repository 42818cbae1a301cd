"""What others say of erased persons, and where it stays: in the deliveries of sources, as it does in the client's own exports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from ..privacy import Known
from ..privacy.erased_words import ErasedWords
from ..privacy.erasures import Erasures
from .staging import Staged, kept_staged

_KEYS = {"customer_key", "key_type", "source"}  # what was theirs is gone; what is left is other persons' own; sources are named in params


def said_of_erased(staged: Path, erasures: Erasures) -> dict[str, int]:
    """Source, table and column → how many different values name somebody who was erased. staged: the vault's folder of deliveries."""
    finder = Known((), gone=ErasedWords(erasures)).whole()
    found: dict[str, int] = {}
    for number, source in enumerate(_sources(staged), 1):
        # the certificate names nobody, be it that a source is called after them
        shown = f"source {number}" if any(True for _ in finder.find(source.name)) else source.name
        for table in source.tables:
            frame = source.read(table)
            for column in [c for c in frame.columns if c not in _KEYS and not _is_number(frame[c])]:
                values = pd.unique(frame[column].dropna().astype("string"))
                if count := sum(any(True for _ in finder.find(str(value))) for value in values):
                    found[f"{shown}: {table}.{column}"] = count
    return found


def _sources(folder: Path) -> Iterator[Staged]:
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if not path.name.startswith(".") and (source := kept_staged(path)) is not None:
            yield source


def _is_number(column: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column))
