"""A funnel counted once per value in one walk, against one walk a value."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from cjm_research.engine.sequence import Exclusion, Rule, log_of, walk
from cjm_research.engine.sequence.by_value import walk_by_value

RULES = {"ordered": Rule(window=6), "strict": Rule("strict", 9), "unordered": Rule("unordered", 7), "latest": Rule(window=8, start="latest"),
         "optional": Rule(window=9, optional=(False, True, False)), "near": Rule(window=9, step_windows=(None, 3, 3)), "grace": Rule(window=9, grace=1)}


# no event of an unordered funnel is that of one step
@pytest.mark.parametrize(("rule", "step"), [(r, s) for r in RULES for s in (None, 0, 1, 2) if s is None or r != "unordered"])
@pytest.mark.parametrize("shared", [False, True])
def test_against_one_walk_a_value(rule, step, shared):
    rng = np.random.default_rng(3)
    n, given = 6_000, RULES[rule] if not shared else replace(RULES[rule], grace=0)
    log, _ = log_of(rng.integers(0, 900, n), rng.integers(0, 20, n))
    kind, value = rng.integers(0, 5, n), rng.integers(0, 4, n)
    steps = [log.select((kind == k) | ((kind == 3) & (shared & (k < 2)))) for k in range(3)]
    out = [Exclusion(log.select(kind == 4), 0, 2, drops) for drops in ((True,) if rule == "unordered" else (True, False))]
    last = log.last_instant()
    found, u, v = walk_by_value(log, steps, given, out, value, step, last)
    for code in range(1 if step is None else 0, 4):
        own = [s.take(np.flatnonzero(value[s.o] == code)) if step in (None, k) else s for k, s in enumerate(steps)]
        expected = walk(own, given, out, last_instant=last).kept
        if step is not None:
            expected = expected.take(expected.reached[:, step])
        assert len(expected)
        one = replace(found.take(v == code), u=u[v == code])
        for f in fields(one):
            np.testing.assert_array_equal(getattr(one, f.name), getattr(expected, f.name), err_msg=f.name)
    assert set(v) <= set(range(1 if step is None else 0, 4))


def test_nobody():
    log, _ = log_of(np.zeros(3, dtype=np.int64), np.arange(3))
    found, u, v = walk_by_value(log, [log.select(np.ones(3, dtype=bool))] * 2, Rule(), (), np.zeros(3, dtype=np.int64))
    assert len(found) == len(u) == len(v) == 0
