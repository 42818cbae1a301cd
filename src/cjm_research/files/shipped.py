"""The files that come with the package beside its code: chapters, params, documentation."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def shipped(name: str) -> Path:
    """A folder that comes with the package ("notebooks", "params", "docs"), whether it was installed from a wheel or from its repository."""
    package = Path(str(files("cjm_research")))
    installed = package / f"_{name}"
    return installed if installed.is_dir() else package.parents[1] / name  # an editable install
