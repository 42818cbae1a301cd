"""Amounts of money, in one currency: that of the client; amounts in others stay beside it, and none is converted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from ...errors import BadInput
from .numbers.currencies import CODES, may_mean

if TYPE_CHECKING:
    from ...params.schema import Source
    from ..contract import ImportReport

#: columns that are taken for the currency where none is mapped; in lower case, letters only
CURRENCY_NAMES = frozenset(("currency", "currencycode", "currencyisocode", "isocurrency", "amountcurrency", "währung", "waehrung", "devise", "moneda", "valuta"))
#: setting of every kind with amounts
CURRENCY_SETTING = "what amounts are in that name no currency (ISO 4217); default: the client's currency. Amounts in another than the client's are kept beside the values"
CURRENCY_COLUMN = "the currency of each amount: a code or sign; amounts in another than the client's are kept beside the values"


def declared_currency(source: Source) -> str | None:
    """The currency that a source's amounts are in where they name none. Raises `BadInput` for what is no currency."""
    said = source.settings.get("currency")
    if said is None:
        return None
    if str(said).strip().upper() not in CODES:
        raise BadInput(f"source {source.name!r}: settings.currency", f"{said!r} is not understood", "a code of ISO 4217, such as EUR", "correct the setting")
    return str(said).strip().upper()


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


def add_values(rows: pd.DataFrame, currency: str, declared: str | None, report: ImportReport) -> pd.DataFrame:
    """Events of GA4 with `value` in the client's currency, and for amounts in another one `other_value` and `currency`.

    An event's amount is its revenue or its parameter `value`, in the currency that its parameter names; only where it has neither, what Google
    converted into US dollars. An amount without a currency is in the declared one, else it counts as the client's, unless all of them equal their dollars.
    """
    own, usd = rows["revenue"].fillna(rows["amount"]), rows["revenue_usd"].fillna(rows["amount_usd"])
    named = rows["currency"].mask(rows["currency"] == "")
    if declared is not None:
        named = named.mask(own.notna() & named.isna(), declared)
    compared = own.notna() & usd.notna() & (own != 0) & named.isna()
    if compared.any() and ((own - usd).abs()[compared] < 0.005).all():
        named = named.mask(own.notna() & named.isna(), "USD")
    amount, named = own.fillna(usd), named.mask(own.isna() & usd.notna(), "USD")
    silent = int((amount.notna() & named.isna()).sum())
    if silent:
        report.notes.append(f"{silent:,} amounts name no currency and are taken as {currency}")
    value, other = in_currency(amount, named, currency, report)
    return rows.assign(value=value, other_value=other, currency=named.where(amount.notna()))
