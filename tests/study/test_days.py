"""Days are the client's: in `cjm check` and `cjm build`, in data health, and in a study's own line."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from cjm_research.analysis.health import data_health
from cjm_research.command.cli import app
from cjm_research.params import Workspace
from cjm_research.study import open_study
from cjm_research.study.days import day_of

PARAMS = """client: acme
timezone: {zone}
journey: {{stages: [{{name: A, touchpoints: [{{name: Site, match: [{{event: visit}}]}}]}}]}}
sources:
  - {{name: crm, kind: events, files: crm.csv, columns: {{customer_id: who, occurred_at: day, event: what}}}}
  - {{name: box, kind: feedback, files: box.csv, columns: {{feedback_id: id, published_at: day, text: said}}}}
"""


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Tokyo", "America/New_York", "UTC"])
def test_a_day_without_a_clock_stays_that_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    place = Workspace(tmp_path)
    place.params.mkdir()
    raw = tmp_path / "data" / "raw" / "acme"
    raw.mkdir(parents=True)
    (place.params / "acme.yaml").write_text(PARAMS.format(zone=zone))
    (raw / "crm.csv").write_text("who,day,what\n" + "".join(f"c{i},2026-03-{d:02d},visit\n" for i, d in enumerate((1, 9, 31))))
    (raw / "box.csv").write_text("id,day,said\n1,2026-03-01,late\n2,2026-03-31,good\n")
    monkeypatch.setenv("CJM_WORKSPACE", str(tmp_path))
    for command in ("build", "check"):
        said = CliRunner().invoke(app, [command, "acme"])
        assert said.exit_code == 0, said.output
        assert "2026-03-01" in said.output and "2026-03-31" in said.output and "2026-02-28" not in said.output and "2026-03-30" not in said.output
    study = open_study("acme", place)
    health = data_health(study)
    for frame in ("tables", "sources"):
        told = health[frame]
        dated = told[told["first"].notna() & (told["first"] != "") & ~told.get("table", pd.Series("", told.index)).isin(["customers"])]
        assert len(dated) == 2 and set(dated["first"]) == {"2026-03-01"} and set(dated["last"]) == {"2026-03-31"}
    assert "2026-03-01 to 2026-03-31" in repr(study)


def test_days_of_moments() -> None:
    assert day_of("2026-02-28T23:00:00+00:00", "Europe/Berlin") == "2026-03-01"
    assert day_of("2026-03-01T04:59:59+00:00", "America/New_York") == "2026-02-28"
    assert day_of(None, "UTC") == day_of("", "UTC") == ""
    assert day_of("9999-12-31T23:00:00+00:00", "Europe/Berlin") == "9999-12-31"  # the next year is in no calendar
