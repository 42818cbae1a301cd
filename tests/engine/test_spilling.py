"""What is beyond memory lies beside the tables of its client or nowhere, never in the folder where somebody happens to be."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from cjm_research.engine import file_engine
from cjm_research.engine.duck import Engine

WIDE = "SELECT i, md5(CAST(i AS VARCHAR)) AS a, sha256(CAST(i AS VARCHAR)) AS b FROM range(2000000) t(i) ORDER BY a"


def test_a_large_sort_writes_beside_the_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tables = tmp_path / "data" / "tables"
    tables.mkdir(parents=True)
    pd.DataFrame({"x": [1]}).to_parquet(tables / "x.parquet")
    engine = Engine(tables, "60MB", 1, views=False)
    place = Path(str(engine.scalar("SELECT current_setting('temp_directory')")))
    assert place.parent == tables.parent and place.name.startswith(".cjm-spill_") and not place.exists()
    cursor = engine.con.execute(WIDE)
    cursor.fetchmany(10)
    assert list(place.iterdir()), "nothing was spilled, so that this shows nothing"
    engine.close()
    assert not place.exists() and sorted(p.name for p in tmp_path.iterdir()) == ["data"]


def test_rows_of_an_export_are_spilled_nowhere_or_where_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert file_engine().scalar("SELECT current_setting('temp_directory')") == ""
    assert file_engine(tmp_path / "raw").scalar("SELECT current_setting('temp_directory')") == str(tmp_path / "raw")
    assert list(tmp_path.iterdir()) == []
