"""A client's codings for other programs: REFI-QDA projects and codebooks, CSV and XLSX tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pandas as pd

from ...coding_log.answers import beside, open_answers
from ...errors import unknown
from ...privacy.exported import claim
from ...sources.kinds.refi_qda import project_from_tables, write_qdc, write_qdpx
from ..record.guard import guard_of
from .text import is_formula

if TYPE_CHECKING:
    from ...study import Study

Format = Literal["qdpx", "qdc", "csv", "xlsx"]
FORMATS: tuple[Format, ...] = ("qdpx", "qdc", "csv", "xlsx")
FILES = ("codings.qdpx", "codings_without_place.csv", "codebook.qdc", "codings.csv", "codebook.csv", "codings.xlsx")  # all that may be written


def export_codings(
    study: Study, folder: Path, formats: Sequence[str] = FORMATS, *, line_ends: Literal["lf", "crlf"] = "lf"
) -> list[Path]:
    """Write the codings and codebook as they are now (coders' logs included); returns the files.

    `codings.qdpx`, `codebook.qdc`, `codings.csv` and `codebook.csv`, `codings.xlsx` (both as sheets). Codings without a
    place are in the tables and, beside the `.qdpx`, in `codings_without_place.csv`. line_ends="crlf" serves programs
    that count a line end as two (MAXQDA). Raises `NotEnoughData` without codings, `BadInput` for unknown formats,
    `WouldExposePerson` where an identifier of a person would stand in a file.
    """
    for name in formats:
        if name not in FORMATS:
            raise unknown("export of codings", "format", name, FORMATS, "name formats of this list")
    study.need("codebook", what="export of codings")
    if not study.has("answer_codings"):
        study.need("codings", what="export of codings")
    documents, codebook, codings = _coded(study)
    with guard_of(study.client, study.workspace, study.params).staged(folder) as scratch:
        written = _write(study.params.title, documents, codebook, codings, scratch, formats, line_ends)
        claim(study.workspace.exports(study.client), "", (folder / path.relative_to(scratch) for path in written), study.client, study.workspace.reports)
    return [folder / path.relative_to(scratch) for path in written]


def _coded(study: Study) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Documents, codebook and codings: of interviews, and the open answers of surveys that somebody coded, each a document with its respondent."""
    documents, codebook, codings = (study.query(f"SELECT * FROM {t}") for t in ("documents", "codebook", "codings"))
    answered = study.query(f"SELECT c.* FROM answer_codings c JOIN ({open_answers()}) a USING (document_id)")
    if answered.empty:
        return documents, codebook, codings
    answers = study.query(f"SELECT {', '.join(documents.columns)} FROM ({open_answers()}) WHERE document_id IN (SELECT document_id FROM answer_codings) ORDER BY document_id")
    return beside(documents, answers), codebook, beside(codings, answered)


def _write(title: str, documents: pd.DataFrame, codebook: pd.DataFrame, codings: pd.DataFrame, folder: Path, formats: Sequence[str],
           line_ends: Literal["lf", "crlf"]) -> list[Path]:
    written: list[Path] = []
    project, lost = project_from_tables(title, documents, codebook, codings)
    if "qdpx" in formats:
        written.append(write_qdpx(project, folder / "codings.qdpx", line_ends))
        if len(lost):
            written.append(_csv(coding_table(documents, codebook, lost), folder / "codings_without_place.csv"))
    if "qdc" in formats:
        written.append(write_qdc(project, folder / "codebook.qdc"))
    tables = {"codings": coding_table(documents, codebook, codings), "codebook": codebook.sort_values("path")}
    if "csv" in formats:
        written += [_csv(table, folder / f"{name}.csv") for name, table in tables.items()]
    if "xlsx" in formats:
        written.append(_xlsx(tables, folder / "codings.xlsx"))
    return written


def coding_table(documents: pd.DataFrame, codebook: pd.DataFrame, codings: pd.DataFrame) -> pd.DataFrame:
    """Codings with their participant and persona, and one column for each level of the code tree."""
    people = documents[["document_id", "participant_id", "persona"]]
    codes = codebook[["code_id", "path", "kind", "valence"]]
    table = codings.merge(people, on="document_id", how="left").merge(codes, on="code_id", how="left")
    levels = table["path"].str.split(" > ", expand=True)
    for level in levels.columns:
        table[f"code_{int(level) + 1}"] = levels[level]
    first = [
        "document_id",
        "participant_id",
        "persona",
        "path",
        *(f"code_{int(n) + 1}" for n in levels.columns),
        "coder",
        "quote",
    ]
    return table[[*first, *(c for c in table.columns if c not in first)]].sort_values(
        ["document_id", "start", "coding_id"]
    )


def _csv(table: pd.DataFrame, path: Path) -> Path:
    """UTF-8 with a byte order mark for spreadsheets; cells that a spreadsheet would run get an apostrophe."""
    inert(table).to_csv(path, index=False, encoding="utf-8-sig")
    return path


def inert(table: pd.DataFrame) -> pd.DataFrame:
    """The table with an apostrophe before every text that a spreadsheet might compute."""
    safe = table.copy()
    for column in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[column]):
            safe[column] = [f"'{v}" if isinstance(v, str) and is_formula(v) else v for v in safe[column]]
    return safe


def _xlsx(tables: dict[str, pd.DataFrame], path: Path) -> Path:
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with pd.ExcelWriter(path, engine="xlsxwriter", engine_kwargs={"options": options}) as book:
        for name, table in tables.items():
            plain = inert(table)
            for column in plain.select_dtypes(include=["datetimetz"]):
                plain[column] = plain[column].dt.tz_localize(None)
            plain.to_excel(book, sheet_name=name, index=False, freeze_panes=(1, 0))
            book.sheets[name].autofilter(0, 0, max(len(plain), 1), len(plain.columns) - 1)
    return path
