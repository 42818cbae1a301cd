"""The log as memory-mapped columns of whole numbers: what makes a funnel over millions of events immediate.

Written once from the Parquet file of `interactions`, in two orders: by customer and time (`Log`), and by event,
customer and time (the `Rows` of each event). A row's position is its place by customer and time; conditions
that need more than the stored columns are answered by DuckDB with positions.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..files import put_in_place, remove_abandoned, remove_scratch, scratch_folder
from .duck import connect
from .sequence import Log, Rows
from .sequence.rows import Bools, Ints

if TYPE_CHECKING:
    import pyarrow as pa

#: columns with few distinct values, kept as codes; 0 stands for "none"
CODED = ("event", "touchpoint", "channel", "stage", "source")
META = "index.json"  # written last
VERSION = 3
_CHUNK = 4_000_000  # rows reordered at once


@dataclass(frozen=True)
class LogIndex:
    """An index on disk, opened. Columns are mapped, not read.

    rows: events in it. without_customer, without_time: rows of the file left out because they name neither.
    """

    folder: Path
    rows: int
    without_customer: int
    without_time: int
    names: Mapping[str, Sequence[str]]  # coded column → its values; code 1 is the first
    last: int | None = None  # the last event, µs

    @classmethod
    def open(cls, folder: Path, parquet: Path | None = None) -> LogIndex | None:
        """The index in a folder, or None where there is none, one of another version, or one of another file."""
        try:
            meta = json.loads((folder / META).read_text(encoding="utf-8"))
            if meta.get("version") != VERSION or (parquet and meta.get("file") != _stamp(parquet)):
                return None
        except (OSError, ValueError):
            return None
        return cls(folder, meta["rows"], meta["without_customer"], meta["without_time"], meta["names"], meta.get("last"))

    @functools.cached_property
    def log(self) -> Log:
        """All events by customer and time."""
        return Log(self._column("u"), self._column("t"), self._column("g"), self._column("first"))

    @functools.cached_property
    def end(self) -> int:
        """The last event of all, µs; 0 without events. Known without reading the times."""
        return self.last if self.last is not None else int(np.max(self.log.t)) if len(self.log) else 0

    @functools.cached_property
    def customers(self) -> pa.Array:
        """The customer ids by code."""
        import pyarrow.parquet as pq

        return pq.read_table(self.folder / "customers.parquet").column(0).combine_chunks()

    def ids(self, u: Ints) -> pa.Array:
        """The customer ids of codes, as text."""
        return ids_at(self.customers, u)

    def codes(self, column: str) -> Ints:
        """The codes of a column (one of `CODED`), by position."""
        return self._column(column)

    def in_known_order(self, before: Ints, after: Ints) -> Bools:
        """Of pairs of positions of one instant, whether an export says which of the two came first."""
        known, source = self._column("known"), self._column("source")
        return np.asarray(known[before] & known[after] & (source[before] == source[after]))

    def code_of(self, column: str, values: Sequence[str]) -> list[int]:
        """The codes of those of the values that occur."""
        known = {name: i + 1 for i, name in enumerate(self.names[column])}
        return [known[v] for v in values if v in known]

    def of_event(self, names: Sequence[str]) -> Rows:
        """The events with one of the names."""
        offsets = self._column("offsets")
        parts = [self._event_rows(int(offsets[c]), int(offsets[c + 1])) for c in self.code_of("event", names)]
        if len(parts) == 1:
            return parts[0]
        if not parts:
            return self._event_rows(0, 0)
        joined = [np.concatenate(c) for c in zip(*((p.u, p.t, p.g, p.o) for p in parts), strict=True)]
        order = np.argsort(joined[3], kind="stable")
        u, t, g, o = (c[order] for c in joined)
        return Rows(u, t, g, o, known_sorted=True)

    def positions(self, file_rows: Ints) -> Ints:
        """Positions, ascending, of row numbers of the Parquet file."""
        if not (self.folder / "position.npy").is_file():
            return np.sort(file_rows)
        found = self._column("position")[file_rows]
        return np.sort(found[found >= 0])

    def file_rows(self, positions: Ints) -> Ints:
        """Row numbers of the Parquet file at positions."""
        return self._column("row")[positions] if (self.folder / "row.npy").is_file() else positions

    def _event_rows(self, low: int, high: int) -> Rows:
        u, t, g, o = (self._column(c)[low:high] for c in ("by_event_u", "by_event_t", "by_event_g", "by_event_o"))
        return Rows(u, t, g, o, known_sorted=True)

    def _column(self, name: str) -> Any:
        columns: dict[str, np.ndarray[Any, Any]] = self.__dict__.setdefault("_columns", {})
        if name not in columns:
            # a plain view: a memmap pays for its class at every slice
            columns[name] = np.load(self.folder / f"{name}.npy", mmap_mode="r").view(np.ndarray)
        return columns[name]


def ids_at(known: pa.Array, at: Ints) -> pa.Array:
    """The ids at positions of an array of ids, as text; no Python object is made for any of them."""
    import pyarrow as pa

    return known.take(pa.array(np.asarray(at, dtype=np.int64))).cast(pa.string())


def ensure_index(parquet: Path, folder: Path, memory_limit: str | None = None) -> LogIndex:
    """The index of a file of interactions in `folder`; built there where it is missing."""
    found = LogIndex.open(folder, parquet)
    if found is not None:
        return found
    folder.parent.mkdir(parents=True, exist_ok=True)
    remove_abandoned(folder.parent)
    partial = scratch_folder("log", folder.parent)
    try:
        build_index(parquet, partial, memory_limit)
        try:
            os.rename(partial, folder)
        except OSError:  # another kernel was faster, or an old one lies there
            if LogIndex.open(folder, parquet) is None:
                put_in_place(partial, folder, META)
    finally:
        remove_scratch(partial)
    opened = LogIndex.open(folder, parquet)
    if opened is None:
        raise RuntimeError(f"the index in {folder.name} cannot be read back")
    return opened


def build_index(parquet: Path, folder: Path, memory_limit: str | None = None) -> None:
    """Write the index of a Parquet file into an empty folder; the file is sorted first where it is not yet."""
    if not _write_columns(parquet, folder, None):
        _write_sorted(parquet, folder, memory_limit)
    _write_by_event(folder)
    meta = json.loads((folder / META).read_text(encoding="utf-8"))
    (folder / META).write_text(json.dumps({**meta, "file": _stamp(parquet)}), encoding="utf-8")


def _stamp(parquet: Path) -> list[int]:
    """What tells one state of a file from another."""
    found = parquet.stat()
    return [found.st_size, found.st_mtime_ns]


def _write_sorted(parquet: Path, folder: Path, memory_limit: str | None) -> None:
    """As `_write_columns` for a file in another order, or with rows that name no customer or time."""
    for old in folder.iterdir():
        old.unlink()
    con = connect(memory_limit)
    source, target = (str(p).replace("'", "''") for p in (parquet, folder / "sorted.parquet"))
    have = {r[0] for r in con.execute(f"DESCRIBE SELECT * FROM read_parquet('{source}')").fetchall()}
    columns = ", ".join(["customer_id", "occurred_at", *(c for c in (*CODED, "order_known") if c in have)])
    tie = "".join(f"{c}, " for c in ("sequence", "interaction_id") if c in have)
    con.execute(f"""COPY (SELECT {columns}, file_row_number FROM read_parquet('{source}', file_row_number = true)
        WHERE customer_id IS NOT NULL AND occurred_at IS NOT NULL
        ORDER BY customer_id, occurred_at, {tie}file_row_number) TO '{target}' (FORMAT parquet)""")
    dropped = con.execute(f"""SELECT count(*), count(*) FILTER (customer_id IS NULL),
        count(*) FILTER (customer_id IS NOT NULL AND occurred_at IS NULL) FROM read_parquet('{source}')""").fetchone()
    con.close()
    assert dropped is not None
    if not _write_columns(folder / "sorted.parquet", folder, (int(dropped[1]), int(dropped[2]))):
        raise RuntimeError("the sorted copy of the log is not sorted")
    row = np.load(folder / "row.npy", mmap_mode="r")
    position = np.full(int(dropped[0]), -1, dtype=row.dtype)
    position[row] = np.arange(len(row), dtype=row.dtype)
    np.save(folder / "position.npy", position)
    (folder / "sorted.parquet").unlink()


def _write_columns(parquet: Path, folder: Path, dropped: tuple[int, int] | None) -> bool:
    """Write the columns by customer and time; False, with files left behind, where the file is not in that order."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    have = set(pq.read_schema(parquet).names)
    file = pq.ParquetFile(parquet, read_dictionary=[c for c in ("customer_id", *CODED) if c in have], memory_map=True)
    n = file.metadata.num_rows
    small = np.int32 if n < 2**31 - 1 else np.int64
    coded = {c: _Coder(folder, c, n) for c in CODED if c in have}
    u, g = _new(folder, "u", small, n), _new(folder, "g", small, n)
    t = _new(folder, "t", np.int64, n)
    row = _new(folder, "row", small, n) if dropped is not None else None
    known = _new(folder, "known", np.bool_, n)
    starts: list[Ints] = []
    ids: list[pa.Array] = []
    last_id, last_t, last_u, last_g, at = None, 0, -1, -1, 0
    end: int | None = None
    wanted = ["customer_id", "occurred_at", *coded, *(["order_known"] if "order_known" in have else []), *(["file_row_number"] if row is not None else [])]
    for batch in _batches(file, wanted):
        size = batch.num_rows
        if batch.column("customer_id").null_count or batch.column("occurred_at").null_count:
            return False
        customer = batch.column("customer_id")
        times = batch.column("occurred_at").cast(pa.timestamp("us", "UTC") if _zoned(batch) else pa.timestamp("us"))
        now = times.cast(pa.int64()).to_numpy()
        new = np.empty(size, dtype=bool)
        code = customer.indices.to_numpy() if pa.types.is_dictionary(customer.type) else customer.to_numpy(zero_copy_only=False)
        new[1:] = code[1:] != code[:-1]
        new[0] = customer[0].as_py() != last_id
        step = np.empty(size, dtype=bool)
        step[1:] = now[1:] != now[:-1]
        step[0] = now[0] != last_t
        if np.any(~new[1:] & (now[1:] < now[:-1])) or (not new[0] and now[0] < last_t):
            return False
        u[at:at + size] = last_u + np.cumsum(new)
        g[at:at + size] = last_g + np.cumsum(new | step)
        t[at:at + size] = now
        end = max(int(now.max()), end if end is not None else int(now[0]))
        if row is not None:
            row[at:at + size] = batch.column("file_row_number").to_numpy()
        known[at:at + size] = batch.column("order_known").fill_null(False).to_numpy(zero_copy_only=False) if "order_known" in have else False
        for name, coder in coded.items():
            coder.add(at, batch.column(name))
        begins = np.flatnonzero(new)
        starts.append(at + begins)
        found = customer.take(pa.array(begins))
        ids.append(found.dictionary_decode() if pa.types.is_dictionary(found.type) else found)
        last_id, last_t, last_u, last_g = customer[size - 1].as_py(), int(now[-1]), int(u[at + size - 1]), int(g[at + size - 1])
        at += size
    people = pa.chunked_array(ids, type=ids[0].type if ids else pa.string())
    if pc.count_distinct(people).as_py() != len(people):
        return False  # a customer's rows do not lie together
    np.save(folder / "first.npy", np.concatenate([*starts, [n]]).astype(np.int64))
    pq.write_table(pa.table({"customer_id": people}), folder / "customers.parquet")
    names = {c: coded[c].finish() if c in coded else [] for c in CODED}
    for name in set(CODED) - set(coded):
        np.save(folder / f"{name}.npy", np.zeros(n, dtype=np.uint8))
    without_customer, without_time = dropped or (0, 0)
    (folder / META).write_text(json.dumps({"version": VERSION, "rows": n, "without_customer": without_customer,
                                           "without_time": without_time, "names": names, "last": end}), encoding="utf-8")
    return True


