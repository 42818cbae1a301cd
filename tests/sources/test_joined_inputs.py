"""What a source rests on: a joined file that changes is read again, a missing one is told before anything is read."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from cjm_research.build import build
from cjm_research.errors import BadInput
from cjm_research.params import Workspace
from cjm_research.study import open_study


def test_a_changed_joined_file_is_read_again(tmp_path: Path) -> None:
    raw = tmp_path / "data" / "raw" / "acme"
    (raw / "exports").mkdir(parents=True)
    (tmp_path / "params").mkdir()
    (raw / "exports" / "events.csv").write_text("user,at\na,2026-01-05\n")
    (raw / "users.csv").write_text("user,country\na,AT\n")
    params = {"client": "acme", "timezone": "UTC", "sources": [{
        "name": "web", "kind": "events", "files": "exports/*.csv", "joins": [{"files": "users.csv", "by": "user", "columns": ["country"]}],
        "columns": {"customer_id": "user", "occurred_at": "at"}, "constants": {"event": "visit"}}]}
    (tmp_path / "params" / "acme.yaml").write_text(yaml.safe_dump(params))
    workspace = Workspace(tmp_path)
    country = lambda: open_study("acme", workspace).scalar("SELECT json_extract_string(properties, '$.country') FROM interactions")  # noqa: E731
    report = build("acme", workspace)
    assert set(report.inputs) == {"web/exports/events.csv", "web/users.csv"} and country() == "AT"
    assert not build("acme", workspace).changed
    (raw / "users.csv").write_text("user,country\na,DE\n")
    assert build("acme", workspace).changed and country() == "DE"
    (raw / "users.csv").unlink()
    with pytest.raises(BadInput, match=r"nothing matches 'users.csv'"):
        build("acme", workspace)
    assert country() == "DE"  # what was built stays
