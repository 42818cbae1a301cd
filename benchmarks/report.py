"""What a report costs: CPU, wall time and memory of the build, of every chapter, and of all the rest.

    python -m benchmarks.report [--customers 6000] [--chapters 10,40] [--jobs 1] [--workspace FOLDER] [--json FILE]

The demo business at any size (6,000 customers are 94,000 events, 64,000 a million), simulated, built and reported by the commands a
user types, with nothing kept of earlier answers. Chapters are measured by the run's own receipt; "beside chapters" is the rest of the
command with its children: what kernels import once, pages, the release check. `--workspace` keeps the folder, and what it holds of a
size is not simulated again. Read CPU seconds: wall times are those of a machine that others use, too.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from cjm_research.demo import write_demo
from cjm_research.params import Workspace
from cjm_research.report.record.publish import latest_run
from cjm_research.report.record.receipt import read_receipt

ROOT = Path(__file__).resolve().parents[1]


def command(place: Workspace, *words: str) -> tuple[float, float]:
    """CPU and wall seconds of a command with its children."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run([sys.executable, "-m", "cjm_research", "--workspace", str(place.root), *words], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.monotonic() - began


def measured(place: Workspace, customers: int, chapters: str, jobs: int) -> list[dict[str, Any]]:
    """One row a part of the work: part, cpu_s, seconds, memory_mb (None where nobody looked)."""
    made = place.root / "customers.txt"
    if not (made.is_file() and made.read_text() == str(customers)):
        write_demo(place.raw("demo"), seed=7, customers=customers)
        made.write_text(str(customers))
    built = command(place, "build", "demo", "--force")
    cache = place.cache("demo")
    if cache.is_dir():
        shutil.rmtree(cache)
    only = [word for name in chapters.split(",") if name for word in ("--only", name)]
    cpu, wall = command(place, "report", "demo", "--force", "--jobs", str(jobs), *only)
    folder = latest_run(place.reports, "demo")
    assert folder is not None
    receipt = read_receipt(folder)
    ran = [c for c in receipt.chapters if c.cpu_s is not None]
    rows: list[dict[str, Any]] = [{"part": "build", "cpu_s": built[0], "seconds": built[1], "memory_mb": None}]
    rows += [{"part": c.name, "cpu_s": c.cpu_s, "seconds": c.seconds, "memory_mb": c.memory_mb} for c in ran]
    inside = sum(c.cpu_s or 0.0 for c in ran)
    rows.append({"part": "beside chapters", "cpu_s": cpu - inside, "seconds": wall - sum(c.seconds for c in ran) / jobs, "memory_mb": None})
    rows.append({"part": "report", "cpu_s": cpu, "seconds": wall, "memory_mb": max((c.memory_mb or 0.0 for c in ran), default=None)})
    return [{**row, "events": int(receipt.tables["interactions"].rows)} for row in rows]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=6000)
    parser.add_argument("--chapters", default="", help="numbers or names, with commas; default: those of the demo's params")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--workspace", type=Path)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        root = given.workspace or Path(scratch)
        if not (root / "params").is_dir():
            shutil.copytree(ROOT / "params", root / "params")
        rows = measured(Workspace(root.resolve()), given.customers, given.chapters, given.jobs)
    print(f"{rows[0]['events']:,} events")
    for row in rows:
        memory = "" if row["memory_mb"] is None else f"{row['memory_mb']:7,.0f} MB"
        print(f"{row['part']:22} {row['cpu_s']:8.1f} CPU s {row['seconds']:8.1f} s {memory}")
    if given.json:
        given.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
