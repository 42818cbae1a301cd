"""Attribution inside tasks of a distributed engine: sorted rows in, sums over blocks of whole customers out.

Two readings: `Sizes` tells which values the most journeys have, `Credits` sums up their credit. What a task gives grows
with the number of values, groups and different paths, not with that of touches.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..sequence.rows import NEVER, Ints, log_of
from ..sequence.tasks import coded, whole_units
from .common import path_counts
from .groups import groups_of
from .journeys import Stretches, stretches
from .rules import Models
from .sums import Sums, sums_of

if TYPE_CHECKING:
    import pyarrow as pa

#: what a task reads, by group, customer and time: the customer (text), their random group, the time (µs), the touch (text; NULL:
#: none), whether it is a conversion, its value, and the session (text) where it matters
READS = ("u", "grp", "t", "v", "goal", "value", "session")


@dataclass(frozen=True)
class Rule:
    """Which touches lead to a conversion, as `stretches` has it; µs."""

    window: int | None
    end: int
    same_session: bool
    begin: int = NEVER


@dataclass(frozen=True)
class Sizes:
    """The first reading. One row a value and block: v, journeys; and one with v NULL: customers who have journeys,
    conversions, paths too young to be null."""

    rule: Rule
    gives = (("v", "string"), ("journeys", "bigint"), ("customers", "bigint"), ("conversions", "bigint"), ("pending", "bigint"))

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        for table in whole_units(batches):
            block = _Block.of(table, self.rule)
            found = block.cut
            sizes = found.sizes(len(block.values))
            facts = (len(np.unique(found.customer[~found.young])), found.conversions, int(found.young.sum()))
            none = [None] * len(sizes)
            yield from _table(self.gives, [pa.concat_arrays([block.values, pa.array([None], pa.string())]), [*sizes.tolist(), None],
                                           *([*none, fact] for fact in facts)]).to_batches()


@dataclass(frozen=True)
class Credits:
    """The second reading. One row a group and block: grp, u (where each customer is a group), sums (`Sums.by_group`);
    one a block: sums (`Sums.whole`), without group; and one a different path: path, total, converted.

    shown: the values that are touches of their own. other: whether there are others. singly: a group a customer.
    """

    rule: Rule
    models: Models
    shown: tuple[str, ...]
    other: bool
    singly: bool
    gives = (("grp", "bigint"), ("u", "string"), ("path", "binary"), ("total", "bigint"), ("converted", "bigint"), ("sums", "array<double>"))

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa
        import pyarrow.compute as pc

        names = [*self.shown, *([""] if self.other else [])]
        for table in whole_units(batches):
            block = _Block.of(table, self.rule)
            touch = pc.index_in(block.values, value_set=pa.array(self.shown, pa.string())).fill_null(len(self.shown))
            journeys = block.cut.named(np.asarray(touch).astype(np.int64), names)
            if not len(journeys.customer):
                continue
            people = journeys.people[0]
            if self.singly:
                group, number, ids = np.arange(len(people)), np.zeros(len(people), dtype=np.int64), block.units.take(pa.array(people))
            else:
                number, group = np.unique(block.group[people], return_inverse=True)
                ids = pa.nulls(len(number), pa.string())
            sums = sums_of(journeys, self.models, group, len(number))
            yield from _table(self.gives, [number, ids, None, None, None, _lists(sums.by_group)]).to_batches()
            yield from _table(self.gives, [None, None, None, None, None, _lists(sums.whole[None])]).to_batches()
            paths = path_counts(journeys)
            yield from _table(self.gives, [None, None, *(paths.column(c) for c in ("path", "total", "converted")), None]).to_batches()


@dataclass(frozen=True)
class _Block:
    """Rows of whole customers: their ids and groups by code, the values by code, and the journeys."""

    units: pa.Array
    group: Ints
    values: pa.Array
    cut: Stretches

    @classmethod
    def of(cls, table: pa.Table, rule: Rule) -> _Block:
        table = table.combine_chunks()
        units, values, sessions = (_encoded(table.column(c)) for c in ("u", "v", "session"))
        log, order = log_of(units[0], table.column("t").to_numpy())
        touch, goal = values[0][order], np.asarray(table.column("goal").to_numpy(), dtype=bool)[order]
        rows, goals = log.select(touch >= 0), log.select(goal)
        of = sessions[0][order]
        cut = stretches(goals, np.asarray(table.column("value").to_numpy(), dtype=float)[order][goals.o], rows, touch[rows.o], window=rule.window, end=rule.end,
                        begin=rule.begin, sessions=(of[goals.o], of[rows.o]) if rule.same_session else None)
        return cls(units[1], np.asarray(table.column("grp").to_numpy())[order][log.first[:-1]], values[1], cut)


def _encoded(column: pa.ChunkedArray) -> tuple[Ints, pa.Array]:
    """A column of text as codes (−1: none), and the texts by code."""
    encoded = coded(column)
    return encoded.indices.fill_null(-1).to_numpy().astype(np.int64), encoded.dictionary


def _lists(rows: np.ndarray) -> pa.Array:
    """Rows of numbers as lists."""
    import pyarrow as pa

    return pa.ListArray.from_arrays(np.arange(len(rows) + 1, dtype=np.int32) * rows.shape[1], rows.ravel())


def _table(gives: tuple[tuple[str, str], ...], columns: list[Any]) -> pa.Table:
    """Columns (None: all NULL) with the types of a task's result."""
    import pyarrow as pa

    types = {"string": pa.string(), "binary": pa.binary(), "bigint": pa.int64(), "array<double>": pa.list_(pa.float64())}
    n = next(len(c) for c in columns if c is not None)
    arrays = [pa.nulls(n, types[kind]) if c is None else c.cast(types[kind]) if isinstance(c, pa.Array | pa.ChunkedArray) else pa.array(c, types[kind])
              for c, (_, kind) in zip(columns, gives, strict=True)]
    return pa.table(arrays, names=[name for name, _ in gives])


def sums_from(blocks: pa.Table, models: Models, n: int, drawn: int) -> Sums:
    """What all blocks gave (rows of `Credits` without paths) as the sums of all. drawn: groups, where customers are not groups each."""
    import pyarrow.compute as pc

    grouped = blocks.filter(pc.is_valid(blocks.column("grp")))
    whole = blocks.filter(pc.is_null(blocks.column("grp")))
    ids = grouped.column("u")
    group, groups = grouped.column("grp").to_numpy(), drawn
    if not ids.null_count:  # a row a customer
        group, groups = groups_of(np.arange(len(ids)), lambda at: ids.take(at).to_pylist(), len(ids))
    return Sums.added(models.weighing, n, groups, group, _matrix(grouped), _matrix(whole))


def _matrix(table: pa.Table) -> np.ndarray:
    values = table.column("sums").combine_chunks().flatten().to_numpy()
    return values.reshape(table.num_rows, -1) if table.num_rows else values.reshape(0, 0)
