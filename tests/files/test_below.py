"""Files below a folder that others change meanwhile."""

from __future__ import annotations

import os
import re
import shutil
import threading
from pathlib import Path

import pytest

import cjm_research
from cjm_research.files import files_below, remove_folder

SRC = Path(cjm_research.__file__).parent


def test_files_of_all_folders_sorted_without_links_to_folders(tmp_path: Path) -> None:
    for name in ("b/x.py", "a.py", "a/z.txt", "b/c/y.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    os.symlink(tmp_path / "b", tmp_path / "link")
    assert [p.relative_to(tmp_path).as_posix() for p in files_below(tmp_path)] == ["a/z.txt", "a.py", "b/c/y.py", "b/x.py"]
    assert [p.name for p in files_below(tmp_path, ".py")] == ["a.py", "y.py", "x.py"]
    assert files_below(tmp_path / "missing") == []


def test_what_others_remove_meanwhile_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "stays.txt").write_text("")
    over = threading.Event()

    def others() -> None:
        while not over.is_set():
            for number in range(8):
                (tmp_path / f"pin{number}" / "tables").mkdir(parents=True, exist_ok=True)
                (tmp_path / f"pin{number}" / "tables" / "t.parquet").write_text("")
            for number in range(8):
                shutil.rmtree(tmp_path / f"pin{number}", ignore_errors=True)

    thread = threading.Thread(target=others)
    thread.start()
    try:
        for _ in range(300):
            assert tmp_path / "stays.txt" in files_below(tmp_path)
    finally:
        over.set()
        thread.join()


def test_two_may_remove_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "result"
    folder.mkdir()
    (folder / "meta.json").write_text("{}")
    replace = os.replace

    def overtaken(source: Path, target: Path) -> None:
        shutil.rmtree(source)  # by another process, between looking and moving
        replace(source, target)

    monkeypatch.setattr(os, "replace", overtaken)
    remove_folder(folder, "meta.json")
    assert list(tmp_path.iterdir()) == []


def test_nobody_else_goes_down_into_folders() -> None:
    """`Path.rglob` and `**` fail where another process removes a folder meanwhile."""
    lines = [f"{path.relative_to(SRC)}: {line.strip()}" for path in files_below(SRC, ".py") for line in path.read_text(encoding="utf-8").splitlines()
             if re.search(r"\.rglob\(|\.glob\([^)]*\*\*", line)]
    assert lines == []
