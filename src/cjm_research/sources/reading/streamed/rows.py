"""The rows of an export as a view of the engine: Parquet where it lies, delimited text and JSON lines landed in a scratch folder first."""

from __future__ import annotations

import mmap
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ....engine import literal
from ....engine.duck import Engine
from ....errors import BadInput
from ....shapes import Json
from ...contract import ImportReport
from ...limits import Unpacking, is_gzip, within
from .. import delimited, headers, records, summaries
from ..containers import HEAD, first_bytes, refuse_other_formats, refuse_other_texts
from ..parquet import check_parquet
from ..quotes import count_rows
from .proof import Unproven, need

if TYPE_CHECKING:
    import pyarrow as pa

    from ....params.schema import Source

DELIMITED = (".csv", ".tsv", ".txt")
_LOOKED = 20_000  # lines of JSON whose values are looked into to learn how objects lie in each other
_MOST_LEAVES = 50  # of JSON; more are looked at by the reader that counts what is filled
Wanted = Callable[[Sequence[str]], Sequence[str]]  # names of all columns → those that are needed


@dataclass(frozen=True)
class Column:
    """A column of the view `landed`. sql: its name there; kind: text, integer, number, boolean, zoned, naive or another."""

    sql: str
    kind: str


@dataclass(frozen=True)
class Rows:
    """The view `landed` of an engine: the needed columns and `place`, the place among all rows. columns: by their name in the export; names: of all."""

    columns: dict[str, Column]
    names: tuple[str, ...]
    count: int


def open_rows(engine: Engine, files: Sequence[Path], source: Source, report: ImportReport, wanted: Wanted, scratch: Path) -> Rows:
    """Make the view `landed` of a source's files. Raises `Unproven`."""
    parts: list[tuple[str, tuple[str, ...], dict[str, Column], int]] = []
    for number, path in enumerate(files):
        where = f"source {source.name!r}: {path.name}"
        try:
            need(path.stat().st_size > 0 and not is_gzip(path), "an empty or packed file")
            suffix = path.suffix.lower()
            if suffix == ".parquet":
                parts.append(_parquet(path, where, report, wanted))
            elif suffix in DELIMITED:
                parts.append(_delimited(path, source, report, where, wanted, scratch / f"part_{number}.parquet"))
            elif suffix in (".jsonl", ".ndjson"):
                parts.append(_json_lines(engine, path, source, where, wanted, scratch / f"part_{number}.parquet"))
            else:
                raise Unproven("a format of another reader")
        except BadInput as problem:  # told by the reader whose words these are
            raise Unproven(problem.found) from None
    _, names, columns, _ = parts[0]
    need(all(n == names and c == columns for _, n, c, _ in parts), "files with different columns")
    selects, rows = [], 0
    for read, _, _, count in parts:
        selects.append(f"SELECT * EXCLUDE (file_row_number), file_row_number + {rows} AS place FROM ({read})")
        rows += count
    need(rows > 0, "no rows")
    engine.con.execute("CREATE OR REPLACE TEMP VIEW landed AS " + " UNION ALL ".join(selects))
    report.files += [p.name for p in files if p.name not in report.files]
    report.rows_read += rows
    report.columns = list(names)
    at = 0
    for _, _, _, count in parts:  # each file may end in rows that sum it up
        _no_summaries(engine, source, names, columns, at, count)
        at += count
    return Rows(columns, names, rows)


def _no_summaries(engine: Engine, source: Source, names: tuple[str, ...], columns: dict[str, Column], at: int, count: int) -> None:
    tail = engine.query(f"SELECT {', '.join(c.sql for c in columns.values())} FROM landed WHERE place BETWEEN {at + max(0, count - 10)} AND {at + count - 1}").set_axis(list(columns), axis=1)
    for column in summaries.suspected(tail.reindex(columns=list(names)), source):
        need(not any(summaries.is_word(v) for v in tail[column].dropna()), "a last row that may sum up the others")


# --- Parquet ------------------------------------------------------------------------------------------------------------


