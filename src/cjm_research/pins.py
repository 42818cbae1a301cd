"""What a run reads, pinned: its tables, coding logs and settings as they were at one instant, whatever happens to them since.

A pin is a folder `data/pins/<client>/<owner>/` laid out like a workspace:

    tables/<client>/    hard links to the built files (`build.json` and the index of the log among them)
    codings/<client>/   copies of the coding logs, which are written on
    params/             copies of the settings and of the files they name
    own_answers.json    what own questions answered in the chapters that define them

A build never writes into a built file, it swaps whole folders; so the links keep the state they were made from, at no cost.
A run's pin holds all three and its kernels are told of it by `CJM_PIN`; a study opened in a notebook pins its tables only.
A pin lives as long as somebody holds it; what killed processes left is removed when the next pin of that client is made.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import time
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from .errors import CjmError
from .files import beside, remove_abandoned, remove_owned
from .files.folders import OWNED
from .owners import own_tag
from .params import Pin, Workspace, check_client_name, load_params

VARIABLE = "CJM_PIN"
OWN_ANSWERS = "own_answers.json"  # in a run's pin: what the own questions of its chapters answered, for the map
OWN_VARIABLE = "CJM_OWN_ANSWERS"  # the file a chapter's kernel writes the answers of its own questions to
BUILD_FILE = "build.json"  # written last by `build`: hashes, row counts, import reports
_TRIES = 60  # links are made in a few milliseconds; a build swaps in fewer
_NUMBER = itertools.count()


def pin_run(client: str, workspace: Workspace, build: Callable[[Workspace], str] | None = None) -> Workspace:
    """The workspace as a run is to see it: this client's settings, tables and coding logs pinned.

    build: renews the tables of a workspace whose settings are pinned already and returns their key, so that tables and
    settings belong together. A client without tables gets a pin without. The pin ends with the returned workspace, or
    with `release`. Raises `BadInput(s)` for wrong settings, `CjmError` where the disk refuses or builds never pause.
    """
    try:
        for _ in range(3):
            place = _new(client, workspace)
            _pin_settings(client, workspace, place)
            key = build(place) if build else None
            _pin_codings(client, workspace, place)
            _pin_tables(client, workspace, place)
            if key is None or _built_key(place.tables(client)) == key:
                return place
            release(place)  # somebody built with other settings in between: once more, with those
    except OSError as error:
        raise CjmError(f"report of {client}", f"what it reads could not be pinned in data/pins: {error.strerror or error}",
                       "a folder that can be written to, on a disk with space", "free disk space or check the permissions of data/, then run again") from error
    raise CjmError(f"report of {client}", "the tables were built again with other settings each time they were read",
                   "no build of the same client at the same time", "run again when nobody builds this client")


def pin_study(client: str, workspace: Workspace) -> Workspace:
    """The workspace as a study is to see it: the run's pin in a chapter's kernel, else the tables pinned as they are now.

    The workspace itself where it has a pin of the client already, where there are no tables, and where nothing can be
    written beside them (nobody builds there either).
    """
    check_client_name(client)
    if workspace.pin is not None and workspace.pin.client == client:
        return workspace
    if (given := _of_environment(client, workspace)) is not None:
        return given
    if not _there(workspace.tables(client)):
        return workspace
    try:
        place = _new(client, workspace)
        _pin_tables(client, workspace, place)
    except OSError:
        return workspace
    return place


def release(workspace: Workspace) -> None:
    """End a workspace's pin now. Does nothing without one, or where another process holds it."""
    if workspace.pin is not None:
        _remove(workspace.pin.folder, os.getpid(), workspace.pin.owner)


def collect(client: str, workspace: Workspace) -> int:
    """Remove the pins of processes that are gone; returns how many."""
    return remove_abandoned(workspace.pins(client), OWNED)


def held(client: str, workspace: Workspace) -> list[Path]:
    """The pins of a client that somebody still holds: state as it was, also of persons erased since."""
    collect(client, workspace)
    folder = workspace.pins(client)
    return sorted(p for p in folder.iterdir() if p.is_dir()) if folder.is_dir() else []


def pinned_builds(client: str, workspace: Workspace) -> list[dict[str, Any]]:
    """What `build.json` says of the tables that somebody still holds: their runs are checked against who was who then."""
    found = (_read_build(pin / "tables" / client) for pin in held(client, workspace))
    return [build for build in found if build is not None]


