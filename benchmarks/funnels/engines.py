"""One engine, one question, one fresh process: prepares what is not timed, then times, and prints one JSON line.

    python -m benchmarks.funnels.engines ENGINE FOLDER

Timed are processor seconds (user and system), the clock, and the largest resident memory of the process.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

STEPS = ["ev_00", "ev_02", "ev_04", "ev_07", "ev_11"]
WINDOW = 7 * 86_400_000_000  # µs
GAP = 1_800_000_000
Timed = Callable[[], dict[str, Any]]


def kernel_counts(folder: Path) -> Timed:
    """Ours: step counts alone, from the memory-mapped index."""
    from cjm_research.engine.log_index import LogIndex
    from cjm_research.engine.sequence import Rule, count

    index = LogIndex.open(folder / "index")
    assert index is not None
    return lambda: {"counts": count([index.of_event([s]) for s in STEPS], Rule(window=WINDOW), disjoint=True).tolist()}


def kernel_open(folder: Path) -> Timed:
    """Ours without a window, to compare with retentioneering."""
    from cjm_research.engine.log_index import LogIndex
    from cjm_research.engine.sequence import Rule, count

    index = LogIndex.open(folder / "index")
    assert index is not None
    return lambda: {"counts": count([index.of_event([s]) for s in STEPS], Rule(), disjoint=True).tolist()}


def kernel_full(folder: Path) -> Timed:
    """Ours: counts, Wilson intervals, median times of each step, and who is pending."""
    import numpy as np

    from cjm_research.engine.log_index import LogIndex
    from cjm_research.engine.sequence import Rule, walk
    from cjm_research.stats.shares import wilson

    index = LogIndex.open(folder / "index")
    assert index is not None
    end = index.end

    def run() -> dict[str, Any]:
        chains = walk([index.of_event([s]) for s in STEPS], Rule(window=WINDOW), disjoint=True)
        counts = chains.counts()
        low, high = wilson(counts, counts[0])
        medians = []
        for k in range(1, len(STEPS)):
            both = np.flatnonzero(chains.reached[:, k])
            gaps = chains.times[both, k] - chains.times[both, k - 1]
            medians.append(int(np.partition(gaps, (len(gaps) - 1) // 2)[(len(gaps) - 1) // 2]))
        pending = int((~chains.reached[:, -1] & (chains.open_until > end)).sum())
        return {"counts": counts.tolist(), "medians": medians, "pending": pending, "low": low.tolist(), "high": high.tolist()}

    return run


def product(folder: Path) -> Timed:
    """Ours: the whole answer of `funnel` as a notebook gets it (all frames, findings and their evidence)."""
    from cjm_research.analysis.funnels import funnel
    from cjm_research.params import Params, Workspace
    from cjm_research.study import Study

    settings = {"client": "big", "funnels": [{"name": "f", "window": "7d", "steps": [{"name": s, "event": s} for s in STEPS]}]}
    rows = json.loads((folder / "rows.json").read_text())
    study = Study(Params.model_validate(settings), Workspace(folder / "workspace"), {"tables": {"interactions": {"rows": rows, "sha256": "x"}}})
    funnel(study, "f", window="2d")  # opens the index

    def run() -> dict[str, Any]:
        return {"counts": funnel(study, "f")["steps"]["n"].tolist()}

    return run


def asof_sql(log: str, full: bool) -> str:
    """The fastest SQL found for DuckDB: a chain of ASOF joins. full: with medians and pending.

    With times, an attempt takes the first event that follows at every step, which costs a GROUP BY a step; counts
    alone do without.
    """
    n = len(STEPS)
    parts = [f"b AS MATERIALIZED (SELECT u, t, e FROM {log} WHERE e IN ({', '.join(repr(s) for s in STEPS)}))",
             f"c0 AS (SELECT u, t, t AS t0 FROM b WHERE e = '{STEPS[0]}')"]
    for k in range(1, n):
        times = ", ".join(f"a.t{j}" for j in range(k if full else 1))
        own = (f"min(x.t) AS t, {times}, min(x.t) AS t{k}", f" GROUP BY x.u, {times}") if full else (f"x.t, {times}", "")
        parts.append(f"c{k} AS MATERIALIZED (SELECT x.u, {own[0]} FROM (SELECT u, t FROM b WHERE e = '{STEPS[k]}') x "
                     f"ASOF JOIN c{k - 1} a ON x.u = a.u AND x.t >= a.t WHERE x.t - a.t0 <= {WINDOW}{own[1]})")
    if not full:
        return f"WITH {', '.join(parts)} SELECT " + ", ".join(f"(SELECT count(DISTINCT u) FROM c{k})" for k in range(n))
    parts.append("f0 AS (SELECT u, max(t0) AS last FROM c0 GROUP BY u)")
    # of the attempts that reach a step the one that does so first decides
    parts += [f"f{k} AS (SELECT u, min(t{k}) AS d, arg_min(t{k - 1}, t{k}) AS p FROM c{k} GROUP BY u)" for k in range(1, n)]
    joins = " ".join(f"LEFT JOIN f{k} USING (u)" for k in range(1, n))
    # the time of a step is that of the deciding attempt: the deepest of the customer
    return f"WITH {', '.join(parts)} {_full_answer(n, log, joins)}"


def _full_answer(n: int, log: str, joins: str) -> str:
    deepest = " ".join(f"WHEN f{k}.u IS NOT NULL THEN {k}" for k in range(n - 1, 0, -1))
    times = "UNION ALL ".join(
        f"SELECT {k} AS depth, u, {', '.join(f't{j} - t{j - 1} AS g{j}' if j <= k else f'NULL AS g{j}' for j in range(1, n))} "
        f"FROM (SELECT * FROM c{k} QUALIFY row_number() OVER (PARTITION BY u ORDER BY t{k}) = 1) " for k in range(1, n))
    return (f", per AS (SELECT f0.u, last, CASE {deepest} ELSE 0 END AS depth FROM f0 {joins}), way AS ({times}) "
            f"SELECT count(*), {', '.join(f'count(*) FILTER (depth >= {k})' for k in range(1, n))}, "
            f"{', '.join(f'quantile_disc(g{j}, 0.5)' for j in range(1, n))}, "
            f"count(*) FILTER (depth < {n - 1} AND last + {WINDOW} > (SELECT max(t) FROM {log})) FROM per LEFT JOIN way USING (u, depth)")


def _duck(folder: Path, native: bool, full: bool, order: str = "u_t") -> Timed:
    import duckdb

    con = duckdb.connect(str(folder / f"{order}.duckdb"), read_only=True) if native else duckdb.connect()
    con.execute("SET threads=2; SET TimeZone='UTC'")
    log = "log" if native else f"(SELECT customer_id AS u, epoch_us(occurred_at) AS t, event AS e FROM '{folder / 'time.parquet'}')"
    sql = asof_sql(log, full)
    n = len(STEPS)

    def run() -> dict[str, Any]:
        row = con.execute(sql).fetchone()
        assert row is not None
        return {"counts": list(row[:n]), **({"medians": list(row[n:2 * n - 1]), "pending": row[-1]} if full else {})}

    return run


def duckdb_counts(folder: Path) -> Timed:
    """DuckDB's SQL, counts alone, on its own table clustered by event, customer and time."""
    return _duck(folder, True, False, "e_u_t")


