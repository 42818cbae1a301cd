"""Where exports of a client were written, noted before they take their places: an erasure lists those from before it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..errors import BadInput

NOTES = "written.jsonl"


@dataclass(frozen=True)
class Exported:
    """One export: the run it shows (empty: codings as they were then) and its files."""

    run: str
    files: tuple[Path, ...]


def note_export(folder: Path, run: str, files: Iterable[Path]) -> None:
    """Note files that are about to be written; on the disk when this returns. folder: `Workspace.exports`."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    line = json.dumps({"run": run, "files": [os.path.abspath(f) for f in files]}).encode() + b"\n"
    descriptor = os.open(folder / NOTES, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, line)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def claim(folder: Path, run: str, files: Iterable[Path], client: str, reports: Path) -> None:
    """Note files that are about to be written, once it is clear that none takes the place of somebody else's. reports: where all files are ours.

    Raises `BadInput` where a file that no export of the client wrote lies in the place of one.
    """
    listed = list(files)
    _refuse_others(folder, [f for f in listed if not f.resolve().is_relative_to(reports.resolve())], client)
    note_export(folder, run, listed)


def _refuse_others(folder: Path, files: Iterable[Path], client: str) -> None:
    ours = {f for export in exported(folder) for f in export.files}
    for file in files:
        if os.path.lexists(file) and Path(os.path.abspath(file)) not in ours:
            raise BadInput(f"cjm export {client}", f"another {file.name} lies in the folder {file.parent.name or file.parent} already, and cjm export did not write it; it is as it was",
                           "a folder without files of these names, or with those of an earlier export", "name another folder with --to, or move the file away")


def exported(folder: Path) -> list[Exported]:
    """Every export noted, oldest first; a line that was torn counts, without files."""
    try:
        lines = (folder / NOTES).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    return [_read(line) for line in lines]


def _read(line: str) -> Exported:
    try:
        found = json.loads(line)
        return Exported(str(found["run"]), tuple(Path(f) for f in found["files"]))
    except (ValueError, KeyError, TypeError):
        return Exported("", ())
