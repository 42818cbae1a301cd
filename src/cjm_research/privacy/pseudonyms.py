"""Pseudonyms: stable within a client, useless without the key in its vault."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

import pandas as pd


class Vault:
    """A client's folder of identifiers: the key of its pseudonyms, the identity table, the masking log.

    Created with permissions for its owner only. Deleting the key makes the pseudonyms anonymous for good.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        os.chmod(folder, 0o700)

    @property
    def key(self) -> bytes:
        """The secret key, made at first use."""
        path = self.folder / "pseudonym.key"
        if not path.is_file():
            temporary = path.with_suffix(".new")
            temporary.write_text(secrets.token_hex(32), encoding="ascii")
            os.chmod(temporary, 0o600)
            try:
                os.link(temporary, path)  # the first writer wins when two builds start at once
            except FileExistsError:
                pass
            temporary.unlink()
        return bytes.fromhex(path.read_text(encoding="ascii").strip())

    def pseudonym(self, value: str, prefix: str) -> str:
        """`<prefix>_` and 13 letters and digits: 65 bits of a keyed BLAKE2b hash of prefix and value."""
        return _pseudonym(self.key, value, prefix)

    def pseudonyms(self, values: pd.Series, prefix: str) -> pd.Series:
        """Pseudonyms of a column; empty stays empty."""
        key = self.key
        unique = values.dropna().unique()
        table = {value: _pseudonym(key, str(value), prefix) for value in unique}
        return values.map(table).astype("string")

    def erased(self) -> set[str]:
        """Identifiers and pseudonyms whose records are left out of every build."""
        path = self.folder / "erased.txt"
        return set(path.read_text(encoding="utf-8").split("\n")) - {""} if path.is_file() else set()

    def erase(self, names: Iterable[str]) -> None:
        """Remember that these identifiers are to be left out of every later build."""
        known = self.erased() | {n.strip() for n in names}
        path = self.folder / "erased.txt"
        temporary = path.with_suffix(".new")
        temporary.write_text("\n".join(sorted(known)) + "\n", encoding="utf-8")
        os.replace(temporary, path)


def _pseudonym(key: bytes, value: str, prefix: str) -> str:
    digest = hashlib.blake2b(f"{prefix}\0{value}".encode(), key=key[:64], digest_size=10).digest()
    return f"{prefix}_{base64.b32encode(digest).decode().lower()[:13]}"
