"""Columns whose cells are all written in one style (1.234,50 € throughout), read at once and without looking for distinct cells.

What comes out here is what the readers of `columns` and `spelling` say of the same cells; any other column is left to them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .columns import LONGEST
from .currencies import may_mean
from .spelling import GROUPED, SPACE

_OTHER = {".": ",", ",": "."}
_DIGITS = {mark: rf"^[-+]?(?:[0-9]+|[1-9][0-9]{{0,2}}(?:[{other}][0-9]{{3}})+)(?:[{mark}][0-9]+)?$" for mark, other in _OTHER.items()}
_ANY = {mark: rf"^[-+]?(?:{GROUPED[mark].pattern})$" for mark in _OTHER}
_WORN = re.compile(rf"(?P<before>[^0-9.,()\[\]+\-−–{SPACE}]{{0,4}}[{SPACE}]?)(?P<core>[-+]?[0-9][0-9.,]*)(?P<after>[{SPACE}]?[^0-9.,()\[\]+\-−–{SPACE}]{{0,4}})")
_SAMPLE = 1_000


@dataclass(frozen=True)
class Uniform:
    """values: floats of the given cells; mark: their decimal mark; first: a cell; currency, percent: what every cell carries."""

    values: np.ndarray
    mark: str
    first: str
    currency: str | None
    percent: bool


def uniform(given: pd.Series, decimal: str | None) -> Uniform | None:
    """A column in one style under one decimal mark, declared or shown by its cells; None for every other. given: trimmed cells, none missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not len(given) or not (worn := _WORN.fullmatch(str(given.iloc[0]))) or (worn["before"] and worn["after"]):
        return None
    sign = (worn["before"] or worn["after"]).strip(SPACE)
    if sign and sign != "%" and not may_mean(sign):
        return None
    text = pa.array(given, pa.large_string())
    if worn["before"]:
        if not pc.all(pc.starts_with(text, worn["before"])).as_py():
            return None
        text = pc.utf8_slice_codeunits(text, len(worn["before"]))
    elif worn["after"]:
        if not pc.all(pc.ends_with(text, worn["after"])).as_py():
            return None
        text = pc.utf8_slice_codeunits(text, 0, -len(worn["after"]))
    if pc.max(pc.binary_length(text)).as_py() > LONGEST:
        return None
    for mark, other in _OTHER.items():
        if decimal not in (None, mark) or not _all(text, _DIGITS[mark]):
            continue
        if decimal is None and _all(text, _ANY[other]):
            return None  # no cell shows which mark it is
        digits = pc.ascii_ltrim(pc.replace_substring(text, other, ""), "+")
        values = (pc.replace_substring(digits, ",", ".") if mark == "," else digits).cast(pa.float64()).to_numpy(zero_copy_only=False)
        return Uniform(values, mark, str(given.iloc[0]), sign if sign and sign != "%" else None, sign == "%")
    return None


def _all(text: object, pattern: str) -> bool:
    """Whether all texts match; most columns that do not show it at their beginning."""
    import pyarrow.compute as pc

    return all(pc.all(pc.match_substring_regex(part, pattern)).as_py() for part in (text.slice(0, _SAMPLE), text.slice(_SAMPLE)) if len(part))  # type: ignore[attr-defined]
