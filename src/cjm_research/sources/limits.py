"""How much a packed file may unpack to, and gzip read as a stream within that.

A small file can unpack to more than a machine holds. Everything packed is therefore read bit by bit and refused as soon
as it goes beyond a size or a ratio; `limits` of the params raise both for a real export that needs it.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

from ..errors import BadInput

if TYPE_CHECKING:
    import pandas as pd

FREE = 16 << 20  # bytes that any file may unpack to, whatever the ratio
FREE_ELEMENTS = 250_000  # that any packed file may hold
ELEMENT = 50  # bytes that an element counts for, however short it is
GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Unpacking:
    """Limits of what packed files unpack to. size: bytes of one file; ratio: unpacked : packed beyond the first 16 MiB."""

    size: int = 1024 << 20
    ratio: int = 100


_current: ContextVar[Unpacking] = ContextVar("unpacking", default=Unpacking())  # noqa: B039 - frozen


@contextmanager
def within(limits: Unpacking) -> Iterator[None]:
    """Read with these limits."""
    token = _current.set(limits)
    try:
        yield
    finally:
        _current.reset(token)


def check_unpacked(unpacked: int, packed: int, where: str) -> None:
    """Raise `BadInput` where what was unpacked so far goes beyond the limits."""
    limits = _current.get()
    if unpacked > limits.size or (unpacked > FREE and unpacked > limits.ratio * max(packed, 1)):
        raise BadInput(where, f"it unpacks to {unpacked >> 20:,} MiB and more, from {packed:,} bytes",
                       f"at most {limits.size >> 20:,} MiB a file, and {limits.ratio} : 1",
                       "if the export is real, unpack it, or set `limits: {unpacked_mb: …, unpack_ratio: …}` in the params")


def check_elements(count: int, packed: int, where: str) -> None:
    """Raise `BadInput` where a packed file holds more elements than so many bytes ever do: they cost more than their bytes."""
    limits = _current.get()
    if count > FREE_ELEMENTS and count * ELEMENT > limits.ratio * max(packed, 1):
        raise BadInput(where, f"it holds {count:,} elements and more, in {packed:,} packed bytes", f"at most {limits.ratio / ELEMENT:g} elements a packed byte",
                       "if the export is real, unpack it, or set `limits: {unpack_ratio: …}` in the params")


def short_cells(text: pd.Series, longest: int = 200) -> pd.Series:
    """Cells of text with those that are too long to be a number or a time cut and marked, so that they stay unreadable and cost nothing."""
    long = text.str.len().gt(longest).fillna(False).astype(bool)
    return text.mask(long, text.str.slice(0, longest // 2) + " …") if long.any() else text


def is_gzip(path: Path) -> bool:
    """Whether a file begins as gzip does, whatever its name."""
    with path.open("rb") as file:
        return file.read(2) == GZIP


class Gunzip:
    """A gzip file read as a stream, within the limits. Raises `BadInput` for one that is damaged or goes beyond them."""

    def __init__(self, path: Path, where: str) -> None:
        self.where, self.unpacked = where, 0
        self._packed: IO[bytes] = path.open("rb")
        self._file = gzip.GzipFile(fileobj=self._packed)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        self._packed.close()

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes (never more than 1 MiB at once), empty at the end."""
        try:
            found = self._file.read(size if 0 <= size < 1 << 20 else 1 << 20)
        except (OSError, EOFError, zlib.error) as error:
            raise BadInput(self.where, f"the gzip file is damaged or cut off ({error})", "an intact gzip file", "copy or export it again") from None
        self.unpacked += len(found)
        check_unpacked(self.unpacked, self._packed.tell(), self.where)
        return found


def read_packed(path: Path, where: str) -> bytes:
    """The bytes of a file, unpacked where it is gzip. Raises `BadInput`."""
    if not is_gzip(path):
        return path.read_bytes()
    out = bytearray()
    with Gunzip(path, where) as file:
        while part := file.read():
            out += part
    return bytes(out)


def check_gzip(path: Path, where: str) -> None:
    """Raise `BadInput` where a gzip file is damaged or goes beyond the limits, before another program unpacks it."""
    if is_gzip(path):
        with Gunzip(path, where) as file:
            while file.read():
                pass
