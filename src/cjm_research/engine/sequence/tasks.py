"""The kernel inside tasks of a distributed engine: Arrow batches of sorted rows in, one row a customer out.

Needs numpy and pyarrow only. Rows come by customer and time; a block of whole customers is walked at once, so the
memory of a task does not grow with its partition, save for one customer with very many events.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .attempts import count_attempts
from .by_value import walk_by_value
from .chains import Chains
from .kernel import walk
from .rows import Ints, Log, Rows, first_of_each, log_of
from .rule import Exclusion, Rule
from .ties import share_events

if TYPE_CHECKING:
    import pyarrow as pa

_BLOCK = 2_000_000  # rows walked at once
#: what a task reads: the unit (text), its customer (text), the time (µs), the steps and exclusions an event matches (as
#: bits), whether it lies in the period, and the unit's last event (µs) where it is asked for
_READS = ("u", "customer", "t", "steps", "excluded", "seen", "last")


@dataclass(frozen=True)
class Task:
    """A funnel as a task needs it. exclusions: (after, before, drops) of each bit; first_ever: by step. ends: whether the bit after those of
    exclusions means an end."""

    rule: Rule
    steps: int
    exclusions: tuple[tuple[int, int, bool], ...] = ()
    first_ever: tuple[bool, ...] = ()
    ends: bool = False

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns of the rows."""
        return _READS

    @property
    def gives(self) -> tuple[tuple[str, str], ...]:
        """The columns of the result, with their SQL types."""
        wide = [(f"{kind}{k}", "bigint") for kind in ("t", "f") for k in range(self.steps)]
        return (("u", "string"), ("customer", "string"), ("depth", "bigint"), ("reached", "bigint"), ("first_start", "bigint"),
                ("open_until", "bigint"), ("dropped", "boolean"), ("ended", "boolean"), ("last", "bigint"), *wide)

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The answer of each block of units."""
        for table in whole_units(batches):
            yield from self._answer(_block(table, self)).to_batches()

    def _answer(self, block: _Block) -> pa.Table:
        chains = walk(block.steps, self.rule, block.exclusions, last_instant=block.last_instant, ends=block.ends)
        return _table(self.gives, block.columns(chains, chains.u))


@dataclass(frozen=True)
class ByValue(Task):
    """A funnel counted once per value of `v`. step: see `walk_by_value`."""

    step: int | None = None

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns of the rows."""
        return (*_READS, "v")

    @property
    def gives(self) -> tuple[tuple[str, str], ...]:
        """One row a unit and value `v`."""
        return (*super().gives, ("v", "string"))

    def _answer(self, block: _Block) -> pa.Table:
        import pyarrow as pa

        found = coded(block.table.column("v"))
        code = np.asarray(found.indices.fill_null(-1)).astype(np.int64)[block.order] + 1
        chains, u, value = walk_by_value(block.log, block.steps, self.rule, block.exclusions, code, self.step, block.last_instant)
        return _table(self.gives, {**block.columns(chains, u), "v": found.dictionary.take(pa.array(value - 1, mask=value == 0))})


