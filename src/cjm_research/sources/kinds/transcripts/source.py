"""Source kind `transcripts`: interview files, with a participant sheet where there is one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ....errors import BadInput
from ....ids import real as real_ids
from ....shapes import Row
from ...contract import Context, ImportReport, SourceKind, SourceTables
from ...reading.export import TIME_SETTINGS, source_times
from ...reading.tabular import column_of, read_table
from . import labels
from .model import Settings, Transcript
from .parse import ENDINGS, parse_transcript

if TYPE_CHECKING:
    from ....params.schema import Source

SHEETS = (".csv", ".tsv", ".json", ".jsonl", ".parquet")
_SHOWN = 3  # samples of leftovers in the import report
_LABELS, _LINES = 12, 8  # labels that were not taken, and lines of each, in a note

#: settings of every kind of source that tells speakers apart
SPEAKER_SETTINGS: Mapping[str, str] = {
    "speakers": "labels of speakers, in any spelling; they count even when seen once. {name: [labels]} gives one person several",
    "interviewers": "labels of those who ask",
    "not_speakers": "words before a colon that are no speakers, such as subjects; they are no longer listed",
    "style": "name of the text style, instead of the vote",
}


def read(files: Sequence[Path], source: Source, context: Context) -> SourceTables:
    """Documents and turns of transcript files; a table among the files is the participant sheet.

    Without a sheet each file is one participant, named as the file. Raises `BadInput` for unreadable files,
    a sheet that names unknown documents twice, and settings that are wrong.
    """
    where = f"source {source.name!r}"
    report = ImportReport(source.name, source.kind)
    texts = [p for p in files if p.suffix.lower() in ENDINGS]
    sheets = [p for p in files if p.suffix.lower() in SHEETS]
    if not texts:
        raise BadInput(where, "none of the files is a transcript", ", ".join(ENDINGS), "correct `files`")
    ids = document_ids(texts)
    people = participants(sheets, source, context, ids, report)
    settings = speaker_settings(source)
    documents: list[Row] = []
    turns: list[Row] = []
    seen: dict[str, str] = {}
    for path in texts:
        document = ids[path]
        found = parse_transcript(path, settings)
        if found.sha256 in seen:
            report.notes.append(f"{path.name}: the same text as {seen[found.sha256]}; both are kept")
        seen.setdefault(found.sha256, path.name)
        person = people.get(document, {})
        extra = {**person.get("attributes", {}), **({"notes": [m.text for m in found.memos]} if found.memos else {})}
        documents.append(
            {
                "document_id": document,
                "kind": source.settings.get("document_kind", "interview"),
                "participant_id": person.get("participant_id") or document,
                "key_type": person.get("key_type"),
                "customer_key": person.get("customer_key"),
                "persona": person.get("persona"),
                "recorded_at": person.get("recorded_at"),
                "text": found.text,
                "text_sha256": found.sha256,
                "attributes": json.dumps(extra, ensure_ascii=False, sort_keys=True) if extra else None,
            }
        )
        turns += turn_rows(document, found, settings.interviewers)
        report.files.append(path.name)
        _tell(path.name, found, report)
    missing = sorted(set(people) - set(ids.values()))
    if missing:
        report.notes.append(f"{len(missing)} participants of the sheet have no transcript: {', '.join(missing[:5])}")
    report.rows_read = len(texts) + sum(report.dropped.values())
    report.rows_kept = {"documents": len(documents), "turns": len(turns)}
    frame = pd.DataFrame(documents)
    frame["recorded_at"] = pd.to_datetime(frame["recorded_at"], utc=True)
    report.span(frame["recorded_at"])
    return SourceTables(report, {"documents": frame, "turns": turn_frame(turns)})


def document_ids(paths: Sequence[Path]) -> dict[Path, str]:
    """The id of each file: its name without ending, with its folder or ending where names repeat."""
    stems = Counter(p.stem for p in paths)
    named = {p: p.stem if stems[p.stem] == 1 else f"{p.parent.name}/{p.stem}" for p in paths}
    again = Counter(named.values())
    return {p: name if again[name] == 1 else f"{name}{p.suffix}" for p, name in named.items()}


def participants(
    sheets: Sequence[Path], source: Source, context: Context, ids: Mapping[Path, str], report: ImportReport
) -> dict[str, Row]:
    """The participant sheet by document id; documents may be named with or without their file's ending."""
    found: dict[str, Row] = {}
    by_name = {**{p.name: i for p, i in ids.items()}, **{i: i for i in ids.values()}}
    for path in sheets:
        frame = read_table(path, source, report)
        where = f"source {source.name!r}: {path.name}"
        first = str(frame.columns[0])
        if "customer_id" in source.columns and "customer_key" in source.columns:
            raise BadInput(f"{where}: columns", "both customer_id and its former name customer_key are mapped", "customer_id", "leave customer_key out")
        columns = {
            name: column_of(frame, source, name, report, default=default)
            for name, default in (
                ("document_id", "document" if "document" in frame else first),
                ("participant_id", "participant"),
                ("persona", "persona"),
                ("recorded_at", "recorded_at"),
                ("customer_key" if "customer_key" in source.columns else "customer_id", None),
            )
        }
        columns["customer_id"] = columns.pop("customer_key", columns.get("customer_id"))
        if columns["customer_id"] is not None:
            columns["customer_id"] = real_ids(columns["customer_id"], f"{where}: customer_id", report.notes, persons=True)
        times = columns["recorded_at"]
        recorded = source_times(times, f"{where}: recorded_at", source, context, report) if times is not None else None
        used = {str(c.name) for c in columns.values() if c is not None}
        documents = columns["document_id"]
        assert documents is not None  # the first column is its default
        for i in frame.index:
            document = by_name.get(str(documents[i]).strip(), str(documents[i]).strip())
            if document in found:
                raise BadInput(where, f"document {document!r} is listed twice", "one row a document", "remove one of the rows")

            def value(name: str, row: Any = i, columns: dict[str, Any] = columns) -> Any:
                column = columns[name]
                return None if column is None or pd.isna(column[row]) else str(column[row]).strip()

            others = {
                str(c): str(frame[c][i]) for c in frame.columns if str(c) not in used and not pd.isna(frame[c][i])
            }
            key = value("customer_id")
            found[document] = {
                "participant_id": value("participant_id"),
                "persona": value("persona"),
                "customer_key": key,
                "key_type": source.settings.get("key_type", "email") if key else None,
                "recorded_at": recorded[i] if recorded is not None else None,
                "attributes": others,
            }
        report.files.append(path.name)
    return found


