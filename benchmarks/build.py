"""What `cjm build` costs beside DuckDB that writes the same two sorted copies, from Parquet, CSV and JSON lines, as ratios.

Run with `python -m benchmarks.build [--events 1e6 1e7] [--formats parquet csv jsonl] [--rounds 1] [--keep FOLDER]`. The events are
those of the demo's app by their form: ids, devices before anybody is logged in, times in UTC, sessions, nested properties. Each build is a fresh process on a fresh
workspace; CPU seconds are those of the process and its children, memory is the peak of the process tree, sampled. The rows are
compared before the times. A build that holds all rows in memory, since it could not show that the export keeps to the rules, is no
measurement: the benchmark stops.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[1]
ENDINGS = {"parquet": "parquet", "csv": "csv", "jsonl": "jsonl"}
SAMPLE_S = 0.05
_EVENTS = ("app_open", "guide_read", "view_item", "add_to_cart", "begin_checkout", "view_delivery_slots", "slot_unavailable", "add_shipping_info",
           "purchase", "gear_finder_start", "gear_finder_result", "book_advice", "view_store_stock", "newsletter_link", "ad_open", "review_prompt")
PARAMS = """
client: big
title: A large log
timezone: Europe/Berlin
sources:
  - name: app
    kind: events
    files: app/events.{ending}
    columns: {{customer_id: user_id, occurred_at: timestamp, event: event, interaction_id: event_id, session_id: session_id, value: properties.value}}
    constants: {{channel: app}}
    settings:
      keys: {{device_id: device_id}}
      properties: {{item: properties.item_id, category: properties.category, guide: properties.guide, source: properties.source, medium: properties.medium, platform: platform}}
journey:
  stages:
    - name: Awareness
      touchpoints:
        - {{name: Social ad, channel: social, match: [{{source: app, event: ad_open}}]}}
        - {{name: Trail guide, channel: web, match: [{{source: app, event: guide_read}}]}}
    - name: Consideration
      touchpoints:
        - {{name: Product page, channel: web, match: {{event: view_item}}}}
        - {{name: Gear finder, channel: web, match: {{event: [gear_finder_start, gear_finder_result]}}}}
    - name: Decision
      touchpoints:
        - {{name: Basket, channel: web, match: {{event: [add_to_cart, begin_checkout]}}}}
        - {{name: Delivery slot, channel: web, match: {{event: [view_delivery_slots, slot_unavailable, add_shipping_info]}}}}
    - name: Purchase
      match: {{event: purchase}}
"""
_BUILD = "import sys; from cjm_research.command.cli import main; sys.argv = ['cjm', '--workspace', sys.argv[1], 'build', 'big']; sys.exit(main())"
_PLAIN = """
import sys, duckdb
con = duckdb.connect()
con.execute("SET TimeZone='UTC'; SET temp_directory='" + sys.argv[2] + "/spill'; SET threads=2")
if sys.argv[4]: con.execute("SET memory_limit='" + sys.argv[4] + "'")
read = {"parquet": "read_parquet", "csv": "read_csv", "jsonl": "read_json"}[sys.argv[3]]
rows = f"{read}('{sys.argv[1]}')"
for name, order in (("by_customer", "coalesce(CAST(user_id AS VARCHAR), CAST(device_id AS VARCHAR)), timestamp, event_id"), ("by_event", "event, coalesce(CAST(user_id AS VARCHAR), CAST(device_id AS VARCHAR)), timestamp, event_id")):
    con.execute(f"COPY (SELECT * FROM {rows} ORDER BY {order}) TO '{sys.argv[2]}/{name}.parquet' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)")
