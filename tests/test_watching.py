"""`cjm watch` as a scheduler meets it: quiet, alarm and "cannot tell" never look alike, and neither like a failure."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from cjm_research.command import cli
from cjm_research.errors import BadInput
from cjm_research.params import Workspace
from cjm_research.watching import watch

START = date(2026, 1, 5)
PARAMS = """\
client: acme
timezone: UTC
sources:
  - {name: web, kind: events, files: events.csv, columns: {customer_id: user, occurred_at: time, event: event}}
journey:
  stages:
    - {name: Look, horizon: 1d, touchpoints: [{name: Site, match: {event: view}}]}
    - {name: Buy, touchpoints: [{name: Checkout, match: {event: buy}}]}
monitoring: {by: day, runs: false}
"""


def events(days: int, views: dict[int, int] | None = None) -> str:
    """A day's customers look, and half of them buy an hour later; views: another number of customers on a day."""
    rng, rows = np.random.default_rng(1), ["user,time,event"]
    for d in range(days):
        many = (views or {}).get(d, 40 + int(rng.integers(-4, 5)))
        for k in range(many):
            rows.append(f"u{d}-{k},{START + timedelta(days=d)} 10:{k % 60:02d},view")
            if k % 2:
                rows.append(f"u{d}-{k},{START + timedelta(days=d)} 11:{k % 60:02d},buy")
        if (views or {}).get(d) == 0:  # the shop is open all the same
            rows += [f"b{d}-{k},{START + timedelta(days=d)} 11:{k:02d},buy" for k in range(20)]
    return "\n".join(rows) + "\n"


def place(folder: Path, export: str) -> Workspace:
    (folder / "params").mkdir()
    (folder / "params" / "_defaults.yaml").write_text("chapters: [10_data_health]\n")
    (folder / "params" / "acme.yaml").write_text(PARAMS)
    raw = folder / "data" / "raw" / "acme"
    raw.mkdir(parents=True)
    (raw / "events.csv").write_text(export)
    return Workspace(folder)


def test_quiet_is_0(tmp_path: Path) -> None:
    seen = watch("acme", place(tmp_path, events(45)), to=tmp_path / "alerts.json")
    assert (seen.state, seen.exit_code) == ("quiet", 0), seen.lines
    said = json.loads((tmp_path / "alerts.json").read_text())
    assert said["alerts"] == [] and said["state"] == "quiet" and said["complete_to"] == str(START + timedelta(days=44))


def test_an_alert_is_4_and_is_in_the_file_and_the_command_ends_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    place(tmp_path, events(45, {43: 160}))
    monkeypatch.setenv("CJM_WORKSPACE", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["cjm", "watch", "acme", "--to", str(tmp_path / "alerts.json")])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 4 and "acme: alert" in capsys.readouterr().out
    said = json.loads((tmp_path / "alerts.json").read_text())
    found = {a["kpi"]: a for a in said["alerts"]}
    assert found["customers:stage:Look"]["day"] == str(START + timedelta(days=43)) and found["customers:stage:Look"]["value"] == 160


def test_since_tells_of_alerts_that_the_latest_point_does_not(tmp_path: Path) -> None:
    where = place(tmp_path, events(45, {35: 160}))
    assert watch("acme", where).exit_code == 0
    assert watch("acme", where, since=str(START + timedelta(days=30))).exit_code == 4
    with pytest.raises(BadInput, match="'yesterday' is no day"):
        watch("acme", where, since="yesterday")


def test_tracking_that_stopped_and_too_little_are_5_and_no_alarm(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    stopped = watch("acme", place(tmp_path / "a", events(45, dict.fromkeys(range(40, 45), 0))))
    assert (stopped.state, stopped.exit_code) == ("cannot tell", 5) and any("view of web stopped" in line for line in stopped.lines)
    little = watch("acme", place(tmp_path / "b", events(6)), to=tmp_path / "b" / "alerts.json")
    assert little.exit_code == 5 and json.loads((tmp_path / "b" / "alerts.json").read_text())["reason"]


def test_a_broken_export_is_a_failure_and_writes_no_file(tmp_path: Path) -> None:
    where = place(tmp_path, "user,when\n1,2\n")
    with pytest.raises(BadInput):
        watch("acme", where, to=tmp_path / "alerts.json")
    assert not (tmp_path / "alerts.json").exists()
