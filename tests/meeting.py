"""Runs commands at once on one client: every pair of them, and threes and fives at random; and looks at what is left.

    python -m tests.meeting [--threes 40] [--fives 40] [--seed 1] [--pairs 0.2]

One warm process forks a child for each command, as `cjm` runs it (chapters are answered without kernels). Then: each command succeeded, or said in
words why it could not since another came first; no traceback; of who was erased nothing is left in the tables; every run is whole, and
its page says what its receipt says; the next report works; nothing of a command is left. Prints problems, exits 1.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

import nbformat

from cjm_research.command import cli, lab
from cjm_research.page.blocks import Answer, Map
from cjm_research.params import Workspace
from cjm_research.privacy.erasures import Erasures
from cjm_research.report import run as run_module
from cjm_research.report import verify as verify_module
from cjm_research.report.record.publish import latest_run, run_folders
from cjm_research.report.record.receipt import files_sha256, read_receipt
from cjm_research.study import open_study

from .kills import in_child, quick_folder, warmed
from .report.maps import findings, map_data
from .report.workspace import executed, notebook
from .test_erase import QUOTE, counts, kept, sources

OLD, NEW = {"interactions": 5, "feedback": 2, "customers": 5}, {"interactions": 4, "feedback": 1, "customers": 4}
COMMANDS: dict[str, list[str]] = {
    "build": ["build", "acme", "--force"], "check": ["check", "acme"], "json": ["check", "acme", "--json"], "report": ["report", "acme", "--force"],
    "export": ["export", "acme", "-f", "xlsx", "-f", "json"], "elsewhere": ["export", "acme", "-f", "zip", "--to", "out"],
    "erase": ["erase", "acme", "User2@TinyMail.de"], "withdraw": ["erase", "acme", "--published", "withdraw"], "diff": ["diff", "acme", "--page"],
    "verify": ["verify", "acme"], "watch": ["watch", "acme", "--to", "alerts.json"], "list": ["list"], "lab": ["lab", "acme", "--no-browser", "--allow-root"], "new": ["new", "other"],
    "chapter": ["chapter", "new", "baskets"]}
#: command → what it may say where another came first: (exit code, its words)
WORDS: dict[str, list[tuple[int, str]]] = {
    "export": [(3, "from before persons were erased"), (2, "no published run")], "elsewhere": [(3, "from before persons were erased"), (2, "no published run")],
    "diff": [(2, "published run")], "verify": [(1, "not confirmed"), (2, "no published run")], "new": [(2, "exists already")], "chapter": [(2, "is there already")]}
WAIT_S = 240


def _answered(plan: Any, *_: Any) -> list[Any]:
    """In the place of executing: chapters that count what the run's tables hold."""
    study = open_study(plan.client, plan.workspace)
    try:
        rows = study.row_counts["interactions"]
    finally:
        study.close()
    chapters = [run_module._Chapter(task) for task in plan.tasks]
    for chapter in chapters:
        chapter.notebook = executed(chapter.receipt.title, Answer("How many?", [f"{rows} interactions."], [], "", []), Map(map_data(findings())))
        chapter.receipt = chapter.receipt.model_copy(update={"state": "ok"})
    return chapters


def _verified(folder: Path, receipt: Any, place: Workspace, *_: Any) -> None:
    """In the place of executing again: the run's tables are opened and counted."""
    study = open_study(receipt.client, place)
    study.row_counts  # noqa: B018
    study.close()


def prepare(place: Workspace) -> None:
    """A client with tables and two published runs."""
    sources(place)
    (place.root / "notebooks").mkdir(exist_ok=True)
    (place.root / "notebooks" / "60_journey_map.ipynb").write_text(nbformat.writes(notebook("Map", "1")))
    params = place.params / "acme.yaml"
    params.write_text(params.read_text() + "chapters: [60_journey_map]\nprivacy: {min_cell: 1}\n")
    (place.params / "_defaults.yaml").write_text("title: Acme\n")
    for _ in range(2):
        assert call("report", place, place.root / "said") == 0, (place.root / "said").read_text()


def call(name: str, place: Workspace, said: Path) -> int:
    """Run a command in this process as the shell does; returns its exit code. said: the file that takes what it prints."""
    os.environ["CJM_WORKSPACE"] = str(place.root)
    os.chdir(place.root)
    with said.open("w") as out, contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            sys.argv = ["cjm", *COMMANDS[name]]
            cli.main()
        except SystemExit as end:
            return int(end.code or 0)
        except BaseException:
            traceback.print_exc(file=out)
            return 99
    return 0


def at_once(names: Sequence[str], place: Workspace, scratch: Path, waits: Sequence[float]) -> list[tuple[int, str]]:
    """Fork a child for each command, each begun after its own time; returns exit codes and what was said."""
    children: list[tuple[int, Path]] = []
    for number, (name, wait) in enumerate(zip(names, waits, strict=True)):
        said = scratch / f"said-{number}"
        said.unlink(missing_ok=True)
        if (pid := os.fork()) == 0:
            code = 98
            try:
                time.sleep(wait)
                code = call(name, place, said)
            finally:
                os._exit(code)
        children.append((pid, said))
    ended: list[tuple[int, str]] = []
    until = time.monotonic() + WAIT_S
    for pid, said in children:
        while (found := os.waitpid(pid, os.WNOHANG))[0] == 0 and time.monotonic() < until:
            time.sleep(0.02)
        if found[0] == 0:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        ended.append((os.waitstatus_to_exitcode(found[1]) if found[0] else -9, said.read_text(errors="replace") if said.exists() else ""))
    return ended


