"""The guard of a client's release: its vault, what its settings allow, and who signs the comments."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ...errors import CjmError, printable
from ...params import Params, Workspace, load_params
from ...privacy import Guard, Known, require_whole_vault
from ...study import BUILD_FILE
from .comments import read_comments
from .notebook import known_chapters

if TYPE_CHECKING:
    from ...privacy import Guard as _Guard

PATTERNS_ONLY = Guard(Known(()))


def guard_of(client: str, workspace: Workspace, params: Params | None = None) -> _Guard:
    """The guard of what is exported of a client.

    Raises `WouldExposePerson` where the vault does not hold what the tables were built from, `BadInput` where the settings
    cannot be read.
    """
    params = params or load_params(client, workspace)
    try:
        build = json.loads((workspace.tables(client) / BUILD_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        build = {}
    require_whole_vault(client, workspace, build)
    comments = read_comments(params, workspace, list(known_chapters(workspace))) if params.review.comments else []
    return Guard.of(params, workspace, (c.author for c in comments))


def redacted(client: str, workspace: Workspace, text: str) -> str:
    """A message as the site may show it, also where settings or tables are what is wrong."""
    try:
        guard = Guard.of(load_params(client, workspace), workspace)
    except CjmError:
        guard = PATTERNS_ONLY
    return printable(guard.redacted(text.replace(f"{workspace.root}/", "")))
