"""Executing one chapter: papermill's own API, a kernel of its own, and an outcome whatever happens."""

from __future__ import annotations

import itertools
import logging
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...owners import own_tag
from ...shapes import Json
from ..record.environment import kernel_environment
from ..record.notebook import Chapter, Scalar
from ..record.own_answers import KEY, answers_of
from .caps import MESSAGE, Caps, shortened
from .fast_imports import skip_slow_imports
from .kernels import KERNEL_NAME, LOCAL, Scratch, new_manager
from .tidy import ANSI, Here, plain, tidy
from .usage import Usage, Watch, Watches

skip_slow_imports()

ENGINE = "cjm"
_LOG = logging.getLogger("cjm_research.kernels")  # silent: what matters becomes the chapter's reason
_LOG.addHandler(logging.NullHandler())
_LOG.propagate = False
START_TIMEOUT_S = 120.0
_NUMBER = itertools.count()
IOPUB_S = 600  # outputs may still be on their way when a cell has ended; the chapter's own limit ends it sooner


@dataclass
class Execution:
    """A chapter that ran: its notebook with outputs, and how it went. `reason` is empty where it is ok."""

    notebook: Any
    ok: bool
    reason: str = ""
    traceback: str = ""
    seconds: float = 0.0
    usage: Usage = field(default_factory=Usage)
    kernel: str = ""  # "fork" or "process"
    warnings: list[str] = field(default_factory=list)
    refused: bool = False  # it failed by a `BadInput`: something that it was asked with cannot be used


@dataclass(frozen=True)
class Kernel:
    """How a chapter's kernel is started and limited. provisioner: name of jupyter_client's entry point."""

    workspace: Path
    params_folder: Path | None = None
    time_s: float = 1200.0
    memory_mb: int | None = None
    provisioner: str = LOCAL
    cache: bool = True  # False: compute every answer anew
    pin: Path | None = None  # what the run reads, as it was when the run began


def execute_chapter(chapter: Chapter, values: Mapping[str, Scalar], kernel: Kernel, watches: Watches | None = None) -> Execution:
    """Execute a chapter's notebook in its own kernel. watches: where to note what runs, so that it can be ended.

    Never raises for what the notebook does: an exception, a dead kernel and a limit passed become the reason of
    a failed `Execution` whose notebook holds the outputs up to there.
    """
    import nbformat
    import papermill
    from papermill.engines import papermill_engines
    from papermill.execute import raise_for_execution_errors

    _register_engine()
    _silence_papermill()
    notebook = nbformat.reads((chapter.raw or chapter.path.read_bytes()).decode("utf-8"), as_version=4)
    run = _Run(kernel, watches or Watches())
    started = time.monotonic()
    own_answers: list[Json] | None = None
    refused = False
    try:
        with Scratch() as scratch:
            run.scratch = scratch
            # prepared first: in one call papermill writes the executed notebook as text, also where there is no file to write
            ready = papermill.execute_notebook(notebook, None, parameters=dict(values), engine_name=ENGINE, kernel_name=KERNEL_NAME, language="python", prepare_only=True)
            done = papermill_engines.execute_notebook_with_engine(ENGINE, ready, KERNEL_NAME, progress_bar=False, log_output=False, autosave_cell_every=0, run=run)
            raise_for_execution_errors(done, None)
            own_answers = answers_of(scratch)
        ok, reason, traceback = True, "", ""
    except papermill.PapermillExecutionError as error:
        ok, reason, traceback = False, _reason(error), "\n".join(error.traceback)
        refused = error.ename in ("BadInput", "BadInputs")
    except Exception as error:
        ok, reason, traceback = False, run.why(error), ""
    executed = run.notebook if run.notebook is not None else notebook
    tidy(executed, run.here())
    if own_answers is not None:
        executed["metadata"][KEY] = own_answers
    return Execution(executed, ok, run.readable(reason), run.readable(ANSI.sub("", traceback)),
                     time.monotonic() - started, run.usage, run.kind, _warnings(executed), refused)


