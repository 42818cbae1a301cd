"""What chapters write: capped while it arrives, the same bytes in every run, and nothing that they start outlives them."""

from __future__ import annotations

import itertools
import json
import os
import time
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest

from cjm_research.page.blocks import MIME
from cjm_research.report.execution import caps as caps_module
from cjm_research.report.execution.caps import Caps
from cjm_research.report.execution.tidy import Here, plain, tidy_outputs
from cjm_research.report.execution.usage import MARK
from cjm_research.report.run import run_report
from cjm_research.report.verify import verify_run

from .workspace import ANSWER, notebook, workspace

NOISY = [
    "import warnings, sys, os; warnings.warn('a warning'); print(object(), os.getpid() and 'here', os.getcwd())",
    "for i in range(2000): print('line', i); print('e', i, file=sys.stderr) if i % 7 == 0 else None",
    "import logging; logging.warning('process %s of pid=%s', os.getpid(), os.getpid()); print('pid 4', 'item 0x1f')",
    "%time sum(range(10))",
    "import pandas as pd; pd.DataFrame({'a': [1]}).style",
    "import matplotlib; matplotlib.rcParams['figure.dpi'] = 60; import matplotlib.pyplot as plt; from IPython.display import SVG, display; import io\n"
    "f, a = plt.subplots(); a.plot([1, 2]); b = io.StringIO(); f.savefig(b, format='svg'); plt.close(f); display(SVG(b.getvalue()), metadata={'alt': 'a line that rises from one to two'})",
]


def texts(folder: Path, name: str = "10_a") -> str:
    return (folder / f"{name}.ipynb").read_text(encoding="utf-8")


@pytest.mark.parametrize("isolation", ["process", "fork"])
def test_two_runs_of_one_input_give_equal_bytes(tmp_path: Path, isolation: str) -> None:
    place = workspace(tmp_path, {"10_a": notebook("A", ANSWER, *NOISY)})
    one, other = (run_report("demo", place, force=True, isolation=isolation) for _ in range(2))
    assert one.exit_code == other.exit_code == 0, [c.reason for c in one.receipt.failed]
    names = sorted(p.name for p in one.folder.iterdir())
    assert names == sorted(p.name for p in other.folder.iterdir())
    differ = [n for n in names if n not in ("run.json", "about.html") and (one.folder / n).read_bytes() != (other.folder / n).read_bytes()]
    assert differ == []
    text = texts(one.folder)
    assert "ipykernel_" not in text and str(tmp_path) not in text and "/tmp/" not in text and "line 1999" in text
    assert "pid 4" in text and "item 0x1f" in text  # what a chapter says on its own account stays
    assert one.receipt.chapters[0].warnings == other.receipt.chapters[0].warnings
    assert verify_run("demo", place, isolation=isolation).verdict == "confirmed"  # type: ignore[arg-type]


