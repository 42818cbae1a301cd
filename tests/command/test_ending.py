"""A command that is asked to end does so in order: what it began is removed, what was there stays, and the exit code says how it ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cjm_research.command.ending import Ended, ended_in_order
from cjm_research.params import Workspace
from tests.test_erase import sources

HOLD = """
import sys, time
from cjm_research.command import cli
from cjm_research.build import building

def held(*_, **__):
    print("writing", flush=True)
    time.sleep(120)

building.write_tables = held
sys.argv = ["cjm", "build", "acme"]
cli.main()
"""


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_command_that_is_asked_to_end_leaves_nothing(number: signal.Signals, tmp_path: Path) -> None:
    sources(Workspace(tmp_path))
    (tmp_path / "tmp").mkdir()
    env = {**os.environ, "CJM_WORKSPACE": str(tmp_path), "TMPDIR": str(tmp_path / "tmp")}
    started = subprocess.Popen([sys.executable, "-c", HOLD], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert started.stdout is not None and started.stdout.readline() == "writing\n"
    assert list(tmp_path.rglob(".cjm-tables*"))
    time.sleep(0.1)
    started.send_signal(number)
    _, said = started.communicate()
    assert started.returncode == 128 + number and "interrupted; what was published before is unchanged" in said and "Traceback" not in said
    assert not list(tmp_path.rglob(".cjm-*")) and not list((tmp_path / "tmp").iterdir())


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_what_is_ignored_stays_ignored_and_handlers_are_put_back() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with ended_in_order():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN and signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
            with pytest.raises(Ended) as end:
                os.kill(os.getpid(), signal.SIGTERM)
                time.sleep(1)
            assert end.value.code == 143
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGHUP, before)
