"""The kernel in tasks, without an engine around it: blocks of units are cut anywhere, and the answer is that of one block."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from cjm_research.engine.sequence import Rule, count_attempts, log_of, tasks
from cjm_research.engine.sequence.tasks import Attempts, ByValue, Task, attempts_from


def batches(seed=4, n=3_000, units=400):
    """Rows as an engine delivers them: by unit and time, in small batches."""
    rng = np.random.default_rng(seed)
    u = np.char.add("u", np.char.zfill(np.sort(rng.integers(0, units, n)).astype(str), 4))
    t = rng.integers(0, 50, n)
    order = np.lexsort((t, u))
    steps = rng.integers(0, 4, n)
    steps[:300] = np.minimum(steps[:300], 2)  # of the first blocks no event matches both
    table = pa.table({"u": u[order], "customer": u[order], "t": t[order], "steps": steps, "excluded": np.where(steps == 0, 1, 0),
                      "seen": rng.random(n) < 0.9, "last": pa.nulls(n, pa.int64()), "v": rng.choice(["a", "b", None], n)})
    return table, table.to_batches(max_chunksize=97)


@pytest.mark.parametrize("task", [Task(Rule("strict", 9), 2, ((0, 1, True),), (True, False)), ByValue(Rule(window=9), 2, ((0, 1, False),)),
                                  ByValue(Rule("strict"), 2, (), (), 1), Attempts(Rule(window=9), 2, ((0, 1, True),))])
def test_blocks_do_not_matter(task, monkeypatch):
    table, parts = batches()
    whole = pa.Table.from_batches(task(iter(table.combine_chunks().to_batches())))
    monkeypatch.setattr(tasks, "_BLOCK", 120)
    cut = pa.Table.from_batches(task(iter(parts)))
    if isinstance(task, Attempts):
        assert cut.num_rows > 1 and set(cut.column("shared").to_pylist()) == {True, False}
        assert attempts_from(cut, 2).tolist() == attempts_from(whole, 2).tolist()
        return
    key = [(c, "ascending") for c in ("u", "v") if c in cut.column_names]
    assert cut.num_rows and cut.sort_by(key).equals(whole.sort_by(key))


def test_attempts_are_those_of_the_whole_log():
    table, parts = batches()
    _, unit = np.unique(table.column("u").to_numpy(), return_inverse=True)
    log, order = log_of(unit, table.column("t").to_numpy())
    bits, seen = table.column("steps").to_numpy()[order], table.column("seen").to_numpy()[order]
    expected = count_attempts([log.select((bits >> k & 1 == 1) & seen) for k in (0, 1)], Rule(window=9))
    assert attempts_from(pa.Table.from_batches(Attempts(Rule(window=9), 2)(iter(parts))), 2).tolist() == expected.tolist()
