"""Kernels forked from a preloaded process, through jupyter_client's own extension point.

Entry point `cjm-fork` of the group `jupyter_client.kernel_provisioners`. Where forking is not possible or not safe
(another system, another Python, a kernel that is not ours, a server with a second thread) the kernel is started
the ordinary way, by the class this one extends. Importing this module is light: papermill and jupyter_client load
every entry point of theirs.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from ...shapes import Json

NAME = "cjm-fork"
KERNEL_MODULES = ("cjm_research.report.execution.kernel_main", "ipykernel_launcher")
START_S = 120.0  # preloading takes 3 to 6 s; a loaded machine takes longer
_REPLY_S = 30.0


def can_fork() -> bool:
    """Whether kernels can be forked here: Linux with process descriptors, and not switched off by CJM_FORK=0."""
    return sys.platform == "linux" and hasattr(os, "pidfd_open") and os.environ.get("CJM_FORK", "1") != "0"


class ForkRefused(Exception):
    """The server did not fork; the ordinary way is open."""


class ForkedProcess:
    """A forked kernel with the part of Popen's interface that jupyter_client uses."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.cpu_s: float | None = None
        self._ended = threading.Event()

    def ended(self, status: int, cpu_s: float | None) -> None:
        """Note the end, as the server reports it."""
        self.returncode, self.cpu_s = status, cpu_s
        self._ended.set()

    def poll(self) -> int | None:
        """The exit status, None while it runs."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for the end. Raises TimeoutExpired."""
        if not self._ended.wait(timeout):
            raise subprocess.TimeoutExpired(["kernel"], timeout or 0.0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


class ForkServer:
    """The driver's side of the preloaded process: starts it once, asks it for kernels, hears of their ends."""

    def __init__(self) -> None:
        from ..record.environment import FIXED

        self._channel, theirs = socket.socketpair()
        with theirs:
            self._server = subprocess.Popen(
                [sys.executable, "-P", "-m", "cjm_research.report.execution.fork_server", str(theirs.fileno())],
                pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, env={**os.environ, **FIXED}, start_new_session=True)
        self._lock, self._news = threading.Lock(), threading.Condition()
        self._number = 0
        self._replies: dict[int, Json] = {}
        self._children: dict[int, ForkedProcess] = {}
        self._early: dict[int, Json] = {}  # an exit may be read before its launch is answered
        self._ready: Json | None = None
        self._closed = False
        threading.Thread(target=self._read, name="cjm-fork-server", daemon=True).start()

    @property
    def alive(self) -> bool:
        """Whether kernels can still be asked for."""
        return not self._closed and self._server.poll() is None

    def wait_ready(self) -> Json:
        """Wait until everything is imported. Raises `ForkRefused` where that fails or forking would not be safe."""
        with self._news:
            self._news.wait_for(lambda: self._ready is not None or self._closed, START_S)
        if self._ready is None:
            raise ForkRefused("the server did not start")
        if self._ready["threads"] != 1:
            raise ForkRefused(f"the server has {self._ready['threads']} threads")
        return self._ready

    def launch(self, argv: list[str], env: dict[str, str], cwd: str, log: str | None) -> ForkedProcess:
        """A new kernel. Raises `ForkRefused`."""
        self.wait_ready()
        with self._lock:
            self._number += 1
            number = self._number
            try:
                self._channel.sendall(json.dumps({"launch": number, "argv": argv, "env": env, "cwd": cwd, "log": log}).encode() + b"\n")
            except OSError as error:
                raise ForkRefused(str(error)) from error
        with self._news:
            self._news.wait_for(lambda: number in self._replies or self._closed, _REPLY_S)
            reply = self._replies.pop(number, {"why": "the server gave no answer"})
            if "pid" not in reply:
                raise ForkRefused(reply["why"])
            process = ForkedProcess(reply["pid"])
            if (early := self._early.pop(process.pid, None)) is not None:
                process.ended(early["status"], early["cpu_s"])
            else:
                self._children[process.pid] = process
        return process

    def _read(self) -> None:
        try:
            with self._channel.makefile("r", encoding="utf-8") as lines:
                for line in lines:
                    self._hear(json.loads(line))
        except (OSError, ValueError):
            pass
        with self._news:
            self._closed = True
            for process in self._children.values():
                process.ended(-signal.SIGKILL, None)  # they die with the server
            self._children.clear()
            self._news.notify_all()

    def _hear(self, message: Json) -> None:
        with self._news:
            if "ready" in message:
                self._ready = message
            elif "exited" in message:
                process = self._children.pop(message["exited"], None)
                if process is None:
                    self._early[message["exited"]] = message
                else:
                    process.ended(message["status"], message["cpu_s"])
            else:
                self._replies[message["launched"] if "launched" in message else message["refused"]] = message
            self._news.notify_all()

    def close(self) -> None:
        """End the server and whatever it still runs."""
        self._closed = True
        with contextlib.suppress(OSError):
            self._channel.shutdown(socket.SHUT_RDWR)
        try:
            self._server.wait(5)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        self._channel.close()


_SERVER: ForkServer | None = None
_SERVER_LOCK = threading.Lock()


def fork_server() -> ForkServer:
    """This process's server, started at first use and again where it has died."""
    global _SERVER
    with _SERVER_LOCK:
        if _SERVER is None or not _SERVER.alive:
            if _SERVER is None:
                atexit.register(close_fork_server)
            _SERVER = ForkServer()
        return _SERVER


def close_fork_server() -> None:
    """End this process's server, if it has one."""
    global _SERVER
    with _SERVER_LOCK:
        if _SERVER is not None:
            _SERVER.close()
            _SERVER = None


class ForkProvisioner(LocalProvisioner):
    """Launches kernels by forking; everything else is `LocalProvisioner`'s."""

    kind = "process"  # how this kernel was started: fork or process

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Fork the kernel, or launch it the ordinary way where that is refused."""
        argv = _arguments(cmd)
        if argv is None or not can_fork() or kwargs.get("preexec_fn"):
            return await super().launch_kernel(cmd, **kwargs)
        try:
            cwd = str(kwargs.get("cwd") or Path.cwd())
            log = str(Path(argv[argv.index("-f") + 1]).with_name("kernel.log")) if "-f" in argv else None
            child = fork_server().launch(argv, dict(kwargs.get("env") or os.environ), cwd, log)
        except (ForkRefused, OSError, ValueError):
            return await super().launch_kernel(cmd, **kwargs)
        self.kind = "fork"
        self.process = child  # type: ignore[assignment]
        self.pid = self.pgid = child.pid
        self.cwd = cwd  # type: ignore[assignment]
        return self.connection_info


def _arguments(cmd: list[str]) -> list[str] | None:
    """The kernel's own arguments where `cmd` starts ipykernel with this Python; None for anything else."""
    if not cmd or os.path.realpath(cmd[0]) != os.path.realpath(sys.executable):
        return None
    for position, word in enumerate(cmd[1:-1], 1):
        if word == "-m":
            return cmd[position + 2:] if cmd[position + 1] in KERNEL_MODULES else None
        if not word.startswith(("-P", "-X", "-I")):
            return None
    return None


def started(seconds: float = 0.0) -> bool:
    """Start the server in the background (so that it preloads while plans are made); whether it is ready in time."""
    if not can_fork():
        return False
    server, until = fork_server(), time.monotonic() + seconds
    while server._ready is None and server.alive and time.monotonic() < until:
        time.sleep(0.01)
    return server._ready is not None
