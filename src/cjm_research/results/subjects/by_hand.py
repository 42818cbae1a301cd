"""Subjects of findings: written by hand, and about the map itself."""

from __future__ import annotations

from dataclasses import dataclass

from .subject import Subject


@dataclass(frozen=True)
class Assumption(Subject):
    """A hand-written line. lane: as the params call it; future: it tells of the future state."""

    lane: str
    text: str
    future: bool = False


@dataclass(frozen=True)
class Backstage(Subject):
    """Owner, systems and processes behind a touchpoint."""

    touchpoint: str
    owner: str = ""
    behind: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "behind", tuple(self.behind))


@dataclass(frozen=True)
class Backing(Subject):
    """How many entries of a stage rest on data."""

    stage: str
