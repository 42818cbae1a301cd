"""A table of persons: attributes, consent and the keys that tie sources together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..contract import Context, SourceKind, SourceTables
from ..reading.export import ROW_SETTINGS, Export
from ..reading.people import CONSENT_SETTINGS, by_person, consent, customers

if TYPE_CHECKING:
    from ...params.schema import Source


def read(files: Sequence[Path], source: Source, context: Context) -> SourceTables:
    """Customers, one row a person. Raises `BadInput`."""
    return deliver(Export("customers", source, context, files))


def deliver(export: Export) -> SourceTables:
    """Customers of the rows of an export. Raises `BadInput`."""
    source = export.source
    keys = export.keys(required=True)
    nobody = keys["customer_key"].isna()
    export.report.null_ids = int(nobody.sum())
    keys = keys[export.drop(nobody, "no customer id")]
    agreed = by_person(keys, consent(export)) if "consent" in source.columns else None
    tied = export.same_person()  # of all rows: the second row of a person may hold another of their keys
    if keys.duplicated().any():
        export.drop_repeated(keys["key_type"] + "|" + keys["customer_key"])
        keys = keys.loc[export.frame.index]
    return replace(export.done(customers=customers(export, keys, agreed)), same_person=tied)


KIND = SourceKind(
    name="customers", title="Attributes of persons (CRM contacts, accounts, panel)", read=read, tables=("customers",),
    columns={"customer_id": "who", "consent": "whether the person agreed to be analysed, yes or no in any of several languages; an empty cell is no consent; without consent all "
                                               "records of a person are left out"},
    settings={**ROW_SETTINGS, **CONSENT_SETTINGS,
              "attributes": "columns to keep (list, or {name: column}); default: all that are not mapped and do not identify a person"})
