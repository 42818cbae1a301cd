"""One person across sources: components of keys, checked against a union by hand-written search."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cjm_research.identity import MAX_KEYS_OF_A_TYPE, normal_key, resolve

PAIR = ["key_type_a", "key_a", "key_type_b", "key_b", "reason"]


def pairs(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    return pd.DataFrame([(*r, "test") for r in rows], columns=PAIR)


def groups(keys: pd.DataFrame) -> set[frozenset[str]]:
    return {frozenset(g) for g in keys.groupby("person")["key"].apply(list)}


def keys(*rows: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["key_type", "key"])


def test_links_are_transitive() -> None:
    found = resolve(keys(("cookie", "c1"), ("cookie", "c2"), ("email", "e1"), ("email", "e9")),
                    [pairs(("cookie", "c1", "user", "u1"), ("cookie", "c2", "user", "u1")), pairs(("user", "u1", "email", "e1"))])
    assert groups(found.keys) == {frozenset({"c1", "c2", "u1", "e1"}), frozenset({"e9"})}


def test_no_links_no_pairs() -> None:
    assert groups(resolve(keys(("a", "1"), ("a", "2"), ("b", "1")), []).keys) == {frozenset({"1"}), frozenset({"2"})}
    assert len(resolve(keys(), []).keys) == 0


def test_equal_keys_of_different_types_are_different() -> None:
    assert resolve(keys(("a", "1"), ("b", "1")), []).keys["person"].nunique() == 2


def test_a_shared_key_ties_nobody() -> None:
    rows = [("cookie", f"c{i}", "user", "kiosk") for i in range(MAX_KEYS_OF_A_TYPE + 1)]
    found = resolve(keys(), [pairs(*rows)])
    assert found.keys["person"].nunique() == len(rows) + 0 or "kiosk" not in set(found.keys["key"])
    assert any("shared" in n for n in found.notes)


@pytest.mark.parametrize("seed", range(5))
def test_against_search_and_row_order(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = [("a", f"{rng.integers(30)}", "b", f"{rng.integers(30)}") for _ in range(25)]
    expected: list[set[str]] = []
    for ta, a, tb, b in rows:
        joined = {f"{ta}{a}", f"{tb}{b}"}
        rest = []
        for group in expected:
            if group & joined:
                joined |= group
            else:
                rest.append(group)
        expected = [*rest, joined]
    table = pairs(*rows)
    found = resolve(keys(), [table]).keys
    named = {frozenset(g) for g in (found["key_type"] + found["key"]).groupby(found["person"]).apply(list)}
    assert named == {frozenset(g) for g in expected}
    again = resolve(keys(), [table.sample(frac=1, random_state=seed)]).keys
    pd.testing.assert_frame_equal(found, again)


def test_keys_in_one_spelling() -> None:
    assert normal_key("email", pd.Series([" Ana@X.de ", "", None])).tolist()[0] == "ana@x.de"
    assert normal_key("phone", pd.Series(["+49 (0)30-1"])).tolist() == ["+490301"]
    assert normal_key("user", pd.Series(["null", "(not set)"])).isna().all()
