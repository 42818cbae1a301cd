"""Times of exports → UTC. A time without a zone is refused unless a zone was declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ..errors import BadInput

if TYPE_CHECKING:
    from .base import ImportReport

EPOCH_UNITS = ("s", "ms", "us", "ns")
_AWARE = r"(?:[Zz]|[+-]\d{2}:?\d{2}|[+-]\d{2}| ?(?:UTC|GMT))\s*$"


def to_utc(values: pd.Series, where: str, timezone: str | None, report: ImportReport, *,
           unit: str | None = None, format: str | None = None) -> pd.Series:
    """Times as UTC with microseconds; what is empty or cannot be read becomes NaT (callers count it).

    unit: "s", "ms", "us" or "ns" for epoch numbers; format: a strptime format for other texts.
    Local times that a clock change makes ambiguous are read as the first of the two and noted; times that
    it skips are moved forward and noted. Raises `BadInput` for naive times without a declared zone.
    """
    if unit is not None:
        if unit not in EPOCH_UNITS:
            raise BadInput(where, f"time_unit {unit!r} is unknown", ", ".join(EPOCH_UNITS))
        numbers = pd.to_numeric(values, errors="coerce")
        return pd.to_datetime(numbers.astype("Float64"), unit=unit, utc=True, errors="coerce").astype("datetime64[us, UTC]")
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return values.dt.tz_convert("UTC").astype("datetime64[us, UTC]")
    if pd.api.types.is_datetime64_dtype(values):
        return _localize(values, where, timezone, report)
    text = values.astype("string").str.strip()
    text = text.mask(text == "")
    aware = text.str.contains(_AWARE, regex=True).fillna(False).astype(bool) & text.str.contains(":", regex=False).fillna(False).astype(bool)
    out = pd.Series(pd.NaT, index=values.index, dtype="datetime64[us, UTC]")
    if aware.any():
        clean = text[aware].str.replace(r" ?(?:UTC|GMT)\s*$", "Z", regex=True)
        parsed = pd.to_datetime(clean, format=format or "ISO8601", utc=True, errors="coerce")
        out[aware] = parsed.astype("datetime64[us, UTC]")
    naive = ~aware & text.notna()
    if naive.any():
        parsed = pd.to_datetime(text[naive], format=format or "ISO8601", errors="coerce")
        good = parsed.notna()
        if good.any():
            out[parsed.index[good]] = _localize(parsed[good], where, timezone, report, sample=str(text[naive].iloc[0]))
    return out


def _localize(values: pd.Series, where: str, timezone: str | None, report: ImportReport, sample: str = "") -> pd.Series:
    if timezone is None:
        shown = f" such as {sample!r}" if sample else ""
        raise BadInput(where, f"times{shown} have no time zone", "a declared zone",
                       "set `timezone:` of the source or the client, e.g. Europe/Berlin (UTC where the export says UTC)")
    report.timezone = timezone
    if timezone == "UTC":
        return values.dt.tz_localize("UTC").astype("datetime64[us, UTC]")
    ambiguous = values.dt.tz_localize(timezone, ambiguous="NaT", nonexistent="shift_forward").isna() & values.notna()
    skipped = values.dt.tz_localize(timezone, ambiguous=True, nonexistent="NaT").isna() & values.notna()
    for count, what in ((int(ambiguous.sum()), "are ambiguous by a clock change; the earlier instant was taken"),
                        (int(skipped.sum()), "do not exist because of a clock change; moved forward")):
        if count:
            report.notes.append(f"{where}: {count:,} local times {what}")
    local = values.dt.tz_localize(timezone, ambiguous=pd.array([True] * len(values), dtype=bool).to_numpy(),
                                  nonexistent="shift_forward")
    return local.dt.tz_convert("UTC").astype("datetime64[us, UTC]")
