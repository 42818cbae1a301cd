"""Rows of an export that do not count, dropped and counted by reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
