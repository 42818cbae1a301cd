"""What tells an export of one system from those of all others: its columns and what they hold."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_SAMPLE = 200
_MOST_OF = 0.9  # of a column's cells that have the form


@dataclass(frozen=True)
class Signature:
    """Columns that an export always has, those it usually has, and those it never has.

    required: all of them must be there; a text between slashes is an expression that some column fits. cells: column (or expression) → expression
    that nearly all of its cells fit. first: the name of the first column.
    """

    required: tuple[str, ...]
    typical: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    cells: Mapping[str, str] = field(default_factory=dict)
    first: str = ""

    def score(self, frame: pd.DataFrame) -> float:
        """0 for what is no such export, else up to 1: a half and more for what is required, the rest for the share of what is typical."""
        names = [str(c) for c in frame.columns]
        if not names or self.missing(names) or any(_has(names, f) for f in self.forbidden):
            return 0.0
        if self.first and not re.fullmatch(self.first, names[0]):
            return 0.0
        for column, form in self.cells.items():
            name = next((c for c in names if _has([c], column)), "")
            text = frame[name].dropna().astype("string").head(_SAMPLE) if name else None
            if text is None or not len(text) or text.str.fullmatch(form).fillna(False).astype(bool).mean() < _MOST_OF:
                return 0.0
        typical = sum(_has(names, t) for t in self.typical) / len(self.typical) if self.typical else 1.0
        proven = 0.65 if self.cells else 0.5  # what cells hold is harder to have by chance than a name
        return proven + (1 - proven) * typical

    def missing(self, names: Sequence[str]) -> list[str]:
        """The required columns that are not there."""
        return [r for r in self.required if not _has(names, r)]


def _has(names: Sequence[str], wanted: str) -> bool:
    if len(wanted) > 2 and wanted.startswith("/") and wanted.endswith("/"):
        return any(re.fullmatch(wanted[1:-1], n) for n in names)
    return wanted in names
