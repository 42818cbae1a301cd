"""Publishing whole: a run is written beside and renamed when complete; whatever happens, readers see old or new."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from ...errors import CjmError
from ...files import remove_abandoned, remove_scratch, scratch_folder, write_bytes_whole
from .receipt import RECEIPT_FILE

_COUNTED = re.compile(r"\d{8}T\d{6}\.\d{3}Z-(\d{1,9})-[0-9a-f]{6}(?![0-9a-f])")
MOST_RUNS = 10**9  # a larger count was not made by us


def run_folders(reports: Path, client: str, holding: str = RECEIPT_FILE) -> list[Path]:
    """The complete runs of a client in their order, the oldest first: the one list of runs that everybody asks.

    Runs are counted, not dated: a clock that was wrong once puts no run before or behind others for ever. Runs of before there
    was a count come first, by their names; a copy of a run's folder comes before the run itself. holding: a file that must be there.
    """
    folder = reports / client
    try:
        found = [p for p in folder.iterdir() if not p.name.startswith(".") and (p / holding).is_file()]
    except OSError:
        return []
    return sorted(found, key=_place)


def next_sequence(reports: Path, client: str) -> int:
    """The count of the client's next run. Whoever asks holds the client's lock until the run is published."""
    return 1 + max((_place(p)[0] for p in run_folders(reports, client)), default=0)


def sequence_of(run: str) -> int:
    """The count in a run's id; 0 for an id of before there was one."""
    found = _COUNTED.match(run)
    return int(found[1]) if found else 0


def _place(folder: Path) -> tuple[int, bool, str]:
    """What runs are ordered by: their count, the run itself after its copies, the name."""
    try:
        found = (folder / RECEIPT_FILE).stat()
        sequence, run = _told(folder, found.st_mtime_ns, found.st_size)
    except OSError:
        sequence, run = 0, ""
    return sequence or sequence_of(folder.name), run == folder.name, folder.name


@functools.lru_cache(4096)
def _told(folder: Path, _changed: int, _size: int) -> tuple[int, str]:
    """Count and id that a receipt tells; (0, "") where it cannot be read."""
    try:
        data = json.loads((folder / RECEIPT_FILE).read_bytes())
        sequence, run = data.get("sequence", 0), data.get("run", "")
    except (OSError, ValueError, AttributeError, RecursionError):
        return 0, ""
    plausible = isinstance(sequence, int) and not isinstance(sequence, bool) and 0 <= sequence < MOST_RUNS
    return sequence if plausible else 0, run if isinstance(run, str) else ""


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
    with refusals(f"report of {client}", reports):
        try:
            home.mkdir(parents=True, exist_ok=True)
            remove_abandoned(home)
            folder = scratch_folder("run", home, private=False)
            yield folder
            check(folder)
            os.rename(folder, home / run)
        finally:
            if folder is not None:
                remove_scratch(folder)  # nothing where it was published


@contextlib.contextmanager
def refusals(where: str, reports: Path, state: str = "nothing was published, what was published before is unchanged") -> Iterator[None]:
    """Tell in words what the disk refuses (full, read-only, a file in the place of a folder). Raises `CjmError`."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        if isinstance(error, (FileExistsError, NotADirectoryError)):
            why = f"{reports.name} is a file, not a folder" if reports.exists() and not reports.is_dir() else "a file stands where a folder is to be made"
        raise CjmError(where, f"could not be written: {why}; {state}", "a folder reports/ that can be written to, on a disk with space",
                       "free disk space, check the permissions of reports/ or move the file away, then run again") from error


def check_writable(reports: Path, client: str) -> None:
    """Raise `CjmError` where a report could not be published: before chapters run for nothing."""
    with refusals(f"report of {client}", reports):
        home = reports / client
        home.mkdir(parents=True, exist_ok=True)
        remove_scratch(scratch_folder("run", home, private=False))


def write_whole(path: Path, text: str) -> None:
    """Write a file that readers see old or new, never half; not written at all where nothing changes."""
    raw = text.encode()
    if path.is_file() and path.read_bytes() == raw:
        return
    write_bytes_whole(path, raw, 0o644)
