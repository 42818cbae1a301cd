"""The benchmark of funnels asks every engine the same: equal counts, medians and pending on a small log."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.funnels.__main__ import SAME, prepare
from benchmarks.funnels.engines import ENGINES

OURS_AND_DUCKDB = ["kernel_counts", "kernel_full", "product", "duckdb_full", "duckdb_counts", "transitions", "transitions_duckdb", "retention", "retention_duckdb"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("bench")
    prepare(out, 200_000)  # so many that every kind of move occurs, whatever the order of ties
    return out


def test_every_engine_gives_the_same(folder: Path) -> None:
    found: dict[str, dict[str, object]] = {}
    for name in OURS_AND_DUCKDB:
        answer = ENGINES[name](folder)()
        first = found.setdefault(SAME.get(name, "funnel"), {})
        for key in ("counts", "medians", "pending"):
            if key in answer:
                assert first.setdefault(key, answer[key]) == answer[key], (name, key)
    assert {q: set(a) for q, a in found.items()} == {"funnel": {"counts", "medians", "pending"}, "transitions": {"counts"}, "retention": {"counts"}}
    assert all(sum(a["counts"]) > 0 for a in found.values())  # type: ignore[call-overload]
