"""A killed report or export leaves the old state or the new one; a disk that refuses is told in one message."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cjm_research.errors import CjmError
from cjm_research.report import batch
from cjm_research.report import run as run_module
from cjm_research.report.record.publish import run_folders
from cjm_research.report.run import run_report

from . import killing
from .workspace import ANSWER, notebook, workspace

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_reports_and_exports_leave_old_or_new() -> None:
    """A sample; `python -m tests.report.killing` kills at every step and at 200 random instants of each."""
    found = subprocess.run([sys.executable, "-m", "tests.report.killing", "--every", os.environ.get("CJM_KILL_EVERY", "13"),
                            "--instants", os.environ.get("CJM_KILLS", "1")], cwd=ROOT, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout + found.stderr


def test_the_kills_can_find_something(tmp_path: Path) -> None:
    place = killing.workspace(tmp_path, {"10_a": notebook("A", ANSWER)})
    (place.reports / "demo/20260101T000000.000Z-1-aaaaaa").mkdir(parents=True)
    (place.reports / "demo/.cjm-run_x.1.1.aaaaaaaa").mkdir()
    (place.reports / "index.html").write_text("<html>")
    (place.reports / "demo/index.html").write_text("<html></html>")
    (place.reports / "demo/latest.txt").write_text("20260101T000000.000Z-1-aaaaaa\n")
    found = killing.torn(place, 1)
    assert len(found) == 3 and killing.scratch_of(tmp_path)


def published(place: Any) -> list[tuple[str, bytes]]:
    return sorted((str(p.relative_to(place.root)), p.read_bytes()) for p in place.reports.rglob("*") if p.is_file())


@pytest.mark.parametrize("refused", [errno.ENOSPC, errno.EROFS, errno.EACCES])
@pytest.mark.parametrize("at", [0, 1, 3])
def test_a_disk_that_refuses_leaves_the_old_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: int, at: int) -> None:
    monkeypatch.setattr(run_module, "_execute", killing.answered)
    place = workspace(tmp_path, {"10_a": notebook("A", ANSWER)})
    run_report("demo", place)
    before = published(place)
    plain, count = Path.write_text, [0]

    def write_text(self: Path, *arguments: Any, **more: Any) -> int:
        if "reports" in self.parts:
            count[0] += 1
            if count[0] > at:
                raise OSError(refused, os.strerror(refused), str(self))
        return plain(self, *arguments, **more)

    monkeypatch.setattr(Path, "write_text", write_text)
    with pytest.raises(CjmError) as problem:
        run_report("demo", place, force=True)
    monkeypatch.undo()
    assert problem.value.allowed and problem.value.next and os.strerror(refused) in problem.value.found and "unchanged" in problem.value.found
    assert published(place) == before and not list(place.reports.rglob(".cjm-*"))
    monkeypatch.setattr(run_module, "_execute", killing.answered)
    assert run_report("demo", place, force=True).receipt.sequence == 2


@pytest.mark.parametrize("clients", [("demo",), ("demo", "other")])
def test_reports_that_is_a_file_is_told_once_and_before_anything_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str],
                                                                      clients: tuple[str, ...]) -> None:
    ran: list[int] = []
    monkeypatch.setattr(run_module, "_execute", lambda *_: ran.append(1) or [])
    place = workspace(tmp_path, {"10_a": notebook("A", ANSWER)}, clients)
    (tmp_path / "reports").write_text("a file of somebody's")
    if len(clients) == 1:
        assert batch.run_batch(clients, place, build=False).exit_code == 1
        said = "".join(capfd.readouterr())
    else:
        with pytest.raises(CjmError) as problem:
            batch.run_batch(clients, place, build=False)
        said = problem.value.text()
    assert said.count("reports is a file, not a folder") == 1 and "next: " in said and "Traceback" not in said
    assert not ran and (tmp_path / "reports").read_text() == "a file of somebody's"


def test_pages_that_list_runs_are_told_apart_from_reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(run_module, "_execute", killing.answered)
    place = workspace(tmp_path, {"10_a": notebook("A", ANSWER)})

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(batch, "build_site", full)
    outcome = batch.run_batch(["demo"], place, build=False)
    said = "".join(capfd.readouterr())
    assert outcome.exit_code == 0 and len(run_folders(place.reports, "demo")) == 1
    assert "pages that list runs: could not be written: No space left on device; reports are published" in said
