"""Reading tables of exports: delimited text, JSON lines and Parquet, strictly, with joins and a filter.

Everything arrives as text (Parquet keeps its types), so that no value is changed by a guess.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..engine import condition_sql, file_engine
from ..errors import BadInput, unknown
from .base import ImportReport

if TYPE_CHECKING:
    import pyarrow as pa

    from ..params.schema import Join, Source

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
         (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_DELIMITERS = (",", ";", "\t", "|")
_AGGREGATE = re.compile(r"^(sum|min|max|count|first)\((.+)\)$")
TEXT_ENDINGS = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")


def read_rows(files: Sequence[Path], source: Source, report: ImportReport, raw: Path | None = None) -> pd.DataFrame:
    """All rows of a source's files, joined and filtered as its params say, as one frame of text columns.

    Counts rows read, ragged rows skipped and rows filtered in `report`; renames repeated headers and says so.
    Raises `BadInput` for anything that cannot be read as it is.
    """
    frames = [read_table(path, source, report) for path in files]
    report.files += [p.name for p in files]
    frame = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
    report.rows_read += len(frame)
    for join in source.joins:
        frame = _join(frame, join, source, raw or files[0].parent, report)
    if source.filter:
        engine = file_engine()
        engine.register("rows", frame.reset_index(names="__row"))
        where = condition_sql(source.filter, list(frame.columns), f"source {source.name!r}: filter")
        keep = engine.arrays(f"SELECT __row FROM rows WHERE {where} ORDER BY __row")["__row"]
        engine.close()
        report.drop("filtered by params", len(frame) - len(keep))
        frame = frame.loc[keep].reset_index(drop=True)
    return frame


def read_table(path: Path, source: Source, report: ImportReport) -> pd.DataFrame:
    """One file as a frame. Parquet keeps its types; delimited text and JSON lines become text."""
    name = path.name.lower()
    where = f"source {source.name!r}: {path.name}"
    if path.stat().st_size == 0:
        raise BadInput(where, "the file is empty (0 bytes)", "an export with a header and rows", "export it again")
    if name.endswith(".parquet"):
        return _parquet(path, where)
    if name.endswith((".jsonl", ".ndjson", ".json", ".jsonl.gz", ".ndjson.gz", ".json.gz")):
        return pd.DataFrame([flatten(row) for row in json_rows(path, source)], dtype=object)
    return _delimited(path, source, report, where)


def read_bytes(path: Path, where: str) -> bytes:
    """The file's bytes, unpacked where it is gzip. Raises `BadInput` for a damaged archive."""
    raw = path.read_bytes()
    if raw[:2] != b"\x1f\x8b":
        return raw
    try:
        return gzip.decompress(raw)
    except (OSError, EOFError) as error:
        raise BadInput(where, f"the gzip file is damaged or cut off ({error})", "", "copy or export it again") from None


def decode(raw: bytes, where: str, encoding: str | None) -> str:
    """Text of an export: by its byte order mark, else the declared encoding, else UTF-8. Raises `BadInput`."""
    chosen = next((name for bom, name in _BOMS if raw.startswith(bom)), None) or encoding or "utf-8"
    try:
        text = raw.decode(chosen)
    except LookupError:
        raise BadInput(where, f"unknown encoding {chosen!r}", "e.g. utf-8, cp1252, utf-16") from None
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise BadInput(where, f"line {line}, byte {error.start}: not {chosen} text", "UTF-8, or the encoding declared in params",
                       "set `encoding: cp1252` (Windows) or the export's encoding in the source") from None
    if "\x00" in text[:10_000]:
        raise BadInput(where, "the file holds NUL characters; it looks like UTF-16 without a mark or a binary file",
                       "text", "set `encoding: utf-16-le` in the source, or export it again")
    return text


