"""One person across sources: keys that the exports themselves tie together become one customer.

Exact keys first; every link keeps its reason. A key that ties together more keys than a person can have (a
kiosk, a shared mailbox) ties nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from .ids import names_nobody

MAX_KEYS_OF_A_TYPE = 20  # browsers, devices or addresses one person is believed to have
KEY = ["key_type", "key"]
PAIR = ["key_type_a", "key_a", "key_type_b", "key_b", "reason"]


@dataclass
class Identities:
    """keys: one row a key (key_type, key, person); person is a number; reason says why it belongs there."""

    keys: pd.DataFrame
    notes: list[str] = field(default_factory=list)


def normal_key(key_type: str, keys: pd.Series) -> pd.Series:
    """Keys in one spelling: e-mail in lower case, phone numbers as digits, others trimmed; what names nobody is missing."""
    text = keys.astype("string").str.strip()
    if key_type == "email":
        text = text.str.lower()
    elif key_type == "phone":
        text = text.str.replace(r"[^\d+]", "", regex=True)
    return text.mask(names_nobody(text, zero=False))


def resolve(keys: pd.DataFrame, same_person: Iterable[pd.DataFrame]) -> Identities:
    """Who is who.

    keys: key_type, key of every record (duplicates allowed); same_person: frames of pairs with columns
    key_type_a, key_a, key_type_b, key_b, reason. Returns every key with a person number that depends on the
    set of keys only, not on the order of rows.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    pairs = pd.concat([pd.DataFrame(columns=PAIR, dtype="string"), *same_person], ignore_index=True)[PAIR]
    pairs = pairs.dropna(subset=["key_a", "key_b"]).astype("string").drop_duplicates()
    notes: list[str] = []
    for side, other in (("a", "b"), ("b", "a")):
        spread = pairs.groupby([f"key_type_{side}", f"key_{side}", f"key_type_{other}"], observed=True)[f"key_{other}"].transform("nunique")
        shared = spread > MAX_KEYS_OF_A_TYPE
        if shared.any():
            hubs = pairs.loc[shared, [f"key_type_{side}", f"key_{side}"]].drop_duplicates()
            notes.append(f"{len(hubs):,} {hubs.iloc[0, 0]!s} keys are shared by more than {MAX_KEYS_OF_A_TYPE} "
                         f"{pairs.loc[shared, f'key_type_{other}'].iloc[0]} keys each and tie nobody together")
            pairs = pairs[~shared]
    ends = [pairs[[f"key_type_{s}", f"key_{s}"]].set_axis(KEY, axis=1) for s in "ab"]
    nodes = pd.concat([keys[KEY].astype("string"), *ends], ignore_index=True).dropna().drop_duplicates()
    nodes = nodes.sort_values(KEY).reset_index(drop=True)
    position = pd.Series(np.arange(len(nodes)), index=pd.MultiIndex.from_frame(nodes))
    if len(pairs):
        a, b = (position.loc[pd.MultiIndex.from_frame(e)].to_numpy() for e in ends)
        graph = coo_array((np.ones(len(a), dtype=np.int8), (a, b)), shape=(len(nodes), len(nodes)))
        _, label = connected_components(graph, directed=False)
    else:
        label = np.arange(len(nodes))
    # a person is numbered by the first of their keys in sorted order
    first = pd.Series(np.arange(len(nodes))).groupby(label).min()
    nodes["person"] = first.loc[label].to_numpy()
    why = pd.concat([e.assign(reason=pairs["reason"].to_numpy()) for e in ends], ignore_index=True) if len(pairs) else None
    if why is not None:
        reasons = why.sort_values([*KEY, "reason"]).drop_duplicates(KEY)
        nodes = nodes.merge(reasons, on=KEY, how="left")
    else:
        nodes["reason"] = pd.Series(pd.NA, index=nodes.index, dtype="string")
    nodes["reason"] = nodes["reason"].fillna("only key of this customer")
    return Identities(nodes, notes)
