"""Sheets of Excel and LibreOffice workbooks (.xlsx, .xlsm, .xls, .ods) as frames of text, strictly.

A sheet is no table: titles stand above it, notes below it, cells are merged, and several sheets lie in one file. What is
the table is proven by the cells or asked, never chosen in silence.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ...errors import BadInput, unknown
from ..limits import check_elements, check_unpacked
from .archives import Archive, parse_xml
from .containers import HEAD, first_bytes, known_format
from .delimited import unique_headers

if TYPE_CHECKING:
    from ...params.schema import Source
    from ..contract import ImportReport

_WORKBOOKS = ("an Excel workbook (.xlsx)", "a LibreOffice spreadsheet (.ods)", "an old Office file (.xls or .doc)")
_FULL_SHEETS = (1_048_576, 65_536)  # rows that a sheet can hold; an export with as many was cut
_MOST_CELLS = 50_000_000  # of the rectangle that a sheet spans: it is laid out in memory
_EXACT = 10**15  # whole numbers of more digits are not kept by a workbook
_HEADER_SHARE = 0.6  # of the table's columns that a header names
_REF = re.compile(rb'<c[^>]{0,80}?\sr="([A-Z]{1,3})(\d{1,7})"')
_ERROR_CELL = re.compile(rb'<c\s[^>]{0,80}?t="e"[^>]{0,80}>(?:<f[^>]{0,200}>[^<]{0,8192}</f>|<f[^>]{0,200}/>)?<v>(#[A-Z0-9/!?]{2,20})</v>')


def is_workbook(path: Path) -> bool:
    """Whether a file is a workbook by its first bytes, whatever its name."""
    head = first_bytes(path)
    if not head.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        return False
    found = known_format(head[:HEAD], path, path.name)
    return found is not None and found[0] in _WORKBOOKS


def read_workbook(path: Path, source: Source, report: ImportReport, where: str) -> pd.DataFrame:
    """One sheet as a frame of text columns: whole numbers without a point, days and times in ISO 8601, blanks missing.

    The sheet is the only one with cells, or `settings.sheet`; the header is the first row with cells, or the one after
    `settings.skip_lines`. Raises `BadInput` where either is not clear, and for a workbook that is damaged or beyond the limits.
    """
    names, cells = sheets(path, where, only=source.settings.get("sheet"))
    name = _chosen(names, cells, source, where)
    here = f"{where}, sheet {name!r}"
    rows = cells[name]
    errors = _error_cells(path, name)
    top = _header_row(rows, source, here)
    body = rows[top + 1:]
    known = known_format(first_bytes(path)[:HEAD], path, path.name)
    report.notes.append(f"{path.name} is {known[0] if known else 'a workbook'}: sheet {name!r}, header in row {top + 1}")
    if len(rows) in _FULL_SHEETS:
        report.notes.append(f"{path.name}: sheet {name!r} is full ({len(rows):,} rows, as many as a sheet holds): the export was probably cut; export it as CSV")
    width = _width(rows[top:])
    body = _without_notes(body, width, report, path.name)
    blank = sum(not any(map(_filled, row)) for row in body)
    report.rows_read += blank
    report.drop("rows without any value", blank)
    body = [row for row in body if any(map(_filled, row))]
    columns = unique_headers([_text(v) or "" for v in rows[top][:width]], report)
    if errors:
        report.notes.append(f"{path.name}: {sum(errors.values()):,} cells hold an error ({', '.join(f'{k} {n:,}' for k, n in sorted(errors.items()))}) and count as missing")
    if (long := [v for row in body for v in row[:width] if isinstance(v, float) and v.is_integer() and abs(v) >= _EXACT]):
        report.notes.append(f"{path.name}: {len(long):,} numbers have more digits than a workbook keeps, e.g. {long[0]!r}; as ids they are refused: format the column as text before export")
    return pd.DataFrame({c: pd.array([_text(row[i]) if i < len(row) else None for row in body], dtype="string") for i, c in enumerate(columns)})


def sheets(path: Path, where: str, most_rows: int | None = None, only: str | None = None) -> tuple[list[str], dict[str, list[list[Any]]]]:
    """The names of all visible sheets, and the cells of each (or of one) from the first row on. Raises `BadInput`."""
    import python_calamine as calamine

    _within_limits(path, where)
    try:
        with calamine.CalamineWorkbook.from_path(path) as book:
            kinds = {m.name: m for m in book.sheets_metadata}
            names = [n for n in book.sheet_names if kinds[n].typ == calamine.SheetTypeEnum.WorkSheet and kinds[n].visible == calamine.SheetVisibleEnum.Visible]
            return names, {n: book.get_sheet_by_name(n).to_python(skip_empty_area=False, nrows=most_rows) for n in names if only is None or n == only}
    except calamine.PasswordError:
        raise BadInput(where, "a workbook with a password", "a workbook that opens without one", "save it without the password, or as CSV UTF-8") from None
    except (calamine.CalamineError, ValueError, OverflowError) as error:
        raise BadInput(where, f"this is {_what(path)}, and it cannot be read ({str(error).splitlines()[0][:120] if str(error) else 'damaged'})", "an intact .xlsx, .xls or .ods",
                       "open it and save it again, or save the sheet as CSV UTF-8") from None


def _what(path: Path) -> str:
    found = known_format(first_bytes(path), path, path.name)
    return found[0] if found else "a workbook"


def _within_limits(path: Path, where: str) -> None:
    """Raise `BadInput` for a workbook that unpacks, or spreads its cells, beyond what a machine holds."""
    if first_bytes(path).startswith(b"\xd0\xcf"):
        return  # an old sheet has at most 65,536 × 256 cells
    cells = 0
    with Archive(path) as archive:
        for name in archive.names:
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                xml = archive.read(name)
                _small_enough(*_extent(xml), f"{where}: {name}")
                cells += xml.count(b"<c ")
            elif name == "content.xml":
                rows, columns, letters = _repeated(archive.read(name))
                _small_enough(rows, columns, f"{where}: {name}")
                check_unpacked(letters, path.stat().st_size, f"{where}: {name}")
    check_elements(cells, path.stat().st_size, where)


def _small_enough(rows: int, columns: int, where: str) -> None:
    if rows * columns > _MOST_CELLS:
        raise BadInput(where, f"its cells spread over {rows:,} rows and {columns:,} columns", f"at most {_MOST_CELLS:,} cells",
                       "look for a cell far below or beside the table and delete it, or save the table as CSV UTF-8")


def _extent(xml: bytes) -> tuple[int, int]:
    rows = columns = 0
    for letters, number in _REF.findall(xml):
        rows, columns = max(rows, int(number)), max(columns, _column_number(letters))
    return rows, columns


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _repeated(xml: bytes) -> tuple[int, int, int]:
    """How many rows, columns and letters an OpenDocument sheet unfolds to; a row may say that it stands for thousands, a blank for millions."""
    import io
    from xml.etree.ElementTree import ParseError

    import defusedxml.ElementTree as safe_xml
    from defusedxml.common import DefusedXmlException

    table, blank = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}", "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
    most, total, columns, letters = 0, 0, 0, 0
    try:
        for _, element in safe_xml.iterparse(io.BytesIO(xml)):
            if element.tag == f"{table}table-row":
                cells = [(int(c.get(f"{table}number-columns-repeated", 1)), len(c) > 0) for c in element if c.tag == f"{table}table-cell"]
                while cells and not cells[-1][1]:
                    cells.pop()
                if cells:
                    times = int(element.get(f"{table}number-rows-repeated", 1))
                    total += times
                    for cell in element:
                        written = sum(len(e.text or "") + len(e.tail or "") + (int(e.get(f"{blank}c", 1)) if e.tag == f"{blank}s" else 0) for e in cell.iter())
                        letters += times * int(cell.get(f"{table}number-columns-repeated", 1)) * written
                    columns = max(columns, sum(n for n, _ in cells))
                element.clear()
            elif element.tag == f"{table}table":
                most, total = max(most, total), 0
                element.clear()
    except (ParseError, DefusedXmlException, ValueError):
        return 0, 0, 0  # what is wrong with it is told where it is read
    return max(most, total), columns, letters


def _chosen(names: Sequence[str], cells: dict[str, list[list[Any]]], source: Source, where: str) -> str:
    wanted = source.settings.get("sheet")
    if wanted is not None:
        if wanted not in names:
            raise unknown(f"{where}: settings.sheet", "sheet", str(wanted), names, "correct settings.sheet")
        return str(wanted)
    full = [n for n in names if sum(any(map(_filled, row)) for row in cells[n][:50]) > 1]
    if not full:
        raise BadInput(where, "no sheet holds a header and rows" if names else "the workbook has no visible sheet", "a sheet with a header and rows", "export it again")
    if len(full) > 1:
        raise BadInput(f"{where}: settings.sheet", f"{len(full)} sheets hold rows: {', '.join(map(repr, full[:8]))}", "one sheet a source",
                       f"set `settings: {{sheet: {full[0]}}}`; make a source of each sheet that counts")
    return full[0]


def _header_row(rows: list[list[Any]], source: Source, where: str) -> int:
    """The number of the header's row, counted from 0. Raises `BadInput` where the first row with cells is no header."""
    skip = int(source.settings.get("skip_lines", 0))
    top = next((i for i, row in enumerate(rows) if i >= skip and any(map(_filled, row))), None)
    if top is None:
        raise BadInput(where, "no row is left after settings.skip_lines", "a header and rows", "correct settings.skip_lines")
    if _names(rows[top], _width(rows[top:])):
        return top
    if (proposed := likely_header(rows)) is not None and proposed != top:
        found = ", ".join(filter(None, map(_text, rows[proposed])))
        raise BadInput(where, f"row {top + 1} names no columns ({_shown(rows[top])})", "column names in the first row, or settings.skip_lines",
                       f"set `settings: {{skip_lines: {proposed}}}` if the header is row {proposed + 1} ({found[:120]}), or delete the rows above the table")
    raise BadInput(where, f"row {top + 1} names no columns ({_shown(rows[top])})", "a row of column names above the rows", "set settings.skip_lines to the number of rows above the header")