def _zoned(batch: pa.RecordBatch) -> bool:
    return getattr(batch.schema.field("occurred_at").type, "tz", None) is not None


def _batches(file: Any, columns: list[str]) -> Iterator[pa.RecordBatch]:
    for batch in file.iter_batches(batch_size=1_000_000, columns=columns):
        if batch.num_rows:
            yield batch


def _new(folder: Path, name: str, dtype: Any, n: int) -> Any:
    if n == 0:  # an empty file cannot be mapped
        np.save(folder / f"{name}.npy", np.empty(0, dtype=dtype))
        return np.empty(0, dtype=dtype)
    return np.lib.format.open_memmap(folder / f"{name}.npy", mode="w+", dtype=dtype, shape=(n,))


class _Coder:
    """Turns a text column into codes, chunk by chunk; code 0 is "none", as an empty text is."""

    def __init__(self, folder: Path, name: str, n: int) -> None:
        self.folder, self.name, self.n = folder, name, n
        self.known: dict[str, int] = {}
        self.out = _new(folder, name, np.uint16, n)

    def add(self, at: int, column: pa.Array) -> None:
        encoded = column if hasattr(column, "dictionary") else column.dictionary_encode()
        values = encoded.dictionary.to_pylist()
        table = np.array([0 if v is None or v == "" else self.known.setdefault(str(v), len(self.known) + 1) for v in values] + [0])
        if len(self.known) > np.iinfo(self.out.dtype).max:
            wide = self.out.astype(np.uint32)
            self.out = _new(self.folder, self.name, np.uint32, self.n)
            self.out[:] = wide
        indices = encoded.indices.fill_null(len(values)).to_numpy(zero_copy_only=False)
        self.out[at:at + len(column)] = table[indices]

    def finish(self) -> list[str]:
        if len(self.known) < 256 and self.n:
            narrow = self.out.astype(np.uint8)
            del self.out
            np.save(self.folder / f"{self.name}.npy", narrow)
        return list(self.known)


