"""The clients of a workspace and where each stands."""

from __future__ import annotations

import json

from ..errors import CjmError
from ..params import Workspace, client_names, is_client_name, load_params
from ..shapes import Row
from ..study import BUILD_FILE


def list_clients(workspace: Workspace) -> list[Row]:
    """Every client with its title, rows, last report and what is wrong with it, if anything."""
    from ..report.record.publish import latest_run

    rows = []
    for client in client_names(workspace):
        row: Row = {"client": client, "title": "", "rows": None, "report": None, "problem": None}
        try:
            row["title"] = load_params(client, workspace).title
        except CjmError as problem:
            row["problem"] = problem.text().splitlines()[0]
        if not is_client_name(client):
            rows.append(row)
            continue
        build_file = workspace.tables(client) / BUILD_FILE
        if build_file.is_file():
            row["rows"] = sum(t["rows"] for t in json.loads(build_file.read_text(encoding="utf-8"))["tables"].values())
        latest = latest_run(workspace.reports, client)
        row["report"] = latest.name if latest else None
        rows.append(row)
    return rows
