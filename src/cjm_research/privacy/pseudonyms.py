"""Pseudonyms: stable within a client, useless without the key in its vault."""

from __future__ import annotations

import hashlib
import io
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..files import scratch_file, write_bytes_whole

if TYPE_CHECKING:
    import pyarrow as pa

IDENTITIES = "identities.parquet"


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
            temporary = scratch_file(path)
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
        codes, unique = pd.factorize(values)
        if not len(unique):
            return pd.Series(pd.NA, index=values.index, dtype="string")
        texts = [str(value) for value in (unique.to_numpy(dtype=object) if isinstance(unique, pd.api.extensions.ExtensionArray | pd.Index) else unique)]
        made = pd.array(_hashed(self.key, texts, prefix), dtype="string")
        return pd.Series(made.take(codes, allow_fill=True), index=values.index, dtype="string")

    def keep_identities(self, keys: pd.DataFrame, key: str) -> dict[str, str]:
        """Write who is who before the tables are swapped in; returns what `build.json` says of it (see `incomplete`).

        The file is named after the build and its own content, since the tables before still need theirs, and so do runs that pinned the
        tables of an equal build that was made anew meanwhile; `identities.parquet` is the newest.
        """
        buffer = io.BytesIO()
        keys.to_parquet(buffer)
        content = hashlib.sha256(buffer.getbuffer()).hexdigest()
        name = f"identities-{key[:16]}-{content[:12]}.parquet"
        for file in (name, IDENTITIES):
            write_bytes_whole(self.folder / file, buffer.getvalue())
        return {"identities": name, "sha256": content}

    def forget_identities(self, *builds: Mapping[str, Any] | None) -> None:
        """Remove who was who in other builds than the newest and these."""
        newest = self.folder / IDENTITIES
        kept = {str((b or {}).get("vault", {}).get("identities")) for b in builds}
        for path in sorted(self.folder.glob("identities-*.parquet")):
            if path.name not in kept and not (newest.is_file() and path.read_bytes() == newest.read_bytes()):
                path.unlink(missing_ok=True)

    def incomplete(self, build: Mapping[str, Any]) -> str:
        """Why the vault cannot say whose identifiers must not be published of a build, in words; empty where it can.

        build: what the tables' `build.json` holds.
        """
        said = build.get("vault") or {}
        if not said:
            return "the tables were built by a version that did not note whose identifiers they rest on"
        path = self.folder / str(said.get("identities"))
        if path.parent != self.folder or not path.is_file():
            return "the list of identifiers of these tables is missing"
        if hashlib.sha256(path.read_bytes()).hexdigest() != said.get("sha256"):
            return "the list of identifiers of these tables is not the one they were built with"
        return "" if (self.folder / "pseudonym.key").is_file() else "the key of the pseudonyms is missing"

    def erased(self) -> set[str]:
        """Identifiers and pseudonyms that an earlier version noted as left out (`erased.txt`); they stay left out of every build."""
        path = self.folder / "erased.txt"
        return set(path.read_text(encoding="utf-8").split("\n")) - {""} if path.is_file() else set()


def _pseudonym(key: bytes, value: str, prefix: str) -> str:
    return str(_hashed(key, [value], prefix)[0].as_py())


_LETTERS = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz234567", dtype=np.uint8)  # of base 32
_AT_ONCE = 200_000


def _hashed(key: bytes, values: Sequence[str], prefix: str) -> pa.ChunkedArray:
    """A keyed hash each; its first 65 bits are written five by five, for many values at once."""
    import pyarrow as pa

    begun = hashlib.blake2b(f"{prefix}\0".encode(), key=key[:64], digest_size=10)

    def digest(value: str) -> bytes:
        own = begun.copy()  # the key is worked in once
        own.update(value.encode())
        return own.digest()

    out: list[pa.Array] = []
    begin = np.frombuffer(f"{prefix}_".encode(), dtype=np.uint8)
    size = len(begin) + 13
    for at in range(0, len(values), _AT_ONCE):
        digests = b"".join([digest(v) for v in values[at:at + _AT_ONCE]])
        bits = np.unpackbits(np.frombuffer(digests, dtype=np.uint8).reshape(-1, 10), axis=1)[:, :65].reshape(-1, 13, 5)
        shown = np.empty((len(bits), size), dtype=np.uint8)
        shown[:, :len(begin)] = begin
        shown[:, len(begin):] = _LETTERS[bits @ np.array([16, 8, 4, 2, 1], dtype=np.uint8)]
        ends = np.arange(len(bits) + 1, dtype=np.int64) * size
        out.append(pa.LargeStringArray.from_buffers(len(bits), pa.py_buffer(ends), pa.py_buffer(shown)))
    return pa.chunked_array(out, pa.large_string())
