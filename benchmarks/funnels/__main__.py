"""Five-step ordered seven-day funnels, transitions and retention against other engines, interleaved.

    python -m benchmarks.funnels --events 1e6 1e7 --rounds 5 [--folder /tmp/cjm-bench] [--only kernel_full,chdb]

Every engine answers in a fresh process; engines take turns; medians and ratios are printed. Counts are compared
before any time is. Engines that are not installed are named and left out (pip install chdb polars numba retentioneering).
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.funnels.engines import ENGINES
from benchmarks.funnels.generate import write

#: engines too slow or too large from this many events on
LIMITS = {"retentioneering": 2e7}
SAME = {"kernel_open": "open funnel", "retentioneering": "open funnel", "transitions": "transitions", "transitions_duckdb": "transitions", "retention": "retention", "retention_duckdb": "retention"}


def prepare(folder: Path, events: int) -> dict[str, float]:
    """The log and every engine's own storage; seconds of what is compared."""
    seconds: dict[str, float] = {}
    rows = folder / "rows.json"
    if not rows.is_file():
        rows_written = write(folder, events)
        rows.write_text(json.dumps(rows_written))
    for name, code in (("duckdb sort of the same columns", _SORT), ("index: sort and build", _INDEX), ("native tables", _NATIVE), ("chdb table", _CHDB)):
        done = folder / f"{name.split()[0].strip(':')}.done"
        if done.is_file():
            continue
        run = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True)
        if run.returncode:
            print(f"{name}: not prepared ({run.stderr.strip().splitlines()[-1] if run.stderr else 'failed'})")
            continue
        done.write_text(run.stdout)
        seconds[name] = json.loads(run.stdout.strip().splitlines()[-1])["cpu_s"]
    return seconds


_TIMED = """
import json, resource, sys, time
from pathlib import Path
import duckdb, numpy, pyarrow.compute, pyarrow.parquet  # loading them is not what is compared
folder = Path(sys.argv[1])
def cpu():
    r = resource.getrusage(resource.RUSAGE_SELF); return r.ru_utime + r.ru_stime
begin = cpu(); clock = time.perf_counter()
def done(): print(json.dumps({"cpu_s": cpu() - begin, "wall_s": time.perf_counter() - clock}))
"""
_SORT = _TIMED + """
import duckdb
con = duckdb.connect(); con.execute(f"SET threads=2; SET TimeZone='UTC'; SET memory_limit='6GB'; SET temp_directory='{folder / 'spill'}'")
con.execute(f"COPY (SELECT * FROM '{folder / 'time.parquet'}' ORDER BY customer_id, occurred_at) TO '{folder / 'sorted.parquet'}' "
            "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)")
done()
"""
_INDEX = _TIMED + """
import os, shutil
from cjm_research.engine.log_index import build_index, ensure_index
target = folder / "index"; shutil.rmtree(target, ignore_errors=True); target.mkdir()
build_index(folder / "sorted.parquet", target)
done()
tables = folder / "workspace/data/tables/big"; tables.mkdir(parents=True, exist_ok=True)
(tables / "interactions.parquet").unlink(missing_ok=True); os.link(folder / "sorted.parquet", tables / "interactions.parquet")
(tables / "log").unlink(missing_ok=True); os.symlink(target, tables / "log")
"""
_NATIVE = _TIMED + """
import duckdb
from benchmarks.funnels.generate import NAMES
for order in ("u_t", "e_u_t"):
    path = folder / f"{order}.duckdb"; path.unlink(missing_ok=True)
    con = duckdb.connect(str(path)); con.execute(f"SET threads=2; SET TimeZone='UTC'; SET memory_limit='6GB'; SET temp_directory='{folder / 'spill'}'")
    con.execute(f"CREATE TYPE name AS ENUM {tuple(NAMES)}")
    by = order.replace("_", ", ")
    con.execute(f"CREATE TABLE log AS SELECT customer_id::INTEGER AS u, epoch_us(occurred_at) AS t, event::name AS e FROM '{folder / 'sorted.parquet'}' ORDER BY {by}")
    con.close()
done()
"""
_CHDB = _TIMED + """
import shutil
from chdb import session
shutil.rmtree(folder / "chdb", ignore_errors=True)
s = session.Session(str(folder / "chdb"))
s.query("CREATE DATABASE IF NOT EXISTS bench")
s.query("CREATE TABLE bench.log (u UInt32, t UInt64, e LowCardinality(String)) ENGINE = MergeTree ORDER BY (u, t)")
s.query(f"INSERT INTO bench.log SELECT customer_id, toUnixTimestamp64Micro(occurred_at), event FROM file('{folder / 'sorted.parquet'}', Parquet)")
s.query("OPTIMIZE TABLE bench.log FINAL")
done()
"""