def whole_units(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The rows in tables of whole units, of at least `_BLOCK` rows save the last."""
    import pyarrow as pa

    kept: list[Any] = []
    rows = 0
    for batch in batches:
        if not batch.num_rows:
            continue
        kept.append(batch)
        rows += batch.num_rows
        if rows < _BLOCK:
            continue
        last = batch.column("u")[-1].as_py()
        if batch.column("u")[0].as_py() == last and len(kept) > 1 and kept[0].column("u")[0].as_py() == last:
            continue  # one unit so far
        table = pa.Table.from_batches(kept)
        column = np.asarray(table.column("u").combine_chunks().dictionary_encode().indices)
        cut = int(np.flatnonzero(column != column[-1])[-1]) + 1 if column[0] != column[-1] else 0
        if cut:
            yield table.slice(0, cut)
        kept = table.slice(cut).to_batches()
        rows -= cut
    if kept:
        yield pa.Table.from_batches(kept)


class Attempts(Task):
    """Attempts instead of customers: a row a block with the number of attempts that reach each step.

    apart0, apart1, …: where no event of the log matches two steps; shared0, …: where one does. shared: whether one of
    the block does, since no block knows of the others.
    """

    @property
    def gives(self) -> tuple[tuple[str, str], ...]:
        """The columns of the result, with their SQL types."""
        return (("shared", "boolean"), *((f"{kind}{k}", "bigint") for kind in ("apart", "shared") for k in range(self.steps)))

    def _answer(self, block: _Block) -> pa.Table:
        columns = {"shared": np.array([share_events(block.steps)])}
        for kind in ("apart", "shared"):
            counts = count_attempts(block.steps, self.rule, block.exclusions, shared=kind == "shared")
            columns |= {f"{kind}{k}": counts[k:k + 1] for k in range(self.steps)}
        return _table(self.gives, columns)


@dataclass(frozen=True)
class _Block:
    """The rows of a block of whole units as the kernel reads them. order: the row of the table at each position of the log."""

    table: pa.Table
    units: pa.Array
    log: Log
    order: Ints
    steps: list[Rows]
    exclusions: list[Exclusion]
    last_instant: Ints | None
    ends: Rows | None = None

    def columns(self, chains: Chains, u: Ints) -> dict[str, Any]:
        """What `Task.gives` of chains whose units are `u`."""
        import pyarrow as pa

        row = pa.array(self.order[self.log.first[u]])  # one of each unit
        columns = {"u": self.units.take(pa.array(u)), "customer": self.table.column("customer").take(row).combine_chunks(),
                   "depth": chains.depth, "reached": _bits(chains.reached), "first_start": chains.first_start, "open_until": chains.open_until,
                   "dropped": chains.excluded, "ended": chains.ended, "last": self.table.column("last").take(row).combine_chunks()}
        for k in range(chains.times.shape[1]):
            columns |= {f"t{k}": chains.times[:, k], f"f{k}": chains.first_reach[:, k]}
        return columns


def _block(table: pa.Table, task: Task) -> _Block:
    import pyarrow as pa

    units = coded(table.column("u"))
    log, order = log_of(np.asarray(units.indices).astype(np.int64), table.column("t").to_numpy())
    steps, excluded = (table.column(c).to_numpy()[order] for c in ("steps", "excluded"))
    seen = np.asarray(table.column("seen").to_numpy(zero_copy_only=False) if isinstance(table.column("seen"), pa.Array)
                      else table.column("seen").to_numpy(), dtype=bool)[order]

    def rows_of(bits: np.ndarray, bit: int, first_ever: bool = False) -> Rows:
        rows = log.select((bits >> bit) & 1 == 1)
        if first_ever:
            rows = rows.take(first_of_each(rows.u))
        return rows.take(np.flatnonzero(seen[rows.o]))

    ever = task.first_ever or (False,) * task.steps
    last_instant = None
    if task.rule.order == "strict":
        last_instant = np.full(log.customers, -1, dtype=np.int64)
        np.maximum.at(last_instant, log.u[seen], log.g[seen])
    return _Block(table, units.dictionary, log, order, [rows_of(steps, k, ever[k]) for k in range(task.steps)],
                  [Exclusion(rows_of(excluded, i), *e) for i, e in enumerate(task.exclusions)], last_instant,
                  rows_of(excluded, len(task.exclusions)) if task.ends else None)


def coded(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """A column of text as codes and a dictionary."""
    import pyarrow as pa

    out = column.combine_chunks().dictionary_encode()
    return out.combine_chunks() if isinstance(out, pa.ChunkedArray) else out


def _table(gives: Sequence[tuple[str, str]], columns: Mapping[str, Any]) -> pa.Table:
    import pyarrow as pa

    types = {"string": pa.string(), "bigint": pa.int64(), "boolean": pa.bool_()}
    return pa.table([pa.array(columns[name], type=types[kind]) if isinstance(columns[name], np.ndarray) else columns[name].cast(types[kind])
                     for name, kind in gives], names=[name for name, _ in gives])


def _bits(flags: np.ndarray) -> np.ndarray:
    return np.asarray((flags.astype(np.int64) << np.arange(flags.shape[1])).sum(axis=1))


def chains_from(table: pa.Table, steps: int) -> tuple[Chains, pa.Table]:
    """What all tasks gave as `Chains`, by ascending unit, and the table in that order."""
    table = table.sort_by("u")
    n = table.num_rows

    def column(name: str) -> np.ndarray:
        return np.asarray(table.column(name).to_numpy())

    def wide(kind: str) -> np.ndarray:
        return np.stack([column(f"{kind}{k}") for k in range(steps)], axis=1) if n else np.empty((0, steps), dtype=np.int64)

    bits = column("reached").astype(np.int64)
    return Chains(np.arange(n), column("depth").astype(np.int8), (bits[:, None] >> np.arange(steps)) & 1 == 1, wide("t"), column("first_start"),
                  wide("f"), column("open_until"), column("dropped").astype(bool), column("ended").astype(bool)), table


def attempts_from(table: pa.Table, steps: int) -> Ints:
    """How many attempts reach each step, from what all tasks of `Attempts` gave."""
    kind = "shared" if any(table.column("shared").to_pylist()) else "apart"
    return np.array([sum(table.column(f"{kind}{k}").to_pylist()) for k in range(steps)], dtype=np.int64)


def schema_text(columns: Sequence[tuple[str, str]]) -> str:
    """Columns as a SQL schema."""
    return ", ".join(f"{name} {kind}" for name, kind in columns)