def likely_header(rows: Sequence[Sequence[Any]]) -> int | None:
    """The first row that names most columns with different texts and has a row of its columns below; None where there is none.

    The row below may be filled sparsely where the header is the first row with cells: nothing else stands above the table then.
    """
    width = _width(rows)
    first = next((i for i, row in enumerate(rows) if any(map(_filled, row))), 0)
    for number, row in enumerate(rows[:100]):
        below = rows[number + 1: number + (11 if number == first else 2)]
        if _names(row, width) and any(sum(map(_filled, r)) >= _HEADER_SHARE * width for r in below):
            return number
    return None


def _names(row: Sequence[Any], width: int) -> bool:
    given = [v for v in row[:width] if _filled(v)]
    return len(given) >= max(1, _HEADER_SHARE * width) and all(isinstance(v, str) for v in given)


def _width(rows: Sequence[Sequence[Any]]) -> int:
    """How many columns the table has: to the last one that any row fills twice or more, or the header names."""
    filled: dict[int, int] = {}
    for row in rows:
        for i, value in enumerate(row):
            if _filled(value):
                filled[i] = filled.get(i, 0) + 1
    return max((i + 1 for i, n in filled.items() if n > 1 or _filled(rows[0][i] if i < len(rows[0]) else "")), default=1)