def test_nothing_but_the_run_s_state_is_said_of_parameters(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    declared = 'client = "demo"\nexpr = "a=b"\nwho: str | None = None\n'
    place = workspace(tmp_path, {"10_a": notebook("A", ANSWER, "print(expr)", parameters=declared)})
    run = run_report("demo", place, sets=["expr=k=v"])
    assert "k=v" in texts(run.folder) and "nknown parameter" not in "".join(capfd.readouterr())


def stream(text: str, name: str = "stdout") -> Any:
    return nbformat.v4.new_output("stream", name=name, text=text)


def test_where_streams_were_cut_does_not_show() -> None:
    shown = nbformat.v4.new_output("display_data", {"text/plain": "x"})
    one = tidy_outputs([stream("a\n"), stream("w\n", "stderr"), stream("b\n"), shown, stream("c\n")])
    other = tidy_outputs([stream("w\n", "stderr"), stream("a"), stream("\nb\n"), shown, stream("c\n")])
    assert one == other
    assert [(o.get("name"), o.get("text")) for o in one] == [("stdout", "a\nb\n"), ("stderr", "w\n"), (None, None), ("stdout", "c\n")]
    assert tidy_outputs(json.loads(json.dumps(one))) == one  # again changes nothing
    bar = tidy_outputs([stream("\r 10%|#  | 1/10 [00:00<00:09, 1.10s/it]\r100%|###| 10/10 [00:09<00:00, 1.01it/s]\n", "stderr")])
    assert bar[0]["text"] == "100%|###| 10/10 […]\n"


@pytest.mark.parametrize(("said", "kept"), [
    ("/tmp/cjm-abc/ipykernel_4711/1234567.py:1: UserWarning: a", "<cell>:1: UserWarning: a"),
    ("/tmp/ipykernel_12/99.py", "<cell>"),
    (r"C:\Users\x\AppData\Local\Temp\ipykernel_12\99.py:3", "<cell>:3"),
    ("<object object at 0x7f3a2b1c4d50>", "<object object at 0x…>"),
    ("pointer 0x7ffee4b8a9c0", "pointer 0x…"),
    ("PID: 77, pid=77 (process 77), pid 78, 77 items", "PID: …, pid=… (process …), pid 78, 77 items"),
    ("/home/ana/study/data and /home/ana/studying", "workspace/data and ~/studying"),
    ("Wall time: 3.2 ms", "Wall time: …"),
    ("[12:30, 1/2/2024] Ana: hi at 12:30", "[12:30, 1/2/2024] Ana: hi at 12:30"),
    ("colour 0xff00aa, id 550e8400-e29b-41d4-a716-446655440000", "colour 0xff00aa, id 550e8400-e29b-41d4-a716-446655440000"),
])
def test_only_what_tells_of_the_machine_goes(said: str, kept: str) -> None:
    here = Here({"/home/ana/study": "workspace", "/home/ana": "~"}, frozenset({77}))
    assert plain(said, here) == kept == plain(kept, here)


@pytest.mark.parametrize("text", ["x" * 400_000, "/a" * 200_000, "1" * 400_000, "[00:00" * 60_000, "\x1b[1" * 100_000, "\r" * 400_000, "at 0x" * 80_000,
                                  "<dc:date>" * 40_000, "pid=" * 100_000, "ipykernel_1/" * 30_000, "T_" * 200_000])
def test_long_texts_take_no_longer_than_their_length(text: str) -> None:
    found = tidy_outputs([stream(text), nbformat.v4.new_output("display_data", {"text/html": text, "image/svg+xml": "<svg" + text})], Here({"/a": "b", "/abc": "c"}, frozenset({1})))
    assert len(found) == 2  # an expression that is quadratic would take minutes to get here


def test_a_block_is_left_as_it_is() -> None:
    data = {MIME: {"kind": "answer", "sentences": ["<object at 0x7f3a2b1c4d50> pid=77"]}, "text/plain": "at 0x7f3a2b1c4d50"}
    output = nbformat.v4.new_output("display_data", json.loads(json.dumps(data)))
    assert tidy_outputs([output], Here(processes=frozenset({77})))[0]["data"] == data


FLOODS = {
    "print": ["for _ in range(1000): print('x' * 104_857)"],
    "html": ["from IPython.display import HTML, display\ndisplay(HTML('<p>' + 'y' * 50_000_000 + '</p>'))"],
    "many": ["from IPython.display import display, HTML\nfor i in range(3000): display(HTML(f'<p>{i}</p>'))"],
    "error": ["raise ValueError('z' * 30_000_000)"],
    "image": ["import io\nfrom PIL import Image as I\nfrom IPython.display import Image, display\nimport numpy as np\nb = io.BytesIO()\n"
              "I.fromarray(np.random.default_rng(1).integers(0, 255, (2000, 2000, 3), dtype='uint8')).save(b, 'png')\ndisplay(Image(b.getvalue()), metadata={'image/png': {'alt': 'nothing but coloured noise here'}})"],
    "value": ["'v' * 40_000_000"],
}
CUT = {"print": "this cell printed 104,858,000 characters; the first 200,000 are kept", "html": "one output of this cell larger than a page can hold",
       "many": "this cell showed 3,000 outputs; the first 300 are kept", "error": "(30,000,000 characters)", "image": "one output of this cell larger",
       "value": "one output of this cell larger"}


@pytest.mark.parametrize("flood", FLOODS)
def test_a_flood_is_cut_and_the_page_says_so(tmp_path: Path, flood: str) -> None:
    place = workspace(tmp_path, {"10_a": notebook("A", ANSWER, *FLOODS[flood])})
    run = run_report("demo", place)
    page = (run.folder / "10_a.html").read_text(encoding="utf-8")
    assert CUT[flood] in page and sum(p.stat().st_size for p in run.folder.iterdir()) < 4_000_000
    assert "12.0" in page  # what came before is there
    chapter = run.receipt.chapters[0]
    if flood == "error":
        assert chapter.state == "failed" and chapter.reason.startswith("ValueError: zzz") and len(chapter.reason) < 10_000
    else:
        assert chapter.state == "ok", chapter.reason


def test_a_chapter_that_writes_without_end_is_ended_for_that_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caps_module, "WITHOUT_END", 3_000_000)
    place = workspace(tmp_path, {"10_a": notebook("A", ANSWER, "while True: print('x' * 10_000)")})
    chapter = run_report("demo", place).receipt.chapters[0]
    assert chapter.state == "failed" and "wrote more than 3,000,000 characters and was ended" in chapter.reason


