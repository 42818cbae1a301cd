"""One lock a client: told who holds it, taken over from the dead, bounded, re-entrant, and not between threads."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from cjm_research.errors import BadInput, CjmError
from cjm_research.files import Busy, locked

HOLD = """
import sys, time
from pathlib import Path
from cjm_research.files import locked
with locked(Path(sys.argv[1]), "client acme", "cjm build"):
    print("held", flush=True)
    sys.stdin.readline()
"""


def holder(path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout and process.stdout.readline() == "held\n"
    return process


def test_waiting_is_told_and_ends(tmp_path: Path) -> None:
    path = tmp_path / "locks" / "acme.lock"
    other = holder(path)
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        other.communicate("\n")  # let it end

    with locked(path, "client acme", "cjm report", say):
        assert other.poll() == 0
    assert len(said) == 1 and said[0].startswith(f"client acme: waiting for cjm build (pid {other.pid}, since ") and said[0].endswith(" UTC)")


def test_a_lock_of_a_killed_process_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "acme.lock"
    other = holder(path)
    other.kill()
    other.wait()
    said: list[str] = []
    with locked(path, "client acme", "cjm report", said.append):
        assert said == []


def test_waiting_has_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "acme.lock"
    other = holder(path)
    monkeypatch.setenv("CJM_WAIT", "0")
    with pytest.raises(Busy, match="cjm build") as told, locked(path, "client acme", "cjm report", lambda _: None):
        pass
    assert told.value.allowed and told.value.next and told.value.exit_code == 1
    other.communicate("\n")
    mine = holder(path)
    monkeypatch.setenv("CJM_WAIT", "soon")
    with pytest.raises(BadInput, match="CJM_WAIT"), locked(path, "client acme", "cjm report", lambda _: None):
        pass
    mine.communicate("\n")


def test_what_is_held_may_be_taken_again_but_not_by_another_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "acme.lock"
    monkeypatch.setenv("CJM_WAIT", "0")
    seen: list[str] = []

    def elsewhere() -> None:
        try:
            with locked(path, "client acme", "cjm check", lambda _: None):
                seen.append("held")
        except Busy:
            seen.append("busy")

    def in_thread() -> None:
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()

    with locked(path, "client acme", "cjm erase"):
        with locked(path, "client acme", "cjm build"):
            in_thread()
        in_thread()  # the inner one ended, the outer one still holds it
    in_thread()
    assert seen == ["busy", "busy", "held"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_child_does_not_keep_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "acme.lock"
    code = ("import os, sys, time\nfrom pathlib import Path\nfrom cjm_research.files import locked\n"
            "with locked(Path(sys.argv[1]), 'client acme', 'cjm build'):\n"
            "    child = os.fork()\n    if child == 0:\n        os.close(1)\n        time.sleep(60)\n        os._exit(0)\n"
            "    print(child, flush=True)\n    os.kill(os.getpid(), 9)\n")
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True)
    child = int(done.stdout)
    said: list[str] = []
    try:
        # the child closes its copy when it is forked, so at most a moment passes
        with locked(path, "client acme", "cjm report", said.append):
            os.kill(child, 0)  # still there
    finally:
        os.kill(child, 9)


def test_a_folder_that_cannot_be_written_to() -> None:
    with tempfile.TemporaryDirectory() as folder:  # not below pytest's own, which only its owner may enter
        child = os.fork()
        if child == 0:  # root may write everywhere, so somebody else tries
            code = 1
            try:
                os.chmod(folder, 0o555)
                if os.geteuid() == 0:
                    os.setuid(65534)
                with pytest.raises(CjmError, match="cannot be opened"), locked(Path(folder, "locks", "acme.lock"), "client acme", "cjm build"):
                    pass
                code = 0
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        os.chmod(folder, 0o700)


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("x")
    with pytest.raises(CjmError, match="cannot be opened"), locked(tmp_path / "data" / "acme.lock", "client acme", "cjm build"):
        pass
