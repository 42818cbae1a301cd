"""The files below a folder that other processes may change meanwhile."""

from __future__ import annotations

import os
from pathlib import Path


def files_below(folder: Path, suffix: str = "") -> list[Path]:
    """All files of a folder and of those in it, sorted; none where it is missing. Links to folders are not followed.

    What is removed while they are listed is left out: `Path.rglob` fails there before Python 3.13. A file that is listed
    may be gone when it is opened.
    """
    found = (Path(inside) / name for inside, _, names in os.walk(folder) for name in names if name.endswith(suffix))
    return sorted(path for path in found if path.is_file())
