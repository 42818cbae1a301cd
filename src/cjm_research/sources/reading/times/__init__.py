"""Times of exports → UTC: the one reader of every source. A time without a zone is refused unless a zone was declared.

Nothing is guessed: `03/04/2026` is refused until the params say which of the two is the month, numbers until they say
what they count, `IST` until they say whose. No library is asked what a text might mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pandas as pd

from ....errors import BadInput
from ...limits import short_cells
from ..cells import tell_unreadable
from .formats import EXAMPLE, by_format
from .iso import by_iso
from .numbered import EXCEL, UTC, check_unit, from_epoch, from_excel
from .zones import abbreviations, declared_zone, zone_of

if TYPE_CHECKING:
    from ...contract import ImportReport

__all__ = ["UTC", "from_epoch", "to_utc"]

_EPOCH = r"-?\d{9,19}(?:\.\d+)?|\d(?:\.\d+)?[eE]\+?\d+"
_DATED = r"(?:19|20)\d{12}"  # 20260131235959
_SERIAL = r"[2-6]\d{4}(?:[.,]\d+)?"
_NONE_DAYS = ("0001-01-01", "1900-01-01", "1899-12-30", "1899-12-31", "1970-01-01", "9999-12-31", "2099-12-31", "2999-12-31", "9999-01-01")
_LIVED = (1900, 2100)  # years that a time of an export may well lie in
_EDGE = (pd.Timestamp("0001-01-03"), pd.Timestamp("9999-12-30"))  # beyond them a shift of zones leaves the calendar


def to_utc(values: pd.Series, where: str, timezone: str | None, report: ImportReport, *, unit: str | None = None,
           format: str | Sequence[str] | None = None, zones: Mapping[str, str] | None = None, most: float | None = None) -> pd.Series:
    """Times as UTC with microseconds; what is empty or cannot be read becomes NaT, the latter told in a note.

    unit: "s", "ms", "us" or "ns" for epoch numbers, "excel_days" or "excel_days_1904" for a spreadsheet's; format:
    strptime format(s) for texts that are not ISO 8601; zones: what abbreviations mean that the table of `zones` leaves
    open; most: the share of cells that may be unreadable. Local times that a clock change makes ambiguous are read as
    the earlier instant and noted; times that it skips are moved forward and noted. Raises `BadInput` for naive times
    without a declared zone, for numbers without a unit, for formats that leave something open, for cells that two
    formats read differently, and where too much is no time.
    """
    if unit is not None:
        check_unit(unit, where)
        if unit in EXCEL and not isinstance(values.dtype, pd.DatetimeTZDtype):
            out = localized(from_excel(values, where, unit, report), where, timezone, report)
        else:
            out = from_epoch(values, where, unit, report)
    elif isinstance(values.dtype, pd.DatetimeTZDtype):
        out = values.dt.tz_convert("UTC").astype(UTC)
    elif pd.api.types.is_datetime64_dtype(values):
        out = localized(values.astype("datetime64[us]"), where, timezone, report)
    elif pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        if values.notna().any():
            raise _no_unit(where, values.dropna().astype("string"))
        out = pd.Series(pd.NaT, index=values.index, dtype=UTC)
    else:
        text = short_cells(values.astype("string").str.strip())
        text = text.mask(text == "")
        formats = [format] if isinstance(format, str) else list(format or ())
        wall, zone, mixed = _by_formats(text, formats, where, report) if formats else (*by_iso(text), True)
        if not formats:
            _refuse_numbers(text[wall.isna() & text.notna()], where)
        out = _instants(text, wall, zone, mixed, where, timezone, report, zones or {})
    if unit is not None or out.isna().any():
        text = short_cells(values.astype("string").str.strip())
        text = text.mask(text == "")
        tell_unreadable(text, out.isna() & text.notna(), where, report, what="times", most=most, allowed=(
            "a declared format" if format else f"numbers in {unit}" if unit else "ISO 8601 (2026-01-31 23:59:59), or a declared unit or format"),
            next=f"set `settings.time_format` ({EXAMPLE}) or `settings.time_unit` (s, ms, us, ns; excel_days); "
                 "`settings.unreadable: 0.2` lets more cells count as missing")
    _tell_none_days(out, where, timezone, report, years=unit is None or unit in EXCEL)
    return out


def _by_formats(text: pd.Series, formats: list[str], where: str, report: ImportReport) -> tuple[pd.Series, pd.Series, bool]:
    wall = pd.Series(pd.NaT, index=text.index, dtype="datetime64[us]")
    zone = pd.Series(pd.NA, index=text.index, dtype="string")
    taken, with_zone = 0, []
    for pattern in formats:
        read, its_zone, has_zone = by_format(text, str(pattern), where)
        with_zone.append(has_zone)
        both = read.notna() & wall.notna() & (read != wall)
        if both.any():
            raise BadInput(where, f"{text[both].iloc[0]!r} is read in two ways by the formats {', '.join(map(repr, formats))}", "one reading a cell",
                           "keep the format that is right in `settings.time_format`, or split the export by its formats")
        new = read.notna() & wall.isna()
        wall, zone = wall.mask(new, read), zone.mask(new, its_zone)
        taken += int(new.any())
    if any("%y" in str(p) for p in formats) and wall.notna().any():
        report.notes.append(f"{where}: years of two digits are read as 1969 … 2068")
    if taken > 1:
        report.notes.append(f"{where}: the times stand in {taken} of the declared formats")
    return wall, zone, any(with_zone)


def _instants(text: pd.Series, wall: pd.Series, zone: pd.Series, mixed: bool, where: str, timezone: str | None, report: ImportReport,
              known: Mapping[str, str]) -> pd.Series:
    """Wall clocks and the texts of their zones as instants; a text that is no zone leaves its time unread."""
    out = pd.Series(pd.NaT, index=wall.index, dtype=UTC)
    bare = wall.notna() & zone.isna()
    if mixed and zone.notna().any():
        for word in zone.dropna().unique():
            meaning = zone_of(str(word), where, timezone, known)
            if meaning is None:
                continue
            clock = wall[(zone == word).fillna(False).to_numpy(dtype=bool)]
            if isinstance(meaning, int):
                shifted = clock.where(clock.between(*_EDGE)) - pd.Timedelta(minutes=meaning)
                out[clock.index] = shifted.dt.tz_localize("UTC").astype(UTC)
                _tell_season(out[clock.index], str(word), meaning, where, timezone, report)
            else:
                out[clock.index] = localized(clock, where, str(meaning), report, note_zone=False)
        if bare.any() and timezone is not None:
            report.notes.append(f"{where}: {int(bare.sum()):,} of {int(wall.notna().sum()):,} times have no zone; they are read in {timezone}")
    if bare.any():
        local = localized(wall[bare], where, timezone, report, sample=str(text[bare].iloc[0]))
        if bare.all():
            return local
        out[bare] = local
    return out


def _tell_season(at: pd.Series, word: str, minutes: int, where: str, timezone: str | None, report: ImportReport) -> None:
    """Note times that carry their zone's abbreviation of the other season: CET in July is read as written, an hour from the clocks there."""
    if not timezone or minutes == 0 or abbreviations(timezone).get(word.upper()) != minutes or not at.notna().any():
        return
    there = at.dt.tz_convert(timezone).dt.tz_localize(None) - at.dt.tz_localize(None)
    if off := int((there.dropna() != pd.Timedelta(minutes=minutes)).sum()):
        report.notes.append(f"{where}: {off:,} times say {word} while the clocks of {timezone} show another; they are read as {word} "
                            f"(UTC{minutes // 60:+d}), or set `settings.time_zones: {{{word}: {timezone}}}`")


