"""What the findings of a run and the params say together, looked up once for all parts of the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TypeVar

from ..params import Params
from ..params.schema import About, Experiment, Opportunity
from ..results import policy
from ..results.result import Finding
from ..results.subjects import Compared, ExperimentEffect, Flag, Stake, Subject
from ..results.subjects import Opportunity as Chance
from ..results.words import several
from . import phrases
from .model import SOURCES, Certainty, Reason
from .places import Place, Signal, about_everybody, places, ranked

S = TypeVar("S", bound=Subject)


@dataclass(frozen=True)
class Told:
    """Findings and params. Every look-up is over what is about all customers, save where a persona is asked for."""

    findings: Sequence[Finding]
    params: Params

    @cached_property
    def ours(self) -> list[Finding]:
        """Findings about everybody in the whole period."""
        return about_everybody(self.findings)

    @cached_property
    def places(self) -> dict[str, Place]:
        """What each source says about each touchpoint."""
        return places(self.findings)

    @cached_property
    def worst(self) -> list[Place]:
        """Touchpoints that at least two sources call painful, the most pressing first."""
        return ranked(self.places)

    @property
    def people(self) -> str:
        """What customers are called."""
        return self.params.people

    def of(self, kind: type[S]) -> list[tuple[Finding, S]]:
        """Findings about everybody whose subject is of a kind."""
        return [(f, f.subject) for f in self.ours if isinstance(f.subject, kind)]

    def by_persona(self, kind: type[S], stage: str | None = None) -> list[tuple[Finding, S]]:
        """Findings about single personas whose subject is of a kind."""
        found = {f.id: f for f in self.findings if f.persona and not (f.period or f.channel) and (stage is None or f.stage == stage)}
        return [(f, f.subject) for f in found.values() if isinstance(f.subject, kind)]

    def experiment(self, name: str) -> Experiment | None:
        """An experiment of the params."""
        return next((e for e in self.params.experiments if e.name == name), None)

    def opportunity(self, name: str) -> Opportunity | None:
        """An opportunity of the params."""
        return next((o for o in self.params.opportunities if o.name == name), None)

    def chances(self) -> list[tuple[Finding, Chance]]:
        """Opportunities, those of the params before proposed ones, each as ranked."""
        return sorted(self.of(Chance), key=lambda x: x[1].proposed)

    def effects(self, experiment: str) -> list[tuple[Finding, ExperimentEffect]]:
        """The verdicts on an experiment's variants."""
        return [(f, s) for f, s in self.of(ExperimentEffect) if s.experiment == experiment]

    def stake(self, stage: str | None) -> tuple[Finding, Stake] | None:
        """What is at stake in a stage, the larger where there are two."""
        found = [(f, s) for f, s in self.of(Stake) if s.stage == stage and f.estimate and f.estimate.value]
        return max(found, key=lambda x: x[0].estimate.value or 0.0, default=None)  # type: ignore[union-attr]

    def owner(self, touchpoint: str | None) -> str:
        """Who answers for a touchpoint."""
        return next((t.owner or "" for s in self.params.journey.stages for t in s.touchpoints if t.name == touchpoint), "")

    def question(self, question_id: str) -> str:
        """What a survey question is called: its text, cut behind a common beginning, else its touchpoint, else its id as words."""
        text = next((q.text for s in self.params.sources for q in s.questions if q.id == question_id and q.text), None)
        touchpoint = next((t.name for s in self.params.journey.stages for t in s.touchpoints if question_id in t.questions), None)
        if text and text.endswith("?"):
            return f"“{text}”"  # within a sentence; another text is a name by itself
        return text or touchpoint or question_id.replace("_", " ")

    def touchpoints(self, stage: str) -> list[str]:
        """The touchpoints of a stage."""
        return [t.name for s in self.params.journey.stages if s.name == stage for t in s.touchpoints]

    def group(self, persona: str) -> str:
        """A persona in the plural, where the params named it; what a method named stays as it is."""
        return several(persona) if any(n.name == persona for n in self.params.personas.names) else f"“{persona}”"

    def concerns(self, about: About) -> set[str]:
        """The touchpoints that something named in a client's question is about."""
        p = self.params
        if about.kind == "touchpoint":
            return {about.name}
        if about.kind == "stage":
            return set(self.touchpoints(about.name))
        named: Iterable[str | None] = {
            "test": (e.touchpoint for e in p.experiments if e.name == about.name),
            "change": (c.touchpoint for c in p.changes if c.name == about.name),
            "comparison": (c.touchpoint for c in p.comparisons if c.name == about.name),
            "opportunity": (o.touchpoint for o in p.opportunities if o.name == about.name),
            "survey": (t.name for s in p.journey.stages for t in s.touchpoints if about.name in t.questions),
        }.get(about.kind, ())
        return {t for t in named if t}