"""


@dataclass(frozen=True)
class Cost:
    """cpu: of the process and its children, s; wall: s; memory: peak of the tree, MB; written: bytes that stay."""

    cpu: float
    wall: float
    memory: float
    written: int


def write_export(folder: Path, events: int, form: str, seed: int = 7) -> Path:
    """Write the export of so many events in one of the forms, in the order of time as logs arrive; returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"events.{ENDINGS[form]}"
    con = duckdb.connect()
    con.execute(f"SET TimeZone='UTC'; SET temp_directory='{folder / 'spill'}'; SET threads=2; SET memory_limit='3GB'")
    names = "[" + ", ".join(repr(n) for n in _EVENTS) + "]"
    people = max(1, events // 25)
    # every figure is a hash of the row's number, so that any order of work gives the same rows
    def part(salt: int, of: int) -> str:
        return f"CAST(hash(i, {seed * 100 + salt}) % {of} AS BIGINT)"

    rows = f"""SELECT md5('e' || i) AS event_id, event, strftime(happened, '%Y-%m-%dT%H:%M:%S.%gZ') AS stamp, happened, device_id,
            CASE WHEN logged THEN user_id END AS user_id, session_id, platform,
            CASE WHEN event = 'app_open' THEN source END AS source, CASE WHEN event = 'app_open' THEN medium END AS medium,
            CASE WHEN event IN ('view_item', 'add_to_cart', 'purchase') THEN 'A' || (1000 + {part(6, 400)}) END AS item_id,
            CASE WHEN event IN ('view_item', 'add_to_cart') THEN ['shoes', 'tents', 'packs', 'rain'][1 + {part(7, 4)}] END AS category,
            CASE WHEN event = 'guide_read' THEN ['rain-layers', 'first-tent', 'hut-to-hut'][1 + {part(8, 3)}] END AS guide,
            CASE WHEN event = 'purchase' THEN (500 + {part(9, 40000)}) / 100.0 END AS value
        FROM (SELECT i, {names}[1 + least({part(1, 16)}, {part(2, 16)})] AS event, u % 5 <> 0 OR s > 1 AS logged,
            'C' || (1000000 + u) AS user_id, substr(md5('d' || u), 1, 8) || '-' || substr(md5('d' || u), 9, 4) || '-4' || substr(md5('d' || u), 13, 3) || '-a'
            || substr(md5('d' || u), 16, 3) || '-' || substr(md5('d' || u), 19, 12) AS device_id,
            ['android', 'ios'][1 + u % 2] AS platform, ['google', 'newsletter', 'direct'][1 + {part(3, 3)}] AS source, ['organic', 'email', 'none'][1 + {part(3, 3)}] AS medium,
            CAST(1704067200000 + (CAST(hash(u, s) % 7776000 AS BIGINT)) * 1000 AS VARCHAR) AS session_id,
            make_timestamp(1704067200000000 + CAST(hash(u, s) % 7776000 AS BIGINT) * 1000000 + {part(4, 1800)} * 1000000 + {part(5, 1000)} * 1000) AS happened
            FROM (SELECT i, least({part(10, people)}, {part(11, people)}) AS u, {part(12, 6)} AS s FROM range({events}) r(i)))"""
    nested = "{source: source, medium: medium, item_id: item_id, category: category, guide: guide, value: value} AS properties"
    flat = ', '.join(f'{c} AS "properties.{c}"' for c in ("source", "medium", "item_id", "category", "guide", "value"))
    first = 'event_id, event, {} AS "timestamp", device_id, user_id, session_id, platform'
    zoned = "happened AT TIME ZONE 'UTC'"
    select = {"parquet": f"SELECT {first.format(zoned)}, {nested}", "csv": f"SELECT {first.format('stamp')}, {flat}",
              "jsonl": f"SELECT {first.format('stamp')}, {nested}"}[form]
    how = {"parquet": "FORMAT parquet, COMPRESSION zstd", "csv": "FORMAT csv, HEADER", "jsonl": "FORMAT json"}[form]
    con.execute(f"COPY ({select} FROM ({rows}) ORDER BY happened, event_id) TO '{path}' ({how})")
    con.close()
    shutil.rmtree(folder / "spill", ignore_errors=True)
    return path


def measured(command: list[str], written: Path) -> Cost:
    """What a command costs; raises where it fails."""
    start = time.monotonic()
    # bytecode is kept, as it is for everybody who runs a command twice
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env)
    peak, going = [0.0], threading.Event()

    def watch() -> None:
        while not going.wait(SAMPLE_S):
            peak[0] = max(peak[0], _tree_mb(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    said = process.stdout.read().decode() if process.stdout else ""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    going.set()
    watcher.join()
    if process.returncode:
        raise RuntimeError(f"{command[:3]} failed:\n{said[-2000:]}")
    size = sum(p.stat().st_size for p in written.rglob("*") if p.is_file())
    return Cost(used.ru_utime + used.ru_stime, time.monotonic() - start, max(peak[0], used.ru_maxrss / 1024), size)


def _tree_mb(root: int) -> float:
    """Resident memory of a process and those it started, MB."""
    parents, sizes = {}, {}
    page = os.sysconf("SC_PAGE_SIZE")
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                sizes[int(entry.name)] = int(fields[21]) * page
                parents[int(entry.name)] = int(fields[1])
            except OSError:
                continue
    total, tree = 0, {root}
    while True:
        more = {p for p, parent in parents.items() if parent in tree} - tree
        if not more:
            break
        tree |= more
    total = sum(sizes.get(p, 0) for p in tree)
    return total / 1e6


def workspace(folder: Path, export: Path, form: str) -> Path:
    """A workspace with one client, whose only source is the export."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "params").mkdir(parents=True)
    shutil.copy(ROOT / "params" / "_defaults.yaml", folder / "params")
    (folder / "params" / "big.yaml").write_text(PARAMS.format(ending=ENDINGS[form]), encoding="utf-8")
    raw = folder / "data" / "raw" / "big" / "app"
    raw.mkdir(parents=True)
    os.link(export, raw / export.name)
    return folder


def compare(home: Path, events: int, form: str, rounds: int, limit: str) -> None:
    """Print a line for one size and form."""
    export = home / f"{events}" / f"events.{ENDINGS[form]}"
    if not export.is_file():
        write_export(export.parent, events, form)
    ours, plain = [], []
    for _ in range(rounds):
        out = home / "plain"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        plain.append(measured([sys.executable, "-c", _PLAIN, str(export), str(out), form, limit], out))
        place = workspace(home / "ws", export, form)
        ours.append(measured([sys.executable, "-c", _BUILD, str(place)], place / "data" / "tables"))
        whole = [note for source in json.loads((place / "data/tables/big/build.json").read_text())["sources"] for note in source["notes"] if "held in memory" in note]
        if whole:
            raise SystemExit(f"the build of {events:,} events ({form}) was not streamed: {'; '.join(whole)}")
        rows = duckdb.sql(f"SELECT count(*) FROM read_parquet('{place}/data/tables/big/interactions.parquet')").fetchall()[0][0]
        if rows != events:
            raise SystemExit(f"the build holds {rows:,} rows of {events:,}")
    a, b = min(ours, key=lambda c: c.cpu), min(plain, key=lambda c: c.cpu)
    million = events / 1e6
    print(f"| {events:,} | {form} | {export.stat().st_size / 1e6:,.0f} | {a.cpu:.1f} ({a.cpu / million:.1f}) | {a.wall:.1f} | {a.memory:,.0f} | {a.written / 1e6:,.0f} "
          f"| {b.cpu:.1f} ({b.cpu / million:.1f}) | {b.wall:.1f} | {b.memory:,.0f} | {b.written / 1e6:,.0f} | {a.cpu / b.cpu:.2f} | {a.memory / b.memory:.2f} |", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", nargs="+", type=float, default=[1e6])
    parser.add_argument("--formats", nargs="+", choices=list(ENDINGS), default=list(ENDINGS))
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--plain-memory", default="", help="memory limit of plain DuckDB, e.g. 2GB")
    parser.add_argument("--keep", type=Path, help="folder for exports and workspaces, which stay")
    chosen = parser.parse_args()
    print("| events | form | MB | build: CPU s (a million) | wall s | MB peak | MB written | DuckDB: CPU s | wall s | MB peak | MB written | CPU × | memory × |")
    print("|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory(prefix="cjm-build-") as scratch:
        home = chosen.keep or Path(scratch)
        for events in chosen.events:
            for form in chosen.formats:
                compare(home, int(events), form, chosen.rounds, chosen.plain_memory)


if __name__ == "__main__":
    main()
