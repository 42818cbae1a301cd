"""A chapter of a researcher's own: a notebook that runs as it is, in the workspace's `notebooks/`."""

from __future__ import annotations

import json
import re
from pathlib import Path

from ...errors import BadInput
from ...files import refusals, shipped, write_text_whole
from ...params import Workspace, client_names
from ...shapes import Json
from .notebook import NAME, known_chapters

TEMPLATE = "_template.ipynb"
FROM, TO = 70, 99  # numbers of own chapters, behind the shipped ones


def new_chapter(name: str, workspace: Workspace, client: str | None = None) -> Path:
    """Write a chapter from the template; returns its path.

    name: `90_baskets`, or `baskets` for the next free number from 90. client: whom the first cell names; default: the first of the
    workspace. Raises `BadInput` for a name that is none, for a chapter that is there, and where the folder is no workspace.
    """
    clients = client_names(workspace)
    if client is not None and client not in clients:
        raise BadInput("cjm chapter new", f"there is no client {client}", ", ".join(clients) or "a client", f"cjm new {client}")
    known = known_chapters(workspace)
    stem = _stem(name, list(known))
    path = workspace.notebooks / f"{stem}.ipynb"
    if stem in known or path.exists():
        raise BadInput(f"cjm chapter new {name}", f"a chapter {stem} is there already", "a new name", "cjm list --chapters")
    notebook = json.loads((shipped("notebooks") / TEMPLATE).read_text(encoding="utf-8"))
    _fill(notebook, stem, client or (clients[0] if clients else "demo"))
    with refusals(f"cjm chapter new {name}", workspace.root):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text_whole(path, json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", 0o644)
    return path


def _stem(name: str, known: list[str]) -> str:
    stem = name.removesuffix(".ipynb")
    if NAME.match(stem):
        return stem
    if not re.fullmatch(r"[a-z][a-z0-9_]*", stem):
        raise BadInput("cjm chapter new", f"{name[:100]!r} cannot name a chapter", "two digits, _ and lower-case letters, digits or _: 90_baskets, or just baskets",
                       "cjm chapter new 90_baskets")
    taken = {n[:2] for n in known}
    number = next((n for n in (*range(90, TO + 1), *range(FROM, 90)) if f"{n}" not in taken), None)
    if number is None:
        raise BadInput("cjm chapter new", f"the numbers {FROM} to {TO} are all taken", "a number of your own", f"cjm chapter new 65_{stem}")
    return f"{number}_{stem}"


def _fill(notebook: Json, stem: str, client: str) -> None:
    """The chapter's title and client in the place of the template's."""
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown" and source.startswith("# "):
            cell["source"] = source.replace("# Title of the chapter", f"# {stem[3:].replace('_', ' ').capitalize()}", 1)
        elif "parameters" in (cell["metadata"].get("tags") or []):
            cell["source"] = f"client = {json.dumps(client)}"


def params_line(path: Path) -> str:
    """The line of a client's params that adds a chapter to the shipped ones."""
    return f"chapters: [.., +{path.stem}]"
