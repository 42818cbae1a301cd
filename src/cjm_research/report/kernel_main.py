"""The ordinary kernel of a chapter: ipykernel without its debugger, which a report does not need.

`python -P -m cjm_research.report.kernel_main -f CONNECTION_FILE`. Forked kernels run the same function, so that both
behave alike.
"""

from __future__ import annotations

import sys


def without_debugger() -> None:
    """Keep ipykernel from importing debugpy (0.1 CPU seconds a kernel)."""
    sys.modules.setdefault("debugpy", None)  # type: ignore[arg-type]


def run_kernel(argv: list[str]) -> None:
    """Run ipykernel until it is told to stop. argv: its arguments, `-f CONNECTION_FILE …`."""
    without_debugger()
    from ipykernel.kernelapp import IPKernelApp

    sys.argv = ["ipykernel_launcher", *argv]
    app = IPKernelApp.instance()
    app.initialize(argv)
    app.start()


if __name__ == "__main__":
    run_kernel(sys.argv[1:])
