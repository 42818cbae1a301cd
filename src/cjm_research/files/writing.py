"""Writing a file that readers see old or new, never half: beside it, on the disk, then renamed."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from .folders import scratch_name

if TYPE_CHECKING:
    import pandas as pd


def write_text_whole(path: Path, text: str, mode: int = 0o600) -> None:
    """Write a text file whole or not at all; it is on the disk when this returns."""
    write_bytes_whole(path, text.encode(), mode)


def write_bytes_whole(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Write a file whole or not at all; it is on the disk when this returns."""
    temporary = _beside(path)
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _put(temporary, path, mode)
    finally:
        temporary.unlink(missing_ok=True)


def write_parquet_whole(path: Path, frame: pd.DataFrame, mode: int = 0o600) -> None:
    """Write a frame as Parquet, whole or not at all; it is on the disk when this returns."""
    temporary = _beside(path)
    try:
        frame.to_parquet(temporary)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        _put(temporary, path, mode)
    finally:
        temporary.unlink(missing_ok=True)


def scratch_file(path: Path) -> Path:
    """A name beside `path`, with its ending, that no other process or thread uses: write there, then replace `path`."""
    return path.with_name(f".{scratch_name('file')}{secrets.token_hex(4)}{path.suffix}")


def _beside(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix="." + scratch_name("file"), dir=path.parent)
    os.close(descriptor)
    return Path(name)


def _put(temporary: Path, path: Path, mode: int) -> None:
    temporary.chmod(mode)
    os.replace(temporary, path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make sure that names in a folder are on the disk, where the system can."""
    if os.name == "nt":
        return  # folders cannot be opened there
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
