"""The folders of a workspace: where params, notebooks, exports, tables, the vault and reports lie.

Every path that depends on a client, a run or a name is made here (names of files: `files.names`), so that no text of
params, data or the command line becomes a path elsewhere.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import BadInput
from ..files import check_folder, file_name, inside, is_device, keep_private, locked, plain_file_name, refusals
from ..files.private import KINDS

_STATE = "what was built and published before is whole; what was begun goes on with the next command"
ALLOW_RAW = "CJM_ALLOW_RAW"  # folders outside the workspace that `raw` may name, separated as in PATH
_CLIENT = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def is_client_name(client: str) -> bool:
    """Whether a word can name a client."""
    return _CLIENT.fullmatch(client) is not None and not is_device(client)


def check_client_name(client: str) -> str:
    """The name itself. Raises `BadInput` where it is not a plain name (a path, say)."""
    if is_device(client):
        raise BadInput("client", f"{client[:100]!r} is a name that Windows keeps for a device", "a name that every system can write, e.g. acme_2026", "choose another name")
    if not is_client_name(client):
        raise BadInput("client", f"{client[:100]!r} is not a client name", "up to 64 lower-case letters, digits, - and _, e.g. acme_2026",
                       "cjm list")
    return client


@dataclass(frozen=True, eq=False)
class Pin:
    """A folder that keeps what a client's run reads as it was; see `pins`. owner: the process that removes it."""

    client: str
    folder: Path
    owner: int


@dataclass(frozen=True)
class Workspace:
    """A folder with `params/`, `data/`, `reports/` and (optionally) its own `notebooks/`.

    pin: one client's settings, tables and coding logs are read there instead, as far as it has them.
    """

    root: Path
    params_folder: Path | None = None
    pin: Pin | None = field(default=None, repr=False)

    @property
    def made(self) -> bool:
        """Whether this is a workspace at all, or a folder without params."""
        return self.params.is_dir()

    def check_made(self) -> None:
        """Raise `BadInput` where this is no workspace."""
        if not self.made:
            raise BadInput("workspace", f"{self.root} is none: it has no folder params/", "a folder that cjm init made, or one within it",
                           "go there, or name it (cjm --workspace FOLDER …); make one with cjm init, or one with an example in it with cjm demo")

    @property
    def live(self) -> Workspace:
        """The same workspace with everything as it is now: for what writes."""
        return replace(self, pin=None)

    def _pinned(self, client: str, *parts: str) -> Path | None:
        if self.pin is None or self.pin.client != client:
            return None
        folder = self.pin.folder.joinpath(*parts)
        return folder if folder.is_dir() else None

    def pins(self, client: str) -> Path:
        """What is kept for runs and open studies of the client as it was when they began."""
        return self._of("pins", client)

    def settings(self, client: str) -> Path:
        """The folder of the client's params file and of the defaults under it."""
        return self._pinned(client, "params") or self.params

    @property
    def params(self) -> Path:
        """The folder of the params files."""
        return self.params_folder or self.root / "params"

    @property
    def notebooks(self) -> Path:
        """The workspace's own chapters, which join those that come with the package; the folder may be missing."""
        return self.root / "notebooks"

    @property
    def reports(self) -> Path:
        """The published site."""
        return self.root / "reports"

    def raw(self, client: str, override: str | None = None) -> Path:
        """The client's exports as delivered. Raises `BadInput` where `override` leaves the workspace and is not allowed to."""
        if not override:
            return self._of("raw", client)
        where = f"params/{client}.yaml: raw"
        path = Path(os.path.abspath(self.root / override))
        if any(path.is_relative_to(os.path.abspath(Path(a).expanduser())) for a in os.environ.get(ALLOW_RAW, "").split(os.pathsep) if a):
            return path.resolve()
        return inside(self.root, override, where, f"copy or link the folder into data/raw/, or allow it: {ALLOW_RAW}=<folder> or cjm --allow-raw <folder> …").resolve()

    def params_file(self, client: str) -> Path:
        """The client's settings."""
        return self.settings(client) / f"{check_client_name(client)}.yaml"

    def tables(self, client: str) -> Path:
        """The client's canonical tables."""
        return self._pinned(client, "tables", check_client_name(client)) or self._of("tables", client)

    def vault(self, client: str) -> Path:
        """The client's identifiers; nothing of it ever reaches a report."""
        return self._of("vault", client)

    def staged(self, client: str, source: str) -> Path:
        """What a source delivered, in the vault since it holds raw identifiers."""
        return self.vault(client) / "staged" / file_name(source)

    def cache(self, client: str) -> Path:
        """Results computed before, by the hash of what they rest on."""
        return self._of("cache", client)

    def codings(self, client: str) -> Path:
        """The coders' event logs and the edited codebook: research data, kept beside the exports."""
        return self._pinned(client, "codings", check_client_name(client)) or self._of("codings", client)

    @property
    def logs(self) -> Path:
        """Details of what readers did not foresee: private, since they may quote the exports."""
        return self.root / "data" / "logs"

    def lab(self, client: str) -> Path:
        """The researcher's copies of the chapters, with their outputs."""
        return self._of("lab", client)

    def erasures(self, client: str) -> Path:
        """Who was left out for good (as hashes), what is still to be done for it, and what was done."""
        return self._of("erasures", client)

    def exports(self, client: str) -> Path:
        """Notes of where exports were written."""
        return self._of("exports", client)

    def report(self, client: str) -> Path:
        """The client's published runs."""
        return self.reports / check_client_name(client)

    def run(self, client: str, run: str) -> Path:
        """One published run."""
        return self.report(client) / plain_file_name(run, f"client {client}: run", "run id", "cjm list")

    @contextmanager
    def writing(self, client: str, command: str, say: Callable[[str], None] | None = None) -> Iterator[None]:
        """Hold the client's lock: one command at a time writes its data and reports; who only reads needs no lock.

        command: who takes it, for those who wait. say: told once when there is waiting. Raises `files.Busy` after long waiting,
        `CjmError` for what the disk refuses, also inside the block.
        """
        data, where = self.root / "data", f"client {client}: {command}"
        for kind in KINDS:
            check_folder(data / kind / client, where, self.root)
        with locked(self._of("locks", client).with_suffix(".lock"), f"client {client}", command, say), refusals(where, self.root, _STATE):
            keep_private(data, self.reports, client)
            try:
                yield
            finally:
                keep_private(data, self.reports, client)

    @contextmanager
    def listing(self, command: str) -> Iterator[None]:
        """Hold the lock of the page that lists all clients, so that the last to write it has read the latest."""
        with locked(self.root / "data" / "locks" / ".site.lock", "the list of clients", command), refusals("the list of clients", self.root, "the page is as it was"):
            yield

    def _of(self, what: str, client: str) -> Path:
        return self.root / "data" / what / check_client_name(client)


