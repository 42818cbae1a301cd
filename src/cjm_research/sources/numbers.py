"""Numbers of exports: amounts with either decimal mark, thousands separators, currency signs and percent signs."""

from __future__ import annotations

import pandas as pd

from ..errors import BadInput
from .base import ImportReport

_YES_NO = {"true": 1.0, "false": 0.0, "yes": 1.0, "no": 0.0}


def to_numbers(values: pd.Series, where: str, report: ImportReport, decimal: str | None = None) -> pd.Series:
    """Values as numbers (Float64); yes/no and true/false become 1/0; unreadable ones are missing and noted.

    Where a number holds both marks the last one is the decimal mark. Raises `BadInput` for numbers with commas
    only and no declared mark (1,234 may be either), and where not one value is a number.
    """
    if decimal not in (None, ".", ","):
        raise BadInput(f"{where}: decimal", f"{decimal!r} is not understood", "'.' or ','")
    if pd.api.types.is_bool_dtype(values) or pd.api.types.is_numeric_dtype(values):
        return values.astype("Float64")
    text = values.astype("string").str.strip()
    text = text.mask(text == "")
    out = pd.to_numeric(text, errors="coerce").astype("Float64")
    out = out.mask(out.abs() == float("inf"))
    hard = out.isna() & text.notna()
    if decimal == ",":  # 1.234 is a thousand
        hard |= text.str.contains(".", regex=False).fillna(False)
    if hard.any():
        out = out.mask(hard, _spelled(text[hard], where, decimal))
    left = out.isna() & text.notna()
    if left.any() and not out.notna().any():
        raise BadInput(where, f"not one of {int(text.notna().sum()):,} values is a number, e.g. {text[left].iloc[0][:40]!r}", "numbers",
                       "correct the column map")
    if left.any():
        report.notes.append(f"{where}: {int(left.sum()):,} values are no numbers, e.g. {text[left].iloc[0][:40]!r}; they count as missing")
    return out


def _spelled(text: pd.Series, where: str, decimal: str | None) -> pd.Series:
    words = text.str.lower().map(_YES_NO).astype("Float64")
    # currency signs and codes, percent, narrow and no-break spaces, Swiss apostrophes
    plain = text.str.replace(r"^(?:[A-Z]{3}|[€$£¥])\s*|\s*(?:[A-Z]{3}|[€$£¥%])$|[\s\u00a0\u202f'’]", "", regex=True)
    if decimal is None:
        unclear = plain.str.fullmatch(r"-?\d+,\d+").fillna(False)
        if unclear.any():
            raise BadInput(where, f"numbers such as {plain[unclear].iloc[0]!r} hold a comma that may mean thousands or decimals",
                           "a declared decimal mark", "set `settings.decimal: ','` (or '.') in the source")
    # the last mark is the decimal mark, unless it occurs twice: then it stands between thousands
    commas, dots = plain.str.count(","), plain.str.count(r"\.")
    comma = ((plain.str.rfind(",") > plain.str.rfind(".")) & (commas < 2)) | (dots > 1)
    if decimal is not None:
        comma = pd.Series(decimal == ",", index=plain.index)
    english = plain.str.replace(",", "", regex=False)
    german = plain.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
    numbers = pd.to_numeric(english.where(~comma, german), errors="coerce").astype("Float64")
    # 1,2,3 is a list, not a number: groups of thousands have three digits
    grouped = plain.str.fullmatch(r"[-+]?(?:\d{1,3}(?:[.,]\d{3})+|\d+)(?:[.,]\d+)?|[-+]?[.,]\d+").fillna(False)
    return words.fillna(numbers.where(grouped))
