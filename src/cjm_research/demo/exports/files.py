"""Writing files byte for byte the same every time."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from .. import business as b

ZONE = ZoneInfo(b.TIMEZONE)
ZIP_STAMP = (2026, 6, 30, 12, 0, 0)


def write_bytes(path: Path, content: bytes) -> None:
    """The file, with its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def write_csv(
    path: Path,
    header: Sequence[str] | Sequence[Sequence[str]],
    rows: Iterable[Sequence[Any]],
    *,
    delimiter: str = ",",
    encoding: str = "utf-8",
    newline: str = "\n",
    quote_all: bool = False,
) -> None:
    """Delimited text; None and NaN are empty. `header` is one row of names or several rows."""
    out = io.StringIO(newline="")
    writer = csv.writer(
        out, delimiter=delimiter, lineterminator=newline, quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    )
    writer.writerows([header] if isinstance(header[0], str) else header)
    writer.writerows([["" if v is None or v != v else v for v in row] for row in rows])
    write_bytes(path, out.getvalue().encode(encoding))


def rows_of(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    """The frame's rows as plain values."""
    return list(zip(*(frame[c].tolist() for c in frame), strict=True))


def zulu(us: Iterable[int], form: str = "%Y-%m-%dT%H:%M:%S.%f") -> list[str]:
    """µs UTC as text with milliseconds and Z."""
    return [datetime.fromtimestamp(int(u) / 1e6, UTC).strftime(form)[:23] + "Z" for u in us]


def local_text(us: Iterable[int], form: str = "%Y-%m-%d %H:%M:%S") -> list[str]:
    """µs UTC as local wall-clock text without a zone, as most offices export it."""
    return [datetime.fromtimestamp(int(u) / 1e6, ZONE).strftime(form) for u in us]


def utc_text(us: Iterable[int], form: str = "%Y-%m-%d %H:%M:%S") -> list[str]:
    """µs UTC as UTC text without a zone."""
    return [datetime.fromtimestamp(int(u) / 1e6, UTC).strftime(form) for u in us]


def whole(values: pd.Series) -> list[int | None]:
    """Numbers as whole numbers, missing ones as None."""
    return [None if v != v else int(v) for v in values.tolist()]


def blanked(rng: np.random.Generator, values: Sequence[Any], share: float) -> list[Any]:
    """The values with a share of them missing."""
    gone = rng.random(len(values)) < share
    return [None if g else v for v, g in zip(values, gone, strict=True)]


def hexes(rng: np.random.Generator, count: int, size: int = 32) -> list[str]:
    """Random hexadecimal ids."""
    raw = rng.bytes(size // 2 * count).hex()
    return [raw[i * size : (i + 1) * size] for i in range(count)]


def write_zip(path: Path, members: Mapping[str, bytes]) -> None:
    """A zip with fixed times and order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, ZIP_STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    write_bytes(path, out.getvalue())