def duckdb_full(folder: Path) -> Timed:
    """DuckDB's SQL with medians and pending, on its own table clustered by event, customer and time."""
    return _duck(folder, True, True, "e_u_t")


def duckdb_by_user(folder: Path) -> Timed:
    """The same on a table clustered by customer and time."""
    return _duck(folder, True, True)


def duckdb_parquet(folder: Path) -> Timed:
    """The same from the Parquet file as it arrived."""
    return _duck(folder, False, True)


def chdb(folder: Path) -> Timed:
    """ClickHouse in process: windowFunnel on its own MergeTree table by customer and time; it gives no times."""
    from chdb import session

    s = session.Session(str(folder / "chdb"))
    conditions = ", ".join(f"e = '{x}'" for x in STEPS)
    sql = (f"SELECT d, count() AS n FROM (SELECT windowFunnel({WINDOW})(t, {conditions}) AS d FROM bench.log GROUP BY u) "
           "WHERE d > 0 GROUP BY d SETTINGS max_threads = 2")

    def run() -> dict[str, Any]:
        lines = str(s.query(sql, "CSV")).split()
        by_depth = {int(a): int(b) for a, b in (line.split(",") for line in lines)}
        return {"counts": [sum(n for d, n in by_depth.items() if d >= k) for k in range(1, len(STEPS) + 1)]}

    return run


