"""What follows a time and says its zone: an offset, a zone's name, or an abbreviation by a stated table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ....errors import BadInput

#: abbreviation → its fixed offset in minutes; only those that mean one thing wherever exports come from
FIXED: dict[str, int] = {
    "Z": 0, "UTC": 0, "UT": 0, "GMT": 0, "WET": 0, "WEST": 60, "CET": 60, "CEST": 120, "MEZ": 60, "MESZ": 120, "MET": 60, "MEST": 120, "EET": 120,
    "EEST": 180, "MSK": 180, "EST": -300, "EDT": -240, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420, "AKST": -540, "AKDT": -480, "HST": -600,
    "BRT": -180, "SAST": 120, "CAT": 120, "EAT": 180, "WAT": 60, "JST": 540, "KST": 540, "HKT": 480, "SGT": 480, "WIB": 420, "PKT": 300,
    "AWST": 480, "ACST": 570, "ACDT": 630, "AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780}
#: abbreviation → what it may mean; refused until `settings.time_zones` or the declared zone says which
UNCLEAR: dict[str, str] = {
    "IST": "India, Ireland or Israel", "BST": "British summer, Bangladesh or Bougainville", "CST": "Central (US), China or Cuba",
    "CDT": "Central (US) or Cuba", "AST": "Atlantic or Arabia", "ADT": "Atlantic or Arabia", "GST": "Gulf or South Georgia",
    "ECT": "Ecuador or Eastern Caribbean", "SST": "Samoa or Singapore", "AMT": "Amazon or Armenia", "PHT": "Philippines", "WST": "Western Australia or Samoa",
    "NST": "Newfoundland or Nepal", "IDT": "Israel or Ireland", "ART": "Argentina or Arabia", "PET": "Peru or Kamchatka", "MYT": "Malaysia or Myanmar",
    "ICT": "Indochina", "BOT": "Bolivia", "COT": "Colombia", "CLT": "Chile", "CT": "Central", "ET": "Eastern", "MT": "Mountain", "PT": "Pacific"}
#: what to write for each meaning, in the order of the meanings
_PLACES: dict[str, str] = {
    "IST": "Asia/Kolkata, Europe/Dublin or Asia/Jerusalem", "BST": "Europe/London, Asia/Dhaka or Pacific/Bougainville",
    "CST": "America/Chicago, Asia/Shanghai or America/Havana", "CDT": "America/Chicago or America/Havana", "AST": "America/Halifax or Asia/Riyadh",
    "ADT": "America/Halifax or Asia/Baghdad", "GST": "Asia/Dubai or Atlantic/South_Georgia", "ECT": "America/Guayaquil or America/Puerto_Rico",
    "SST": "Pacific/Pago_Pago or Asia/Singapore", "AMT": "America/Manaus or Asia/Yerevan", "PHT": "Asia/Manila", "WST": "Australia/Perth or Pacific/Apia",
    "NST": "America/St_Johns or Asia/Kathmandu", "IDT": "Asia/Jerusalem or Europe/Dublin", "ART": "America/Argentina/Buenos_Aires or Asia/Riyadh",
    "PET": "America/Lima or Asia/Kamchatka", "MYT": "Asia/Kuala_Lumpur or Asia/Yangon", "ICT": "Asia/Bangkok", "BOT": "America/La_Paz", "COT": "America/Bogota",
    "CLT": "America/Santiago", "CT": "America/Chicago", "ET": "America/New_York", "MT": "America/Denver", "PT": "America/Los_Angeles"}
_OFFSET = re.compile(r"(?:UTC|GMT|UT)?\s*([+-])(\d{1,2})(?::?(\d{2}))?(?::?(\d{2}))?", re.I | re.A)
_AREA = re.compile(r"[A-Za-z_]+(?:/[A-Za-z0-9_+-]+)+")
_COMMENT = re.compile(r"\s*(?:\[[^\]]*\]|\([^)]*\))$")
_YEARS = range(2000, 2031, 5)
_LONGEST = 15 * 60  # minutes; no zone is further from UTC


def zone_of(text: str, where: str, declared: str | None, known: Mapping[str, str]) -> int | ZoneInfo | None:
    """What a text after a time stands for: minutes from UTC, or a zone; None where it is no zone.

    `GMT+0100 (CET)`, `+01:00[Europe/Berlin]`: the offset counts. declared: the source's zone, whose own abbreviations
    are clear; known: `settings.time_zones`. Raises `BadInput` for an abbreviation that means several zones.
    """
    text = text.strip().replace("−", "-")
    if (bare := _COMMENT.sub("", text)) and bare != text:
        return zone_of(bare, where, declared, known)
    text = text.strip("()[] ")
    for name, meaning in known.items():
        if text.upper() == str(name).upper():
            return declared_zone(str(meaning), f"{where}: settings.time_zones.{name}")
    if text.upper() in FIXED:
        return FIXED[text.upper()]
    if match := _OFFSET.fullmatch(text):
        named = not text.startswith(("+", "-"))
        if not named and len(match[2]) == 1 and not match[3]:
            return None  # "10:00 -1" is no offset
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        if minutes > _LONGEST or int(match[3] or 0) > 59 or int(match[4] or 0):
            return None
        return -minutes if match[1] == "-" else minutes
    if _AREA.fullmatch(text):
        try:
            return ZoneInfo(text)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return None
    if text.upper() in UNCLEAR:
        if declared and (own := abbreviations(declared).get(text.upper())) is not None:
            return own
        raise BadInput(where, f"the zone {text!r} may be that of {UNCLEAR[text.upper()]}", "an offset such as +01:00, or a declared meaning",
                       f"find out which, then set `settings.time_zones: {{{text.upper()}: PLACE}}` in the source, where PLACE is {_PLACES[text.upper()]}")
    return None


def declared_zone(name: str, where: str) -> int | ZoneInfo:
    """A zone as params may write it: Area/City, UTC, or an offset. Raises `BadInput` for another text."""
    if (match := _OFFSET.fullmatch(name.strip().replace("−", "-"))) and int(match[3] or 0) < 60 and int(match[2]) < 15:
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        return -minutes if match[1] == "-" else minutes
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput(where, f"{name!r} is no time zone", "a name such as Europe/Berlin, or an offset such as +05:30",
                       "correct the zone") from None


@cache
def abbreviations(name: str) -> dict[str, int]:
    """The abbreviations that a zone itself uses, with their offsets in minutes."""
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return {}
    found: dict[str, set[int]] = {}
    for year in _YEARS:
        for month in (1, 4, 7, 10):
            at = datetime(year, month, 1, tzinfo=UTC).astimezone(zone)
            found.setdefault(str(at.tzname()).upper(), set()).add(int((at.utcoffset() or timedelta()).total_seconds() // 60))
    return {word: offsets.pop() for word, offsets in found.items() if len(offsets) == 1}
