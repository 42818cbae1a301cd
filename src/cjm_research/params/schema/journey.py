"""Stages, touchpoints, and what is assumed of them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from ..values import OPERATORS, Condition, DurationField, Refused
from .base import Name, Names, OneOrMany, Section, repeated
from .funnels import Ends


class Match(Section):
    """Which records a touchpoint is made of; all given keys must hold, a list means any of its values."""

    event: Names = Field([], description="Event names.")
    source: Names = Field([], description="Names of sources.")
    channel: Names = Field([], description="Channels.")
    where: Condition = Field({}, description=f"Conditions on columns or `properties.<key>`; operators: {', '.join(OPERATORS)}.")


class Touchpoint(Section):
    """Where customer and brand meet."""

    name: Name = Field(description="Name on the map.")
    channel: str | None = Field(None, description="The medium it happens through; set on its records where they have none.")
    match: Annotated[list[Match], OneOrMany(dict)] = Field([], description="Rules that select its interactions; any of them. May be one mapping.")
    questions: Names = Field([], description="Ids of survey questions about it.")
    codes: Names = Field([], description="Codes (name or path) that speak of it.")
    feedback: Names = Field([], description="Labels or sources of feedback about it.")
    owner: str | None = Field(None, description="Who answers for it.")
    backstage: Names = Field([], description="Systems and processes behind the line of visibility.")
    goal: bool = Field(False, description="What the journey is for: to be seen nowhere afterwards is no pain. The last step of a funnel and the last wanted "
                                          "stage are goals without being named.")
    unwanted: bool = Field(False, description="Reaching it is the pain (a complaint, a return): it is no step further, and leaving before it is none either.")
    target: float | None = Field(None, description="Target of its satisfaction score, on the score's own scale.")


class Stage(Section):
    """A high-level period of the journey."""

    name: Name = Field(description="Name on the map.")
    goal: str | None = Field(None, description="What the customer wants to get done here.")
    touchpoints: list[Touchpoint] = Field([], description="Touchpoints of the stage, in order.")
    match: Annotated[list[Match], OneOrMany(dict)] = Field([], description="Interactions of the stage that belong to no touchpoint of it.")
    questions: Names = Field([], description="Survey questions about the stage as a whole.")
    codes: Names = Field([], description="Codes that speak of the stage as a whole.")
    deals: Names = Field([], description="CRM stages that belong to it.")
    unwanted: bool = Field(False, description="Reaching it is the pain (complaints, returns, churn): it is no step further, and leaving before it is none either.")
    horizon: DurationField | None = Field(None, description="How long after coming to it somebody is given to go on; default: the time by which nine in ten of "
                                                            "those who ever went on had gone on.")


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
    ends: Ends = Field([], description="Events, or states of deals, after which nothing can follow (an application is declined, a contract ends): who has "
                                        "one is not counted as somebody who may still go on.")
    assumptions: list[Assumption] = Field([], description="Hand-written lines, marked `assumed`.")

    @model_validator(mode="after")
    def _unique(self) -> Journey:
        names = [s.name for s in self.stages]
        touchpoints = [t.name for s in self.stages for t in s.touchpoints]
        for what, found in (("stage", names), ("touchpoint", touchpoints)):
            if twice := repeated(found):
                raise Refused(f"{what} names stand twice: {twice}", f"each {what} with a name of its own", "rename one")
        for a in self.assumptions:
            if a.stage not in names:
                raise Refused(f"assumption {a.text[:40]!r} names the unknown stage {a.stage!r}", f"the stages: {', '.join(names) or 'none yet'}",
                              "correct `stage`, or add the stage")
        return self
