"""The order of rows on the disk rests on what the rows say, not on how the export or the threads of a build brought them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import yaml

from cjm_research.build import build
from cjm_research.params import Workspace

PARAMS = {"client": "c", "timezone": "UTC", "sources": [
    {"name": "mail", "kind": "experiment", "files": "e.csv", "columns": {"unit_id": "unit", "variant": "arm"}, "constants": {"experiment": "x"},
     "settings": {"metrics": {"spend": "spend"}, "pre": {"spend": "before"}}}]}


@pytest.mark.parametrize("name", ["assignments", "measurements"])
def test_rows_in_another_order_give_the_same_file(tmp_path: Path, name: str) -> None:
    rows = [f"u{k},{'ab'[k % 2]},{k % 7},{k % 5}" for k in range(3_000)]
    written = []
    for turn in range(2):
        root = tmp_path / str(turn)
        (root / "data/raw/c").mkdir(parents=True)
        (root / "params").mkdir()
        (root / "data/raw/c/e.csv").write_text("\n".join(["unit,arm,spend,before", *rows]) + "\n")
        (root / "params/c.yaml").write_text(yaml.safe_dump(PARAMS))
        place = Workspace(root)
        place.vault("c").mkdir(parents=True)
        (place.vault("c") / "pseudonym.key").write_text("ab" * 32)
        build("c", place)
        written.append((place.tables("c") / f"{name}.parquet").read_bytes())
        random.Random(1).shuffle(rows)
    assert written[0] == written[1]
