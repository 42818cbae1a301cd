"""Whose a scratch file or folder is: its name says which process made it, so that what killed processes left can be told.

A tag is `<machine>.<process>.<start>`. The machine is the host's name and, on Linux, its table of processes (two containers
may share a name and a folder); the start keeps a number that the system gave away again from passing for the old process.
"""

from __future__ import annotations

import functools
import os
import re
import socket
import time
from pathlib import Path

TAG = re.compile(r"(?P<machine>[A-Za-z0-9-]+)\.(?P<pid>\d+)\.(?P<start>\d+)")
FOREIGN_S = 7 * 86400.0  # what another machine made is left alone for so long; nobody can ask it


@functools.cache
def machine() -> str:
    """This machine, as tags name it."""
    host = re.sub(r"[^A-Za-z0-9]+", "-", socket.gethostname())[:32].strip("-") or "host"
    try:
        return f"{host}-{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        return host


def own_tag() -> str:
    """The tag of this process."""
    pid = os.getpid()
    return f"{machine()}.{pid}.{_start(pid)}"


def is_abandoned(path: Path) -> bool:
    """Whether the process whose tag is in the path's name is gone; False for a name without a tag.

    What another machine made counts as abandoned when it has not been touched for a week.
    """
    found = TAG.search(path.name)
    if found is None:
        return False
    if found["machine"] != machine():
        try:
            return time.time() - path.stat().st_mtime > FOREIGN_S
        except OSError:
            return False
    pid = int(found["pid"])
    return _start(pid) != int(found["start"])


def _start(pid: int) -> int:
    """When a process began, in a unit that no change of the clock alters where the system has one; -1 for no process."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
        return -1 if fields[0] in (b"Z", b"X") else int(fields[19])
    except FileNotFoundError:
        if os.path.isdir("/proc/self"):
            return -1
    except (OSError, ValueError, IndexError):
        pass
    import psutil

    try:
        return int(psutil.Process(pid).create_time())
    except psutil.Error:
        return -1