def polars(folder: Path) -> Timed:
    """Polars: a chain of join_asof from the Parquet file."""
    import polars as pl

    def run() -> dict[str, Any]:
        log = (pl.scan_parquet(folder / "time.parquet").filter(pl.col("event").is_in(STEPS))
               .select(u="customer_id", t=pl.col("occurred_at").dt.timestamp("us"), e="event").sort("u", "t").collect())
        last = log.filter(pl.col("e") == STEPS[0]).select("u", "t", t0="t")
        counts = [last["u"].n_unique()]
        for step in STEPS[1:]:
            here = log.filter(pl.col("e") == step).select("u", "t")
            last = (here.sort("t").join_asof(last.sort("t").select("u", "t", "t0"), on="t", by="u", strategy="backward")
                    .filter(pl.col("t") - pl.col("t0") <= WINDOW))
            counts.append(last["u"].n_unique())
        return {"counts": counts}

    return run


def pandas(folder: Path) -> Timed:
    """pandas: a chain of merge_asof from the Parquet file."""
    import pandas as pd

    def run() -> dict[str, Any]:
        log = pd.read_parquet(folder / "time.parquet", columns=["customer_id", "occurred_at", "event"], filters=[("event", "in", STEPS)])
        log = log.sort_values("occurred_at", kind="stable")
        last = log.loc[log["event"] == STEPS[0], ["customer_id", "occurred_at"]].assign(t0=lambda f: f["occurred_at"])
        counts = [last["customer_id"].nunique()]
        for step in STEPS[1:]:
            here = log.loc[log["event"] == step, ["customer_id", "occurred_at"]]
            last = pd.merge_asof(here, last, on="occurred_at", by="customer_id")
            last = last[last["occurred_at"] - last["t0"] <= pd.Timedelta(microseconds=WINDOW)]
            counts.append(last["customer_id"].nunique())
        return {"counts": [int(c) for c in counts]}

    return run


def retentioneering(folder: Path) -> Timed:
    """retentioneering: its funnel has no window, so its counts are compared with ours without one; its own store
    is built before the clock starts. It takes events of one instant in the order of its rows, so they are given in the
    order of the steps, which makes its counts comparable."""
    import os

    os.environ["RETENTIONEERING_NO_TRACK"] = "1"
    import pandas as pd
    from retentioneering.eventstream import Eventstream

    log = pd.read_parquet(folder / "time.parquet", columns=["customer_id", "occurred_at", "event"]).rename(
        columns={"customer_id": "user_id", "occurred_at": "timestamp"})
    log["timestamp"] = log["timestamp"].dt.tz_localize(None)
    place = {s: k for k, s in enumerate(STEPS)}
    log = log.iloc[log["event"].map(place).fillna(len(STEPS)).argsort(kind="stable")].sort_values(["user_id", "timestamp"], kind="stable")
    stream = Eventstream(log)

    def run() -> dict[str, Any]:
        return {"counts": [s["unique_paths"] for s in json.loads(stream.funnel(STEPS).result)["steps"]]}

    return run