def _parquet(path: Path, where: str, report: ImportReport, wanted: Wanted) -> tuple[str, tuple[str, ...], dict[str, Column], int]:
    import pyarrow.parquet as pq

    # rows are not held: what the file unpacks to is bounded by its own size only
    with within(Unpacking(size=1 << 62)):
        check_parquet(path, where)
    file = pq.ParquetFile(path)
    leaves = [leaf for field in file.schema_arrow for leaf in _leaves(field.name, field.type, f'"{_doubled(field.name)}"')]
    names = tuple(delimited.unique_headers([n for n, _, _ in leaves], report))
    chosen = set(wanted(names))
    columns, selects = {}, []
    for i, (name, (_, kind, sql)) in enumerate(zip(names, leaves, strict=True)):
        if name in chosen:
            columns[name] = Column(f"c{i}", _kind(kind))
            selects.append(f"{sql} AS c{i}")
    return (f"SELECT {', '.join([*selects, 'file_row_number'])} FROM read_parquet({literal(str(path))}, file_row_number = true)", names, columns, file.metadata.num_rows)


def _leaves(name: str, kind: pa.DataType, sql: str) -> list[tuple[str, pa.DataType, str]]:
    import pyarrow as pa

    if not pa.types.is_struct(kind):
        return [(name, kind, sql)]
    return [leaf for i in range(kind.num_fields) for leaf in _leaves(f"{name}.{kind.field(i).name}", kind.field(i).type, f'{sql}."{_doubled(kind.field(i).name)}"')]


def _kind(kind: pa.DataType) -> str:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return "text"
    if kind in (pa.int8(), pa.int16(), pa.int32(), pa.int64()):
        return "integer"
    if pa.types.is_float64(kind):
        return "number"
    if pa.types.is_boolean(kind):
        return "boolean"
    if pa.types.is_timestamp(kind) and kind.unit in ("ms", "us"):
        return "zoned" if kind.tz else "naive"
    return str(kind)


def _doubled(name: str) -> str:
    return name.replace('"', '""')


# --- delimited text -----------------------------------------------------------------------------------------------------


def _delimited(path: Path, source: Source, report: ImportReport, where: str, wanted: Wanted, target: Path) -> tuple[str, tuple[str, ...], dict[str, Column], int]:
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet as pq

    need(not source.settings.get("skip_lines"), "lines before the header")
    need(not source.encoding or delimited.codecs_name(source.encoding, where) in ("utf-8", "utf-8-sig", "ascii"), "another encoding than UTF-8")
    with path.open("rb") as file:
        raw: Any = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    begin = raw[:HEAD]
    refuse_other_formats(begin, where, path, path.name)
    mark = 3 if begin.startswith(b"\xef\xbb\xbf") else 0
    need(mark == 3 or not any(begin.startswith(m) for m, _ in delimited.BOMS), "another encoding than UTF-8")
    need(b"\x00" not in raw[:10_000] and delimited.is_utf8(raw, mark), "bytes that are no UTF-8")
    refuse_other_texts(begin[mark:], where)
    need(not re.match(rb'"?sep=', raw[mark:mark + 10]) and not delimited.FOOTER.search(raw, max(0, len(raw) - 4096)), "lines that are no records")
    head = delimited.head_of(raw[mark:mark + (1 << 20)], where)
    delimiter = source.delimiter or delimited.sniff(head)
    length, given = delimited.header_of(head, delimiter, where)
    names = tuple(delimited.unique_headers(given, report))
    body = memoryview(raw)[mark + length:]
    rows = count_rows(body, delimiter, len(names), where, raw[:mark + length].count(b"\n") + 1, source.settings.get("cell_lines"))
    chosen = [n for n in names if n in set(wanted(names))]
    bad: list[int] = []

    def ragged(row: Any) -> str:
        bad.append(row.actual_columns)
        return "skip"

    reader = pyarrow.csv.open_csv(
        pa.BufferReader(pa.py_buffer(body)), read_options=pyarrow.csv.ReadOptions(column_names=list(names), block_size=8 << 20),
        parse_options=pyarrow.csv.ParseOptions(delimiter=delimiter, newlines_in_values=raw.find(b'"') >= 0, invalid_row_handler=ragged),
        convert_options=delimited.as_text(names))
    looked, count = headers.Watch(names, rows), 0
    with pq.ParquetWriter(target, pa.schema([(f"c{names.index(n)}", pa.large_string()) for n in chosen]), compression="snappy") as writer:
        try:
            for batch in reader:
                need(not looked.suspects(batch), "a row without values, or one that looks like a header")
                count += batch.num_rows
                writer.write_batch(batch.select(chosen).rename_columns([f"c{names.index(n)}" for n in chosen]))
        except pa.ArrowInvalid as error:
            raise Unproven(str(error)) from None
    need(not bad and count == rows, "ragged rows")
    columns = {n: Column(f"c{names.index(n)}", "text") for n in chosen}
    return f"SELECT * FROM read_parquet({literal(str(target))}, file_row_number = true)", names, columns, count