def localized(values: pd.Series, where: str, timezone: str | None, report: ImportReport, sample: str = "", note_zone: bool = True) -> pd.Series:
    if timezone is None and not values.notna().any():
        return values.dt.tz_localize("UTC").astype(UTC)
    if timezone is None:
        shown = f" such as {sample!r}" if sample else ""
        raise BadInput(where, f"times{shown} have no time zone", "a declared zone",
                       "set `timezone:` of the source or the client, e.g. Europe/Berlin (UTC where the export says UTC)")
    if note_zone:
        report.timezone = timezone
    if timezone == "UTC":
        return values.dt.tz_localize("UTC").astype(UTC)
    declared = declared_zone(timezone, f"{where}: timezone")
    edge = values.notna() & ~values.between(*_EDGE)
    if edge.any():  # 0001-01-01 and 9999-12-31 are no times, and no zone has them
        local = localized(values.mask(edge), where, timezone, report, note_zone=False) if not edge.all() else values.mask(edge).dt.tz_localize("UTC").astype(UTC)
        return local.mask(edge, values.dt.tz_localize("UTC").astype(UTC))
    if isinstance(declared, int):
        return (values - pd.Timedelta(minutes=declared)).dt.tz_localize("UTC").astype(UTC)
    zone: ZoneInfo = declared
    local = values.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    odd = local.isna() & values.notna()
    if odd.any():
        moved = values[odd].dt.tz_localize(zone, ambiguous=True, nonexistent="NaT")  # type: ignore[call-overload]
        skipped = moved.isna()
        for count, what in ((int((~skipped).sum()), "ambiguous by a clock change; the earlier instant was taken"),
                            (int(skipped.sum()), "skipped by a clock change and moved forward")):
            if count:
                report.notes.append(f"{where}: {count:,} local {'time is' if count == 1 else 'times are'} {what}")
        first = pd.Series(True, index=values.index[odd]).to_numpy(dtype=bool)
        local[odd] = values[odd].dt.tz_localize(zone, ambiguous=first, nonexistent="shift_forward")
    return local.dt.tz_convert("UTC").astype(UTC)


