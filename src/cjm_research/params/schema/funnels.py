"""Funnels: steps, windows, exclusions."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from ..values import Condition, DurationField
from .base import Name, Section, as_list


class Exclusion(Section):
    """Events that must not happen between two steps."""

    event: list[str] = Field(description="Event names.")
    after: str = Field(description="Step after which it counts.")
    before: str = Field(description="Step before which it counts.")
    mode: Literal["drop_person", "stop"] = Field("drop_person", description="drop_person: leaves the funnel; stop: keeps earlier steps.")

    _lists = field_validator("event", mode="before")(as_list)


class Step(Section):
    """One condition of a funnel; all given keys must hold."""

    name: Name = Field(description="Name of the step.")
    event: list[str] = Field([], description="Any of these events.")
    touchpoint: list[str] = Field([], description="Any of these touchpoints.")
    channel: list[str] = Field([], description="Any of these channels.")
    stage: list[str] = Field([], description="Any of these stages.")
    source: list[str] = Field([], description="Any of these sources.")
    where: Condition = Field({}, description="Conditions on columns or `properties.<key>`.")
    optional: bool = Field(False, description="May be skipped.")
    first_ever: bool = Field(False, description="Only the customer's first such event ever.")
    window: DurationField | None = Field(None, description="Longest time since the previous step.")

    _lists = field_validator("event", "touchpoint", "channel", "stage", "source", mode="before")(as_list)


class Funnel(Section):
    """An ordered list of steps and the rule by which customers pass them."""

    name: Name = Field(description="Short name.")
    title: str | None = Field(None, description="Title in the report.")
    steps: list[Step] = Field(min_length=2, description="Steps in order.")
    order: Literal["ordered", "strict", "unordered"] = Field("ordered", description="Order rule.")
    window: DurationField | None = Field(None, description="Longest time from first to last step; default: no limit.")
    unit: Literal["customer", "session"] = Field("customer", description="What is counted.")
    start: Literal["best", "first", "latest"] = Field("best", description="Which attempt counts: the one that gets furthest, the first, the latest.")
    exclusions: list[Exclusion] = Field([], description="Events that must not happen between steps.")
    breakdown: list[str] = Field([], description="Columns, `properties.<key>` or `attributes.<key>` to break down by.")
    preset: Literal["cjm", "posthog", "mixpanel"] = Field("cjm", description="Whose rules; differences are documented.")

    _lists = field_validator("breakdown", mode="before")(as_list)

    @model_validator(mode="after")
    def _steps(self) -> Funnel:
        names = [s.name for s in self.steps]
        twice = sorted({n for n in names if names.count(n) > 1})
        if twice:
            raise ValueError(f"funnel {self.name!r}: step names must be unique; twice: {', '.join(twice)}")
        for e in self.exclusions:
            for n in (e.after, e.before):
                if n not in names:
                    raise ValueError(f"funnel {self.name!r}: exclusion names the unknown step {n!r}; steps: {', '.join(names)}")
        if all(s.optional for s in self.steps) or self.steps[0].optional:
            raise ValueError(f"funnel {self.name!r}: the first step cannot be optional")
        return self
