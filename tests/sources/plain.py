"""A second, plain reader: the standard library only, one cell at a time, nothing of the project.

Generated exports hold cells in hostile spellings; what each cell means is worked out here from its text alone.
"""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

MISSING = ("", " ", "N/A", "null", "-", "NaN")
NOBODY = ("", "null", "undefined", "[object Object]", "#N/A", "Anonymous", "  ")
_OFFSETS = {"CET": 1, "EST": -5, "PST": -8, "GMT": 0, "UTC": 0, "Z": 0, "GMT+1": 1, "UTC-05:00": -5, "+0530": 5.5, "-03:00": -3, "+01:00[Europe/Paris]": 1}
_BERLIN = ZoneInfo("Europe/Berlin")

#: what people write, with everything a CSV must quote
TEXT = st.text(st.sampled_from("abÄß中😀'\"\"\"\",;\t|\n \u00a0\u2028<&{}\\.0"), max_size=7).filter(lambda t: t.count("\n") < 3)
LABEL = TEXT.filter(lambda t: t.strip() not in ("", "\\N"))
MOMENT = st.builds(lambda d, z: (d.isoformat(sep=" ") + z), st.datetimes(datetime(1971, 1, 1), datetime(2037, 1, 1), timezones=st.none()).filter(
    lambda d: d.month not in (3, 10, 11)), st.sampled_from(["", *(f" {z}" if z[0].isalpha() else z for z in _OFFSETS)]))
WHO = st.sampled_from(["u1", "u2", "007", "7", "Ana Müller", "a,b", 'say "hi"', "NA", *NOBODY])


def money(mark: str) -> st.SearchStrategy[str]:
    """Amounts of two decimals by a mark, as programs and people write them."""
    other = {".": ",", ",": "."}[mark]

    def spelled(value: Decimal, thousands: str, form: str) -> str:
        digits = f"{abs(value):,.2f}".replace(",", "T").replace(".", mark).replace("T", thousands)
        return form.format(digits) if value < 0 else digits

    return st.builds(spelled, st.decimals(-10**7, 10**7, places=2), st.sampled_from(["", other, "’", "\u00a0", "\u202f"]),
                     st.sampled_from(["-{}", "−{}", "({})", "{}-", "-{} "]))


def number(text: str | None, mark: str = ".") -> float | None:
    """The amount, or None for a missing one."""
    if text is None or text.strip() in MISSING or text.strip() == "\\N":
        return None
    digits = re.sub(r"[^\d]", "", text.strip().rpartition(mark)[0] or text) + ("." + re.sub(r"\D", "", text.rpartition(mark)[2]) if mark in text else "")
    try:
        value = float(Decimal(digits))
    except InvalidOperation:
        return None
    return -value if re.search(r"[-−(]", text) else value


def instant(text: str | None) -> datetime | None:
    """The instant of an ISO text with one of the zones above; without one in Berlin."""
    if text is None or text.strip() in MISSING:
        return None
    try:
        for zone in sorted(_OFFSETS, key=len, reverse=True):
            if text.endswith(zone):
                wall = datetime.fromisoformat(text[: -len(zone)].strip())
                return wall.replace(tzinfo=timezone(timedelta(hours=_OFFSETS[zone]))).astimezone(UTC)
        return datetime.fromisoformat(text.strip()).replace(tzinfo=_BERLIN).astimezone(UTC)
    except ValueError:
        return None


def person(text: str | None) -> str | None:
    """The id, or None for a word that means there is none."""
    return None if text is None or text.strip().lower() in {n.strip().lower() for n in NOBODY} else text.strip()


def words(text: str | None) -> str | None:
    """A text, trimmed; None for a blank one."""
    return None if text is None or text == "\\N" or not text.strip() else text.strip()


def written(rows: list[dict[str, str]], delimiter: str, line: str, quoting: int) -> str:
    """The rows as the csv module writes them."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter, lineterminator=line, quoting=quoting)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def counted(text: str, delimiter: str) -> list[dict[str, str]]:
    """The rows as the csv module reads them back."""
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))
