"""Every chapter on a client that has next to nothing: cards, no failure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PARAMS = """\
client: tiny
timezone: UTC
sources:
  - name: form
    kind: survey
    files: form.csv
    columns: {response_id: id}
    questions: [{column: nps, instrument: nps, stage: Use}]
journey:
  stages: [{name: Look}, {name: Use, questions: [nps]}]
"""


def test_a_client_with_eight_answers_gets_a_whole_report(tmp_path: Path) -> None:
    (tmp_path / "params").mkdir()
    raw = tmp_path / "data" / "raw" / "tiny"
    raw.mkdir(parents=True)
    (tmp_path / "params" / "_defaults.yaml").write_text((ROOT / "params" / "_defaults.yaml").read_text())
    (tmp_path / "params" / "tiny.yaml").write_text(PARAMS)
    (raw / "form.csv").write_text("id,nps\n" + "".join(f"{i},{i + 2}\n" for i in range(8)))
    (tmp_path / "notebooks").symlink_to(ROOT / "notebooks")
    done = subprocess.run([sys.executable, "-m", "cjm_research", "report", "tiny"], env={**os.environ, "CJM_WORKSPACE": str(tmp_path)},
                          capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    receipt = json.loads(next((tmp_path / "reports" / "tiny").glob("*/run.json")).read_text())
    states = {c["name"]: c["state"] for c in receipt["chapters"]}
    assert set(states.values()) <= {"ok", "no data"} and states["60_journey_map"] == "ok"
    assert {states[c] for c in ("30_interview_coding", "40_funnel", "50_ab_tests")} == {"no data"}
