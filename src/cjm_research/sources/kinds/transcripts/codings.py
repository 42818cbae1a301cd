"""Source kind `codings_csv`: codings and codebook exported as tables, located in the transcripts.

Files: tables of codings (delimited text, JSON or Parquet), optionally a table of codes, and the transcripts
that were coded (the same files as in the `transcripts` source), in which quotes are looked up. A coding that
cannot be located is kept with its quote and without a place.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ....errors import BadInput, unknown
from ....shapes import Row
from ...contract import Context, ImportReport, SourceKind, SourceTables
from ...reading.code_cells import codes_of
from ...reading.coding_tables import (
    SEPARATOR,
    SETTINGS,
    CodeRow,
    codebook_frame,
    place_span,
    split_path,
    tell_places,
)
from ...reading.export import ROW_SETTINGS, TIME_SETTINGS, source_times
from ...reading.locating import Locator
from ...reading.numbers.single import whole
from ...reading.tabular import column_of, read_table
from .coding_book import first_of, names_in, read_codebook
from .parse import ENDINGS, parse_transcript
from .source import SPEAKER_SETTINGS, document_ids, speaker_settings

if TYPE_CHECKING:
    from ....params.schema import Source

_DEFAULTS: Mapping[str, tuple[str, ...]] = {
    "document_id": ("document", "doc", "Document name", "Document"),
    "code": ("code_path", "code", "Code", "path"),
    "quote": ("quote", "segment", "Segment", "text", "Quotation Content"),
    "coder": ("coder", "Created by", "Author", "Modified by"),
    "start": ("start", "begin"),
    "end": ("end",),
    "memo": ("memo", "comment", "Comment", "Weight score"),
    "created_at": ("created_at", "Created"),
    "is_synthetic": ("is_synthetic",),
}
BEYOND = 2  # codings beyond the end that show a table's positions to be of another text

def read(files: Sequence[Path], source: Source, context: Context) -> SourceTables:
    """Codebook and codings of tables. Raises `BadInput` for unmapped columns, positions that are no numbers, circles of codes."""
    where, settings = f"source {source.name!r}", source.settings
    report = ImportReport(source.name, source.kind)
    separator = str(settings.get("separator", SEPARATOR))
    texts = [p for p in files if p.suffix.lower() in ENDINGS]
    book = settings.get("codebook")
    tables = [p for p in files if p not in texts and p.name != book]
    if book and not any(p.name == book for p in files):
        raise unknown(f"{where}: settings.codebook", "file", str(book), [p.name for p in files], "add it to `files`")
    if not tables:
        raise BadInput(
            where, "none of the files is a table of codings", "delimited text, JSON or Parquet", "correct `files`"
        )
    ids = document_ids(texts)
    parsed = {ids[p]: parse_transcript(p, speaker_settings(source)).text for p in texts}
    locators = {d: Locator(t) for d, t in parsed.items()}
    names = {
        **{p.name: i for p, i in ids.items()},
        **{p.stem: i for p, i in ids.items()},
        **{i: i for i in ids.values()},
    }
    rows: list[Row] = []
    done: Counter[str] = Counter()
    listed = [p for p in files if p.name == book]
    in_book = names_in(listed[0], source, separator) if listed else frozenset[str]()
    for path in tables:
        rows += _codings(path, source, context, report, separator, parsed, locators, names, done, in_book)
    codes = [CodeRow(row["path"]) for row in rows]
    if listed:
        codes = read_codebook(listed[0], source, report, separator, codes) + codes
    frame = codebook_frame(codes, settings, where, report)
    by_path = dict(zip(frame["path"], frame["code_id"], strict=True))
    for row in rows:
        row["code_id"] = by_path[SEPARATOR.join(row.pop("path"))]
    tell_places(done, report)
    report.rows_kept = {"codings": len(rows), "codebook": len(frame)}
    return SourceTables(report, {"codebook": frame, "codings": coding_frame(rows)})


def coding_frame(rows: list[Row]) -> pd.DataFrame:
    """`codings` with its types; ids that repeat get a number."""
    names = [
        "coding_id",
        "document_id",
        "code_id",
        "coder",
        "start",
        "end",
        "quote",
        "memo",
        "created_at",
        "is_synthetic",
    ]
    frame = pd.DataFrame(rows, columns=names).astype(
        {
            "start": "Int64",
            "end": "Int64",
            "is_synthetic": "boolean",
            **dict.fromkeys(names[:4] + ["quote", "memo"], "string"),
        }
    )
    again = frame.groupby("coding_id").cumcount()
    frame["coding_id"] = frame["coding_id"].where(again == 0, frame["coding_id"] + "-" + (again + 1).astype("string"))
    frame["created_at"] = pd.to_datetime(frame["created_at"], utc=True)
    return frame


def _codings(
    path: Path,
    source: Source,
    context: Context,
    report: ImportReport,
    separator: str,
    texts: Mapping[str, str],
    locators: Mapping[str, Locator],
    names: Mapping[str, str],
    done: Counter[str],
    in_book: frozenset[str],
) -> list[Row]:
    where = f"source {source.name!r}: {path.name}"
    frame = read_table(path, source, report)
    report.files.append(path.name)
    report.rows_read += len(frame)
    columns = {
        name: column_of(
            frame, source, name, report, required=name in ("document_id", "code"), default=first_of(frame, defaults)
        )
        for name, defaults in _DEFAULTS.items()
    }
    if columns["quote"] is None and (columns["start"] is None or columns["end"] is None):
        raise BadInput(
            where,
            "codings have neither a quote nor start and end",
            f"columns of {', '.join(map(str, frame.columns))}",
            "map `quote`, or `start` and `end` (code points, end exclusive)",
        )
    times = columns["created_at"]
    created = source_times(times, f"{where}: created_at", source, context, report) if times is not None else None
    coders = source.settings.get("coders", {})
    foreign = _of_another_text(columns, names, texts, where)
    if foreign:
        report.notes.append(
            f"{path.name}: {foreign[0]:,} codings lie beyond the end of their transcript, so its positions count in another text; "
            f"{foreign[1]:,} codings without a quote are kept without a place (deliver quotes, or the text that was coded)"
        )
    synthetic = {str(c) for c in source.settings.get("synthetic_coders", ())}
    given_codes = columns["code"]
    assert given_codes is not None  # it is required
    cells, note = codes_of([None if pd.isna(v) else str(v) for v in given_codes], str(given_codes.name), in_book, source.settings.get("code_separator"), where)
    report.notes += [f"{path.name}: {note}"] if note else []
    of_row = dict(zip(frame.index, cells, strict=True))
    several = sum(len(c) > 1 for c in cells)
    if several:
        report.notes.append(f"{path.name}: {several:,} rows hold several codes; each code of a row is a coding of its own")
    rows: list[Row] = []
    for i in frame.index:

        def value(name: str, row: Any = i) -> str | None:
            column = columns[name]
            return None if column is None or pd.isna(column[row]) or str(column[row]) == "" else str(column[row])

        given = value("document_id")
        paths = list(dict.fromkeys(p for code in of_row[i] if (p := split_path(code, separator))))
        if not given or not paths:
            report.drop("codings without document or code", 1)
            continue
        report.rows_read += len(paths) - 1  # a row of two codes is read as two codings
        document = names.get(given) or _document_name(given)
        start, end = (_integer(value(n), f"{where}: row {i + 1}: {n}") for n in ("start", "end"))
        quote = value("quote")
        if foreign and not quote:
            start = end = None
        start, end, quote, what = place_span(texts.get(document), locators.get(document), start, end, quote)
        done[what] += 1
        coder = value("coder") or str(
            coders.get(path.name, coders.get(path.stem, source.settings.get("coder", "coder 1")))
        )
        for code_path in paths:
            parts = [document, *code_path, coder, str(start), str(end), quote]
            rows.append(
                {
                    "coding_id": "coding_" + hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16],
                    "document_id": document,
                    "path": code_path,
                    "coder": coder,
                    "start": start,
                    "end": end,
                    "quote": quote,
                    "memo": value("memo"),
                    "created_at": created[i] if created is not None else None,
                    "is_synthetic": coder in synthetic or (value("is_synthetic") or "").casefold() in ("true", "1", "yes"),
                }
            )
    return rows


def _document_name(given: str) -> str:
    """A document's id as its transcript has it: without the ending of a file."""
    name = Path(given)
    return name.stem if name.suffix.lower() in ENDINGS else given


