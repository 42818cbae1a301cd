"""Source kind `refi_qda`: projects of any coding program as documents, turns, codebook and codings."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ....errors import BadInput
from ....shapes import Row
from ...contract import Context, ImportReport, SourceKind, SourceTables
from ...reading.code_marks import unmarked
from ...reading.coding_tables import KINDS, SEPARATOR, SETTINGS, CodeRow, codebook_frame
from ...reading.times import to_utc
from ..transcripts.codings import coding_frame
from ..transcripts.source import SPEAKER_SETTINGS, speaker_settings, tell_speakers, turn_frame, turn_rows
from ..transcripts.text import PLAIN, parse_text
from .coders import coder_names, tell_unnamed
from .model import Project, TextSource
from .read import read_any
from .texts import iter_evidence

if TYPE_CHECKING:
    from ....params.schema import Source


def read(files: Sequence[Path], source: Source, context: Context) -> SourceTables:
    """All projects (and codebooks) of a source as one. Texts and codes that several files share become one.

    Raises `BadInput` as `read_qdpx` does, and where a document of one name has different texts in two files.
    """
    where, settings = f"source {source.name!r}", source.settings
    report = ImportReport(source.name, source.kind)
    projects: list[tuple[str, Project]] = []
    for path in files:
        projects.append((path.name, read_any(path, f"{where}: {path.name}", settings.get("convention"))))
        report.files.append(path.name)
    coders = coder_names(projects, settings.get("coders", {}), report)
    synthetic = set(settings.get("synthetic_coders", ()))
    codes, code_ids = _codes(projects, report)
    book = codebook_frame(codes, settings, where, report)
    by_path = dict(zip(book["path"], book["code_id"], strict=True))
    documents: dict[str, Row] = {}
    turns: list[Row] = []
    codings: list[Row] = []
    seen: set[str] = set()
    for name, project in projects:
        report.notes += [f"{name}: {line}" for line in [*iter_evidence(project), *project.limitations]]
        tell_unnamed(name, project, report)
        for why, count in project.aside.items():
            report.rows_read += count
            report.drop(why, count)
        if not any(True for _ in project.codings()):
            count = sum(1 for _ in project.walk_codes())
            report.rows_read += count
            report.notes.append(f"{name}: a codebook of {count:,} code{'s' * (count != 1)}" + (
                f" and {len(project.sources):,} texts, not coded yet" if project.sources else "; nothing that is coded is text" if project.aside else ", without texts"))
        ids = _document_ids(project)
        for text in project.sources:
            document = ids[text.guid]
            if text.text is not None and _same_document(documents, document, text, where, name):
                documents[document] = _document(document, text, project, source)
                turns += _turns(document, text.text, source, report)
        for coded in project.codings():
            report.rows_read += 1
            if coded.coding_id in seen:
                report.duplicates += 1
                report.drop("a coding that an earlier file has", 1)
                continue
            seen.add(coded.coding_id)
            coder = coders.get(coded.coder_guid or "", coded.coder)
            memo = "\n".join(m for m in (coded.memo, "(coded as a whole)" if coded.whole_document else None) if m)
            codings.append(
                {
                    "coding_id": coded.coding_id,
                    "document_id": ids[coded.source.guid],
                    "code_id": by_path[SEPARATOR.join(code_ids[coded.code.guid])],
                    "coder": coder,
                    "start": coded.start,
                    "end": coded.end,
                    "quote": coded.quote,
                    "memo": memo or None,
                    "created_at": coded.created_at,
                    "is_synthetic": bool(synthetic & {coder, coded.coder, coded.coder_guid}),
                }
            )
    times = pd.Series([c["created_at"] for c in codings], dtype="string")
    created = to_utc(times, f"{where}: creationDateTime", context.timezone or "UTC", report)
    for coding, at in zip(codings, created, strict=True):
        coding["created_at"] = at
    lost = sum(c["start"] is None for c in codings)
    if lost:
        report.notes.append(f"{lost:,} codings have no place in a text; they are kept with their quote")
    tables = {
        "documents": pd.DataFrame(list(documents.values())),
        "turns": turn_frame(turns),
        "codebook": book,
        "codings": coding_frame(codings),
    }
    report.rows_kept = {name: len(frame) for name, frame in tables.items()}
    return SourceTables(report, {name: frame for name, frame in tables.items() if len(frame)})


def _codes(
    projects: Sequence[tuple[str, Project]], report: ImportReport
) -> tuple[list[CodeRow], dict[str, tuple[str, ...]]]:
    """Rows of all codes, and the path of each GUID. One path with several GUIDs is one code."""
    rows: list[CodeRow] = []
    paths: dict[str, tuple[str, ...]] = {}
    ids: dict[tuple[str, ...], str] = {}
    merged: Counter[str] = Counter()
    for name, project in projects:
        for code, _, given in project.walk_codes():
            # Programs allow one name twice under one parent; then the second is told apart by a number.
            path, number = given, 2
            while (
                path in ids and ids[path] != code.guid and any(c.guid == ids[path] for c, _, _ in project.walk_codes())
            ):
                path, number = (*given[:-1], f"{given[-1]} ({number})"), number + 1
            if path in ids and ids[path] != code.guid:
                merged[name] += 1
            if code.guid in paths:
                continue  # the same code in another export; the first file's name and place count
            ids.setdefault(path, code.guid)
            paths[code.guid] = path
            said = unmarked(code.description, KINDS)
            rows.append(CodeRow(path, ids[path], said.kind, said.valence, said.memo, code.color, said.stated, said.guessed))
    report.notes += [
        f"{name}: {n} codes are one with codes of the same path in an earlier file" for name, n in merged.items()
    ]
    return rows, paths


def _document_ids(project: Project) -> dict[str, str]:
    names = {
        s.guid: Path(s.name).stem
        if s.name and Path(s.name).suffix.lower() in (".txt", ".docx", ".pdf", ".rtf")
        else s.name or s.guid
        for s in project.sources
    }
    count = Counter(names.values())
    return {guid: name if count[name] == 1 else f"{name} {guid[:8]}" for guid, name in names.items()}


def _same_document(
    documents: dict[str, Row], document: str, text: TextSource, where: str, file: str
) -> bool:
    """True where the document is new; a second export of the same text is fine, another text is not."""
    known = documents.get(document)
    if known is None:
        return True
    if known["text_sha256"] != text.text_sha256:
        raise BadInput(
            f"{where}: {file}",
            f"document {document!r} has another text than in an earlier file",
            "one text for each document name",
            "export all coders' projects from the same texts, or rename one",
        )
    return False


def _document(document: str, text: TextSource, project: Project, source: Source) -> Row:
    variables = project.variables_of(text)
    lower = {k.casefold(): v for k, v in variables.items()}
    settings = source.settings

    def of(setting: str, default: str) -> str | None:
        return lower.get(str(settings.get(setting, default)).casefold())

    key = of("customer_variable", "\0")
    case = lower.get("case")
    return {
        "document_id": document,
        "kind": settings.get("document_kind", "interview"),
        "participant_id": of("participant_variable", "Participant") or (case if case and ";" not in case else document),
        "key_type": settings.get("key_type", "email") if key else None,
        "customer_key": key,
        "persona": of("persona_variable", "Persona"),
        "recorded_at": None,
        "text": text.text,
        "text_sha256": text.text_sha256,
        "attributes": json.dumps(variables, ensure_ascii=False, sort_keys=True) if variables else None,
    }


def _turns(document: str, text: str, source: Source, report: ImportReport) -> list[Row]:
    found = parse_text(text, speaker_settings(source))
    if found.style == PLAIN:
        return []
    tell_speakers(document, found, report)
    return turn_rows(document, found, speaker_settings(source).interviewers)


KIND = SourceKind(
    "refi_qda",
    "REFI-QDA projects (.qdpx) and codebooks (.qdc) of NVivo, MAXQDA, ATLAS.ti, QualCoder, Taguette, …",
    read,
    ("documents", "turns", "codebook", "codings"),
    settings={
        **SETTINGS,
        "convention": "how positions count, where a file is ambiguous: {unit: code point | utf-16, line_end: 1 | 2, bom: true, end_inclusive: true}",
        "participant_variable": "variable that holds the participant's number; default Participant, else the case's name",
        "persona_variable": "variable that holds the persona; default Persona",
        "customer_variable": "variable that holds the customer's identifier",
        "key_type": "kind of that identifier; default email",
        "document_kind": "interview (default), diary, …",
        "coders": "{GUID or name of a user: coder}; users are told apart by GUID, and this ties those who are one person",
        "synthetic_coders": "coders that are programs; labelled as such everywhere",
        **SPEAKER_SETTINGS,
    },
)
