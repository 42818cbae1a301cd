"""Many texts by one compiled format at once: the fields as columns of integers, the clock by integer arithmetic.

A column has hundreds of thousands of distinct times; one by one they take a hundred times as long. Only what is plainly
a time comes out here. The rest (other digits than ASCII's, 24:00, days that are none) is left to the reader of single texts.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

_CENTURY = 69  # years of two digits are 1969 … 2068, as in POSIX
_NUMBERS = {"Y": (1, 9999), "y": (0, 99), "m": (1, 12), "d": (1, 31), "H": (0, 23), "I": (1, 12), "M": (0, 59), "S": (0, 59)}
_MONDAY = 3  # of 1970-01-01, a Thursday, counted from Monday


def read_fields(texts: pd.Series, regex: str, names: frozenset[str], months: Sequence[str], days: Sequence[str]) -> tuple[np.ndarray, pd.Series]:
    """(wall clocks as datetime64[us], texts of the zones) of texts; NaT where a text is no plain time of the format.

    regex: the format with a named group for each directive; names: its directives; months, days: the first three letters
    of their names, in order.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    count = len(texts)
    # (?i) and \d mean ASCII in RE2, so what matches here matches in `re` too
    found = pc.extract_regex(pa.array(texts, pa.large_string()), f"(?i)^(?:{regex})$")
    good = found.is_valid().to_numpy(zero_copy_only=False)

    def field(name: str) -> pa.Array:
        return pc.if_else(found.is_valid(), found.field(name), None)

    def word(name: str, known: Sequence[str]) -> np.ndarray:
        start = pc.utf8_slice_codeunits(pc.utf8_lower(field(name)), 0, 3)
        return pc.index_in(start, pa.array(known, start.type)).fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)

    number: dict[str, np.ndarray] = {}
    for name, (low, high) in _NUMBERS.items():
        if name in names:
            number[name] = field(name).cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False)
            good &= (number[name] >= low) & (number[name] <= high)
    year = number["Y"] if "Y" in number else number["y"] + np.where(number["y"] >= _CENTURY, 1900, 2000)
    month = number["m"] if "m" in number else word("b", months) + 1
    good &= month >= 1
    first = (np.where(good, year, 1970) * 12 + np.where(good, month, 1) - 1 - 1970 * 12).astype("datetime64[M]")
    day = first.astype("datetime64[D]") + (np.where(good, number["d"], 1) - 1)
    good &= day.astype("datetime64[M]") == first
    hour = number.get("H", number.get("I", np.zeros(count, dtype=np.int64)))
    if "p" in names:
        hour = hour % 12 + np.where(pc.starts_with(field("p"), "p", ignore_case=True).fill_null(False).to_numpy(zero_copy_only=False), 12, 0)
    if names & set("aA"):
        good &= (day.astype(np.int64) + _MONDAY) % 7 == word("a", days)
    micros = ((day.astype(np.int64) * 24 + hour) * 60 + number.get("M", 0)) * 60 + number.get("S", 0)
    micros = micros * 1_000_000
    if "f" in names:
        digits = pc.utf8_slice_codeunits(pc.utf8_rpad(field("f"), 6, "0"), 0, 6)
        micros = micros + digits.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    zone = pd.Series(field("z") if "z" in names else pa.nulls(count, pa.large_string()), index=texts.index, dtype="string")
    return np.where(good, micros, np.iinfo(np.int64).min).astype("datetime64[us]"), zone
