"""Kills reports and exports at every step, and at random instants, and looks at what is left.

    python -m tests.report.killing [--instants 200] [--every 1] [--seed 1] [--only exports]

One warm process forks a child for each trial; the child makes a report (its chapters answered without kernels) or exports, and is
killed (SIGKILL) before its n-th change of the disk, or after a random time. Then: every published run is whole by its receipt, there is
the old state or the new one, the next call succeeds, and nothing of the killed one is left: no scratch, no pin. Prints problems, exits 1.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

from cjm_research.clients import export_client
from cjm_research.page.blocks import Answer, Map
from cjm_research.params import Workspace
from cjm_research.report import batch
from cjm_research.report import run as run_module
from cjm_research.report.record.publish import latest_run, run_folders
from cjm_research.report.record.receipt import files_sha256, read_receipt
from tests.kills import in_child, quick_folder, watch

from .maps import findings, map_data
from .workspace import ANSWER, executed, notebook, workspace

FORMATS = ["xlsx", "json", "mermaid", "dot", "svg", "zip", "pptx"]


def answered(plan: Any, *_: Any) -> list[Any]:
    """In the place of executing: chapters that ran."""
    chapters = [run_module._Chapter(task) for task in plan.tasks]
    for chapter in chapters:
        blocks = [Answer("How many?", ["12 % buy."], [], "", [])] + ([Map(map_data(findings()))] if "map" in chapter.receipt.name else [])
        chapter.notebook = executed(chapter.receipt.title, *blocks)
        chapter.receipt = chapter.receipt.model_copy(update={"state": "ok"})
    return chapters


def prepared(root: Path) -> Workspace:
    """A workspace with two published runs."""
    place = workspace(root, {"10_a": notebook("A", ANSWER), "60_journey_map": notebook("Map", ANSWER)})
    for _ in range(2):
        report(place)
    return place


def report(place: Workspace) -> None:
    """`cjm report demo --force`, as far as the disk is concerned."""
    outcome = batch.run_batch(["demo"], place, force=True, build=False)
    if outcome.exit_code:
        raise RuntimeError(outcome.clients["demo"].error)


def export(place: Workspace, formats: list[str], to: Path | None = None) -> None:
    """`cjm export demo`, in these formats."""
    export_client("demo", place, formats=formats, to=to)


def scratch_of(root: Path) -> list[str]:
    """What of a killed process is left in the workspace and in the temporary folder."""
    left = [p for p in root.rglob("*") if p.name.startswith((".cjm-", "cjm-")) or p.name.endswith((".partial", ".new"))]
    pins = root / "data/pins/demo"
    left += list(pins.iterdir()) if pins.is_dir() else []
    left += list(Path(tempfile.gettempdir()).glob("cjm-*"))
    return [str(p) for p in left]


def torn(place: Workspace, before: int) -> list[str]:
    """What is wrong right after a kill, before anybody mends anything."""
    found = []
    runs = run_folders(place.reports, "demo")
    if len(runs) not in (before, before + 1):
        found.append(f"{len(runs)} runs, before {before}")
    for folder in runs:
        receipt, now = read_receipt(folder), files_sha256(folder)
        wrong = [n for n, sha in receipt.files.items() if now.get(n) != sha]
        if wrong:
            found.append(f"{folder.name}: {wrong} are not as the receipt says")
        if not (folder / "about.html").is_file():
            found.append(f"{folder.name}: no about.html")
    for page in (place.reports / "index.html", place.reports / "demo/index.html"):
        if not page.read_text(encoding="utf-8").rstrip().endswith("</html>"):
            found.append(f"{page.name} is cut off")
    named = (place.reports / "demo/latest.txt").read_text().strip()
    if not (place.reports / "demo" / named / "run.json").is_file():
        found.append(f"latest.txt names {named!r}, which is not there")
    return found


def after_report(place: Workspace, root: Path, before: int) -> list[str]:
    """All that must hold after a killed report, and after the next one."""
    found = torn(place, before)
    left = len(run_folders(place.reports, "demo"))
    ended = in_child(lambda: report(place), root)
    if ended.code != 0:
        return [*found, f"the next report ended with {ended.code}: {ended.said}"]
    found += torn(place, left)
    latest = latest_run(place.reports, "demo")
    counts = [read_receipt(p).sequence for p in run_folders(place.reports, "demo")]
    if latest is None or len(counts) != left + 1 or read_receipt(latest).sequence != max(counts) or counts.count(max(counts)) > 1 or (place.reports / "demo/latest.txt").read_text().strip() != latest.name:
        found.append("the next report is not the latest")
    return found + [f"left: {p}" for p in scratch_of(root)]


def kill_reports(root: Path, every: int, instants: int, rng: random.Random) -> list[str]:
    """Problems found; every: kill at every n-th step."""
    place = prepared(root / "w")
    run_module._execute = answered  # type: ignore[assignment]
    began = time.monotonic()
    whole = in_child(lambda: report(place), root)
    took = time.monotonic() - began
    problems = [] if whole.code == 0 else [f"a report without a kill ended with {whole.code}: {whole.said}"]
    trials = [(n, None) for n in range(1, whole.steps + 1, every)] + [(None, rng.uniform(0.0, 1.1 * took)) for _ in range(instants)]
    rng.shuffle(trials)
    killed = 0
    print(f"reports: {whole.steps} steps, {instants} instants", flush=True)
    for done, (at, after) in enumerate(trials, 1):
        shorten(place)
        before = len(run_folders(place.reports, "demo"))
        killed += in_child(lambda: report(place), root, at, after).killed
        new = [f"report, {f'step {at}' if at else f'{after:.3f} s'}: {p}" for p in after_report(place, root, before)]
        for problem in new:
            print(f"problem: {problem}", flush=True)  # at once: a run may be cut short
        problems += new
        if done % 20 == 0:
            print(f"reports: {done} of {len(trials)}, {killed} killed, {len(problems)} problems", flush=True)
    print(f"reports: {whole.steps} steps; {len(trials)} trials, {killed} killed, {len(problems)} problems", flush=True)
    return problems


def shorten(place: Workspace) -> None:
    """Keep the trials quick: at most three runs."""
    runs = run_folders(place.reports, "demo")
    for folder in runs[:-3]:
        shutil.rmtree(folder)
    if len(runs) > 3:
        for page in (place.reports / "demo").glob("changes_*.html"):
            page.unlink()


def kill_exports(root: Path, every: int, instants: int, rng: random.Random) -> list[str]:
    """Problems found with exports into a run's own folder and into another one: every format at its every step, and all of them at instants."""
    place = prepared(root / "w")
    problems: list[str] = []
    trials_made = killed = 0
    export(place, FORMATS, root / "warm")  # what writers import is there when the children start
    for target in (None, root / "out"):
        folder = latest_run(place.reports, "demo") if target is None else target
        assert folder is not None
        took: dict[str, float] = {}
        trials: list[tuple[str, int | None, float | None]] = []
        for name in FORMATS:
            began = time.monotonic()
            ended = in_child(lambda f=name, t=target: export(place, [f], t), root)  # type: ignore[misc]
            took[name] = time.monotonic() - began
            problems += [] if ended.code == 0 else [f"an export of {name} without a kill ended with {ended.code}: {ended.said}"]
            trials += [(name, n, None) for n in range(1, ended.steps + 1, every)]
        names = sorted(p.name for p in folder.iterdir())
        for _ in range(instants):
            name = rng.choice([*FORMATS, "all"])
            trials.append((name, None, rng.uniform(0.0, 1.1 * took.get(name, sum(took.values())))))
        rng.shuffle(trials)  # a run that is cut short has seen all of it
        print(f"exports to {'the run' if target is None else 'another folder'}: {len(trials) - instants} steps, {instants} instants", flush=True)
        for name, at, after in trials:
            trials_made += 1
            if trials_made % 20 == 0:
                print(f"exports: {trials_made}, {len(problems)} problems", flush=True)
            formats = FORMATS if name == "all" else [name]
            killed += in_child(lambda f=formats, t=target: export(place, f, t), root, at, after).killed  # type: ignore[misc]
            where = f"export of {name}, {f'step {at}' if at else f'{after:.3f} s'}"
            odd = [p.name for p in folder.iterdir() if not p.name.startswith(".") and not (p.name in names and is_whole(p))]
            problems += [f"{where}: {odd} are neither old nor new"] if odd else []
            ended = in_child(lambda f=formats, t=target: export(place, f, t), root)  # type: ignore[misc]
            problems += [f"{where}: the next export ended with {ended.code}: {ended.said}"] if ended.code else []
            if sorted(p.name for p in folder.iterdir()) != names:
                problems.append(f"{where}: left {sorted({p.name for p in folder.iterdir()} - {*names})}")
            problems += [f"{where}: left {p}" for p in scratch_of(root)]
    print(f"exports: {trials_made} trials, {killed} killed, {len(problems)} problems", flush=True)
    return problems


