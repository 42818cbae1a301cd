"""A file that others read is put in its place by one function, whose scratch the next command knows and removes."""

from __future__ import annotations

import re
from pathlib import Path

import cjm_research

#: who puts something in a place by renaming: the two functions for files and folders, and those whose scratch has their names
ALLOWED = {"files/writing.py", "files/folders.py", "engine/log_index.py", "results/cache.py", "report/record/publish.py", "privacy/release/check.py", "workspaces.py",
           "notebook/widgets/map_viewer/settings.py", "clients/fetching/fetch.py",
           "build/staging.py"}  # from one scratch folder of a delivery into the other, which is put in its place as a whole


def test_nobody_else_puts_files_in_their_place() -> None:
    root = Path(cjm_research.__file__).parent
    renaming = {p.relative_to(root).as_posix() for p in root.rglob("*.py") if re.search(r"os\.(replace|rename)\(|\bpath\.rename\(", p.read_text(encoding="utf-8"))}
    assert renaming == ALLOWED


def test_no_scratch_has_a_name_of_its_own() -> None:
    """A name that does not say which process made it is removed by nobody."""
    root = Path(cjm_research.__file__).parent
    assert [p.name for p in root.rglob("*.py") if re.search(r"\.(new|partial|tmp)[\"']\)?$", p.read_text(encoding="utf-8"), re.MULTILINE)] == []
