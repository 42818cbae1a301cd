"""What an event was worth, in one currency: that of the client; amounts in others stay beside it, and none is converted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from ..contract import ImportReport


def add_values(rows: pd.DataFrame, currency: str, report: ImportReport) -> pd.DataFrame:
    """With `value` in the client's currency, and for amounts in another one `other_value` and `currency`.

    An event's amount is its revenue or its parameter `value`, in the currency that its parameter names; only where it has neither, what Google
    converted into US dollars. An amount without a currency counts as the client's, unless all of them equal their dollars.
    """
    own, usd = rows["revenue"].fillna(rows["amount"]), rows["revenue_usd"].fillna(rows["amount_usd"])
    named = rows["currency"].mask(rows["currency"] == "")
    compared = own.notna() & usd.notna() & (own != 0) & named.isna()
    if compared.any() and ((own - usd).abs()[compared] < 0.005).all():
        named = named.mask(own.notna() & named.isna(), "USD")
    amount, named = own.fillna(usd), named.mask(own.isna() & usd.notna(), "USD")
    silent = int((amount.notna() & named.isna()).sum())
    if silent:
        report.notes.append(f"{silent:,} amounts name no currency and are taken as {currency}")
    other = (amount.notna() & named.notna() & (named != currency)).fillna(False).astype(bool)
    if other.any():
        counts = named[other].value_counts().sort_index()
        each = ", ".join(f"{n:,} in {'US dollars (USD)' if c == 'USD' else c}" for c, n in counts.items())
        report.notes.append(f"{int(other.sum()):,} amounts are not in {currency} ({each}): they are no values but stand in properties.other_value and "
                            "properties.currency; nothing is converted. If the client counts in that currency, set `currency` in the params")
    return rows.assign(value=amount.mask(other), other_value=amount.where(other), currency=named.where(amount.notna()))
