"""Pseudonyms."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from cjm_research.privacy import Vault


def test_stable_within_a_vault_and_different_between(tmp_path: Path) -> None:
    a, b = Vault(tmp_path / "a"), Vault(tmp_path / "b")
    values = pd.Series(["ana@x.de", None, "ana@x.de", "ben"])
    first = a.pseudonyms(values, "c")
    assert first[0] == first[2] != first[3] and pd.isna(first[1])
    assert first.tolist()[0] == Vault(tmp_path / "a").pseudonym("ana@x.de", "c")
    assert first[0] != b.pseudonym("ana@x.de", "c")
    assert "ana" not in first[0]


def test_no_collision_among_many(tmp_path: Path) -> None:
    values = pd.Series([f"u{i}" for i in range(50_000)])
    assert Vault(tmp_path).pseudonyms(values, "c").nunique() == 50_000


def test_vault_is_for_its_owner_only(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "v")
    _ = vault.key
    assert (vault.folder.stat().st_mode & 0o777, (vault.folder / "pseudonym.key").stat().st_mode & 0o777) == (0o700, 0o600)