def _of_another_text(
    columns: Mapping[str, Any], names: Mapping[str, str], texts: Mapping[str, str], where: str
) -> tuple[int, int] | None:
    """(codings beyond their transcript's end, codings without a quote) where positions belong to another text, else None.

    One position beyond the end may be a slip; several show that they were counted in a longer text. Where a quote can
    be looked up that does no harm; without one nothing says how far the others are off, and a wrong place is worse
    than none.
    """
    documents, ends, quotes = columns["document_id"], columns["end"], columns["quote"]
    if ends is None:
        return None
    bare = ends.notna() if quotes is None else ends.notna() & (quotes.isna() | (quotes.astype("string").str.strip() == ""))
    beyond = 0
    for i in bare[bare].index:
        text, end = texts.get(names.get(str(documents[i]), str(documents[i]))), _integer(str(ends[i]), f"{where}: row {i + 1}: end")
        beyond += text is not None and end is not None and end > len(text)
    return (beyond, int(bare.sum())) if beyond >= BEYOND else None


def _integer(text: str | None, where: str) -> int | None:
    if text is None:
        return None
    if (value := whole(text)) is None or value < 0:
        raise BadInput(where, f"{text[:40]!r}", "a whole number of Unicode code points, from 0", "correct the column of positions")
    return value


KIND = SourceKind(
    "codings_csv",
    "Codings and codebook as tables, located in the transcripts by position or quote",
    read,
    ("codebook", "codings"),
    settings={
        **SETTINGS,
        **TIME_SETTINGS,
        **{name: ROW_SETTINGS[name] for name in ("sheet", "skip_lines")},
        "codebook": "name of the file that holds the codes",
        "code_separator": "sign between several codes of one cell; line ends always part codes; none: a cell is one code",
        "separator": "between the names of a code's path; default ' > '",
        "coder": "who coded, where the table does not say",
        "coders": "file → who coded it",
        "synthetic_coders": "coders that are programs; labelled as such everywhere",
        **{name: f"{meaning}; as in the transcripts' own source" for name, meaning in SPEAKER_SETTINGS.items()},
    },
    columns={
        "document_id": "file name or stem of the transcript",
        "code": "the code's path or name",
        "quote": "the coded text",
        "coder": "who coded",
        "start": "first character",
        "end": "one past the last character",
        "memo": "note",
        "created_at": "when",
        "is_synthetic": "made by a program",
        "codebook_code": "codebook file: path or name",
        "codebook_code_key": "codebook file: id",
        "codebook_parent": "codebook file: parent",
        "codebook_memo": "codebook file: definition",
        "codebook_kind": "codebook file: kind",
        "codebook_valence": "codebook file: valence",
        "codebook_color": "codebook file: colour",
        "codebook_frequency": "codebook file: published number of codings",
    },
)
