"""A published run in the formats the field expects. FORMATS is the whole list."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...errors import BadInput, unknown
from ...files import files_below, remove_abandoned
from ...params import Workspace, load_params
from ...privacy import Guard
from ...privacy.exported import claim
from ...results import policy, words
from ..record.guard import guard_of
from ..record.run_data import Look, RunData, read_run
from ..record.withheld import refuse_from_before

Writer = Callable[[RunData, Path], Path]


def _writers() -> dict[str, Writer]:
    from . import archive, brief, flow, image, json_file, poster, slides, spreadsheet

    return {"xlsx": spreadsheet.write, "pptx": slides.write, "svg": image.write_svg, "png": image.write_png, "map-pdf": image.write_paper,
            "json": json_file.write, "mermaid": flow.write_mermaid, "dot": flow.write_dot, "poster": poster.write_pdf, "poster-a3": poster.write_small, "poster-png": poster.write_png,
            "persona-posters": poster.write_personas, "blueprint": poster.write_blueprint, "brief": brief.write, "zip": archive.write, "html": archive.write_folder}


FORMATS = ("xlsx", "pptx", "pdf", "map-pdf", "poster", "poster-a3", "poster-png", "persona-posters", "blueprint", "svg", "png", "json", "mermaid", "dot", "html", "zip")


def export_run(client: str, workspace: Workspace, *, formats: Sequence[str] = ("xlsx",), run: str | None = None, chapter: str | None = None,
               to: Path | None = None, brief: bool = False) -> list[Path]:
    """Write a run (the latest unless named) in each of the formats; returns the files written. brief: of pdf, the one for who decides.

    Raises `BadInput` for an unknown client, run, chapter or format, before anything is written, and `WouldExposePerson`
    where an identifier of a person would stand in a file, which is not written then, and for a run from before persons were
    erased, also where they were erased while it was being written.
    """
    for name in formats:
        if name not in FORMATS:
            raise unknown("cjm export", "format", name, FORMATS, "name formats of this list: cjm export CLIENT --format xlsx")
    if brief and ("pdf" not in formats or chapter):
        raise BadInput(f"cjm export {client} --brief", f"--chapter {chapter} is named, too" if chapter else f"the formats are {words.listing(list(formats))}",
                       "--brief with --format pdf, of the whole report", f"cjm export {client} --format pdf --brief")
    data = replace(read_run(client, workspace, run), look=_look(client, workspace))
    refuse_from_before(client, data.folder)
    target, guard = to or data.folder, guard_of(client, workspace)
    remove_abandoned(target)  # what killed exports left
    return [_write("brief" if brief and name == "pdf" else name, data, target, guard, chapter, workspace) for name in formats]


def _look(client: str, workspace: Workspace) -> Look:
    """The brand of the params as they are now; ours where they cannot be read, which `guard_of` has told by then."""
    from ..pages.frame import brand_of

    brand = brand_of(load_params(client, workspace), workspace)
    return Look(brand.name, brand.logo, brand.colour or "", brand.portraits)


def _write(name: str, data: RunData, target: Path, guard: Guard, chapter: str | None, workspace: Workspace) -> Path:
    if name == "html" and target.resolve() == data.folder.resolve():
        guard.check_folder(target)
        return target / "index.html"
    if name in ("pdf", "brief"):  # its pages tell numbers in cells from numbers with blanks; a PDF does not
        guard.check_files((p.name, p.read_bytes()) for p in sorted(data.folder.glob("*.html")))
    @contextmanager
    def placing() -> Iterator[None]:
        with workspace.writing(data.client, "cjm export"):
            refuse_from_before(data.client, data.folder)  # somebody may have been erased meanwhile
            if target.resolve() != data.folder.resolve():  # what lies in the run's folder goes with it
                claim(workspace.exports(data.client), data.folder.name, (target / f.relative_to(folder) for f in files_below(folder)), data.client, workspace.reports)
            yield

    with policy.following((data.map or {}).get("policy")), guard.staged(target, placing) as folder:
        path = _pdf(data, folder, chapter) if name == "pdf" else _writers()[name](data, folder)
    return target / path.relative_to(folder)


def _pdf(data: RunData, target: Path, chapter: str | None) -> Path:
    from .pdf import export_pdf

    kwargs: dict[str, Any] = {"chapter": chapter} if chapter else {}
    return Path(export_pdf(data.folder, target, **kwargs))