def wrong(names: Sequence[str], ended: Sequence[tuple[int, str]], place: Workspace) -> list[str]:
    """What is wrong with what the commands said, and with what they left."""
    found = []
    for name, (code, said) in zip(names, ended, strict=True):
        in_words = any(code == allowed and words in said for allowed, words in WORDS.get(name, []))
        if "Traceback" in said or "report id" in said or code not in (0, *((0, 4, 5) if name == "watch" else ())) and not in_words:
            found.append(f"{name} ended with {code}: {said[-600:]}")
    gone = "erase" in names
    if (now := counts(place)) != (NEW if gone else OLD):
        found.append(f"the tables hold {now}")
    if gone and (QUOTE in kept(place) or "user2@" in kept(place).lower()):
        found.append("who was erased is still there")
    if Erasures(place.erasures("acme")).pending:
        found.append("an erasure is still under way")
    runs = run_folders(place.reports, "acme")
    for folder in runs:
        receipt, files = read_receipt(folder), files_sha256(folder)
        found += [f"{folder.name}: {n} is not as the receipt says" for n, sha in receipt.files.items() if files.get(n) != sha]
        if f"{receipt.tables['interactions'].rows} interactions." not in (folder / "60_journey_map.html").read_text():
            found.append(f"{folder.name}: the page tells of other tables than the receipt")
    if len({read_receipt(f).sequence for f in runs}) != len(runs):
        found.append("two runs have one number")
    if runs and ((latest := latest_run(place.reports, "acme")) is None or (place.reports / "acme" / "latest.txt").read_text().strip() != latest.name):
        found.append("latest.txt names another run than the latest")
    listed = (place.reports / "index.html").read_text()
    if not listed.rstrip().endswith("</html>") or (runs and runs[-1].name not in listed):
        found.append("the page that lists clients does not name the latest run")
    scratch = [p for p in place.root.rglob("*") if p.name.startswith((".cjm-", "cjm-", ".cjm_")) or p.name.endswith((".partial", ".new"))]
    found += [f"left: {p.relative_to(place.root)}" for p in [*scratch, *(place.root / "data/pins").glob("*/*")]]
    code = call("report", place, place.root / "said")
    return found + ([f"the next report ended with {code}: {(place.root / 'said').read_text()[-600:]}"] if code else [])


def meet(groups: Sequence[Sequence[str]], root: Path, rng: random.Random, say: Callable[[str], None]) -> list[str]:
    """Problems found with groups of commands, each on a fresh copy of the client."""
    base, problems = Workspace(root / "base"), []
    made = warmed(lambda: (prepare(base), [call(n, base, root / "warm") for n in COMMANDS]), root)
    shutil.rmtree(base.root)
    made = in_child(lambda: prepare(base), root)
    if made.code:
        return [f"the client could not be made: {made.said}"]
    waited = Counter[str]()
    for number, names in enumerate(groups, 1):
        place = Workspace(root / "copy")
        shutil.rmtree(place.root, ignore_errors=True)
        shutil.copytree(base.root, place.root)
        ended = at_once(names, place, root, [rng.choice([0.0, rng.uniform(0.0, 0.6)]) for _ in names])
        waited["waited"] += any("waiting for" in said for _, said in ended)
        waited["told in words"] += any(code not in (0, 4, 5) for code, _ in ended)
        looked = in_child(lambda n=names, e=ended, p=place: wrong(n, e, p), root)  # type: ignore[misc]
        found = looked.said if looked.code == 0 else [f"what is left cannot be looked at: {looked.said}"]
        problems += [f"{' + '.join(names)}: {p}" for p in found]
        for problem in problems[len(problems) - len(found):]:
            say(f"problem: {problem}")
        if number % 20 == 0:
            say(f"{number} of {len(groups)}, {len(problems)} problems")
    say(f"{len(groups)} groups of {sorted({len(g) for g in groups})} commands: {dict(waited)}, {len(problems)} problems")
    return problems


def stand_in() -> None:
    """Answer chapters without kernels, and start no JupyterLab, from now on."""
    lab.run_lab = lambda *_: 0
    run_module._execute = _answered  # type: ignore[assignment]
    verify_module._execute = _verified  # type: ignore[assignment]


def main() -> int:
    """The command line."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--pairs", type=float, default=1.0, help="share of all pairs")
    options.add_argument("--threes", type=int, default=40)
    options.add_argument("--fives", type=int, default=40)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    rng = random.Random(given.seed)
    stand_in()
    pairs: list[tuple[str, ...]] = list(combinations_with_replacement(COMMANDS, 2))
    chosen = [[p for p in pairs if rng.random() < given.pairs], *([tuple(rng.choices(list(COMMANDS), k=k)) for _ in range(n)] for k, n in ((3, given.threes), (5, given.fives)))]
    problems: list[str] = []
    with tempfile.TemporaryDirectory(prefix="meeting-", dir=quick_folder()) as folder:
        tempfile.tempdir = os.environ["TMPDIR"] = folder
        os.environ["CJM_WAIT"] = str(WAIT_S)
        for groups in chosen:
            if groups:
                problems += meet(groups, Path(folder), rng, lambda text: print(text, flush=True))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
