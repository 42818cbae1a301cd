"""Names of months in other languages than English, by a stated table: what %b and %B read besides.

No word of the table names two months, in whatever language, so that none need be declared.
"""

from __future__ import annotations

import re
import unicodedata

ENGLISH = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
LANGUAGES = "English, German, French, Spanish, Portuguese, Italian and Dutch"
#: by month, January first: full names and usual abbreviations, without accents
_NAMES = (
    "januar janner jan janvier janv enero ene janeiro gennaio gen januari",
    "februar feber feb fevrier fevr fev febrero fevereiro febbraio februari febr",
    "marz maerz mar mrz mars marzo marco maart mrt",
    "april apr avril avr abril abr aprile",
    "mai mayo may maio maggio mag mei",
    "juni jun juin junio junho giugno giu",
    "juli jul juillet juil julio julho luglio lug",
    "august aug aout agosto ago augustus",
    "september sep sept septembre septiembre setiembre setembro set settembre sett",
    "oktober okt octobre oct octubre outubro out ottobre ott",
    "november nov novembre noviembre novembro",
    "dezember dez decembre dec diciembre dic dezembro dicembre december",
)
_MONTH = {name: k for k, names in enumerate(_NAMES) for name in names.split()}


def in_english(text: str) -> str:
    """A text with the names of its months in English; what is no name of the table stays."""
    return re.sub(r"[^\W\d_]+", lambda m: ENGLISH[k] if (k := _MONTH.get(_bare(m[0]), -1)) >= 0 else m[0], unicodedata.normalize("NFC", text))


def _bare(word: str) -> str:
    """A word in small letters without accents: `Août` → `aout`, `Mär` → `mar`."""
    return "".join(c for c in unicodedata.normalize("NFD", word.casefold()) if not unicodedata.combining(c))
