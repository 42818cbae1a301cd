"""The list of merges that a person can read: which keys the exports show as one person, what was made of it, how to undo it."""

from __future__ import annotations

import functools
import io
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..files import write_bytes_whole, write_text_whole
from ..identity import Identities
from ..params.schema import kind_of
from ..privacy import Vault

COLUMNS = ["customer_id", "key_type_a", "key_a", "key_type_b", "key_b", "where", "tied", "why_not", "undo"]
MERGES = "merges.csv"  # in the vault: it names identifiers as exports have them
_TYPED_IN = ("=", "+", "-", "@", "\t")  # a spreadsheet would count with such a cell


def write_merges(identities: Identities, named: pd.DataFrame, gone: Collection[tuple[str, str]], kinds: Mapping[str, str], vault: Vault) -> dict[str, int]:
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
    known = _pair(named["key_type"], named["key"])
    place = {s: pc.index_in(_pair(links[f"key_type_{s}"], links[f"key_{s}"]), value_set=known) for s in "ab"}
    is_tied = pa.array(links["tied"].to_numpy(dtype=bool))
    weaker = pa.array(_strength(links["key_type_a"], kinds) > _strength(links["key_type_b"], kinds))
    undo = pc.if_else(is_tied, _joined(_wide("identity: {keep_apart: ["), _pseudonyms(links, named, weaker, place, vault), _wide("]}")), None)
    table = pa.table({
        "customer_id": _text(named["customer_id"]).take(place["a"]),
        **{c: _plain(links[c]) for c in ("key_type_a", "key_a", "key_type_b", "key_b")},
        "where": _plain(links["reason"]), "tied": pc.if_else(is_tied, "yes", "no"), "why_not": _text(links["why"]), "undo": undo}).select(COLUMNS)
    order = ["tied", "customer_id", "key_type_a", "key_a", "key_type_b", "key_b", "where"]
    write_bytes_whole(vault.folder / MERGES, _csv(table.take(pc.sort_indices(table, sort_keys=[(c, "ascending") for c in order]))))
    tied = links.loc[links["tied"].astype(bool), "reason"].astype(str).value_counts()
    return {str(reason): int(count) for reason, count in sorted(tied.items())}


def _pseudonyms(links: pd.DataFrame, named: pd.DataFrame, weaker: pa.Array, place: dict[str, pa.Array], vault: Vault) -> pa.Array:
    """The pseudonym of the key of each pair that proves less: a if `weaker`, else b. Known of all that are keys of records."""
    shown = _text(named["key_pseudonym"]).take(pc.if_else(weaker, place["a"], place["b"]))
    if not shown.null_count:
        return shown
    ends = [_joined(_text(links[f"key_type_{s}"]), _wide("|"), _text(links[f"key_{s}"])) for s in "ab"]
    new = shown.is_null()
    return pc.replace_with_mask(shown, new, _text(vault.pseudonyms(pc.if_else(weaker, *ends).filter(new).to_pandas().astype("string"), "k")))


def _strength(types: pd.Series, kinds: Mapping[str, str]) -> np.ndarray[Any, Any]:
    """The place of each type's kind among the kinds, from the one that proves most."""
    proof = ("person", "contact", "device", "group")
    codes, unique = pd.factorize(types.astype("string"))
    return np.array([proof.index(kind_of(str(t), kinds)) for t in unique], dtype=np.int64)[codes]


def _pair(types: pd.Series, keys: pd.Series) -> pa.Array:
    """Type and key as one text each."""
    return _joined(_text(types), _wide("\0"), _text(keys))


def _joined(*parts: pa.Array | pa.Scalar) -> pa.Array:
    return pc.binary_join_element_wise(*parts, _wide(""))


def _wide(text: str) -> pa.Scalar:
    return pa.scalar(text, pa.large_string())


def _text(cells: pd.Series) -> pa.Array:
    found = pa.array(cells.astype("string"), pa.large_string())
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def _plain(cells: pd.Series) -> pa.Array:
    """As text that a spreadsheet takes for text."""
    text = _text(cells)
    typed = functools.reduce(pc.or_, [pc.starts_with(text, sign) for sign in _TYPED_IN])
    return pc.if_else(typed, _joined(_wide("'"), text), text)


def _csv(table: pa.Table) -> bytes:
    import pyarrow.csv

    out = io.BytesIO()
    try:
        pyarrow.csv.write_csv(table, out, pyarrow.csv.WriteOptions(include_header=False, quoting_style="none"))
    except pa.ArrowInvalid:  # a cell needs quotation marks
        return table.to_pandas().to_csv(index=False).encode()
    return (",".join(table.column_names) + "\n").encode() + out.getvalue()
