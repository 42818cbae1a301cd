"""Codings of open answers that come back from a coding program: they belong to the survey's answers, not to interviews."""

from __future__ import annotations

import pandas as pd

from ..coding_log.anchor import relocate
from ..coding_log.answers import PREFIX, open_answers
from ..engine.duck import Engine


def part_answer_codings(engine: Engine, notes: list[str]) -> None:
    """Move codings whose document is an open answer into `in_answer_codings`, and leave the program's copies of these documents out.

    The survey has the text. A coding whose span holds other words there is searched by its quote; one whose answer is not in the survey any more (its respondent was erased, refused,
    or is not delivered) goes.
    """
    theirs = f"starts_with(CAST(document_id AS VARCHAR), '{PREFIX}')"
    for name in ("documents", "turns"):
        if engine.columns(f"in_{name}"):
            engine.con.execute(f"DELETE FROM in_{name} WHERE {theirs}")
    if not engine.columns("in_codings"):
        return
    rows = engine.query(f"SELECT * FROM in_codings WHERE {theirs} ORDER BY coding_id")
    engine.con.execute(f"DELETE FROM in_codings WHERE {theirs}")
    if rows.empty:
        return
    texts: dict[str, str] = {}
    if engine.columns("in_responses"):
        have = engine.columns("in_responses")
        columns = ", ".join(c if c in have else f"NULL AS {c}" for c in ("source", "question_id", "question", "response_id", "customer_id", "answered_at", "instrument", "answer", "touchpoint", "stage"))
        found = engine.query(f"SELECT document_id, text FROM ({open_answers(f'(SELECT {columns} FROM in_responses)')})")
        texts = dict(zip(found["document_id"].astype(str), found["text"].astype(str), strict=True))
    kept = rows[rows["document_id"].isin(texts)]
    if lost := len(rows) - len(kept):
        notes.append(f"{lost:,} codings of open answers that are not in the survey (any more): left out")
    if kept.empty:
        return
    spans = [_span(texts[str(r["document_id"])], r["start"], r["end"], str(r["quote"])) for r in kept.to_dict("records")]
    kept = kept.assign(start=pd.array([s[0] for s in spans], dtype="Int64"), end=pd.array([s[1] for s in spans], dtype="Int64"))
    engine.register("coded_answers", kept)
    engine.con.execute("CREATE OR REPLACE TEMP TABLE in_answer_codings AS SELECT * FROM coded_answers")
    notes.append(f"{len(kept):,} codings of open answers were taken as codings of the survey's answers")


def _span(text: str, start: object, end: object, quote: str) -> tuple[int | None, int | None]:
    """Where the quote stands in the answer; nowhere where that is not certain."""
    if not pd.isna(start) and not pd.isna(end) and text[int(str(start)):int(str(end))] == quote:
        return int(str(start)), int(str(end))
    return relocate(text, quote, "", "") or (None, None)
