"""Times of exports → UTC. A time without a zone is refused unless a zone was declared; epoch numbers need a unit.

Nothing is guessed: `03/04/2026` is refused until the params say which of the two is the month.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pandas as pd

from ..engine import file_engine, literal
from ..errors import BadInput

if TYPE_CHECKING:
    from .base import ImportReport

EPOCH_UNITS = {"s": 1_000_000, "ms": 1_000, "us": 1, "ns": 0.001}  # microseconds of one
UTC = "datetime64[us, UTC]"

_EPOCH = r"^-?\d{9,}(\.\d+)?$"
_REPAIR = (  # spellings DuckDB does not read, rewritten to ones it does
    (r"^(\d{4})(\d{2})(\d{2})$", r"\1-\2-\3"),
    (r"^(\d{4})(\d{2})(\d{2})[Tt ]?(\d{2})(\d{2})(\d{2})([Zz]?)$", r"\1-\2-\3T\4:\5:\6\7"),
    (r"^(\d{4}-.*:\d{2}),(\d)", r"\1.\2"),
    (r"^(\d{4}-.*:\d{2}(?:\.\d+)?) ([+-]\d)", r"\1\2"),
    (r"^(\d{4}-.*) ?GMT$", r"\1Z"),
    (r"z$", "Z"),
)


def to_utc(values: pd.Series, where: str, timezone: str | None, report: ImportReport, *,
           unit: str | None = None, format: str | Sequence[str] | None = None) -> pd.Series:
    """Times as UTC with microseconds; what is empty or cannot be read becomes NaT (callers count it).

    unit: "s", "ms", "us" or "ns" for epoch numbers; format: strptime format(s) for texts that are not
    ISO 8601, tried in order. Local times that a clock change makes ambiguous are read as the earlier instant
    and noted; times that it skips are moved forward and noted. Raises `BadInput` for naive times without a
    declared zone, for numbers without a unit and where not one of the values can be read.
    """
    if unit is not None:
        out = _epoch(values, where, unit, report)
    elif isinstance(values.dtype, pd.DatetimeTZDtype):
        out = values.dt.tz_convert("UTC").astype(UTC)
    elif pd.api.types.is_datetime64_dtype(values):
        out = _localize(values, where, timezone, report)
    elif pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        raise _no_unit(where, values.dropna().astype("string"))
    elif format is not None:
        out = _by_format(values, where, timezone, report, [format] if isinstance(format, str) else list(format))
    else:
        out = _iso(values, where, timezone, report)
    given = values.notna()
    if given.any() and not out.notna().any():
        raise BadInput(where, f"not one of {int(given.sum()):,} values can be read as a time, e.g. {_sample(values)!r}",
                       "ISO 8601 (2026-01-31 23:59:59), or a declared unit or format",
                       "set `settings.time_format` (e.g. '%m/%d/%Y %H:%M') or `settings.time_unit` (s, ms, us, ns)")
    return out


def _epoch(values: pd.Series, where: str, unit: str, report: ImportReport) -> pd.Series:
    if unit not in EPOCH_UNITS:
        raise BadInput(f"{where}: time_unit", f"{unit!r} is unknown", ", ".join(EPOCH_UNITS))
    numbers = pd.to_numeric(values, errors="coerce")
    if pd.api.types.is_integer_dtype(numbers) and unit == "ns":
        micros = numbers.astype("Int64") // 1_000
    elif pd.api.types.is_integer_dtype(numbers):
        micros = numbers.astype("Int64") * int(EPOCH_UNITS[unit])
    else:  # a float has 53 bits, today's microseconds need 51
        micros = (numbers.astype("Float64") * EPOCH_UNITS[unit]).round()
    # what lies beyond the years 1 … 9999 is no time
    micros = micros.where((micros > -62_135_596_800_000_000) & (micros < 253_402_300_800_000_000))
    out = pd.to_datetime(micros.astype("Int64"), unit="us", utc=True, errors="coerce").astype(UTC)
    years = out.dt.year
    if out.notna().any() and bool(((years < 1990) | (years > 2100)).mean() > 0.5):
        report.notes.append(f"{where}: most times lie in {int(years.median())}; is `time_unit: {unit}` right?")
    return out


# `at` is the wall clock for texts without a zone (the session's zone is UTC), the instant for the others; what
# follows the day names a zone by one of +, -, Z, UTC or Area/City
_READ = """
    SELECT x, CASE WHEN x LIKE '____-%' THEN try_cast(x AS TIMESTAMPTZ) END AS at,
           contains(tail, '+') OR contains(tail, '-') OR contains(tail, 'Z') OR contains(tail, 'z') OR contains(tail, 'UTC')
           OR contains(tail, '/') AS aware
    FROM (SELECT x, substr(x, 12) AS tail FROM (SELECT {text} AS x FROM {rows}))"""


def _iso(values: pd.Series, where: str, timezone: str | None, report: ImportReport) -> pd.Series:
    import pyarrow as pa

    engine = file_engine()
    engine.register("given", pa.table({"t": pa.array(values.astype("string"), pa.large_string())}))
    read = engine.table(_READ.format(text="trim(t)", rows="given")).to_pandas()
    left = read["at"].isna() & read["x"].notna() & (read["x"] != "")
    if left.any():
        odd = read.loc[left, "x"].astype("string")
        if (numbers := odd.str.fullmatch(_EPOCH) & ~odd.str.fullmatch(r"(?:19|20)\d{12}")).any():
            raise _no_unit(where, odd[numbers])
        engine.register("odd", pa.table({"t": pa.array(odd, pa.large_string())}))
        repaired = "t"
        for pattern, to in _REPAIR:
            repaired = f"regexp_replace({repaired}, {literal(pattern)}, {literal(to)})"
        again = engine.table(_READ.format(text=repaired, rows="odd")).to_pandas().set_axis(odd.index)
        read.loc[left, ["at", "aware"]] = again[["at", "aware"]]
    engine.close()
    out = read["at"].dt.tz_convert("UTC").astype(UTC).set_axis(values.index).rename(values.name)
    naive = (~read["aware"].fillna(False).astype(bool)).to_numpy() & out.notna().to_numpy()
    if naive.any():
        clock = out[naive].dt.tz_localize(None)
        local = _localize(clock, where, timezone, report, sample=str(values[naive].iloc[0]))
        if naive.all():
            return local
        out[naive] = local
    return out


def _by_format(values: pd.Series, where: str, timezone: str | None, report: ImportReport, formats: list[str]) -> pd.Series:
    text = values.astype("string").str.strip()
    out = pd.Series(pd.NaT, index=values.index, dtype=UTC)
    for pattern in formats:
        open_ = out.isna() & text.notna()
        if not open_.any():
            break
        aware = bool(re.search(r"%[zZ]", pattern))
        try:
            parsed = pd.to_datetime(text[open_], format=pattern, utc=aware, errors="coerce")
        except ValueError as error:
            raise BadInput(f"{where}: time_format", f"{pattern!r} is no strptime format ({error})", "e.g. '%d.%m.%Y %H:%M'") from None
        parsed = parsed[parsed.notna()]
        if len(parsed):
            out[parsed.index] = parsed.astype(UTC) if aware else _localize(
                parsed, where, timezone, report, sample=str(text[parsed.index].iloc[0]))
    return out


def _localize(values: pd.Series, where: str, timezone: str | None, report: ImportReport, sample: str = "") -> pd.Series:
    if timezone is None:
        shown = f" such as {sample!r}" if sample else ""
        raise BadInput(where, f"times{shown} have no time zone", "a declared zone",
                       "set `timezone:` of the source or the client, e.g. Europe/Berlin (UTC where the export says UTC)")
    report.timezone = timezone
    if timezone == "UTC":
        return values.dt.tz_localize("UTC").astype(UTC)
    zone = ZoneInfo(timezone)
    local = values.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    odd = local.isna() & values.notna()
    if odd.any():
        moved = values[odd].dt.tz_localize(zone, ambiguous=True, nonexistent="NaT")  # type: ignore[call-overload]
        skipped = moved.isna()
        for count, what in ((int((~skipped).sum()), "are ambiguous by a clock change; the earlier instant was taken"),
                            (int(skipped.sum()), "do not exist because of a clock change; moved forward")):
            if count:
                report.notes.append(f"{where}: {count:,} local times {what}")
        first = pd.Series(True, index=values.index[odd]).to_numpy(dtype=bool)
        local[odd] = values[odd].dt.tz_localize(zone, ambiguous=first, nonexistent="shift_forward")
    return local.dt.tz_convert("UTC").astype(UTC)


def _no_unit(where: str, values: pd.Series) -> BadInput:
    return BadInput(where, f"times are numbers such as {_sample(values)!r} and nobody said what they count",
                    "a declared unit: s, ms, us or ns since 1970-01-01",
                    "set `settings.time_unit` of the source (13 digits: ms, 10 digits: s, 16 digits: us)")


def _sample(values: pd.Series) -> str:
    return str(values.dropna().iloc[0])[:60]
