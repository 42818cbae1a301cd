"""A place of the journey, what was counted there, and a half of the period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from ..results.result import Evidence


@dataclass(frozen=True)
class Half:
    """One half of the study's period: the days from `start` to `end`, both included, in the client's zone."""

    name: str
    start: date
    end: date

    @property
    def label(self) -> str:
        """`5 Jan – 1 Apr 2026`."""
        years = "" if self.start.year == self.end.year else f" {self.start.year}"
        return f"{self.start.day} {self.start:%b}{years} – {self.end.day} {self.end:%b} {self.end.year}"


@dataclass(frozen=True)
class Place:
    """A place: how it is called, the SQL condition of its contacts, and where its stage lies on the journey."""

    name: str
    words: str
    where: str
    stage: str
    touchpoint: str | None
    position: int  # of its stage
    later: tuple[str, ...]  # wanted stages behind it
    observed_by: str  # the place whose horizon holds here


@dataclass(frozen=True)
class Seen:
    """What was counted at a place.

    reached: customers with a contact here (by half: newcomers who got here within `reach_horizon_s`), of `customers`.
    entered: customers whose first contact here ever lies in the period. Of these, observed for at least `horizon_s`: `base`,
    of whom `onward` went on to a later stage, `arrived` came to the next one, `ended` met an end, the others left.
    `pending` were not observed so long and have not gone on yet; `early` have, and are counted in no share.
    progress: of the observed, those not seen beyond the stage before; `stopped` of them were at no other touchpoint of this or
    a later stage afterwards.
    """

    place: Place
    reached: int
    customers: int
    entered: int
    base: int
    onward: int
    arrived: int
    ended: int
    pending: int
    early: int
    progress: int
    stopped: int
    horizon_s: float | None
    unobserved: str
    evidence: Mapping[str, Evidence]  # reach, conversion, arrived, time, stopped


def through(stage: str, channel: str) -> str:
    """The name of a stage as seen through one channel."""
    return f"stage:{stage}\x1f{channel}"
