"""Texts in ISO 8601 and its near spellings → wall clocks, and the text of their zones, read by one stated grammar."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pandas as pd

from ....engine import file_engine, literal

#: what may stand behind a time and be its zone
ZONE = (r"(?:(?:UTC|GMT|UT)\s?)?[+\-−]\d{1,2}(?::?\d{2})?(?::?\d{2})?(?:\s*\([^)]*\)|\[[^\]]*\])?"
        r"|\[?[A-Za-z_]+/[A-Za-z0-9_+/\-]+\]?|\(?[A-Za-z]{1,5}\)?")
_CLOCK = r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,12})?)?"
_WHOLE = rf"^([0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}(?:(?:[Tt]|\s+){_CLOCK})?)\s*(.*)$"
_COMPACT = (  # spellings without separators, rewritten to ones with them
    (r"^([0-9]{4})([0-9]{2})([0-9]{2})$", r"\1-\2-\3"),
    (r"^([0-9]{4})([0-9]{2})([0-9]{2})[Tt ]?([0-9]{2})([0-9]{2})([0-9]{2})([.,][0-9]+)?\s*(.*)$", r"\1-\2-\3T\4:\5:\6\7\8"),
)
_READ = """
    SELECT x <> '' AS given, try_cast(replace(replace(parts.wall, ',', '.'), 't', 'T') AS TIMESTAMP) AS wall, nullif(trim(parts.zone), '') AS zone
    FROM (SELECT x, regexp_extract(x, {whole}, ['wall', 'zone']) AS parts FROM (SELECT {text} AS x FROM {rows}))"""
_YEARS = (pd.Timestamp("0001-01-01"), pd.Timestamp("9999-12-31 23:59:59.999999"))  # others are no times: year 0 fills a field
_ORDINAL = re.compile(r"(\d{4})-(\d{3})|(\d{4})-?W(\d{2})-?(\d)", re.A)


def by_iso(text: pd.Series) -> tuple[pd.Series, pd.Series]:
    """(wall clock, text of the zone) of texts; missing where a text is no time in ISO 8601."""
    import pyarrow as pa

    engine = file_engine()
    engine.register("given", pa.table({"t": pa.array(text, pa.large_string())}))
    compact = "t"
    for pattern, to in _COMPACT:
        compact = f"regexp_replace({compact}, {literal(pattern)}, {literal(to)})"
    read = engine.table(_READ.format(whole=literal(_WHOLE), text="trim(t)", rows="given")).to_pandas()
    left = (read["wall"].isna() & read["given"].fillna(False).astype(bool)).to_numpy()
    if left.any():
        odd = text[left]
        engine.register("odd", pa.table({"t": pa.array(odd.str.strip(), pa.large_string())}))
        again = engine.table(_READ.format(whole=literal(_WHOLE), text=compact, rows="odd")).to_pandas()
        read.loc[left, "wall"] = again["wall"].to_numpy()
        read.loc[left, "zone"] = again["zone"].to_numpy()
        days = pd.to_datetime(odd.str.strip().map(_by_week).astype("string"), format="%Y-%m-%d", errors="coerce")
        if days.notna().any():
            at = read.index[left][days.notna().to_numpy()]
            read.loc[at, "wall"] = days.dropna().to_numpy()
            read.loc[at, "zone"] = None
    engine.close()
    wall = read["wall"].astype("datetime64[us]").set_axis(text.index)
    wall = wall.where(wall.between(*_YEARS))
    return wall, read["zone"].astype("string").set_axis(text.index).mask(wall.isna())


def _by_week(text: str) -> str | None:
    """ISO 8601's dates of a week (2026-W05-1) and of a year (2026-032) as days."""
    match = _ORDINAL.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    try:
        if match[1]:
            day = date(int(match[1]), 1, 1) + timedelta(days=int(match[2]) - 1)
            return day.isoformat() if day.year == int(match[1]) and int(match[2]) else None
        return date.fromisocalendar(int(match[3]), int(match[4]), int(match[5])).isoformat()
    except ValueError:
        return None
