"""Forked kernels are like fresh ones, leak nothing, and every way a chapter can die ends that chapter only.

Each hazard named in the reporting reference (warm kernels, forks, limits) is one test here.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest

from cjm_research.report.execution import fork_provisioner
from cjm_research.report.execution.execute import Execution, Kernel, execute_chapter
from cjm_research.report.execution.fork_provisioner import NAME, can_fork, close_fork_server, fork_server
from cjm_research.report.execution.kernels import LOCAL
from cjm_research.report.execution.runner import Runner
from cjm_research.report.record.notebook import read_chapter

from .workspace import notebook

forking = pytest.mark.skipif(not can_fork(), reason="kernels are forked on Linux only")


@pytest.fixture(scope="module", autouse=True)
def server() -> Iterator[None]:
    yield
    close_fork_server()


def run(tmp_path: Path, *cells: str, provisioner: str = NAME, **limits: Any) -> Execution:
    path = tmp_path / f"10_{hashlib.sha256(repr(cells).encode()).hexdigest()[:8]}.ipynb"
    path.write_text(nbformat.writes(notebook("T", *map(textwrap.dedent, cells))))
    os.environ.pop("PYTEST_CURRENT_TEST", None)  # where it is set, ipykernel does not watch file descriptors
    return execute_chapter(read_chapter(path), {"client": "demo"}, Kernel(tmp_path, provisioner=provisioner, **limits))


def printed(done: Execution) -> str:
    assert done.ok, done.reason
    return "".join(o.text for c in done.notebook.cells for o in c.get("outputs", []) if o.output_type == "stream" and o.name == "stdout")


# --- like a fresh kernel --------------------------------------------------------------------------------------------

WORK = ("""
    import duckdb, numpy as np, pandas as pd, seaborn as sns, statsmodels.formula.api as smf
    rng = np.random.default_rng(7)
    d = pd.DataFrame({"x": rng.normal(size=500), "g": rng.choice(list("abc"), 500)}); d["y"] = d.x * 2 + rng.normal(size=500)
    """, """
    t = duckdb.sql("SELECT g, count(*) n, avg(y) m FROM d GROUP BY g ORDER BY g").df()
    t
    """, "print(smf.ols('y ~ x + g', d).fit().params.to_string())", "sns.barplot(d, x='g', y='y', errorbar=None);",
        "print(np.linalg.svd(rng.normal(size=(60, 60)))[1].sum().hex())")


@forking
def test_outputs_are_those_of_a_fresh_kernel_to_the_bit(tmp_path: Path) -> None:
    forked, fresh = (run(tmp_path, *WORK, provisioner=p) for p in (NAME, LOCAL))
    assert (forked.kernel, fresh.kernel) == ("fork", "process")
    assert forked.ok and fresh.ok, forked.reason + fresh.reason
    assert nbformat.writes(forked.notebook) == nbformat.writes(fresh.notebook)
    kinds = [k for c in forked.notebook.cells for o in c.get("outputs", []) for k in o.get("data", {})]
    assert "image/png" in kinds and "text/html" in kinds


FACTS = """
import importlib
from cjm_research.report.execution.fork_server import PRELOADED, _own_modules
for name in (*PRELOADED, *_own_modules()):  # what the server has imported, since libraries set warning filters and options
    importlib.import_module(name)
