"""Subjects of findings: what people say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .subject import Subject


@dataclass(frozen=True)
class SurveyQuestion(Subject):
    """The score of a question of a survey."""

    question_id: str
    instrument: str
    weighted: bool = False


@dataclass(frozen=True)
class CustomerOutcome(Subject):
    """What became of customers, as the params name it. by, group: of which part of them; p: that all parts by it are equal, corrected for the number of groupings."""

    name: str
    by: str = ""
    group: str = ""
    p: float | None = None


@dataclass(frozen=True)
class Driver(Subject):
    """A question whose answers go together with an outcome. reading: how much it matters and how it is served, against the others."""

    outcome: str
    question_id: str
    reading: str = ""


@dataclass(frozen=True)
class LowRatings(Subject):
    """Low ratings about a touchpoint in what people write unasked."""

    about: str


@dataclass(frozen=True)
class FeedbackText(Subject):
    """One text that somebody wrote unasked."""

    source: str
    feedback_id: str


@dataclass(frozen=True)
class Code(Subject):
    """A code of the codebook. path: its name with those above it, topmost first."""

    path: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", tuple(self.path))

    @property
    def name(self) -> str:
        """The code's own name."""
        return self.path[-1]

    def lies_under(self, other: Code) -> bool:
        """Whether the code is one of those below another."""
        return len(self.path) > len(other.path) and self.path[:len(other.path)] == other.path


@dataclass(frozen=True)
class ChosenAnswer(Subject):
    """An answer that respondents chose at a choice question."""

    question_id: str
    answer: str


@dataclass(frozen=True)
class AnswerCode(Subject):
    """A code given to what respondents wrote at an open question. path: its name with those above it, topmost first."""

    question_id: str
    path: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", tuple(self.path))


@dataclass(frozen=True)
class Quote(Subject):
    """One coded passage. kind and valence: of the code it stands for (−2 … +2), where it has them."""

    coding_id: str
    kind: str = ""
    valence: float | None = None


@dataclass(frozen=True)
class Emotion(Subject):
    """The mean valence of passages at a place of the journey. place: "stage" or "touchpoint"."""

    place: Literal["stage", "touchpoint"]
    name: str


@dataclass(frozen=True)
class Agreement(Subject):
    """How far coders agree, by a coefficient."""

    coefficient: str
