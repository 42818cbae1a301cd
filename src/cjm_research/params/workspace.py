"""The folders of a workspace: where params, notebooks, exports, tables, the vault and reports lie."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import BadInput


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
        return self.root / "data" / "pins" / client

    def settings(self, client: str) -> Path:
        """The folder of the client's params file and of the defaults under it."""
        return self._pinned(client, "params") or self.params

    @property
    def params(self) -> Path:
        """The folder of the params files."""
        return self.params_folder or self.root / "params"

    @property
    def notebooks(self) -> Path:
        """The workspace's chapters, or those that come with the package."""
        own = self.root / "notebooks"
        if own.is_dir():
            return own
        package = Path(__file__).resolve().parents[1]
        installed = package / "_notebooks"
        return installed if installed.is_dir() else package.parents[1] / "notebooks"  # an editable install

    @property
    def reports(self) -> Path:
        """The published site."""
        return self.root / "reports"

    def raw(self, client: str, override: str | None = None) -> Path:
        """The client's exports as delivered."""
        return (self.root / override).resolve() if override else self.root / "data" / "raw" / client

    def tables(self, client: str) -> Path:
        """The client's canonical tables."""
        return self._pinned(client, "tables", client) or self.root / "data" / "tables" / client

    def vault(self, client: str) -> Path:
        """The client's identifiers; nothing of it ever reaches a report."""
        return self.root / "data" / "vault" / client

    def cache(self, client: str) -> Path:
        """Results computed before, by the hash of what they rest on."""
        return self.root / "data" / "cache" / client

    def codings(self, client: str) -> Path:
        """The coders' event logs and the edited codebook: research data, kept beside the exports."""
        return self._pinned(client, "codings", client) or self.root / "data" / "codings" / client

    @property
    def logs(self) -> Path:
        """Details of what readers did not foresee: private, since they may quote the exports."""
        return self.root / "data" / "logs"

    def lab(self, client: str) -> Path:
        """The researcher's copies of the chapters, with their outputs."""
        return self.root / "data" / "lab" / client


def find_workspace(start: Path | None = None) -> Workspace:
    """The workspace named by CJM_WORKSPACE, else the nearest folder upwards with a `params` folder, else here.

    CJM_PARAMS, where set, names another folder of params files. Raises `BadInput` when a named folder is missing.
    """
    params = os.environ.get("CJM_PARAMS")
    params_folder = Path(params).expanduser().resolve() if params else None
    if params_folder and not params_folder.is_dir():
        raise BadInput("CJM_PARAMS / --params", f"there is no folder {params_folder}", "a folder with <client>.yaml files")
    named = os.environ.get("CJM_WORKSPACE")
    if named:
        root = Path(named).expanduser().resolve()
        if not root.is_dir():
            raise BadInput("CJM_WORKSPACE / --workspace", f"there is no folder {root}", "an existing folder")
        return Workspace(root, params_folder)
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "params" / "_defaults.yaml").is_file():
            return Workspace(folder, params_folder)
    return Workspace(here, params_folder)
