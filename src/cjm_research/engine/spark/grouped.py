"""Rows spread over tasks by random group of customers, and what tasks give for them, kept while they are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from ..portable import render
from ..sequence.tasks import schema_text

if TYPE_CHECKING:
    import pyarrow as pa

    from .log import SparkLog


class BlockTask(Protocol):
    """What runs in tasks: batches of rows in, rows with the columns `gives` (name, SQL type) out."""

    gives: tuple[tuple[str, str], ...]

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]: ...


class Grouped:
    """Rows by group (`grp`), customer (`u`) and time; made by `grouped`."""

    def __init__(self, rows: Any, reads: Sequence[str], keep: Callable[[Any], Any]) -> None:
        self._rows, self._reads, self._keep = rows, list(reads), keep

    def answer(self, name: str, task: BlockTask, *, kept: bool = False) -> None:
        """What a task gives, as a view; kept where it is asked several times."""
        given = self._rows.select(*self._reads).mapInArrow(task, schema_text(task.gives))
        (self._keep(given) if kept else given).createOrReplaceTempView(name)


@contextmanager
def grouped(log: SparkLog, sql: str, groups: int, reads: Sequence[str]) -> Iterator[Grouped]:
    """The rows of a portable text with u, t and o, spread by group; in memory, else on the workers' disks, until the end.

    grp: crc32 of u modulo `groups`, as `attribution.groups_of` has it, so that a group lies in one task. reads: the
    columns that tasks read.
    """
    kept: list[Any] = []

    def keep(frame: Any) -> Any:
        kept.append(frame.persist())
        return kept[-1]

    rows = log.session.sql(render(sql, "spark")).selectExpr("*", f"crc32(CAST(u AS BINARY)) % {groups} AS grp")
    try:
        yield Grouped(keep(rows.repartition("grp").sortWithinPartitions("grp", "u", "t", "o")), reads, keep)
    finally:
        for frame in kept:
            frame.unpersist()