def variant_words(e: Experiment | None, variant: str) -> str:
    """What a variant is called."""
    return e.called(variant) if e is not None else variant


def action_of(told: Told, chance: Chance | None, effect: ExperimentEffect | None, touchpoint: str = "") -> str:
    """What to do, verb first: as the params say it, else made of the names. touchpoint: where a chance lies that nobody wrote."""
    if effect is not None:
        e = told.experiment(effect.experiment)
        return e.action(effect.variant) if e is not None else f"Use {effect.variant} instead of {effect.control}"
    if chance is None:
        return ""
    o = told.opportunity(chance.name)
    if o is not None and o.action:
        return o.action
    if chance.proposed and touchpoint:
        return _proposed(told, touchpoint)
    words = chance.name.removeprefix("How might we ").rstrip("?")
    return phrases.title_case(words)


def _proposed(told: Told, touchpoint: str) -> str:
    """What to do at a touchpoint that no opportunity of the params covers."""
    if any(s.touchpoint == touchpoint for _, s in told.of(Flag)):
        return f"Find out why sources disagree about {touchpoint}"
    place = told.places.get(touchpoint)
    spoken = place.signals.get("interview") if place is not None else None
    if spoken is not None and spoken.strong:
        return f"Solve {quoted(spoken.finding.in_cell)} at {touchpoint}"
    if place is not None and any(s.source in ("survey", "feedback") for s in place.strong):
        return f"Make {touchpoint} better for those who are not satisfied"
    return f"Find out why {told.people} stop at {touchpoint}"


def reason(told: Told, s: Signal) -> Reason:
    """A signal as a number with its words."""
    value, of = phrases.of_100(s.hurt, s.base)
    said = s.finding.in_cell
    if s.source == "survey":
        said = f"who answer are not satisfied with {s.finding.touchpoint}"
    elif s.source == "interview":
        said = f"interviewed: {quoted(said)}"
    elif s.source == "feedback":
        said = f"ratings of {s.finding.touchpoint} are low"
    return Reason(SOURCES[s.source], value, of, said, s.finding.id, s.share)


def quoted(text: str) -> str:
    """A name of a code in quotation marks."""
    return "“" + text.strip('“”" ') + "”"


def agreeing(place: Place) -> Certainty:
    """How many sources agree about a place."""
    n = place.agreeing
    names = {1: "one source", 2: "two sources agree", 3: "three sources agree", 4: "four sources agree"}
    return Certainty(min(n, 3), names.get(n, "no source"))


def day(d: date | None) -> str:
    """`30 September 2026`."""
    return f"{d.day} {d:%B %Y}" if d else ""


def sure(e: Compared, f: Finding) -> bool:
    """Whether a comparison is beyond chance and not thin."""
    x = f.estimate
    return bool(x and x.low is not None and x.high is not None and (x.low > 0 or x.high < 0) and policy.carries_headline(min(e.counts)) and (e.p is None or e.p < 0.05))