def _of_environment(client: str, workspace: Workspace) -> Workspace | None:
    """The pin that a run handed to its kernel, where it is one of this client in this workspace."""
    text = os.environ.get(VARIABLE, "")
    if not text:
        return None
    folder = Path(text)
    if folder.parent.resolve() != workspace.pins(client).resolve() or not (folder / "tables").is_dir():
        return None
    return replace(workspace, pin=Pin(client, folder, 0))


def _new(client: str, workspace: Workspace) -> Workspace:
    home = workspace.pins(check_client_name(client))
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    collect(client, workspace)
    folder = home / f"{own_tag()}.{next(_NUMBER)}"
    folder.mkdir(mode=0o700)
    pin = Pin(client, folder, os.getpid())
    weakref.finalize(pin, _remove, folder, os.getpid(), os.getpid())
    return replace(workspace, pin=pin)


def _remove(folder: Path, maker: int, owner: int) -> None:
    if os.getpid() == maker == owner:  # a forked child ends without taking its parent's pins along
        with contextlib.suppress(OSError):
            remove_owned(folder)


def _pin_settings(client: str, live: Workspace, place: Workspace) -> None:
    assert place.pin is not None
    target = place.pin.folder / "params"
    source = live.settings(client)
    target.mkdir(mode=0o700)
    for path in (source / "_defaults.yaml", live.params_file(client)):
        _copy(path, target / path.name)
    params = load_params(client, place)
    for named in params.files:
        path = beside(source, named, f"params/{client}.yaml")
        if path.is_file():
            copy = target / path.relative_to(source.resolve())
            copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _copy(path, copy)


def _pin_codings(client: str, live: Workspace, place: Workspace) -> None:
    assert place.pin is not None
    source, target = live.codings(client), place.pin.folder / "codings" / client
    target.mkdir(parents=True, mode=0o700)
    for path in sorted(source.iterdir()) if source.is_dir() else ():
        if path.is_file():
            _copy(path, target / path.name)


def _pin_tables(client: str, live: Workspace, place: Workspace) -> None:
    """Link the tables of one state: begun anew where a build swapped them in between."""
    assert place.pin is not None
    source, target = live.tables(client), place.pin.folder / "tables" / client
    for attempt in range(_TRIES):
        if not _there(source):
            return
        if target.is_dir():
            remove_owned(target)
        target.mkdir(parents=True, mode=0o700)
        try:
            before = _state(source)
            _link_all(source, target)
            if _state(source) == before:
                return
        except FileNotFoundError:
            pass
        time.sleep(0.005 * attempt)
    raise CjmError(f"client {client}", "its tables are being swapped all the time", "no build of the same client at the same time",
                   "run again when nobody builds this client")


def _there(tables: Path) -> bool:
    """Whether tables are built; a build that swaps them just now is waited for."""
    for _ in range(5):
        if (tables / BUILD_FILE).is_file():
            return True
        if not any(tables.parent.glob(f"*{tables.name}*")):
            return False
        time.sleep(0.02)
    return False


def _state(tables: Path) -> tuple[int, int, bytes]:
    """What tells one state of the tables from another."""
    path = tables / BUILD_FILE
    return tables.stat().st_ino, path.stat().st_ino, path.read_bytes()


def _link_all(source: Path, target: Path) -> None:
    for entry in os.scandir(source):
        if entry.name.startswith("."):
            continue  # an index that is being made
        if entry.is_dir():
            (target / entry.name).mkdir(mode=0o700)
            _link_all(Path(entry.path), target / entry.name)
            continue
        try:
            os.link(entry.path, target / entry.name)
        except FileNotFoundError:
            raise
        except OSError:  # another disk, or one that knows no links
            shutil.copy2(entry.path, target / entry.name)


def _copy(source: Path, target: Path) -> None:
    try:
        target.write_bytes(source.read_bytes())
    except FileNotFoundError:
        pass  # what is missing is told by who needs it


def _built_key(tables: Path) -> str | None:
    key = (_read_build(tables) or {}).get("key")
    return None if key is None else str(key)


def _read_build(tables: Path) -> dict[str, Any] | None:
    import json

    try:
        found = json.loads((tables / BUILD_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
