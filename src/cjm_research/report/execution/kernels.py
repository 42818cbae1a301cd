"""Starting kernels through jupyter_client's extension points: over IPC sockets, forked where that is safe."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from ... import files
from .fast_imports import skip_slow_imports

skip_slow_imports()

from jupyter_client.kernelspec import KernelSpec  # noqa: E402
from jupyter_client.manager import AsyncKernelManager  # noqa: E402

KERNEL_NAME = "python3"
LOCAL = "local-provisioner"
LONGEST_SOCKET_PATH = 90  # bytes; the system's limit is 107 and jupyter adds "-1" to "-5"


class ChapterKernelManager(AsyncKernelManager):
    """A kernel of this very Python, whatever kernels are registered on the machine."""

    def __init__(self, provisioner: str = LOCAL, **options: Any) -> None:
        super().__init__(**options)
        self._kernel_spec = KernelSpec(
            argv=[sys.executable, "-P", "-m", "cjm_research.report.execution.kernel_main", "-f", "{connection_file}"],
            display_name="Python 3 (ipykernel)", language="python",
            metadata={"debugger": False, "kernel_provisioner": {"provisioner_name": provisioner}})


def new_manager(scratch: Path, provisioner: str = LOCAL) -> ChapterKernelManager:
    """A manager whose sockets and connection file lie in `scratch`. provisioner: name of its entry point."""
    manager = ChapterKernelManager(provisioner, kernel_name=KERNEL_NAME, connection_file=str(scratch / "kernel.json"))
    if sys.platform != "win32" and len(str(scratch / "k").encode()) < LONGEST_SOCKET_PATH:
        # no race for ports, nobody else on the machine can connect, and no warning about encryption
        manager.transport, manager.ip = "ipc", str(scratch / "k")
    return manager


class Scratch(files.Scratch):
    """A chapter's own folder for sockets and everything it writes; gone afterwards."""

    def __init__(self) -> None:
        super().__init__(short=True)
        (self.path / "work").mkdir()
