"""What every question about codings starts from: which codings count, whose they are and where they lie.

A coding lies where it says itself, else where its code lies, else where the passage it overlaps most is coded
to lie (researchers code the stage and the emotion as two codes on one passage). Codes are the same if their
path is the same, whichever export they came from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pandas as pd

from cjm_research.errors import NotEnoughData, unknown

from ...log.talks import ASKED, ASKED_ONLY, BOOK
from ...results import words
from ...results.caveats import Note
from ...results.evidence import rows_evidence
from ...results.result import Estimate, Evidence
from ...stats.shares import share

if TYPE_CHECKING:
    from ...study import Study

SEPARATOR = " > "
_NAMED = 6  # codes that a caveat names

_CODED = """
WITH book AS ({book}),
spoken AS (
    SELECT c.coding_id, arg_max(t.speaker, (least(c."end", t."end") - greatest(c.start, t.start), -t.turn)) AS speaker
    FROM codings c JOIN documents d ON d.document_id = c.document_id AND {group}
    JOIN turns t ON t.document_id = c.document_id AND t.start < c."end" AND c.start < t."end"
    WHERE t.speaker IS NOT NULL AND NOT {asked} GROUP BY c.coding_id),
own AS MATERIALIZED (
    SELECT c.coding_id, c.document_id, coalesce(d.participant_id, c.document_id) AS session,
           CASE WHEN {group} THEN {session} || ' · ' || s.speaker ELSE coalesce(d.participant_id, c.document_id) END AS participant,
           d.persona, d.text_sha256,
           c.coder, c.start, c."end", c.quote, c.memo, c.is_synthetic, c.code_id, coalesce(b.name, c.code_id) AS code,
           coalesce(b.path, c.code_id) AS path, coalesce(b.kind, 'theme') AS kind, b.valence,
           coalesce(c.stage, b.stage) AS own_stage, coalesce(c.touchpoint, b.touchpoint) AS own_touchpoint
    FROM (SELECT DISTINCT ON (coding_id) * FROM codings ORDER BY coding_id) c
    {join} documents d ON d.document_id = c.document_id
    LEFT JOIN book b ON b.code_id = c.code_id
    LEFT JOIN spoken s ON s.coding_id = c.coding_id {where} AND c.coding_id NOT IN ({asked_only})),
lent AS (
    SELECT a.coding_id,
           arg_max(o.own_stage, (least(a."end", o."end") - greatest(a.start, o.start), o.own_stage)) AS lent_stage,
           arg_max(o.own_touchpoint, (least(a."end", o."end") - greatest(a.start, o.start), o.own_touchpoint)) AS lent_touchpoint
    FROM own a JOIN own o ON o.document_id = a.document_id AND o.start < a."end" AND a.start < o."end"
    WHERE (a.own_stage IS NULL OR a.own_touchpoint IS NULL) AND (o.own_stage IS NOT NULL OR o.own_touchpoint IS NOT NULL)
    GROUP BY a.coding_id)
SELECT own.* EXCLUDE (own_stage, own_touchpoint), coalesce(own_stage, lent_stage) AS stage,
       coalesce(own_touchpoint, lent_touchpoint) AS touchpoint
