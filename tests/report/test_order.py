"""Runs are ordered by their count, whatever the clock said when they were made; every list of runs is the same list."""

from __future__ import annotations

import itertools
import json
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cjm_research.clients import list_clients
from cjm_research.params import Workspace
from cjm_research.report import batch
from cjm_research.report import run as run_module
from cjm_research.report.pages.site import build_site
from cjm_research.report.record.compare import compare_runs, runs_of
from cjm_research.report.record.publish import latest_run, next_sequence, run_folders, sequence_of
from cjm_research.report.record.run_data import read_run
from cjm_research.report.run import run_report
from cjm_research.report.verify import verify_run

from .workspace import ANSWER, executed, notebook, publish_notebooks, workspace

OLD = "20990101T000000.000Z-aaaaaa"  # made when the clock was wrong, by a version that did not count


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace whose reports run no kernel."""
    made = workspace(tmp_path, {"10_a": notebook("A", ANSWER)})

    def canned(plan: Any, *_: Any) -> list[Any]:
        chapters = [run_module._Chapter(task) for task in plan.tasks]
        for chapter in chapters:
            chapter.notebook = executed("A")
            chapter.receipt = chapter.receipt.model_copy(update={"state": "ok"})
        return chapters

    monkeypatch.setattr(run_module, "_execute", canned)
    return made


def clock(monkeypatch: pytest.MonkeyPatch, at: datetime) -> None:
    class Set(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return at

    monkeypatch.setattr(run_module, "datetime", Set)


def latest_everywhere(place: Workspace) -> set[str]:
    """The latest run by everybody who says which it is."""
    build_site(place, ["demo"])
    latest = latest_run(place.reports, "demo")
    assert latest is not None
    first = re.search(r'href="demo/([^/"]+)/index.html"', (place.reports / "index.html").read_text())
    listed = re.search(r'href="([^/"]+)/index.html"', (place.reports / "demo" / "index.html").read_text().split('<div class="who">')[1])
    assert first and listed
    return {latest.name, runs_of("demo", place)[-1], str(list_clients(place)[0]["report"]), (place.reports / "demo" / "latest.txt").read_text().strip(),
            read_run("demo", place).run, verify_run("demo", place, execute=False).run, first[1], listed[1]}


def test_a_run_dated_in_the_future_does_not_stay_the_latest(place: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    clock(monkeypatch, datetime(2031, 1, 1, tzinfo=UTC))
    future = run_report("demo", place, force=True)
    clock(monkeypatch, datetime(2026, 5, 1, tzinfo=UTC))  # the clock is right again
    now = run_report("demo", place, force=True)
    clock(monkeypatch, datetime(2026, 4, 1, tzinfo=UTC))  # and set back once more
    third = run_report("demo", place, force=True)
    assert [r.receipt.sequence for r in (future, now, third)] == [1, 2, 3]
    assert [p.name for p in run_folders(place.reports, "demo")] == [future.run, now.run, third.run]
    assert latest_everywhere(place) == {third.run}
    found = compare_runs("demo", place)
    assert (found.old, found.new) == (now.run, third.run)


def test_runs_of_one_instant_are_told_apart(place: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    clock(monkeypatch, datetime(2026, 5, 1, tzinfo=UTC))
    runs = [run_report("demo", place, force=True).run for _ in range(11)]
    assert [p.name for p in run_folders(place.reports, "demo")] == runs and sorted(runs) != runs  # 10 sorts before 2 as text


def test_runs_of_before_there_was_a_count_come_first(place: Workspace, tmp_path: Path) -> None:
    for run in ("20260101T000000.000Z-bbbbbb", OLD, "20260101T000000.000Z-123456"):
        folder = publish_notebooks(tmp_path, "demo", {"10_a": executed("A")}, run)
        data = json.loads((folder / "run.json").read_text())
        del data["sequence"]
        (folder / "run.json").write_text(json.dumps(data))
    assert [p.name for p in run_folders(place.reports, "demo")] == ["20260101T000000.000Z-123456", "20260101T000000.000Z-bbbbbb", OLD]
    assert next_sequence(place.reports, "demo") == 1
    new = run_report("demo", place, force=True)
    assert latest_everywhere(place) == {new.run} and sequence_of(new.run) == 1 and sequence_of(OLD) == 0


def test_copies_and_strangers_neither_become_the_latest_nor_break_a_list(place: Workspace) -> None:
    one, two = (run_report("demo", place, force=True) for _ in range(2))
    home = place.reports / "demo"
    shutil.copytree(two.folder, home / f"{two.run}-copy")
    shutil.copytree(one.folder, home / "29990101T000000.000Z-9-ffffff")
    assert latest_everywhere(place) == {two.run}
    for name, text in (("20500101T000000.000Z-7-aaaaaa", "{"), ("20500101T000000.000Z-aaaaaa", "[]"), ("zz", '{"sequence": 1e400, "run": 3}'),
                       ("zy", '{"sequence": true}'), ("zx", '{"sequence": -5}')):
        (home / name).mkdir()
        (home / name / "run.json").write_text(text)
    (home / "notes").mkdir()
    assert len(run_folders(place.reports, "demo")) == 9
    assert next_sequence(place.reports, "demo") == 8  # of the run whose receipt is torn, by its name
    new = run_report("demo", place, force=True)
    assert new.receipt.sequence == 8 and latest_everywhere(place) == {new.run}


def test_two_reports_at_once_get_two_places_and_the_site_tells_the_later(place: Workspace) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        runs = [f.result() for f in [pool.submit(run_report, "demo", place, force=True) for _ in range(8)]]
    assert sorted(r.receipt.sequence for r in runs) == list(range(1, 9))
    last = max(runs, key=lambda r: r.receipt.sequence).run
    assert (place.reports / "demo" / "latest.txt").read_text().strip() == last  # written by the reports themselves
    page = (place.reports / "demo" / "index.html").read_text()
    assert all(r.run in page for r in runs)
    pages = {p.name for p in (place.reports / "demo").glob("changes_*.html")}
    names = [p.name for p in run_folders(place.reports, "demo")]
    assert pages == {f"changes_{a}_{b}.html" for a, b in zip(names, names[1:], strict=False)}
    assert latest_everywhere(place) == {last}


def test_nobody_erased_meanwhile_is_published(place: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from cjm_research.errors import CjmError
    from cjm_research.privacy.erasures import Erasures

    before = run_report("demo", place, force=True)
    plain = run_module._execute

    def erased_meanwhile(*arguments: Any) -> Any:
        Erasures(place.erasures("demo")).add(["c_somebody"])
        return plain(*arguments)

    monkeypatch.setattr(run_module, "_execute", erased_meanwhile)
    with pytest.raises(CjmError, match="persons were erased since its tables were built"):
        run_report("demo", place, force=True)
    assert [p.name for p in run_folders(place.reports, "demo")] == [before.run]
    built = place.tables("demo") / "build.json"
    built.write_text(json.dumps({**json.loads(built.read_text()), "erasures": Erasures(place.erasures("demo")).sha256}))  # as a build without them says
    monkeypatch.setattr(run_module, "_execute", plain)
    assert run_report("demo", place, force=True).receipt.sequence == 2  # erased before it began: this one is right


def test_a_report_that_an_erasure_overtakes_begins_again(place: Workspace, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """Once: whoever erases persons all the time is told in words, by the second refusal."""
    from cjm_research.privacy.erasures import Erasures

    plain, built, times, names = run_module._execute, place.tables("demo") / "build.json", [1], itertools.count()

    def erased_meanwhile(*arguments: Any) -> Any:
        done = plain(*arguments)
        if times[0]:
            times[0] -= 1
            Erasures(place.erasures("demo")).add([f"c_{next(names)}"])
            built.write_text(json.dumps({**json.loads(built.read_text()), "erasures": Erasures(place.erasures("demo")).sha256}))  # as a build without them says
        return done

    monkeypatch.setattr(run_module, "_execute", erased_meanwhile)
    assert batch.run_batch(["demo"], place, force=True, build=False).exit_code == 0
    assert "persons were erased meanwhile: beginning again" in capfd.readouterr().err and len(run_folders(place.reports, "demo")) == 1
    times[0] = 2
    assert batch.run_batch(["demo"], place, force=True, build=False).exit_code == 1
    assert "persons were erased since its tables were built" in capfd.readouterr().err and len(run_folders(place.reports, "demo")) == 1


def test_the_day_is_told_although_the_order_does_not_rest_on_it(place: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    at = datetime(2026, 5, 1, 10, 11, 12, 345678, tzinfo=UTC)
    clock(monkeypatch, at)
    assert run_report("demo", place).run.startswith("20260501T101112.345Z-1-")
    clock(monkeypatch, at - timedelta(days=400))
    assert run_report("demo", place, force=True).run.startswith("20250327T101112.345Z-2-")
