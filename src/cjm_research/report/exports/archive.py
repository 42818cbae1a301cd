"""The report as one zip, or as a copy of its folder: opens from disk or from any static host."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

from ...files import scratch_file
from ...files.folders import is_scratch
from .run_data import RunData

_STAMP = (1980, 1, 1, 0, 0, 0)  # equal runs give equal archives


def write(data: RunData, target: Path) -> Path:
    """Write `<client>_<run>.zip` with the report as it was published and what was exported into its folder since, zips left out."""
    path = target / f"{data.client}_{data.run}.zip"
    temporary = scratch_file(path)
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(p for p in data.folder.rglob("*") if p.is_file() and p.suffix != ".zip" and not is_scratch(p)):
            entry = zipfile.ZipInfo(f"{data.client}_{data.run}/{file.relative_to(data.folder).as_posix()}", _STAMP)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            archive.writestr(entry, file.read_bytes())
    temporary.replace(path)
    return path


def write_folder(data: RunData, target: Path) -> Path:
    """Copy the pages to `target`; the run's own folder is left as it is."""
    if target.resolve() != data.folder.resolve():
        for file in sorted(p for p in data.folder.rglob("*") if p.is_file() and not is_scratch(p)):
            place = target / file.relative_to(data.folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, place)
    return target / "index.html"