def _delimited(path: Path, source: Source, report: ImportReport, where: str) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.csv

    text = decode(read_bytes(path, where), where, source.encoding)
    skip = int(source.settings.get("skip_lines", 0))
    for _ in range(skip):
        text = text.partition("\n")[2]
    if not text.strip():
        raise BadInput(where, "the file is empty", "an export with a header and rows", "export it again")
    delimiter = source.delimiter or _sniff(text)
    header_end, header = _header(text, delimiter, where)
    names = unique_headers(header, report)
    body = text[header_end:]
    if not body.strip():
        return pd.DataFrame({n: pd.Series(dtype="string") for n in names})
    bad: list[tuple[int, str]] = []

    def ragged(row: Any) -> str:
        bad.append((row.actual_columns, row.text))
        return "skip"

    try:
        table: pa.Table = pyarrow.csv.read_csv(
            io.BytesIO(body.encode("utf-8")),
            read_options=pyarrow.csv.ReadOptions(column_names=names, block_size=16 << 20),
            parse_options=pyarrow.csv.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=ragged),
            convert_options=pyarrow.csv.ConvertOptions(column_types={n: pa.string() for n in names}, strings_can_be_null=True,
                                                       null_values=[""], quoted_strings_can_be_null=True))
    except pa.ArrowInvalid as error:
        raise BadInput(where, f"cannot be read as delimited text ({str(error).splitlines()[0]})",
                       f"rows of {len(names)} fields separated by {delimiter!r}",
                       "look for an unclosed quote, or set `delimiter:`") from None
    if bad and source.rows == "strict":
        fields, sample = bad[0]
        line = text[: header_end + body.find(sample[:200])].count("\n") + 1 + skip
        raise BadInput(where, f"line {line} has {fields} fields, the header {len(names)} ({len(bad):,} such rows): {sample[:80]!r}",
                       f"{len(names)} fields separated by {delimiter!r}",
                       "repair the export, or set `rows: skip` to drop and count such rows")
    report.drop("ragged rows", len(bad))
    report.rows_read += len(bad)
    frame = table.to_pandas(types_mapper={pa.string(): pd.StringDtype()}.get)
    return frame.dropna(how="all").reset_index(drop=True)


def _sniff(text: str) -> str:
    head = [line for line in text[:20_000].splitlines() if line.strip()][:10]
    counts = {d: [len(row) for row in csv.reader(head, delimiter=d)] for d in _DELIMITERS}
    # the delimiter that splits the header furthest; ties go to the more even one
    return max(_DELIMITERS, key=lambda d: (counts[d][0], -len(set(counts[d]))))


def _header(text: str, delimiter: str, where: str) -> tuple[int, list[str]]:
    stream = io.StringIO(text, newline="")
    try:
        names = next(csv.reader(stream, delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration) as error:
        raise BadInput(where, f"the header cannot be read ({error})", "one line of column names") from None
    if not any(n.strip() for n in names):
        raise BadInput(where, "the first line holds no column names", "one line of column names",
                       "set settings.skip_lines where the export starts with other lines")
    return stream.tell() if stream.tell() <= len(text) else len(text), names


def unique_headers(header: Sequence[str], report: ImportReport) -> list[str]:
    """Column names made unique: the second `ID` becomes `ID (2)`, noted in the report; blanks become `column 3`."""
    names: list[str] = []
    for position, raw_name in enumerate(header, start=1):
        name = raw_name.strip().lstrip("\ufeff") or f"column {position}"
        if name in names:
            number = 2
            while f"{name} ({number})" in names:
                number += 1
            report.renamed[f"{name} (column {position})"] = f"{name} ({number})"
            name = f"{name} ({number})"
        names.append(name)
    return names


def _parquet(path: Path, where: str) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path).read().to_pandas(types_mapper={pa.string(): pd.StringDtype()}.get)
    except (pa.ArrowInvalid, OSError) as error:
        raise BadInput(where, f"not a readable Parquet file ({str(error).splitlines()[0]})", "", "export it again") from None


def json_rows(path: Path, source: Source) -> list[dict[str, Any]]:
    """The objects of a JSON-lines file, or of a JSON file that is one list. Raises `BadInput` with the line."""
    where = f"source {source.name!r}: {path.name}"
    text = decode(read_bytes(path, where), where, source.encoding).strip()
    if not text:
        raise BadInput(where, "the file is empty", "one JSON object a line")
    if text.startswith("["):
        try:
            rows = json.loads(text)
        except (json.JSONDecodeError, RecursionError) as error:
            raise BadInput(where, f"not valid JSON ({error})", "a list of objects or one object a line") from None
    else:
        rows = []
        for number, line in enumerate(text.split("\n"), start=1):
            if not line.strip():
                continue
            try:
                rows.append(json.loads(line))
            except (json.JSONDecodeError, RecursionError) as error:
                raise BadInput(where, f"line {number}: not valid JSON ({getattr(error, 'msg', error)})", "one JSON object a line",
                               "the file may be cut off; export it again") from None
    if not all(isinstance(r, dict) for r in rows):
        raise BadInput(where, "holds values that are not objects", "one JSON object a line")
    return rows


