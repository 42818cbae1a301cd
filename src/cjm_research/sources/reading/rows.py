"""Rows of an export that do not count, dropped and counted by reason, and columns that a system writes under several names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ...errors import BadInput

if TYPE_CHECKING:
    import pandas as pd

    from ..contract import ImportReport

_NO = ("", "false", "f", "0", "no", "none", "null")


def without(frame: pd.DataFrame, unwanted: pd.Series, report: ImportReport, reason: str) -> pd.DataFrame:
    """The rows without the unwanted ones, which are counted."""
    gone = unwanted.fillna(False).astype(bool)
    report.drop(reason, int(gone.sum()))
    return frame[~gone]


def flagged(frame: pd.DataFrame, column: str) -> pd.Series:
    """Which rows a column marks as true; none where there is no such column."""
    import pandas as pd

    if column not in frame:
        return pd.Series(False, index=frame.index)
    text = frame[column].astype("string").str.strip().str.lower()
    return text.notna() & ~text.isin(_NO)


def without_history(frame: pd.DataFrame, report: ImportReport) -> pd.DataFrame:
    """The current rows of a connector's history table: `_fivetran_active`, `_fivetran_deleted` and the like say which they are."""
    if "_fivetran_active" in frame:
        frame = without(frame, ~flagged(frame, "_fivetran_active"), report, "superseded version of a row")
    for column in ("_fivetran_deleted", "_sdc_deleted_at", "is_deleted", "IsDeleted"):
        if column in frame:
            frame = without(frame, flagged(frame, column), report, f"deleted at the vendor ({column})")
    return frame


def renamed(frame: pd.DataFrame, names: Mapping[str, str], where: str) -> pd.DataFrame:
    """The frame with these columns under other names. Raises `BadInput` where two columns would have one name: which of them counts is not for us to say."""
    for old, new in names.items():
        others = [str(c) for c in frame.columns if c != old and names.get(c, c) == new]
        if others and old != new:
            raise BadInput(where, f"columns {old!r} and {others[0]!r} are both {new!r}", f"one column for {new!r}", f"take {old!r} or {others[0]!r} out of the export, or rename it there")
    return frame.rename(columns=dict(names))
