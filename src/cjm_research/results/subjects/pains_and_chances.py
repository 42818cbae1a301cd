"""Subjects of findings: what hurts, and what could be done about it."""

from __future__ import annotations

from dataclasses import dataclass

from .subject import Rank, Subject


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
    """What moved when a change went live. moved: "up", "down", or empty where nothing clear did; holds: also against the control series, where one is named.

    said: the metric in words; against: (value, low, high) of the difference to the control series.
    """

    name: str
    metric: str
    moved: str = ""
    holds: bool = False
    p: float | None = None
    said: str = ""
    on: str = ""
    against: tuple[float, float, float] | None = None

    def __post_init__(self) -> None:
        if self.against is not None:
            object.__setattr__(self, "against", tuple(self.against))  # a list where it comes from JSON


@dataclass(frozen=True)
class Target(Subject):
    """The score of a question against the target of its touchpoint."""

    question_id: str


@dataclass(frozen=True)
class Benchmark(Subject):
    """A figure against a benchmark of the params."""

    metric: str


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
