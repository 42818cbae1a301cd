"""A batch goes on after failures, explains them, can be gone on with, and never leaves half a report."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from cjm_research.page.blocks import Answer
from cjm_research.params import Workspace
from cjm_research.report.batch import run_batch
from cjm_research.report.progress import Display, duration, summary_table
from cjm_research.report.record.publish import run_folders, staged, write_whole
from cjm_research.report.record.receipt import files_sha256, read_receipt

from .workspace import ANSWER, FIGURE, executed, notebook, publish_notebooks, workspace

CHAPTERS = {"10_a": notebook("A", ANSWER, FIGURE), "40_b": notebook("B", "if client == 'chapter': raise ValueError('its data')", ANSWER.replace('"buy"', '"b"')),
            "50_c": notebook("C", "import time\nwhile client == 'slow': time.sleep(1)", "import os\nif client == 'dies': os._exit(1)", "1")}
GOOD = [f"good_{i}" for i in range(4)]
BROKEN = ["chapter", "dies", "params", "slow", "tables"]


def make(root: Path) -> Workspace:
    place = workspace(root, CHAPTERS, {**{n: {} for n in [*GOOD, *BROKEN]}, "slow": {"limits": {"chapter_time": "2s"}}})
    (place.params / "params.yaml").write_text("client: params\nstages: []\n")
    (place.tables("tables") / "build.json").unlink()
    return place


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Any, list[str]]:
    place = make(tmp_path_factory.mktemp("batch"))
    lines: list[str] = []

    class Kept(Display):
        def say(self, text: str) -> None:
            lines.append(text)

    names = sorted([*GOOD, *BROKEN])
    return place, run_batch(names, place, jobs=3, build=False, display=Kept(names)), lines


def test_good_clients_are_published_and_broken_ones_explained(done: tuple[Workspace, Any, list[str]]) -> None:
    place, outcome, lines = done
    assert outcome.exit_code == 1
    assert all(outcome.clients[c].exit_code == 0 and outcome.clients[c].state == "published" for c in GOOD)
    notes = {c: outcome.clients[c].note for c in BROKEN}
    for client, said in {"chapter": "40_b failed: ValueError: its data", "dies": "50_c failed: The kernel died", "params": "unknown key 'stages'",
                         "slow": "50_c failed: The chapter passed its time limit of 2 s", "tables": "not built yet"}.items():
        assert said in notes[client]
    assert outcome.clients["params"].exit_code == 2
    assert len(lines) == len(outcome.clients) and lines[-1].startswith("[9/9] ")
    index = (place.reports / "index.html").read_text()
    for client in (*GOOD, *BROKEN):
        assert f'data-find="{client}"' in index
    assert "unknown key &#39;stages&#39;" in index


def test_reports_of_a_batch_are_those_of_single_runs(done: tuple[Workspace, Any, list[str]], tmp_path: Path) -> None:
    place, outcome, _ = done
    single = run_batch(["good_0"], make(tmp_path), jobs=1, build=False, isolation="process")
    one, many = single.clients["good_0"].report, outcome.clients["good_0"].report
    assert one and files_sha256(one.folder) == files_sha256(many.folder)


def test_a_second_batch_runs_only_what_failed(done: tuple[Workspace, Any, list[str]]) -> None:
    place, _, _ = done
    again = run_batch([*GOOD, "chapter"], place, jobs=2, build=False)
    assert {c: o.state for c, o in again.clients.items()} == {**dict.fromkeys(GOOD, "unchanged"), "chapter": "published"}
    assert [c.taken_from is not None for c in again.clients["chapter"].report.chapters] == [True, False, True]


def test_limit_and_exit_code_of_a_single_client(tmp_path: Path) -> None:
    place = make(tmp_path)
    assert list(run_batch(["good_0", "good_1"], place, limit=1, build=False, only=["a"]).clients) == ["good_0"]
    assert run_batch(["params"], place, build=False).exit_code == 2
    assert run_batch(["chapter"], place, build=False, only=["b"]).exit_code == 1


def whole(place: Workspace) -> dict[str, list[str]]:
    """The runs that readers see; raises where one is not whole or a page is torn."""
    seen: dict[str, list[str]] = {}
    for client in (*GOOD, *BROKEN):
        for folder in run_folders(place.reports, client):
            receipt = read_receipt(folder)
            assert files_sha256(folder) == receipt.files, folder
            assert {p.name for p in folder.iterdir()} == {*receipt.files, "run.json", "about.html"}
            seen.setdefault(client, []).append(folder.name)
    for page in [*place.reports.glob("index.html"), *place.reports.glob("*/index.html")]:
        assert page.read_text().rstrip().endswith("</html>"), page
    return seen


def test_killed_at_twenty_random_instants_nothing_is_torn(tmp_path: Path) -> None:
    """A process that publishes one run after the other, without kernels, so that every kill falls into writing."""
    place, rng = make(tmp_path), random.Random(11)
    notebooks = {name: executed(name, Answer("Q", ["S"], [], "", [])) for name in CHAPTERS}
    publish_notebooks(tmp_path, "good_0", notebooks, "20260101T000000.000Z-a")  # imports what is needed
    kept: list[str] = []
    for kill in range(20):
        child = os.fork()
        if child == 0:
            try:
                for number in range(1000):
                    publish_notebooks(tmp_path, "good_0", notebooks, f"202601{kill + 2:02d}T000000.{number:03d}Z-a")
            finally:
                os._exit(1)
        time.sleep(rng.uniform(0.0, 0.25))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        now = whole(place).get("good_0", [])
        assert now[: len(kept)] == kept, "a published run is gone"
        kept = now
    assert len(kept) > 1
    publish_notebooks(tmp_path, "good_0", notebooks, "20260301T000000.000Z-a")
    assert not [p.name for p in (place.reports / "good_0").iterdir() if p.name.startswith(".")], "what was cut off is removed"


def test_a_killed_batch_is_resumed_and_nothing_is_lost(tmp_path: Path) -> None:
    place = workspace(tmp_path, {"10_a": CHAPTERS["10_a"]}, GOOD)
    code = (f"from pathlib import Path\nfrom cjm_research.params import Workspace\nfrom cjm_research.report.batch import run_batch\n"
            f"run_batch({GOOD!r}, Workspace(Path({str(tmp_path)!r})), jobs=1, build=False, resume=True, isolation='process')")
    batch = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 120
    while not whole(place):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(batch.pid, signal.SIGKILL)
    batch.wait()
    before = whole(place)
    assert (place.reports / ".batch.jsonl").exists()
    subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    after = whole(place)
    assert set(after) == set(GOOD) and all(after[c] == runs for c, runs in before.items())
    assert not (place.reports / ".batch.jsonl").exists()


def test_ctrl_c_publishes_nothing_of_what_was_cut_off(tmp_path: Path) -> None:
    place = workspace(tmp_path, {"10_a": notebook("A", f"open({str(tmp_path / 'began')!r}, 'a').write('x')", "import time; time.sleep(60)")}, ["one", "two"])
    # a process that a shell put into the background ignores the signal, and so would its children
    code = (f"import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
            f"from pathlib import Path\nfrom cjm_research.params import Workspace\nfrom cjm_research.report.batch import run_batch\n"
            f"run_batch(['one', 'two'], Workspace(Path({str(tmp_path)!r})), jobs=2, build=False)")
    batch = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
    deadline = time.monotonic() + 60
    while not ((tmp_path / "began").exists() and len((tmp_path / "began").read_text()) == 2):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(batch.pid, signal.SIGINT)
    assert batch.wait(20) != 0
    assert whole(place) == {} and not list(place.reports.glob("*/2*")) and not list(place.reports.glob("*/attempt.json"))


def test_what_a_killed_process_left_is_removed_and_what_runs_is_not(tmp_path: Path) -> None:
    from cjm_research import owners

    home = tmp_path / "demo"
    gone = subprocess.Popen([sys.executable, "-c", "pass"])
    gone.wait()
    parent = owners._start(os.getppid())
    dead, alive, elsewhere = (home / f".cjm-run_{host}.{pid}.{start}.0a1b2c3d" for host, pid, start in (
        (owners.machine(), gone.pid, 1), (owners.machine(), os.getppid(), parent), ("another-machine", gone.pid, 1)))
    for folder in (dead, alive, elsewhere):
        folder.mkdir(parents=True)
    with staged(tmp_path, "demo", "20260102T000000.000Z-b", lambda _: None) as folder:
        (folder / "x").write_text("x")
    assert not dead.exists() and alive.exists() and elsewhere.exists() and (home / "20260102T000000.000Z-b" / "x").is_file()


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "index.html"
    write_whole(path, "old")
    before = path.stat().st_mtime_ns
    write_whole(path, "old")
    assert path.stat().st_mtime_ns == before, "equal text is not written again"
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(OSError, match="full"):
        write_whole(path, "new")
    assert path.read_text() == "old" and len(list(tmp_path.iterdir())) == 1


def test_durations_and_tables_in_words() -> None:
    assert [duration(s) for s in (0.04, 9.96, 61, 3725)] == ["0.0 s", "10 s", "1 min 01 s", "1 h 02 min"]
    assert summary_table([("a", "1"), ("bbb", "")], ("x", "y")).splitlines() == ["x    y", "---  -", "a    1", "bbb"]


def test_a_journal_of_other_options_is_not_gone_on_with(tmp_path: Path) -> None:
    from cjm_research.report.record.journal import Journal

    Journal(tmp_path, {"force": True}, resume=False).note("a", True)
    assert Journal(tmp_path, {"force": False}, resume=True).done == set()
    journal = Journal(tmp_path, {"force": True}, resume=False)
    journal.note("a", True)
    journal.note("b", False)
    with (tmp_path / ".batch.jsonl").open("a") as file:
        file.write('{"client": "c", "ok": tr')  # cut off
    assert Journal(tmp_path, {"force": True}, resume=True).done == {"a"}
    assert json.loads((tmp_path / ".batch.jsonl").read_text().splitlines()[0]) == {"options": {"force": True}}
