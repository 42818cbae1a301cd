"""The report as one zip, or as a copy of its folder: opens from disk or from any static host."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

from ...files import files_below, scratch_file
from ..record.run_data import RunData

_STAMP = (1980, 1, 1, 0, 0, 0)  # equal runs give equal archives


def write(data: RunData, target: Path) -> Path:
    """Write `<client>_<run>.zip` with the report as it was published and what was exported into its folder since, zips left out."""
    path = target / f"{data.client}_{data.run}.zip"
    temporary = scratch_file(path)
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in _files(data.folder):
            if file.suffix in (".zip", ".partial"):
                continue
            entry = zipfile.ZipInfo(f"{data.client}_{data.run}/{file.relative_to(data.folder).as_posix()}", _STAMP)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            archive.writestr(entry, file.read_bytes())
    temporary.replace(path)
    return path


def write_folder(data: RunData, target: Path) -> Path:
    """Copy the pages into one folder of `target`, `<client>_<run>`, as a zip holds them. Returns its first page."""
    home = target / f"{data.client}_{data.run}"
    for file in _files(data.folder):
        place = home / file.relative_to(data.folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, place)
    return home / "index.html"


def _files(folder: Path) -> list[Path]:
    """The files of a run, without what is being written into it."""
    return [p for p in files_below(folder) if not any(part.startswith(".") for part in p.relative_to(folder).parts)]
