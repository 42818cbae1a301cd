"""Funnels: steps, windows, exclusions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema, core_schema

from ..values import Condition, DurationField, Refused
from .base import Name, Names, OneOrMany, Section, Title, as_list, repeated

#: what an event can be told by; a step or an exclusion must give one of them
CONDITIONS = ("event", "touchpoint", "channel", "stage", "source", "where")
#: event: '*'
ANY = "*"


class Events(Section):
    """Which events a step or an exclusion is about; all given keys must hold."""

    event: Names = Field([], description="Any of these events; '*' for any event.")
    touchpoint: Names = Field([], description="Any of these touchpoints.")
    channel: Names = Field([], description="Any of these channels.")
    stage: Names = Field([], description="Any of these stages.")
    source: Names = Field([], description="Any of these sources.")
    where: Condition = Field({}, description="Conditions on columns or `properties.<key>`.")

    @model_validator(mode="before")
    @classmethod
    def _any_event(cls, given: Any) -> Any:
        """`event: '*'` as a condition that all interactions fulfil."""
        if not isinstance(given, dict):
            return given
        events, where = as_list(given.get("event")), given.get("where") or {}
        if not isinstance(events, list) or ANY not in events or not isinstance(where, dict):
            return given
        return {**given, "event": [], "where": {"interaction_id": {"is null": False}, **where}}

    @model_validator(mode="after")
    def _some_condition(self) -> Self:
        if not any(getattr(self, c) for c in CONDITIONS):
            raise Refused("no condition is given", f"at least one of {', '.join(CONDITIONS)} (event: '{ANY}' means any event)", "name the events")
        return self


@dataclass(frozen=True)
class Named:
    """Of a list of conditions: an event's name stands for the condition that names it, and one of them for the list; editors know it."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def named(value: Any) -> Any:
            found = as_list(value, (str, int, float, dict))
            return [{"event": one} if isinstance(one, str | int | float) and not isinstance(one, bool) else one for one in found] if isinstance(found, list) else found

        return core_schema.no_info_before_validator_function(named, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        many = handler(schema)
        one = [{"type": "string"}, many["items"]]
        return {"anyOf": [*one, {**many, "items": {"anyOf": one}}]}


#: conditions on events as params give them: an event's name, or a mapping
ManyEvents = Annotated[list[Events], Named()]


class Exclusion(Events):
    """Events that must not happen between two steps; all given keys must hold."""

    after: str = Field(description="Step after which it counts.")
    before: str = Field(description="Step before which it counts.")
    mode: Literal["drop_person", "stop"] = Field("drop_person", description="drop_person: leaves the funnel; stop: keeps earlier steps.")


class End(Events):
    """Events after which nothing can follow; all given keys must hold."""

    deals: Names = Field([], description="Any of these states of deals, as the CRM names them.")

    @model_validator(mode="before")
    @classmethod
    def _deal_events(cls, given: Any) -> Any:
        """States of deals as the events they are among interactions."""
        if not isinstance(given, dict) or not isinstance(states := as_list(given.get("deals")), list) or not states:
            return given
        events = as_list(given.get("event")) or []
        return {**given, "event": list(dict.fromkeys([*events, *(f"deal: {s}" for s in states)]))} if isinstance(events, list) else given


#: ends as params give them: an event's name, or a mapping
Ends = Annotated[list[End], Named()]


class Step(Events):
    """One condition of a funnel; all given keys must hold."""

    name: Name = Field(description="Name of the step.")
    optional: bool = Field(False, description="May be skipped.")
    first_ever: bool = Field(False, description="Only the customer's first such event ever.")
    window: DurationField | None = Field(None, description="Longest time since the previous step.")
    not_for: dict[str, Names] = Field({}, description="Segments that cannot take it, by breakdown column, e.g. {channel: [store]}: they are not compared there.")


#: columns to break down by; several of them crossed stand as a list
Breakdowns = Annotated[list[str | Annotated[list[str], Field(min_length=2, max_length=4)]], OneOrMany()]


class Funnel(Section):
    """An ordered list of steps and the rule by which customers pass them."""

    name: Name = Field(description="Short name.")
    title: Title | None = Field(None, description="Title in the report.")
    steps: list[Step] = Field(min_length=1, description="Steps in order. One step is a share: of all customers (or sessions), those with such an event.")
    order: Literal["ordered", "strict", "unordered"] = Field("ordered", description="Order rule.")
    window: DurationField | None = Field(None, description="Longest time from first to last step; default: no limit.")
    unit: Literal["customer", "session", "account"] = Field("customer", description="What is counted; an account passes the steps by any of its customers' events "
                                                              "(see identity.account).")
    start: Literal["best", "first", "latest"] = Field("best", description="Which attempt counts: the one that gets furthest, the first, the latest.")
    exclusions: list[Exclusion] = Field([], description="Events that must not happen between steps.")
    ends: Ends = Field([], description="Events after which nobody can go on, beside those of the journey (`journey.ends`).")
    breakdown: Breakdowns = Field([], description="Columns, `properties.<key>` or `attributes.<key>` to break down by; a list inside the list crosses them: [[source, channel]].")
    preset: Literal["cjm", "posthog", "mixpanel"] = Field("cjm", description="Whose rules; differences are documented.")

    @model_validator(mode="after")
    def _steps(self) -> Funnel:
        names = [s.name for s in self.steps]
        if twice := repeated(names):
            raise Refused(f"funnel {self.name!r}: step names stand twice: {twice}", "each step with a name of its own", "rename one")
        for e in self.exclusions:
            for n in (e.after, e.before):
                if n not in names:
                    raise Refused(f"funnel {self.name!r}: exclusion names the unknown step {n!r}", f"the steps: {', '.join(names)}", "correct `after` or `before`")
            if names.index(e.after) >= names.index(e.before):
                raise Refused(f"funnel {self.name!r}: an exclusion lies after {e.after!r} and before {e.before!r}", "one that lies after an earlier and before a later step",
                              "exchange `after` and `before`")
        if len(self.steps) == 1:
            odd = [k for k in ("window", "ends", "exclusions", "preset", "start") if k in self.model_fields_set] + (["first_ever"] if self.steps[0].first_ever else [])
            if odd or self.order == "strict":
                raise Refused(f"funnel {self.name!r}: one step is a share of all {self.unit}s, of which {', '.join(odd) or 'order: strict'} says nothing",
                              "name, title, unit, breakdown and the step", "leave it out, or add a step")
        if all(s.optional for s in self.steps) or self.steps[0].optional:
            raise Refused(f"funnel {self.name!r}: the first step is optional", "a first step that everybody passes", "make a later step optional")
        if self.steps[0].window is not None:
            raise Refused(f"funnel {self.name!r}: the first step has no step before it, so its window says nothing", "a window on later steps or on the funnel",
                          "move `window`")
        return self
