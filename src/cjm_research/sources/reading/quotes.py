"""Whether the quotes of delimited text balance, and how many rows a file holds: counted in the file, not by its parser.

An opened quote that is never closed swallows the rows up to the next quote, and most parsers say nothing. Three things give
it away: text after a closing quote, a quote still open at the end, and a cell that holds what looks like rows, or more lines
than people write.
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from ...errors import BadInput

MOST_LINES = 500  # line ends in one cell; a mail thread has some hundred
_QUOTE, _LF, _CR = 34, 10, 13
_CHUNK = 32 << 20
_ROWS_IN_CELL = {2: 8, 3: 4}  # lines that look like rows, by the number of columns; of more columns two are enough

Positions = npt.NDArray[np.int64]


def count_rows(body: bytes | memoryview, delimiter: str, columns: int, where: str, line: int, most_lines: int | None = None) -> int:
    """The rows of a file's body, empty lines left out.

    columns: of the header; line: the body's first; most_lines: line ends a cell may hold where the params say so, which also
    lets cells hold lines that look like rows. Raises `BadInput` with the line of a quote that is not closed where it should be.
    """
    bytes_ = np.frombuffer(body, dtype=np.uint8)
    ends = _line_ends(bytes_)
    quotes = _positions(bytes_, _QUOTE)
    if not len(quotes):
        return _filled_lines(bytes_, ends)
    sign = ord(delimiter)
    opens, closes = _pairs(bytes_, quotes, sign) or _scanned(bytes(body), ends, sign, where, line)
    # a line end lies in a cell where the last quote before it was opened
    before = np.searchsorted(opens, ends) - 1
    inside = (before >= 0) & (closes[np.maximum(before, 0)] > ends) if len(opens) else np.zeros(len(ends), bool)
    if inside.any():
        _check_cells(bytes_, opens, closes, ends, inside, sign, columns, where, line, most_lines)
    return _filled_lines(bytes_, ends[~inside])


def _positions(bytes_: npt.NDArray[np.uint8], value: int) -> Positions:
    parts = [np.flatnonzero(bytes_[i: i + _CHUNK] == value) + i for i in range(0, len(bytes_), _CHUNK)]
    return np.concatenate(parts) if parts else np.array([], dtype=np.int64)


def _line_ends(bytes_: npt.NDArray[np.uint8]) -> Positions:
    """Where lines end: LF, and CR without an LF after it."""
    lf, cr = _positions(bytes_, _LF), _positions(bytes_, _CR)
    if not len(cr):
        return lf
    followed = np.zeros(len(cr), bool)
    followed[cr + 1 < len(bytes_)] = bytes_[cr[cr + 1 < len(bytes_)] + 1] == _LF
    alone = cr[~followed]
    return np.sort(np.concatenate([lf, alone])) if len(alone) else lf


def _filled_lines(bytes_: npt.NDArray[np.uint8], ends: Positions) -> int:
    """Lines that hold anything; `ends` are those outside of cells."""
    starts = np.concatenate([[0], ends + 1])
    stops = np.concatenate([ends, [len(bytes_)]])
    length = stops - starts
    carriage = length > 0
    carriage[carriage] = bytes_[stops[carriage] - 1] == _CR
    return int((length - carriage > 0).sum())


def _pairs(bytes_: npt.NDArray[np.uint8], quotes: Positions, sign: int) -> tuple[Positions, Positions] | None:
    """Opening and closing quotes where every quote stands at the edge of a cell or is doubled; None where one does not."""
    if len(quotes) % 2:
        return None
    opens, closes = quotes[0::2], quotes[1::2]
    edges = np.array([sign, _LF, _CR, _QUOTE], dtype=np.uint8)
    if not np.isin(bytes_[opens[opens > 0] - 1], edges).all() or not np.isin(bytes_[closes[closes + 1 < len(bytes_)] + 1], edges).all():
        return None
    return opens, closes


def _scanned(body: bytes, ends: Positions, sign: int, where: str, line: int) -> tuple[Positions, Positions]:
    """The same cell by cell, for files with quotes inside of plain cells. Raises `BadInput` for a quote that is not closed."""
    cell = re.compile(rb'"[^"]*+(?:""[^"]*+)*+"')
    opens, closes, at = [], [], 0
    while (start := body.find(b'"', at)) >= 0:
        if start and body[start - 1] not in (sign, _LF, _CR):
            at = start + 1  # a quote inside of a plain cell is a character like others
            continue
        whole = cell.match(body, start)
        if whole is None:
            raise _unclosed(body, start, ends, where, line, "is not closed before the end of the file")
        at = whole.end()
        if at < len(body) and body[at] not in (sign, _LF, _CR):
            until = line + int(np.searchsorted(ends, at))
            raise _unclosed(body, start, ends, where, line, f"is closed in line {until} before {body[at: at + 20].decode('utf-8', 'replace')!r}, in the middle of a cell")
        opens.append(start)
        closes.append(at - 1)
    return np.array(opens, dtype=np.int64), np.array(closes, dtype=np.int64)


def _check_cells(bytes_: npt.NDArray[np.uint8], opens: Positions, closes: Positions, ends: Positions, inside: npt.NDArray[np.bool_],
                 sign: int, columns: int, where: str, line: int, most_lines: int | None) -> None:
    first = opens[(opens == 0) | (bytes_[np.maximum(opens - 1, 0)] != _QUOTE)]  # a doubled quote opens no new cell
    cells, counts = np.unique(np.searchsorted(first, ends[inside]) - 1, return_counts=True)
    allowed = MOST_LINES if most_lines is None else most_lines
    if (counts > allowed).any():
        start = int(first[cells[int(np.argmax(counts > allowed))]])
        raise _unclosed(bytes_, start, ends, where, line, f"opens a cell of {int(counts[counts > allowed][0]):,} lines")
    least = _ROWS_IN_CELL.get(columns, 2)
    if most_lines is None and columns > 1:
        for cell in cells[counts > least]:
            start = int(first[cell])
            stop = int(first[cell + 1]) if cell + 1 < len(first) else len(bytes_)
            stop = int(closes[np.searchsorted(closes, stop) - 1])
            lines = re.split(rb"\r\n|\r|\n", bytes_[start:stop].tobytes())[1:-1]
            if len(lines) >= least and all(one.count(sign) == columns - 1 for one in lines):
                raise _unclosed(bytes_, start, ends, where, line, f"opens a cell that holds {len(lines):,} lines which look like rows")


def _unclosed(body: bytes | npt.NDArray[np.uint8], start: int, ends: Positions, where: str, line: int, what: str) -> BadInput:
    meant = ", or set `settings.cell_lines` to the most lines that a cell holds where the text is meant so" if "opens a cell" in what else " or export it again"
    number = line + int(np.searchsorted(ends, start))
    sample = bytes(body[start: start + 60]).decode("utf-8", "replace").splitlines()[0]
    return BadInput(where, f"line {number}: the quote in {sample!r} {what}", f"cells whose quotes are closed and doubled inside, of at most {MOST_LINES} lines",
                    f"repair the line{meant}")


def skipped_lines(raw: bytes, count: int) -> int:
    """Where the text begins after so many lines."""
    at = 0
    for _ in range(count):
        at = raw.find(b"\n", at) + 1
        if not at:
            return len(raw)
    return at