class _Run:
    """What the engine needs to know of one execution and what it leaves behind."""

    def __init__(self, kernel: Kernel, watches: Watches) -> None:
        self.kernel, self.watches, self.scratch = kernel, watches, Path()
        self.notebook: Any = None
        self.usage, self.kind, self.stopped = Usage(), "", ""
        self.mark = f"{own_tag()}.{next(_NUMBER)}"
        self.processes: frozenset[int] = frozenset()
        self.log = ""  # what a kernel that died wrote last

    def why(self, error: Exception) -> str:
        if self.stopped:
            return self.stopped
        name = type(error).__name__
        if name == "DeadKernelError":
            last = next((line.strip() for line in self.log.splitlines() if "Error" in line or "Fatal" in line), "")
            return f"The kernel died{f': {last}' if last else ' (out of memory, a crash in native code, or os._exit).'}"
        return f"{name}: {ANSI.sub('', str(error)).strip().splitlines()[0] if str(error).strip() else ''}"

    def readable(self, text: str) -> str:
        """The text without folders, addresses and numbers of this machine."""
        return plain(text, self.here())

    def here(self) -> Here:
        """What tells of this machine in outputs."""
        import sys
        import sysconfig

        named = {str(self.scratch): "scratch", str(self.scratch.resolve()): "scratch", str(self.kernel.pin or ""): "workspace/data",
                 str(self.kernel.workspace): "workspace", sys.prefix: "python", sysconfig.get_paths()["stdlib"]: "python",
                 str(Path(__file__).resolve().parents[2]): "cjm_research", str(Path.home()): "~"}
        return Here(dict(sorted(named.items(), key=lambda pair: -len(pair[0]))), self.processes)


def _silence_papermill() -> None:
    """Let papermill not warn of parameters: it knows some of those that we read and checked before a kernel starts as unknown."""
    logging.getLogger("papermill").setLevel(logging.ERROR)


def _register_engine() -> None:
    from papermill.engines import NBClientEngine, papermill_engines

    if ENGINE in papermill_engines._engines:
        return

    class ChapterEngine(NBClientEngine):
        """papermill's own engine, with a kernel manager, limits and measurements of ours."""

        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, *, run: _Run, **_: Any) -> None:
            _execute(nb_man, run)

    papermill_engines.register(ENGINE, ChapterEngine)


def _execute(nb_man: Any, run: _Run) -> None:
    from papermill.clientwrap import PapermillNotebookClient

    run.notebook = nb_man.nb
    manager = new_manager(run.scratch, run.kernel.provisioner)
    watch = Watch(manager, run.kernel.time_s, run.kernel.memory_mb)

    caps = Caps()

    class Client(PapermillNotebookClient):
        def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
            if not caps.admit(msg, cell_index):
                if caps.endless:
                    watch.stop(caps.endless)
                return None
            return super().process_message(msg, cell, cell_index)

        def papermill_execute_cells(self) -> None:
            try:
                super().papermill_execute_cells()
            finally:
                watch.measure()  # while the kernel still is there
                watch.look()

    client = Client(
        nb_man, km=manager, kernel_name=KERNEL_NAME, log=_LOG, startup_timeout=START_TIMEOUT_S, timeout=None, iopub_timeout=IOPUB_S,
        shutdown_kernel="immediate", ipython_hist_file=":memory:",
        extra_arguments=["--HistoryManager.enabled=False"])
    environment = kernel_environment(run.kernel.workspace, run.kernel.params_folder, run.scratch, run.kernel.cache, run.kernel.pin,
                                     run.mark)
    log = run.scratch / "kernel.log"
    try:
        with run.watches.noted(watch), watch, log.open("ab") as output:
            client.execute(cwd=str(run.scratch / "work"), env=environment, cleanup_kc=True,
                           stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    finally:
        watch.end_all(run.mark)
        caps.add_notes(run.notebook)
        run.stopped, run.usage, run.kind, run.processes = watch.stopped, watch.usage, watch.kind, frozenset(watch.seen)
        run.log = log.read_text(encoding="utf-8", errors="replace")[-4000:] if log.is_file() else ""


def _reason(error: Any) -> str:
    """The failure in one line; our own errors say what to do in the lines below."""
    value = shortened(ANSI.sub("", str(error.evalue)).strip(), 2 * MESSAGE)
    if error.ename in ("BadInput", "BadInputs", "WouldExposePerson"):
        return value
    return f"{error.ename}: {value}" if value else str(error.ename)


def _warnings(notebook: Any) -> list[str]:
    """What the chapter wrote to its error stream, one entry a cell; for the receipt, not for the page."""
    found = []
    for cell in notebook.cells:
        text = "".join(o.text for o in cell.get("outputs", []) if o.output_type == "stream" and o.name == "stderr")
        if text.strip():
            found.append(ANSI.sub("", text).strip()[:2000])
    return found


