"""A place of the journey, what was counted there, and a half of the period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from ..results.result import Evidence

MOST_TIED = 0.05  # of those who entered a place; more of them could move a share by more than that


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
    `pending` were not observed so long and have not gone on yet; `early` have, and are counted in no share. Nor are the
    `tied`: seen here and further on the journey (of a touchpoint: at another one of its stage, too) in one instant, of which
    nobody says what came first. Where they are more than `MOST_TIED` of those who entered, all shares have a base of 0.
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
    tied: int
    progress: int
    stopped: int
    horizon_s: float | None
    unobserved: str
    evidence: Mapping[str, Evidence]  # reach, conversion, arrived, time, stopped


    @property
    def order_unknown(self) -> bool:
        """Whether too many were seen here and further in one instant for a share to be told."""
        return is_order_unknown(self.tied, self.entered)


def is_order_unknown(tied: int, entered: int) -> bool:
    """Whether those whose order nobody knows could move a share by more than `MOST_TIED`."""
    return tied > MOST_TIED * entered


def through(stage: str, channel: str) -> str:
    """The name of a stage as seen through one channel."""
    return f"stage:{stage}\x1f{channel}"
