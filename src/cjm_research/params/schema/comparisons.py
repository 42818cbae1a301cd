"""Outcomes compared by a property of the journey."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from ..values import DurationField, Refused
from .base import Name, Section, Title
from .funnels import Events, ManyEvents


class ComparedOutcome(Section):
    """What is compared: an answer, a number that an event carries, or whether an event happened."""

    question: str | None = Field(None, description="Id of a survey question; the customer's last answer counts.")
    event: ManyEvents = Field([], description="Events that carry the number in `value`; without `value`: whether the journey has one of them.")
    value: str | None = Field(None, description="Where such an event carries the number: `value`, or properties.<key>.")
    scale: tuple[float, float] | None = Field(None, description="Lowest and highest value, where it is a score.")
    higher_is_better: bool = Field(True, description="Direction.")

    @model_validator(mode="after")
    def _one(self) -> ComparedOutcome:
        if bool(self.question) == bool(self.event):
            raise Refused("the outcome names " + ("a question and events" if self.question else "neither a question nor events"), "a question, or events", "give one of the two")
        if self.question and self.value:
            raise Refused("`value` stands beside a question; answers are scores by themselves", "value beside event", "leave one out")
        return self


class Property(Events):
    """What a journey has or has not: an event, an event that came late, or one that took long."""

    after: str | None = Field(None, description="The event came later than the time that this property of it names (properties.<key>; without a zone: the client's).")
    since: ManyEvents = Field([], description="With longer_than: the events from which the time is counted.")
    longer_than: DurationField | None = Field(None, description="The event came more than this after `since`.")

    @model_validator(mode="after")
    def _whole(self) -> Property:
        if bool(self.since) != (self.longer_than is not None):
            raise Refused("since and longer_than belong together, and one of them is missing", "both, or neither", "give the other one")
        if self.after and self.since:
            raise Refused("`after` and `since` are both given", "`after` (an event) or `since` (a day)", "leave one out")
        return self


class Comparison(Section):
    """An outcome of journeys with a property, against that of those without it. Nobody drew lots: it shows what goes together."""

    name: Name = Field(description="Short name, e.g. late_delivery.")
    title: Title | None = Field(None, description="Title in the report.")
    unit: Literal["customer", "session"] = Field("customer", description="What has the property and the outcome: all of a customer's events, or those of one of the source's sessions (an order, say).")
    outcome: ComparedOutcome = Field(description="What is compared.")
    when: Property = Field(description="The property. Journeys without the events it names belong to neither group where it says when they came; else to those without it.")
    with_it: Title = Field(description="What those with the property are called: late orders.")
    without_it: Title = Field(description="What those without it are called: orders on time.")
    touchpoint: str | None = Field(None, description="Touchpoint it speaks of.")
    stage: str | None = Field(None, description="Stage it speaks of.")
