"""Medians of groups against sorting each group, over values from instants to decades."""

from __future__ import annotations

import statistics
from typing import Any

import numpy as np
import pytest

from cjm_research.analysis.paths.medians import median_s, medians_of


def draw(kind: str, rng: np.random.Generator, n: int) -> Any:
    """Times, µs."""
    if kind == "seconds":
        return rng.exponential(60e6, n).astype(np.int64)
    if kind == "from nothing to decades":
        return np.floor(np.exp(rng.uniform(0, 34, n))).astype(np.int64) - 1
    if kind == "ties":
        return rng.choice([0, 1, 2, 1_000_000, 1_000_001], n).astype(np.int64)
    return np.full(n, 2**62, dtype=np.int64) - rng.integers(0, 5, n)


@pytest.mark.parametrize("kind", ["seconds", "from nothing to decades", "ties", "near the largest number"])
@pytest.mark.parametrize("parts", [1, 7])
def test_against_sorting(kind: str, parts: int) -> None:
    rng = np.random.default_rng(3)
    for n in (0, 1, 2, 5, 4_000):
        group, value = rng.choice(6, n, p=[0.5, 0.3, 0.1, 0.08, 0.02, 0.0]), draw(kind, rng, n)
        counts, medians = medians_of(lambda g=group, v=value: zip(np.array_split(g, parts), np.array_split(v, parts), strict=True), 6)
        for k in range(6):
            own = np.sort(value[group == k])
            assert counts[k] == len(own)
            middle = statistics.median(map(int, own)) if len(own) else -1  # the standard library's, of whole numbers of any size
            assert medians[k] == pytest.approx(middle, rel=1e-15), (kind, n, k)


def test_one_median() -> None:
    assert median_s(np.array([], dtype=np.int64)) is None
    assert median_s(np.array([5_000_000, 1_000_000, 9_000_000, 2_000_000])) == 3.5
