"""The list of merges that a person can read: which keys the exports show as one person, what was made of it, how to undo it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..files import write_text_whole
from ..identity import Identities
from ..params.schema import kind_of
from ..privacy import Vault

COLUMNS = ["customer_id", "key_type_a", "key_a", "key_type_b", "key_b", "where", "tied", "why_not", "undo"]
MERGES = "merges.csv"  # in the vault: it names identifiers as exports have them
_TYPED_IN = ("=", "+", "-", "@", "\t")  # a spreadsheet would count with such a cell


def write_merges(identities: Identities, named: pd.DataFrame, gone: Collection[tuple[str, str]], kinds: dict[str, Any], vault: Vault) -> dict[str, int]:
    """Write every pair of keys that stands in one record of an export into the vault; returns how many pairs were tied, by reason.

    named: all keys with the pseudonym of their customer. gone: keys (type, key) of erased persons, of whom nothing is listed. The column `undo` is the line for the params that keeps
    the key apart which proves least.
    """
    links = identities.links
    if gone:
        ends = {s: list(zip(links[f"key_type_{s}"].astype(str), links[f"key_{s}"].astype(str), strict=True)) for s in "ab"}
        kept = np.array([a not in gone and b not in gone for a, b in zip(ends["a"], ends["b"], strict=True)], dtype=bool)
        links = links[kept].reset_index(drop=True)
    if links.empty:
        write_text_whole(vault.folder / MERGES, ",".join(COLUMNS) + "\n")
        return {}
    place = pd.Index(_pair(named["key_type"], named["key"])).get_indexer(pd.Index(_pair(links["key_type_a"], links["key_a"])))
    customer = named["customer_id"].astype("string").array.take(place, allow_fill=True)
    proof = ("person", "contact", "device", "group")
    kind = {t: proof.index(kind_of(t, kinds)) for t in {*links["key_type_a"].astype(str), *links["key_type_b"].astype(str)}}
    weaker_a = links["key_type_a"].astype(str).map(kind) > links["key_type_b"].astype(str).map(kind)
    weak = (links["key_type_b"] + "|" + links["key_b"]).mask(weaker_a, links["key_type_a"] + "|" + links["key_a"]).astype("string")
    undo = ("identity: {keep_apart: [" + vault.pseudonyms(weak, "k") + "]}").mask(~links["tied"].astype(bool))
    frame = pd.DataFrame({
        "customer_id": customer,
        **{c: _plain(links[c]) for c in ("key_type_a", "key_a", "key_type_b", "key_b")},
        "where": _plain(links["reason"]), "tied": links["tied"].map({True: "yes", False: "no"}), "why_not": links["why"], "undo": undo})[COLUMNS]
    order = ["tied", "customer_id", "key_type_a", "key_a", "key_type_b", "key_b", "where"]
    frame = frame.take(pc.sort_indices(pa.table({c: pa.array(frame[c].astype("string")) for c in order}), sort_keys=[(c, "ascending") for c in order]).to_numpy())
    write_text_whole(vault.folder / MERGES, frame.to_csv(index=False))
    tied = links.loc[links["tied"].astype(bool), "reason"].astype(str).value_counts()
    return {str(reason): int(count) for reason, count in sorted(tied.items())}


def _pair(types: pd.Series, keys: pd.Series) -> np.ndarray[Any, Any]:
    """Type and key as one text each."""
    return (types.astype("string") + "\0" + keys.astype("string")).to_numpy(dtype=object)


def _plain(cells: pd.Series) -> pd.Series:
    text = cells.astype("string")
    return text.mask(text.str.startswith(_TYPED_IN), "'" + text)
