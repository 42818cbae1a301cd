"""Stages, touchpoints, and what is assumed of them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from ..values import OPERATORS, Condition
from .base import Name, Section, as_list


class Match(Section):
    """Which records a touchpoint is made of; all given keys must hold, a list means any of its values."""

    event: list[str] = Field([], description="Event names.")
    source: list[str] = Field([], description="Names of sources.")
    channel: list[str] = Field([], description="Channels.")
    where: Condition = Field({}, description=f"Conditions on columns or `properties.<key>`; operators: {', '.join(OPERATORS)}.")

    _lists = field_validator("event", "source", "channel", mode="before")(as_list)


class Touchpoint(Section):
    """Where customer and brand meet."""

    name: Name = Field(description="Name on the map.")
    channel: str | None = Field(None, description="The medium it happens through; set on its records where they have none.")
    match: list[Match] = Field([], description="Rules that select its interactions; any of them. May be one mapping.")
    questions: list[str] = Field([], description="Ids of survey questions about it.")
    codes: list[str] = Field([], description="Codes (name or path) that speak of it.")
    feedback: list[str] = Field([], description="Labels or sources of feedback about it.")
    owner: str | None = Field(None, description="Who answers for it.")
    backstage: list[str] = Field([], description="Systems and processes behind the line of visibility.")
    target: float | None = Field(None, description="Target of its satisfaction score, on the score's own scale.")

    _lists = field_validator("questions", "codes", "feedback", "backstage", mode="before")(as_list)
    _match = field_validator("match", mode="before")(lambda v: [v] if isinstance(v, dict) else v)


class Stage(Section):
    """A high-level period of the journey."""

    name: Name = Field(description="Name on the map.")
    goal: str | None = Field(None, description="What the customer wants to get done here.")
    touchpoints: list[Touchpoint] = Field([], description="Touchpoints of the stage, in order.")
    match: list[Match] = Field([], description="Interactions of the stage that belong to no touchpoint of it.")
    questions: list[str] = Field([], description="Survey questions about the stage as a whole.")
    codes: list[str] = Field([], description="Codes that speak of the stage as a whole.")
    deals: list[str] = Field([], description="CRM stages that belong to it.")

    _lists = field_validator("questions", "codes", "deals", mode="before")(as_list)
    _match = field_validator("match", mode="before")(lambda v: [v] if isinstance(v, dict) else v)


class Assumption(Section):
    """A hand-written line of the map; shown as `assumed`, never mixed with numbers."""

    stage: str = Field(description="Stage it belongs to.")
    lane: Literal["actions", "pain", "gain", "thoughts", "emotion", "opportunity", "backstage"] = Field(
        description="Lane it is written into.")
    text: str = Field(description="The statement.")
    touchpoint: str | None = Field(None, description="Touchpoint it belongs to.")
    persona: str | None = Field(None, description="Persona it is about.")
    valence: float | None = Field(None, ge=-2, le=2, description="For the emotion lane: −2 … +2.")
    state: Literal["current", "future"] = Field("current", description="The journey as it is, or as it should become.")


class Journey(Section):
    """Stages and touchpoints, and which records belong to them."""

    stages: list[Stage] = Field([], description="Stages in order.")
    assumptions: list[Assumption] = Field([], description="Hand-written lines, marked `assumed`.")

    @model_validator(mode="after")
    def _unique(self) -> Journey:
        names = [s.name for s in self.stages]
        touchpoints = [t.name for s in self.stages for t in s.touchpoints]
        for what, found in (("stage", names), ("touchpoint", touchpoints)):
            twice = sorted({n for n in found if found.count(n) > 1})
            if twice:
                raise ValueError(f"{what} names must be unique; twice: {', '.join(twice)}")
        for a in self.assumptions:
            if a.stage not in names:
                raise ValueError(f"assumption {a.text[:40]!r} names the unknown stage {a.stage!r}; stages: {', '.join(names)}")
        return self
