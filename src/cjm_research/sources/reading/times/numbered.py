"""Times that are numbers: seconds, milli-, micro- or nanoseconds since 1970, and the serial days of spreadsheets."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from ....errors import BadInput
from ...limits import short_cells
from ..cells import row_of

if TYPE_CHECKING:
    from ...contract import ImportReport

EPOCH_UNITS = {"s": 1_000_000, "ms": 1_000, "us": 1, "ns": 0.001}  # microseconds of one
EXCEL = {"excel_days": "1899-12-30", "excel_days_1904": "1904-01-01"}  # the day that serial 0 stands for, after the leap day of 1900
UNITS = (*EPOCH_UNITS, *EXCEL)
UTC = "datetime64[us, UTC]"

_DAY = 86_400_000  # milliseconds; spreadsheets keep no finer times
_LEAP = 60  # of 1900, which had no 29 February: Excel counts one (as Lotus did)
_FIRST, _LAST = -62_135_596_800_000_000, 253_402_300_800_000_000  # the years 1 … 9999 in microseconds
_WHOLE = r"[+-]?[0-9]{1,19}"
_DECIMAL = r"[+-]?[0-9]{1,19}[.,][0-9]+"
_LOST = r"[+-]?[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]+"


def check_unit(unit: str, where: str) -> None:
    """Raise `BadInput` for a unit that is none."""
    if unit not in UNITS:
        raise BadInput(f"{where}: time_unit", f"{unit!r} is unknown", ", ".join(UNITS), "set `settings.time_unit` of the source")


def from_epoch(values: pd.Series, where: str, unit: str, report: ImportReport) -> pd.Series:
    """Numbers since 1970 as UTC, to the microsecond. Raises `BadInput` for numbers that a spreadsheet has cut (1.70531E+12)."""
    if pd.api.types.is_integer_dtype(values):
        micros = _micros(values.astype("Int64"), unit)
    elif pd.api.types.is_numeric_dtype(values):  # a float has 53 bits, today's microseconds need 51
        micros = _micros_of_floats(values, unit)
    else:
        text = short_cells(values.astype("string").str.strip())
        _refuse_lost(text, where)
        whole = text.str.fullmatch(_WHOLE).fillna(False).astype(bool)
        number = pd.Series(pd.NA, index=values.index, dtype="Int64")
        if whole.any():
            number[whole] = pd.Series([int(t) if abs(int(t)) < 2**63 else None for t in text[whole]], index=text[whole].index, dtype="Int64")
        micros = _micros(number, unit)
        parts = text.str.fullmatch(_DECIMAL).fillna(False).astype(bool)
        if parts.any():
            # in decimals, since digits of a second must come back as they were written
            factor = Decimal(str(EPOCH_UNITS[unit]))
            exact = [int((Decimal(t.replace(",", ".")) * factor).to_integral_value()) for t in text[parts]]
            micros[parts] = pd.Series([m if _FIRST <= m < _LAST else None for m in exact], index=text[parts].index, dtype="Int64")
    out = pd.to_datetime(micros, unit="us", utc=True, errors="coerce").astype(UTC)
    far = out.notna() & ~out.dt.year.between(1975, 2100)
    if far.any():
        report.notes.append(f"{where}: {int(far.sum()):,} of {int(out.notna().sum()):,} times lie in years such as {int(out[far].dt.year.median())}; "
                            f"is `time_unit: {unit}` right for all of them?")
    return out


def from_excel(values: pd.Series, where: str, unit: str, report: ImportReport) -> pd.Series:
    """Serial days as times without a zone, to the millisecond.

    In the 1900 system day 60 is 29 February 1900, which never was: it is missing, and the days before it lie one
    later than a count back from today would say. Numbers below 1 are times of a day without a date: missing.
    """
    if pd.api.types.is_numeric_dtype(values):
        days = values.astype("Float64")
    else:
        text = short_cells(values.astype("string").str.strip())
        _refuse_lost(text, where)
        # 45306,5 is German; 45,306 may be a thousand and is left unread
        good = text.str.fullmatch(r"[0-9]{1,7}(?:\.[0-9]+)?|[0-9]{4,7},[0-9]+").fillna(False).astype(bool)
        days = pd.Series(pd.NA, index=values.index, dtype="Float64")
        days[good] = text[good].str.replace(",", ".", regex=False).to_numpy(dtype=object).astype(float)
    first = 1 if unit == "excel_days" else 0
    days = days.where((days >= first) & (days < 2_958_466))  # 10000-01-01
    if unit == "excel_days":
        ghost = (days >= _LEAP) & (days < _LEAP + 1)
        if ghost.any():
            report.notes.append(f"{where}: {int(ghost.sum()):,} times are day {_LEAP}, 29 February 1900, which never was; they count as missing")
        days = days.mask(ghost.fillna(False).astype(bool)).where(~(days < _LEAP).fillna(False).astype(bool), days + 1)
    millis = (days * _DAY).round().astype("Int64")
    origin = pd.Timestamp(EXCEL[unit])
    return (pd.to_timedelta(millis, unit="ms") + origin).astype("datetime64[us]")


def _micros(numbers: pd.Series, unit: str) -> pd.Series:
    if unit == "ns":
        return numbers // 1_000
    factor = int(EPOCH_UNITS[unit])
    # what lies beyond the years 1 … 9999 is no time
    return numbers.where((numbers >= _FIRST // factor) & (numbers < _LAST // factor)) * factor


def _micros_of_floats(values: pd.Series, unit: str) -> pd.Series:
    micros = (values.astype("Float64") * EPOCH_UNITS[unit]).round()
    return micros.where((micros >= _FIRST) & (micros < _LAST)).astype("Int64")


def _refuse_lost(text: pd.Series, where: str) -> None:
    lost = text.str.fullmatch(_LOST).fillna(False).astype(bool)
    if lost.any():
        raise BadInput(where, f"{text[lost].iloc[0]!r} {row_of(text.index[lost.to_numpy().argmax()])} has lost digits: a spreadsheet wrote it",
                       "whole numbers", "export it again without a spreadsheet between, or format the column as text there")
