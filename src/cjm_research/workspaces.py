"""Making a workspace: the folder in which a researcher keeps settings, exports and reports."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import BadInput
from .files import refusals, remove_scratch, scratch_folder, shipped, write_bytes_whole
from .params import Workspace, find_workspace
from .version import VERSION

OURS = ("params", "data", "reports", "notebooks")  # folders whose content is read as a workspace's
DEFAULTS = "_defaults.yaml"
PARAMS = (DEFAULTS, "demo.yaml", "schema.json")
DOCS = ("params.md", "sources.md", "tables.md", "check.md", "demo.md", "map.md", "questions.md", "researchers.md", "reports.md", "spark.md", "map.schema.json", "run.schema.json", "methods", "decisions")
IGNORED = ("data/", "reports/", ".ipynb_checkpoints/")

_README = f"""\
# Customer journeys

A workspace of cjm_research {VERSION}, made by `cjm init`. Commands find it from any folder within it.

| folder | holds |
| --- | --- |
| `params/` | one file of settings a client; `_defaults.yaml` is what every client starts from, `demo.yaml` an example of every section |
| `data/raw/<client>/` | exports as delivered, never changed |
| `data/vault/<client>/` | identifiers and the key of the pseudonyms: keep it on this machine, never hand it over |
| `data/codings/<client>/` | the coders' logs: research data, back them up |
| `reports/<client>/` | published reports: `index.html` opens from disk |
| `docs/` | every setting (`params.md`), every kind of export (`sources.md`), every table (`tables.md`), methods |

`data/` and `reports/` hold customers' data and stay out of version control.

1. `cjm demo` simulates a client and writes its report: see what comes out.
2. `cjm new acme` makes `params/acme.yaml` and `data/raw/acme/`; put exports there and describe them.
3. `cjm check acme` says what is there, what was dropped and why, and what is missing.
4. `cjm report acme` writes the report, `cjm lab acme` opens JupyterLab with its chapters.
"""


def make_workspace(folder: Path) -> list[str]:
    """Make a workspace in a folder, which is made where it is missing; returns what to tell, a line each.

    Nothing is overwritten: a README, a `.gitignore` and `docs/` that are there are kept. Raises `BadInput` where the folder is
    a workspace already, lies within one, or holds something in the place of the workspace's folders; then nothing was written.
    """
    where = "cjm init"
    if folder.exists() and not folder.is_dir():
        raise BadInput(where, f"{folder} is a file", "a folder, or the name of a new one", "choose another name")
    at = folder.expanduser().absolute()
    _refuse_a_second(at, where)
    in_the_way = [name for name in OURS if _holds_something(at / name)]
    if in_the_way:
        raise BadInput(where, f"{folder} holds {', '.join(f'{n}/' for n in in_the_way)} already, which a workspace would read as its own",
                       "a folder without " + ", ".join(f"{n}/" for n in OURS), "cjm init NEWFOLDER, then move your files into it")
    with refusals(where, at), _staged(at) as stage:
        _fill(stage)
        kept = [name for name in (".gitignore", "README.md", "docs") if (at / name).exists()]
        if ".gitignore" in kept:  # not ours to change, so each folder keeps its own files out
            for name in ("data", "reports"):
                (stage / name / ".gitignore").write_text("*\n", encoding="utf-8")
        _put(stage, at, kept)
    return [f"made a workspace in {folder}", *(f"{name} was there and is kept" for name in kept)]


def with_demo(place: Workspace) -> list[str]:
    """See that the workspace has the demo client's settings, making it where there is none; returns what to tell, a line each.

    Settings that are there are never changed. Raises `BadInput` where params lie here that no workspace was made for.
    """
    path = place.params_file("demo")
    if path.is_file():
        return []
    if (place.params / DEFAULTS).is_file():
        with refusals("cjm demo", place.root):
            write_bytes_whole(path, (shipped("params") / path.name).read_bytes(), 0o644)
        return [f"made {path}"]
    if place.made and any(place.params.iterdir()):
        raise BadInput("cjm demo", f"{place.params} holds neither {path.name} nor {DEFAULTS}, without which the demo has no chapters",
                       "a workspace that cjm init made", "cjm init FOLDER, then cjm --workspace FOLDER demo")
    return make_workspace(place.root)


def _refuse_a_second(at: Path, where: str) -> None:
    above = next((f for f in (at, *at.parents) if f.is_dir()), at)
    found = find_workspace(above).root
    if (found / "params" / DEFAULTS).is_file() or (found == at.resolve() and _holds_something(found / "params")):
        raise BadInput(where, f"{at} is a workspace already" if found == at.resolve() else f"{at} lies in the workspace {found}",
                       "a folder that is none and lies in none", "cjm new CLIENT adds a client to it; cjm init NEWFOLDER elsewhere makes another workspace")


def _holds_something(path: Path) -> bool:
    return path.is_symlink() or path.is_file() or (path.is_dir() and any(path.iterdir()))


def _fill(stage: Path) -> None:
    (stage / "params").mkdir()
    for name in PARAMS:
        shutil.copyfile(shipped("params") / name, stage / "params" / name)
    (stage / "data" / "raw").mkdir(parents=True)
    (stage / "reports").mkdir()
    (stage / "docs").mkdir()
    for name in DOCS:
        source, target = shipped("docs") / name, stage / "docs" / name
        shutil.copytree(source, target) if source.is_dir() else shutil.copyfile(source, target)
    (stage / "README.md").write_text(_README, encoding="utf-8")
    (stage / ".gitignore").write_text("# customers' data and what is published from it\n" + "".join(f"{line}\n" for line in IGNORED), encoding="utf-8")


@contextmanager
def _staged(at: Path) -> Iterator[Path]:
    """A folder beside what is to be made; gone afterwards, as is the workspace's folder where we made it and failed."""
    new = [f for f in (at, *at.parents) if not f.exists()]
    at.mkdir(parents=True, exist_ok=True)
    stage = scratch_folder("init", at, private=False)
    try:
        yield stage
    finally:
        remove_scratch(stage)
        for folder in new:
            if any(folder.iterdir()):
                break
            folder.rmdir()


def _put(stage: Path, at: Path, kept: list[str]) -> None:
    """Move everything to its place, params last: they make the folder a workspace."""
    put: list[Path] = []
    try:
        for path in sorted(stage.iterdir(), key=lambda p: p.name == "params"):
            if path.name not in kept:
                if (at / path.name).is_dir():
                    (at / path.name).rmdir()  # it is empty
                path.rename(at / path.name)
                put.append(at / path.name)
    except OSError:
        for path in put:
            path.rename(stage / path.name)  # gone with it
        raise
