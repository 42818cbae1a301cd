"""Headers inside of a file: exports that somebody put one below another, each with its header.

A row that repeats the header is dropped and counted. One that looks like a header of other columns, or of the same ones in
another order, is refused: the rows below it do not mean what the first line says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from ...errors import BadInput
from .cells import row_of

if TYPE_CHECKING:
    import pyarrow as pa

    from ...params.schema import Source
    from ..contract import ImportReport

_SAMPLE = 200  # rows that show which columns hold digits
_LOOKED_AT = 3  # such columns; no more are looked through
_NAME = re.compile(r"[^\W\d_][\w .:/()\[\]#%€$-]{0,59}")
#: words that name columns, without case and signs; one of them beside other signs makes a row a header
_SAID = (
    "id user userid customer customerid client clientid contact contactid visitor visitorid person account accountid email mail session sessionid order orderid unit unitid respondent "
    "responseid answer answers question event eventname eventtype action activity type name time timestamp date datetime day createdat created occurredat updatedat starttime endtime "
    "value amount price revenue currency channel stage status variant arm group metric rating score text comment zeit zeitpunkt zeitstempel datum kunde kundennummer nutzer benutzer "
    "ereignis wert betrag kanal preis antwort frage heure utilisateur evenement valeur montant prix fecha hora usuario evento valor importe precio data ora utente valore importo prezzo "
    "tijd gebruiker klant gebeurtenis waarde bedrag")
_WORDS = frozenset(_SAID.split())


def without_headers(frame: pd.DataFrame, source: Source, report: ImportReport, where: str, name: str) -> pd.DataFrame:
    """The rows of one delimited file without those that repeat its header, counted as read and dropped. Raises `BadInput` for the header of another export.

    The first row is left to those who know exports with several header rows.
    """
    if not len(frame):
        return frame
    again = _repeats(frame)
    if (count := int(again.sum())) and source.kind == "qualtrics":
        raise _refused(frame, again.idxmax(), where)
    if count:
        report.rows_read += count
        report.drop("header repeated inside the file", count)
        report.notes.append(f"{name}: {f'{count:,} rows repeat' if count > 1 else '1 row repeats'} the header, the first {row_of(again.idxmax())}: "
                            "exports were put one below another")
    if (other := _other_header(frame[~again])) is not None:
        raise _refused(frame, other, where)
    return frame[~again].reset_index(drop=True) if count else frame


class Watch:
    """Looks at a file batch by batch for what the rules above may drop or refuse; what it suspects they decide on all rows."""

    def __init__(self, names: Sequence[str], rows: int) -> None:
        self.names, self.rows = names, rows
        self.digits: list[int] | None = None

    def suspects(self, batch: pa.RecordBatch) -> bool:
        """Whether a row of the batch may hold no value, repeat the header or be another one."""
        import pyarrow as pa
        import pyarrow.compute as pc

        first = batch.column(0)
        if first.null_count:
            empty = pc.is_null(first)
            for i in range(1, batch.num_columns):
                empty = pc.and_(empty, pc.is_null(batch.column(i)))
            if pc.any(empty).as_py():
                return True
        said = {str(self.names[0]).lower(), re.sub(r" \(\d+\)$", "", str(self.names[0])).lower()}
        short = first.filter(pc.less_equal(pc.utf8_length(first), max(map(len, said)) + 8))  # only these can be the name, blanks about it or not
        repeats = pc.is_in(pc.utf8_lower(pc.utf8_trim_whitespace(short)), value_set=pa.array(sorted(said), short.type))
        if pc.any(repeats).as_py():
            return True
        if self.digits is None:
            if batch.num_rows < min(_SAMPLE, self.rows):
                return True
            head = batch.slice(0, _SAMPLE).to_pandas()
            self.digits = [i for i, c in enumerate(head.columns) if (given := head[c].dropna()).size >= max(2, len(head) / 2) and given.str.contains("[0-9]").mean() >= 0.5][:_LOOKED_AT]
        odd = None
        for i in self.digits:
            cells = batch.column(i) if odd is None else batch.column(i).filter(odd)
            wordy = pc.fill_null(pc.and_(pc.invert(pc.match_substring_regex(cells, "[0-9]")), pc.not_equal(pc.utf8_trim_whitespace(cells), "")), False)
            if not pc.any(wordy).as_py():
                return False
            if odd is not None:  # the places that are left
                left = pc.indices_nonzero(odd).filter(wordy)
                wordy = pc.is_in(pa.array(range(batch.num_rows), left.type), value_set=left)
            odd = wordy
        return bool(self.digits)


def _refused(frame: pd.DataFrame, row: Any, where: str) -> BadInput:
    shown = ", ".join(str(c)[:40] for c in frame.loc[row].dropna().iloc[:8])
    return BadInput(f"{where}, {row_of(row).removeprefix('in ')}", f"the row looks like the header of another export: {shown}",
                    f"one header ({', '.join(map(str, frame.columns[:8]))}) and rows of its columns",
                    "keep each export in a file of its own with the same header and name them all under `files`; leave the row out where it is no header")


def _repeats(frame: pd.DataFrame) -> pd.Series:
    """Which rows say the name of each column in it."""
    left = frame.index[1:]
    for number, column in enumerate(frame.columns, start=1):
        # the header says `ID` twice where the columns are called `ID (1)` and `ID (2)`, and nothing where they are called `column 3`
        names = {str(column).lower(), re.sub(r" \(\d+\)$", "", str(column)).lower()}
        cells = frame.loc[left, column]
        same = cells.str.strip().str.lower().isin(names)
        left = left[(same | cells.isna() if column == f"column {number}" else same).fillna(False).to_numpy(dtype=bool)]
        if not len(left):
            break
    return pd.Series(frame.index.isin(left if frame.shape[1] > 1 else []), index=frame.index)


def _other_header(frame: pd.DataFrame) -> Any:
    """The first row that looks like another header: names in its cells, also where most other rows hold digits; None where there is none."""
    head = frame.head(_SAMPLE)
    digits = [c for c in frame.columns if (given := head[c].dropna()).size >= max(2, len(head) / 2) and given.str.contains("[0-9]").mean() >= 0.5]
    left = frame.index[1:] if digits else frame.index[:0]
    for column in digits[:_LOOKED_AT]:
        cells = frame.loc[left, column]
        left = left[(cells.str.strip().fillna("") != "").to_numpy(dtype=bool) & ~cells.str.contains("[0-9]").fillna(True).to_numpy(dtype=bool)]
    known = {_fold(str(c)) for c in frame.columns} | _WORDS
    for row in left[:_SAMPLE]:
        cells = [str(v).strip() for v in frame.loc[row] if pd.notna(v)]
        folded = [_fold(c) for c in cells]
        words = sum(c in known for c in folded)
        if 5 * len(cells) >= 4 * frame.shape[1] and len(set(folded)) == len(cells) and all(map(_NAME.fullmatch, cells)) and words >= 2 and 2 * words >= len(cells):
            return row
    return None


def _fold(text: str) -> str:
    return re.sub(r"[\W_]", "", text.casefold())