def find_workspace(start: Path | None = None) -> Workspace:
    """The workspace that `start` lies in; without `start` the one named by CJM_WORKSPACE, else that of the current folder.

    A workspace is the nearest folder upwards with `params/_defaults.yaml`, else the folder itself (`start`: also where it has `params/`). CJM_PARAMS, where set, names
    another folder of params files; it goes with CJM_WORKSPACE and the current folder, not with a workspace that is named
    explicitly. Raises `BadInput` when a named folder is missing.
    """
    if start is not None:
        here = start.expanduser().resolve()
        if not here.is_dir():
            raise BadInput("workspace", f"there is no folder {start}", "an existing folder with params/, data/ and reports/", "correct the path")
        return Workspace(here if (here / "params").is_dir() else _upwards(here))
    params = os.environ.get("CJM_PARAMS")
    params_folder = Path(params).expanduser().resolve() if params else None
    if params_folder and not params_folder.is_dir():
        raise BadInput("CJM_PARAMS / --params", f"there is no folder {params_folder}", "a folder with <client>.yaml files", "correct the path")
    named = os.environ.get("CJM_WORKSPACE")
    if named:
        root = Path(named).expanduser().resolve()
        if not root.is_dir():
            raise BadInput("CJM_WORKSPACE / --workspace", f"there is no folder {root}", "an existing folder", "correct the path, or make the folder")
        return Workspace(root, params_folder)
    return Workspace(_upwards(Path.cwd().resolve()), params_folder)


def _upwards(here: Path) -> Path:
    return next((f for f in (here, *here.parents) if (f / "params" / "_defaults.yaml").is_file()), here)
