"""The one door to a study's log: embedded or on Spark, asked by the same texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from .events import Events, events_of
from .on_spark import RemoteEvents, remote_of

if TYPE_CHECKING:
    import pandas as pd

    from ..engine.sequence.rows import Ints
    from ..study import Study


class Index(Protocol):
    """What is known of a log before it is read: the names that occur, and the ids behind customer codes."""

    without_customer: int

    @property
    def names(self) -> Mapping[str, Sequence[str]]:
        """Column → the values that occur in it."""

    def ids(self, u: Ints) -> Any:
        """The ids of customer codes."""


class EventLog(Protocol):
    """What a question may ask of a log wherever it lies.

    low, high: first and one past the last time looked at, µs. `Events` and `RemoteEvents` are its two implementations; what only
    one of them has (arrays here, tasks there) is asked for by that type.
    """

    client: str
    low: int
    high: int

    @property
    def index(self) -> Index:
        """Names and ids."""

    @property
    def end(self) -> int:
        """The end of observation, µs, inclusive."""

    def ask(self, sql: str) -> pd.DataFrame:
        """The result of a portable text over `log` (what the study sees) and `log_all` (also outside its period)."""


def log_of(study: Study) -> Events | RemoteEvents:
    """The study's log, where its params say it lies: nobody else asks them.

    Raises `NotEnoughData` where it has no interactions, `BadInput` where Spark cannot be used.
    """
    return remote_of(study) if study.params.engine.kind == "spark" else events_of(study)
