"""A seeded log: 30 event names (Zipf), 5 channels, 90 days, about 20 events a customer in sessions of about 5,
1 % ties and 0.5 % duplicate rows. Written ordered by time, as logs arrive, and by customer and time."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

DAY = 86_400_000_000  # µs
START = 1_704_067_200_000_000  # 2024-01-01
NAMES = [f"ev_{i:02d}" for i in range(30)]


def arrays(events: int, seed: int = 7) -> dict[str, np.ndarray]:
    """u, t (µs), e and c of about so many events."""
    rng = np.random.default_rng(seed)
    customers = max(1, events // 20)
    weight = np.minimum(rng.lognormal(0, 1, customers), 50)
    counts = np.maximum(1, np.round(weight / weight.mean() * 19.9)).astype(np.int64)
    u = np.repeat(np.arange(customers, dtype=np.int32), counts)
    n = len(u)
    new = rng.random(n, dtype=np.float32) < 0.2
    new[np.concatenate(([0], np.cumsum(counts)[:-1]))] = True
    session = np.cumsum(new) - 1
    begin = START + rng.integers(0, 90 * DAY, session[-1] + 1)
    gap = (rng.standard_exponential(n, dtype=np.float32) * 60e6).astype(np.int64)
    gap[new | (rng.random(n, dtype=np.float32) < 0.01)] = 0
    t = np.cumsum(gap)
    t += (begin - t[new])[session]
    share = 1 / np.arange(1, 31)
    e = np.searchsorted(np.cumsum(share / share.sum()), rng.random(n)).astype(np.int8).clip(0, 29)
    c = rng.integers(0, 5, n).astype(np.int8)
    again = np.sort(np.concatenate((np.arange(n), rng.integers(0, n, n // 200))))
    return {"u": u[again], "t": t[again], "e": e[again], "c": c[again]}


def write(folder: Path, events: int) -> int:
    """Write `time.parquet` (by time) and `sorted.parquet` (by customer and time); returns the number of rows."""
    folder.mkdir(parents=True, exist_ok=True)
    made = arrays(events)
    table = pa.table({"u": made["u"], "t": made["t"], "e": made["e"], "c": made["c"]})
    rows = table.num_rows
    del made
    con = duckdb.connect()
    con.execute(f"SET TimeZone='UTC'; SET temp_directory='{folder / 'spill'}'")
    con.register("made", table)
    names, channels = NAMES, ["web", "app", "store", "phone", "mail"]
    columns = (f"u AS customer_id, make_timestamptz(t) AS occurred_at, {names}[e + 1] AS event, {channels}[c + 1] AS channel")
    con.execute(f"COPY (SELECT {columns} FROM made ORDER BY t) TO '{folder / 'time.parquet'}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)")
    return rows
