"""Texts by a declared strptime format → a wall clock and the text of its zone, where the format has one.

A format must say what a time needs: a year, and AM or PM with a clock of twelve hours. Nothing is filled in.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import cache

import pandas as pd

from ....errors import BadInput
from .fields import read_fields
from .iso import ZONE, by_iso
from .months import ENGLISH, LANGUAGES, in_english

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS = r"(?P<a>mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?"
_PARTS = {
    "Y": r"(?P<Y>\d{4})", "y": r"(?P<y>\d{2})", "m": r"(?P<m>\d{1,2})", "d": r"(?P<d>\d{1,2})", "H": r"(?P<H>\d{1,2})", "I": r"(?P<I>\d{1,2})",
    "M": r"(?P<M>\d{1,2})", "S": r"(?P<S>\d{1,2})", "f": r"(?P<f>\d{1,9})", "p": r"(?P<p>[ap]\.?\s?m\.?)", "z": rf"(?P<z>{ZONE})",
    "b": rf"(?P<b>{'|'.join(ENGLISH)}|sept|{'|'.join(_MONTHS)})\.?", "B": rf"(?P<b>{'|'.join(ENGLISH)}|sept|{'|'.join(_MONTHS)})\.?", "a": _DAYS, "A": _DAYS, "%": "%"}
_RARE = {"j": r"\d{1,3}", "U": r"\d{1,2}", "W": r"\d{1,2}", "w": r"[0-6]", "G": r"\d{4}", "V": r"\d{1,2}", "u": r"[1-7]"}
_SHORT = {"T": "%H:%M:%S", "F": "%Y-%m-%d", "D": "%m/%d/%y", "R": "%H:%M", "e": "%d", "h": "%b", "l": "%I", "k": "%H", "n": " ", "t": " "}
_WORDED_ZONE = re.compile(r"(?:GMT|UTC)\s?%[zZ]|%[zZ]\s*\(?%[zZ]\)?")
EXAMPLE = f"e.g. '%d.%m.%Y %H:%M', '%m/%d/%y %I:%M %p' or '%d. %B %Y' (%B: a month's name in {LANGUAGES})"


def by_format(text: pd.Series, pattern: str, where: str) -> tuple[pd.Series, pd.Series, bool]:
    """(wall clock, text of the zone, whether the format has a zone) of texts; missing where the format does not fit.

    Raises `BadInput` for a format that is none, has no year, or a clock that the format leaves open.
    """
    regex, names, rare = _compiled(pattern, where)
    codes, distinct = pd.factorize(text)  # exports repeat days
    texts = pd.Series(distinct, dtype="string")
    wall, zone = pd.Series(pd.NaT, index=texts.index, dtype="datetime64[us]"), pd.Series(pd.NA, index=texts.index, dtype="string")
    if not rare and len(texts):
        clocks, zone = read_fields(texts, regex.pattern, names, _MONTHS, _WEEK)
        wall = pd.Series(clocks, index=texts.index)
    if names & set("bB") and wall.isna().any():
        texts = texts.where(wall.notna(), texts.map(in_english, na_action="ignore"))
        if not rare:
            again = texts[wall.isna()]
            clocks, zones = read_fields(again.reset_index(drop=True), regex.pattern, names, _MONTHS, _WEEK)
            wall[again.index], zone[again.index] = clocks, zones.array
    odd = texts[wall.isna()]
    if len(odd):
        one_by_one = [_read(regex.fullmatch(" ".join(t.split())), pattern, names, rare) for t in odd]
        wall[odd.index] = by_iso(pd.Series([r[0] for r in one_by_one], index=odd.index, dtype="string"))[0]
        zone[odd.index] = pd.Series([r[1] for r in one_by_one], index=odd.index, dtype="string")
    return (pd.Series(wall.array.take(codes, allow_fill=True), index=text.index),
            pd.Series(zone.mask(wall.isna()).array.take(codes, allow_fill=True), index=text.index), "z" in names)


@cache
def _compiled(pattern: str, where: str) -> tuple[re.Pattern[str], frozenset[str], str]:
    place = f"{where}: time_format"
    whole = re.sub(r"%([TFDRehlknt])", lambda m: _SHORT[m[1]], pattern)
    whole = re.sub(r"%-(?=[A-Za-z])", "%", whole)
    if worded := _WORDED_ZONE.search(whole):
        raise BadInput(place, f"{pattern!r} spells out {worded[0]!r}, whose sign tools understand in two ways", "%z alone",
                       "write %z there: it reads +0100, +01:00, CET, GMT+1, UTC+01:00 and GMT+0100 (CET) as what lies east of Greenwich")
    whole = whole.replace("%Z", "%z")
    names = re.findall(r"%(.)", whole.replace("%%", ""))
    if whole.replace("%%", "").endswith("%") or not names or (odd := [n for n in names if n not in _PARTS and n not in _RARE]):
        raise BadInput(place, f"{pattern!r} is no strptime format ({'%' + odd[0] if names and not whole.endswith('%') else 'no directive'})", EXAMPLE,
                       "correct `settings.time_format`")
    has = set(names)
    if twice := [n for n in has if names.count(n) > 1 and n != "%"]:
        raise BadInput(place, f"{pattern!r} has %{twice[0]} twice", EXAMPLE, "correct `settings.time_format`")
    if not has & set("YyG"):
        raise BadInput(place, f"{pattern!r} has no year, and none is invented", "a format with %Y (or %y)",
                       "export the times with their year, or add the year in the export")
    if "I" in has and "p" not in has:
        raise BadInput(place, f"{pattern!r} has a clock of twelve hours (%I) without AM or PM (%p)", "%H, or %I with %p", "correct `settings.time_format`")
    if "p" in has and "I" not in has:
        raise BadInput(place, f"{pattern!r} has AM or PM (%p) beside a clock of 24 hours, where it would change nothing", "%I with %p, or %H alone",
                       "write %I in place of %H")
    weekday = bool(has & set("aAwu"))
    if not (("d" in has and has & set("mbB")) or "j" in has or (weekday and (has & set("UW") or {"G", "V"} <= has))):
        raise BadInput(place, f"{pattern!r} names no day of the year", "a format with a month and a day", "export times with their day; a period is no time")
    if ("M" not in has and has & set("HI") and "S" in has) or ("f" in has and "S" not in has):
        raise BadInput(place, f"{pattern!r} skips a part of the clock", EXAMPLE, "correct `settings.time_format`")
    rare = "".join(sorted(has & set(_RARE)))
    parts = re.split(r"%(.)", " ".join(whole.split()))
    regex = "".join(re.escape(p).replace(r"\ ", r"\s*") if i % 2 == 0 else _PARTS.get(p) or f"({_RARE[p]})" for i, p in enumerate(parts))
    return re.compile(regex, re.I), frozenset(has), rare


def _read(match: re.Match[str] | None, pattern: str, names: frozenset[str], rare: str) -> tuple[str | None, str | None]:
    if match is None:
        return None, None
    has = match.groupdict()
    zone = has.get("z")
    if rare:
        try:
            plain = re.sub(r"\s*%[zZ].*$", "", pattern)
            text = match[0][: match.start("z")].rstrip() if zone else match[0]
            return datetime.strptime(text, plain).isoformat(), zone
        except ValueError:
            return None, None
    year = int(has["Y"]) if has.get("Y") else 1900 + int(has["y"]) if int(has["y"]) >= 69 else 2000 + int(has["y"])
    month = int(has["m"]) if has.get("m") else 1 + _MONTHS.index(has["b"][:3].lower())
    hour = int(has.get("H") or has.get("I") or 0)
    if has.get("p"):
        if not 1 <= hour <= 12:
            return None, None
        hour = hour % 12 + (12 if has["p"][0].lower() == "p" else 0)
    if has.get("a") and not _is_weekday(year, month, int(has["d"]), has["a"]):
        return None, None
    clock = f"{hour:02}:{int(has.get('M') or 0):02}:{int(has.get('S') or 0):02}.{(has.get('f') or '0'):<06}"
    return f"{year:04}-{month:02}-{int(has['d']):02}T{clock}", zone


def _is_weekday(year: int, month: int, day: int, name: str) -> bool:
    """Whether the day is the weekday it is called; a date that is not has its day and month exchanged, or a slip."""
    try:
        return _WEEK[date(year, month, day).weekday()] == name[:3].lower()
    except ValueError:
        return False