def _write_by_event(folder: Path) -> None:
    """The second order: a counting sort by event, a chunk at a time, so that memory stays bounded."""
    event = np.load(folder / "event.npy", mmap_mode="r")
    n = len(event)
    counts = np.bincount(event, minlength=len(json.loads((folder / META).read_text(encoding="utf-8"))["names"]["event"]) + 1)
    offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    np.save(folder / "offsets.npy", offsets)
    columns = {c: np.load(folder / f"{c}.npy", mmap_mode="r") for c in ("u", "t", "g")}
    out = {c: _new(folder, f"by_event_{c}", x.dtype, n) for c, x in columns.items()}
    position = _new(folder, "by_event_o", columns["u"].dtype, n)
    free = offsets[:-1].copy()
    for low in range(0, n, _CHUNK):
        chunk = event[low:low + _CHUNK]
        order = np.argsort(chunk, kind="stable")
        sizes = np.bincount(chunk, minlength=len(counts))
        ordered = {c: x[low:low + _CHUNK][order] for c, x in columns.items()}
        begin = 0
        for code in np.flatnonzero(sizes):
            size, to = int(sizes[code]), int(free[code])
            for c, x in ordered.items():
                out[c][to:to + size] = x[begin:begin + size]
            position[to:to + size] = order[begin:begin + size] + low
            begin += size
            free[code] += size


def where_codes(index: LogIndex, column: str, values: Sequence[str], positions: Ints | None = None) -> Bools:
    """Which of the positions (default: all) have one of the values in a coded column."""
    codes = index.codes(column)
    chosen = codes if positions is None else codes[positions]
    return np.isin(chosen, index.code_of(column, values))
