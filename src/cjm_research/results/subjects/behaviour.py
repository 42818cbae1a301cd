"""Subjects of findings: behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .subject import Subject


@dataclass(frozen=True)
class Reach(Subject):
    """How many are seen at a place of the journey. place: "stage" or "touchpoint"."""

    place: Literal["stage", "touchpoint"]
    name: str


@dataclass(frozen=True)
class GoingOn(Subject):
    """How many of those seen in a stage are seen in a later one afterwards. next: the next stage, where all of them are seen there. ordered: whether
    the data say what came first."""

    stage: str
    next: str = ""
    ordered: bool = True


@dataclass(frozen=True)
class Arrival(Subject):
    """How many of those who come to a stage are seen in the next one afterwards."""

    stage: str
    next: str


@dataclass(frozen=True)
class TimeOnward(Subject):
    """How long those who go on from a stage take."""

    stage: str


@dataclass(frozen=True)
class Action(Subject):
    """An event that customers of a stage have."""

    event: str


@dataclass(frozen=True)
class FunnelStep(Subject):
    """A funnel or one step of it. number: of the step that is reached or lost, counted from 1; None for the whole funnel."""

    funnel: str
    title: str
    what: Literal["conversion", "step", "time", "loss"]
    number: int | None = None


@dataclass(frozen=True)
class Retention(Subject):
    """How many come back in a period after their first visit."""

    period: str


@dataclass(frozen=True)
class Stake(Subject):
    """What going on from a stage as often as a reference would be worth. reference: "persona" or "period"; group: its name."""

    stage: str
    reference: str
    group: str = ""
