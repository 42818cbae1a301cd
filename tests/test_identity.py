"""One person across sources: components of keys, checked against a union by hand-written search."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cjm_research.errors import BadInput
from cjm_research.identity import MAX_KEYS_OF_A_TYPE, resolve
from cjm_research.ids import normal_key

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
    rows = [("cookie", f"{rng.integers(30)}", "device_id", f"{rng.integers(30)}") for _ in range(25)]
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


def test_two_ids_are_never_tied_through_a_shared_key() -> None:
    """A tablet, a family's address, a call centre's phone, a cookie kept after logout: what both share stays by itself."""
    for kind in ("device_id", "ga_client_id", "email", "phone", "cookie"):
        found = resolve(keys(), [pairs(("user_id", "b", kind, "shared"), ("user_id", "c", kind, "shared"), ("user_id", "b", kind, "own"))])
        assert groups(found.keys) == {frozenset({"b", "own"}), frozenset({"c"}), frozenset({"shared"})}, kind
        assert any(f"1 keys of the type {kind!r} are shared" in n for n in found.notes)
        assert found.keys.set_index("key")["shared"].to_dict() == {"b": False, "own": False, "c": False, "shared": True}
        assert "ties nobody" in found.keys.set_index("key").loc["shared", "reason"]
        assert set(found.merges()["key"]) == {"b", "own", "shared"}


def test_an_address_ties_systems_but_not_over_two_users() -> None:
    one = resolve(keys(), [pairs(("user_id", "u1", "email", "e1"), ("contact", "c1", "email", "e1"), ("cookie", "k1", "email", "e1"), ("cookie", "k2", "user_id", "u1"))])
    assert groups(one.keys) == {frozenset({"u1", "e1", "c1", "k1", "k2"})}
    # c1 has two addresses, each of another user: neither joins
    chain = resolve(keys(), [pairs(("user_id", "u1", "email", "e1"), ("contact", "c1", "email", "e1"), ("user_id", "u2", "email", "e2"), ("contact", "c1", "email", "e2"))])
    assert chain.keys["person"].nunique() == 5 and any("over other keys" in n for n in chain.notes)
    # a device beside a user and a stranger's address is nobody's
    device = resolve(keys(), [pairs(("user_id", "u1", "device_id", "d"), ("email", "x", "device_id", "d"))])
    assert device.keys["person"].nunique() == 3


def test_groups_tie_nobody_and_unknown_keys_that_join_many_are_refused() -> None:
    rows = [("contact", f"c{k}", "{}", f"a{k // 3}") for k in range(12)]
    told = lambda kind: [pairs(*((a, b, kind, d) for a, b, _, d in rows))]  # noqa: E731
    assert resolve(keys(), told("account")).keys["person"].nunique() == 16
    assert resolve(keys(), told("shop_no"), kinds={"shop_no": "group"}).keys["person"].nunique() == 16
    with pytest.raises(BadInput, match="keys of the type 'shop_no': 4 of 4 stand beside several ids of the type 'contact', one of them beside 3") as said:
        resolve(keys(), told("shop_no"))
    assert "kinds: {shop_no: group}" in said.value.next and "allow: [shop_no]" in said.value.next
    assert resolve(keys(), told("shop_no"), allow=["shop_no"]).keys["person"].nunique() == 4


def test_a_merge_can_be_undone() -> None:
    links = pairs(("user_id", "u1", "email", "e1"), ("contact", "c1", "email", "e1"))
    assert resolve(keys(), [links]).keys["person"].nunique() == 1
    found = resolve(keys(), [links], apart={("email", "e1")})
    assert groups(found.keys) == {frozenset({"u1"}), frozenset({"c1"}), frozenset({"e1"})}
    assert found.keys.set_index("key").loc["e1", "reason"] == "kept apart by the params"


@pytest.mark.parametrize("seed", range(5))
def test_no_customer_has_two_ids_of_one_type(seed: int) -> None:
    rng = np.random.default_rng(seed)
    types = ("user_id", "contact", "email", "phone", "device_id", "cookie")
    rows = [(types[a], f"{rng.integers(9)}", types[b], f"{rng.integers(9)}") for a, b in rng.integers(6, size=(40, 2)) if a != b and {types[a], types[b]} != {"user_id", "contact"}]
    found = resolve(keys(), [pairs(*rows)]).keys
    for kind in ("user_id", "contact"):
        assert found[found["key_type"] == kind].groupby("person")["key"].nunique().max() == 1
    again = resolve(keys(), [pairs(*rows).sample(frac=1, random_state=seed)]).keys
    pd.testing.assert_frame_equal(found, again)