def state_machine(folder: Path) -> Timed:
    """A compiled loop over every event by customer and time (numba): how far a plain state machine gets."""
    import numba
    import numpy as np

    from cjm_research.engine.log_index import LogIndex

    index = LogIndex.open(folder / "index")
    assert index is not None
    step_of = np.full(256, -1, dtype=np.int8)
    for k, s in enumerate(STEPS):
        step_of[index.code_of("event", [s])[0]] = k

    @numba.njit
    def loop(u, t, e, step_of, n, window):  # type: ignore[no-untyped-def]
        counts = np.zeros(n, dtype=np.int64)
        start = np.full(n, -1, dtype=np.int64)
        depth, now, i = -1, -1, 0
        while i < len(u):
            if u[i] != now:
                for k in range(depth + 1):
                    counts[k] += 1
                depth, now = -1, u[i]
                start[:] = -1
            j = i
            while j < len(u) and u[j] == now and t[j] == t[i]:
                j += 1
            for k in range(n):  # equal times in any order
                for x in range(i, j):
                    if step_of[e[x]] == k:
                        if k == 0:
                            start[0] = t[x]
                            depth = max(depth, 0)
                        elif start[k - 1] >= 0 and t[x] - start[k - 1] <= window:
                            start[k] = start[k - 1]
                            depth = max(depth, k)
            i = j
        for k in range(depth + 1):
            counts[k] += 1
        return counts

    loop(index.log.u[:10], index.log.t[:10], index.codes("event")[:10], step_of, len(STEPS), WINDOW)  # compiles
    return lambda: {"counts": loop(index.log.u, index.log.t, index.codes("event"), step_of, len(STEPS), WINDOW).tolist()}


def floor_scan(folder: Path) -> Timed:
    """The physical limit: DuckDB reads the three columns of the Parquet file and counts the rows of the steps."""
    import duckdb

    con = duckdb.connect()
    con.execute("SET threads=2; SET TimeZone='UTC'")
    names = ", ".join(f"'{s}'" for s in STEPS)
    sql = f"SELECT sum(customer_id), max(epoch_us(occurred_at)) FROM '{folder / 'time.parquet'}' WHERE event IN ({names})"
    return lambda: {"row": str(con.execute(sql).fetchone())}


def floor_bytes(folder: Path) -> Timed:
    """The physical limit: reading once, in numpy, the bytes of the index that the funnel needs."""
    from cjm_research.engine.log_index import LogIndex

    index = LogIndex.open(folder / "index")
    assert index is not None

    def run() -> dict[str, Any]:
        rows = [index.of_event([s]) for s in STEPS]
        return {"sum": int(sum(int(r.u.sum()) + int(r.t.max()) + int(r.g.sum()) for r in rows))}

    return run


def transitions(folder: Path) -> Timed:
    """Ours: transitions in sessions of 30 minutes, with median times."""
    import numpy as np

    from cjm_research.analysis.paths.graph import transitions_frame
    from cjm_research.analysis.paths.walks import walks_of
    from cjm_research.engine.log_index import LogIndex

    index = LogIndex.open(folder / "index")
    assert index is not None

    def run() -> dict[str, Any]:
        log = index.log
        new = np.ones(len(log), dtype=bool)
        for low in range(0, len(log) - 1, 4_000_000):
            here, before = slice(low + 1, low + 4_000_001), slice(low, min(low + 4_000_000, len(log) - 1))
            new[here] = (log.u[here] != log.u[before]) | (log.t[here] - log.t[before] > GAP)
        unit = np.cumsum(new, dtype=np.int64)
        unit -= 1
        walks = walks_of(unit, index.codes("event") - np.uint8(1), log.t, log.u[np.flatnonzero(new)], list(index.names["event"]))
        table = transitions_frame(walks)
        inner = table[(table["from"] != "(start)") & (table["to"] != "(end)")]
        return {"counts": [int(inner["n"].sum()), len(inner)]}

    return run


