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

from ...errors import BadInput, CjmError
from ...files import write_text_whole
from ...params import Workspace
from ...shapes import Json
from ...syntax import parsed
from .notebook import Parameter, Scalar, cell_text, check_name, check_value, read_parameters
from .plan import check_request

RECORD = ".copied.json"  # chapter → what was copied: a hash of its code, and the values of its parameters


@dataclass
class Desk:
    """The folder of the copies.

    kept: chapters that have changed since, whose copies were edited and so were left alone. upgraded: chapters whose new state
    took the values over that the researcher had set. lost: such values that the new chapter has no place for, in words.
    """

    folder: Path
    titles: dict[str, str]
    """Chapter → what it is headed with, in the report's order."""
    kept: list[str] = field(default_factory=list)
    upgraded: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    @property
    def first(self) -> Path:
        """The first chapter's copy."""
        return self.folder / f"{next(iter(self.titles))}.ipynb"


def lay_out(client: str, workspace: Workspace) -> Desk:
    """Copy the client's chapters to its desk, with its values in their parameters cells.

    A copy whose code was edited is never overwritten; one that was only run gives way to a newer chapter, and so does one in which
    only values of parameters were changed, which the new chapter takes over. Raises `BadInput(s)` for an unknown client or a
    chapter that cannot be used.
    """
    _, chapters, values, _ = check_request(client, workspace)
    desk = Desk(workspace.lab(client), {c.name: c.title for c in chapters})
    fresh = {c.name: filled(json.loads(c.path.read_text(encoding="utf-8")), values[c.name]) for c in chapters}
    place_copies(desk, fresh)
    return desk


def place_copies(desk: Desk, notebooks: Mapping[str, Json]) -> None:
    """Write notebooks by name into the desk's folder, but not over one whose code was edited; notes on the desk what was done."""
    desk.folder.mkdir(parents=True, exist_ok=True)
    record = _read_record(desk.folder / RECORD)
    for name, fresh in notebooks.items():
        path = desk.folder / f"{name}.ipynb"
        new, now, placed = _code_of(fresh), _code_at(path), record.get(name)
        if now is not None and (placed is None or now.sha256 != placed.sha256):  # edited, or not copied by us
            if placed is None or placed != new:
                desk.kept.append(name)
            continue
        changed = {k: v for k, v in now.values.items() if placed.values.get(k) != v} if now and placed else {}
        if placed != new or now is None:
            carried = _carried(fresh, changed, f"{name}.ipynb", desk.lost)
            write_text_whole(path, json.dumps(filled(fresh, carried), indent=1, ensure_ascii=False) + "\n")
            desk.upgraded += [name] if changed else []
        record[name] = new
    write_text_whole(desk.folder / RECORD, json.dumps({k: [c.sha256, c.values] for k, c in record.items()}, indent=1) + "\n")


def _carried(fresh: Json, changed: Mapping[str, Scalar], where: str, lost: list[str]) -> dict[str, Scalar]:
    """The values a researcher had set, as far as the new chapter takes them; the others are told in `lost`."""
    declared = _parameters(fresh, where)
    carried: dict[str, Scalar] = {}
    for key, value in changed.items():
        try:
            carried[key] = check_value(check_name(key, declared, where), value, where)
        except BadInput:
            lost.append(f"{where}: your {key} = {value!r} has no place in the new chapter")
    return carried


def clear_outputs(client: str, workspace: Workspace) -> int:
    """Take the outputs out of all copies of a client, which may show what was erased; returns how many had some."""
    from ...build.erasing import clear_outputs as clear

    return clear(workspace.lab(client))


def filled(notebook: Json, values: Mapping[str, Scalar]) -> Json:
    """The notebook with these values in its parameters cell, line by line; comments and annotations stay."""
    for cell in notebook["cells"]:
        if _holds_parameters(cell):
            cell["source"] = _filled_source(cell_text(cell["source"]), values)
    return notebook


def _filled_source(source: str, values: Mapping[str, Scalar]) -> str:
    declared = read_parameters(source, "parameters")
    return _with_values(source, {name: _literal(value) for name, value in values.items() if name in declared and value != declared[name].default})


def _with_values(source: str, literals: Mapping[str, str]) -> str:
    """The lines of a parameters cell with these texts in the place of the values."""
    raw = source.encode()
    starts = [0]
    for line in raw.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    # from the end, so that earlier places stay where they are; ast counts columns in bytes
    for node in reversed(parsed(source).body):
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
            continue
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if not isinstance(target, ast.Name) or target.id not in literals:
            continue
        value = node.value
        begin, end = starts[value.lineno - 1] + value.col_offset, starts[(value.end_lineno or value.lineno) - 1] + (value.end_col_offset or 0)
        raw = raw[:begin] + literals[target.id].encode() + raw[end:]
    return raw.decode()


def _literal(value: Scalar) -> str:
    """As Python writes it, texts in double quotes."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


@dataclass(frozen=True)
class Code:
    """What a person wrote in a notebook: a hash of the cells without the parameters' values, and these values."""

    sha256: str
    values: Mapping[str, Scalar] = field(default_factory=dict)


def _code_of(notebook: Json) -> Code:
    """Kinds and sources of the cells, not their outputs or numbers. A parameters cell that cannot be read counts as code."""
    cells, values = [], {}
    for c in notebook["cells"]:
        source = cell_text(c.get("source", ""))
        if _holds_parameters(c):
            try:
                declared = read_parameters(source, "parameters")
            except CjmError:
                pass
            else:
                values = {name: p.default for name, p in declared.items()}
                source = _with_values(source, dict.fromkeys(values, "..."))
        cells.append([c.get("cell_type"), source])
    return Code(hashlib.sha256(json.dumps(cells).encode()).hexdigest(), values)


def _holds_parameters(cell: Mapping[str, Any]) -> bool:
    return "parameters" in (cell.get("metadata", {}).get("tags") or [])


def _parameters(notebook: Json, where: str) -> dict[str, Parameter]:
    return {name: p for c in notebook["cells"] if _holds_parameters(c) for name, p in read_parameters(cell_text(c["source"]), where).items()}


def _code_at(path: Path) -> Code | None:
    """The code of a copy; None where there is no copy; one of its own where it cannot be read, so that it is kept."""
    if not path.exists():
        return None
    notebook = _load(path)
    return _code_of(notebook) if notebook is not None else Code("unreadable")


def _load(path: Path) -> Json | None:
    try:
        notebook: Json = json.loads(path.read_text(encoding="utf-8"))
        return notebook if isinstance(notebook["cells"], list) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _read_record(path: Path) -> dict[str, Code]:
    try:
        return {name: Code(sha, values) for name, (sha, values) in json.loads(path.read_text(encoding="utf-8")).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}  # also what an earlier version wrote: its copies count as edited
