"""Kills builds and erasures at every step and at random instants, and looks at what is left.

    python -m tests.killing_builds [--instants 200] [--every 1] [--seed 1] [--only erase]

One warm process forks a child for each trial; the child builds or erases and is killed (SIGKILL) before its n-th change of the disk,
or after a random time. Then: the tables are the old ones or the new ones, the vault knows the persons of the tables that are there, the next
command of any kind finishes what was begun, and of who was erased nothing is left: no key, no quote, no scratch. Prints problems, exits 1.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from cjm_research.build import build
from cjm_research.erasing import erase_persons
from cjm_research.params import Workspace
from cjm_research.privacy import Vault
from cjm_research.privacy.erasures import Erasures

from .kills import Ended, in_child, quick_folder, warmed, watch
from .test_erase import QUOTE, counts, kept, sources

COMMANDS = ("build", "erase")
OLD, NEW = {"interactions": 5, "feedback": 2, "customers": 5}, {"interactions": 4, "feedback": 1, "customers": 4}


def command(name: str, place: Workspace) -> None:
    """Build anew, or erase a person."""
    if name == "build":
        build("acme", place, force=True)
    else:
        erase_persons("acme", ["User2@tinymail.de"], place)


def left_by_a_kill(name: str, place: Workspace) -> list[str]:
    """What is wrong after a killed command, before and after the next one."""
    found: list[str] = []
    if (now := counts(place)) not in (OLD, NEW):
        found.append(f"neither old nor new: {now}")
    built = json.loads((place.tables("acme") / "build.json").read_text())
    if why := Vault(place.vault("acme")).incomplete(built):
        found.append(f"the vault is not of these tables: {why}")
    if name == "erase" and not (Erasures(place.erasures("acme")).pending or now == NEW):
        erase_persons("acme", ["user2@tinymail.de"], place)  # it had not begun
    else:
        build("acme", place)  # the next command of any kind goes on with it
    erased = name == "erase"
    if (now := counts(place)) != (NEW if erased else OLD):
        found.append(f"the next command leaves {now}")
    if Erasures(place.erasures("acme")).pending:
        found.append("the erasure is still under way")
    if erased:
        text = kept(place)
        found += [f"{word!r} is still there" for word in (QUOTE, "user2@") if word in text.lower()]
        if len(Erasures(place.erasures("acme")).certificates()) != 1:
            found.append("not one certificate")
        if not erase_persons("acme", ["user2@tinymail.de"], place).already:
            found.append("erasing again finds somebody")
    scratch = [p for p in (place.root / "data").rglob("*") if p.name.startswith((".cjm-", "cjm-", ".cjm_")) or p.name.endswith((".partial", ".new"))]
    return found + [f"left: {p.relative_to(place.root)}" for p in [*scratch, *(place.root / "data/pins").glob("*/*")]]


def kill(name: str, root: Path, every: int, instants: int, rng: random.Random) -> list[str]:
    """Problems found with a command; every: kill at every n-th step."""
    base = Workspace(root / "base")

    def prepare() -> None:
        sources(base)
        build("acme", base)

    def everything() -> None:
        prepare()
        command(name, base)
        left_by_a_kill(name, base)

    def trial(at: int | None = None, after: float | None = None) -> tuple[Ended, Ended]:
        copy = Workspace(root / "copy")
        shutil.rmtree(copy.root, ignore_errors=True)
        shutil.copytree(base.root, copy.root)
        ended = in_child(lambda: command(name, copy), root, at, after)
        return ended, in_child(lambda: left_by_a_kill(name, copy), root)

    if (made := warmed(everything, root)).code == 0:
        shutil.rmtree(base.root)
        made = in_child(prepare, root)
    if made.code:
        return [f"{name}: the client could not be built: {made.said}"]
    began = time.monotonic()
    whole, _ = trial()
    print(f"{name}: {whole.steps} steps, {time.monotonic() - began:.2f} s with a look at what is left", flush=True)
    took = time.monotonic() - began
    problems = [f"{name} without a kill: {whole.said}"] if whole.code else []
    trials: list[tuple[int | None, float | None]] = [(n, None) for n in range(1, whole.steps + 1, every)]
    trials += [(None, rng.uniform(0.0, took)) for _ in range(instants)]
    rng.shuffle(trials)  # a run that is cut short has seen all of it
    killed = 0
    for done, (at, after) in enumerate(trials, 1):
        if done % 20 == 0:
            print(f"{name}: {done} of {len(trials)}, {len(problems)} problems", flush=True)
        ended, looked = trial(at, after)
        killed += ended.killed
        if ended.code and not ended.killed:
            problems.append(f"{name}, step {at}: {ended.said}")
        wrong = looked.said if looked.code == 0 else [f"the next command ended with {looked.code}: {looked.said}"]
        new = [f"{name}, {f'step {at}' if at else f'{after:.3f} s'}: {p}" for p in wrong]
        for problem in new:
            print(f"problem: {problem}", flush=True)  # at once: a run may be cut short
        problems += new
    print(f"{name}: {len(trials)} trials, {killed} killed, {len(problems)} problems", flush=True)
    return problems


def main() -> int:
    """Builds and erasures, as the options say."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--instants", type=int, default=200, help="random instants, for builds and for erasures")
    options.add_argument("--every", type=int, default=1, help="kill at every n-th step")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only", choices=COMMANDS, help="one of them; default: both")
    given = options.parse_args()
    watch()
    problems: list[str] = []
    with tempfile.TemporaryDirectory(prefix="killing-", dir=quick_folder()) as folder:
        tempfile.tempdir = os.environ["TMPDIR"] = folder
        for name in [given.only] if given.only else COMMANDS:
            (Path(folder) / name).mkdir()
            problems += kill(name, Path(folder) / name, given.every, given.instants, random.Random(f"{given.seed} {name}"))
    for problem in dict.fromkeys(problems):
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
