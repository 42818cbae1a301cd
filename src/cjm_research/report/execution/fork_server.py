"""A process that has imported what chapters need and forks one kernel after the other from itself.

Started as `python -P -m cjm_research.report.execution.fork_server FD` by `ForkServer`; speaks JSON lines over the socket FD:

    → {"launch": 7, "argv": ["-f", "…"], "env": {…}, "cwd": "…"}
    ← {"launched": 7, "pid": 4711}           or {"refused": 7, "why": "…"}
    ← {"exited": 4711, "status": -9, "cpu_s": 0.4}

It must have one thread at every fork: a lock held by another thread would stay locked in the child for ever. So
it never connects, draws or computes, only imports, and refuses to fork where it finds a second thread. Each child
is a new session, dies with its parent and starts with the environment, folder, signals, files and random state that
a kernel started the ordinary way would have.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from ...results.cache import code_sha256
from ...shapes import Json
from .kernel_main import adopt_orphans, run_kernel, without_debugger

#: what chapters import; a name that is missing (an extra, say) is skipped
PRELOADED = (
    "numpy", "pandas", "pandas.core.methods.to_dict", "pandas.core.reshape.reshape", "pandas.io.formats.html",
    "pandas.io.formats.string", "pyarrow", "pyarrow.compute", "pyarrow.pandas_compat", "pyarrow.parquet",
    "pyarrow.vendored.version", "duckdb", "sqlglot", "sqlglot.dialects.duckdb", "scipy.stats", "scipy.optimize",
    "statsmodels.genmod.families", "statsmodels.genmod.generalized_linear_model", "sklearn.cluster", "sklearn.linear_model", "sklearn.preprocessing",
    "matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg", "matplotlib.dates", "matplotlib.figure",
    "matplotlib.font_manager", "matplotlib.ticker", "seaborn", "PIL.BmpImagePlugin", "PIL.GifImagePlugin",
    "PIL.JpegImagePlugin", "PIL.PngImagePlugin", "PIL.PpmImagePlugin", "nh3", "yaml",
    # what ipykernel itself imports on its way up
    "ipykernel.debugger", "ipykernel.ipkernel", "ipykernel.kernelapp", "ipykernel.zmqshell", "IPython.core.completer",
    "IPython.core.completerlib", "IPython.core.debugger", "IPython.core.logger", "IPython.core.oinspect",
    "IPython.core.pylabtools", "IPython.extensions.storemagic", "sqlite3", "tornado.gen", "tornado.platform.asyncio",
    "tornado.queues", "zmq.utils.garbage",
    "cjm_research.notebook.chapter", "cjm_research.page.render", "cjm_research.study",
)
_PR_SET_PDEATHSIG = 1
_READ = 1 << 16


def preload() -> list[str]:
    """Import what chapters need, and this package's own analyses and charts; returns what could not be imported."""
    without_debugger()
    missing = []
    gc.disable()  # importing makes few cycles; collecting again and again on the way costs a fifth of the time
    for name in (*PRELOADED, *_own_modules()):
        try:
            importlib.import_module(name)
        except ImportError:
            missing.append(name)
    _warm_fonts()
    code_sha256()  # part of the key of every answer: 700 files, read once for all kernels
    gc.freeze()  # what is shared stays shared: the collector does not write to it in the children
    gc.enable()
    return missing


def _own_modules() -> list[str]:
    from ...files import files_below

    root = Path(__file__).resolve().parents[2]
    names = []
    for folder in ("results", "stats", "log", "analysis", "journey_map", "plots"):
        for path in files_below(root / folder, ".py"):
            parts = path.relative_to(root).with_suffix("").parts
            names.append(".".join(("cjm_research", *(p for p in parts if p != "__init__"))))
    return names


def _warm_fonts() -> None:
    """Load fonts and text layout once. Never through pyplot: its backend would configure itself without IPython."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(1, 1))
    FigureCanvasAgg(figure)
    figure.subplots().set_title("0123456789 %")
    figure.canvas.draw()  # type: ignore[no-untyped-call]


def threads() -> int:
    """Threads of this process as the system counts them; 0 where it does not say."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("Threads:")), 0)


