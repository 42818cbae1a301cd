"""Amounts of money, in one currency: that of the client; amounts in others stay beside it, and none is converted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from ...errors import BadInput
from .export import Export, clean
from .numbers import read_numbers
from .numbers.currencies import declared_currency, may_mean
from .numbers.spelling import spell
from .tabular import mapped_columns

if TYPE_CHECKING:
    from ..contract import ImportReport

#: columns that are taken for the currency where none is mapped; in lower case, letters only
CURRENCY_NAMES = frozenset(("currency", "currencycode", "currencyisocode", "isocurrency", "amountcurrency", "währung", "waehrung", "devise", "moneda", "valuta"))
#: setting of every kind with amounts
CURRENCY_SETTING = "what amounts are in that name no currency (ISO 4217); default: the client's currency. Amounts in another than the client's are kept beside the values"
CURRENCY_COLUMN = "the currency of each amount: a code or sign; amounts in another than the client's are kept beside the values"


def named_currencies(text: pd.Series, where: str) -> pd.Series:
    """A column of currencies as codes. Raises `BadInput` for what is no currency."""
    meant = {str(v): may_mean(re.sub(r"\s+", "", str(v))) for v in text.dropna().unique()}
    for cell, codes in meant.items():
        if not codes:
            raise BadInput(where, f"{cell[:40]!r} is no currency ({int((text == cell).sum()):,} such rows)", "codes of ISO 4217 (EUR) or signs (€)",
                           "correct the export or the column map, or leave such rows out by `filter`")
    return text.map({cell: codes[0] for cell, codes in meant.items()}).astype("string")


def in_currency(amount: pd.Series, named: pd.Series, currency: str, report: ImportReport, where: str = "") -> tuple[pd.Series, pd.Series]:
    """The amounts that are in a currency, and those that are not, which are told. named: code of each; missing counts as the currency."""
    other = (amount.notna() & named.notna() & (named != currency)).fillna(False).astype(bool)
    if other.any():
        counts = named[other].value_counts().sort_index()
        each = ", ".join(f"{n:,} in {'US dollars (USD)' if c == 'USD' else c}" for c, n in counts.items())
        first = f"{where}: " if where else ""
        report.notes.append(f"{first}{int(other.sum()):,} amounts are not in {currency} ({each}): they are no values but stand in properties.other_value and "
                            "properties.currency; nothing is converted. If the client counts in that currency, set `currency` in the params")
    return amount.mask(other), amount.where(other)


def money(export: Export, canonical: str) -> tuple[pd.Series, dict[str, pd.Series]]:
    """A column of money as values in the client's currency, and what stands beside them in properties: amounts in others, and their currency.

    A currency is named by `columns.currency`, by a sign beside the amount, or by `settings.currency`; two that contradict each other are refused.
    """
    cells = export.column(canonical)
    client, declared, column = export.context.currency, declared_currency(export.source), f"columns.{canonical}"
    where = f"{export.where}: {column}"
    if cells is None:
        return export.empty("Float64"), {}
    named = _codes(export)
    if named is None:
        amount, sign = export.read_amounts(cells, column, declared or client)
        _agree(sign, declared, where, "settings.currency")
        named = pd.Series(sign or declared, index=cells.index, dtype="string")
    else:
        named = named.fillna(declared) if declared else named
        amount = export.empty("Float64")
        for code in [*named.dropna().unique(), None]:  # each by itself: their signs differ, and so may their marks
            own = named.isna() if code is None else (named == code).fillna(False).astype(bool)
            if own.any():
                amount[own], sign = export.read_amounts(cells[own], column, code or client)
                _agree(sign, code or client, where, "columns.currency" if code else "the client's currency")
    value, other = in_currency(amount, named, client, export.report, where)
    return value, {"other_value": other, "currency": named.where(amount.notna())} if other.notna().any() else {}


def _codes(export: Export) -> pd.Series | None:
    """The codes of the column of currencies: the mapped one, else one that is called so and holds nothing but currencies."""
    if "currency" in export.source.columns or "currency" in export.source.constants:
        return named_currencies(export.text("currency"), f"{export.where}: columns.currency")
    for name in export.frame.columns:
        if re.sub(r"[^a-zäöü]", "", str(name).lower()) in CURRENCY_NAMES and str(name) not in mapped_columns(export.source):
            text = clean(export.frame[name])
            if text.notna().any() and all(may_mean(str(v)) for v in text.dropna().unique()):
                said = f"the column {str(name)!r} is taken for the currency of the amounts"
                export.report.notes += [said] if said not in export.report.notes else []
                return named_currencies(text, f"{export.where}: {name}")
    return None


def _agree(sign: str | None, code: str | None, where: str, said_by: str) -> None:
    """Raise `BadInput` where amounts carry another currency than what names it says."""
    if sign and code and sign != code:
        raise BadInput(where, f"amounts carry {sign} where {said_by} says {code}", "one currency for an amount", "correct the export, the column map or the setting")


def add_values(rows: pd.DataFrame, currency: str, declared: str | None, report: ImportReport, where: str = "value", decimal: str | None = None) -> pd.DataFrame:
    """Events of GA4 with `value` in the client's currency, and for amounts in another one `other_value` and `currency`.

    An event's amount is its revenue or its parameter `value` (a number, or a text that spells one), in the currency that its parameter names; only where it has
    neither, what Google converted into US dollars. An amount without a currency is in the declared one, else it counts as the client's, unless all of them
    equal their dollars. What a refund gives back is below zero.
    """
    own, usd = rows["revenue"].fillna(rows["back"]).fillna(rows["amount"]), rows["revenue_usd"].fillna(rows["back_usd"]).fillna(rows["amount_usd"])
    named = rows["currency"].map({c: _code(str(c), currency) for c in rows["currency"].dropna().unique()}).astype("string")
    texts = rows["amount_text"].where(own.isna())
    if texts.notna().any():
        spelled, sign = _spelled(texts.dropna(), currency, where, decimal, report)
        own = own.fillna(spelled.reindex(own.index))
        named = named.mask(named.isna() & texts.notna(), sign) if sign else named
    if declared is not None:
        named = named.mask(own.notna() & named.isna(), declared)
    compared = own.notna() & usd.notna() & (own != 0) & named.isna()
    if compared.any() and ((own - usd).abs()[compared] < 0.005).all():
        named = named.mask(own.notna() & named.isna(), "USD")
    amount, named = own.fillna(usd), named.mask(own.isna() & usd.notna(), "USD")
    back = (rows["event"] == "refund").fillna(False).astype(bool) & (amount > 0).fillna(False).astype(bool)
    if back.any():
        amount = amount.mask(back, -amount)
        report.notes.append(f"{int(back.sum()):,} refunds give money back: their amounts are read as below zero")
    silent = int((amount.notna() & named.isna()).sum())
    if silent:
        report.notes.append(f"{silent:,} amounts name no currency and are taken as {currency}")
    value, other = in_currency(amount, named, currency, report)
    return rows.assign(value=value, other_value=other, currency=named.where(amount.notna()))


def _code(said: str, client: str) -> str:
    """The code that a text of a site means ("€", "Euro"), the client's where it may; other texts stay as they are."""
    codes = may_mean(re.sub(r"\s+", "", said))
    return client if client in codes else codes[0] if codes else said


def _spelled(texts: pd.Series, currency: str, where: str, decimal: str | None, report: ImportReport) -> tuple[pd.Series, str | None]:
    """Amounts that a site sent as text, and the currency of their signs; texts that are no numbers are told and missing."""
    none = texts.map(lambda cell: spell(str(cell)) is None).astype(bool)
    if none.any():
        shown = ", ".join(f"{str(v)[:30]!r} {n:,}×" for v, n in texts[none].value_counts().head(4).items())
        report.notes.append(f"{where}: {int(none.sum()):,} texts are no numbers and count as missing ({shown})")
    return read_numbers(texts[~none], where, report, decimal, currency=currency, by_program=True, kept_apart=True)
