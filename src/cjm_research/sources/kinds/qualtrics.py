"""Qualtrics CSV: three header rows (ids, wording in the survey's language, ImportId) or the legacy two (V1…V10).

Previews, tests and spam are dropped by Status, unfinished responses by Finished; `<question>_NPS_GROUP` repeats the
question it belongs to and is refused.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ...errors import BadInput
from ..contract import Context, ImportReport, SourceKind, SourceTables
from ..reading.export import Export, clean
from ..reading.numbers.single import whole
from ..reading.people import yes_or_no
from ..reading.questionnaires import COLUMNS, SETTINGS, deliver
from ..reading.rows import renamed
from ..reading.tabular import read_rows, read_table

if TYPE_CHECKING:
    from ...params.schema import Source

# Status is a sum of these; what is left is an ordinary, imported or offline response
_STATUS_BITS = {1: "survey preview", 2: "test response", 8: "spam"}
_STATUS_WORDS = {"survey preview": "survey preview", "survey test": "test response", "spam": "spam", "offline survey preview": "survey preview",
                 "survey preview spam": "spam", "imported spam": "spam"}
_STATUS_GOOD = ("ip address", "imported", "imported response", "uploaded response", "offline", "offline response", "synthetic", "ejos", "ex")
_LEGACY = {"responseid": "ResponseId", "startdate": "StartDate", "enddate": "EndDate", "externaldatareference": "ExternalReference",
           "ipaddress": "IPAddress", "emailaddress": "RecipientEmail", "name": "RecipientName", "status": "Status", "finished": "Finished"}


def read(files: Sequence[Path], source: Source, context: Context) -> SourceTables:
    """Responses, and respondents' attributes where params name some. Raises `BadInput`."""
    report = ImportReport(source.name, "qualtrics")
    for question in source.questions:
        if question.column.endswith("_NPS_GROUP"):
            raise BadInput(f"source {source.name!r}: questions", f"{question.column} holds groups, not answers",
                           question.column.removesuffix("_NPS_GROUP"), "map that column with instrument: nps")
    texts: dict[str, str] = {}
    zones: set[str] = set()

    def without_headers(path: Path, source: Source, report: ImportReport) -> pd.DataFrame:
        frame, wording, zone = split_headers(read_table(path, source, report), f"source {source.name!r}: {path.name}")
        texts.update(wording)
        zones.update([zone] if zone else [])
        return frame

    frame = read_rows(files, source, report, read=without_headers)
    if source.timezone is None and len(zones) == 1:
        # the export says its zone itself, better than the client's default
        source = source.model_copy(update={"timezone": zones.pop()})
    export = Export("qualtrics", source, context, frame=frame, report=report)
    _drop_by_status(export)
    at = next((c for c in ("RecordedDate", "EndDate") if c in frame), None)
    return deliver(export, texts, at_column=at, id_column="ResponseId")


def split_headers(frame: pd.DataFrame, where: str) -> tuple[pd.DataFrame, dict[str, str], str | None]:
    """The rows without the further header rows, the wording by column, and the zone of times where it is given.

    Raises `BadInput` where the further header rows are not there.
    """
    if len(frame) == 0:
        raise BadInput(where, "the file has one header row only", "the CSV of Qualtrics with its three header rows",
                       "export it again with question text, or use kind: survey")
    first = frame.iloc[0].astype("string")
    second = frame.iloc[1].astype("string") if len(frame) > 1 else first
    imports = [r for r in (first, second) if r.str.contains('"ImportId"', regex=False).fillna(False).any()]
    legacy = [c for c in frame.columns if re.fullmatch(r"V\d+", str(c))]
    if not imports and not (legacy and str(first[legacy[0]]).lower() in ("responseid", "response id")):
        at = next((c for c in ("StartDate", "EndDate", "RecordedDate") if c in frame), None)
        if at is None or re.match(r"\d", str(first[at])):
            raise BadInput(where, "the rows with question text and ImportId are missing", "the CSV of Qualtrics with its three header rows",
                           "use kind: survey for a file with one header row")
    rows = 2 if imports else 1
    texts = {str(c): _plain(str(first[c])) for c in frame.columns if pd.notna(first[c])}
    zone = None
    if imports:
        for cell in imports[-1].dropna():
            try:
                zone = json.loads(cell).get("timeZone") or zone
            except (ValueError, AttributeError):
                continue
    body = frame.iloc[rows:].reset_index(drop=True)
    if legacy:
        names = {c: _LEGACY.get(re.sub(r"\W", "", texts.get(c, "")).lower(), c) for c in legacy}
        body, texts = renamed(body, names, where), {names.get(c, c): t for c, t in texts.items()}
    return body, texts, "UTC" if zone in ("Z", "GMT") else zone


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", text))).strip()


def _drop_by_status(export: Export) -> None:
    if "Status" in export.frame:
        status = clean(export.frame["Status"]).str.lower()
        codes = {str(v): whole(str(v)) for v in status.dropna().unique()}
        number = status.map({v: n or 0 for v, n in codes.items()}).fillna(0).astype(int)
        reason = status.map(_STATUS_WORDS).astype("string")
        for bit, words in _STATUS_BITS.items():
            reason = reason.mask(reason.isna() & ((number & bit) > 0), words)
        odd = status[status.notna() & ~status.isin([v for v, n in codes.items() if n is not None or v in _STATUS_WORDS or v in _STATUS_GOOD])]
        if len(odd):
            export.report.notes.append(f"Status holds words that are not known, e.g. {str(odd.iloc[0])[:40]!r} ({len(odd):,} rows); they are kept as ordinary responses: "
                                       "drop previews, tests and spam by `filter`")
        for words in ("survey preview", "test response", "spam"):
            kept = export.drop(reason == words, words)
            reason = reason[kept]
    if "Finished" in export.frame and not export.setting("keep_unfinished", False, bool):
        finished, odd = yes_or_no(clean(export.frame["Finished"]))
        if odd.any():
            export.report.notes.append(f"Finished holds words that say neither yes nor no, e.g. {str(export.frame['Finished'][odd].iloc[0])[:40]!r} ({int(odd.sum()):,} rows); "
                                       "they are kept")
        export.drop(finished == False, "not finished")  # noqa: E712  (missing is kept)


KIND = SourceKind(
    name="qualtrics", title="Qualtrics survey (CSV with three header rows, or the legacy two)", read=read, tables=("responses", "customers"),
    columns={**COLUMNS, "response_id": "default: ResponseId", "answered_at": "default: RecordedDate, else EndDate",
             "customer_id": "who answered: ExternalReference, RecipientEmail or an embedded field"},
    settings={**SETTINGS, "keep_unfinished": "true: keep responses that were not finished",
              "attributes": "embedded data and answers that describe the respondent (list, or {name: column})"})
