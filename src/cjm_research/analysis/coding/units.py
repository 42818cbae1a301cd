"""Codings as presence or absence in units: characters, turns, sentences or whole documents."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

Unit = Literal["character", "turn", "sentence", "document"]
UNITS: tuple[Unit, ...] = ("character", "turn", "sentence", "document")
_SENTENCE = re.compile(r"[^.!?…\n]*[.!?…]+[\"”’')\]]*\s*|[^.!?…\n]+(?:\n|$)|\n")

Spans = list[tuple[int, int]]


@dataclass(frozen=True)
class Document:
    """What coders did with one document. `coders`: who coded it; `cuts`: ends of its units (turns or sentences)."""

    document_id: str
    participant: str
    length: int
    coders: tuple[str, ...]
    cuts: tuple[tuple[int, int], ...]


def union(spans: Sequence[tuple[int, int]]) -> Spans:
    """Spans in order, those that overlap or touch joined."""
    joined: Spans = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def sentences(text: str) -> tuple[tuple[int, int], ...]:
    """Sentences by their final signs and line ends; together they cover the text."""
    return tuple(m.span() for m in _SENTENCE.finditer(text) if m.end() > m.start())


def presence(
    spans: Mapping[str, Spans], document: Document, unit: Unit, anywhere: Mapping[str, bool]
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float64]]:
    """Presence coders × units (−1 where a coder did not code the document) and each unit's weight.

    Characters are given as stretches between the ends of spans, weighted by their length; other units weigh 1 and
    count as coded if a span shares a character with them. `anywhere`: coders who have the code somewhere in the
    document, for whole documents, where passages that could not be located count too.
    """
    coders = list(spans)
    if unit == "document":
        row = [[int(anywhere.get(c, False)) if c in document.coders else -1] for c in coders]
        return np.array(row, dtype=np.int8), np.ones(1)
    if unit == "character":
        ends = sorted({0, document.length, *(at for s in spans.values() for span in s for at in span)})
        cells = [(a, b) for a, b in pairwise(ends) if b > a]
        weights = np.array([b - a for a, b in cells], dtype=float)
    else:
        cells = list(document.cuts)
        weights = np.ones(len(cells))
    table = np.zeros((len(coders), len(cells)), dtype=np.int8)
    starts = np.array([a for a, _ in cells], dtype=np.int64)
    stops = np.array([b for _, b in cells], dtype=np.int64)
    for i, coder in enumerate(coders):
        if coder not in document.coders:
            table[i] = -1
            continue
        for start, end in spans[coder]:
            table[i, (starts < end) & (stops > start)] = 1
    return table, weights


def documents(rows: pd.DataFrame, texts: pd.DataFrame, turns: pd.DataFrame, unit: Unit) -> list[Document]:
    """The documents that two or more coders coded. rows: codings; texts: document_id, participant, text; turns: spans.

    Unless whole documents are compared, a coder counts only where a passage has a place: codings that could not be
    located say nothing of where the coder saw nothing.
    """
    found = []
    cuts_of = {
        d: tuple(zip(t["start"].astype(int), t["end"].astype(int), strict=True))
        for d, t in turns.groupby("document_id")
    }
    known = texts.set_index("document_id")
    comparable = rows if unit == "document" else rows[rows["start"].notna()]
    for document, inside in comparable.groupby("document_id", sort=True):
        coders = tuple(sorted(inside["coder"].unique()))
        if len(coders) < 2:
            continue
        text = known["text"].get(document)
        length = len(text) if isinstance(text, str) else int(inside["end"].max()) if inside["end"].notna().any() else 0
        cuts = (
            cuts_of.get(document, ())
            if unit == "turn"
            else sentences(text)
            if unit == "sentence" and isinstance(text, str)
            else ()
        )
        found.append(Document(str(document), str(inside["participant"].iloc[0]), length, coders, cuts))
    return found
