"""Who coded what so far, and what is left to code? Counts as they are now, coders' logs included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from ...results import words
from ...results.declared import declares
from ...results.result import Result
from . import declared
from .finished import in_words, standing

if TYPE_CHECKING:
    from ...study import Study

COLUMNS = ["coder", "made_by", "interviews", "finished", "codings", "codes", "memos", "located", "last_coded"]


@declares(declared.CODERS, declared.INTERVIEWS_CODED)
def progress(study: Study) -> Result:
    """Codings of each coder, and the interviews nobody coded.

    Frames: `coders` (coder, made_by "a person" or "a program", interviews, finished ones, codings, codes, memos, located: codings with a
    place in the transcript, last_coded: day, UTC), `interviews` (document_id, participant, persona, coders, codings).
    Raises `NotEnoughData` without transcripts and codings.
    """
    if not study.has("codings"):
        study.need("documents", what="interview coding")
    coders = study.query(
        """SELECT coder, CASE WHEN bool_or(coalesce(is_synthetic, FALSE)) THEN 'a program' ELSE 'a person' END AS made_by,
                  count(DISTINCT document_id) AS interviews, count(DISTINCT coding_id) AS codings,
                  count(DISTINCT code_id) AS codes, count(DISTINCT coding_id) FILTER (WHERE memo IS NOT NULL) AS memos,
                  count(DISTINCT coding_id) FILTER (WHERE start IS NOT NULL) AS located,
                  strftime(max(created_at AT TIME ZONE 'UTC'), '%Y-%m-%d') AS last_coded
           FROM codings GROUP BY coder ORDER BY made_by, coder"""
    )
    where = standing(study.query("""SELECT DISTINCT c.document_id, coalesce(d.participant_id, c.document_id) AS participant, c.coder, c.coding_id, c."end",
        coalesce(c.is_synthetic, FALSE) AS is_synthetic FROM codings c LEFT JOIN documents d USING (document_id)"""), study.coding_finished)
    coders["finished"] = coders["coder"].map(where[where["finished"]].groupby("coder").size()).fillna(0).astype("int64")
    coders["last_coded"] = coders["last_coded"].astype(object).where(coders["last_coded"].notna(), None)
    interviews = study.query(
        """SELECT d.document_id, coalesce(d.participant_id, d.document_id) AS participant, d.persona,
                  coalesce(string_agg(DISTINCT c.coder, ', ' ORDER BY c.coder), 'nobody yet') AS coders,
                  count(DISTINCT c.coding_id) AS codings
           FROM documents d LEFT JOIN codings c USING (document_id) GROUP BY ALL ORDER BY d.document_id"""
    )
    interviews["persona"] = interviews["persona"].astype(object).where(interviews["persona"].notna(), None)
    result = Result(
        "Who coded what?",
        {"coders": coders[COLUMNS], "interviews": interviews},
        facts={
            "interviews": len(interviews),
            "coded": int((interviews["codings"] > 0).sum()),
            "coders": coders["coder"].tolist(),
            "codings": int(coders["codings"].sum()),
        },
        method="Codings as they are now: those that were imported and what coders did since in the coding widget, without what "
        "they took back.",
    )
    result.sentences.append(_said(coders, interviews))
    left = interviews.loc[interviews["codings"] == 0, "document_id"].astype(str).tolist()
    if left and len(coders):
        more = ", …" if len(left) > 5 else ""
        verb = "is" if len(left) == 1 else "are"
        result.sentences.append(
            f"{len(left)} of {len(interviews)} interviews {verb} not coded yet: {', '.join(left[:5])}{more}."
        )
    result.caveats += in_words(where[~where["finished"]])
    if len(study.coding_problems):
        result.caveats.append(
            f"{len(study.coding_problems)} entries of coders' logs could not be used; study.coding_problems lists them."
        )
    return result


def _mark(row: dict[Any, Any]) -> str:
    return " (synthetic)" if row["made_by"] == "a program" and "synthetic" not in row["coder"].casefold() else ""


def _said(coders: pd.DataFrame, interviews: pd.DataFrame) -> str:
    if coders.empty:
        return f"{words.count(len(interviews))} interviews are ready to be coded; nobody has coded yet."
    who = [
        f"{r['coder']}{_mark(r)} marked {words.count(r['codings'])} "
        f"{'passage' if r['codings'] == 1 else 'passages'} in {r['interviews']} "
        f"{'interview' if r['interviews'] == 1 else 'interviews'}"
        for r in coders.to_dict("records")
    ]
    return f"{words.listing(who)}."
