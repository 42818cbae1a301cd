"""Trust before effect: each check passes, warns, fails or was not run, with its reason.

In the order of Kohavi, Tang & Xu 2020 and Fabijan et al. 2019. A failing check above the line withholds the verdict.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

import pandas as pd

from ..effects import Measured
from ..units import Units
from .check import Check
from .data import before, matured, missing, timing
from .design import planned_variants, stated, unit_of_analysis, weeks
from .effect import TOO_GOOD, caps, doubtful, heavy, margins, skew, twyman
from .split import duplicates, sample_ratio, sample_ratio_by_day, sample_ratio_by_segment, stable_split, two_arms

__all__ = ["TOO_GOOD", "Check", "doubtful", "failing", "frame", "readings", "run"]


def run(units: Units, measured: list[Measured], looks_check: Check) -> list[Check]:
    """All checks in their order."""
    primary = next(f for f in measured if f.role == "primary")
    steps: list[Callable[[], Check | list[Check]]] = [
        lambda: stated(units), lambda: planned_variants(units), lambda: duplicates(units), lambda: two_arms(units),
        lambda: sample_ratio(units), lambda: sample_ratio_by_day(units), lambda: sample_ratio_by_segment(units),
        lambda: stable_split(units), lambda: unit_of_analysis(units, primary), lambda: missing(units, measured),
        lambda: timing(units), lambda: before(units, measured), lambda: looks_check, lambda: weeks(units),
        lambda: matured(measured), lambda: twyman(measured), lambda: skew(units, measured), lambda: heavy(measured),
        lambda: margins(units, measured), lambda: caps(measured),
    ]
    found: list[Check] = []
    for step in steps:
        result = step()
        found += result if isinstance(result, list) else [result]
    return found


def frame(checks: list[Check]) -> pd.DataFrame:
    """The checks as a frame: check, state, reason, above_line."""
    return pd.DataFrame([asdict(c) for c in checks], columns=["check", "state", "reason", "above_line"])


def failing(checks: list[Check]) -> list[Check]:
    """The failing checks above the line."""
    return [c for c in checks if c.above_line and c.state == "fail"]


def readings(trust: list[Check]) -> list[str]:
    """What of the checks changes how the verdict is read."""
    return [c.reading for c in trust if c.reading]
