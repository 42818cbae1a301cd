"""One check: what it found and whether its failure withholds the verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["pass", "warn", "fail", "not run"]


@dataclass(frozen=True)
class Check:
    """One check: its name, state, reason in words, and whether its failure withholds the verdict.

    reading: what of it changes how the verdict is read, in words that stand beside the verdict wherever it is told.
    """

    check: str
    state: State
    reason: str
    above_line: bool = False
    reading: str = ""