def is_whole(path: Path) -> bool:
    """Whether an exported file can be read to its end."""
    if path.suffix in (".zip", ".xlsx", ".pptx"):
        try:
            with zipfile.ZipFile(path) as archive:
                return archive.testzip() is None
        except zipfile.BadZipFile:
            return False
    text = path.read_text(encoding="utf-8").rstrip()
    ends = {".json": "}", ".ipynb": "}", ".svg": "</svg>", ".html": "</html>", ".dot": "}"}
    return bool(text) and text.endswith(ends.get(path.suffix, ""))


def main() -> int:
    """Both, as the options say."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--instants", type=int, default=200, help="random instants, for reports and for exports")
    options.add_argument("--every", type=int, default=1, help="kill at every n-th step")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only", choices=["reports", "exports"], help="one of them; default: both")
    given = options.parse_args()
    rng = random.Random(given.seed)
    run_module._execute = answered  # type: ignore[assignment]
    watch()
    with tempfile.TemporaryDirectory(prefix="killing-", dir=quick_folder()) as folder:
        root = Path(folder)
        (root / "tmp").mkdir()
        tempfile.tempdir = os.environ["TMPDIR"] = str(root / "tmp")
        problems = kill_reports(root / "reports", given.every, given.instants, rng) if given.only != "exports" else []
        problems += kill_exports(root / "exports", given.every, given.instants, rng) if given.only != "reports" else []
    for problem in dict.fromkeys(problems):
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