# --- JSON lines ---------------------------------------------------------------------------------------------------------


def _json_lines(engine: Engine, path: Path, source: Source, where: str, wanted: Wanted, target: Path) -> tuple[str, tuple[str, ...], dict[str, Column], int]:
    import json

    import duckdb

    need(not source.encoding and records.looks_like_lines(path), "JSON in another form than one object a line")
    refuse_other_formats(first_bytes(path), where, path, path.name)
    rows = f"read_ndjson_objects({literal(str(path))})"
    try:
        structure = json.loads(engine.scalar(f"SELECT json_group_structure(json) FROM (SELECT json FROM {rows} LIMIT {_LOOKED})") or "null")
        need(isinstance(structure, dict) and not isinstance(structure.get("data"), list), "JSON in another form than one object a line")
        _add_later_keys(engine, rows, structure)
        leaves = records.leaves_of(structure)
        names = tuple(n for n, _ in leaves)
        need(len(set(names)) == len(names) <= _MOST_LEAVES, "keys that say the same, or very many")
        paths = dict(leaves)
        chosen = [n for n in names if n in set(wanted(names))]
        parts = ", ".join(f"v[{i}] AS c{names.index(n)}" for i, n in enumerate(chosen, start=1))
        listed = ", ".join(literal(paths[n]) for n in chosen)
        engine.con.execute(f"COPY (SELECT {parts} FROM (SELECT json_extract_string(json, [{listed}]) AS v FROM {rows})) TO {literal(str(target))} (FORMAT parquet, COMPRESSION snappy)")
        landed = [f"c{names.index(n)}" for n in chosen]
        objects = " OR ".join(f"starts_with({c}, '{{')" for c in landed)
        need(not engine.scalar(f"SELECT coalesce(bool_or({objects}), false) FROM read_parquet({literal(str(target))})"), "an object where others have a value")
    except (duckdb.Error, ValueError) as error:
        raise Unproven(str(error)) from None
    read = f"SELECT * FROM read_parquet({literal(str(target))}, file_row_number = true)"
    columns = {n: Column(f"c{names.index(n)}", "text") for n in chosen}
    return read, names, columns, int(engine.scalar(f"SELECT count(*) FROM ({read})"))


def _add_later_keys(engine: Engine, rows: str, structure: Json) -> None:
    """Add to the structure of the first lines what the keys of all others have. Raises `Unproven` where something else stands in the place of an object."""
    objects = [("$", structure), *_objects(structure, "$")]
    listed = ", ".join(literal(path) for path, _ in objects)
    # what kind of value it is, is asked only where an object has no keys: it may be a number or a text
    found = engine.con.execute(f"""SELECT DISTINCT keys, CASE WHEN list_contains(list_transform(keys, lambda k: len(k)), 0) THEN json_type(json, [{listed}]) END
        FROM (SELECT json, json_keys(json, [{listed}]) AS keys FROM {rows})""").fetchall()
    for combination, kinds in found:
        for (path, inside), keys, kind in zip(objects, combination, kinds or [None] * len(objects), strict=True):
            need(len(set(keys or ())) == len(keys or ()), "a key that stands twice in an object")
            need(kind in (None, "OBJECT") or (kind == "NULL" and path != "$"), "values in the place of objects")
            for key in keys or ():
                inside.setdefault(key, "NULL")


def _objects(structure: Json, path: str) -> Iterator[tuple[str, Json]]:
    """The path of every object within one, and its structure."""
    for key, kind in structure.items():
        need('"' not in key, "keys with quotation marks")
        if isinstance(kind, dict) and kind:
            yield f'{path}."{key}"', kind
            yield from _objects(kind, f'{path}."{key}"')
