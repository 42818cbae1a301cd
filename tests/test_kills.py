"""A killed build or erasure leaves the old state or the new one, and the next command finishes it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cjm_research.build import build
from cjm_research.params import Workspace

from . import killing_builds
from .test_erase import QUOTE, sources

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_builds_and_erasures_leave_old_or_new() -> None:
    """A sample; `make kills` kills at every step and at 200 random instants of each."""
    found = subprocess.run([sys.executable, "-m", "tests.killing_builds", "--every", "47", "--instants", "1", "--seed", os.environ.get("CJM_SEED", "7")],
                           cwd=ROOT, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout + found.stderr


def test_the_kills_can_find_something(tmp_path: Path) -> None:
    place = Workspace(tmp_path)
    sources(place)
    build("acme", place)
    (place.root / "data" / "tables" / ".cjm-tables_x.1.1.aaaaaaaa").mkdir()
    (place.root / "data" / "lab").mkdir(exist_ok=True)
    (place.root / "data" / "lab" / "note.txt").write_text(QUOTE)
    found = killing_builds.left_by_a_kill("erase", place)
    assert len(found) == 2 and QUOTE in found[0] and "aaaaaaaa" in found[1], found
