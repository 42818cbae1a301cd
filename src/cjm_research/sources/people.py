"""Persons of an export: attributes and consent → customers."""

from __future__ import annotations

import pandas as pd

from ..errors import unknown
from .export import Export

_YES = {"true": True, "yes": True, "1": True, "y": True, "ja": True, "oui": True, "si": True, "sim": True, "granted": True, "opt-in": True,
        "false": False, "no": False, "0": False, "n": False, "nein": False, "non": False, "não": False, "denied": False, "opt-out": False}


def consent(export: Export) -> pd.Series:
    """The consent column as true, false or missing. Raises `BadInput` for other words: consent is never guessed."""
    text = export.text("consent").str.lower()
    odd = text.notna() & ~text.isin(_YES)
    if odd.any():
        raise unknown(f"{export.where}: columns.consent", "answer", str(text[odd].iloc[0]), _YES,
                      "recode it with settings.values, e.g. {column: {Agreed: 'yes'}}")
    return text.map(_YES).astype("boolean")


def customers(export: Export, keys: pd.DataFrame) -> pd.DataFrame:
    """One row a person with a key: the attributes that params list and consent, of their first row."""
    person = keys["customer_key"].notna() & ~keys.duplicated()
    agreed = consent(export) if "consent" in export.source.columns else None
    return export.table("customers", {
        **keys[person], "consent": None if agreed is None else agreed[person], "attributes": export.properties("attributes")[person]})
