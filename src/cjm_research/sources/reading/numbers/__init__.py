"""Numbers of exports → Float64: one decimal mark a column, shown by its cells or declared; what contradicts it is refused.

A currency sign is information (two in a column are refused, one that is not the client's is told), and so is a percent
sign. Negative amounts are read as people and programs write them: -40, −40, 40-, (40), €-40.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ....errors import BadInput
from ...limits import short_cells
from ..cells import row_of, tell_unreadable
from .columns import LONGEST, cast, spell_column
from .currencies import may_mean, one_currency
from .uniform import uniform

if TYPE_CHECKING:
    from ...contract import ImportReport

__all__ = ["read_numbers", "to_numbers"]
_YES_NO = {"true": 1.0, "false": 0.0, "yes": 1.0, "no": 0.0}
_PLAIN = r"[-+]?[0-9]+(?:\.[0-9]+)?"
_UNCLEAR = r"[-+]?[1-9][0-9]{0,2}\.[0-9]{3}"  # of the plain ones: a thousand, or decimals
_BEYOND = 2.0**53  # a float holds whole numbers up to here
MARKS = (".", ",")
SIDES = ("CR", "DR")


def to_numbers(values: pd.Series, where: str, report: ImportReport, decimal: str | None = None, *, currency: str | None = None,
               negative: str | None = None, by_program: bool = False, most: float | None = None) -> pd.Series:
    """The numbers of `read_numbers`, which see."""
    return read_numbers(values, where, report, decimal, currency=currency, negative=negative, by_program=by_program, most=most)[0]


def read_numbers(values: pd.Series, where: str, report: ImportReport, decimal: str | None = None, *, currency: str | None = None, negative: str | None = None,
                 by_program: bool = False, most: float | None = None, kept_apart: bool = False) -> tuple[pd.Series, str | None]:
    """Values as numbers (Float64), and the currency they carry; yes/no and true/false become 1/0 in a column of such words; unreadable ones are missing.

    decimal: the declared mark; currency: the client's; negative: which of CR and DR is below zero; by_program: the export
    is of a kind that writes `.` for decimals (JSON), so that 1.250 alone is not unclear; most: the share of cells that
    may be unreadable; kept_apart: whether the caller keeps amounts of another currency apart, so that they need no note here.
    Returns the currency of the column's signs beside the numbers, None where it has none. Raises `BadInput` for cells that contradict the mark, for marks that no cell shows to be one of
    thousands or decimals, for two currencies, for percentages beside plain numbers, and where too much is no number.
    """
    if decimal not in (None, *MARKS):
        raise BadInput(f"{where}: decimal", f"{decimal!r} is not understood", "'.' or ','", "set `settings.decimal` of the source")
    if negative not in (None, *SIDES):
        raise BadInput(f"{where}: negative", f"{negative!r} is not understood", "CR or DR", "set `settings.negative` of the source")
    if pd.api.types.is_bool_dtype(values) or pd.api.types.is_numeric_dtype(values):
        numbers = values.astype("Float64")
        return numbers.mask(numbers.abs() == float("inf")), None
    text = short_cells(values.astype("string").str.strip())
    text = text.mask(text == "")
    out, carried = pd.Series(pd.NA, index=text.index, dtype="Float64"), None
    plain = (text.str.fullmatch(_PLAIN) & (text.str.len() <= LONGEST)).fillna(False).astype(bool)
    if plain.any():
        out[plain] = pd.array(cast(text[plain]), dtype="Float64")
    dotted = plain & text.str.contains(".", regex=False).fillna(False).astype(bool)
    unclear = text[dotted].str.fullmatch(_UNCLEAR).fillna(False).astype(bool)
    odd = text.notna() & ~plain
    if odd.any() and (fast := uniform(given := text.dropna(), decimal)) is not None:
        out[given.index] = pd.array(fast.values, dtype="Float64")
        said = pd.DataFrame({"cell": [fast.first], "dot": [fast.values[0]], "comma": [fast.values[0]], "currency": pd.array([fast.currency], dtype=object),
                             "percent": [fast.percent], "side": pd.array([None], dtype=object), "rows": [len(given)]})
        carried = _tell_signs(text, said, given.iloc[:0], where, report, currency, negative, kept_apart, ".")
    elif odd.any() or decimal == "," or (dotted.any() and unclear.all()):
        again = odd | dotted
        codes, distinct = pd.factorize(text[again])  # in the order in which they appear
        spelled = spell_column(pd.Series(distinct, dtype="string")).assign(rows=np.bincount(codes, minlength=len(distinct)))
        mark = _mark(text, spelled, where, decimal, by_program)
        carried = _tell_signs(text, spelled, text[~again].dropna(), where, report, currency, negative, kept_apart, mark)
        value = spelled["dot" if mark == "." else "comma"].to_numpy()
        value = np.where((spelled["side"] == negative).to_numpy(dtype=bool), -value, value)[codes]
        read = pd.array(np.nan_to_num(value), dtype="Float64")
        read[np.isnan(value)] = pd.NA
        out[again] = read
        left = text[out.isna() & text.notna()]
        words = left.str.lower().map(_YES_NO).astype("Float64")
        if words.notna().any() and out.dropna().isin([0.0, 1.0]).all():
            out[left.index] = words
    tell_unreadable(text, out.isna() & text.notna(), where, report, what="numbers", most=most,
                    allowed="numbers such as 1234.5, 1.234,50 €, (40.00) or 12 %",
                    next="correct the column map or the export; `settings.unreadable: 0.2` lets more cells count as missing")
    if lost := _lost(text, out):
        report.notes.append(f"{where}: some numbers stand in scientific notation or beyond {_BEYOND:.0f}, e.g. "
                            f"{lost!r}; they may have lost digits before they came here")
    return out, carried


def _mark(text: pd.Series, spelled: pd.DataFrame, where: str, decimal: str | None, by_program: bool) -> str:
    """The column's decimal mark. Raises `BadInput` where cells contradict it, or show none while one would matter."""
    next_ = "correct the cell, or set `settings.decimal` of the source to the mark that holds for the whole column"
    dot, comma = spelled["dot"].notna(), spelled["comma"].notna()
    shows = {mark: str(found.iloc[0]) for mark, found in ((".", spelled["cell"][dot & ~comma]), (",", spelled["cell"][comma & ~dot])) if len(found)}
    if decimal is not None:
        other = shows.get("," if decimal == "." else ".")
        if other is not None:
            raise BadInput(where, f"{other!r} {_where(text, other)} contradicts the declared decimal mark {decimal!r}",
                           "one decimal mark in a column", next_)
        return decimal
    if len(shows) == 2:
        raise BadInput(where, f"{shows['.']!r} {_where(text, shows['.'])} has decimals after '.', {shows[',']!r} {_where(text, shows[','])} after ','",
                       "one decimal mark in a column", next_.partition(", or")[0] + " so that the column has one mark")
    if shows:
        return next(iter(shows))
    unclear = spelled["cell"][dot & comma & (spelled["dot"] != spelled["comma"])]
    if len(unclear) and not (by_program and not unclear.str.contains(",", regex=False).any()):
        raise BadInput(where, f"{unclear.iloc[0]!r} {_where(text, unclear.iloc[0])} holds a mark that may stand before decimals or between thousands, "
                       "and no cell of the column shows which", "a declared decimal mark", "set `settings.decimal: ','` (or '.') in the source")
    return "."


