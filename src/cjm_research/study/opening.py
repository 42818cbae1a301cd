"""Opening a client's study."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..errors import BadInput, TablesGone
from ..params import Workspace, find_workspace, load_params
from ..pins import BUILD_FILE, pin_study
from .opened import Study

_TRIES = 5  # to open a study that erasures overtake


def open_study(client: str, workspace: Workspace | Path | str | None = None, **overrides: Any) -> Study:
    """Open a client's study. Raises `BadInput` where params are wrong or the tables are not built yet.

    workspace: a `Workspace` or a folder; default: found from the current folder. `overrides` replace
    top-level sections of the params (`period`, `timezone`, …). Tables are pinned while the study is used; in a chapter that a
    report runs, everything is as that run pinned it.
    """
    given = workspace if isinstance(workspace, Workspace) else find_workspace(Path(workspace) if workspace else None)
    for _ in range(_TRIES):
        place = pin_study(client, given)
        params = load_params(client, place, overrides)
        try:
            return Study(params, place, json.loads((place.tables(client) / BUILD_FILE).read_text(encoding="utf-8")))
        except TablesGone:
            continue  # an erasure took them between pinning and reading
        except FileNotFoundError:
            if place.pin is None or place.pin.folder.is_dir():
                raise BadInput(f"client {client}", "its tables are not built yet", "built tables", f"cjm build {client}") from None
    raise TablesGone(client)