def _without_notes(body: list[list[Any]], width: int, report: ImportReport, name: str) -> list[list[Any]]:
    """Without what stands below the table: rows at the end, from the first with a single cell of words on, that fill less than half of
    the columns and miss one that every row above them fills.
    """
    if width < 3:
        return body
    end = len(body)
    while end and 2 * sum(map(_filled, body[end - 1])) < width:
        end -= 1
    always = [i for i in range(width) if end and all(i < len(row) and _filled(row[i]) for row in body[:end] if any(map(_filled, row)))]
    start = next((i for i in range(end, len(body)) if sum(map(_filled, body[i])) == 1 and any(isinstance(v, str) and re.search(r"[^\W\d_]", v) for v in body[i])),
                 len(body))
    if any(all(i < len(row) and _filled(row[i]) for i in always) for row in body[start:] if any(map(_filled, row))):
        return body
    notes = [row for row in body[start:] if any(map(_filled, row))]
    if notes:
        report.rows_read += len(notes)
        report.drop("notes below the table", len(notes))
        report.notes.append(f"{name}: {len(notes)} rows below the table are no records: {_shown(notes[0])}")
    return body[:start]


def _shown(row: Sequence[Any]) -> str:
    return ", ".join(filter(None, map(_text, row)))[:80]


def _filled(value: Any) -> bool:
    return value is not None and (not isinstance(value, str) or bool(value.strip()))


def _text(value: Any) -> str | None:
    """A cell as text. A whole number has no point; one that lost digits stays in the form that tells so."""
    if not _filled(value):
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _EXACT else repr(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, dt.timedelta):
        seconds = value.total_seconds()
        return f"{int(seconds // 3600)}:{int(seconds % 3600 // 60):02}:{seconds % 60:02.0f}"
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)


def _error_cells(path: Path, sheet: str) -> dict[str, int]:
    """How many cells of a sheet hold an error, by its word; only .xlsx tells."""
    if not first_bytes(path).startswith(b"PK"):
        return {}
    counts: dict[str, int] = {}
    with Archive(path) as archive:
        for name in _parts(archive, sheet):
            for word in _ERROR_CELL.findall(archive.read(name)):
                counts[word.decode()] = counts.get(word.decode(), 0) + 1
    return counts


def _parts(archive: Archive, sheet: str) -> Iterator[str]:
    """The part of an .xlsx that holds a sheet."""
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= set(archive.names):
        return
    targets = {r.get("Id"): str(r.get("Target", "")) for r in parse_xml(archive.read("xl/_rels/workbook.xml.rels"), sheet)}
    for element in parse_xml(archive.read("xl/workbook.xml"), sheet).iter():
        if element.tag.endswith("}sheet") and element.get("name") == sheet:
            target = targets.get(next((v for k, v in element.attrib.items() if k.endswith("}id")), None), "").lstrip("/")
            part = target if target.startswith("xl/") else f"xl/{target}"
            if part in archive.names:
                yield part
