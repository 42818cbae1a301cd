"""Attribution counted block by block as in tasks of Spark, over the portable SQL on DuckDB: equal to the journeys counted at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zlib import crc32

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from cjm_research.analysis.attribution import on_spark
from cjm_research.analysis.attribution.counted import Counted, counted
from cjm_research.analysis.attribution.journeys import Asked, journeys_here
from cjm_research.engine.attribution import Models
from cjm_research.engine.conditions import column_sql
from cjm_research.engine.portable import log_views
from cjm_research.engine.spark.session import kernel_zip
from cjm_research.errors import NotEnoughData
from cjm_research.log.events import events_of
from cjm_research.study import Study
from cjm_research.tables import TABLES
from tests.studies import make_study

MODELS = Models(("first", "linear", "u_shaped", "time_decay", "participation", "same_touch", "custom", "markov", "shapley"), 3.0, {"first": .5, "middle": .2, "last": .3})


def log(seed: int, customers: int = 40, own_sessions: bool = False) -> pd.DataFrame:
    """A random log with events of equal times, absent channels, empty products, and more of them than are shown."""
    rng = np.random.default_rng(seed)
    n = customers * 12
    who = np.minimum(rng.integers(0, customers, n), rng.integers(0, customers, n))  # some do much more than others
    frame = pd.DataFrame({
        "interaction_id": [f"i{k:05}" for k in rng.permutation(n)], "customer_id": [f"ü{k}" if k % 7 else f"{k}" for k in who],
        "occurred_at": pd.Timestamp("2024-03-30", tz="UTC") + pd.to_timedelta(rng.integers(0, 300, n) * 900, unit="s"), "source": "web",
        "event": rng.choice(["ad", "view", "pay"], n, p=[.4, .4, .2]), "channel": rng.choice(["web", "app", "shöp", None], n),
        "properties": ['{"product": ""}' if k == 3 else f'{{"product": "p{k}"}}' for k in rng.geometric(.08, n)], "value": rng.choice([np.nan, 10, 99.5], n)})
    if own_sessions:
        day = frame["occurred_at"].dt.day.astype(str)
        frame["session_id"] = np.where(rng.random(n) < .8, frame["customer_id"].str[-1] + "-" + day, None)  # also sessions of several customers
    return frame


class Blocks:
    """The stand-in for Spark: DuckDB asks, and the tasks run here over two partitions."""

    def __init__(self, study: Study, own_sessions: bool) -> None:
        self.con = duckdb.connect()
        study_log = study.query("SELECT * FROM interactions_all")
        for c in TABLES["interactions"].names:
            if c not in study_log:
                study_log[c] = pd.Series(None, index=study_log.index, dtype="string")
        self.con.register("delivered", pa.Table.from_pandas(study_log, preserve_index=False))
        events = events_of(study)
        for text in log_views("delivered", "epoch_us(occurred_at)", *((None, None) if events.is_unrestricted else (events.low, events.high))):
            self.con.execute(text)
        self.events = SimpleNamespace(spark=self, own_sessions=own_sessions, low=events.low, end=events.end, index=events.index,
                                      column=lambda name, where: column_sql(name, TABLES["interactions"].names, where))
        self.returned = 0

    def table(self, sql: str) -> pa.Table:
        found = self.con.sql(sql).to_arrow_table()
        self.returned += found.num_rows
        return found

    def query(self, sql: str) -> pd.DataFrame:
        return self.table(sql).to_pandas()

    @contextmanager
    def grouped(self, _: Any, sql: str, groups: int, reads: tuple[str, ...]) -> Iterator[Any]:
        rows = self.con.sql(sql).to_arrow_table()
        rows = rows.append_column("grp", pa.array([crc32(u.encode()) % groups for u in rows.column("u").to_pylist()], pa.int64()))
        rows = rows.sort_by([(c, "ascending") for c in ("grp", "u", "t", "o")]).select(list(reads))
        odd = np.asarray(rows.column("grp")) % 2 == 1

        def answer(name: str, task: Any, kept: bool = False) -> None:
            given = [b for part in (rows.filter(odd), rows.filter(~odd)) for b in task(iter(part.to_batches(max_chunksize=17)))]
            types = {"string": pa.string(), "binary": pa.binary(), "bigint": pa.int64(), "array<double>": pa.list_(pa.float64())}
            self.con.register(name, pa.Table.from_batches(given, pa.schema([(c, types[kind]) for c, kind in task.gives])))

        yield SimpleNamespace(answer=answer)


def by_blocks(study: Study, asked: Asked, drawn: int, block: int, monkeypatch: pytest.MonkeyPatch, own_sessions: bool = False) -> tuple[Counted, int]:
    blocks = Blocks(study, own_sessions)
    monkeypatch.setattr("cjm_research.engine.sequence.tasks._BLOCK", block)
    monkeypatch.setattr("cjm_research.engine.spark.grouped.grouped", blocks.grouped)
    monkeypatch.setattr(on_spark, "remote_of", lambda _: blocks.events)
    return on_spark.counted_on_spark(study, asked, MODELS, drawn), blocks.returned


ASKED = {
    "since the last": Asked("pay"), "six hours": Asked("pay", lookback=6 * 3600.0), "of events": Asked("pay", touch_events=["ad", "view"], lookback=86_400.0),
    "goals are touches": Asked("pay", touch_events=["pay", "ad"]), "many values": Asked("pay", "properties.product", least=3, lookback=86_400.0),
    "only others": Asked("pay", "properties.product", least=10_000), "same session": Asked("pay", same_session=True),
    "events of the same session": Asked("pay", touch_events=["ad", "view"], same_session=True)}


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
@pytest.mark.parametrize("own_sessions", [False, True])
@pytest.mark.parametrize("drawn", [9, 20_000])
def test_blocks_add_up_to_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: Asked, own_sessions: bool, drawn: int) -> None:
    for seed, block in ((1, 30), (2, 1), (3, 100_000)):
        study = make_study(tmp_path / str(seed), {"interactions": log(seed, own_sessions=own_sessions)})
        expected = counted(journeys_here(study, asked), MODELS, drawn)
        found, _ = by_blocks(study, asked, drawn, block, monkeypatch, own_sessions)
        assert list(found.names) == list(expected.names)
        assert list(found.paths) == list(expected.paths)
        assert (found.customers, found.untouched, found.pending) == (expected.customers, expected.untouched, expected.pending)
        np.testing.assert_allclose(found.sums.by_group, expected.sums.by_group, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(found.sums.whole, expected.sums.whole, rtol=1e-12)


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_blocks_add_up_in_a_period(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: Asked) -> None:
    frame = log(4)
    days = frame["occurred_at"].dt.strftime("%Y-%m-%d").sort_values()
    study = make_study(tmp_path, {"interactions": frame}, period={"start": days.iloc[len(days) // 2], "end": days.iloc[len(days) * 3 // 4]})
    expected, (found, _) = counted(journeys_here(study, asked), MODELS, 20_000), by_blocks(study, asked, 20_000, 30, monkeypatch)
    assert list(found.names) == list(expected.names)
    assert (found.customers, found.untouched, found.pending) == (expected.customers, expected.untouched, expected.pending)
    np.testing.assert_allclose(found.sums.whole, expected.sums.whole, rtol=1e-12)


def test_what_comes_back_does_not_grow_with_touches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, rows = Asked("pay", touch_events=["ad", "view"]), []
    for k, customers in enumerate((100, 1_000)):
        study = make_study(tmp_path / str(k), {"interactions": log(5, customers)})
        rows.append(by_blocks(study, asked, 10, 100_000, monkeypatch)[1])
    assert rows == [10 + 2 + 4 + 15] * 2  # groups, blocks, touches with their total, paths


def test_events_without_an_id_and_a_session_are_touches_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = log(7, own_sessions=True).assign(interaction_id=None).drop_duplicates(["customer_id", "occurred_at"])
    study = make_study(tmp_path, {"interactions": frame})
    expected, (found, _) = counted(journeys_here(study, Asked("pay")), MODELS, 9), by_blocks(study, Asked("pay"), 9, 50, monkeypatch, True)
    np.testing.assert_allclose(found.sums.by_group, expected.sums.by_group, rtol=1e-12, atol=1e-12)


def test_nothing_to_divide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = log(6)
    study = make_study(tmp_path / "touch", {"interactions": frame.assign(channel=None)})
    with pytest.raises(NotEnoughData, match="no event has a channel"):
        by_blocks(study, Asked("pay"), 10, 1_000, monkeypatch)
    young = frame[(frame["event"] != "pay") | (frame["occurred_at"] == frame["occurred_at"].min())]
    study = make_study(tmp_path / "young", {"interactions": pd.concat([young, frame[frame["event"] == "pay"].head(1).assign(
        customer_id="other", interaction_id="x", channel=None)])})
    asked = Asked("pay", lookback=86_400_000.0, touch_events=["ad"])
    expected, (found, _) = counted(journeys_here(study, asked), MODELS, 10), by_blocks(study, asked, 10, 1_000, monkeypatch)
    assert found.customers == expected.customers == 0
    assert (found.pending, found.untouched) == (expected.pending, expected.untouched)
    assert not found.sums.by_group.any()


def test_tasks_need_numpy_and_pyarrow_only(tmp_path: Path) -> None:
    """The zip that workers get holds all that a task imports."""
    (tmp_path / "kernel.zip").write_bytes(kernel_zip())
    code = ("import sys; sys.path.insert(0, 'kernel.zip')\n"
            "class Bare:\n"
            "    def find_spec(self, name, *_):\n"
            "        if name.split('.')[0] in ('pandas', 'scipy', 'duckdb', 'pydantic', 'sqlglot', 'pyspark'): raise ModuleNotFoundError(name)\n"
            "sys.meta_path.insert(0, Bare())\n"
            "import cjm_research, pickle; from cjm_research.engine.attribution.tasks import Credits, Models, Rule\n"
            "assert 'kernel.zip' in cjm_research.__file__, cjm_research.__file__\n"
            "import pyarrow as pa\n"
            "task = pickle.loads(pickle.dumps(Credits(Rule(None, 9, False), Models(('linear', 'shapley')), ('a',), True, True)))\n"
            "columns = {'u': (['x', 'x', 'x'], 'string'), 'grp': ([0, 0, 0], 'int64'), 't': ([1, 2, 3], 'int64'), 'v': (['a', 'b', None], 'string'),\n"
            "           'goal': ([False, False, True], 'bool'), 'value': ([None, None, 5.0], 'float64'), 'session': ([None, None, None], 'string')}\n"
            "rows = pa.table({c: pa.array(v, kind) for c, (v, kind) in columns.items()})\n"
            "print(pa.Table.from_batches(task(iter(rows.to_batches()))).column('sums').to_pylist()[0][:5])")
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.stdout.strip() == "[1.0, 0.5, 0.5, 0.5, 0.5]", run.stderr
