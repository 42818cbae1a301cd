"""Which columns can form segments, of what kind they are, and why the others cannot.

A column is refused rather than repaired where a segment made from it would say nothing about people: ids,
constants, dates as text, copies of other columns, labels of an earlier segmentation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from ...errors import BadInput
from ...results.words import percent

Kind = Literal["number", "binary", "category"]
OTHER = "other"

MAX_MISSING = 0.5  # share; above it most values would be made up
NEAR_CONSTANT = 0.98  # share of customers with the same value; the rest are too few to describe
RARE_LEVEL = 0.02  # share; rarer values are pooled, a segment cannot rest on them
MAX_LEVELS = 12
ID_SHARE = 0.5  # of text values that are all different: an id, a name or free text
AS_NUMBER = 0.95  # share of texts that must read as numbers for the column to be one
SAME = 0.98  # |rank correlation| above which one of two columns repeats the other
_SAMPLE = 5_000  # rows on which copies are looked for

_ID_NAME = re.compile(r"(^|[_.\s-])(id|ids|uuid|guid|key|hash|nr|no|number|token|zip|zipcode|postcode|plz|phone|iban)$", re.I)
_ID_CAMEL = re.compile(r"[a-z](ID|Id|Uuid|Key|Nr)$")
_CODE_NAME = re.compile(r"(^|[_.\s-])codes?$", re.I)  # numbers that stand for words: 2 is not twice as much as 1
_LABEL_NAME = re.compile(r"(^|[_.\s-])(persona|segment|cluster|cohort)(s|_?(id|name|label))?$", re.I)
_DATE = re.compile(
    r"\s*(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{1,2}[ -][A-Za-z]{3,9}[ -,]+\d{2,4}"
    r"|[A-Za-z]{3,9} \d{1,2},? \d{4})([ T]\d{1,2}:\d{2}.*)?\s*")


@dataclass(frozen=True)
class Column:
    """One column judged. `refused` is empty for a usable one; `note` says what was done to it."""

    name: str
    kind: Kind
    missing: float
    distinct: int
    refused: str = ""
    note: str = ""

    @property
    def usable(self) -> bool:
        """Whether segments may be formed on it."""
        return not self.refused


def judge(frame: pd.DataFrame, named: Sequence[str] = (), exclude: Sequence[str] = (),
          max_missing: float = MAX_MISSING) -> tuple[pd.DataFrame, list[Column]]:
    """The usable columns, cleaned (numbers as float, the rest as text), and a judgement of every column.

    frame: one row a customer. named: columns the user asked for by name; what is refused only because of how
    a column is called or because it repeats another one is then allowed. Raises BadInput for two columns of
    the same name.
    """
    twice = sorted({str(c) for c in frame.columns if list(frame.columns).count(c) > 1})
    if twice:
        raise BadInput("features", f"two columns named {', '.join(twice)}", "different names", "rename one of the columns in the export or its column map")
    clean: dict[str, pd.Series] = {}
    judged: list[Column] = []
    for raw in frame.columns:
        name = str(raw)
        if name in exclude:
            judged.append(Column(name, "category", float(frame[raw].isna().mean()), 0, "excluded by the settings"))
            continue
        values, column = _judge(name, frame[raw], name in named, max_missing)
        judged.append(column)
        if column.usable:
            clean[name] = values
    table = pd.DataFrame(clean, index=frame.index)
    for name, twin in _copies(table, {c.name: c.kind for c in judged}).items():
        if name not in named:
            i = next(i for i, c in enumerate(judged) if c.name == name)
            judged[i] = replace(judged[i], refused=f"repeats {twin}")
            table = table.drop(columns=name)
    return table, judged


def columns_frame(judged: Sequence[Column]) -> pd.DataFrame:
    """The judgements as a frame: feature, used, kind, missing_share, distinct, reason."""
    return pd.DataFrame([{
        "feature": c.name, "used": c.usable, "kind": c.kind if c.usable else "", "missing_share": c.missing,
        "distinct": c.distinct, "reason": c.refused or c.note} for c in judged],
        columns=["feature", "used", "kind", "missing_share", "distinct", "reason"])


def _judge(name: str, values: pd.Series, named: bool, max_missing: float) -> tuple[pd.Series, Column]:
    kind, values, note = _typed(values)
    missing = float(values.isna().mean()) if len(values) else 1.0
    counts = values.value_counts()
    distinct = len(counts)

    def refused(why: str) -> tuple[pd.Series, Column]:
        return values, Column(name, "category", missing, distinct, why)

    if kind == "number" and 2 < distinct <= MAX_LEVELS and _CODE_NAME.search(name) and _whole(values):
        kind, values, note = "category", values.map(lambda x: f"{x:g}", na_action="ignore").astype("string"), "a code by its name, read as categories"
        counts = values.value_counts()
    if distinct == 0:
        return refused("no value at all")
    if note.startswith("!"):
        return refused(note[1:])
    if missing > max_missing:
        return refused(f"missing for {percent(missing)} of customers")
    if distinct == 1:
        return refused("the same value for everybody")
    top = float(counts.iloc[0] / counts.sum())
    if top > NEAR_CONSTANT:
        return refused(f"nearly constant: {percent(top)} have the same value")
    if not named and _LABEL_NAME.search(name):
        return refused("a label of an earlier segmentation; personas.attribute uses it as the persona")
    if reason := _identifies(name, values, kind, counts, named):
        return refused(reason)
    if distinct == 2:
        if kind == "number":
            values = values.map(lambda x: f"{x:g}", na_action="ignore")
        kind = "binary"
    if kind == "category":
        values, pooled = _pool(values, counts)
        if values.nunique() < 2:
            return refused(f"{distinct:,} values, none of them held by {RARE_LEVEL:.0%} of customers")
        note = "; ".join(x for x in (note, pooled) if x)
    if missing:
        note = "; ".join(x for x in (note, f"{percent(missing)} missing, filled with the {'median' if kind == 'number' else 'commonest value'}") if x)
    if kind != "number":
        values = values.astype("string")
    return values, Column(name, kind, missing, distinct, "", note)


def _typed(values: pd.Series) -> tuple[Kind, pd.Series, str]:
    """The kind of a column and its values as float or text; a note starting with `!` is a refusal."""
    if pd.api.types.is_bool_dtype(values):
        return "binary", values.map({True: "yes", False: "no"}).astype("string"), ""
    if pd.api.types.is_datetime64_any_dtype(values):
        return "category", values, "!holds times; give a number instead, such as days since"
    if pd.api.types.is_numeric_dtype(values):
        number = values.astype("float64").replace([np.inf, -np.inf], np.nan)
        return "number", number, ""
    text = values.astype("string").str.strip()
    text = text.mask(text.str.lower().isin({"", "nan", "none", "null", "n/a", "na"}))
    known = text.dropna()
    if known.empty:
        return "category", text, ""
    as_number = pd.to_numeric(known.str.replace(r"^(-?\d{1,3}(?:,\d{3})+)(\.\d+)?$", lambda m: m[0].replace(",", ""),
                                                regex=True), errors="coerce")
    if float(as_number.notna().mean()) >= AS_NUMBER:
        lost = int(as_number.isna().sum())
        number = as_number.reindex(text.index).astype("float64").replace([np.inf, -np.inf], np.nan)
        return "number", number, f"text read as numbers, {lost:,} not readable" if lost else ""
    probe = known.drop_duplicates().head(200)
    if float(probe.map(lambda t: bool(_DATE.fullmatch(t))).mean()) >= AS_NUMBER:
        return "category", text, "!holds dates as text; give a number instead, such as days since"
    return "category", text, ""


def _identifies(name: str, values: pd.Series, kind: Kind, counts: pd.Series, named: bool) -> str:
    known, distinct = int(counts.sum()), len(counts)
    if kind == "category":
        if distinct > 20 and distinct > ID_SHARE * known:
            return f"{distinct:,} different texts among {known:,} customers: an id or free text"
    elif kind == "number" and distinct > 20:
        numbers = values.dropna().to_numpy()
        whole = bool(np.all(numbers == np.round(numbers)))
        if whole and distinct == known and (numbers.max() - numbers.min() + 1 == known or _runs(numbers)):
            return "numbers every customer consecutively: an id"
        if whole and not named and distinct > 50 and (_ID_NAME.search(name) or _ID_CAMEL.search(name)):
            return "an id or code by its name; list it in `personas.features` to use it as a number"
    if kind == "category" and not named and distinct > 20 and (_ID_NAME.search(name) or _ID_CAMEL.search(name)):
        return "an id or code by its name"
    return ""


def _whole(values: pd.Series) -> bool:
    known = values.dropna().to_numpy(float)
    return bool(np.all(known == np.round(known)))


def _runs(numbers: np.ndarray) -> bool:
    """Whether whole numbers rise (or fall) with the row, as a counter of an export does."""
    steps = np.diff(numbers)
    return len(numbers) > 50 and bool((steps > 0).all() or (steps < 0).all()) and float(np.median(np.abs(steps))) <= 10


def _pool(values: pd.Series, counts: pd.Series) -> tuple[pd.Series, str]:
    shares = counts / counts.sum()
    keep = [str(v) for v in shares[shares >= RARE_LEVEL].index[:MAX_LEVELS]]
    rest = len(counts) - len(keep)
    if rest == 0:
        return values, ""
    if rest == 1 and len(keep) < MAX_LEVELS:
        keep.append(str(counts.index[-1]))
        return values, ""
    pooled = values.where(values.isna() | values.isin(keep), OTHER)
    return pooled, f"{rest:,} rare values taken together as {OTHER!r}"


def _copies(table: pd.DataFrame, kinds: Mapping[str, Kind]) -> dict[str, str]:
    """Column → the earlier column it repeats: numbers by rank, the rest by being the same partition."""
    sample = table if len(table) <= _SAMPLE else table.sample(_SAMPLE, random_state=0)
    numbers = [c for c in sample if kinds[str(c)] == "number"]
    found: dict[str, str] = {}
    if len(numbers) > 1:
        ranks = sample[numbers].corr(method="spearman").abs().to_numpy()
        for j in range(1, len(numbers)):
            twins = [i for i in range(j) if ranks[i, j] > SAME and str(numbers[i]) not in found]
            if twins:
                found[str(numbers[j])] = str(numbers[twins[0]])
    rest = [str(c) for c in sample if kinds[str(c)] != "number"]
    codes = {c: pd.factorize(sample[c], use_na_sentinel=False)[0] for c in rest}
    for j, name in enumerate(rest):
        for twin in rest[:j]:
            if twin not in found and _same_partition(codes[twin], codes[name]):
                found[name] = twin
                break
    return found


def _same_partition(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two sets of codes divide the rows alike: Cramér's V above `SAME`."""
    if a.max() != b.max() or a.max() == 0:
        return False
    table = np.zeros((a.max() + 1, b.max() + 1))
    np.add.at(table, (a, b), 1.0)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / len(a)
    v = float(np.sqrt((((table - expected) ** 2) / expected).sum() / (len(a) * a.max())))
    return v > SAME
