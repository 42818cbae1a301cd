"""Publishing whole: a run is written beside and renamed when complete; whatever happens, readers see old or new."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

from ..errors import CjmError
from .receipt import RECEIPT_FILE

_PARTIAL = ".partial"


def run_folders(reports: Path, client: str) -> list[Path]:
    """The complete runs of a client, oldest first."""
    folder = reports / client
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith(".") and (p / RECEIPT_FILE).is_file())


def latest_run(reports: Path, client: str) -> Path | None:
    """The newest complete run of a client."""
    runs = run_folders(reports, client)
    return runs[-1] if runs else None


@contextlib.contextmanager
def staged(reports: Path, client: str, run: str) -> Iterator[Path]:
    """A folder to write a run into; it becomes `reports/<client>/<run>` when the block ends without error.

    Raises `CjmError` where the disk refuses (full, read-only); nothing half-written stays then. A process killed
    on the way leaves a hidden folder that the next run removes.
    """
    home = reports / client
    folder = home / f".{run}.{socket.gethostname()}.{os.getpid()}{_PARTIAL}"
    try:
        home.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(home)
        folder.mkdir()
        yield folder
        os.replace(folder, home / run)
    except OSError as error:
        raise CjmError(f"report of {client}", f"could not be written: {error.strerror or error}",
                       "", "free disk space or check the permissions of reports/, then run again") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_whole(path: Path, text: str) -> None:
    """Write a file that readers see old or new, never half; not written at all where nothing changes."""
    raw = text.encode()
    if path.is_file() and path.read_bytes() == raw:
        return
    temporary = path.with_name(f".{path.name}.{os.getpid()}{_PARTIAL}")
    try:
        temporary.write_bytes(raw)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _remove_abandoned(home: Path) -> None:
    """Remove what killed processes of this machine left behind."""
    import psutil

    for path in home.glob(f".*{_PARTIAL}"):
        parts = path.name.removesuffix(_PARTIAL).rsplit(".", 1)
        owner = parts[-1]
        if not owner.isdigit() or (f".{socket.gethostname()}." not in path.name and path.is_dir()):
            continue
        if int(owner) != os.getpid() and psutil.pid_exists(int(owner)):
            continue
        if path.is_dir():
            if int(owner) != os.getpid():
                shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