def speaker_settings(source: Source) -> Settings:
    """What the settings of a source say about its speakers."""
    given = source.settings
    return Settings(given.get("style"), given.get("speakers") or (), source.encoding, given.get("interviewers") or (), given.get("not_speakers") or ())


def turn_rows(document: str, found: Transcript, interviewers: Sequence[str]) -> list[Row]:
    """Rows of `turns`; without named interviewers the labels that are roles decide, else it stays unknown."""
    declared = {labels.folded(labels.clean(n)) for n in interviewers}

    def one(speaker: str) -> bool:
        said = labels.role(speaker) == "interviewer" and (not declared or len(speaker) > 2)  # "I" may be Ida where Mara asks
        return labels.folded(speaker) in declared or said

    def both(speaker: str) -> bool | None:
        found = {one(speaker)} if labels.folded(speaker) in declared else {one(p) for p in labels.people(speaker)}
        return found.pop() if len(found) == 1 else None

    asking = {s: both(s) for s in found.speakers}
    known = bool(declared) or any(asking.values())

    def asks(speaker: str | None) -> bool | None:
        if speaker is None or not (known or labels.role(speaker) in ("interviewer", "participant")):
            return None
        return asking[speaker]

    return [
        {
            "document_id": document,
            "turn": number,
            "start": turn.start,
            "end": turn.end,
            "speaker": turn.speaker,
            "is_interviewer": asks(turn.speaker),
            "start_s": turn.start_s,
            "end_s": turn.end_s,
        }
        for number, turn in enumerate(found.turns, 1)
    ]


def turn_frame(rows: list[Row]) -> pd.DataFrame:
    """`turns` with its types, also when empty."""
    names = ["document_id", "turn", "start", "end", "speaker", "is_interviewer", "start_s", "end_s"]
    types = {
        "turn": "Int64",
        "start": "Int64",
        "end": "Int64",
        "is_interviewer": "boolean",
        "start_s": "Float64",
        "end_s": "Float64",
        "document_id": "string",
        "speaker": "string",
    }
    return pd.DataFrame(rows, columns=names).astype(types)


def _tell(name: str, found: Transcript, report: ImportReport) -> None:
    others = ", ".join(f"{s} {n}" for s, n in sorted(found.votes.items(), key=lambda v: -v[1]) if s != found.style)
    speakers = ", ".join(f"{s} {n}" for s, n in list(found.speakers.items())[:8]) or "no speakers"
    report.notes.append(
        f"{name}: {len(found.turns)} turns by {found.style!r} ({speakers})"
        + (f"; other styles would give {others}" if others else "")
    )
    if found.leftovers:
        for reason, count in Counter(x.reason for x in found.leftovers).items():
            report.drop(f"parts of transcripts that belong to no turn: {reason}", count)
        shown = "; ".join(f"line {x.line} ({x.reason}): {x.text.strip()[:60]!r}" for x in found.leftovers[:_SHOWN])
        report.notes.append(f"{name}: {len(found.leftovers)} parts belong to no turn, e.g. {shown}")
    tell_speakers(name, found, report)
    report.notes += [f"{name}: {note}" for note in found.notes]


def tell_speakers(name: str, found: Transcript, report: ImportReport) -> None:
    """List what looks like a speaker's label and was not taken for one, with its lines, and labels of several people."""
    if found.doubtful:
        for label, lines in found.doubtful.items():
            report.labels[label] = report.labels.get(label, 0) + len(lines)
        listed = [f"{label!r} ({'line' if len(lines) == 1 else 'lines'} {', '.join(map(str, lines[:_LINES]))}{', …' if len(lines) > _LINES else ''})"
                  for label, lines in found.doubtful.items()]
        more = f" and {len(listed) - _LABELS} more" if len(listed) > _LABELS else ""
        report.notes.append(
            f"{name}: not taken as speakers: {', '.join(listed[:_LABELS])}{more}; what follows each stays with the speaker before. "
            "Those who are people belong in settings.speakers, the others in settings.not_speakers"
        )
    if found.joint:
        report.notes.append(
            f"{name}: labels of several people: {', '.join(found.joint)}; who of them said what is not known. "
            "Name such a label in settings.speakers where it stands for one voice"
        )


KIND = SourceKind(
    "transcripts",
    "Interview transcripts (.txt, .vtt, .srt, .sbv, .docx, .pdf) and their participant sheet",
    read,
    ("documents", "turns"),
    settings={
        **TIME_SETTINGS,
        **SPEAKER_SETTINGS,
        "document_kind": "interview (default), diary, focus group, …",
        "key_type": "kind of key in customer_id; default email",
    },
    columns={
        "document_id": "sheet: file name or its stem (default: the first column)",
        "participant_id": "sheet: participant's number",
        "persona": "sheet: persona",
        "recorded_at": "sheet: when it was recorded",
        "customer_id": "sheet: identifier of the customer",
        "customer_key": "former name of customer_id",
    },
)
