"""What the map is held against: benchmarks, opportunities, what is worth telling as a change."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, field_validator

from ..values import Refused
from .base import Name, Section


class Benchmark(Section):
    """A published or internal figure to compare with."""

    metric: str = Field(description="Name of the metric, e.g. nps, csat:delivery, funnel:purchase.")
    value: float = Field(description="The figure.")
    unit: str = Field("share", description="Its unit.")
    source: str = Field(description="Where it comes from.")
    n: int | None = Field(None, gt=0, description="Its sample size, where published.")
    margin: float | None = Field(None, gt=0, description="How far from it still counts as equal, in its unit (shares: 0.02 is two points); without one nothing is called equal.")


class Opportunity(Section):
    """A positively framed problem."""

    name: Name = Field(description="How might we …")
    action: Name | None = Field(None, description="What to do, verb first, as the first page says it; default: the name without “How might we”.")
    stage: str | None = Field(None, description="Stage.")
    touchpoint: str | None = Field(None, description="Touchpoint.")
    persona: str | None = Field(None, description="Persona.")
    reach: float | None = Field(None, ge=0, description="Customers per period it touches.")
    impact: float | None = Field(None, description="RICE impact: 0.25 minimal, 0.5 low, 1 medium, 2 high, 3 massive.")
    confidence: float | None = Field(None, ge=0, le=1, description="RICE confidence, 0…1.")
    effort: float | None = Field(None, gt=0, description="Person-months.")
    owner: str | None = Field(None, description="Who drives it.")
    metric: str | None = Field(None, description="Metric that will show it.")
    status: Literal["proposed", "tested", "shipped", "measured"] = Field("proposed", description="Where it stands.")
    experiment: str | None = Field(None, description="Experiment that tests it.")
    review_on: date | None = Field(None, description="Next review.")

    @field_validator("impact")
    @classmethod
    def _impact(cls, value: float | None) -> float | None:
        if value is not None and value not in (0.25, 0.5, 1, 2, 3):
            raise Refused(f"impact {value:g} is not on the RICE scale", "0.25, 0.5, 1, 2 or 3", "choose the nearest")
        return value


class Change(Section):
    """A change that was not randomised, evaluated before/after."""

    name: Name = Field(description="Name of the change.")
    shipped_on: date = Field(description="Day it went live.")
    metric: str = Field(description="Metric, e.g. event:purchase, nps, csat:<question>.")
    control: str | None = Field(None, description="Metric of a series that the change cannot have touched.")
    touchpoint: str | None = Field(None, description="Touchpoint it changes.")
    stage: str | None = Field(None, description="Stage it changes.")