def flatten(row: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested objects as `a.b` keys; lists as JSON text; scalars as text, None stays None."""
    out: dict[str, Any] = {}
    for key, value in row.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            out.update(flatten(value, f"{name}."))
        elif isinstance(value, list):
            out[name] = json.dumps(value, ensure_ascii=False)
        elif isinstance(value, bool):
            out[name] = str(value).lower()
        else:
            out[name] = None if value is None else str(value)
    return out


def _join(frame: pd.DataFrame, join: Join, source: Source, raw: Path, report: ImportReport) -> pd.DataFrame:
    where = f"source {source.name!r}: joins {join.files!r}"
    paths = sorted(p for p in raw.glob(join.files) if p.is_file())
    if not paths:
        raise BadInput(where, "no such file", f"a file in {raw.name}")
    other = pd.concat([read_table(p, source.model_copy(update={"settings": {}}), ImportReport(source.name, "join"))
                       for p in paths], ignore_index=True)
    keys = {join.by: join.by} if isinstance(join.by, str) else dict(join.by)
    wanted = {c: c for c in join.columns} if isinstance(join.columns, list) else dict(join.columns)
    for here, there in keys.items():
        if here not in frame:
            raise unknown(where, "column", here, frame.columns)
        if there not in other:
            raise unknown(where, "column of the joined file", there, other.columns)
    parts, aggregated = [], False
    for new, expression in wanted.items():
        match = _AGGREGATE.match(expression)
        column = match[2] if match else expression
        if column not in other:
            raise unknown(where, "column of the joined file", column, other.columns)
        aggregated |= bool(match)
        quoted = f'"{column}"'
        number = f"TRY_CAST({quoted} AS DOUBLE)" if match and match[1] == "sum" else quoted
        parts.append(f"{match[1] + '(' + number + ')' if match else quoted} AS {_name(new)}")
    there_sql = ", ".join(f'"{t}"' for t in keys.values())
    if not aggregated and other.duplicated(list(keys.values())).any():
        raise BadInput(where, f"the key {', '.join(keys.values())} occurs more than once in the joined file", "one row a key",
                       "join on a unique key, or take sum(column), min(column), max(column), count(column)")
    engine = file_engine()
    engine.register("here", frame.reset_index(names="__row"))
    engine.register("there", other)
    grouped = f"SELECT {there_sql}, {', '.join(parts)} FROM there GROUP BY {there_sql}" if aggregated else (
        f"SELECT {there_sql}, {', '.join(parts)} FROM there")
    on = " AND ".join(f'here."{h}" = j."{t}"' for h, t in keys.items())
    added = ", ".join(f"j.{_name(n)}" for n in wanted)
    out = engine.query(f"SELECT here.__row, {added} FROM here LEFT JOIN ({grouped}) j ON {on} ORDER BY here.__row")
    engine.close()
    missing = int(out[list(wanted)].isna().all(axis=1).sum())
    if missing:
        report.notes.append(f"{missing:,} rows have no partner in {join.files}")
    for name in wanted:
        frame[name] = out[name].to_numpy()
    return frame


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def column_of(frame: pd.DataFrame, source: Source, canonical: str, report: ImportReport, *, required: bool = False,
              default: str | None = None) -> pd.Series | None:
    """The export's column for a canonical column: by the column map, else `default` where the export has it.

    Constants of the params come as a column of one value. Raises `BadInput` for a mapped column that is not
    there, occurs twice in the header, or is required and not mapped.
    """
    if canonical in source.constants:
        return pd.Series(source.constants[canonical], index=frame.index)
    name = source.columns.get(canonical) or (default if default in frame else None)
    where = f"source {source.name!r}: columns.{canonical}"
    if name is None:
        if required:
            raise BadInput(where, "the column is not mapped", f"one of: {', '.join(map(str, frame.columns))}",
                           f"add `columns: {{{canonical}: <column>}}` to the source")
        return None
    if name not in frame:
        raise unknown(where, "column", name, frame.columns, "correct the column map or the export")
    if any(old.startswith(f"{name} (column ") for old in report.renamed):
        raise BadInput(where, f"the header has {name!r} more than once, so it is unclear which is meant",
                       f"one of the renamed columns: {', '.join([name, *(v for v in report.renamed.values() if v.startswith(name))])}",
                       f"rename the column in the export, or map {canonical} to a column with a number")
    return frame[name]

