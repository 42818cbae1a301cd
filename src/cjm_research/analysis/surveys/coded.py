"""Codes that researchers gave to what respondents wrote, as a question with several answers: it stands beside all others and crosses with them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...coding_log.answers import open_answers
from ...engine import literal
from ...log.talks import BOOK

if TYPE_CHECKING:
    from ...study import Study
    from .loaded import Asked, Flags

SEPARATOR = " > "
CODED = "coded"  # the type of such a question
SUFFIX = "_codes"  # of its id, behind that of the question it codes

#: the codings of open answers that count, with the answer each lies in; {coders}: SQL texts
CODINGS = f"""SELECT c.coding_id, c.document_id, a.source, a.question_id, a.question, a.response_id, c.coder, c.start, c."end", c.quote, a.text_sha256, coalesce(b.path, c.code_id) AS path,
    coalesce(b.kind, 'theme') AS kind, b.valence, coalesce(a.touchpoint, CASE WHEN a.stage IS NULL THEN coalesce(c.touchpoint, b.touchpoint) END) AS touchpoint, coalesce(a.stage, c.stage, b.stage) AS stage
    FROM (SELECT DISTINCT ON (coding_id) * FROM answer_codings ORDER BY coding_id) c JOIN ({open_answers()}) a USING (document_id) LEFT JOIN ({BOOK}) b ON b.code_id = c.code_id
    WHERE c.coder IN ({{coders}})"""


def coders_of(study: Study) -> tuple[list[str], list[str]]:
    """Whose codings of open answers count, and the programs whose codings do not: a program's count where nobody else coded."""
    names = study.query("SELECT coder, bool_or(coalesce(is_synthetic, FALSE)) AS program FROM answer_codings GROUP BY coder ORDER BY coder")
    people, programs = ([str(c) for c in names.loc[names["program"].astype(bool) == p, "coder"]] for p in (False, True))
    return (people, programs) if people else (programs, [])


def codings_sql(study: Study) -> str:
    """The query of the codings that count."""
    return CODINGS.format(coders=", ".join(map(literal, coders_of(study)[0])) or "NULL")


def codings_of(study: Study) -> pd.DataFrame:
    """The codings that count, one a row; empty where nobody coded an open answer."""
    if not study.has("answer_codings"):
        return pd.DataFrame(columns=["source", "question_id", "response_id", "path"])
    return study.kept(("codings of open answers",), lambda: study.query(f"SELECT * FROM ({codings_sql(study)}) ORDER BY document_id, start NULLS LAST, coding_id"))


def with_coded(study: Study, source: str, questions: list[Asked]) -> list[Asked]:
    """The questions, behind each open one that was coded its codes."""
    found = codings_of(study)
    mine = set(found.loc[found["source"] == source, "question_id"].astype(str))
    taken = {q.id for q in questions}
    out: list[Asked] = []
    for asked in questions:
        out.append(asked)
        if asked.kind == "text" and asked.id in mine and asked.id + SUFFIX not in taken:
            out.append(replace(asked, id=asked.id + SUFFIX, text=f"{asked.text} (coded)", kind=CODED))
    return out


def code_hits(study: Study, source: str, question: str, place: pd.Series, size: int) -> tuple[list[str], Flags]:
    """The codes given to answers to a question, in the order of the tree, and who has each in an answer; who has a code has all those above it.

    place: of a respondent by response_id; size: how many respondents there are.
    """
    found = codings_of(study)
    found = found[(found["source"] == source) & (found["question_id"] == question)]
    at = place.reindex(found["response_id"].astype("string")).to_numpy(np.int64)
    used = found["path"].astype(str).to_numpy()
    paths = sorted(set(used) | _above(set(used)), key=lambda p: tuple(p.split(SEPARATOR)))
    hits = np.zeros((size, len(paths)), bool)
    for k, path in enumerate(paths):
        hits[at[[u == path or u.startswith(path + SEPARATOR) for u in used]], k] = True
    return paths, hits


def _above(used: set[str]) -> set[str]:
    """Codes above those used that take several of them together: one above a single code says nothing more."""
    parts = [p.split(SEPARATOR) for p in used]
    above = {SEPARATOR.join(p[:i]) for p in parts for i in range(1, len(p))}
    return {a for a in above if len({u for u in used if u.startswith(a + SEPARATOR)}) > 1}
