"""What is watched: the baseline that figures are held against, and what is left out of it."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from ..values import Refused
from .base import Section, Title


class KnownCause(Section):
    """Days that stand outside, for a reason that a person gives."""

    start: date = Field(description="First day.")
    end: date = Field(description="Last day, included.")
    reason: Title = Field(description="Why: a warehouse fire, a strike, a campaign.")

    @model_validator(mode="after")
    def _order(self) -> KnownCause:
        if self.end < self.start:
            raise Refused(f"end {self.end} lies before start {self.start}", "an end on or after the start", "exchange them")
        return self


class Monitoring(Section):
    """How key figures are watched; see docs/methods/monitoring.md."""

    by: Literal["week", "day"] | None = Field(None, description="Points of the charts; default: weeks where there are at least 14 whole ones, else days.")
    baseline_start: date | None = Field(None, description="First day of the baseline; default: first whole week or day of the period.")
    baseline_end: date | None = Field(None, description="Last day of the baseline, which what is watched comes after. It freezes the baseline; without one it is the first 20 points (12 where there are fewer than 24).")
    holidays: list[date] = Field([], description="Days that are no usual days; left out of daily charts.")
    known_causes: list[KnownCause] = Field([], description="Days left out of the baseline and of alerts, with the reason.")
    runs: bool = Field(True, description="Also alert at eight points in a row on one side of the centre, beside single points beyond the limits.")

    @model_validator(mode="after")
    def _order(self) -> Monitoring:
        if self.baseline_start and self.baseline_end and self.baseline_end < self.baseline_start:
            raise Refused(f"baseline_end {self.baseline_end} lies before baseline_start {self.baseline_start}", "an end on or after the start", "exchange them")
        return self
