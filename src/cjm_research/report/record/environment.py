"""What a run was computed with: versions, commit, machine class; and the environment a kernel gets."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

from ... import __version__
from ...pins import OWN_ANSWERS, OWN_VARIABLE, VARIABLE
from ...shapes import Json

MARK = "CJM_CHAPTER"  # environment variable that every process of a chapter inherits
#: packages whose version can change a number or a page
PACKAGES = ("duckdb", "ipykernel", "jupyter-client", "matplotlib", "nbclient", "nbconvert", "nh3", "numpy", "pandas",
            "papermill", "pyarrow", "pydantic", "scikit-learn", "scipy", "seaborn", "sqlglot", "statsmodels")
#: one thread in linear algebra, so that sums come in the same order on every machine and kernels can be forked
FIXED = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "PYTHONHASHSEED": "0",
         "MPLBACKEND": "module://matplotlib_inline.backend_inline", "JE_ARROW_MALLOC_CONF": "background_thread:false",
         "PYDEVD_DISABLE_FILE_VALIDATION": "1",
         "SOURCE_DATE_EPOCH": "315532800"}  # drawings name no day: equal inputs, equal bytes


@functools.cache
def versions() -> dict[str, str]:
    """Python, this package and the packages that can change a number or a page."""
    found = {"python": platform.python_version(), "cjm-research": __version__}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


@functools.cache
def environment_sha256() -> str:
    """A hash of the versions and the machine's class."""
    return hashlib.sha256(json.dumps([versions(), platform.system(), platform.machine()]).encode()).hexdigest()


def commit(folder: Path) -> Json:
    """Commit and dirtiness of the folder's git work tree; empty where there is none."""
    def git(*words: str) -> str:
        return subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, timeout=20, check=True).stdout

    try:
        return {"commit": git("rev-parse", "HEAD").strip(), "dirty": bool(git("status", "--porcelain", "--untracked-files=no").strip())}
    except (OSError, subprocess.SubprocessError):
        return {}


def kernel_environment(workspace: Path, params_folder: Path | None, scratch: Path, cache: bool = True,
                       pin: Path | None = None, mark: str = "") -> dict[str, str]:
    """The environment of a chapter's kernel: this process's, with its own scratch folder, fixed threads and what its run pinned."""
    own = {"CJM_WORKSPACE": str(workspace), "IPYTHONDIR": str(scratch / "ipython"), "TMPDIR": str(scratch),
           "JOBLIB_TEMP_FOLDER": str(scratch), "CJM_REPORT_RUN": "1"}
    if not cache:
        own["CJM_CACHE"] = "off"
    own[OWN_VARIABLE] = str(scratch / OWN_ANSWERS)
    if mark:
        own[MARK] = mark
    own[VARIABLE] = str(pin) if pin else ""
    if params_folder:
        own["CJM_PARAMS"] = str(params_folder)
    return {**os.environ, **FIXED, **own}