class Server:
    """The loop: requests in, forks, exits out. Ends with its children when the socket closes."""

    def __init__(self, channel: socket.socket, set_by_imports: dict[str, str] | None = None) -> None:
        self.channel, self.buffer, self.set_by_imports = channel, b"", set_by_imports or {}
        self.children: dict[int, int] = {}  # pid → pidfd
        self.selector = selectors.DefaultSelector()
        self.selector.register(channel, selectors.EVENT_READ)

    def serve(self) -> None:
        """Serve until the other side closes."""
        while True:
            for key, _ in self.selector.select():
                if key.fileobj is self.channel:
                    if not self._receive():
                        return self._end()
                else:
                    self._reap(int(key.data))

    def _receive(self) -> bool:
        data = self.channel.recv(_READ)
        self.buffer += data
        *lines, self.buffer = self.buffer.split(b"\n")
        for line in lines:
            self._launch(json.loads(line))
        return bool(data)

    def _launch(self, request: Json) -> None:
        number = request["launch"]
        if (count := threads()) != 1:
            return self._send({"refused": number, "why": f"the server has {count} threads"})
        try:
            pid = os.fork()
        except OSError as error:
            return self._send({"refused": number, "why": str(error)})
        if pid == 0:
            _become_kernel(request, self.set_by_imports, os.getppid())
        watch = os.pidfd_open(pid)
        self.children[pid] = watch
        self.selector.register(watch, selectors.EVENT_READ, pid)
        self._send({"launched": number, "pid": pid})

    def _reap(self, pid: int) -> None:
        watch = self.children.pop(pid)
        self.selector.unregister(watch)
        os.close(watch)
        _, status, usage = os.wait4(pid, 0)
        self._end_strangers()
        self._send({"exited": pid, "status": os.waitstatus_to_exitcode(status), "cpu_s": usage.ru_utime + usage.ru_stime})

    def _send(self, message: Json) -> None:
        try:
            self.channel.sendall(json.dumps(message).encode() + b"\n")
        except OSError:
            self._end()
            os._exit(0)

    def _end(self) -> None:
        for pid in self.children:
            for kill in (os.killpg, os.kill):
                try:
                    kill(pid, signal.SIGKILL)
                except OSError:
                    continue
        for pid in self.children:
            os.waitpid(pid, 0)
        self.children.clear()
        self._end_strangers()

    def _end_strangers(self) -> None:
        """End what kernels that have ended left behind: this process adopts it, and has no other children than kernels."""
        import psutil

        for _ in range(10):  # what forks while it is looked at is found in the next round
            strangers = [p for p in psutil.Process().children() if p.pid not in self.children]
            if not strangers:
                return
            for stranger in strangers:
                for process in (*_below(stranger), stranger):
                    try:
                        process.kill()
                    except psutil.Error:
                        continue
            for stranger in strangers:
                try:
                    os.waitpid(stranger.pid, 0)
                except OSError:
                    continue


def _below(process: Any) -> list[Any]:
    import psutil

    try:
        return list(process.children(recursive=True))
    except psutil.Error:
        return []


def _become_kernel(request: Json, set_by_imports: dict[str, str], server: int) -> None:
    """In the child: from a copy of the server to a kernel; never returns."""
    code = 1
    try:
        os.setsid()
        _die_with_parent(server)
        os.environ.clear()
        os.environ.update({**set_by_imports, **request["env"]})
        os.chdir(request["cwd"])
        _fresh_files(request.get("log"))
        _fresh_signals()
        _fresh_random()
        run_kernel(request["argv"])
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        _leave(code)


def _leave(code: int) -> None:
    import atexit

    try:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _die_with_parent(server: int) -> None:
    import ctypes

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != server:  # it died in between
        os._exit(1)


def _fresh_files(log: str | None) -> None:
    """Close what belongs to the server; standard input is empty, output goes to the kernel's log."""
    nothing = os.open(os.devnull, os.O_RDWR)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) if log else nothing
    for number, target in ((0, nothing), (1, out), (2, out)):
        os.dup2(target, number)
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2:
            try:
                os.close(int(name))
            except OSError:
                continue


def _fresh_signals() -> None:
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals():
        if number in (signal.SIGKILL, signal.SIGSTOP):
            continue
        try:
            signal.signal(number, signal.SIG_DFL)
        except (OSError, ValueError, RuntimeError):
            continue
    # what a Python process starts with
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def _fresh_random() -> None:
    import random
    import time

    random.seed()
    if (numpy := sys.modules.get("numpy")) is not None:
        numpy.random.seed()
    time.tzset()


def main() -> None:
    """Preload, say so, serve."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the driver's to handle
    adopt_orphans()
    before = dict(os.environ)
    missing = preload()
    set_by_imports = {k: v for k, v in os.environ.items() if before.get(k) != v}  # scikit-learn sets two, for OpenMP
    channel.sendall(json.dumps({"ready": os.getpid(), "threads": threads(), "missing": missing}).encode() + b"\n")
    Server(channel, set_by_imports).serve()
    os._exit(0)  # nothing to save; the ordinary end lets extension modules print what they leak


if __name__ == "__main__":
    main()
