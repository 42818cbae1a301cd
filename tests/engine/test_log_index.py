"""The memory-mapped index against the file it is made of."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cjm_research.engine import log_index
from cjm_research.engine.log_index import LogIndex, ensure_index, where_codes


def log_frame(seed: int, rows: int = 3000) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "interaction_id": [f"i{i:05d}" for i in range(rows)], "customer_id": [f"c{i}" for i in rng.integers(0, 200, rows)],
        "occurred_at": pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(rng.integers(0, 5000, rows), unit="m"),
        "event": [f"e{i}" for i in rng.integers(0, 7, rows)], "channel": [["web", None, "app"][i] for i in rng.integers(0, 3, rows)]})


@pytest.mark.parametrize("sorted_file", [True, False])
def test_it_says_what_the_file_says(tmp_path, sorted_file, monkeypatch):
    monkeypatch.setattr(log_index, "_CHUNK", 700)
    frame = log_frame(1)
    if not sorted_file:
        frame.loc[[5, 9], "customer_id"] = None
        frame.loc[7, "occurred_at"] = pd.NaT
    else:
        frame = frame.sort_values(["customer_id", "occurred_at", "interaction_id"])
    path = tmp_path / "x.parquet"
    frame.to_parquet(path, index=False, row_group_size=400)
    index = ensure_index(path, tmp_path / "log")
    known = frame.reset_index(drop=True).dropna(subset=["customer_id", "occurred_at"]).sort_values(["customer_id", "occurred_at", "interaction_id"])
    assert (index.rows, index.without_customer, index.without_time) == (len(known), 0 if sorted_file else 2, 0 if sorted_file else 1)
    assert index.ids(index.log.u).to_pylist() == known["customer_id"].tolist()
    assert (index.log.t == known["occurred_at"].dt.as_unit("us").astype("int64")).all()
    assert index.file_rows(np.arange(index.rows)).tolist() == known.index.tolist()
    instants = known.groupby(["customer_id", "occurred_at"], sort=True).ngroup().to_numpy()
    assert np.array_equal(index.log.g, instants)
    for name in ("e0", "e3"):
        at = np.flatnonzero(known["event"] == name)
        rows = index.of_event([name])
        assert rows.o.tolist() == at.tolist() and rows.g.tolist() == instants[at].tolist()
        assert rows.u.tolist() == index.log.u[at].tolist() and rows.t.tolist() == index.log.t[at].tolist()
    both = index.of_event(["e0", "e3", "never"])
    assert both.o.tolist() == np.flatnonzero(known["event"].isin(["e0", "e3"])).tolist()
    assert where_codes(index, "channel", ["app"]).tolist() == (known["channel"] == "app").tolist()
    some = known.index.to_numpy()[::-3]
    assert index.positions(some).tolist() == np.flatnonzero(known.index.isin(some)).tolist()


def test_it_is_made_once_and_again_for_another_file(tmp_path):
    path = tmp_path / "x.parquet"
    log_frame(1).to_parquet(path, index=False)
    ensure_index(path, tmp_path / "log")
    stamp = (tmp_path / "log" / log_index.META).stat().st_mtime_ns
    ensure_index(path, tmp_path / "log")
    assert (tmp_path / "log" / log_index.META).stat().st_mtime_ns == stamp
    log_frame(2, 100).to_parquet(path, index=False)
    assert ensure_index(path, tmp_path / "log").rows == 100
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_many_values_and_no_rows(tmp_path):
    many = log_frame(1, 70_000).assign(event=[f"e{i}" for i in range(70_000)])
    many.sort_values(["customer_id", "occurred_at", "interaction_id"]).to_parquet(tmp_path / "many.parquet", index=False)
    index = ensure_index(tmp_path / "many.parquet", tmp_path / "many")
    assert len(index.names["event"]) == 70_000 and len(index.of_event(["e69999"])) == 1
    log_frame(1).iloc[:0].to_parquet(tmp_path / "none.parquet", index=False)
    empty = ensure_index(tmp_path / "none.parquet", tmp_path / "none")
    assert empty.rows == 0 and len(empty.of_event(["x"])) == 0 and empty.log.customers == 0


def test_no_index_is_none(tmp_path):
    assert LogIndex.open(tmp_path) is None


def test_searching_a_customers_events(tmp_path):
    log_frame(3).to_parquet(tmp_path / "x.parquet", index=False)
    log = ensure_index(tmp_path / "x.parquet", tmp_path / "log").log
    rng = np.random.default_rng(0)
    u = rng.integers(0, log.customers, 200)
    t = log.t[rng.integers(0, len(log), 200)]
    for who, when, found in zip(u, t, log.after(u, t), strict=True):
        own = np.arange(log.first[who], log.first[who + 1])
        later = own[log.t[own] > when]
        assert found == (later[0] if len(later) else log.first[who + 1])


def test_an_empty_text_is_none(tmp_path):
    path = tmp_path / "x.parquet"
    frame = log_frame(3, 200).assign(channel=[["web", "", None][i % 3] for i in range(200)])
    frame.to_parquet(path, index=False)
    index = ensure_index(path, tmp_path / "log")
    assert list(index.names["channel"]) == ["web"]
    assert int((index.codes("channel") > 0).sum()) == int((frame["channel"] == "web").sum())
