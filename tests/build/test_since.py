"""What a new delivery changed, told by the build and by `cjm check` before anything is reported."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from cjm_research.build import build
from cjm_research.clients import check_client
from cjm_research.command.cli import main
from cjm_research.params import Workspace

HEAD = "who,at,event,plan\n"
ROWS = [f"c{i},2026-01-{1 + i:02}T10:00:00Z,{('see', 'buy', 'call')[i % 3]},x\n" for i in range(9)]


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    raw = tmp_path / "data" / "raw" / "acme"
    raw.mkdir(parents=True)
    (tmp_path / "params").mkdir()
    (raw / "a.csv").write_text(HEAD + "".join(ROWS))
    source = {"name": "web", "kind": "events", "files": "*.csv", "columns": {"customer_id": "who", "occurred_at": "at", "event": "event"}}
    (tmp_path / "params" / "acme.yaml").write_text(yaml.safe_dump({"client": "acme", "timezone": "UTC", "sources": [source]}))
    return Workspace(tmp_path)


def test_the_first_build_has_nothing_to_tell(place: Workspace) -> None:
    assert build("acme", place).since == []


def test_files_rows_columns_and_events_are_told_and_stay_told(place: Workspace) -> None:
    build("acme", place)
    raw = place.raw("acme")
    (raw / "a.csv").write_text("who,at,event,tier\n" + "".join(r for r in ROWS[:6] if "call" not in r) + "c9,2026-01-04T11:00:00Z,return,x\n")
    wanted = ["web: 1 file changed (a.csv)", "web: 5 rows, 4 fewer than before (9)", "web: its last record is of 2026-01-05, before it was of 2026-01-09",
              "web: columns gone: plan", "web: columns new: tier", "web: events gone: call", "web: events new: return"]
    assert build("acme", place).since == wanted
    assert build("acme", place).since == wanted == build("acme", place, force=True).since  # nothing came since
    (raw / "b.csv").write_text("who,at,event,tier\nc10,2026-01-10T10:00:00Z,see,x\n")
    assert build("acme", place).since == ["web: 1 file new (b.csv)", "web: 6 rows, 1 more than before (5)"]
    (raw / "a.csv").unlink()
    assert "web: 1 file gone (a.csv)" in build("acme", place).since


def test_sources_that_come_and_go_are_told(place: Workspace) -> None:
    build("acme", place)
    path = place.params_file("acme")
    said = yaml.safe_load(path.read_text())
    said["sources"][0]["name"] = "shop"
    path.write_text(yaml.safe_dump(said))
    assert build("acme", place).since == ["shop: this source is new", "web: this source is gone"]


def test_check_says_it(place: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    build("acme", place)
    (place.raw("acme") / "a.csv").write_text(HEAD + "".join(ROWS[:8]))
    report = check_client("acme", place)
    assert "web: 8 rows, 1 fewer than before (9)" in report.since and report.as_json(place)["since"] == report.since
    monkeypatch.setattr("sys.argv", ["cjm", "--workspace", str(place.root), "check", "acme"])
    with pytest.raises(SystemExit):
        main()
    said = capsys.readouterr()
    assert "since the delivery before: web: 8 rows, 1 fewer than before (9)" in " ".join((said.out + said.err).split())
