"""How the distinct cells of a column spell numbers, all at once; only what is oddly written goes cell by cell to `spell`.

What comes out here is what `spell` says of the same cell; a column of 400,000 amounts takes parts of a second so.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from .currencies import may_mean
from .spelling import APOSTROPHE, GROUPED, SPACE, spell

LONGEST = 40  # characters; longer ones may be beyond what a float holds
_SIGNS = r"+−–\-"  # as a set of a regular expression
_WORN = (rf"^(?P<open>\(?)(?P<s1>[{_SIGNS}]?)[{SPACE}]*(?P<c1>[^0-9.,()\[\]'’´`ʼ%{_SIGNS}{SPACE}]{{0,4}}\.?)[{SPACE}]*(?P<s2>[{_SIGNS}]?)"
         rf"(?P<core>(?:[0-9]|[.,][0-9])[0-9.,{APOSTROPHE}{SPACE}]*)(?P<c2>[^0-9.,()\[\]'’´`ʼ{_SIGNS}{SPACE}]{{0,4}}\.?)[{SPACE}]*(?P<s3>[{_SIGNS}]?)(?P<close>\)?)$")
_BARE = r"^[-+0-9.,]*$"


def spell_column(cells: pd.Series) -> pd.DataFrame:
    """What each of the distinct cells says, as `Spelled`: dot, comma (NaN where they cannot be), currency, percent, side."""
    import pyarrow as pa
    import pyarrow.compute as pc

    count = len(cells)
    out = pd.DataFrame({"cell": cells.array, "dot": np.full(count, np.nan), "comma": np.full(count, np.nan),
                        "currency": np.full(count, None, dtype=object), "percent": np.zeros(count, dtype=bool), "side": np.full(count, None, dtype=object)})
    text = pa.array(cells, pa.large_string())
    short = pc.less_equal(pc.utf8_length(text), LONGEST).to_numpy(zero_copy_only=False)
    done = _read(out, text, np.arange(count), short, r"[-+]?")
    left = np.flatnonzero(~done)
    if len(left):
        left = left[_undress(out, text.take(pa.array(left)), left, short[left])]
    for at in left:  # typed by hand, or none
        if (said := spell(str(cells.iloc[at]))) is not None:
            out.loc[at, ["dot", "comma"]] = [np.nan if v is None else v for v in (said.dot, said.comma)]
            out.loc[at, ["currency", "percent", "side"]] = [said.currency, said.percent, said.side]
    return out


def cast(digits: pd.Series) -> np.ndarray:
    """Digits with at most a sign and a point as floats, each the nearest one, as `float` reads it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.ascii_ltrim(pa.array(digits, pa.large_string()), "+").cast(pa.float64()).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def _read(out: pd.DataFrame, text: object, rows: np.ndarray, may: np.ndarray, sign: str, minus: np.ndarray | None = None) -> np.ndarray:
    """Fill in the values of bare digits with marks under either decimal mark; returns which of them are numbers under one at least."""
    import pyarrow as pa
    import pyarrow.compute as pc

    done = np.zeros(len(rows), dtype=bool)
    for name, decimal, other in (("dot", ".", ","), ("comma", ",", ".")):
        good = may & pc.match_substring_regex(text, rf"^{sign}(?:{GROUPED[decimal].pattern})$").to_numpy(zero_copy_only=False)
        good &= pc.match_substring_regex(text, "[0-9]").to_numpy(zero_copy_only=False)
        if not good.any():
            continue
        digits = text.filter(pa.array(good))  # type: ignore[attr-defined]
        if pc.all(pc.match_substring_regex(digits, _BARE)).as_py():
            digits = pc.replace_substring(digits, other, "")
            digits = pc.ascii_ltrim(digits, "+")
        else:
            digits = pc.replace_substring_regex(digits, rf"[^-0-9{decimal}]", "")
        value = pc.replace_substring(digits, ",", ".").cast(pa.float64()).to_numpy(zero_copy_only=False)
        values = out[name].to_numpy(copy=True)
        values[rows[good]] = value if minus is None else np.where(minus[good], -value, value)
        out[name] = values
        done |= good
    return done


def _undress(out: pd.DataFrame, text: object, rows: np.ndarray, may: np.ndarray) -> np.ndarray:
    """Read cells with one sign, one currency or a percent sign about their digits; returns which cells are left."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.extract_regex(text, _WORN)
    part = {k: pc.if_else(found.is_valid(), found.field(k), "") for k in ("open", "s1", "c1", "s2", "core", "c2", "s3", "close")}
    full = {k: pc.not_equal(v, "").to_numpy(zero_copy_only=False) for k, v in part.items()}
    signs = full["open"].astype(int) + full["s1"] + full["s2"] + full["s3"]
    core = pc.utf8_rtrim(part["core"], SPACE)
    good = may & full["core"] & (full["open"] == full["close"]) & (signs <= 1) & ~(full["c1"] & full["c2"])
    # `12,-` is a price of no cents
    good &= ~(full["s3"] & (pc.ends_with(core, ".").to_numpy(zero_copy_only=False) | pc.ends_with(core, ",").to_numpy(zero_copy_only=False)))
    marks = pc.if_else(pa.array(full["c1"]), part["c1"], part["c2"])
    known = [m for m in pc.unique(marks.filter(pa.array(good))).to_pylist() if m and (m == "%" or may_mean(m))]
    worn = full["c1"] | full["c2"]
    good &= ~worn | pc.is_in(marks, pa.array(known, marks.type)).to_numpy(zero_copy_only=False)
    percent = pc.equal(marks, "%").to_numpy(zero_copy_only=False)
    minus = full["open"]
    for k in ("s1", "s2", "s3"):
        minus = minus | (full[k] & ~pc.equal(part[k], "+").to_numpy(zero_copy_only=False))
    done = _read(out, core, rows, good, "", minus)
    out.loc[rows[done], "percent"] = percent[done]
    named = done & worn & ~percent
    if named.any():
        out.loc[rows[named], "currency"] = marks.filter(pa.array(named)).to_numpy(zero_copy_only=False)
    return ~done
