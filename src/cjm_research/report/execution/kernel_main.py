"""The ordinary kernel of a chapter: ipykernel without its debugger, which a report does not need.

`python -P -m cjm_research.report.execution.kernel_main -f CONNECTION_FILE`. Forked kernels run the same function, so that both
behave alike.
"""

from __future__ import annotations

import sys

_PR_SET_CHILD_SUBREAPER = 36

def without_debugger() -> None:
    """Keep ipykernel from importing debugpy (0.1 CPU seconds a kernel)."""
    sys.modules.setdefault("debugpy", None)  # type: ignore[arg-type]


def adopt_orphans() -> None:
    """Become the parent of whatever below this process loses its own (Linux), so that a daemon a chapter starts can be found."""
    if sys.platform != "linux":
        return
    import ctypes

    try:
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    except (OSError, AttributeError):
        return


def run_kernel(argv: list[str]) -> None:
    """Run ipykernel until it is told to stop. argv: its arguments, `-f CONNECTION_FILE …`."""
    without_debugger()
    adopt_orphans()
    import zmq

    zmq.Context.instance().sndhwm = 0  # no output is dropped because the reader is slower than the chapter
    from ipykernel.kernelapp import IPKernelApp

    sys.argv = ["ipykernel_launcher", *argv]
    app = IPKernelApp.instance()
    app.initialize(argv)
    app.start()


if __name__ == "__main__":
    run_kernel(sys.argv[1:])
