"""The notebook that `cjm lab` opens: what is there, what to do next, and the chapters by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...errors import CjmError
from ...params import Workspace, client_names, load_params
from ...shapes import Json
from ...study import BUILD_FILE
from .publish import latest_run
from .working_copies import Desk, lay_out, place_copies

NAME = "home"


def home_of_client(client: str, workspace: Workspace) -> tuple[Path, Desk]:
    """Lay the client's chapters out and write its home notebook beside them; returns its path, and what was laid out.

    Raises `BadInput(s)` for an unknown client or a chapter that cannot be used.
    """
    desk = lay_out(client, workspace)
    params = load_params(client, workspace)
    cells = [_markdown(f"# {params.title or client}\n\n{params.objective or ''}".strip()), _markdown("\n".join(_next_steps(client, workspace)))]
    cells.append(_code(f'from cjm_research import open_study\n\nstudy = open_study("{client}")\nstudy.row_counts'))
    lines = ["## Chapters", "", "Your own copies, with this client's values in their first cell: run them, change them, save them. `cjm report` runs the shipped ones.", ""]
    lines += [f"- [{title}]({name}.ipynb)" for name, title in desk.titles.items()]
    cells.append(_markdown("\n".join(lines)))
    return _write(desk.folder, cells), desk


def home_of_all(workspace: Workspace) -> Path:
    """Write the home notebook of a workspace, which lists its clients; returns its path. Raises `BadInput` where there is no workspace."""
    lines = ["# Customer journeys", "", "## Clients", ""]
    names = client_names(workspace)
    for client in names:
        try:
            title = load_params(client, workspace).title or client
        except CjmError as problem:
            title = f"{client}: {problem.text().splitlines()[0]}"
        lines.append(f"- **{title}**: `cjm lab {client}` in a terminal lays its chapters out and opens them")
    if not names:
        lines.append("None yet.")
    lines += ["", "## What next?", "", "- See a whole example: `cjm demo` in a terminal, then `cjm lab demo`.",
              "- Add a client: `cjm new acme` makes its settings and the folder for its exports.", "- See what can be read: `cjm sources`."]
    folder = workspace.root / "data" / "lab"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return _write(folder, [_markdown("\n".join(lines))])


def _next_steps(client: str, workspace: Workspace) -> Iterator[str]:
    """What to do, from where the client stands."""
    yield from ("## What next?", "")
    latest = latest_run(workspace.reports, client)
    if not (workspace.tables(client) / BUILD_FILE).is_file():
        yield f"- The tables are not built yet: put the exports into `data/raw/{client}/`, then run `cjm check {client}` in a terminal (File, New, Terminal)."
    elif latest is None:
        yield f"- The tables are built. `cjm report {client}` in a terminal publishes the first report; the cell below opens the tables."
    else:
        yield f"- The latest report is `reports/{client}/{latest.name}/index.html`. After new exports: `cjm report {client}`, then `cjm diff {client}`."
    yield "- Ask a question: open a chapter below, change a value in its first cell, run it again."
    yield f"- Change what is asked: edit `params/{client}.yaml` (`docs/params.md` explains every key)."
    if client == "demo":
        yield "- Work on your own data: `cjm new acme` in a terminal, then `cjm lab acme`."


def _write(folder: Path, cells: list[Json]) -> Path:
    notebook = {"cells": [{**cell, "id": f"home-{k}"} for k, cell in enumerate(cells)], "metadata": {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}}, "nbformat": 4, "nbformat_minor": 5}
    place_copies(Desk(folder, {NAME: NAME}), {NAME: notebook})
    return folder / f"{NAME}.ipynb"


def _markdown(text: str) -> Json:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def _code(text: str) -> Json:
    return {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": text}
