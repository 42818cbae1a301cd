"""What a finding is about, as data: the step of a funnel, the quote, the question.

A question makes the subject where it knows it; whoever composes, labels or compares findings reads it from there. Keys and
sentences of findings are never taken apart. In `findings.json` a subject is its fields and its `type`, the name of its class.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal


class Subject:
    """What a finding is about. Each kind is a frozen dataclass of plain values."""

    types: ClassVar[dict[str, type[Subject]]] = {}

    def __init_subclass__(cls) -> None:
        Subject.types[cls.__name__] = cls

    def to_dict(self) -> dict[str, Any]:
        """Plain values, with the `type`."""
        return {"type": type(self).__name__, **asdict(self)}  # type: ignore[call-overload]

    @staticmethod
    def from_dict(data: Mapping[str, Any] | None) -> Subject | None:
        """The inverse of `to_dict`. Raises ValueError for an unknown type, TypeError for unknown or absent fields."""
        if data is None:
            return None
        fields = dict(data)
        name = fields.pop("type", None)
        if name not in Subject.types:
            raise ValueError(f"subject of type {name!r} is none of {', '.join(sorted(Subject.types))}")
        if isinstance(fields.get("rank"), Mapping):
            fields["rank"] = Rank(**fields["rank"])
        return Subject.types[name](**fields)


@dataclass(frozen=True)
class Rank:
    """A place in a ranking, with the range it keeps in 90 % of the draws. of: how many are ranked; None: not said."""

    rank: int
    low: int
    high: int
    of: int | None = None


# --- behaviour ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reach(Subject):
    """How many are seen at a place of the journey. place: "stage" or "touchpoint"."""

    place: Literal["stage", "touchpoint"]
    name: str


@dataclass(frozen=True)
class GoingOn(Subject):
    """How many of those seen in a stage are seen in a later one afterwards. next: the next stage, where all of them are seen there."""

    stage: str
    next: str = ""


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
class Loop(Subject):
    """A place that customers come back to. by: "stage" or "touchpoint"."""

    by: str
    node: str


@dataclass(frozen=True)
class Stake(Subject):
    """What going on from a stage as often as a reference would be worth. reference: "persona" or "period"; group: its name."""

    stage: str
    reference: str
    group: str = ""


# --- what people say ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SurveyQuestion(Subject):
    """The score of a question of a survey."""

    question_id: str
    instrument: str
    weighted: bool = False


@dataclass(frozen=True)
class CustomerOutcome(Subject):
    """What became of customers, as the params name it."""

    name: str


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


# --- what hurts, and what could be done about it -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Pain(Subject):
    """A touchpoint among the worst of one source. clear: whether it hurts a larger share than the others of the source, beyond chance."""

    source: str
    touchpoint: str
    rank: Rank | None = None
    clear: bool = False


@dataclass(frozen=True)
class Flag(Subject):
    """A touchpoint about which sources disagree."""

    touchpoint: str


@dataclass(frozen=True)
class Opportunity(Subject):
    """An opportunity and where it stands. ranking: its score and rank in words; proposed: it follows from findings, nobody wrote it."""

    name: str
    status: str
    owner: str = ""
    ranking: str = ""
    quadrant: str = ""
    review: str = ""
    rank: Rank | None = None
    proposed: bool = False

    @property
    def standing(self) -> tuple[str, ...]:
        """Status, owner, rank, quadrant and next review in words, those that are known."""
        return tuple(x for x in (self.status, self.owner, self.ranking, self.quadrant, self.review) if x)


@dataclass(frozen=True)
class Importance(Subject):
    """What customers hold important, against how satisfied they are with it."""

    item: str


@dataclass(frozen=True)
class ExperimentEffect(Subject):
    """The verdict on a variant of an experiment.

    choice: "ship", "do not ship", "inconclusive", "too early", "withheld". level, control_level: the primary metric of both arms, in
    `unit`. beats, ties: other variants that beat the control too, which it beats as well, or cannot be told apart from. doubtful: (metric, relative change) of
    effects too large to be believed unchecked. worth: what the effect comes to in 30 days with its interval, in `worth_unit`, among `worth_of` customers.
    """

    experiment: str
    variant: str
    choice: str = ""
    control: str = ""
    metric: str = ""
    level: float | None = None
    control_level: float | None = None
    unit: str = ""
    beats: tuple[str, ...] = ()
    ties: tuple[str, ...] = ()
    doubtful: tuple[tuple[str, float], ...] = ()
    worth: tuple[float, float, float] | None = None
    worth_unit: str = ""
    worth_of: float | None = None

    def __post_init__(self) -> None:
        for name in ("beats", "ties", "worth"):
            if (value := getattr(self, name)) is not None:
                object.__setattr__(self, name, tuple(value))
        object.__setattr__(self, "doubtful", tuple(tuple(x) if isinstance(x, list) else x for x in self.doubtful))  # lists where it comes from JSON


@dataclass(frozen=True)
class ShippedChange(Subject):
    """What moved when a change went live."""

    name: str
    metric: str


@dataclass(frozen=True)
class Target(Subject):
    """The score of a question against the target of its touchpoint."""

    question_id: str


@dataclass(frozen=True)
class Benchmark(Subject):
    """A figure against a benchmark of the params."""

    metric: str


@dataclass(frozen=True)
class Watched(Subject):
    """A key figure that is watched. state: "steady", "alert", "data break", "known cause" or "cannot tell"."""

    kpi: str
    measure: str
    state: str


@dataclass(frozen=True)
class ThemeSince(Subject):
    """A theme of unasked texts that rises or falls since a day."""

    theme: str
    state: str


@dataclass(frozen=True)
class Sales(Subject):
    """A figure of what customers buy."""

    figure: str


@dataclass(frozen=True)
class DataBreak(Subject):
    """Days on which an event of a source stopped, began or was missing altogether."""

    source: str
    event: str
    kind: str


@dataclass(frozen=True)
class Compared(Subject):
    """An outcome of journeys with a property against those without it. levels: of both, with_it first; scale: highest value where the outcome is a score.

    source: "declared" (a comparison of params) or "answers" (those satisfied with something, against those who are not). weight: how many have the property.
    """

    name: str
    outcome: str
    with_it: str
    without_it: str
    levels: tuple[float, float]
    counts: tuple[int, int]
    unit: str = "score"
    scale: float | None = None
    p: float | None = None
    worse: bool = False
    source: str = "declared"

    def __post_init__(self) -> None:
        object.__setattr__(self, "levels", tuple(self.levels))
        object.__setattr__(self, "counts", tuple(self.counts))


@dataclass(frozen=True)
class FunnelSegment(Subject):
    """How a segment gets through a funnel, against all others together. against: their share; p: of the difference, corrected for the number of segments."""

    funnel: str
    title: str
    by: str
    value: str
    against: float | None = None
    p: float | None = None


# --- written by hand, and about the map itself -------------------------------------------------------------------------------


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


# --- personas ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Persona(Subject):
    """A persona and its size."""

    name: str


@dataclass(frozen=True)
class PersonaJourney(Subject):
    """A difference between the journeys of a persona and of the others."""

    measure: str
    what: str
