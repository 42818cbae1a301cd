"""The list of merges that a person can read: which keys the exports show as one person, what was made of it, how to undo it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

from ..files import write_text_whole
from ..identity import Identities
from ..params.schema import kind_of
from ..privacy import Vault
from .persons import customer_ids

COLUMNS = ["customer_id", "key_type_a", "key_a", "key_type_b", "key_b", "where", "tied", "why_not", "undo"]
MERGES = "merges.csv"  # in the vault: it names identifiers as exports have them
_TYPED_IN = ("=", "+", "-", "@", "\t")  # a spreadsheet would count with such a cell


def write_merges(identities: Identities, gone: Collection[tuple[str, str]], kinds: dict[str, Any], vault: Vault) -> dict[str, int]:
    """Write every pair of keys that stands in one record of an export into the vault; returns how many pairs were tied, by reason.

    gone: keys (type, key) of erased persons, of whom nothing is listed. The column `undo` is the line for the params that keeps
    the key apart which proves least.
    """
    links = identities.links
    ends = {s: list(zip(links[f"key_type_{s}"].astype(str), links[f"key_{s}"].astype(str), strict=True)) for s in "ab"}
    kept = np.array([a not in gone and b not in gone for a, b in zip(ends["a"], ends["b"], strict=True)], dtype=bool)
    links = links[kept].reset_index(drop=True)
    if links.empty:
        write_text_whole(vault.folder / MERGES, ",".join(COLUMNS) + "\n")
        return {}
    known = customer_ids(identities.keys, vault)
    named = pd.Series(known["customer_id"].to_numpy(), index=pd.MultiIndex.from_arrays([known["key_type"].astype(str), known["key"].astype(str)]), dtype="string")
    proof = ("person", "contact", "device", "group")
    kind = {t: proof.index(kind_of(t, kinds)) for t in {*links["key_type_a"].astype(str), *links["key_type_b"].astype(str)}}
    weaker_a = links["key_type_a"].astype(str).map(kind) > links["key_type_b"].astype(str).map(kind)
    weak = (links["key_type_b"] + "|" + links["key_b"]).mask(weaker_a, links["key_type_a"] + "|" + links["key_a"]).astype("string")
    at = pd.MultiIndex.from_arrays([links["key_type_a"].astype(str), links["key_a"].astype(str)])
    undo = ("identity: {keep_apart: [" + vault.pseudonyms(weak, "k") + "]}").mask(~links["tied"].astype(bool))
    frame = pd.DataFrame({
        "customer_id": named.reindex(at).to_numpy(),
        **{c: _plain(links[c]) for c in ("key_type_a", "key_a", "key_type_b", "key_b")},
        "where": _plain(links["reason"]), "tied": links["tied"].map({True: "yes", False: "no"}), "why_not": links["why"], "undo": undo})[COLUMNS]
    frame = frame.sort_values(["tied", "customer_id", "key_type_a", "key_a", "key_type_b", "key_b", "where"])
    write_text_whole(vault.folder / MERGES, frame.to_csv(index=False))
    tied = links.loc[links["tied"].astype(bool), "reason"].astype(str).value_counts()
    return {str(reason): int(count) for reason, count in sorted(tied.items())}


def _plain(cells: pd.Series) -> pd.Series:
    text = cells.astype("string")
    return text.mask(text.str.startswith(_TYPED_IN), "'" + text)
