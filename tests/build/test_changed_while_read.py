"""A file that changes while it is read is refused: its hash would not be that of what the tables were built from."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cjm_research.build import build, reading
from cjm_research.errors import BadInputs
from cjm_research.sources import SOURCES
from tests.test_pins import small


def appended(path: Path) -> None:
    path.write_text(path.read_text() + "late,2024-01-01 10:00,x\n")


def replaced_by_an_old_one(path: Path) -> None:
    other = path.with_name("other")
    other.write_text(path.read_text().replace("p0", "q0"))
    os.utime(other, (1e9, 1e9))
    other.replace(path)


@pytest.mark.parametrize("meddle", [appended, replaced_by_an_old_one, Path.unlink])
def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, meddle: Callable[[Path], None]) -> None:
    place = small(tmp_path, {})
    build("demo", place)
    before = sorted((p.name, p.read_bytes()) for p in place.tables("demo").glob("*.*"))
    raw = tmp_path / "data/raw/demo/e.csv"
    raw.write_text(raw.read_text() + "p8,2024-01-01 10:00,x\n")
    kind = SOURCES["events"]
    read = kind.read

    def slow(files: Any, *rest: Any) -> Any:
        found = read(files, *rest)
        meddle(raw)
        return found

    monkeypatch.setitem(SOURCES, "events", type("Slow", (), {"read": staticmethod(slow), "check": staticmethod(kind.check)}))
    with pytest.raises(BadInputs, match="changed while it was read") as problem:
        build("demo", place)
    assert "e.csv" in str(problem.value) and "run again" in problem.value.problems[0].text()
    assert sorted((p.name, p.read_bytes()) for p in place.tables("demo").glob("*.*")) == before
    monkeypatch.undo()
    small(tmp_path, {}, rows=4)
    assert build("demo", place).tables["interactions"]["rows"] == 4


def test_a_file_that_lay_still_is_hashed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = small(tmp_path, {})
    hashed: list[Path] = []
    plain = reading.file_sha256
    monkeypatch.setattr(reading, "file_sha256", lambda path: hashed.append(path) or plain(path))
    monkeypatch.setattr(reading, "_touched", lambda path: 0.0)
    build("demo", place)
    assert len(hashed) == 1