def transitions_duckdb(folder: Path) -> Timed:
    """DuckDB: the same with LEAD on its table by customer and time."""
    import duckdb

    con = duckdb.connect(str(folder / "u_t.duckdb"), read_only=True)
    con.execute("SET threads=2")
    sql = f"""SELECT sum(n), count(*), sum(m) FROM (SELECT e, f, count(*) AS n, quantile_disc(gap, 0.5) AS m FROM (SELECT e, lead(e) OVER w AS f, lead(t) OVER w - t AS gap
        FROM log WINDOW w AS (PARTITION BY u ORDER BY t, e)) WHERE f IS NOT NULL AND gap <= {GAP} GROUP BY ALL)"""

    def run() -> dict[str, Any]:
        row = con.execute(sql).fetchone()
        assert row is not None
        return {"counts": [int(row[0]), int(row[1])]}

    return run


def retention(folder: Path) -> Timed:
    """Ours: weekly retention over 8 weeks with intervals."""
    from cjm_research.params import Params, Workspace
    from cjm_research.study import Study

    rows = json.loads((folder / "rows.json").read_text())
    study = Study(Params.model_validate({"client": "big"}), Workspace(folder / "workspace"), {"tables": {"interactions": {"rows": rows, "sha256": "x"}}})
    from cjm_research.analysis.retention.counting import curve_of, edges_of, returns_of
    from cjm_research.log.events import events_of

    events = events_of(study)
    assert events.end

    def run() -> dict[str, Any]:
        curve = curve_of(returns_of(events, None, None), edges_of("n_day", "week", 8, (1, 7)))
        return {"counts": curve["n"].tolist() + curve["base"].tolist()}

    return run


def retention_duckdb(folder: Path) -> Timed:
    """DuckDB: the same in SQL on its table by customer and time."""
    import duckdb

    con = duckdb.connect(str(folder / "u_t.duckdb"), read_only=True)
    con.execute("SET threads=2")
    week = 7 * 86_400_000_000
    sql = f"""WITH f AS (SELECT u, min(t) AS t0 FROM log GROUP BY u), hit AS (SELECT DISTINCT u, (t - t0) // {week} AS k FROM log JOIN f USING (u) WHERE t > t0),
        e AS (SELECT max(t) AS last FROM log)
        SELECT k, (SELECT count(*) FROM hit JOIN f USING (u) WHERE hit.k = w.k AND t0 + (w.k + 1) * {week} <= last + 1),
        (SELECT count(*) FROM f WHERE t0 + (w.k + 1) * {week} <= last + 1) FROM (SELECT unnest(range(1, 9)) AS k) w, e ORDER BY k"""

    def run() -> dict[str, Any]:
        rows = con.execute(sql).fetchall()
        return {"counts": [int(r[1]) for r in rows] + [int(r[2]) for r in rows]}

    return run


ENGINES: dict[str, Callable[[Path], Timed]] = {f.__name__: f for f in (
    kernel_counts, kernel_open, kernel_full, product, duckdb_counts, duckdb_full, duckdb_by_user, duckdb_parquet, chdb, polars, pandas, retentioneering,
    state_machine, floor_scan, floor_bytes, transitions, transitions_duckdb, retention, retention_duckdb)}


def _resident_mb() -> int:
    """The most memory this process ever held, mapped files included; getrusage would count the parent's too."""
    status = Path("/proc/self/status").read_text() if Path("/proc/self/status").exists() else ""
    found = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(found[0].split()[1]) // 1024 if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    """Run one engine: once to warm what caches there are, then timed."""
    name, folder = sys.argv[1], Path(sys.argv[2])
    try:
        run = ENGINES[name](folder)
    except ImportError as error:
        print(json.dumps({"engine": name, "absent": str(error)}))
        return
    run()
    before = resource.getrusage(resource.RUSAGE_SELF)
    clock = time.perf_counter()
    answer = run()
    clock = time.perf_counter() - clock
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"engine": name, "cpu_s": cpu, "wall_s": clock, "rss_mb": _resident_mb(), **answer}))


if __name__ == "__main__":
    main()
