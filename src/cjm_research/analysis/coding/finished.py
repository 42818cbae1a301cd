"""Which coders have finished which interviews: agreement compares these alone, since who has only begun seems to disagree.

Coders mark what they are done with in the coding widget. Of those who never marked anything, which is everybody in an imported
project, it is judged from what they coded.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

REACH = 0.5  # of the stretch that another coder's passages reach into the text; who stops before has only begun
FEW = 1 / 3  # of the passages that the others gave there, in the median
MARKED, JUDGED, MADE = "marked by the coder", "judged by what is coded", "made by a program"


def standing(rows: pd.DataFrame, marks: Mapping[str, frozenset[str]]) -> pd.DataFrame:
    """One row a coder and document: document_id, participant, coder, passages, finished, known ("marked by the coder", …), why.

    rows: codings with document_id, participant, coder, coding_id, end and is_synthetic. marks: coder → documents marked as finished, of coders
    who marked any. Without marks a coder has only begun where their last passage ends within the first half of the stretch that
    another coder's passages reach, or where they gave fewer than a third of the passages that those others gave who got through the text (median).
    Programs read a whole text at once and are always done.
    """
    grouped = rows.groupby(["document_id", "coder"], sort=True)
    frame = grouped.agg(participant=("participant", "first"), passages=("coding_id", "nunique"), reach=("end", "max"), program=("is_synthetic", "all")).reset_index()
    out = []
    for r in frame.to_dict("records"):
        others = frame[(frame["document_id"] == r["document_id"]) & (frame["coder"] != r["coder"]) & ~frame["program"]]
        finished, known, why = True, JUDGED, ""
        if r["program"]:
            known = MADE
        elif r["coder"] in marks:
            finished, known = str(r["document_id"]) in marks[r["coder"]], MARKED
            why = "" if finished else "not marked as finished"
        elif len(others):
            furthest = others["reach"].max()
            through = others[others["reach"] >= REACH * furthest]  # who has only begun does not say how many passages are usual
            usual = float((through if len(through) else others)["passages"].median())
            if pd.notna(r["reach"]) and pd.notna(furthest) and r["reach"] < REACH * furthest:
                finished, why = False, f"the last passage ends at character {int(r['reach']):,}; others coded up to {int(furthest):,}"
            elif r["passages"] < FEW * usual:
                finished, why = False, f"{r['passages']:,} passages where others gave {usual:g}"
        out.append({"document_id": r["document_id"], "participant": r["participant"], "coder": r["coder"], "passages": int(r["passages"]),
                    "finished": finished, "known": known, "why": why})
    return pd.DataFrame(out, columns=["document_id", "participant", "coder", "passages", "finished", "known", "why"]).astype({"finished": bool})


def in_words(open_: pd.DataFrame) -> list[str]:
    """What is in progress, a sentence a coder."""
    said = []
    for coder, part in open_.groupby("coder", sort=True):
        n, passages = len(part), int(part["passages"].sum())
        judged = part["known"].eq(JUDGED).any()
        said.append(f"{coder} is in progress in {n} {'interview' if n == 1 else 'interviews'} ({passages:,} {'passage' if passages == 1 else 'passages'}), which are not compared"
                    + ("; judged by what is coded there: the coding widget marks an interview as finished." if judged else "."))
    return said
