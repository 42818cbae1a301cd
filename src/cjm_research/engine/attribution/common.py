"""Whole paths as Arrow values, so that equal ones are counted without writing any of them out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .journeys import Journeys

if TYPE_CHECKING:
    import pyarrow as pa

Path = tuple[tuple[int, ...], int, int]  # touches, converting journeys, journeys


def path_counts(journeys: Journeys) -> pa.Table:
    """One row a different path: path (see `_keys`), total, converted."""
    import pyarrow as pa

    table = pa.table({"path": _keys(journeys), "converted": journeys.converted.astype(np.int64)})
    found = table.group_by("path").aggregate([("converted", "count"), ("converted", "sum")])
    return found.rename_columns(["path", "total", "converted"])


def common_paths(journeys: Journeys, most: int) -> list[Path]:
    """The paths that convert most often; equally frequent ones by their touches."""
    import pyarrow as pa
    import pyarrow.compute as pc

    keys = _keys(journeys)
    made = pa.table({"path": keys.filter(pa.array(journeys.converted))})
    top = made.group_by("path").aggregate([("path", "count")]).sort_by([("path_count", "descending"), ("path", "ascending")]).slice(0, most)
    paths = top.column("path").combine_chunks()
    at = pc.index_in(keys, value_set=paths).drop_null().to_numpy()
    total = np.bincount(at, minlength=len(paths))
    return [(touches_of(key, len(journeys.names)), hits, int(n)) for key, hits, n in zip(paths.to_pylist(), top.column("path_count").to_pylist(), total, strict=True)]


def _keys(journeys: Journeys) -> pa.Array:
    """The codes of each journey's touches as bytes: they sort as the codes do."""
    import pyarrow as pa

    code = journeys.touch.astype(_code_type(len(journeys.names)))
    offsets = journeys.first.astype(np.int64) * code.itemsize
    return pa.Array.from_buffers(pa.large_binary(), len(offsets) - 1, [None, pa.py_buffer(offsets), pa.py_buffer(code)])


def touches_of(key: bytes, n: int) -> tuple[int, ...]:
    """The touches of a path's key. n: how many there are."""
    return tuple(np.frombuffer(key, dtype=_code_type(n)).tolist())


def _code_type(n: int) -> np.dtype[np.unsignedinteger]:
    return np.dtype(np.uint8 if n <= 1 << 8 else ">u4")
