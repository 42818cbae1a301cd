"""The site: `reports/index.html` lists clients, `reports/<client>/index.html` their runs."""

from __future__ import annotations

from collections.abc import Sequence

from ..params import Workspace
from .publish import latest_run, write_whole


def build_site(workspace: Workspace, clients: Sequence[str] | None = None) -> None:
    """Renew the pages that list runs."""
    for client in clients or []:
        latest = latest_run(workspace.reports, client)
        if latest is not None:
            write_whole(workspace.reports / client / "latest.txt", latest.name + "\n")