import gc, json, os, random, signal, sys, threading, warnings, logging, locale
import matplotlib, numpy, pandas
facts = {
  "rcparams": str(sorted((k, str(v)) for k, v in matplotlib.rcParams.items() if "date.epoch" not in k)),
  "filters": sorted({str(f) for f in warnings.filters}), "threads": len([t for t in threading.enumerate() if "ParentPoller" not in repr(t)]),
  "signals": [str(signal.getsignal(s)).split(" at ")[0] for s in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGPIPE, signal.SIGUSR1)],
  "blocked": str(signal.pthread_sigmask(signal.SIG_BLOCK, [])), "argv0": os.path.basename(sys.argv[0]), "path": [p for p in sys.path if p],
  "env": sorted(k for k in os.environ if k not in ("JPY_PARENT_PID", "_")), "fds": len(os.listdir("/proc/self/fd")), "nice": os.nice(0),
  "cwd": os.path.basename(os.getcwd()), "umask": os.umask(0o22), "session": os.getsid(0) == os.getpid(), "level": logging.root.level,
  "handlers": len(logging.root.handlers), "rec": sys.getrecursionlimit(), "switch": sys.getswitchinterval(), "locale": locale.setlocale(0),
  "gc": (gc.isenabled(), gc.get_threshold()), "pandas": pandas.get_option("display.max_rows"), "main": sys.modules["__main__"].__name__,
  "flags": str(sys.flags), "stdin": os.fstat(0).st_rdev, "hash": hash("x"), "backend": matplotlib.get_backend(), "numpy": str(numpy.geterr()),
  "limits": str(__import__("resource").getrlimit(7)), "tz": __import__("time").tzname, "group": os.getpgrp() == os.getpid(), "names": sorted(n for n in globals() if not n.startswith("_"))[:4],
}
print(json.dumps(facts))
"""


@forking
def test_what_a_chapter_can_see_of_its_process_is_the_same(tmp_path: Path) -> None:
    forked, fresh = (json.loads(printed(run(tmp_path, FACTS, provisioner=p))) for p in (NAME, LOCAL))
    different = {k: (_only(forked[k], fresh[k]), _only(fresh[k], forked[k])) for k in forked if forked[k] != fresh[k]}
    different.pop("fds", None)  # a fresh Python may hold one more for a compiled module
    assert not different


def _only(these: Any, those: Any) -> Any:
    return [x for x in these if x not in those] if isinstance(these, list) else these


# --- nothing leaks --------------------------------------------------------------------------------------------------

SPOIL = """
import builtins, os, random, sys, threading, time, warnings
import duckdb, matplotlib, matplotlib.pyplot as plt, numpy as np, pandas as pd, seaborn as sns
duckdb.sql("CREATE TABLE secret AS SELECT 'acme-data' AS text")
matplotlib.rcParams["figure.dpi"] = 33; sns.set_style("darkgrid"); plt.figure()
pd.set_option("display.max_rows", 3); pd.DataFrame.leak = 1; builtins.leak = 1; secret = 1
os.environ["LEAK"] = "1"; os.chdir("/"); sys.path.insert(0, "/leak"); warnings.simplefilter("ignore"); np.seterr(all="raise")
random.seed(1); np.random.seed(1)
os.makedirs(os.path.join(os.environ["IPYTHONDIR"], "profile_default", "startup"), exist_ok=True)
open(os.path.join(os.environ["IPYTHONDIR"], "profile_default", "startup", "00.py"), "w").write("leak = 1")
open(os.path.join(os.environ["TMPDIR"], "leak"), "w").write("leak")
kept = open("/etc/hostname")
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
import subprocess; subprocess.Popen(["sleep", "300"]); print(os.getpgrp(), os.environ["TMPDIR"])
"""
LOOK = """
import builtins, json, os, sys, threading, warnings
import duckdb, matplotlib, matplotlib.pyplot as plt, numpy as np, pandas as pd
print(json.dumps({
 "tables": [r[0] for r in duckdb.sql("SHOW TABLES").fetchall()], "dpi": matplotlib.rcParams["figure.dpi"] == 33, "grid": matplotlib.rcParams["axes.grid"],
 "figures": plt.get_fignums(), "rows": pd.get_option("display.max_rows") == 3, "frame": hasattr(pd.DataFrame, "leak"), "names": "secret" in globals() or "leak" in globals(),
 "builtins": hasattr(builtins, "leak"), "env": "LEAK" in os.environ, "cwd": os.getcwd() == "/", "path": "/leak" in sys.path, "err": np.geterr()["divide"] == "raise",
 "files": os.listdir(os.environ["TMPDIR"]).count("leak"), "threads": sum(t.name.startswith("Thread-1 (sleep") for t in threading.enumerate())}))
