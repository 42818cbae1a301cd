"""Folders of a client are closed to others, also while another run removes its own."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from cjm_research.files.private import keep_private


def _open(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o077)


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps its own list of who may read")
def test_folders_and_files_of_a_client_are_closed_also_deep_ones(tmp_path: Path) -> None:
    deep = tmp_path / "data" / "pins" / "shop" / "one" / "tables" / "shop"
    deep.mkdir(parents=True)
    (deep / "a.parquet").write_bytes(b"x")
    for path in (*deep.parents, deep):
        if tmp_path in path.parents:
            path.chmod(0o755)
    keep_private(tmp_path / "data", tmp_path / "reports", "shop")
    assert not any(_open(p) for p in (tmp_path / "data" / "pins").rglob("*"))


def test_a_folder_that_vanishes_meanwhile_stops_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pins = tmp_path / "data" / "pins" / "shop"
    for name in ("gone", "stays"):
        (pins / name / "tables").mkdir(parents=True)
        (pins / name / "tables" / "a.parquet").write_bytes(b"x")
        (pins / name / "tables" / "a.parquet").chmod(0o644)
    plain = os.scandir

    def scandir(path: Any = ".") -> Any:
        if isinstance(path, str | Path) and Path(path).name == "tables" and Path(path).parent.name == "gone":
            shutil.rmtree(pins / "gone", ignore_errors=True)
        return plain(path)

    monkeypatch.setattr(os, "scandir", scandir)  # also what `Path.rglob` calls
    keep_private(tmp_path / "data", tmp_path / "reports", "shop")
    assert not (pins / "gone").exists()
    assert not _open(pins / "stays" / "tables" / "a.parquet")
