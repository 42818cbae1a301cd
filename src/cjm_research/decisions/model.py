"""Decisions as plain data, for the page, the slides and whoever else shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ..shapes import Json

#: what each kind of source is called where readers see it
SOURCES = {"behaviour": "What people do", "survey": "What they answer", "interview": "What they say", "feedback": "What they write", "experiment": "What a test shows"}


@dataclass(frozen=True)
class Certainty:
    """How sure something is: dots from 0 (assumed) to 3 (tested, or three sources), and why in words."""

    dots: int
    words: str

    @property
    def drawn(self) -> str:
        """`●●○`; a hollow ring alone for what is assumed."""
        return "●" * self.dots + "○" * (3 - self.dots) if self.dots else "○"


@dataclass(frozen=True)
class Reason:
    """A number of one source: `47` `of 100` `at the checkout never choose a slot`. finding: id of where it comes from; share: for a bar, 0 … 1."""

    source: str
    value: str
    of: str
    says: str
    finding: str
    share: float | None = None
    good: bool = False


@dataclass(frozen=True)
class Step:
    """Something to do. why: numbers of different sources; agree: how many agree that it hurts there; warning: what must be checked before a figure is quoted."""

    title: str
    why: tuple[Reason, ...]
    certainty: Certainty
    agree: str = ""
    says: str = ""
    worth: str = ""
    worth_says: str = ""
    sure: str = ""
    warning: str = ""
    owner: str = ""
    review: str = ""
    finding: str = ""
    touchpoint: str = ""


@dataclass(frozen=True)
class Answer:
    """A question of the client with its answer. lead: the answer in a few words; text: its sentence; needed: what would be needed to know it."""

    ask: str
    lead: str
    text: str
    certainty: Certainty
    findings: tuple[str, ...] = ()
    known: bool = True
    needed: str = ""

    @property
    def sentences(self) -> list[str]:
        """The answer as sentences."""
        return [s for s in (f"{self.lead} {self.text}".strip(), self.needed) if s]


@dataclass(frozen=True)
class Moved:
    """Something that moved: after a change, or since the last run. lead: since what; text: the sentence; finding: id of where it comes from."""

    lead: str
    text: str
    certainty: Certainty
    finding: str = ""


@dataclass(frozen=True)
class Decisions:
    """The first page. silent: why there is no first step, and what to do instead; moved: what moved, empty where nothing did."""

    first: Step | None
    answers: tuple[Answer, ...]
    then: tuple[Step, ...] = ()
    unknown: tuple[str, ...] = ()
    silent: str = ""
    people: str = field(default="customers")
    moved: tuple[Moved, ...] = ()

    def to_dict(self) -> Json:
        """Plain values for `decisions.json`."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Decisions:
        """What `to_dict` gave, as `decisions.json` of a run holds it. Raises `KeyError`, `TypeError` or `ValueError` for what it did not give."""
        first = data["first"]
        return cls(_step(first) if first else None, tuple(_answer(a) for a in data["answers"]), tuple(_step(s) for s in data.get("then") or ()),
                   tuple(map(str, data.get("unknown") or ())), str(data.get("silent") or ""), str(data.get("people") or "customers"),
                   tuple(Moved(**{**m, "certainty": Certainty(**m["certainty"])}) for m in data.get("moved") or ()))

    @property
    def cited(self) -> list[str]:
        """Ids of the findings that it rests on, in the order in which they are told."""
        steps = [s for s in (self.first, *self.then) if s is not None]
        told = [*(i for s in steps for i in (*(r.finding for r in s.why), s.finding)), *(i for a in self.answers for i in a.findings), *(m.finding for m in self.moved)]
        return list(dict.fromkeys(i for i in told if i))

    @property
    def sentences(self) -> list[str]:
        """Every sentence that a reader meets, for the lint of words."""
        out: list[str] = []
        for step in [s for s in (self.first, *self.then) if s is not None]:
            out += [step.title, step.says, f"{step.worth} {step.worth_says}".strip(), step.sure, step.warning, *(f"{r.value} {r.of} {r.says}" for r in step.why)]
        for a in self.answers:
            out += a.sentences
        return [s for s in [*out, *(f"{m.lead} {m.text}" for m in self.moved), *self.unknown, self.silent] if s]


def _step(data: Mapping[str, Any]) -> Step:
    return Step(**{**data, "why": tuple(Reason(**r) for r in data["why"]), "certainty": Certainty(**data["certainty"])})


def _answer(data: Mapping[str, Any]) -> Answer:
    return Answer(**{**data, "certainty": Certainty(**data["certainty"]), "findings": tuple(data.get("findings") or ())})