"""


@pytest.mark.parametrize("provisioner", [pytest.param(NAME, marks=forking), LOCAL])
def test_nothing_of_one_chapter_is_left_for_the_next(tmp_path: Path, provisioner: str) -> None:
    group, scratch = printed(run(tmp_path, SPOIL, provisioner=provisioner)).split()
    assert not any(json.loads(printed(run(tmp_path, LOOK, provisioner=provisioner))).values())
    assert not Path(scratch).exists(), "the chapter's folder is gone"
    deadline = time.monotonic() + 5
    while (alive := [p for p in psutil.process_iter() if _group(p) == int(group)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive, "what the chapter started is gone"


def _group(process: psutil.Process) -> int:
    try:
        return os.getpgid(process.pid) if process.status() != psutil.STATUS_ZOMBIE else -1
    except (OSError, psutil.Error):
        return -1


@forking
def test_every_kernel_has_its_own_random_numbers(tmp_path: Path) -> None:
    cell = "import random, tempfile, uuid, numpy as np\nprint(random.random(), np.random.rand(), uuid.uuid4(), tempfile.mktemp())"
    streams = [printed(run(tmp_path, cell)).split() for _ in range(6)]
    assert all(len(set(values)) == 6 for values in zip(*streams, strict=True))


@forking
def test_two_clients_at_once_do_not_meet(tmp_path: Path) -> None:
    paths = []
    for name in "abcdef":
        path = tmp_path / f"10_{name}.ipynb"
        path.write_text(nbformat.writes(notebook(name, f"""
import duckdb, os, time
duckdb.sql("CREATE TABLE t AS SELECT '{name}' AS who")
os.environ["WHO"] = "{name}"; open("mine", "w").write("{name}"); time.sleep(0.3)
print(duckdb.sql("SELECT who FROM t").fetchall()[0][0], os.environ["WHO"], open("mine").read(), os.listdir("."))""")))
        paths.append(path)
    with Runner(3, "fork") as runner:
        kernel = Kernel(tmp_path, provisioner=runner.provisioner)
        done = [runner.submit(read_chapter(p), {"client": "demo"}, kernel) for p in paths]
        assert [printed(d.result()).strip() for d in done] == [f"{n} {n} {n} ['mine']" for n in "abcdef"]


# --- every death ends its chapter only --------------------------------------------------------------------------------

DEATHS = {
    "exception": ("1/0", "ZeroDivisionError"), "exit": ("import os; os._exit(3)", "kernel died"),
    "killed": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "kernel died"),
    "segfault": ("import ctypes; ctypes.string_at(0)", "kernel died"),
    "abort": ("import os; os.abort()", "kernel died"),
    "sys.exit": ("import sys; sys.exit(4)", "SystemExit: 4"),
    "closed": ("import os\nfor fd in range(3, 100):\n  try: os.close(fd)\n  except OSError: pass\nimport time; time.sleep(60)", "e"),
    "input": ("input('?')", "StdinNotImplementedError"), "endless": ("while True: pass", "time limit"),
    "native hang": ("import signal, ctypes; ctypes.CDLL(None).sleep(600)", "time limit"),
    "thread": ("import threading\nlock = threading.Lock(); lock.acquire(); lock.acquire()", "time limit"),
}


@pytest.mark.parametrize("how", DEATHS)
@forking
def test_a_chapter_that_dies_is_told_and_the_next_one_runs(tmp_path: Path, how: str) -> None:
    cell, said = DEATHS[how]
    done = run(tmp_path, "print('before')", cell, time_s=3.0)
    assert not done.ok and said in done.reason, done.reason
    assert "before" in str(done.notebook.cells), "what it showed before is kept"
    assert printed(run(tmp_path, "print('next')")) == "next\n"


@pytest.mark.parametrize("how", ["exit", "endless"])
def test_the_ordinary_kernel_dies_alike(tmp_path: Path, how: str) -> None:
    cell, said = DEATHS[how]
    done = run(tmp_path, "print('before')", cell, provisioner=LOCAL, time_s=8.0)
    assert not done.ok and said in done.reason and done.kernel == "process"


@forking
def test_memory_has_a_limit(tmp_path: Path) -> None:
    hungry = "import time\nkept = []\nwhile True:\n  kept.append(b'x' * 20_000_000); time.sleep(0.01)"
    done = run(tmp_path, hungry, memory_mb=500, time_s=60.0)
    assert not done.ok and "memory limit of 500 MB" in done.reason
    assert done.usage.memory_mb and done.usage.memory_mb > 500


@forking
def test_memory_of_children_counts(tmp_path: Path) -> None:
    child = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'b = bytearray(700_000_000); import time; time.sleep(30)'])"
    done = run(tmp_path, child, memory_mb=600, time_s=60.0)
    assert not done.ok and "memory limit" in done.reason


def test_output_of_shell_and_file_descriptors_is_caught(tmp_path: Path) -> None:
    done = run(tmp_path, "!echo shell", "import os; os.write(1, b'descriptor\\n'); os.system('echo system');", "import subprocess; subprocess.run(['echo', 'child'])\nimport time; time.sleep(0.3)")
    for word in ("shell", "descriptor", "system", "child"):
        assert word in printed(done)


# --- the server -------------------------------------------------------------------------------------------------------


@forking
def test_the_server_has_one_thread_and_leaves_no_zombies(tmp_path: Path) -> None:
    for _ in range(3):
        run(tmp_path, "1")
    assert fork_server().wait_ready()["threads"] == 1 and fork_server().wait_ready()["missing"] == []
    process = psutil.Process(fork_server()._server.pid)
    assert process.num_threads() == 1
    deadline = time.monotonic() + 5
    while process.children() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert process.children() == []


@forking
def test_a_second_thread_means_an_ordinary_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> Any:
        raise fork_provisioner.ForkRefused("the server has 2 threads")

    monkeypatch.setattr(fork_provisioner.ForkServer, "launch", refused)
    done = run(tmp_path, "print(1)")
    assert done.ok and done.kernel == "process"


@forking
def test_the_server_itself_refuses_with_a_second_thread() -> None:
    code = """