def _tell_none_days(out: pd.Series, where: str, timezone: str | None, report: ImportReport, years: bool) -> None:
    """Note days that tools write for "no time"; they stay what they are, since a birthday may be one. years: also other far years, as of another calendar."""
    if not out.notna().any():
        return
    low, high = out.min(), out.max()
    if low.year > 1970 and high.year < 2099:
        return
    far = out[(out.dt.year <= 1970) | (out.dt.year >= 2099)]
    local = far
    if timezone not in (None, "UTC"):
        inside = far.dt.year.between(2, 9998)
        zone = declared_zone(str(timezone), where)
        if isinstance(zone, ZoneInfo):
            local = far.dt.strftime("%Y-%m-%d").where(~inside, far[inside].dt.tz_convert(zone).dt.strftime("%Y-%m-%d").reindex(far.index))
    days = local.astype("string").str.slice(0, 10)
    none = days[days.isin(_NONE_DAYS)]
    if len(none):
        shown = ", ".join(f"{d} {n:,}×" for d, n in none.value_counts().items())
        report.notes.append(f"{where}: some times are days that tools write where there is none ({shown}); they are kept as they are: "
                            "drop them with `filter` if that is what they mean")
    other = far[~days.isin(_NONE_DAYS) & ~far.dt.year.between(*_LIVED)]
    if years and len(other):
        report.notes.append(f"{where}: {len(other):,} times lie in years such as {int(other.dt.year.median())}, and are read as years of the common era; "
                            "correct the export if another calendar or a slip wrote them")


def _refuse_numbers(odd: pd.Series, where: str) -> None:
    numbers = odd.str.fullmatch(_EPOCH).fillna(False).astype(bool) & ~odd.str.fullmatch(_DATED).fillna(False).astype(bool)
    if numbers.any():
        raise _no_unit(where, odd[numbers])
    if len(odd) and odd.str.fullmatch(_SERIAL).fillna(False).astype(bool).mean() > 0.5:
        raise BadInput(where, f"times are numbers such as {odd.iloc[0]!r}, which look like the serial days of a spreadsheet", "ISO 8601, or a declared unit",
                       "set `settings.time_unit: excel_days` (excel_days_1904 for workbooks of the 1904 system)")


def _no_unit(where: str, values: pd.Series) -> BadInput:
    return BadInput(where, f"times are numbers such as {str(values.dropna().iloc[0])[:60]!r} and nobody said what they count",
                    "a declared unit: s, ms, us or ns since 1970-01-01; excel_days or excel_days_1904",
                    "set `settings.time_unit` of the source (10 digits: s, 13 digits: ms, 16 digits: us, 5 digits: excel_days)")


