"""A hundred demo-sized clients in one batch, five of them broken in different ways, killed at random instants.

    python benchmarks/execution_batch.py [--clients 100] [--kills 20] [--jobs 3] [--chapters 10,40] [--within 25] [--json FILE]

First the batch is started, killed after a random time and looked at, `--kills` times: every run that readers see is
whole, no published run is ever gone. Then it is resumed to its end: the good clients are published, the broken ones
explained, the exit code is 1.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from cjm_research.build import build
from cjm_research.demo import write_demo
from cjm_research.params import Workspace
from cjm_research.report.record.publish import run_folders
from cjm_research.report.record.receipt import files_sha256, read_receipt

ROOT = Path(__file__).resolve().parents[1]
BROKEN = ("unknown_key", "no_tables", "torn_table", "no_memory", "no_time")


def make(root: Path, clients: int, chapters: list[str]) -> list[str]:
    """The demo client's tables under many names; the last five are broken. Returns all names."""
    shutil.copytree(ROOT / "params", root / "params")
    (root / "notebooks").symlink_to(ROOT / "notebooks")
    place = Workspace(root)
    write_demo(place.raw("demo"), seed=7)
    build("demo", place)
    own = yaml.safe_load((root / "params" / "demo.yaml").read_text())
    names = [f"client_{i:03d}" for i in range(clients - len(BROKEN))] + list(BROKEN)
    found = [p.stem for p in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")) if not chapters or p.stem[:2] in chapters]
    for name in names:
        params = {**own, "client": name, "chapters": found}
        if name == "unknown_key":
            params["journy"] = {}
        elif name == "no_memory":
            params["limits"] = {"chapter_memory_mb": 60}
        elif name == "no_time":
            params["limits"] = {"chapter_time": "1s"}
        (root / "params" / f"{name}.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
        shutil.copytree(place.tables("demo"), place.tables(name), copy_function=os.link)
    (place.tables("no_tables") / "build.json").unlink()
    torn = place.tables("torn_table") / "interactions.parquet"
    raw = torn.read_bytes()
    torn.unlink()
    torn.write_bytes(raw[: len(raw) // 2])
    return names


def whole(place: Workspace, names: list[str]) -> dict[str, list[str]]:
    """The runs that readers see; raises where one is torn."""
    seen = {}
    for name in names:
        for folder in run_folders(place.reports, name):
            assert files_sha256(folder) == read_receipt(folder).files, f"torn: {folder}"
            seen.setdefault(name, []).append(folder.name)
    for page in [*place.reports.glob("index.html"), *place.reports.glob("*/index.html")]:
        assert page.read_text().rstrip().endswith("</html>"), f"torn: {page}"
    return seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=3)
    parser.add_argument("--within", type=float, default=25.0, help="seconds within which a batch is killed; more on a slow machine")
    parser.add_argument("--chapters", default="", help="numbers of the chapters to run, e.g. 10,40; default all")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rng, result = random.Random(1), {"clients": options.clients, "kills": 0}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "w"
        root.mkdir()
        names = make(root, options.clients, [c for c in options.chapters.split(",") if c])
        place = Workspace(root)
        code = (f"import sys\nfrom pathlib import Path\nfrom cjm_research.params import Workspace\nfrom cjm_research.report.batch import run_batch\n"
                f"sys.exit(run_batch({names!r}, Workspace(Path({str(root)!r})), jobs={options.jobs}, build=False, resume=True).exit_code)")
        before: dict[str, list[str]] = {}
        began = time.monotonic()
        ended = False
        for _ in range(options.kills):
            batch = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
            try:
                batch.wait(rng.uniform(1.0, options.within))
                ended = True
                break
            except subprocess.TimeoutExpired:
                os.kill(batch.pid, signal.SIGKILL)
                batch.wait()
            result["kills"] += 1
            now = whole(place, names)
            assert all(now.get(n, [])[: len(runs)] == runs for n, runs in before.items()), "a published run is gone"
            before = now
            print(f"killed {result['kills']} times: {len(now)} clients published, all whole", flush=True)
        last = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        seen = whole(place, names)
        print(last.stdout[-3500:])
        good = [n for n in names if n not in BROKEN]
        receipts = {n: read_receipt(place.reports / n / seen[n][-1]) for n in seen}
        result |= {"seconds": round(time.monotonic() - began, 1), "exit code": last.returncode, "ended before the last kill": ended,
                   "published without failure": sum(n in receipts and not receipts[n].failed for n in good),
                   "broken ones explained": {n: last.stdout.split(f"\n{n} ")[-1].splitlines()[0].strip() for n in BROKEN},
                   "most memory of a kernel, MB": max(c.memory_mb or 0 for r in receipts.values() for c in r.chapters),
                   "CPU s per chapter": round(sum(c.cpu_s or 0 for r in receipts.values() for c in r.chapters) / sum(len(r.chapters) for r in receipts.values()), 2)}
        assert result["published without failure"] == len(good) and last.returncode == 1, result
        print(json.dumps(result, indent=1))
        if options.json:
            options.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