def _tell_signs(text: pd.Series, spelled: pd.DataFrame, bare: pd.Series, where: str, report: ImportReport,
                currency: str | None, negative: str | None, kept_apart: bool, mark: str) -> str | None:
    """Refuse what two signs contradict; note what one says; returns the currency of the signs. bare: the cells that are digits alone, which were not spelled."""
    read = spelled[spelled["dot"].notna() | spelled["comma"].notna()]
    sided = read["cell"][read["side"].notna()]
    if len(sided) and negative is None:
        raise BadInput(where, f"{sided.iloc[0]!r} {_where(text, sided.iloc[0])} is marked CR or DR, and nobody said which of them is below zero", "CR or DR",
                       "set `settings.negative: CR` (or DR) in the source")
    signed = read[read["currency"].notna()]
    marks: dict[str, str] = {}
    one = None
    for sign, cell in signed.drop_duplicates("currency")[["currency", "cell"]].itertuples(index=False):
        marks.setdefault(sign.upper(), cell)
    if marks:
        one = currency if currency and all(currency in may_mean(m) for m in marks) else one_currency(marks)
        if one is None:
            (_, a), (_, b) = next((x, y) for x in marks.items() for y in marks.items() if may_mean(x[0])[0] != may_mean(y[0])[0])
            raise BadInput(where, f"the column holds several currencies: {a!r} {_where(text, a)}, {b!r} {_where(text, b)}", "one currency in a column",
                           "map the column that names them as `columns.currency`, keep the rows of one with `filter`, or let the export convert them")
        carries = int(signed["rows"].sum())
        signs = "/".join(marks)
        if currency and one != currency and kept_apart:
            pass
        elif currency and one != currency:
            report.notes.append(f"{where}: {_values(carries)} {signs} ({one}), while the client's currency is {currency}; nothing is converted: "
                                f"set `currency: {one}` if that is right")
        elif (without := int(text.notna().sum()) - carries) > 0:
            report.notes.append(f"{where}: {_values(carries)} {signs}, {without:,} no currency; all are taken as the same")
    percents = read[read["percent"]]
    if len(percents):
        bare_cells = pd.concat([read["cell"][~read["percent"]], bare])
        bare_cells = bare_cells[~bare_cells.str.fullmatch("[0.,+-]+").fillna(False).astype(bool)]  # 0 is 0 % as well
        first = percents.iloc[0]
        if len(bare_cells):
            raise BadInput(where, f"{first['cell']!r} {_where(text, first['cell'])} is a percentage, {bare_cells.iloc[0]!r} {_where(text, bare_cells.iloc[0])} is not",
                           "percent signs in all cells of a column, or in none", "correct the export; nobody can say whether 0.12 is 12 % there")
        value = first["dot" if mark == "." else "comma"]
        report.notes.append(f"{where}: the values are percentages; {first['cell']!r} is read as {value:g}, not divided by 100")
    return one


def _lost(text: pd.Series, out: pd.Series) -> str | None:
    large = (out.abs() >= 1e6).fillna(False).astype(bool)
    if large.any():
        exponents = text[large].str.fullmatch(r"[-+]?\d[.,]\d+[eE]\+?\d+").fillna(False).astype(bool)
        large[large] = exponents | (out[large].abs() > _BEYOND).astype(bool)
    return str(text[large].iloc[0])[:40] if large.any() else None


def _where(text: pd.Series, cell: str) -> str:
    return row_of(text.index[(text == cell).fillna(False).to_numpy(dtype=bool).argmax()])


def _values(count: int) -> str:
    return "1 value carries" if count == 1 else f"{count:,} values carry"
