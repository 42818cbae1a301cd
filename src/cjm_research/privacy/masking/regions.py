"""Which countries' phone numbers a client's texts hold: declared, or from what the params say anyway."""

from __future__ import annotations

import functools
import zoneinfo
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

_BY_LANGUAGE = {"de": "DE", "fr": "FR", "es": "ES", "it": "IT", "nl": "NL", "pl": "PL", "pt": "PT", "da": "DK", "sv": "SE", "nb": "NO",
                "fi": "FI", "cs": "CZ", "ja": "JP", "ko": "KR", "tr": "TR"}


#: read where nothing says which country it is; the forms of addresses and papers are those of the same four
_WHERE_UNKNOWN = ("US", "GB", "DE", "FR")


def countries_of(declared: Sequence[str], timezone: str, language: str = "") -> tuple[str, ...]:
    """The declared countries, else the one of language or time zone, else the four whose forms are always read."""
    if declared:
        return tuple(dict.fromkeys(c.upper() for c in declared))
    found = region_of(timezone, language)
    return (found,) if found else _WHERE_UNKNOWN


def region_of(timezone: str, language: str = "") -> str | None:
    """The country (ISO 3166, "DE") of a language tag ("de-AT"), else of a time zone, else of a language; None where unknown."""
    tag, _, country = language.partition("-")
    return country or _zones().get(timezone) or _BY_LANGUAGE.get(tag)


@functools.cache
def _zones() -> dict[str, str]:
    """Time zone → country, from the time zone database."""
    for text in _tables():
        rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
        return {row[2]: row[0] for row in rows if len(row) >= 3}
    return {}


def _tables() -> list[str]:
    found = [Path(folder) / "zone.tab" for folder in zoneinfo.TZPATH]
    texts = [p.read_text(encoding="utf-8") for p in found if p.is_file()]
    try:
        texts.append(resources.files("tzdata").joinpath("zoneinfo/zone.tab").read_text(encoding="utf-8"))
    except (ModuleNotFoundError, FileNotFoundError):
        pass
    return texts
