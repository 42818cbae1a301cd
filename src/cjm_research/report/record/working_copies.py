"""A client's chapters as notebooks to work in: the researcher's own copies, with the client's values filled in.

The chapters in `notebooks/` serve every client and are kept without outputs; what a researcher runs, changes and saves is a
copy in `data/lab/<client>/`, beside the client's data and, like them, in no repository.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...params import Workspace
from .notebook import Scalar, cell_text, read_parameters
from .plan import check_request

RECORD = ".copied.json"  # chapter → hash of what was copied


@dataclass
class Desk:
    """The folder of the copies; `kept` are chapters that have changed since, whose copies were edited and so were left alone."""

    folder: Path
    titles: dict[str, str]
    """Chapter → what it is headed with, in the report's order."""
    kept: list[str] = field(default_factory=list)

    @property
    def first(self) -> Path:
        """The first chapter's copy."""
        return self.folder / f"{next(iter(self.titles))}.ipynb"


def lay_out(client: str, workspace: Workspace) -> Desk:
    """Copy the client's chapters to its desk, with its values in their parameters cells.

    A copy whose code was edited is never overwritten; one that was only run gives way to a newer chapter. Raises `BadInput(s)`
    for an unknown client or a chapter that cannot be used.
    """
    _, chapters, values, _ = check_request(client, workspace)
    desk = Desk(workspace.lab(client), {c.name: c.title for c in chapters})
    fresh = {c.name: filled(json.loads(c.path.read_text(encoding="utf-8")), values[c.name]) for c in chapters}
    desk.kept += place_copies(desk.folder, fresh)
    return desk


def place_copies(folder: Path, notebooks: Mapping[str, dict[str, Any]]) -> list[str]:
    """Write notebooks by name into a folder, but not over one whose code was edited; returns the names of edited ones that are out of date."""
    folder.mkdir(parents=True, exist_ok=True)
    record, kept = _read_record(folder / RECORD), []
    for name, fresh in notebooks.items():
        path = folder / f"{name}.ipynb"
        new, now = _code_sha256(fresh), _code_of(path)
        if now is not None and now != record.get(name):  # edited, or not copied by us
            if record.get(name) != new:
                kept.append(name)
            continue
        if now != new:
            path.write_text(json.dumps(fresh, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        record[name] = new
    (folder / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return kept


def clear_outputs(client: str, workspace: Workspace) -> int:
    """Take the outputs out of all copies of a client, which may show what was erased; returns how many had some."""
    from ...build.erasing import clear_outputs as clear

    return clear(workspace.lab(client))


def filled(notebook: dict[str, Any], values: Mapping[str, Scalar]) -> dict[str, Any]:
    """The notebook with these values in its parameters cell, line by line; comments and annotations stay."""
    for cell in notebook["cells"]:
        if "parameters" in (cell.get("metadata", {}).get("tags") or []):
            cell["source"] = _filled_source(cell_text(cell["source"]), values)
    return notebook


def _filled_source(source: str, values: Mapping[str, Scalar]) -> str:
    declared = read_parameters(source, "parameters")
    raw = source.encode()
    starts = [0]
    for line in raw.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    # from the end, so that earlier places stay where they are; ast counts columns in bytes
    for node in reversed(ast.parse(source).body):
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
            continue
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if not isinstance(target, ast.Name) or target.id not in values or values[target.id] == declared[target.id].default:
            continue
        value = node.value
        begin, end = starts[value.lineno - 1] + value.col_offset, starts[(value.end_lineno or value.lineno) - 1] + (value.end_col_offset or 0)
        raw = raw[:begin] + _literal(values[target.id]).encode() + raw[end:]
    return raw.decode()


def _literal(value: Scalar) -> str:
    """As Python writes it, texts in double quotes."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _code_sha256(notebook: dict[str, Any]) -> str:
    """A hash of what a person wrote: kinds and sources of the cells, not their outputs or numbers."""
    cells = [[c.get("cell_type"), cell_text(c.get("source", ""))] for c in notebook["cells"]]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def _code_of(path: Path) -> str | None:
    """The hash of a copy's code; None where there is no copy; a text of its own where it cannot be read, so that it is kept."""
    if not path.exists():
        return None
    notebook = _load(path)
    return _code_sha256(notebook) if notebook is not None else "unreadable"


def _load(path: Path) -> dict[str, Any] | None:
    try:
        notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return notebook if isinstance(notebook["cells"], list) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _read_record(path: Path) -> dict[str, str]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}
