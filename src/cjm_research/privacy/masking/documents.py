"""Masking of transcripts as tables: the text changes, and turns and codings keep their spans."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from .edits import Masked
from .masker import Masker
from .roles import is_role


def names_of(documents: pd.DataFrame, turns: pd.DataFrame) -> dict[str, str | None]:
    """Names to mask: speaker labels that are no roles.

    The one participant who speaks in a document is called by the participant's id where that is a role or number;
    everybody else gets a numbered pseudonym (None).
    """
    found: dict[str, str | None] = {}
    ids = dict(zip(documents["document_id"], documents["participant_id"], strict=True)) if len(documents) else {}
    for document, part in turns.groupby("document_id", sort=False):
        asked = part.loc[~part["is_interviewer"].fillna(False).astype(bool), "speaker"].dropna().unique()
        labels = [s for s in part["speaker"].dropna().unique() if not is_role(s)]
        participant = ids.get(document)
        known = (
            part["is_interviewer"].notna().any()
            and len(asked) == 1
            and isinstance(participant, str)
            and is_role(participant)
        )
        for label in labels:
            own = str(participant) if known and label == asked[0] else None
            # One name in two documents with two numbers stays one person with a number of its own.
            found[label] = own if label not in found or found[label] == own else None
    return found


def mask_documents(
    documents: pd.DataFrame, turns: pd.DataFrame, codings: pd.DataFrame, masker: Masker
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Masked `documents`, `turns`, `codings`, and the log: document_id, kind, original, replacement, start, end.

    Spans move with the text, hashes are made anew; quotes without a span, memos, attributes and ids that are
    names are masked by themselves. The log can undo the masking: it belongs into the vault.
    """
    documents, turns, codings = documents.copy(), turns.copy(), codings.copy()
    masked: dict[Any, Masked] = {
        d: masker.mask(t) for d, t in zip(documents["document_id"], documents["text"], strict=True)
    }
    renamed = _masked_ids(
        [*documents["document_id"], *turns["document_id"].unique(), *codings["document_id"].unique()], masker
    )
    log = pd.DataFrame(
        [
            {
                "document_id": renamed[d],
                "kind": e.kind,
                "original": e.original,
                "replacement": e.replacement,
                "start": e.start,
                "end": e.end,
            }
            for d, m in masked.items()
            for e in m.edits
        ],
        columns=["document_id", "kind", "original", "replacement", "start", "end"],
    )
    if len(documents):
        documents["text"] = [masked[d].text for d in documents["document_id"]]
        documents["text_sha256"] = [
            hashlib.sha256(t.encode("utf-8", "surrogatepass")).hexdigest() for t in documents["text"]
        ]
        documents["participant_id"] = [_plain(masker, v) for v in documents["participant_id"]]
        if "attributes" in documents:
            documents["attributes"] = [_attributes(v, masker) for v in documents["attributes"]]
    if len(turns):
        _move(turns, masked)
        turns["speaker"] = [None if pd.isna(s) else masker.person(s) for s in turns["speaker"]]
    if len(codings):
        _move(codings, masked)
        codings["quote"] = [
            masked[d].text[int(a) : int(b)] if d in masked and pd.notna(a) else masker.mask(q).text
            for d, a, b, q in zip(
                codings["document_id"], codings["start"], codings["end"], codings["quote"], strict=True
            )
        ]
        if "memo" in codings:
            codings["memo"] = [None if pd.isna(m) else masker.mask(m).text for m in codings["memo"]]
    for frame in (documents, turns, codings):
        frame["document_id"] = [renamed[d] for d in frame["document_id"]]
    return documents, turns, codings, log


def _move(frame: pd.DataFrame, masked: Mapping[Any, Masked]) -> None:
    moved = [
        masked[d].move(int(a), int(b)) if d in masked and pd.notna(a) and pd.notna(b) else (a, b)
        for d, a, b in zip(frame["document_id"], frame["start"], frame["end"], strict=True)
    ]
    frame["start"] = pd.array([a for a, _ in moved], dtype="Int64")
    frame["end"] = pd.array([b for _, b in moved], dtype="Int64")


def _masked_ids(ids: list[Any], masker: Masker) -> dict[Any, str]:
    """Documents are often named after persons. Names that become equal are numbered."""
    found: dict[Any, str] = {}
    for original in dict.fromkeys(ids):
        name, number = _plain(masker, original), 2
        new = name
        while new in found.values():
            new, number = f"{name} ({number})", number + 1
        found[original] = new
    return found


def _plain(masker: Masker, value: Any) -> Any:
    """An id with its names masked, without brackets."""
    if not isinstance(value, str):
        return value
    named = masker.mask_id(value)
    edits = masker.mask(named)
    return named if not edits.edits else edits.text.replace("[", "").replace("]", "")


def _attributes(value: Any, masker: Masker) -> Any:
    if not isinstance(value, str):
        return value

    def masked(part: Any) -> Any:
        if isinstance(part, str):
            return masker.mask(part).text
        if isinstance(part, list):
            return [masked(p) for p in part]
        return {k: masked(v) for k, v in part.items()} if isinstance(part, dict) else part

    return json.dumps(masked(json.loads(value)), ensure_ascii=False, sort_keys=True)
