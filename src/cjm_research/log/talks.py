"""Whose words count in interviews, and which interviews hold nobody's answers.

One rule for all that is counted of what participants say: a coded passage counts unless every turn it touches is an interviewer's.
A passage without a place, or of a document whose speakers are not told apart, counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..study import Study

_SHOWN = 5
#: the codes, as a query; kinds and valences that were guessed from words of names count as unknown until somebody confirms them
BOOK = """SELECT code_id, any_value(name) AS name, any_value(path) AS path, CASE WHEN NOT contains(coalesce(any_value(guessed), ''), 'kind') THEN any_value(kind) END AS kind,
    CASE WHEN any_value(guessed) IS NULL THEN any_value(valence) END AS valence, any_value(touchpoint) AS touchpoint, any_value(stage) AS stage
    FROM codebook GROUP BY code_id"""
#: the condition that a turn `t` is no participant's
ASKED = "coalesce(t.is_interviewer, FALSE)"
#: ids of codings whose passage lies in interviewers' words alone, as a query
ASKED_ONLY = f"""SELECT c.coding_id FROM codings c JOIN turns t ON t.document_id = c.document_id AND t.start < c."end" AND c.start < t."end"
    GROUP BY c.coding_id HAVING bool_and({ASKED})"""


def without_participant(study: Study) -> list[str]:
    """Sentences about interviews in which no participant is known to speak; none where all are well."""
    if not study.has("turns"):
        return []
    found = study.query(f"""SELECT t.document_id, count(t.speaker) AS spoken, count(DISTINCT t.speaker) AS voices,
          count(*) FILTER (WHERE t.speaker IS NOT NULL AND NOT {ASKED}) AS answers
        FROM turns t JOIN documents d USING (document_id) WHERE d.kind = 'interview' GROUP BY t.document_id
        HAVING answers = 0 OR (voices = 1 AND NOT bool_or(coalesce(NOT t.is_interviewer, FALSE))) ORDER BY t.document_id""").to_dict("records")
    groups = {
        "every turn is an interviewer's": [r["document_id"] for r in found if r["spoken"] and not r["answers"]],
        "one speaker alone": [r["document_id"] for r in found if r["answers"]],
        "speakers are not told apart": [r["document_id"] for r in found if not r["spoken"]],
    }
    return [
        f"{len(ids)} {'interview has' if len(ids) == 1 else 'interviews have'} no participant ({why}): {', '.join(map(str, ids[:_SHOWN]))}{', …' if len(ids) > _SHOWN else ''}; "
        "write who speaks before the words (Name: words) where the file does not say it, and name them in settings.speakers of the source "
        "(in settings.interviewers who asks); labels that were met and not taken stand in the import notes, where there are any"
        for why, ids in groups.items() if ids
    ]
