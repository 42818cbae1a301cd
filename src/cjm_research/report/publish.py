"""Publishing whole: a run is written beside and renamed when complete; whatever happens, readers see old or new."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from ..errors import CjmError
from ..files import remove_abandoned, remove_scratch, scratch_folder, write_bytes_whole
from .receipt import RECEIPT_FILE


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
def staged(reports: Path, client: str, run: str, check: Callable[[Path], None]) -> Iterator[Path]:
    """A folder to write a run into; it becomes `reports/<client>/<run>` when the block ends without error.

    check: looks through everything that was written and raises what stops the release (`privacy.Guard.check_folder`). Raises `CjmError` where the disk refuses (full, read-only); nothing half-written stays then. A process killed
    on the way leaves a hidden folder that the next run removes.
    """
    home = reports / client
    folder: Path | None = None
    try:
        home.mkdir(parents=True, exist_ok=True)
        remove_abandoned(home)
        folder = scratch_folder("run", home, private=False)
        yield folder
        check(folder)
        os.rename(folder, home / run)
    except OSError as error:
        raise CjmError(f"report of {client}", f"could not be written: {error.strerror or error}",
                       "", "free disk space or check the permissions of reports/, then run again") from error
    finally:
        if folder is not None:
            remove_scratch(folder)  # nothing where it was published


def write_whole(path: Path, text: str) -> None:
    """Write a file that readers see old or new, never half; not written at all where nothing changes."""
    raw = text.encode()
    if path.is_file() and path.read_bytes() == raw:
        return
    write_bytes_whole(path, raw, 0o644)