def measure(folder: Path, engines: list[str], rounds: int) -> dict[str, list[dict[str, Any]]]:
    """Every engine in turn, so that other load hits all alike."""
    found: dict[str, list[dict[str, Any]]] = {e: [] for e in engines}
    for turn in range(rounds):
        for name in engines:
            if found[name] and "absent" in found[name][0]:
                continue
            run = subprocess.run([sys.executable, "-m", "benchmarks.funnels.engines", name, str(folder)], capture_output=True, text=True)
            if run.returncode:
                found[name].append({"engine": name, "failed": (run.stderr.strip().splitlines() or ["no message"])[-1]})
            else:
                found[name].append(json.loads(run.stdout.strip().splitlines()[-1]))
            with (folder / "runs.jsonl").open("a") as kept:  # what was measured stays where the rest is interrupted
                kept.write(json.dumps(found[name][-1]) + "\n")
            print(f"\r  round {turn + 1}/{rounds}: {name:20}", end="", file=sys.stderr)
    print(file=sys.stderr)
    return found


def report(found: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Medians; counts are compared within each question first."""
    answers: dict[str, Any] = {}
    rows = []
    for name, runs in found.items():
        wrong = [r for r in runs if "absent" in r or "failed" in r]
        runs = [r for r in runs if r not in wrong]
        if wrong:
            print(f"{name:20} {len(wrong)} runs left out: {wrong[0].get('absent') or wrong[0]['failed']}")
        if not runs:
            continue
        first = runs[0]
        question = SAME.get(name, "funnel")
        if "counts" in first:
            expected = answers.setdefault(question, first["counts"])
            if any(r["counts"] != expected for r in runs):
                print(f"{name:20} OTHER COUNTS: {first['counts']} instead of {expected}")
        for key in ("medians", "pending"):
            if key in first and answers.setdefault(f"{question} {key}", first[key]) != first[key]:
                print(f"{name:20} other {key}: {first[key]} instead of {answers[f'{question} {key}']}")
        rows.append({"engine": name, **{k: statistics.median(r[k] for r in runs) for k in ("cpu_s", "wall_s", "rss_mb")}})
    by = {r["engine"]: r for r in rows}
    print(f"{'engine':20} {'CPU s':>9} {'clock s':>9} {'MB':>7}   x kernel_counts  x kernel_full")
    for r in rows:
        ratios = "".join(f"{r['cpu_s'] / by[b]['cpu_s']:16.2f}" for b in ("kernel_counts", "kernel_full") if b in by)
        print(f"{r['engine']:20} {r['cpu_s']:9.3f} {r['wall_s']:9.3f} {r['rss_mb']:7.0f} {ratios}")
    print(f"funnel: {answers.get('funnel')}  medians (µs): {answers.get('funnel medians')}  pending: {answers.get('funnel pending')}")
    return rows


def main() -> None:
    """Prepare, measure, print, and write `result.json` beside the logs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", nargs="+", type=float, default=[1e6])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "cjm-bench")
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    result = {}
    for events in map(int, args.events):
        folder = args.folder / f"{events:.0e}"
        print(f"\n{events:,} events")
        clock = time.perf_counter()
        for name, cpu in prepare(folder, events).items():
            print(f"prepared: {name}: {cpu:.2f} CPU s")
        print(f"prepared in {time.perf_counter() - clock:.0f} s; {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024} MB at most")
        chosen = [e for e in (args.only.split(",") if args.only else ENGINES) if events <= LIMITS.get(e, 1e12)]
        result[events] = report(measure(folder, chosen, args.rounds))
    (args.folder / "result.json").write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
