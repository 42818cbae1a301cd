"""Memory kept for the next block: nothing but time depends on it."""

from __future__ import annotations

import numpy as np
import pytest

from cjm_research.engine.sequence import Rule, count, log_of, memory, walk
from cjm_research.engine.sequence.memory import reused_memory


def test_blocks_give_what_one_block_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(11)
    log, order = log_of(rng.integers(0, 300, 6_000), rng.integers(0, 40, 6_000) * 1_000_000)
    event = rng.integers(0, 4, 6_000)[order]
    for rule in (Rule(window=9_000_000), Rule(order="unordered", window=9_000_000), Rule(window=5_000_000, optional=(False, True, False))):
        steps = [log.select(event == k) for k in range(3)]
        monkeypatch.setattr("cjm_research.engine.sequence.kernel.BLOCK", 10**9)
        whole = walk(steps, rule)
        monkeypatch.setattr("cjm_research.engine.sequence.kernel.BLOCK", 500)
        parts = walk(steps, rule)
        for name in ("u", "depth", "reached", "times", "first_start", "first_reach", "open_until", "excluded"):
            a, b = getattr(whole, name), getattr(parts, name)
            assert a.dtype == b.dtype and np.array_equal(a, b), name
        assert count(steps, rule).tolist() == whole.counts().tolist()


def test_nested_and_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), reused_memory():
        with reused_memory():
            np.ones(5_000_000).sum()
        assert memory._inside or memory._mallopt() is None  # the inner one ends nothing
        1 / 0  # noqa: B018
    assert not memory._inside
    assert np.ones(5_000_000).sum() == 5_000_000


def test_where_the_c_library_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_mallopt", lambda: None)
    with reused_memory():
        assert np.ones(10).sum() == 10