def message(kind: str, **content: Any) -> dict[str, Any]:
    return {"msg_type": kind, "content": content}


def test_what_a_cell_takes_away_again_is_not_counted_but_a_chapter_s_sum_is(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = Caps()
    for _ in range(3 * caps_module.OUTPUTS):  # an animation
        assert limits.admit(message("display_data", data={"text/plain": "frame"}), 3)
        assert limits.admit(message("clear_output", wait=True), 3)
    monkeypatch.setattr(caps_module, "CHAPTER", 10_000)
    written_over = message("update_display_data", data={"text/html": "h" * 900}, transient={"display_id": "d"})
    assert all(limits.admit(json.loads(json.dumps(written_over)), 4) for _ in range(200))
    many = Caps()
    assert [many.admit(message("display_data", data={"text/html": "h" * 900}), 1) for _ in range(20)].count(True) == 10
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("x"), nbformat.v4.new_code_cell("y")])
    many.add_notes(made)
    assert "10 outputs of this cell were left out: the chapter shows more than 10,000" in made.cells[1].outputs[0]["data"]["text/markdown"]


_POPEN = "import subprocess, sys\ncode = 'import os, sys, time; open(sys.argv[1], \"w\").write(str(os.getpid())); time.sleep(600)'\n"
DAEMONS = {
    "subprocess in a session of its own": _POPEN + "subprocess.Popen([sys.executable, '-c', code, {pid!r}], start_new_session=True)",
    "without its environment": _POPEN + "subprocess.Popen([sys.executable, '-c', code, {pid!r}], start_new_session=True, env={{}})",
    "a daemon that forks twice": "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        open({pid!r}, 'w').write(str(os.getpid()))\n        time.sleep(600)\n    os._exit(0)",
}
# a daemon that bears no mark, of a kernel that is gone before it was seen, is the one case left open
OUTLIVES = [c for c in itertools.product(["process", "fork"], DAEMONS, ["ends", "fails", "dies"]) if c != ("process", "without its environment", "dies")]
ENDS = {"ends": "", "fails": "raise ValueError('x')", "dies": "import os; os._exit(3)"}


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs Linux: elsewhere a daemon cannot be told from others")
@pytest.mark.parametrize(("isolation", "daemon", "end"), OUTLIVES)
def test_nothing_outlives_its_chapter(tmp_path: Path, isolation: str, daemon: str, end: str) -> None:
    note = tmp_path / "pid"
    wait = f"import time\nfor _ in range(600):\n    if __import__('os').path.exists({str(note)!r}) and open({str(note)!r}).read(): break\n    time.sleep(0.05)"
    place = workspace(tmp_path / "w", {"10_a": notebook("A", DAEMONS[daemon].format(pid=str(note)), wait, ENDS[end])})
    run_report("demo", place, isolation=isolation)
    pid = int(note.read_text())
    for _ in range(100):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            break
        time.sleep(0.05)
    else:
        os.kill(pid, 9)
        raise AssertionError(f"{daemon}: process {pid} is still there")


def test_what_a_killed_report_left_running_is_ended_by_the_next(tmp_path: Path) -> None:
    import subprocess
    import sys

    from cjm_research import owners
    from cjm_research.report.execution.usage import end_abandoned

    machine, pid, start = owners.own_tag().split(".")
    sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
    left = subprocess.Popen(sleep, env={**os.environ, MARK: f"{machine}.{pid}.{int(start) - 1}.0"}, start_new_session=True)
    at_work = subprocess.Popen(sleep, env={**os.environ, MARK: f"{owners.own_tag()}.0"}, start_new_session=True)
    try:
        assert end_abandoned() >= 1
        assert left.wait(10) == -9 and at_work.poll() is None
    finally:
        for process in (left, at_work):
            process.kill()
            process.wait()