import threading, time, socket, json, os
from cjm_research.report.execution.fork_server import Server
threading.Thread(target=time.sleep, args=(9,), daemon=True).start()
a, b = socket.socketpair()
server = Server(b); a.sendall(json.dumps({"launch": 1, "argv": [], "env": {}, "cwd": "/"}).encode() + b"\\n")
server._receive(); print(a.recv(1000).decode(), flush=True); os._exit(0)
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True).stdout
    assert json.loads(answer) == {"refused": 1, "why": "the server has 2 threads"}


@forking
def test_a_server_that_died_is_started_again(tmp_path: Path) -> None:
    run(tmp_path, "1")
    before = fork_server()
    before._server.kill()
    before._server.wait()
    assert printed(run(tmp_path, "print(2)")) == "2\n"
    assert fork_server() is not before


@forking
def test_kernels_die_with_a_killed_driver(tmp_path: Path) -> None:
    """Nothing runs on after `kill -9` of the command."""
    path = tmp_path / "10_sleep.ipynb"
    path.write_text(nbformat.writes(notebook("S", f"import os, time\nopen({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\ntime.sleep(300)")))
    code = f"""
from pathlib import Path
from cjm_research.report.execution.execute import Kernel, execute_chapter
from cjm_research.report.record.notebook import read_chapter
execute_chapter(read_chapter(Path({str(path)!r})), {{"client": "demo"}}, Kernel(Path({str(tmp_path)!r}), provisioner="cjm-fork"))
"""
    driver = subprocess.Popen([sys.executable, "-c", code])
    deadline = time.monotonic() + 60
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    kernel = int((tmp_path / "pid").read_text())
    driver.kill()
    driver.wait()
    while psutil.pid_exists(kernel) and psutil.Process(kernel).status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not psutil.pid_exists(kernel) or psutil.Process(kernel).status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("cmd", [[], ["python-of-another", "-m", "ipykernel_launcher", "-f", "x"], [sys.executable, "-m", "bash_kernel", "-f", "x"],
                                 [sys.executable, "script.py", "-m", "ipykernel_launcher"], [sys.executable, "-c", "pass"]])
def test_a_kernel_that_is_not_ours_is_never_forked(cmd: list[str]) -> None:
    assert fork_provisioner._arguments(cmd) is None


def test_forking_can_be_switched_off(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CJM_FORK", "0")
    with Runner(2, "fork") as runner:
        assert runner.provisioner == LOCAL
    monkeypatch.setattr(fork_provisioner.sys, "platform", "darwin")
    assert not can_fork()