FROM own LEFT JOIN lent ON lent.coding_id = own.coding_id
WHERE own.participant IS NOT NULL"""

_GROUP = "contains(lower(coalesce(d.kind, '')), 'group')"  # a focus group: every speaker is a participant
_SESSION = "coalesce(d.participant_id, d.document_id)"
_SPEAKERS = f"""SELECT DISTINCT {_SESSION} || ' · ' || t.speaker AS participant FROM turns t JOIN documents d USING (document_id)
WHERE {_GROUP} AND t.speaker IS NOT NULL AND NOT {ASKED}
AND document_id IN (SELECT document_id FROM codings WHERE coder IN ({{coders}}))"""
# whose interview was coded, if only in what the interviewer says
_INTERVIEWED = f"""SELECT DISTINCT coalesce(d.participant_id, c.document_id) AS participant FROM codings c {{join}} documents d ON d.document_id = c.document_id
WHERE c.coder IN ({{coders}}) AND NOT {_GROUP}"""


@dataclass(frozen=True)
class Coded:
    """The codings that count, one a row, and the SQL that selects them.

    rows: coding_id, document_id, session, participant, persona, text_sha256, coder, start, end, quote, memo, is_synthetic, code_id,
    code (name), path, kind, valence, stage, touchpoint. sql: the same as a query, for evidence. In a focus group
    (`documents.kind`) the speaker of most of a passage is the participant; elsewhere it is the interview's participant.
    Passages that lie in interviewers' words alone are not in it (`log.talks`). base: everybody in a coded document, with a
    passage of theirs or without one, and of a group everybody who spoke; base_sql is their query. session: the interview or group.
    """

    study: Study
    sql: str
    rows: pd.DataFrame
    caveats: list[str]
    base: tuple[str, ...] = ()
    base_sql: str = ""
    held: Mapping[str, str] = field(default_factory=dict)  # `sql` and the table that holds its rows, for `rows_evidence`

    @property
    def participants(self) -> list[str]:
        """Everybody whose interview was coded at all, in natural order; the base of every count."""
        return sorted({*self.rows["participant"], *self.base}, key=natural)

    def share_of(self, condition: str, counted: pd.Series, said: str) -> tuple[Estimate, Evidence]:
        """Participants with a coding that fulfils the SQL `condition` (`counted` in the frame; `said` in words), of all coded ones."""
        estimate = share(int(self.rows.loc[counted, "participant"].nunique()), len(self.participants))
        sql = f"SELECT participant AS id, bool_or(coalesce({condition}, FALSE)) AS counted FROM ({self.sql}) GROUP BY participant"
        if set(self.base) - set(self.rows["participant"]):
            silent = f"({self.base_sql}) EXCEPT SELECT participant FROM ({self.sql})"
            sql += f" UNION ALL SELECT participant, FALSE FROM ({silent})"
        return estimate, rows_evidence(
            self.study, "codings", f"participants with coded passages; counted: with {said}", sql, self.held
        )


def coded(study: Study, coders: Sequence[str] | None = None) -> Coded:
    """The codings that count: of `coders`, else of everybody who is no program.

    Where nobody but programs coded, theirs count and a caveat says so. Raises `NotEnoughData` without codings and
    `BadInput` for unknown coders. Selected once while the study is open; what is returned is the caller's own.
    """
    study.check_kept()  # what an erasure took must not be told from memory
    found = study.kept(("coded", tuple(coders or ())), lambda: _select(study, coders))
    return replace(found, rows=found.rows.copy(), caveats=list(found.caveats))


def _select(study: Study, coders: Sequence[str] | None) -> Coded:
    study.need("codings", what="interview themes")
    names = study.query(
        "SELECT coder, bool_or(coalesce(is_synthetic, FALSE)) AS synthetic FROM codings GROUP BY coder ORDER BY coder"
    )
    synthetic = set(names.loc[names["synthetic"].astype(bool), "coder"])
    caveats: list[str] = []
    if coders:
        for coder in coders:
            if coder not in set(names["coder"]):
                raise unknown("codings", "coder", coder, names["coder"], "correct coders in the cell that asks, or in chapter_params")
        chosen = list(coders)
    else:
        people = [c for c in names["coder"] if c not in synthetic]
        chosen = people or list(names["coder"])
        if people and synthetic:
            caveats.append(
                Note(f"Codings of {', '.join(sorted(synthetic))} are synthetic (made by a program) and not counted.")
            )
    if synthetic & set(chosen):
        caveats.append(
            f"Codings of {', '.join(sorted(synthetic & set(chosen)))} are synthetic: made by a program, not by a person."
        )
    listed = ", ".join(text_literal(c) for c in chosen)
    # A study restricted to a period or to some customers has only their documents: codings go with them.
    restricted = bool(study.members or study.params.period.start or study.params.period.end)
    join = "JOIN" if restricted else "LEFT JOIN"
    sql = _CODED.format(join=join, where=f"WHERE c.coder IN ({listed})", group=_GROUP, session=_SESSION, asked=ASKED, asked_only=ASKED_ONLY, book=BOOK)
    held = study.engine.hold(sql)
    rows = study.query(f"SELECT * FROM {held} ORDER BY document_id, start NULLS LAST, coding_id")
    asked = int(study.scalar(f"SELECT count(DISTINCT c.coding_id) FROM codings c {join} documents d ON d.document_id = c.document_id "
                             f"WHERE c.coder IN ({listed}) AND c.coding_id IN ({ASKED_ONLY})"))
    if asked:
        caveats.append(f"{words.some(asked, 'coded passages')} {'lies' if asked == 1 else 'lie'} in interviewers' words alone: no participant's.")
    unsure = study.query("SELECT DISTINCT path FROM codebook WHERE guessed IS NOT NULL AND code_id IN (SELECT code_id FROM codings) ORDER BY path")["path"].tolist()
    if unsure:
        caveats.append(Note(f"Kinds or valences of {words.some(len(unsure), 'codes')} are guesses from the words of names and count for nothing until confirmed "
                       f"(`cjm check` lists them): {', '.join(unsure[:_NAMED])}{', …' if len(unsure) > _NAMED else ''}."))
    if rows.empty and asked:
        raise NotEnoughData("interview themes", f"all {asked:,} coded passages lie in interviewers' words", "at least one coded passage of a participant",
                            "code what participants say; settings.interviewers of the source names who asks")
    if rows.empty:
        raise NotEnoughData("interview themes", "no coding in this part of the data", "at least one coded passage", "cjm check says what data there is")
    rows = rows.astype({"start": "Int64", "end": "Int64"})
    rows["is_synthetic"] = rows["is_synthetic"].fillna(False).astype(bool)
    for column in ("persona", "stage", "touchpoint", "kind", "memo", "text_sha256"):
        rows[column] = rows[column].astype(object).where(rows[column].notna(), None)
    lost = int(rows["start"].isna().sum())
    if lost:
        caveats.append(
            f"{lost} of {len(rows)} coded passages could not be located in the transcripts; they count for their participant, "
            "but not where positions matter."
        )
    silent = int(
        study.scalar("SELECT count(*) FROM documents WHERE document_id NOT IN (SELECT document_id FROM codings)")
    )
    if silent:
        caveats.append(f"{silent} transcripts are not coded yet; their participants are in no base.")
    nobody = int(study.scalar(f"SELECT count(DISTINCT coding_id) FROM codings WHERE coder IN ({listed})")) - len(rows) - asked
    groups_sql = _SPEAKERS.format(coders=listed)
    groups = tuple(study.query(groups_sql)["participant"])
    if groups:
        caveats.append(Note("In focus groups every speaker is a participant; people in one group hear each other, so their words are not independent."))
    if nobody and groups and not restricted:
        caveats.append(Note(f"{nobody} passages of focus groups lie in no participant's words and are not counted."))
    base_sql = f"{_INTERVIEWED.format(coders=listed, join=join)} UNION {groups_sql}"
    return Coded(study, sql, rows, caveats, tuple(study.query(base_sql)["participant"]), base_sql, {sql: held})


def path_condition(path: str) -> str:
    """SQL: the code itself or any below it."""
    return f"(path = {text_literal(path)} OR starts_with(path, {text_literal(path + SEPARATOR)}))"


def under(rows: pd.DataFrame, path: str) -> pd.Series:
    """The same as a mask over rows with a `path`."""
    paths = rows["path"].astype(str)
    return (paths == path) | paths.str.startswith(path + SEPARATOR)


def text_literal(value: str) -> str:
    """A text as SQL."""
    return "'" + value.replace("'", "''") + "'"


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key that puts P2 before P10."""
    return tuple((0, int(p), "") if p.isdigit() else (1, 0, p) for p in re.split(r"(\d+)", str(name)) if p)


def quote_evidence(row: dict[str, object]) -> Evidence:
    """A coded passage as evidence: document, span, quote and the hash of the document's text."""
    start, end = row["start"], row["end"]
    return Evidence(
        "quote",
        f"passage coded {row['path']!r} by {row['coder']}" + (" (synthetic)" if row["is_synthetic"] else ""),
        table="codings",
        document_id=str(row["document_id"]),
        start=None if pd.isna(start) else int(str(start)),
        end=None if pd.isna(end) else int(str(end)),
        quote=str(row["quote"]),
        speaker=str(row["participant"]),
        text_sha256=row["text_sha256"] if isinstance(row["text_sha256"], str) else None,
    )
