"""Derive the locked requirements and environment.yml from pyproject.toml, the one list of dependencies.

The lock files carry hashes and no address of an index. Needs uv (`pip install uv`) for the locking.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GIVEN = ("jupyterlab", "papermill", "pandas", "seaborn", "statsmodels", "nbconvert")  # listed for conda by name


def environment_yml(project: dict) -> str:
    """The conda environment: the given stack from conda, the rest by `pip install -e .`."""
    ranges = {d.split(">")[0].split("<")[0].split("=")[0]: d for d in project["dependencies"]}
    lines = ["# Derived from pyproject.toml by `make lock`; a test compares them. Not solved here: conda's channels decide.",
             "name: cjm-research", "channels: [conda-forge]", "dependencies:", f"  - python{project['requires-python']}", "  - pip"]
    lines += [f'  - "{ranges[name]}"' for name in GIVEN]
    lines += ["  - pip:", "      - -e ."]
    return "\n".join(lines) + "\n"


def lock(output: str, *extras: str) -> None:
    command = ["uv", "pip", "compile", "pyproject.toml", "--universal", "--generate-hashes", "--no-header", "--no-emit-index-url",
               "--no-emit-find-links", "--no-annotate", "--python-version", "3.11", "--quiet", "-o", output]
    for extra in extras:
        command += ["--extra", extra]
    subprocess.run(command, cwd=ROOT, check=True)


def main() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (ROOT / "environment.yml").write_text(environment_yml(project))
    lock("requirements.lock.txt", "pdf")
    lock("requirements-test.lock.txt", "pdf", "test")
    lock("requirements-site.lock.txt", "pdf", "site")


if __name__ == "__main__":
    sys.exit(main())
