"""Exports of a published run, and of the codings and banner tables as they are now."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from ..errors import unknown
from ..files import files_below
from ..params import Workspace

CODING_FORMATS = ("qdpx", "qdc", "csv")  # of the codings as they are now, not of a run
DATA_FORMATS = (*CODING_FORMATS, "banner")  # of the data as they are now


def export_client(client: str, workspace: Workspace, *, formats: Sequence[str], run: str | None = None, chapter: str | None = None,
                  to: Path | None = None, brief: bool = False) -> list[Path]:
    """Write a published run, or the codings or banner tables as they are now, in other formats; returns the files. brief: of pdf, the one for who decides.

    Raises `BadInput` for an unknown client, run, chapter or format before anything is written.
    """
    from ..report.exports import FORMATS, export_run

    for name in formats:
        if name not in (*FORMATS, *DATA_FORMATS):
            raise unknown("cjm export", "format", name, (*FORMATS, *DATA_FORMATS), "name formats of this list: cjm export CLIENT --format xlsx")
    of_codings = [f for f in formats if f in CODING_FORMATS]
    of_run = [f for f in formats if f not in DATA_FORMATS]
    written: list[Path] = []
    if of_codings or "banner" in formats:  # the quick ones first: where there are none, nothing is written
        from ..study import open_study

        with workspace.writing(client, "cjm export"):  # opened within: nobody is erased between reading and writing
            study = open_study(client, workspace)
            if of_codings:
                from ..report.exports.codings import export_codings

                written += export_codings(study, to or workspace.report(client) / "codings", of_codings)
            if "banner" in formats:
                from ..report.exports.banner import export_banner

                written += export_banner(study, to or workspace.report(client) / "banner")
            study.close()
    return [*(export_run(client, workspace, formats=of_run, run=run, chapter=chapter, to=to, brief=brief) if of_run or brief else []), *written]


def folder_sha256(folder: Path) -> str:
    """A hash of the code in a folder: what it makes is made again when it changes."""
    digest = hashlib.sha256()
    for path in files_below(folder, ".py"):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
