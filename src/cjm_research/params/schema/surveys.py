"""Surveys: whom respondents stand for, and what their answers are set against."""

from __future__ import annotations

from typing import Any

from pydantic import Field, field_validator, model_validator

from ..values import Condition, DurationField, Refused
from .base import Name, Section
from .funnels import ManyEvents


class Survey(Section):
    """How respondents stand for the population, and what the survey chapter compares."""

    weighted: bool = Field(True, description="Use the weights that a survey delivers or that `rake` makes. false: every answer counts once.")
    rake: dict[str, dict[str, float]] = Field({}, description="{attributes.<key>: {category: share or count in the population}}: weights are made so that every margin is met.")
    bounds: tuple[float, float] | None = Field(None, description="For rake: least and most that a weight may be, at mean 1, e.g. [0.3, 3].")
    strata: str | None = Field(None, description="attributes.<key> that respondents were drawn by; errors are computed within it.")
    clusters: str | None = Field(None, description="attributes.<key> of the group that respondents were drawn with (a flight, a class).")
    banner: list[str] = Field([], description="What answers are broken down by: attributes.<key>, wave, or the id of a choice question. Default: attributes of two to eight values.")
    outcome: str | None = Field(None, description="Id of the scored question whose drivers are looked for. Default: the one that asks for recommendation (nps).")
    drivers: list[str] = Field([], description="Ids of the scored questions that may go together with it; the id of a grid stands for all of its lines. Default: all other scored questions of its survey.")

    @field_validator("rake", mode="before")
    @classmethod
    def _categories(cls, value: Any) -> Any:
        return {k: {str(c): t for c, t in v.items()} if isinstance(v, dict) else v for k, v in value.items()} if isinstance(value, dict) else value

    @model_validator(mode="after")
    def _fits(self) -> Survey:
        if self.bounds is not None and not (self.rake and 0 < self.bounds[0] < 1 < self.bounds[1]):
            raise Refused(f"survey: bounds: [{self.bounds[0]:g}, {self.bounds[1]:g}]", "with `rake`, [least, most] around 1, e.g. [0.3, 3]", "correct the bounds, or leave them out")
        for name in [*self.rake, *filter(None, (self.strata, self.clusters))]:
            if not name.startswith("attributes."):
                raise Refused(f"survey: {name!r} is no attribute", "attributes.<key>", "deliver it as an attribute of the respondents (settings.attributes of the survey), and name it so")
        for name, targets in self.rake.items():
            if len(targets) < 2:
                raise Refused(f"survey: rake: {name} has {len(targets)} categories", "at least two, with a share or count each", "add the other categories, or leave it out")
        return self


class Outcome(Section):
    """What became of customers, told by group: who churned, by contract."""

    name: Name = Field(description="Short name.")
    title: str | None = Field(None, description="What is counted, in words: 'customers who left'; default: the name.")
    when: Condition = Field({}, description="Which customers have it: a condition on attributes, e.g. {attributes.Churn: 'Yes'}.")
    event: ManyEvents = Field([], description="In place of `when`: customers with one of these events have it, of all who were seen.")
    within: DurationField | None = Field(None, description="For event: how long after a customer's first event it counts; who was observed for less is not looked at. Default: ever.")
    among: Condition = Field({}, description="Which customers are looked at, a condition on attributes; default: all.")
    by: list[str] = Field([], description="attributes.<key> by which it is told.")
    stage: str | None = Field(None, description="Stage of the map that shows it.")

    @model_validator(mode="after")
    def _fits(self) -> Outcome:
        if bool(self.when) == bool(self.event):
            raise Refused(f"outcome {self.name!r}: " + ("`when` and `event` are both given" if self.when else "`when` is empty, and no `event` is given"), "one of them: a condition on attributes, or events",
                          "say which customers have it, e.g. when: {attributes.Churn: 'Yes'}, or event: {event: purchase}")
        if self.within is not None and not self.event:
            raise Refused(f"outcome {self.name!r}: `within` stands beside attributes, which carry no time", "within beside event", "leave it out")
        for name in self.by:
            if not name.startswith("attributes."):
                raise Refused(f"outcome {self.name!r}: by: {name!r} is no attribute", "attributes.<key>", "write attributes.<key>")
        return self
