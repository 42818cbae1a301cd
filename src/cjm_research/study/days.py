"""On which day something happened: the client's, never that of UTC, or a day without a clock would be shown as the one before."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from .opened import Study


def day_of(moment: str | None, zone: str) -> str:
    """Give the day (`2026-03-01`) of a moment in ISO 8601 in a time zone; empty where there is none, or a year that no calendar has."""
    if not moment:
        return ""
    try:
        return f"{datetime.fromisoformat(moment).astimezone(ZoneInfo(zone)):%Y-%m-%d}"
    except (ValueError, OverflowError):
        return moment[:10]


def first_and_last(study: Study, table: str, column: str) -> tuple[str | None, str | None]:
    """Give the first and the last day of a table's times; None where it has none."""
    zone = study.params.timezone
    found = study.query(f'SELECT CAST(timezone(?, min("{column}")) AS DATE)::VARCHAR AS a, CAST(timezone(?, max("{column}")) AS DATE)::VARCHAR AS b FROM {table}', [zone, zone]).iloc[0]
    first, last = (None if value is None or value != value else str(value) for value in (found["a"], found["b"]))
    return first, last
